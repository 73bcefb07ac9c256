"""Take the README's screenshots: `python -m tests.browser.screenshots [-o FOLDER]`.

Colors the first example with the bundled weights and writes desktop.png, mobile.png and dark.png.
"""

import argparse
import os
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

import app

VIEWS = {
    "desktop": {"viewport": {"width": 1400, "height": 900}},
    "mobile": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "dark": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"},
}
PATIENCE = 120_000
"""Milliseconds: the first run of the model on a busy machine takes a while."""


def shoot(browser: Browser, url: str, path: Path, example: int, variations: bool) -> None:
    """Write one screenshot of the page after it has colored an example."""
    context = browser.new_context(device_scale_factor=1, **VIEWS[path.stem])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("[data-act=colorize]:not([disabled])").wait_for()
    page.locator("[data-example]").nth(example).click()
    page.locator(".view .after").wait_for()
    stop = page.locator("[data-act=stop]")
    expect(stop).to_be_disabled(timeout=PATIENCE)
    if variations:
        page.locator("[data-act=vary]").click()
        expect(page.locator(".thumb")).to_have_count(4, timeout=PATIENCE)
        expect(stop).to_be_disabled(timeout=PATIENCE)
    page.locator(".notice button").evaluate("button => button.click()")
    page.mouse.move(0, 0)
    page.screenshot(path=path, full_page=True)
    context.close()


def main() -> None:
    """Serve the page, take every view, and stop."""
    parser = argparse.ArgumentParser(description="Take the README's screenshots of the page.")
    parser.add_argument("-o", "--out", type=Path, default=Path("screenshots"), help="folder")
    parser.add_argument("--checkpoint", help="as for app.py; the bundled weights if not given")
    parser.add_argument("--example", type=int, default=0, help="which example to show, from 0")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    served = app.build_app(app.lazy_engine(options.checkpoint))
    _, url, _ = served.launch(prevent_thread_lock=True, quiet=True)
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name in VIEWS:
            shoot(browser, url, options.out / f"{name}.png", options.example, name == "dark")
        browser.close()
    served.close()


if __name__ == "__main__":
    main()
