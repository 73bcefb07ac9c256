"""Hugging Face Spaces: `spaces.GPU` where that package is present, and ZeroGPU's manners."""

import os
from collections.abc import Callable
from typing import Any


def zero_gpu() -> bool:
    """Return whether this is a ZeroGPU Space, where each run borrows a GPU for a moment."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def on_gpu(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` wrapped in `spaces.GPU`, or as it is without the package `spaces`."""
    try:
        import spaces
    except ImportError:
        return function
    return spaces.GPU(function)
