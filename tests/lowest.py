"""Do the lowest versions that the requirements allow work? Installs exactly those and runs tests.

    python -m tests.lowest [--python PYTHON] [--venv FOLDER] [TEST ...]

PYTHON is the interpreter to try, python3.11 if not given: psd-tools wants at least that, and
there are no wheels of the other lowest releases above it. FOLDER keeps the virtual environment, a
few GB; else it is removed at the end. TEST replaces those of package, page, scores
and training.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("requirements.txt", "eval/requirements.txt", "tests/requirements.txt")
REQUIREMENTS += ("train/requirements.txt", "colorizer/requirements-openvino.txt")
LOWEST = re.compile(r"^([\w.-]+)>=([\w.]+)", re.MULTILINE)
TESTS = ("colorizer", "test_app.py", "test_app_runs.py")
TESTS += ("eval/test_fid.py", "eval/test_distances.py", "eval/mos/test_statistics.py")
TESTS += ("train/test_ranks.py", "train/test_plot.py", "train/test_vector.py")


def lowest(text: str) -> list[str]:
    """Return "name==version" for every lower bound of a requirements file."""
    return [f"{name}=={version}" for name, version in LOWEST.findall(text)]


def install(python: str, venv: Path) -> Path:
    """Make a virtual environment with the lowest versions; return its interpreter."""
    files = [ROOT / name for name in REQUIREMENTS if (ROOT / name).is_file()]
    venv.mkdir(parents=True, exist_ok=True)
    pinned = venv / "lowest.txt"
    pinned.write_text("\n".join(line for file in files for line in lowest(file.read_text())))
    subprocess.run([python, "-m", "venv", venv], check=True)
    command = [venv / "bin/python", "-m", "pip", "install", "-q", "-c", pinned]
    subprocess.run([*command, *(word for file in files for word in ("-r", file))], check=True)
    return venv / "bin/python"


def main(argv: list[str] | None = None) -> int:
    """Install, print the versions, run the tests, and return pytest's exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default="python3.11")
    parser.add_argument("--venv", type=Path)
    parser.add_argument("tests", nargs="*", default=[f"tests/{name}" for name in TESTS])
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        python = install(args.python, args.venv or Path(temporary) / "venv")
        subprocess.run([python, "-VV"], check=True)
        subprocess.run([python, "-m", "pip", "freeze"], check=True)
        words = ["-q", "-m", "not slow and not browser", *args.tests]
        return subprocess.run([python, "-m", "pytest", *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
