"""The page: `python app.py [--host HOST] [--port PORT] [--checkpoint NAME] [--share] [--mcp]`.

Importing this module starts nothing and loads no weights. In a notebook:

    import app
    from colorizer import Colorizer
    page = app.show(Colorizer.from_pretrained(), "line.png")
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

# Read by gradio when it is imported: the page sends nothing to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Read at launch: else the browser rewrites up to a hundred runs, pictures' addresses and hints, in
# its storage at every event, and each stroke takes longer than the one before.
os.environ.setdefault("GRADIO_RUN_HISTORY", "False")
# Else a table of all runs so far is made anew after each run.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
if "SPACE_ID" in os.environ:  # all visitors come by one proxy, which says who they are
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")

from colorizer.memory import few_arenas, forget_files, keep_freed_memory, no_collection
from colorizer.ui.start import fill_tables, no_registrations, no_stubs

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401 - on a ZeroGPU Space it must come before torch

ALONE = __name__ == "__main__"
"""Whether this process is the page's alone, and no notebook's."""

with no_collection(for_good=ALONE), no_stubs():
    import gradio as gr

    from colorizer.ui.engine import ColorizerLike, Engine
    from colorizer.ui.gpu import zero_gpu
    from colorizer.ui.notebook import show
    from colorizer.ui.page.page import build_page

__all__ = ["build_app", "lazy_engine", "main", "show"]


def build_app(colorizer: ColorizerLike | Engine) -> gr.Blocks:
    """Return the page for a colorizer, or for an engine that loads one; nothing is started."""
    return build_page(colorizer)


def lazy_engine(checkpoint: str | None = None, engine: str = "torch") -> Engine:
    """Return an engine that will load `checkpoint`; None: $COLORIZER_CHECKPOINT, or the bundled.

    Args:
        checkpoint: a folder, "user/repo" or "user/repo@revision".
        engine: what runs the networks, see `Colorizer.from_pretrained`.
    """

    def load() -> ColorizerLike:
        # Imported in the engine's thread: torch takes seconds, and the page can paint without it.
        lighter = no_registrations() if ALONE else contextlib.nullcontext()
        with no_collection(for_good=ALONE), lighter:
            from PIL import Image

            from colorizer import Colorizer

        keep_freed_memory()
        fill_tables()
        colorizer = Colorizer.from_pretrained(checkpoint, engine=engine)
        if not zero_gpu():  # there a GPU is only lent to a user's own run
            if not loading.awaited:
                colorizer(Image.new("L", (64, 64), "white"))  # plans and buffers, before a stroke
            forget_files()
        return colorizer

    loading = Engine(load)
    return loading


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Open the colorizer as a web page.")
    parser.add_argument("--host", help="address to listen on; $GRADIO_SERVER_NAME or 127.0.0.1")
    parser.add_argument("--port", type=int, help="port; the first free one from 7860 if not given")
    parser.add_argument("--checkpoint", help="folder, user/repo or user/repo@revision")
    parser.add_argument("--share", action="store_true", help="also make a public gradio.live link")
    parser.add_argument("--mcp", action="store_true", help="also serve the API as MCP tools")
    parser.add_argument("--engine", default="torch", help="or openvino, faster on a CPU")
    options = parser.parse_args(arguments)
    if options.mcp and find_spec("mcp") is None:
        parser.error("--mcp needs a package that is not installed: pip install 'gradio[mcp]'")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, open the page and serve it until interrupted."""
    options = parse_arguments(arguments)
    few_arenas()
    # Else gradio imports all of matplotlib at the first event, to see which backend it would pick.
    os.environ.setdefault("MPLBACKEND", "agg")
    engine = lazy_engine(options.checkpoint, options.engine)
    engine.start()
    if zero_gpu():
        engine.wait()  # the weights must be there when launch hands them to the GPU's processes
    build_app(engine).launch(
        server_name=options.host,
        server_port=options.port,
        share=options.share,
        mcp_server=options.mcp,
        footer_links=["api"],
        ssr_mode=False,  # the same page everywhere, with no Node process beside it
    )
    sys.stdout.flush()
    os._exit(0)  # a picture that nobody will see is not waited for


def __getattr__(name: str) -> gr.Blocks:
    """Build `demo`, the page that Spaces look for, when somebody asks for it."""
    if name != "demo":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    page = build_app(lazy_engine())
    globals()["demo"] = page
    return page


if __name__ == "__main__":
    main()
