"""What the page leaves out at its start, and that all is itself again afterwards."""

import inspect
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import gradio as gr
import pytest
from gradio.routes import App

from colorizer.ui import start

ROOT = Path(start.__file__).parents[2]


def test_no_class_has_a_source_meanwhile():
    with suppress(KeyError), start.no_stubs():
        with pytest.raises(OSError, match="stubs"):
            inspect.getfile(Path)
        assert inspect.getfile(start) == start.__file__
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


def test_gradio_makes_one_application_that_launch_serves():
    with suppress(KeyError), start.no_applications():
        with gr.Blocks() as page:
            pass
        assert page.app is None
        raise KeyError
    with gr.Blocks() as page:
        pass
    assert isinstance(page.app, App)


def test_torch_is_told_nothing_of_its_compiler_until_asked():
    code = """if True:
        import sys
        from colorizer.ui.start import no_registrations
        with no_registrations():
            import torch
        from colorizer import Colorizer
        Colorizer.from_pretrained()
        assert "torch._meta_registrations" not in sys.modules
        import torch._meta_registrations
        assert torch._meta_registrations.register_meta
        assert (torch.zeros(2, 3, device="meta") @ torch.zeros(3, 4, device="meta")).shape == (2, 4)
    """
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(("alone", "frozen"), [("__main__", True), ("app", False)])
def test_a_notebook_s_process_stays_as_it_is(alone, frozen):
    code = f"""if True:
        import gc, runpy, sys
        sys.argv = ["app.py", "--help"]
        try:
            app = runpy.run_path("app.py", run_name="{alone}")
            app["lazy_engine"]().colorizer()
            assert "torch._meta_registrations" in sys.modules
        except SystemExit:
            pass
        assert bool(gc.get_freeze_count()) is {frozen}
    """
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_torch_that_is_there_stays_whole():
    with start.no_registrations():
        import torch._meta_registrations

        assert torch._meta_registrations.register_meta
