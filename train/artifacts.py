"""Artifact stimulation: damage to drafts that the colorization stage learns to repair.

Section 3.5, after Zhang et al. 2018, section 3.1. Every damage takes a batch of drafts
(N, 3, H, W) in [-1, 1] on any device and a row of random numbers for each, and returns a new
tensor of that shape. The numbers come with the training sample, so that a draft gets the same
damage whatever batch, process or device it is in. Neither paper gives the constants below; they
are ours.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SHARE = 0.6
"""Share of drafts that are damaged."""
SPRAYS = 3
"""Lines of color spray in a damaged draft."""
SPRAY_LAMBDA = (0.01, 10.0)
"""Range of the falloff exp(-lambda x distance), distance in pixels of a 128x128 draft."""
DOMINANT_LEVELS = 4
"""Levels of each channel when a picture's dominant colors are counted."""
DOMINANT_COLORS = 4
"""A spray takes one of this many most frequent colors."""
SMEARS = 4
"""Rectangles copied elsewhere in a damaged draft."""
SMEAR_SIDE = (0.05, 0.3)
"""Range of a smear's sides as a share of the picture's."""
WARP_GRID = 5
"""The warp is a bicubic interpolation of this many random shifts a side."""
WARP_AMPLITUDE = 0.03
"""Standard deviation of the warp's shifts as a share of the picture's side."""

CHOICES = 4
"""Numbers that choose whether a draft is damaged at all, and by which of the three."""
WARP_NUMBERS = 2 * WARP_GRID**2
SMEAR_NUMBERS = SMEARS * 6
SPRAY_NUMBERS = SPRAYS * 6
NUMBERS = CHOICES + WARP_NUMBERS + SMEAR_NUMBERS + SPRAY_NUMBERS
"""Random numbers that `stimulate` takes for one draft."""


def draw_numbers(rng: np.random.Generator) -> np.ndarray:
    """Return the random numbers of one draft's damage, float32 (`NUMBERS`,) in [0, 1)."""
    return rng.random(NUMBERS, np.float32)


def dominant_colors(draft: Tensor) -> Tensor:
    """Return each picture's most frequent colors, (N, `DOMINANT_COLORS`, 3), frequent first."""
    levels = DOMINANT_LEVELS
    flat = draft.flatten(2)  # N, 3, HW
    code = ((flat + 1) / 2 * levels).long().clamp(0, levels - 1)
    code = (code[:, 0] * levels + code[:, 1]) * levels + code[:, 2]  # N, HW
    bins = torch.zeros(len(draft), 4, levels**3, device=draft.device)
    counted = torch.cat([flat, torch.ones_like(flat[:, :1])], 1)  # N, 4, HW
    bins.scatter_add_(2, code[:, None].expand_as(counted), counted)
    top = bins[:, 3].topk(DOMINANT_COLORS, 1).indices  # N, colors
    sums = bins.gather(2, top[:, None].expand(-1, 4, -1))  # N, 4, colors
    # a picture of fewer colors repeats its first
    sums = torch.where(sums[:, 3:] > 0, sums, sums[:, :, :1])
    return (sums[:, :3] / sums[:, 3:]).transpose(1, 2)


def _segment_distance(ends: Tensor, height: int, width: int) -> Tensor:
    """Return the distance in pixels to segments (N, 4) of x0 y0 x1 y1 in [0, 1]: (N, H, W)."""
    ys = torch.arange(height, device=ends.device, dtype=ends.dtype)[None, :, None]
    xs = torch.arange(width, device=ends.device, dtype=ends.dtype)[None, None, :]
    x0, y0, x1, y1 = (ends * ends.new_tensor([width, height] * 2))[..., None, None].unbind(1)
    dx, dy = x1 - x0, y1 - y0
    along = ((xs - x0) * dx + (ys - y0) * dy) / (dx**2 + dy**2).clamp(min=1e-6)
    along = along.clamp(0, 1)
    return ((xs - x0 - along * dx) ** 2 + (ys - y0 - along * dy) ** 2).sqrt()


def color_spray(draft: Tensor, numbers: Tensor) -> Tensor:
    """Return drafts with lines of a dominant color that fall off as exp(-lambda x distance).

    `numbers` are (N, `SPRAY_NUMBERS`) in [0, 1).
    """
    height, width = draft.shape[2:]
    dominant = dominant_colors(draft)
    # lambda spans three decades, so it is drawn evenly on a logarithmic scale
    low, high = map(math.log, SPRAY_LAMBDA)
    rows = torch.arange(len(draft), device=draft.device)
    for line in numbers.unflatten(1, (SPRAYS, 6)).unbind(1):
        falloff = (low + (high - low) * line[:, 4]).exp()[:, None, None]
        choice = (line[:, 5] * DOMINANT_COLORS).long()
        color = dominant[rows, choice][:, :, None, None]  # N, 3, 1, 1
        distance = _segment_distance(line[:, :4], height, width) * (128 / max(height, width))
        strength = torch.exp(-falloff * distance)[:, None]  # N, 1, H, W
        draft = torch.lerp(draft, color, strength)
    return draft


def color_smear(draft: Tensor, numbers: Tensor) -> Tensor:
    """Return drafts in which random rectangles are copied to other places.

    `numbers` are (N, `SMEAR_NUMBERS`) in [0, 1).
    """
    n, _, height, width = draft.shape
    size = draft.new_tensor([height, width])
    low, high = SMEAR_SIDE
    ys = torch.arange(height, device=draft.device)[None, :, None]
    xs = torch.arange(width, device=draft.device)[None, None, :]
    source = (ys * width + xs).expand(n, -1, -1)  # N, H, W: where each pixel comes from
    for smear in numbers.unflatten(1, (SMEARS, 3, 2)).unbind(1):
        side = ((low + (high - low) * smear[:, 0]) * size).long().clamp(min=1)
        space = size.long() - side + 1
        here, there = ((smear[:, i] * space).long()[..., None, None] for i in (1, 2))
        side = side[..., None, None]
        inside = (ys >= here[:, 0]) & (ys < here[:, 0] + side[:, 0])
        inside = inside & (xs >= here[:, 1]) & (xs < here[:, 1] + side[:, 1])
        moved = (ys - here[:, 0] + there[:, 0]) * width + xs - here[:, 1] + there[:, 1]
        source = torch.where(inside, moved, source)
    return draft.flatten(2).gather(2, source.flatten(1)[:, None].expand(-1, 3, -1)).view_as(draft)


def distort(draft: Tensor, numbers: Tensor) -> Tensor:
    """Return drafts bent by a random smooth warp.

    `numbers` are (N, `WARP_NUMBERS`) in [0, 1); the shifts are the normal deviates that they stand
    for.
    """
    n, _, height, width = draft.shape
    shift = torch.special.ndtri(numbers.clamp(1e-4, 1 - 1e-4))
    shift = shift.unflatten(1, (2, WARP_GRID, WARP_GRID))
    shift = F.interpolate(shift, (height, width), mode="bicubic", align_corners=True)
    identity = torch.eye(2, 3).to(draft).expand(n, -1, -1)
    grid = F.affine_grid(identity, [n, 3, height, width], align_corners=False)  # N, H, W, 2
    grid = grid + 2 * WARP_AMPLITUDE * shift.permute(0, 2, 3, 1)
    return F.grid_sample(draft, grid, padding_mode="border", align_corners=False)


def stimulate(draft: Tensor, numbers: Tensor, share: float = SHARE) -> Tensor:
    """Return drafts of which `share` carry spray, smear and distortion, each on half of those.

    Args:
        draft: (N, 3, H, W) in [-1, 1].
        numbers: (N, `NUMBERS`) in [0, 1), a row of `draw_numbers` for each draft; the damage of a
            draft is a function of its row alone.
        share: probability that a draft may be damaged, 0 to 1.
    """
    sizes = [CHOICES, WARP_NUMBERS, SMEAR_NUMBERS, SPRAY_NUMBERS]
    choices, *parts = numbers.to(draft).split(sizes, 1)
    for kind, artifact in enumerate((distort, color_smear, color_spray)):
        chosen = (choices[:, 0] < share) & (choices[:, kind + 1] < 0.5)
        rows = chosen.nonzero()[:, 0]
        if len(rows):
            draft = draft.index_copy(0, rows, artifact(draft[rows], parts[kind][rows]))
    return draft
