"""axe-core (`npm install axe-core`) finds no violation: light, dark, high and low screens."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .studio import open_example

ROOT = Path(__file__).parents[2]
AXE = Path(os.environ.get("AXE_CORE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))

needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason=f"axe-core is not at {AXE}: npm install axe-core, or set AXE_CORE"
)


@needs_axe
@pytest.mark.parametrize("height", [900, 500], ids=["high", "low"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("in_use", [False, True], ids=["empty", "in use"])
def test_no_violation(open_page, drawing, height, scheme, in_use) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": 1000, "height": height})
    if in_use:
        open_example(page, "Fox with a scarf")
        page.locator("[data-file=reference]").set_input_files(drawing)
        expect(page.locator(".reference")).to_be_visible()
        page.locator("[data-act=vary]").click()
        expect(page.locator(".thumb")).to_have_count(4)
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    page.evaluate(AXE.read_text())
    # gradio's own button, which app.py and notebooks leave out
    rest = "{ exclude: ['footer .settings'] }"
    found = page.evaluate(f"axe.run({rest}, {{ resultTypes: ['violations'] }})")
    faults = [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found["violations"]
        for node in v["nodes"]
    ]
    assert not faults, "\n".join(faults)
