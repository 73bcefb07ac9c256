"""The outline of the area under the pointer, before anything is painted."""

import numpy as np
from playwright.sync_api import Page, expect

from .studio import (
    expect_hints,
    pixel,
    stroke,
    surface_corner,
    to_screen,
)

TINT = (243, 242, 252)
"""Paper under a faint accent."""


def tint(page: Page, x: float, y: float) -> tuple[int, ...]:
    """Return RGB of the surface at an image pixel."""
    left, top = surface_corner(page)
    at = to_screen(page, x, y)
    return tuple(pixel(page, round(at[0] - left), round(at[1] - top)))


def is_tinted(page: Page, x: float, y: float) -> bool:
    """Return whether an image pixel, of white paper, is within the outline."""
    return bool(np.abs(np.subtract(tint(page, x, y), TINT)).max() < 6)


def point_at(page: Page, x: float, y: float) -> None:
    """Rest the pointer on an image pixel until its area is outlined."""
    page.mouse.move(*to_screen(page, x, y))
    left, top = surface_corner(page)
    at = to_screen(page, x + 14, y + 14)
    page.wait_for_function(
        """([x, y]) => {
          const [r, , b] = document.querySelector(".surface").getContext("2d")
            .getImageData(x, y, 1, 1).data;
          return b - r > 4 && r > 200;
        }""",
        arg=[at[0] - left, at[1] - top],
    )


def test_the_area_under_the_pointer_is_outlined_before_the_dab(quiet: Page) -> None:
    point_at(quiet, 320, 240)
    assert is_tinted(quiet, 320, 150)
    assert is_tinted(quiet, 220, 240)
    assert tint(quiet, 40, 40) == (255, 255, 255)
    point_at(quiet, 60, 60)
    assert is_tinted(quiet, 590, 440)
    assert tint(quiet, 320, 200) == (255, 255, 255)
    quiet.mouse.move(5, 5)
    quiet.wait_for_timeout(100)
    assert tint(quiet, 60, 100) == (255, 255, 255)


def test_a_key_turns_the_outline_off_for_good(quiet: Page) -> None:
    point_at(quiet, 320, 240)
    quiet.keyboard.press("o")
    expect(quiet.locator("[data-act=areas]")).to_have_attribute("aria-pressed", "false")
    quiet.wait_for_timeout(100)
    assert tint(quiet, 320, 150) == (255, 255, 255)
    stroke(quiet, (100, 100))
    quiet.wait_for_timeout(500)  # it is kept a moment later
    quiet.reload()
    expect_hints(quiet, 1)
    expect(quiet.locator("[data-act=areas]")).to_have_attribute("aria-pressed", "false")
    quiet.locator("[data-act=areas]").click()
    point_at(quiet, 320, 240)


def test_pen_lines_change_the_areas(quiet: Page) -> None:
    point_at(quiet, 320, 240)
    quiet.keyboard.press("p")
    stroke(quiet, (160, 240), (480, 240), steps=12)
    quiet.mouse.move(*to_screen(quiet, 320, 150))
    quiet.wait_for_timeout(100)
    assert tint(quiet, 340, 160) == (255, 255, 255)  # the pen fills nothing
    quiet.keyboard.press("b")
    point_at(quiet, 320, 150)
    assert is_tinted(quiet, 300, 180)
    assert tint(quiet, 320, 330) == (255, 255, 255)
