"""The page's pure functions, tested by Node's own runner (tests/scripts)."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).parent.glob("scripts/*.test.mjs"))


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts(script: Path) -> None:
    run = subprocess.run(["node", "--test", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
