"""The page's server: what it refuses, in which words, and how fast it stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

import app
from colorizer.ui import server
from colorizer.ui.inputs import LONGEST_NAME, file_name
from tests.support.page_client import DOT, answer, join, png, uploaded

ROOT = Path(app.__file__).parent


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (b"no picture", "Cannot read the hint layer: use PNG, JPEG or WebP."),
        (png(13_000, 13_000, "1"), "169.0 megapixels; the limit is 36 megapixels."),
        (png(61, 40, "RGBA"), "The hint layer is 61x40; the line-art is 60x40."),
    ],
)
def test_a_hint_layer_has_the_limits_of_a_picture(url, layer, sentence):
    files = [uploaded(url, content) for content in (png(), layer)]
    event, content = answer(url, "colorize_image", *files)
    assert event == "error"
    assert content["error"].endswith(sentence)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("colorize", {"image": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}),
        ("colorize", {"image": 3}),
        ("colorize", 3),
        ("colorize", {"hints": [DOT | {"x": "left"}]}),
        ("colorize", {"hints": [DOT] * 4097}),
        ("colorize", {"tab": "t" * 65}),
        ("colorize_image", {"path": "a\0b", "meta": {"_type": "gradio.FileData"}}),
        ("prepare", {"kind": "oils"}),
        ("save_result", {}),
        ("open_example", 99),
        ("read_hints", {}),
        ("read_palette", None),
        ("deal_colors", {"picture": "\ud800"}),
    ],
)
def test_no_error_is_null(url, name, data):
    event, content = answer(url, name, *[data, None][: 2 if name == "colorize_image" else 1])
    assert event == "error"
    assert re.fullmatch(r"[A-Z].{10,300}\.", content["error"])


def test_requests_are_refused_by_their_length(url):
    long = httpx.post(f"{url}/call/colorize", content=b"[" * (server.BODY_BYTES + 1))
    assert long.status_code == 413
    assert long.json()["detail"] == "The request has 2.5 MB; the limit is 2.5 MB."
    upload = httpx.post(f"{url}/upload", files={"files": bytes(server.UPLOAD_BYTES + 1)})
    assert (upload.status_code, upload.json()["detail"][-19:]) == (413, "the limit is 24 MB.")
    unsaid = httpx.post(f"{url}/call/colorize", content=iter([b"{}"]))
    assert unsaid.status_code == 411


def test_pages_of_other_hosts_may_not_read_answers(url):
    own = url.split("/gradio_api")[0]
    for origin in ("https://example.org", "null", "http://127.0.0.1:1", "http://localhost"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for reply in (
            httpx.get(f"{url}/info", headers={"Origin": origin, "Host": "studio.example:7860"}),
            httpx.get(f"{url}/info", headers={"Origin": origin}),
            httpx.options(f"{url}/call/colorize", headers=asked | {"Host": "10.0.0.5:7860"}),
        ):
            assert not [name for name in reply.headers if name.startswith("access-control")]
    assert httpx.get(f"{url}/info", headers={"Origin": own}).status_code == 200


@pytest.mark.parametrize("name", ["n" * 300, "\u7dda" * 300, "a\0b", "\ud800", "../" * 99, ""])
def test_names_are_such_as_file_systems_take(url, name):
    event, content = answer(
        url, "colorize", {"image": uploaded(url, png()) | {"orig_name": f"{name}.png"}, "hints": []}
    )
    assert event == "complete"
    result = content[0] | {"name": name, "kind": "colors"}
    event, saved = answer(url, "save_result", result)
    assert event == "complete"
    assert saved[0]["orig_name"].endswith("-colors.png")
    assert Path(saved[0]["path"]).is_file()


def test_file_names_are_cut_cleaned_and_keep_their_ending():
    assert file_name("C:\\pictures\\me.png") == file_name("/tmp/me.png") == "me.png"
    assert file_name("a\0b\n\ud800.png") == "a_b__.png"
    assert file_name("") == file_name("..") == "drawing"
    long = file_name("\u7dda" * 300 + ".png")
    assert long.endswith("\u7dda.png")
    assert LONGEST_NAME - 3 < len(long.encode()) - 4 <= LONGEST_NAME


SLOW = """
import signal
import app
from colorizer.ui.engine import Engine
from tests.browser.fake import FakeColorizer
app.lazy_engine = lambda *_: Engine.holding(FakeColorizer(delay=60))
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's jobs ignore it
app.main(["--port", "{port}"])
"""


def test_an_interrupt_stops_the_server_in_seconds_whatever_waits():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SLOW.format(port=port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}/gradio_api"
    try:
        for _ in range(600):
            try:
                picture = {"image": uploaded(url, png()), "hints": []}
                break
            except httpx.TransportError:
                assert process.poll() is None
                time.sleep(0.5)
        listeners = []
        for number in range(1, 3):
            transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
            with httpx.Client(transport=transport) as client:
                for _ in range(10):
                    run = join(url, "colorize", picture, client=client).json()["event_id"]
                    listeners.append(f"{url}/call/colorize/{run}")
        for place in listeners:
            threading.Thread(target=_try_to_listen, args=(place,), daemon=True).start()
        time.sleep(2)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        busy = max(1, os.getloadavg()[0] / os.cpu_count())  # others are in the way, too
        assert time.monotonic() - began < 3 * busy
    finally:
        process.kill()


def _try_to_listen(place):
    with suppress(httpx.TransportError):
        httpx.get(place, timeout=120)
