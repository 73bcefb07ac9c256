"""Building blocks shared by the draft and colorization models (Figure 7).

Notation of the figure: `c32k3s1` is a convolution with 32 output channels, a 3x3 kernel and
stride 1. No block has a bias or a normalization layer (Section 3.4).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

SLOPE = 0.2
"""Negative slope of every leaky ReLU (Section 3.4)."""
BRANCH_SCALE = 0.1
"""What each bottleneck adds at first, as a share of Kaiming's: at 1 it doubles the variance."""
INPUT_LIMIT = 0.98
"""Colors are clamped to this magnitude before the inverse of tanh, which is infinite at 1."""


def conv(cin: int, cout: int, kernel: int, stride: int, groups: int = 1) -> nn.Conv2d:
    """Return a bias-free convolution that keeps the size (odd kernel) or halves it (k4s2)."""
    return nn.Conv2d(cin, cout, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)


def conv_act(cin: int, cout: int, kernel: int, stride: int) -> nn.Sequential:
    """Return convolution and leaky ReLU: one box of Figure 7."""
    return nn.Sequential(conv(cin, cout, kernel, stride), nn.LeakyReLU(SLOPE, inplace=True))


class ResNeXtBottleneck(nn.Module):
    """Residual bottleneck with grouped convolution (Xie et al. 2017), without normalization.

    1x1 to half the width, 3x3 in `cardinality` groups, 1x1 back, plus identity.
    """

    def __init__(self, width: int, cardinality: int = 32):
        """Raise ValueError when `cardinality` does not divide `width // 2`."""
        super().__init__()
        inner = width // 2
        if inner % cardinality:
            raise ValueError(
                f"cardinality {cardinality} does not divide the bottleneck's {inner} channels"
            )
        self.body = nn.Sequential(
            conv(width, inner, 1, 1),
            nn.LeakyReLU(SLOPE, inplace=True),
            conv(inner, inner, 3, 1, groups=cardinality),
            nn.LeakyReLU(SLOPE, inplace=True),
            conv(inner, width, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of `x`, (N, width, H, W)."""
        return x + self.body(x)


class UpBlock(nn.Sequential):
    """Up-sampling block of width C: (N, cin, H, W) -> (N, C/2, 2H, 2W).

    c{C}k3s1, `blocks` ResNeXt bottlenecks, c{2C}k3s1 and a sub-pixel shuffle by two.
    """

    def __init__(self, cin: int, width: int, blocks: int = 10, cardinality: int = 32):
        super().__init__(
            conv_act(cin, width, 3, 1),
            *[ResNeXtBottleneck(width, cardinality) for _ in range(blocks)],
            conv(width, 2 * width, 3, 1),
            nn.PixelShuffle(2),
            nn.LeakyReLU(SLOPE, inplace=True),
        )


def correct(base: Tensor, correction: Tensor) -> Tensor:
    """Return tanh(atanh(base) + correction): `base`, colors in [-1, 1], where `correction` is 0."""
    base = base.float().clamp(-INPUT_LIMIT, INPUT_LIMIT)
    if torch.jit.is_tracing():  # the same by the addition theorem: OpenVINO's atanh is slow
        shift = torch.tanh(correction)
        return (base + shift) / (1 + base * shift)
    return torch.tanh(torch.atanh(base) + correction)


class ResNeXtUNet(nn.Module):
    """The U-Net that the draft and the colorization model share; they differ in depth.

    The encoder halves the size `depth` times; each level is k4s2 doubling the width, then k3s1.
    Skips are concatenations: beside the innermost k3s1 stands its own k4s2, beside the other
    levels the level's k3s1, and the first convolution joins the last.
    """

    def __init__(
        self, cin: int, width: int, depth: int, blocks: int, cardinality: int, residual: bool
    ):
        super().__init__()
        self.residual = residual
        self.stride = 2**depth
        widths = [width * 2**i for i in range(depth + 1)]
        self.first = conv_act(cin, width, 3, 1)
        self.down = nn.ModuleList(conv_act(a, b, 4, 2) for a, b in pairwise(widths))
        self.level = nn.ModuleList(conv_act(b, b, 3, 1) for b in widths[1:])
        self.up = nn.ModuleList(
            UpBlock(2 * b, b, blocks, cardinality) for b in reversed(widths[1:])
        )
        self.last = conv_act(width, width, 3, 1)
        self.to_color = conv(2 * width, 3, 3, 1)
        self._initialize()

    def _initialize(self) -> None:
        """Kaiming normal (a = 0.2) everywhere, Xavier before the tanh, zero if residual.

        The paper does not say how 40 bottlenecks without normalization stay in the tanh's range:
        the last convolution of each is multiplied by `BRANCH_SCALE`.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, ResNeXtBottleneck):
                    module.body[-1].weight.mul_(BRANCH_SCALE)
        if self.residual:
            nn.init.zeros_(self.to_color.weight)
        else:
            nn.init.xavier_normal_(self.to_color.weight)

    def correction(self, x: Tensor) -> Tensor:
        """Return what goes into the tanh, (N, 3, H, W), for input `x` of (N, cin, H, W)."""
        self._check_size(x)
        first = h = self.first(x)  # width at H
        skips = []
        for down, level in zip(self.down, self.level):
            halved = down(h)  # twice the channels at half the size
            h = level(halved)
            skips.append(h)
        skips[-1] = halved
        for up in self.up:
            h = up(torch.cat([h, skips.pop()], 1))  # half the channels at twice the size
        # float32, because bfloat16 near 1 is too coarse for the tanh and its gradient
        return self.to_color(torch.cat([self.last(h), first], 1)).float()

    def _check_size(self, x: Tensor) -> None:
        height, width = x.shape[-2:]
        if height % self.stride or width % self.stride:
            raise ValueError(
                f"the input is {width}x{height}, but both sides must be multiples of {self.stride}"
            )
