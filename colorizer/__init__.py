"""Colors line-arts from a few color hints, in two stages (Lee & Lee 2020).

The names load on first use (PEP 562), so that the page shows before torch is read.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .images import InputError
    from .pipeline import Colorizer
    from .preprocessing.hints import Hint
    from .result import Colorization

__all__ = ["Colorization", "Colorizer", "Hint", "InputError"]

_MODULES = {
    "Colorization": ".result",
    "Colorizer": ".pipeline",
    "Hint": ".preprocessing.hints",
    "InputError": ".images",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
