"""Stop: a run is left before the next layer of the network, and its place in the queue is free."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

TABS = 1000
"""So many pages are remembered; what an older one stopped has ended long ago."""


class Stopped(Exception):
    """The page that asked for this run has stopped it."""


class Stops:
    """Which turns were stopped. Each page counts its runs as turns, from 1; 0 is never stopped.

    A colorizer without torch modules, or one that runs in another process, is not left half-way:
    it ends, and its picture is thrown away.
    """

    def __init__(self) -> None:
        self._stopped: dict[str, int] = {}
        self._hooked: Any = None
        self._run: ContextVar[tuple[str, int] | None] = ContextVar("run", default=None)

    def stop(self, tab: str, turn: int) -> None:
        """Stop this turn of a page and all before it, whether they run or wait."""
        self._stopped[tab] = max(turn, self._stopped.pop(tab, 0))
        if len(self._stopped) > TABS:
            del self._stopped[next(iter(self._stopped))]

    @contextmanager
    def watching(self, tab: str, turn: int) -> Iterator[None]:
        """Make `check` look at this turn, in this context.

        Raises:
            Stopped: at the beginning, within, or at the end.
        """
        before = self._run.set((tab, turn))
        try:
            self.check()
            yield
            self.check()
        finally:
            self._run.reset(before)

    def check(self, *_: Any) -> None:
        """Raise Stopped if this context's run was stopped; also a forward hook of every layer."""
        run = self._run.get()
        if run and 0 < run[1] <= self._stopped.get(run[0], 0):
            raise Stopped

    def hook(self, colorizer: Any) -> None:
        """Check before every layer of a colorizer's networks; done once for each colorizer."""
        if self._hooked is colorizer:
            return
        self._hooked = colorizer
        for model in getattr(colorizer, "models", {}).values():
            for layer in model.modules():
                layer.register_forward_pre_hook(self.check)
