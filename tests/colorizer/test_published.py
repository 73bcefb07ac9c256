"""Checkpoint folders: what is written is read again, and every fault is named."""

import json
import shutil
import subprocess
import sys
import time
from struct import pack

import pytest
import torch
from safetensors.torch import load_file, save_file

from colorizer.images import InputError
from colorizer.models import ColorizationModel, DraftModel, LineDetectionModel
from colorizer.published import BUNDLED, ENVIRONMENT, CheckpointFiles, split_name, write_checkpoint


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
        {"width": 8, "blocks": 1, "cardinality": 0},
        {"width": 8, "blocks": -1, "cardinality": 4},
        {"width": 10**9, "blocks": 1, "cardinality": 4},
        {"width": 512, "blocks": 10, "cardinality": 32},
        {"width": 8, "blocks": 10**9, "cardinality": 4},
        {"width": [[[8]]], "blocks": 1, "cardinality": 4},
        {"w" * 1000: 8},
        dict.fromkeys(map(str, range(10_000)), 8),
    ],
)
def test_weights_that_do_not_fit_the_options_are_refused(folder, options, monkeypatch):
    monkeypatch.setattr("colorizer.published.load_file", None)  # before any of them is read
    began = time.process_time()
    with pytest.raises(InputError, match="does not fit") as refused:
        CheckpointFiles(str(folder)).model("draft", options)
    assert len(str(refused.value)) < 300
    assert time.process_time() - began < 2


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\xff" * 64])
def test_damaged_weights_are_refused(folder, content):
    (folder / "draft.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"draft\.safetensors"):
        CheckpointFiles(str(folder)).model("draft", {"width": 8, "blocks": 1, "cardinality": 4})


TINY = {"width": 8, "blocks": 1, "cardinality": 4}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda w: w.fill_(torch.nan), "NaN"),
        (lambda w: w.index_fill(0, torch.tensor([0]), -torch.inf), "NaN or infinity"),
        (lambda w: w.to(torch.int8), "of I8; wanted is"),
        (lambda w: w.double(), "of F64; wanted is"),
        (lambda w: w[None], r"wanted is \("),
        (lambda w: torch.zeros([1] * 3000), r"\(1, 1, 1, 1, 1, 1, ...\)"),
        (None, "is missing"),
    ],
)
def test_weights_of_other_kinds_are_refused(folder, change, sentence):
    weights = load_file(folder / "draft.safetensors")
    key = "to_color.weight"
    kept = weights.pop(key)
    if change:
        weights[key] = change(kept)
    save_file(weights, folder / "draft.safetensors")
    with pytest.raises(InputError, match=sentence) as refused:
        CheckpointFiles(str(folder)).model("draft", TINY)
    assert len(str(refused.value)) < 300


def test_a_name_without_end_is_cut_in_the_sentence(folder):
    weights = load_file(folder / "draft.safetensors")
    save_file(weights | {"a" * 300: torch.zeros(1)}, folder / "draft.safetensors")
    with pytest.raises(InputError, match=r"'aaa.*\.\.\..*aaa' is too much") as refused:
        CheckpointFiles(str(folder)).model("draft", TINY)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("size", [2_000_000, 1 << 60])
def test_a_head_without_end_is_refused(folder, size):
    (folder / "draft.safetensors").write_bytes(pack("<Q", size) + b" " * 3_000_000)
    with pytest.raises(InputError, match=r"more than 1000000 bytes"):
        CheckpointFiles(str(folder)).model("draft", TINY)


@pytest.mark.parametrize("text", ["[" * 100_000, " " * 2_000_000])
def test_a_config_that_is_deep_or_long_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json is no JSON"):
        CheckpointFiles(str(folder)).config()


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


def test_loading_imports_no_compiler():
    code = (
        "import sys; from colorizer import Colorizer; Colorizer.from_pretrained(device='cpu'); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
