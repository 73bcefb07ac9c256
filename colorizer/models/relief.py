"""Relief network: which way the surfaces in a line-art face, so that light can fall on them.

Ours, not the paper's. It learns from rendered characters, whose light is known.
"""

import torch
from torch import Tensor, nn

from .regions import UNet, halve


class ReliefModel(UNet):
    """A U-Net on line-arts of half the size; as wide as `width` says, a multiple of 4."""

    def __init__(self, width: int = 16):
        """Raise ValueError as `UNet` does."""
        super().__init__(width)
        self.relief = nn.Conv2d(width, 4, 3, 1, 1)

    def forward(self, line: Tensor) -> Tensor:
        """Return the relief, (N, 4, H/4, W/4): a vector that surfaces face, and an offset.

        Args:
            line: line-arts (N, 1, H, W) in [-1, 1], paper 1, H and W multiples of 4.
        """
        height, width = line.shape[2] // 4, line.shape[3] // 4
        return self.relief(self.climb(halve(line))[1])[:, :, :height, :width]


def lit(relief: Tensor, light: Tensor) -> Tensor:
    """Return the logits that light falls on places, (N, h, w).

    Args:
        relief: (N, 4, h, w), see `ReliefModel`.
        light: (N, 3), unit vectors to the light: x right, y up, z to who looks at the picture.
    """
    return torch.einsum("nchw,nc->nhw", relief[:, :3], light) + relief[:, 3]
