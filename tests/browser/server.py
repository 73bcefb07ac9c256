"""Serve the page with the fake colorizer, in a process that may be killed."""

import time

import app

from .fake import FakeColorizer


def serve(port: int) -> None:
    """Serve until killed."""
    page = app.build_app(FakeColorizer(delay=0.1))
    # without gradio's check of itself, which gives up after three seconds
    page.launch(server_port=port, quiet=True, prevent_thread_lock=True, _frontend=False)
    while True:
        time.sleep(60)
