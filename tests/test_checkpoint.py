"""Checkpoint folders: what is written is read again, and every fault is named."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from colorizer.checkpoint import BUNDLED, ENVIRONMENT, CheckpointFiles, split_name, write_checkpoint
from colorizer.images import InputError
from colorizer.models import ColorizationModel, DraftModel, LineDetectionModel


@pytest.fixture
def folder(checkpoint, tmp_path):
    """A copy of the tiny checkpoint that a test may spoil."""
    return shutil.copytree(checkpoint, tmp_path / "copy")


def test_a_checkpoint_is_json_and_half_precision_safetensors(checkpoint):
    names = sorted(p.name for p in checkpoint.iterdir())
    assert names == ["colorization.safetensors", "config.json", "draft.safetensors"]
    assert {w.dtype for w in load_file(checkpoint / "draft.safetensors").values()} == {
        torch.float16
    }


def test_a_model_comes_back_frozen_in_float32_with_its_weights(tmp_path):
    options = {"width": 8, "blocks": 1, "cardinality": 4}
    models = {
        "draft": DraftModel(**options),
        "colorization": ColorizationModel(**options),
        "ldm": LineDetectionModel(8),
    }
    built = {"draft": options, "colorization": options, "ldm": {"width": 8}}
    write_checkpoint(tmp_path, models, built, "spread")
    files = CheckpointFiles(str(tmp_path))
    config = files.config()
    assert (config["hints"], config["models"]) == ("spread", built)
    for name, model in models.items():
        read = files.model(name, config["models"][name])
        assert not read.training
        for key, weight in read.state_dict().items():
            assert weight.dtype == torch.float32
            assert torch.equal(weight, model.state_dict()[key].half().float())
        assert not any(p.requires_grad for p in read.parameters())


def spoil(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 2}, "format 1"),
        ({"format": None}, "format 1"),
        ({"hints": "strokes"}, "hints 'strokes'"),
        ({"models": {"draft": {}}}, r"models \['draft'\]"),
        ({"models": {"draft": {}, "colorization": {}, "other": {}}}, "other"),
        ({"models": None}, "models"),
        ({"models": []}, "models"),
    ],
)
def test_a_config_of_another_kind_is_refused(folder, changes, sentence):
    spoil(folder, **changes)
    with pytest.raises(InputError, match=sentence):
        CheckpointFiles(str(folder)).config()


@pytest.mark.parametrize("text", ["{", "[]", "3", "null"])
def test_a_config_that_is_no_object_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json is no"):
        CheckpointFiles(str(folder)).config()


def test_a_config_that_is_no_text_is_refused(folder):
    (folder / "config.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"config\.json"):
        CheckpointFiles(str(folder)).config()


def test_a_missing_file_is_named(folder):
    (folder / "draft.safetensors").unlink()
    with pytest.raises(InputError, match=r"has no draft\.safetensors"):
        CheckpointFiles(str(folder)).model("draft", {})
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(InputError, match=r"has no config\.json"):
        CheckpointFiles(str(folder)).config()


@pytest.mark.parametrize(
    "options",
    [
        {"width": 16, "blocks": 1, "cardinality": 4},
        {"width": 8, "blocks": 1, "cardinality": 3},
        {"width": 8, "depth": 2},
        {"width": "8"},
    ],
)
def test_weights_that_do_not_fit_the_options_are_refused(folder, options):
    with pytest.raises(InputError, match="does not fit"):
        CheckpointFiles(str(folder)).model("draft", options)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\xff" * 64])
def test_damaged_weights_are_refused(folder, content):
    (folder / "draft.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"draft\.safetensors"):
        CheckpointFiles(str(folder)).model("draft", {"width": 8, "blocks": 1, "cardinality": 4})


def test_weights_that_break_off_are_refused(folder):
    path = folder / "draft.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"draft\.safetensors"):
        CheckpointFiles(str(folder)).model("draft", {"width": 8, "blocks": 1, "cardinality": 4})


def test_a_name_is_a_folder_or_a_repository_with_its_revision(tmp_path, monkeypatch):
    assert split_name(tmp_path, None) == (str(tmp_path), None)
    assert split_name("user/repo", None) == ("user/repo", None)
    assert split_name("user/repo@v1", None) == ("user/repo", "v1")
    assert split_name("user/repo@v1", "main") == ("user/repo", "main")
    assert split_name(None, None) == (str(BUNDLED), None)
    monkeypatch.setenv(ENVIRONMENT, "user/repo@v2")
    assert split_name(None, None) == ("user/repo", "v2")
    assert split_name(tmp_path, None) == (str(tmp_path), None)


@pytest.mark.parametrize(
    "name", ["repo", "./user/repo", "/no/folder", "a/b/c", "user/", "~/models"]
)
def test_a_name_that_is_neither_is_refused(name):
    with pytest.raises(InputError, match="no folder"):
        split_name(name, None)
