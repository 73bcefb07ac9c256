"""What a training cannot use ends it with one sentence: damaged checkpoints, wrong options."""

from pathlib import Path

import pytest
import torch
from torch import nn

import train.losses
from colorizer.images import InputError
from tests.support.pictures import write_pictures
from tests.support.runs import QUICK
from train import colorization, draft, ldm
from train.checkpoints import newest_checkpoint, restore
from train.options import run_main


@pytest.fixture(scope="module")
def data(tmp_path_factory, make_picture):
    return write_pictures(tmp_path_factory.mktemp("refusals"), make_picture, (0,))


def run(script, data, runs, options):
    script.main(f"{QUICK} --data {data} --runs {runs} {options}".split())
    return max(Path(runs).glob("0*"))


def damage(path, kind):
    content = path.read_bytes()
    if kind == "half":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("no checkpoint")
    elif kind == "module":
        torch.save(nn.Linear(2, 2), path)
    else:
        torch.save({"step": 3}, path)


@pytest.mark.parametrize("kind", ["half", "empty", "text", "module", "foreign"])
def test_a_damaged_checkpoint_is_refused_with_one_sentence(data, tmp_path, kind):
    folder = run(ldm, data, tmp_path, "--width 4 --batch 2 --steps 1")
    path = newest_checkpoint(folder)
    damage(path, kind)
    with pytest.raises(SystemExit) as caught:
        run_main(lambda: ldm.main(["--resume", str(folder)]))
    message = str(caught.value.code)
    assert message.startswith("error: ")
    assert path.name in message
    assert "\n" not in message


def test_a_checkpoint_of_other_shapes_is_refused(data, tmp_path):
    folder = run(ldm, data, tmp_path, "--width 4 --batch 2 --steps 1")
    with pytest.raises(InputError, match="does not fit these options"):
        ldm.main(["--resume", str(folder), "--width", "8"])


def test_a_checkpoint_that_lacks_a_part_is_refused(data, tmp_path):
    folder = run(ldm, data, tmp_path, "--width 4 --batch 2 --steps 1")
    with pytest.raises(InputError, match="holds no draft"):
        restore(newest_checkpoint(folder), {"draft": nn.Linear(1, 1)})


@pytest.mark.parametrize(
    ("script", "argv", "sentence"),
    [
        (ldm, "", "no pictures"),
        (ldm, "--data {data} --batch 3 --accumulate 2", "--batch 3 cannot be dealt"),
        (
            ldm,
            "--data {data} --batch 8 --reuse 7 --steps 1",
            "--reuse 7 is less than the batch of 8",
        ),
        (ldm, "--data {data} --init {data}", "holds no checkpoint"),
        (draft, "--data {data} --crop 64 --w-content 0", "needs --ldm RUN"),
        (draft, "--data {data} --w-content 0 --w-line 0 --regions nowhere", "holds no checkpoint"),
        (draft, "--data {data} --vgg-weights nowhere.bin", "no weights of VGG16 in nowhere.bin"),
        (colorization, "--data {data}", "needs --draft RUN"),
        (colorization, "--data {data} --draft nowhere", "nowhere holds no checkpoint"),
    ],
)
def test_what_a_user_can_correct_ends_a_script_with_one_sentence(script, argv, sentence, data):
    words = f"{argv.format(data=data)} --width 8 --workers 0 --device cpu".split()
    words += [] if script is ldm else ["--cardinality", "4"]
    with pytest.raises(SystemExit) as caught:
        run_main(lambda: script.main(words))
    assert sentence in str(caught.value.code)
    assert "\n" not in str(caught.value.code)


def test_vgg_weights_that_cannot_be_had_end_the_script_with_one_sentence(data, monkeypatch):
    def refuse(**_):
        raise OSError("no network")

    monkeypatch.setattr(train.losses, "vgg16", refuse)
    with pytest.raises(SystemExit) as caught:
        run_main(lambda: draft.main(["--data", str(data), "--width", "8", "--cardinality", "4"]))
    assert "--vgg-weights" in str(caught.value.code)
