"""Publishing: what goes into a checkpoint's folder or repository."""

from pathlib import Path
from types import SimpleNamespace

from colorizer import Colorizer
from train import publish

FILES = {"README.md", "config.json", "draft.safetensors", "colorization.safetensors"}


def test_a_folder_gets_weights_config_and_the_given_card(spread_checkpoint, tmp_path):
    publish.publish(Colorizer.from_pretrained(spread_checkpoint), "the card", tmp_path / "a", None)
    assert {p.name for p in (tmp_path / "a").iterdir()} >= FILES
    assert (tmp_path / "a/README.md").read_text() == "the card"
    assert Colorizer.from_pretrained(tmp_path / "a").hints == "spread"


def test_a_push_uploads_the_same_files(spread_checkpoint, monkeypatch):
    sent = {}

    class FakeApi:
        def create_repo(self, repo_id, exist_ok):
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, repo_id, folder_path):
            sent[repo_id] = {p.name: p.read_bytes() for p in Path(folder_path).iterdir()}

    monkeypatch.setattr(publish, "HfApi", FakeApi)
    publish.publish(Colorizer.from_pretrained(spread_checkpoint), "the card", None, "user/repo")
    assert sent["user/repo"].keys() >= FILES
    assert sent["user/repo"]["README.md"] == b"the card"
