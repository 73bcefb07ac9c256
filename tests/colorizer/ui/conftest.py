"""A served page around the fake colorizer."""

import pytest

import app
from tests.browser.fake import FakeColorizer


@pytest.fixture(scope="module")
def colorizer():
    return FakeColorizer()


@pytest.fixture(scope="module")
def url(colorizer):
    page = app.build_app(colorizer)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    yield f"{url}gradio_api"
    page.close()
