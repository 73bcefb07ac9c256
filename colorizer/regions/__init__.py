"""The regions of a line-art, and which of them a dab colors. Ours, not the paper's."""

from .cells import Regions, find_regions
from .walk import walk_hints

__all__ = ["Regions", "find_regions", "walk_hints"]
