"""The engines: OpenVINO paints what torch paints, or says in one sentence why it cannot."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorizer import Colorizer, Hint, InputError, engine
from colorizer.engine import (
    KEPT_PLANS,
    REQUIREMENTS,
    Exported,
    Stages,
    enlarging,
    fold,
    multiplies_bfloat16,
)
from colorizer.images import load_image
from colorizer.models import ColorizationModel, DraftModel
from colorizer.published import BUNDLED
from colorizer.regions.cells import look

DRAWING = BUNDLED.parent / "ui/examples/1_girl_with_a_bow.png"
HINTS = [
    Hint(500, 200, 20, "#c04030"),
    Hint(500, 520, 20, "#f4c9a8"),
    Hint(500, 900, 20, "#4070c0"),
]
QUIET = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
from colorizer import Colorizer
Colorizer.from_pretrained(engine="openvino")
"""


@pytest.fixture(scope="module")
def exported():
    pytest.importorskip("openvino", reason=f"openvino is not installed: {REQUIREMENTS}")
    return Colorizer.from_pretrained(engine="openvino")


@pytest.fixture(scope="module")
def plain():
    return Colorizer.from_pretrained(device="cpu")


def inputs(height, width, count=1):
    """Random line-arts, the same at the draft's size, and hints, in the ranges of `forward`."""
    small = height // 4, width // 4
    line = torch.rand(count, 1, height, width), torch.rand(count, 1, *small)
    hint = torch.rand(count, 4, *small)
    hint[:, :3] = 2 * hint[:, :3] - 1
    return *(2 * x - 1 for x in line), hint


@pytest.mark.parametrize("size", [(64, 64), (16, 48)])
@torch.inference_mode()
def test_a_folded_model_paints_the_same_at_half_the_size(size):
    model = ColorizationModel(width=4, blocks=2, cardinality=4).eval()
    before, (line, _, _) = model.to_color.weight.clone(), inputs(*size)
    draft = 2 * torch.rand(1, 3, *size) - 1
    folded = fold(model)
    assert folded.first[0].out_channels == 4 * model.first[0].out_channels
    halved = folded(F.pixel_unshuffle(line, 2), F.pixel_unshuffle(draft, 2))
    wanted = model(line, draft)
    torch.testing.assert_close(F.pixel_shuffle(halved, 2), wanted, rtol=0, atol=1e-5)
    assert (model.to_color.weight == before).all()


@torch.inference_mode()
def test_a_convolution_enlarges_drafts_as_interpolation_does():
    draft = 2 * torch.rand(2, 3, 7, 12) - 1
    wanted = F.interpolate(draft, scale_factor=4, mode="bilinear")
    torch.testing.assert_close(enlarging()(draft), F.pixel_unshuffle(wanted, 2), rtol=0, atol=1e-6)


def test_a_wide_model_is_exported_as_it_is():
    pytest.importorskip("openvino", reason=f"openvino is not installed: {REQUIREMENTS}")
    models = {"draft": DraftModel(4, 1, 4), "colorization": ColorizationModel(8, 1, 4)}
    stages = Stages(models).eval()
    given = inputs(64, 128)
    with torch.inference_mode():
        wanted = stages(*given)
    for one, other in zip(Exported(stages)(*given), wanted):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-3)


@pytest.mark.parametrize("size", [(512, 512), (448, 640), (128, 64, 2)])
def test_in_float32_both_engines_paint_alike_at_any_size(exported, plain, size):
    given = inputs(*size)
    ours = plain.forward(*given, bfloat16=False)
    for one, other in zip(exported.forward(*given, bfloat16=False), ours):
        assert (one.shape, one.dtype) == (other.shape, torch.float32)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-3)
        assert other.std() > 0.1


def test_bfloat16_is_multiplied_when_told(exported):
    if not multiplies_bfloat16(torch.device("cpu")):
        pytest.skip("this processor multiplies no bfloat16")
    given = inputs(128, 128)
    exact, _ = exported.forward(*given, bfloat16=False)
    rounded, _ = exported.forward(*given, bfloat16=True)
    assert 1e-3 < (exact - rounded).abs().max() < 0.2
    assert (exact - rounded).abs().mean() < 0.01
    assert (exported.forward(*given)[0] == rounded).all()


def test_the_region_network_multiplies_bfloat16_as_well(plain, monkeypatch):
    line, found = np.asarray(load_image(DRAWING).resize((256, 320)).convert("L")), []
    for told in (False, True):
        monkeypatch.setattr("colorizer.engine.multiplies_bfloat16", lambda device, told=told: told)
        found.append(look(line, plain.models["regions"])[0])
    exact, rounded = found
    assert exact.dtype == rounded.dtype == np.float32
    assert 1e-3 < abs(exact - rounded).max() < 0.1
    assert abs(exact - rounded).mean() < 0.002


@pytest.mark.parametrize("hints", [HINTS, None])
def test_a_finished_picture_is_the_same_within_one_level(exported, plain, monkeypatch, hints):
    monkeypatch.setattr("colorizer.engine.multiplies_bfloat16", lambda device: False)
    pictures = [np.asarray(c(DRAWING, hints).image).astype(int) for c in (exported, plain)]
    difference = abs(pictures[0] - pictures[1]).max(-1)
    assert (difference <= 1).mean() >= 0.9999
    assert (difference == 0).mean() >= 0.999


def test_plans_are_kept_for_the_last_sizes_only(exported):
    for number in range(1, KEPT_PLANS + 3):
        exported.forward(*inputs(64, 64 * number))
    assert exported.stages._plan.cache_info().currsize == KEPT_PLANS
    before = exported.stages._plan.cache_info().misses
    exported.forward(*inputs(64, 64 * number))
    assert exported.stages._plan.cache_info().misses == before


def test_nothing_is_sent_to_the_makers_of_openvino(exported, tmp_path):
    surroundings = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(BUNDLED.parents[1])}
    command = [sys.executable, "-c", QUIET]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "TracerWarning" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_the_package_one_sentence_names_its_file(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(InputError, match=REQUIREMENTS):
        Colorizer.from_pretrained(engine="openvino")
    assert (BUNDLED.parents[1] / REQUIREMENTS).is_file()


def test_an_unknown_engine_is_named():
    with pytest.raises(InputError, match=f"No engine onnx; wanted is torch, or .*{REQUIREMENTS}"):
        Colorizer.from_pretrained(engine="onnx")


def test_openvino_is_not_moved_to_another_device(monkeypatch):
    monkeypatch.setattr(engine, "load_openvino", lambda: None)
    with pytest.raises(InputError, match="runs on the CPU, not on cuda"):
        Colorizer.from_pretrained(engine="openvino", device="cuda")
