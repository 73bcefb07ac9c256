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
OWN = 2
"""Skin and hair, the first of `PARTS` after the background, are what only people have."""
FINE = 3
"""Whites of eyes, irises and mouths, which come next."""
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


class UNet(nn.Module):
    """U-Net (Ronneberger et al. 2015) on a pixel-unshuffled line-art."""

    def __init__(self, width: int):
        """Take the channels of the first level, a multiple of `GROUPS`, else raise ValueError."""
        super().__init__()
        if width < GROUPS or width % GROUPS:
            raise ValueError(f"width is {width}; wanted is a multiple of {GROUPS}")
        sizes = [width * w for w in WIDTHS]
        downs = pairwise(sizes)
        self.down = nn.ModuleList([_level(4, width), *(_level(i, o, 2) for i, o in downs)])
        ups = [(below, beside) for beside, below in pairwise(sizes)][::-1]
        self.up = nn.ModuleList(_level(below + beside, beside) for below, beside in ups)

    def climb(self, line: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the encoder's levels, and what the decoder makes of them, (N, width, H/2, W/2).

        Args:
            line: line-arts (N, 1, H, W), H and W multiples of `MULTIPLE`, in [-1, 1], paper 1.
        """
        x = F.pixel_unshuffle(line, 2)  # (N, 4, H/2, W/2)
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        for up, beside in zip(self.up, levels[-2::-1]):
            x = F.interpolate(x, size=beside.shape[2:], mode="nearest")
            x = up(torch.cat([x, beside], 1))
        return levels, x


def halve(line: Tensor) -> Tensor:
    """Return line-arts (N, 1, H, W) at half the size, with paper added up to `MULTIPLE`."""
    half = F.avg_pool2d(line, 2)
    padding = (0, -half.shape[3] % MULTIPLE, 0, -half.shape[2] % MULTIPLE)
    return F.pad(half, padding, value=1.0)


class People(UNet):
    """What places are if a line-art shows people, and whether it does.

    A network of its own, so that what colors flow by stays as it is, on line-arts of half the size:
    that costs a quarter and shows more of the picture at once.
    """

    def __init__(self, width: int):
        """Raise ValueError as `UNet` does."""
        super().__init__(width)
        self.part = nn.Conv2d(width, len(PARTS), 1)
        self.shown = nn.Linear(2 * width * sum(WIDTHS), 1)

    def forward(self, line: Tensor) -> tuple[Tensor, Tensor]:
        """Return part logits (N, parts, H/2, W/2) and logits that people are shown, (N).

        Args:
            line: line-arts (N, 1, H, W) in [-1, 1], H and W multiples of 4.
        """
        height, width = line.shape[2] // 2, line.shape[3] // 2
        levels, x = self.climb(halve(line))
        part = F.interpolate(self.part(x), scale_factor=2, mode="bilinear")
        means = [level.float().mean((2, 3)) for level in levels]
        highest = [level.float().amax((2, 3)) for level in levels]
        shown = self.shown(torch.cat(means + highest, 1))
        return part[:, :, :height, :width], shown[:, 0]


class RegionModel(UNet):
    """A U-Net with three outputs, perhaps with a second one that knows people.

    width: channels of the first level, a multiple of 4. embedding: length of a place's. people:
    it has a `People`.
    """

    def __init__(self, width: int = 16, embedding: int = 16, people: bool = False):
        """Raise ValueError when `GROUPS` does not divide `width`."""
        super().__init__(width)
        self.border = nn.Conv2d(width, 4, 3, 1, 1)
        self.part = nn.Conv2d(width, len(PARTS), 1)
        self.place = nn.Conv2d(width, embedding, 1)
        self.likeness = nn.Parameter(torch.tensor([5.0, -1.0]))
        self.people = People(width) if people else None

    def forward(self, line: Tensor) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor] | None]:
        """Return border logits, part logits and embeddings for line-arts in [-1, 1], paper 1.

        Args:
            line: (N, 1, H, W), H and W multiples of `MULTIPLE`.

        Returns: (N, 1, H, W); (N, parts, H/2, W/2); (N, embedding, H/2, W/2) of unit length; what
            `People` returns, or None.
        """
        _, x = self.climb(line)
        embeddings = F.normalize(self.place(x).float(), dim=1)
        people = self.people(line) if self.people else None
        return F.pixel_shuffle(self.border(x), 2), self.part(x), embeddings, people

    def same_color(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the logits that (..., n, E) and (..., m, E) share a color, (..., n, m)."""
        return self.likeness[0] * (one @ other.transpose(-1, -2)) + self.likeness[1]


def known_parts(part: Tensor, people: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
    """Return how likely each place is what by the network itself, and with what `People` tells.

    Background and what is fine, the network tells, which sees twice as much of it. Of the rest
    `People` tells whether it is skin or hair, and the network what else it may be.

    Args:
        part: part logits (N, P, H, W).
        people: as `RegionModel.forward` returns it.

    Returns: twice (N, P, H, W), probabilities; the same where `people` is None.
    """
    chance = part.float().softmax(1)
    if people is None:
        return chance, chance
    shown = people[1].float().sigmoid()[:, None, None, None]
    own = shown * people[0].float()[:, 1:].softmax(1)[:, :OWN]
    ground, _, fine, large = chance.split([1, OWN, FINE, len(PARTS) - 1 - OWN - FINE], 1)
    large = F.normalize(large, p=1, dim=1) * (1 - own.sum(1, keepdim=True))
    left = 1 - ground - fine.sum(1, keepdim=True)
    return chance, torch.cat([ground, left * own, fine, left * large], 1)
