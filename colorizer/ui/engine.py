"""The model behind the page, loaded in the background so that the page can paint first."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Protocol


class ColorizerLike(Protocol):
    """What the page needs of a colorizer; `colorizer.Colorizer` has it."""

    name: str
    revision: str
    device: Any

    def __call__(
        self,
        line_art: Any,
        hints: Sequence[Any] | None = None,
        *,
        rest: str = "network",
        shadows: str = "none",
    ) -> Any:
        """Return the colored drawing."""

    def deal(self, line_art: Any, hints: Sequence[Any] = (), **deal: Any) -> list[Any]:
        """Return the hints and automatic ones."""

    def reference(self, picture: Any) -> dict[str, Any]:
        """Return palette and parts of a reference picture."""


class ModelUnavailableError(RuntimeError):
    """The colorizer could not be loaded; the message tells the user why and what to do."""


class Engine:
    """A colorizer that is there already, or one that a background thread is loading.

    It is loaded and used in one thread: each thread that calls torch gets a team of its own for
    the networks' operations, and two teams would fight for the same cores.

    Args:
        load: returns the colorizer; it is called once.
    """

    def __init__(self, load: Callable[[], ColorizerLike]) -> None:
        self._load = load
        self._thread = ThreadPoolExecutor(1, "colorizer")
        self._done = threading.Event()
        self._start_lock = threading.Lock()
        self._started = False
        self._colorizer: ColorizerLike | None = None
        self._reason = ""
        self.awaited = False
        """Whether somebody has asked for the colorizer."""

    @classmethod
    def holding(cls, colorizer: ColorizerLike) -> "Engine":
        """Return an engine whose colorizer is ready."""
        engine = cls(lambda: colorizer)
        engine._run()
        engine._started = True
        return engine

    def start(self) -> None:
        """Begin to load, unless that has begun; returns at once."""
        with self._start_lock:
            if self._started:
                return
            self._started = True
        self._thread.submit(self._run)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return `function(*arguments)`, run in the colorizer's thread and the caller's context."""
        return self._thread.submit(copy_context().run, function, *arguments).result()

    def _run(self) -> None:
        try:
            self._colorizer = self._load()
        except Exception as error:  # whatever went wrong, the page must say it instead of waiting
            self._reason = str(error) or type(error).__name__
        finally:
            self._done.set()

    def wait(self) -> None:
        """Start loading if that has not begun, and return when it has ended, well or not."""
        self.start()
        self._done.wait()

    def colorizer(self) -> ColorizerLike:
        """Return the colorizer, waiting for it if it is still loading.

        Raises:
            ModelUnavailableError: it could not be loaded.
        """
        self.awaited = True
        self.wait()
        if self._colorizer is None:
            raise ModelUnavailableError(self._reason)
        return self._colorizer

    def state(self) -> dict[str, str]:
        """Return {"state": "loading" | "ready" | "missing", "label", "reason"} for the page."""
        if not self._done.is_set():
            return {"state": "loading", "label": "Loading the model", "reason": ""}
        if self._colorizer is None:
            return {"state": "missing", "label": "No model", "reason": self._reason}
        return {"state": "ready", "label": describe(self._colorizer), "reason": ""}


def paint(colorizer: ColorizerLike, line_art: Any, hints: Any, shadows: str = "none") -> Any:
    """Return the drawing colored as the page has it: automatic colors where no hint reaches."""
    return colorizer(line_art, hints, rest="automatic", shadows=shadows)


def describe(colorizer: ColorizerLike) -> str:
    """Return "name@revision · device", the line at the top of the page."""
    name = f"{colorizer.name}@{colorizer.revision}" if colorizer.revision else colorizer.name
    return f"{name} · {colorizer.device}"
