"""Colors line-arts from a few color hints, in two stages (Lee & Lee 2020)."""

from .images import InputError
from .pipeline import Colorization, Colorizer
from .preprocessing.hints import Hint

__all__ = ["Colorization", "Colorizer", "Hint", "InputError"]
