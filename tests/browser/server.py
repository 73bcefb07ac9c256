"""Serve the page with the fake colorizer until killed: `python -m tests.browser.server PORT`."""

import sys

import app

from .fake import FakeColorizer

if __name__ == "__main__":
    app.build_app(FakeColorizer(delay=0.1)).launch(server_port=int(sys.argv[1]), quiet=True)
