"""A line-art and a loss of somebody else's, as train/README.md adds them in one file."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.pictures import write_pictures
from tests.support.runs import MODEL, QUICK, ROOT, rows_of, state_of

RUN = f"{QUICK} {MODEL} --batch 2 --steps 1 --w-gan 0 --w-content 0 --w-line 0"


@pytest.fixture
def train(tmp_path, make_picture):
    """(options) -> the folder of a run of the program in train/README.md."""
    (text,) = re.findall(r"```python\n(.*?)```", (ROOT / "train/README.md").read_text(), re.DOTALL)
    (tmp_path / "mine.py").write_text(text)
    data = write_pictures(tmp_path / "data", make_picture, (0,))

    def train_(options):
        argv = f"{RUN} --data {data} --runs {tmp_path}/runs {options}".split()
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, tmp_path / "mine.py", *argv]
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
        return max((tmp_path / "runs").glob("0*"))

    return train_


def test_a_line_art_is_one_entry_and_a_word_of_lines(train):
    run = train("--lines noon=1 --fade 1 --equalize 0")
    assert state_of(run)["config"]["lines"] == ("noon=1",)
    assert rows_of(run)[0]["recon"] > 0


def test_a_loss_is_one_entry_and_an_option_of_its_own(train):
    run = train("--w-dark 2")
    assert rows_of(run)[0]["dark"] > 0
    assert state_of(run)["config"]["w_dark"] == 2
