"""Pix2Pix: "Image-to-Image Translation with Conditional Adversarial Networks" (Isola et al. 2017).

Hints are four further input channels, enlarged to the line-art's size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.data import STRIDE_RATIO

SLOPE = 0.2
"""Negative slope of the encoder's and the discriminator's leaky ReLU."""
DROPOUT = 0.5
DROPOUT_LAYERS = 3
"""The first three layers of the decoder have dropout."""


def join(line: Tensor, hint: Tensor) -> Tensor:
    """Return the networks' input, (N, 5, H, W), of (N, 1, H, W) and (N, 4, H/4, W/4)."""
    return torch.cat([line, F.interpolate(hint, scale_factor=STRIDE_RATIO, mode="nearest")], 1)


def _down(cin: int, cout: int, stride: int, norm: bool) -> nn.Sequential:
    layers = [nn.Conv2d(cin, cout, 4, stride, 1, bias=not norm)]
    layers += [nn.BatchNorm2d(cout)] if norm else []
    return nn.Sequential(*layers, nn.LeakyReLU(SLOPE))


def _up(cin: int, cout: int, dropout: bool) -> nn.Sequential:
    layers = [nn.ConvTranspose2d(cin, cout, 4, 2, 1, bias=False), nn.BatchNorm2d(cout)]
    return nn.Sequential(*layers, *[nn.Dropout(DROPOUT)] * dropout, nn.ReLU())


def _initialize(model: nn.Module) -> None:
    """Draw weights from N(0, 0.02), and those of batch norms from N(1, 0.02)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)


class Pix2PixGenerator(nn.Module):
    """The U-Net; 54.41 M parameters with three input channels.

    | part | layers |
    | --- | --- |
    | encoder | C64-C128-C256-C512 (5 times): k4s2, batch norm but for first and last |
    | decoder | CD512-CD512-CD512-C512-C256-C128-C64: transposed k4s2, batch norm, D is dropout |
    | exit | transposed k4s2 to 3 channels, tanh |

    Each decoder layer sees the encoder's layer of its size beside it.

    Args:
        cin: input channels: 1 of the line-art and 4 of the hint.
        width: channels of the first layer; at most 8 times as many deeper down.
        depth: halvings; sides are multiples of 2 to this power.
    """

    def __init__(self, cin: int = 5, width: int = 64, depth: int = 8):
        super().__init__()
        self.stride = 2**depth
        widths = [width * min(2**i, 8) for i in range(depth)]
        self.down = nn.ModuleList()
        for level, (a, b) in enumerate(zip([cin, *widths], widths)):
            self.down.append(_down(a, b, 2, norm=0 < level < depth - 1))
        self.up = nn.ModuleList()
        for level, b in enumerate(reversed(widths[:-1])):
            a = widths[-1] if level == 0 else 2 * widths[depth - 1 - level]
            self.up.append(_up(a, b, dropout=level < DROPOUT_LAYERS))
        self.exit = nn.ConvTranspose2d(2 * width, 3, 4, 2, 1)
        _initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the colored picture, (N, 3, H, W) in [-1, 1], for an input (N, cin, H, W).

        Raises:
            ValueError: sides that the halvings do not divide.
        """
        if any(side % self.stride for side in x.shape[-2:]):
            height, width = x.shape[-2:]
            raise ValueError(
                f"the input is {width}x{height}; wanted are multiples of {self.stride}"
            )
        skips = []
        for down in self.down:
            skips.append(x := down(x))
        x = skips.pop()
        for up in self.up:
            x = torch.cat([up(x), skips.pop()], 1)  # half the channels at twice the size
        return torch.tanh(self.exit(x).float())


class PatchDiscriminator(nn.Sequential):
    """The 70x70 PatchGAN: C64-C128-C256-C512 and one more to a logit; k4, the last two stride 1.

    Its `cin` channels are those of input and output picture together.
    """

    def __init__(self, cin: int = 8, width: int = 64):
        super().__init__(
            _down(cin, width, 2, norm=False),
            _down(width, 2 * width, 2, norm=True),
            _down(2 * width, 4 * width, 2, norm=True),
            _down(4 * width, 8 * width, 1, norm=True),
            nn.Conv2d(8 * width, 1, 4, 1, 1),
        )
        _initialize(self)
