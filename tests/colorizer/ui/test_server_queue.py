"""Runs that wait at the page's server: shares, what is dropped, a crowd, one thread."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from colorizer.ui import server
from colorizer.ui.engine import Engine
from tests.browser.fake import FakeColorizer
from tests.load import direct_of, load
from tests.support.page_client import DOT, answer, join, listen, png, uploaded


@pytest.fixture
def gate(colorizer, url):
    """Runs wait while it is cleared; afterwards none is left."""
    yield colorizer.gate
    colorizer.gate.set()
    while httpx.get(f"{url}/queue/status").json()["queue_size"]:
        time.sleep(0.1)


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
