"""The Line Detection Model (Section 3.3, Figure 6)."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from .blocks import SLOPE, conv

GROUPS = 4
"""Groups of every GroupNorm layer."""


def _norm_act(cin: int, cout: int, kernel: int, stride: int) -> list[nn.Module]:
    return [conv(cin, cout, kernel, stride), nn.GroupNorm(GROUPS, cout), nn.ReLU(inplace=True)]


def _transposed(width: int) -> list[nn.Module]:
    up = nn.ConvTranspose2d(width, width, 4, 2, 1, bias=False)
    return [up, nn.GroupNorm(GROUPS, width), nn.ReLU(inplace=True)]


class LineDetectionModel(nn.Module):
    """Auto-encoder that draws the line-art of a color picture.

    Args:
        width: channels of the first convolution; the innermost level has 16 times as many.

    No skips and no biases. The default is Figure 6's and has 13,063,936 parameters.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        self.stride = 16
        widths = [width * 2**i for i in range(5)]
        layers = _norm_act(3, width, 3, 1)
        for a, b in pairwise(widths):
            layers += _norm_act(a, b, 4, 2) + _norm_act(b, b, 3, 1)
        for b in reversed(widths[1:]):
            layers += _transposed(b) + _norm_act(b, b // 2, 3, 1)
        self.layers = nn.Sequential(*layers, conv(width, 1, 3, 1))
        self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
        nn.init.xavier_normal_(self.layers[-1].weight)

    def forward(self, color: Tensor) -> Tensor:
        """Return the line-art, (N, 1, H, W) in [-1, 1], paper 1.

        Args:
            color: (N, 3, H, W) in [-1, 1]; H and W are multiples of 16; the paper's are 128.

        Raises:
            ValueError: the size is no multiple of 16.
        """
        height, width = color.shape[-2:]
        if height % self.stride or width % self.stride:
            raise ValueError(
                f"the picture is {width}x{height}, but both sides must be multiples of 16"
            )
        # tanh in float32: in bfloat16 white paper is exactly 1 and has no gradient
        return torch.tanh(self.layers(color).float())
