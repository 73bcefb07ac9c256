"""The regions of a line-art, and which of them a dab colors. Ours, not the paper's."""

from .cells import Regions, find_regions
from .deal import automatic_hints, figure_colors, fill_open, guess_colors
from .full import FullSize, colors_of, enlarge_areas, multiply
from .settle import Settled, settle
from .shadow import LIGHTS, find_shadows
from .spread import hint_image, spread_hints
from .tint import tint_ink
from .walk import Flow, find_colors, reach_cells, walk_hints

__all__ = [
    "LIGHTS",
    "Flow",
    "FullSize",
    "Regions",
    "Settled",
    "automatic_hints",
    "colors_of",
    "enlarge_areas",
    "figure_colors",
    "fill_open",
    "find_colors",
    "find_regions",
    "find_shadows",
    "guess_colors",
    "hint_image",
    "multiply",
    "reach_cells",
    "settle",
    "spread_hints",
    "tint_ink",
    "walk_hints",
]
