"""Region network: where colors change in a line-art, what each place is, and which go together.

Ours, not the paper's. Outlines of real drawings are open and most inner lines separate nothing,
so that ink alone does not say where a color has to stop.
"""

from collections.abc import Sequence
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
OWN = slice(1, 3)
"""Skin and hair, of `PARTS` those that only people have."""
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


def _ups(sizes: Sequence[int]) -> nn.ModuleList:
    pairs = [*pairwise(sizes)][::-1]
    return nn.ModuleList(_level(below + beside, beside) for beside, below in pairs)


def _climb(ups: nn.ModuleList, levels: Sequence[Tensor]) -> Tensor:
    """Return what a decoder makes of an encoder's levels, as large as the first of them."""
    x = levels[-1]
    for up, beside in zip(ups, levels[-2::-1]):
        x = F.interpolate(x, size=beside.shape[2:], mode="nearest")
        x = up(torch.cat([x, beside], 1))
    return x


class People(nn.Module):
    """What places are if a picture shows people, and whether it does.

    A decoder of its own, at half the size of the other and much cheaper, on the same encoder.
    """

    def __init__(self, sizes: Sequence[int]):
        """Take the channels of the encoder's levels."""
        super().__init__()
        self.up = _ups(sizes[1:])
        self.part = nn.Conv2d(sizes[1], len(PARTS) - 1, 1)
        self.shown = nn.Linear(2 * sum(sizes[2:]), 1)
        for layer in (self.part, self.shown):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, levels: Sequence[Tensor], part: Tensor) -> tuple[Tensor, Tensor]:
        """Return part logits as of people, (N, P, H, W), and logits that there are any, (N).

        Args:
            levels: of the encoder, the first of which is as large as `part`.
            part: part logits of any picture, (N, P, H, W); those of background stay.
        """
        more = self.part(_climb(self.up, levels[1:]))
        more = F.interpolate(more, size=part.shape[2:], mode="bilinear")
        return part + F.pad(more, (0, 0, 0, 0, 1, 0)), self.shown(summary(levels))[:, 0]


def summary(levels: Sequence[Tensor]) -> Tensor:
    """Return mean and maximum of the channels of an encoder's levels but the first two, (N, F)."""
    seen = (level.float() for level in levels[2:])
    return torch.cat([pooled for s in seen for pooled in (s.mean((2, 3)), s.amax((2, 3)))], 1)


class RegionModel(nn.Module):
    """U-Net (Ronneberger et al. 2015) on the pixel-unshuffled line-art, with three outputs.

    width: channels of the first level, a multiple of 4. embedding: length of a place's. people:
    it also has a `People`.
    """

    def __init__(self, width: int = 16, embedding: int = 16, people: bool = False):
        """Raise ValueError when `GROUPS` does not divide `width`."""
        super().__init__()
        if width < GROUPS or width % GROUPS:
            raise ValueError(f"width is {width}; wanted is a multiple of {GROUPS}")
        sizes = [width * w for w in WIDTHS]
        downs = pairwise(sizes)
        self.down = nn.ModuleList([_level(4, width), *(_level(i, o, 2) for i, o in downs)])
        self.up = _ups(sizes)
        self.border = nn.Conv2d(width, 4, 3, 1, 1)
        self.part = nn.Conv2d(width, len(PARTS), 1)
        self.place = nn.Conv2d(width, embedding, 1)
        self.likeness = nn.Parameter(torch.tensor([5.0, -1.0]))
        self.people = People(sizes) if people else None

    def forward(self, line: Tensor) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor] | None]:
        """Return border logits, part logits and embeddings for line-arts in [-1, 1], paper 1.

        Args:
            line: (N, 1, H, W), H and W multiples of `MULTIPLE`.

        Returns: (N, 1, H, W); (N, parts, H/2, W/2); (N, embedding, H/2, W/2) of unit length; what
            `People` tells, see there.
        """
        levels = self.encode(line)
        x = _climb(self.up, levels)
        part, embeddings = self.part(x), F.normalize(self.place(x).float(), dim=1)
        people = self.people(levels, part) if self.people else None
        return F.pixel_shuffle(self.border(x), 2), part, embeddings, people

    def encode(self, line: Tensor) -> list[Tensor]:
        """Return the encoder's levels of line-arts, see `forward`, the first at half the size."""
        levels = [F.pixel_unshuffle(line, 2)]
        for down in self.down:
            levels.append(down(levels[-1]))
        return levels[1:]

    def same_color(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the logits that (..., n, E) and (..., m, E) share a color, (..., n, m)."""
        return self.likeness[0] * (one @ other.transpose(-1, -2)) + self.likeness[1]


def known_parts(part: Tensor, people: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
    """Return how likely each place is what by the network itself, and with what `People` tells.

    If there are people, places are what it says; if not, none is any of `OWN`. How likely a place
    is background does not depend on it.

    Args:
        part: part logits (N, P, H, W).
        people: as `RegionModel.forward` returns it.
    """
    chance = part.float().softmax(1)
    if people is None:
        return chance, chance
    other = chance.clone()
    other[:, :1] = 0
    other[:, OWN] = 0
    shown = people[1].float().sigmoid()[:, None, None, None]
    human = people[0].float()[:, 1:].softmax(1)
    figure = shown * human + (1 - shown) * F.normalize(other[:, 1:], p=1, dim=1)
    ground = chance[:, :1]
    return chance, torch.cat([ground, (1 - ground) * figure], 1)
