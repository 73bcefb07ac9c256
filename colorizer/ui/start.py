"""What a page's start leaves out of Gradio and torch, and what it does beside the rest."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from types import ModuleType


def no_stubs() -> AbstractContextManager[None]:
    """Let `inspect` find the source file of no class meanwhile.

    Gradio reads that of each of its components, and of ours, to write a .pyi file beside it, which
    takes half of its import. A class without one is passed over.
    """
    find = inspect.getfile

    def find_none(thing: object) -> str:
        if isinstance(thing, type):
            raise OSError("no stubs are wanted")
        return find(thing)

    return _replaced(inspect, "getfile", find_none)


def no_applications() -> AbstractContextManager[None]:
    """Let Gradio make no web application meanwhile: of the three of a page it serves the last."""
    from gradio.routes import App

    return _replaced(App, "create_app", staticmethod(lambda *_, **__: None))


@contextmanager
def no_registrations() -> Iterator[None]:
    """Let torch pass over a module of its own while it is imported; afterwards it can be imported.

    It tells torch's compiler what comes out of each operation. A page compiles nothing, and without
    it is there half a second sooner.
    """
    name = "torch._meta_registrations"
    if "torch" in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]


def fill_tables() -> None:
    """Let OpenCV fill its tables for CIELAB, an eighth of a second, while other threads run."""
    import cv2
    import numpy as np

    Thread(target=cv2.cvtColor, args=(np.zeros((1, 1, 3), np.float32), cv2.COLOR_RGB2LAB)).start()


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """Let an attribute of a class or module have another value meanwhile."""
    kept = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)
