"""What gradio writes for editors while it is imported, which a page has no use for."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_stubs() -> Iterator[None]:
    """Let `inspect` find the source file of no class meanwhile.

    Gradio reads that of each of its components, and of ours, to write a .pyi file beside it, which
    takes half of its import. A class without one is passed over.
    """
    find = inspect.getfile

    def find_none(thing: object) -> str:
        if isinstance(thing, type):
            raise OSError("no stubs are wanted")
        return find(thing)

    inspect.getfile = find_none
    try:
        yield
    finally:
        inspect.getfile = find
