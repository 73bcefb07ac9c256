"""The page's server: what it refuses, in which words, what it drops, and how fast it stops."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from PIL import Image

import app
from colorizer.ui import server
from colorizer.ui.engine import Engine
from colorizer.ui.inputs import LONGEST_NAME, file_name
from tests.browser.fake import FakeColorizer
from tests.load import direct_of, load

ROOT = Path(app.__file__).parent
DOT = {"x": 5, "y": 5, "r": 2, "color": "#00ff00"}


@pytest.fixture(scope="module")
def colorizer():
    return FakeColorizer()


@pytest.fixture(scope="module")
def url(colorizer):
    page = app.build_app(colorizer)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    yield f"{url}gradio_api"
    page.close()


@pytest.fixture
def gate(colorizer, url):
    """Runs wait while it is cleared; afterwards none is left."""
    yield colorizer.gate
    colorizer.gate.set()
    while httpx.get(f"{url}/queue/status").json()["queue_size"]:
        time.sleep(0.1)


def png(width=60, height=40, mode="RGB"):
    content = io.BytesIO()
    Image.new(mode, (width, height), "white").save(content, "PNG")
    return content.getvalue()


def uploaded(url, content, name="line.png"):
    """Return a file on the server as a request names it."""
    [path] = httpx.post(f"{url}/upload", files={"files": (name, content)}).json()
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def join(url, name, *data, client=httpx):
    kind = {"Content-Type": "application/json"}
    body = json.dumps({"data": data})  # with escapes, for what is no UTF-8
    return client.post(f"{url}/call/{name}", content=body, headers=kind, timeout=60)


def answer(url, name, *data):
    """Return the last event and its content."""
    return listen(f"{url}/call/{name}/{join(url, name, *data).json()['event_id']}")


def listen(place):
    """Return the last event of a run and its content."""
    events = httpx.get(place, timeout=120).text
    event, content = re.findall(r"event: (\w+)\ndata: (.*)", events)[-1]
    return event, json.loads(content)


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


def test_a_client_has_a_share_of_the_queue_and_the_queue_an_end(url, gate, monkeypatch):
    monkeypatch.setattr(server, "UNHEARD_SECONDS", 600.0)
    gate.clear()
    picture = {"image": uploaded(url, png()), "hints": []}
    runs = []
    for number in range(1, 6):
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
        with httpx.Client(transport=transport) as client:
            answers = [join(url, "colorize", picture, client=client) for _ in range(12)]
            stopped = join(url, "stop", {"tab": "none", "turn": 1}, client=client)
        runs += answers
        assert stopped.status_code == 200
        if number < 5:
            assert [a.status_code for a in answers] == [200] * server.SHARE + [429] * 2
            assert answers[-1].json()["detail"] == (
                "The server is busy: 10 of your runs are ahead; the limit is 10."
            )
    assert {a.status_code for a in answers} == {429}
    assert re.fullmatch(r"The server is busy: \d\d runs are ahead; try again in a moment\.",
                        answers[-1].json()["detail"])  # fmt: skip
    assert sum(a.status_code == 200 for a in runs) == server.QUEUE


def test_what_nobody_waits_for_is_dropped(url, gate, colorizer, monkeypatch):
    monkeypatch.setattr(server, "UNHEARD_SECONDS", 3.0)
    gate.clear()
    picture = {"image": uploaded(url, png()), "hints": [DOT]}
    before = len(colorizer.calls)
    join(url, "colorize", picture)  # is under way until the gate opens
    with ThreadPoolExecutor() as threads:
        heard = threads.submit(answer, url, "colorize", picture)
        runs = [join(url, "colorize", picture).json()["event_id"] for _ in range(6)]
        time.sleep(6)
        late = listen(f"{url}/call/colorize/{runs[5]}")
        gate.set()
        assert heard.result()[0] == "complete"
    assert late == ("error", server.DROPPED)
    assert len(colorizer.calls) - before == 2


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


def test_a_crowd_gets_its_own_pictures_and_sentences(url, colorizer):
    direct = direct_of(FakeColorizer())
    answers = load(url.removesuffix("gradio_api"), 8, 64, 1, direct)
    assert set(answers) <= {"equal", "refused", "busy"}
    assert answers["equal"] + answers["refused"] == 64


def test_all_runs_share_one_thread():
    engine = Engine(FakeColorizer)
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append(engine.run(threading.get_ident)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(seen)) == 1


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
