"""The networks of Figures 6 and 7."""

from .colorization import ColorizationModel
from .draft import Discriminator, DraftModel
from .ldm import LineDetectionModel

__all__ = ["ColorizationModel", "Discriminator", "DraftModel", "LineDetectionModel"]
