"""The features of FID, bit for bit as torch-fidelity has them, and the command that measures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torchmetrics.image.fid import FrechetInceptionDistance

import colorizer
from colorizer.images import InputError
from eval.fid import __main__ as fid
from eval.fid import evaluation
from eval.fid.features import FeatureConfig, VGGStatistics, load_extractor, load_inception
from tests.support.runs import write_vgg
from train.distributed import join
from train.losses import load_vgg

ROOT = Path(colorizer.__file__).parents[1]
SMALL = "--feature vgg --side 64 --crops 2 --repeats 2 --device cpu --batch 3"


@pytest.fixture(scope="module")
def inception(tmp_path_factory):
    """File of random InceptionV3 weights as torch-fidelity names them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        path = tmp_path_factory.mktemp("inception") / "weights.pth"
        torch.save({}, path)
        torch.manual_seed(0)
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(path))
    torch.save(network.state_dict(), path)
    return str(path)


def test_inception_features_are_torch_fidelitys_bit_for_bit(inception):
    pictures = torch.randint(0, 256, (3, 3, 80, 64), dtype=torch.uint8)
    ours = load_extractor(FeatureConfig(inception_weights=inception))
    theirs = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], inception)
    found = ours(pictures)
    assert found.std() > 0
    assert found.equal(theirs(pictures)[0])
    metric = FrechetInceptionDistance(
        2048, feature_extractor_weights_path=inception, antialias=False
    )
    assert found.equal(metric.inception(pictures))


def test_a_file_without_inception_is_refused(tmp_path):
    torch.save({"weight": torch.zeros(1)}, tmp_path / "other.pth")
    torch.save(nn.Linear(1, 1), tmp_path / "code.pth")
    for name in ("other.pth", "code.pth"):
        with pytest.raises(InputError, match=f"{name} does not hold FID's InceptionV3"):
            load_inception(str(tmp_path / name))
    with pytest.raises(InputError, match="nowhere"):
        load_inception("nowhere")


def test_inception_that_cannot_be_downloaded_names_the_flag(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    with pytest.raises(OSError, match="--inception-weights"):
        load_inception("")


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    return str(write_vgg(tmp_path_factory.mktemp("vgg") / "vgg.safetensors"))


def test_vgg_features_are_means_over_the_picture_of_each_layer(vgg):
    network = load_vgg(vgg)
    pictures = torch.randint(0, 256, (2, 3, 32, 48), dtype=torch.uint8)
    found = VGGStatistics(network)(pictures)
    assert found.shape == (2, 192)
    normal = ((pictures / 255) - network.mean) / network.std
    kernels = [layer for layer in network.layers if isinstance(layer, nn.Conv2d)]
    x, means = normal, []
    for number, layer in enumerate(kernels):
        x = nn.functional.conv2d(x, layer.weight, layer.bias, padding=1).clamp(min=0)
        means.append(x.mean((2, 3)))
        x = nn.functional.max_pool2d(x, 2) if number == 1 else x
    torch.testing.assert_close(found, torch.cat(means[1::2], 1))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, make_picture, make_line):
    """Four pictures, and three pairs."""
    root = tmp_path_factory.mktemp("pictures")
    for folder in ("data", "pairs/color", "pairs/line"):
        (root / folder).mkdir(parents=True)
    for number in range(4):
        Image.fromarray(make_picture(512, 520, number)).save(root / f"data/{number}.png")
    for number in range(4, 7):
        Image.fromarray(make_picture(512, 512, number)).save(root / f"pairs/color/{number}.png")
        Image.fromarray(make_line(512, 512, number)).save(root / f"pairs/line/{number}.png")
    return root


def command(pictures, vgg, checkpoint, out, *more):
    where = f"--data {pictures}/data --pairs {pictures}/pairs --vgg-weights {vgg} -o {out}"
    return [*f"{where} --checkpoint {checkpoint} {SMALL}".split(), *more]


def records(out):
    return json.loads((out / "fid.json").read_text())["records"]


NUMBERS = ("fid", "kid", "psnr", "delta_e")


def test_the_command_measures_both_kinds_of_lines_and_goes_on_after_the_last_draw(
    pictures, vgg, checkpoint, tmp_path, monkeypatch
):
    fid.main(command(pictures, vgg, checkpoint, tmp_path))
    both = records(tmp_path)
    assert list(both) == ["ours", "network"]
    assert (tmp_path / "fid.md").read_text().count("| network | real |") == 2
    first = both["network"]
    cases = [(r["kind"], r["plan"], r["draw"], r["pictures"]) for r in first]
    assert cases == [
        ("xdog", "FID", None, 8),
        ("xdog", "C-FID", 0, 8),
        ("xdog", "C-FID", 1, 8),
        ("real", "FID", None, 6),
        ("real", "C-FID", 0, 6),
        ("real", "C-FID", 1, 6),
    ]
    assert all(np.isfinite([r[name] for name in NUMBERS]).all() for r in first)
    assert f"Features: {VGGStatistics.title}." in (tmp_path / "fid.md").read_text()
    (tmp_path / "draws/network/real-C-FID-0.json").unlink()
    painted = []
    real = evaluation.Evaluation.measure_draw
    monkeypatch.setattr(
        evaluation.Evaluation, "measure_draw", lambda *a: painted.append(1) or real(*a)
    )
    fid.main(command(pictures, vgg, checkpoint, tmp_path))
    assert len(painted) == 1
    assert records(tmp_path) == both
    fid.main(command(pictures, vgg, checkpoint, tmp_path, "--seed", "1"))
    assert len(painted) == 1 + 12


def test_two_ranks_find_what_one_finds(pictures, vgg, checkpoint, tmp_path):
    fid.main(command(pictures, vgg, checkpoint, tmp_path / "one"))
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2"]
    launch += ["--rdzv_backend=c10d", "--rdzv_endpoint=localhost:0"]
    two = command(pictures, vgg, checkpoint, tmp_path / "two")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([*launch, "-m", "eval.fid", *two], cwd=ROOT, check=True, env=environment)
    found = [records(tmp_path / name)["ours"] for name in ("one", "two")]
    for one, other in zip(*found, strict=True):
        for name in NUMBERS:
            assert one[name] == pytest.approx(other[name], rel=1e-4, abs=1e-7), name


def test_a_perfect_painter_has_distance_0_and_a_gray_one_has_not(pictures, vgg, tmp_path):
    options = command(pictures, vgg, "none", tmp_path, "--side", "128", "--crops", "1")
    config = fid.parse_config(fid.Config, "", options)
    ready = evaluation.Evaluation(config, join("cpu"))
    samples = [s.pictures(i) for s in ready.squares.values() for i in range(len(s))]
    truth = {line.tobytes(): color for color, line in samples}
    assert len(truth) == 7  # no two line-arts are the same

    def perfect(case):
        return truth[case.line.tobytes()]

    def gray(case):
        return np.full((128, 128, 3), 128, np.uint8)

    good, bad = (
        evaluation.summarize(ready.measure(system, tmp_path / system.__name__, ""))
        for system in (perfect, gray)
    )
    assert all(row["psnr"] == pytest.approx(99) and row["delta_e"] == 0 for row in good)
    assert all(g["fid"] < 1e-3 * b["fid"] for g, b in zip(good, bad))
    assert [row["fid_std"] for row in bad] == [None, 0, None, 0]


def test_deviations_are_the_samples():
    rows = [
        {
            "kind": "xdog",
            "plan": "C-FID",
            "pictures": 5,
            "fid": f,
            "kid": 0,
            "psnr": 1,
            "delta_e": 2,
        }
        for f in (1.0, 2.0, 4.0)
    ]
    [row] = evaluation.summarize(rows)
    assert (row["fid"], row["draws"]) == (pytest.approx(7 / 3), 3)
    assert row["fid_std"] == pytest.approx(np.std([1, 2, 4], ddof=1))


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [("--side 100", "--side is 100"), ("--crops 0", "--crops is 0"),
     ("--side 512 --crops 2", "--crops is 2"), ("--checkpoint {pictures}", "config.json")],
)  # fmt: skip
def test_what_a_user_can_correct_is_named(pictures, vgg, checkpoint, tmp_path, flags, sentence):
    more = flags.format(pictures=pictures).split()
    with pytest.raises(InputError) as caught:
        fid.main(command(pictures, vgg, checkpoint, tmp_path, *more))
    assert sentence in str(caught.value)
