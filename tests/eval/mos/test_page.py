"""The rating page's endpoints: blind, with sentences for errors, and no rating lost in a crash."""

import base64

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from eval.mos import study as store
from eval.mos.page import RATERS_AT_ONCE, build_app
from tests.mos_raters import DRAWINGS, SYSTEMS, simulate

TOKEN = "0123456789abcdef" * 2
SECRETS = ("walrusnet", "zebranet", "drawing-of-a-yak")
RATERS = 20


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study whose systems and drawing have names that are nowhere else."""
    folder = tmp_path_factory.mktemp("secret-place")
    for system in SECRETS[:2]:
        (folder / system).mkdir()
        Image.new("RGB", (8, 8), "red").save(folder / system / f"{SECRETS[2]}.png")
    systems = store.list_systems([f"{s}={folder / s}" for s in SECRETS[:2]])
    store.create(folder / "study", systems, 30)
    return folder / "study"


@pytest.fixture(scope="module")
def client(study):
    with TestClient(build_app(study)) as client:
        yield client


def ask(client, name, *data):
    return client.post(f"/gradio_api/run/{name}", json={"data": [TOKEN, *data]})


def test_nothing_that_a_rater_receives_names_a_system_or_drawing(client, study) -> None:
    assert store.contents(study) == {(s, SECRETS[2]) for s in SECRETS[:2]}
    answers = [client.get(path) for path in ("/", "/config", "/gradio_api/info")]
    answers += [ask(client, "expect"), ask(client, "join"), ask(client, "rate", 0, 5)]
    shown = [ask(client, "picture", position) for position in (0, 1)]
    answers += [*shown, ask(client, "rate", 0, None), ask(client, "rate", 7, 5)]
    received = [f"{answer.headers} {answer.text}" for answer in answers]
    received += [str(png_of(answer)) for answer in shown]
    for secret in (*SECRETS, "secret-place"):
        assert not [text for text in received if secret in text]


def png_of(answer):
    head, data = answer.json()["data"][0].split(",")
    assert head == "data:image/png;base64"
    return base64.b64decode(data)


def test_the_page_shows_the_stored_picture(client, study) -> None:
    ask(client, "join")
    assert png_of(ask(client, "picture", 1)) == store.picture(study, TOKEN, 1)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("rate", (0, 9), "The score is 9; wanted is a whole number from 1 to 5."),
        ("rate", (0, 3.7), "The score is 3.7; wanted is a whole number from 1 to 5."),
        ("picture", (2,), "This rater has no picture 3."),
    ],
)
def test_errors_for_the_rater_are_sentences(client, name, data, message) -> None:
    ask(client, "join")
    answer = ask(client, name, *data)
    assert (answer.status_code, answer.json()["error"]) == (500, message)


def test_other_errors_are_not_shown_so_that_the_page_asks_again(client, study) -> None:
    answer = ask(client, "rate", "zero", 3)
    assert (answer.status_code, answer.json()["error"]) == (500, None)


def test_one_client_makes_no_crowd_of_raters(client, study) -> None:
    tokens = [f"{number:032x}" for number in range(1, RATERS_AT_ONCE + 5)]
    data = [{"data": [token]} for token in [*tokens, tokens[3]]]
    answers = [client.post("/gradio_api/run/join", json=body) for body in data]
    assert {answer.status_code for answer in answers[: RATERS_AT_ONCE - 1]} == {200}
    assert answers[-2].json()["error"] == "Too many have begun here; try again in ten minutes."
    assert answers[-1].status_code == 200


def test_no_rating_is_lost_when_the_server_is_killed(tmp_path) -> None:
    acknowledged, stored = simulate(tmp_path, RATERS)
    assert len(stored) == RATERS * DRAWINGS * len(SYSTEMS)
    assert stored == acknowledged
