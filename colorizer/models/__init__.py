"""The networks of Figures 6 and 7, and our own region network."""

from .colorization import ColorizationModel
from .draft import Discriminator, DraftModel
from .ldm import LineDetectionModel
from .regions import RegionModel
from .relief import ReliefModel

__all__ = [
    "ColorizationModel",
    "Discriminator",
    "DraftModel",
    "LineDetectionModel",
    "RegionModel",
    "ReliefModel",
]
