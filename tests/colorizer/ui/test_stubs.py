"""Gradio writes no files for editors beside our components, and `inspect` is itself again."""

import inspect
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from colorizer.ui import stubs

ROOT = Path(stubs.__file__).parents[2]


def test_no_class_has_a_source_meanwhile():
    with suppress(KeyError), stubs.no_stubs():
        with pytest.raises(OSError, match="stubs"):
            inspect.getfile(Path)
        assert inspect.getfile(stubs) == stubs.__file__
        raise KeyError
    assert inspect.getfile(Path).endswith(".py")


@pytest.mark.parametrize(("module", "written"), [("app", 0), ("colorizer.ui.canvas.component", 1)])
def test_the_page_writes_none(tmp_path, module, written):
    """The second case makes sure that gradio would."""
    shutil.copy(ROOT / "app.py", tmp_path)
    ours = tmp_path / "colorizer"
    unwanted = shutil.ignore_patterns("*.pyi", "*.pyc", "weights")
    shutil.copytree(ROOT / "colorizer", ours, ignore=unwanted)
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=tmp_path, check=True)
    assert len(list(ours.rglob("*.pyi"))) == written
