"""Pushing to the Hub and pulling from it, with the real client and a small server on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load, save

import colorizer
from colorizer import Colorizer
from colorizer.images import InputError
from tests.support.hub_client import picture_hash
from tests.support.hub_server import TOKEN, HubServer
from tests.support.runs import write_runs
from train import publish

ROOT = Path(colorizer.__file__).parents[1]
REPO = "user/line-art"
QUICK = 3.0
"""Seconds that a user waits at most for an answer that needs no Hub."""


def environment(server, home, **more):
    """The variables of a process that talks to the small server alone."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING_FACE"))}
    hub = {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return kept | hub | {"HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1,localhost"} | more


@pytest.fixture(scope="module")
def server():
    server = HubServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def pushed(server, runs, tmp_path_factory):
    """The commit that `python -m train.publish --push` made, pushed once for all tests."""
    command = [sys.executable, "-m", "train.publish", str(runs["colorization"]), "--push", REPO]
    env = environment(server, tmp_path_factory.mktemp("home"), HF_TOKEN=TOKEN)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("@")[-1].strip()


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    """A process with the real client."""
    env = environment(server, tmp_path_factory.mktemp("client"))
    command = [sys.executable, "-m", "tests.support.hub_client"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


@pytest.fixture
def pull(server, client, pushed):
    """(name, **arguments) -> what `Colorizer.from_pretrained` did in the other process."""

    def pull_(name, **arguments):
        print(json.dumps({"name": name} | arguments, default=str), file=client.stdin, flush=True)
        return json.loads(client.stdout.readline())

    server.mode, server.private, server.requests[:] = "", set(), []
    yield pull_
    server.mode, server.private = "", set()


@pytest.fixture(scope="module")
def picture(runs, tmp_path_factory):
    """The hash of the picture that the same runs paint from a folder."""
    folder = tmp_path_factory.mktemp("folder")
    publish.write_folder(
        publish.assemble(publish.read_runs([str(runs["colorization"])])), "", folder
    )
    return picture_hash(Colorizer.from_pretrained(folder))


def test_a_push_makes_a_repository_with_weights_and_card(server, pushed):
    files = server.commits[REPO][pushed]
    models = {f"{name}.safetensors" for name in ("draft", "colorization", "ldm")}
    assert set(files) - {".gitattributes"} == models | {"config.json", "README.md"}
    assert f'from_pretrained("{REPO}")' in files["README.md"].decode()


def test_pushed_weights_paint_the_same_picture_elsewhere(pull, pushed, picture, tmp_path):
    for number, (name, more) in enumerate(
        [(REPO, {"revision": pushed}), (f"{REPO}@{pushed}", {}), (REPO, {})]
    ):
        pulled = pull(name, cache_dir=tmp_path / str(number), **more)
        assert pulled.get("picture") == picture, pulled
        assert pulled["warnings"] == []


def test_a_cached_commit_makes_no_request(server, pull, pushed, picture, tmp_path):
    pull(f"{REPO}@{pushed}", cache_dir=tmp_path)
    server.requests.clear()
    assert pull(f"{REPO}@{pushed}", cache_dir=tmp_path)["picture"] == picture
    assert server.requests == []


def test_all_files_come_from_one_commit(server, pull, tmp_path):
    pull(REPO, cache_dir=tmp_path)
    asked = {path.split("/")[4] for path in server.requests if "safetensors" in path}
    assert asked == {server.newest(REPO)}


def test_a_branch_that_moved_is_pulled_anew(server, pull, pushed, picture, tmp_path):
    pull(REPO, cache_dir=tmp_path)
    weights = load(server.commits[REPO][pushed]["colorization.safetensors"])
    other = {name: -weight for name, weight in weights.items()}
    moved = server.commit(REPO, {"colorization.safetensors": save(other)})
    try:
        assert pull(REPO, cache_dir=tmp_path)["picture"] != picture
        assert pull(f"{REPO}@{pushed}", cache_dir=tmp_path)["picture"] == picture
    finally:
        del server.commits[REPO][moved]


@pytest.mark.parametrize("mode", [503, "silent", "cut"])
def test_a_hub_that_is_down_leaves_the_cache_and_says_so(
    server, pull, pushed, picture, tmp_path, mode
):
    pull(REPO, cache_dir=tmp_path)
    server.requests.clear()
    server.mode = mode
    pulled = pull(REPO, cache_dir=tmp_path)
    assert pulled["picture"] == picture
    assert f"using commit {pushed[:7]}" in pulled["warnings"][0]
    assert len(server.requests) == 1, "one short question, no retries"
    assert pulled["seconds"] < 2 * QUICK


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(503, "answered 503"), ("silent", "cannot be reached"), ("cut", "cannot be reached")],
)
def test_a_hub_that_is_down_without_a_cache_is_one_sentence(server, pull, tmp_path, mode, reason):
    server.mode = mode
    pulled = pull(REPO, cache_dir=tmp_path)
    assert reason in pulled["error"]
    assert "the local cache has no copy" in pulled["error"]
    assert "\n" not in pulled["error"]
    assert len(server.requests) == 1
    assert pulled["seconds"] < 2 * QUICK


def test_local_weights_wait_for_nobody(server, pull, runs, tmp_path):
    publish.main([str(runs["colorization"]), "--folder", str(tmp_path / "weights")])
    server.mode = "silent"
    for name, limit in [(tmp_path / "weights", QUICK), (None, 2 * QUICK)]:  # tiny, bundled
        pulled = pull(name)
        assert "picture" in pulled, pulled
        assert pulled["seconds"] < limit
    assert server.requests == []


def test_files_that_are_missing_are_one_sentence_each(server, pull, pushed, tmp_path):
    server.commits["user/empty"] = {}
    server.commit("user/empty", {"README.md": b"nothing here"})
    for name, reason in {
        "user/nothing": "there is no such repository, or it is private",
        f"{REPO}@{'0' * 40}": "the repository has no such revision",
        "user/empty": "the repository has no checkpoint of ours",
        "user/-bad-": "Repo id",
    }.items():
        error = pull(name, cache_dir=tmp_path)["error"]
        assert reason in error
        assert "\n" not in error


def test_a_private_repository_wants_the_right_token(server, pull, picture, tmp_path):
    server.private.add(REPO)
    assert "no such repository, or it is private" in pull(REPO, cache_dir=tmp_path)["error"]
    wrong = pull(REPO, cache_dir=tmp_path, token="hf_wrong")["error"]
    assert "refused the token (401)" in wrong
    assert pull(REPO, cache_dir=tmp_path, token=TOKEN)["picture"] == picture


def test_local_files_only_asks_nobody(server, pull, picture, tmp_path):
    error = pull(REPO, cache_dir=tmp_path, local_files_only=True)["error"]
    assert "the local cache has no copy" in error
    assert server.requests == []
    pull(REPO, cache_dir=tmp_path)
    server.requests.clear()
    assert pull(REPO, cache_dir=tmp_path, local_files_only=True)["picture"] == picture
    assert server.requests == []


def test_a_push_that_fails_is_one_sentence(server, pull, runs, monkeypatch):
    request = {"push": str(runs["colorization"]), "repository": REPO, "token": "hf_wrong"}
    before = len(server.commits[REPO])
    for mode, reason in [("", "refused the token (401)"), ("cut", "cannot be reached")]:
        server.mode = mode
        error = pull(None, **request)["error"]
        assert error.startswith(f"{REPO} was not pushed: the Hugging Face Hub")
        assert reason in error
        assert "\n" not in error
    assert len(server.commits[REPO]) == before
    monkeypatch.setattr(publish, "get_token", lambda: None)
    with pytest.raises(InputError, match="needs a token"):
        publish.push(None, "", REPO)
