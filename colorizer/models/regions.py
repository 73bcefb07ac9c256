"""Region network: where colors change in a line-art, what each place is, and which go together.

Ours, not the paper's. Outlines of real drawings are open and most inner lines separate nothing,
so that ink alone does not say where a color has to stop.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PARTS = (
    "background",
    "skin",
    "hair",
    "white of the eye",
    "iris",
    "mouth",
    "upper cloth",
    "lower cloth",
    "rest",
)
"""What a place can be, by the channels of the network's second output."""
HALVINGS = 5
"""The encoder halves the size so often, after the pixel unshuffle by two."""
MULTIPLE = 2 ** (HALVINGS + 1)
"""Height and width of a line-art must be multiples of this."""
WIDTHS = (1, 2, 3, 5, 6, 6)
"""Channels of the encoder's levels, times `width`."""
GROUPS = 4
"""Groups of every group normalization."""


def _level(cin: int, cout: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, stride, 1),
        nn.GroupNorm(GROUPS, cout),
        nn.SiLU(),
        nn.Conv2d(cout, cout, 3, 1, 1),
        nn.SiLU(),
    )


class RegionModel(nn.Module):
    """U-Net (Ronneberger et al. 2015) on the pixel-unshuffled line-art, with three outputs.

    width: channels of the first level, a multiple of 4. embedding: length of a place's.
    """

    def __init__(self, width: int = 16, embedding: int = 16):
        """Raise ValueError when `GROUPS` does not divide `width`."""
        super().__init__()
        if width < GROUPS or width % GROUPS:
            raise ValueError(f"width is {width}; wanted is a multiple of {GROUPS}")
        sizes = [width * w for w in WIDTHS]
        downs = pairwise(sizes)
        self.down = nn.ModuleList([_level(4, width), *(_level(i, o, 2) for i, o in downs)])
        ups = [(below, beside) for beside, below in pairwise(sizes)][::-1]
        self.up = nn.ModuleList(_level(below + beside, beside) for below, beside in ups)
        self.border = nn.Conv2d(width, 4, 3, 1, 1)
        self.part = nn.Conv2d(width, len(PARTS), 1)
        self.place = nn.Conv2d(width, embedding, 1)
        self.likeness = nn.Parameter(torch.tensor([5.0, -1.0]))

    def forward(self, line: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return border logits, part logits and embeddings for line-arts in [-1, 1], paper 1.

        Args:
            line: (N, 1, H, W), H and W multiples of `MULTIPLE`.

        Returns: (N, 1, H, W); (N, parts, H/2, W/2); (N, embedding, H/2, W/2) of unit length.
        """
        x = F.pixel_unshuffle(line, 2)  # (N, 4, H/2, W/2)
        beside = []
        for down in self.down:
            x = down(x)
            beside.append(x)
        for up, skip in zip(self.up, beside[-2::-1]):
            x = F.interpolate(x, size=skip.shape[2:], mode="nearest")
            x = up(torch.cat([x, skip], 1))
        embeddings = F.normalize(self.place(x).float(), dim=1)
        return F.pixel_shuffle(self.border(x), 2), self.part(x), embeddings

    def same_color(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the logits that (..., n, E) and (..., m, E) share a color, (..., n, m)."""
        return self.likeness[0] * (one @ other.transpose(-1, -2)) + self.likeness[1]
