"""Where the light comes from: chosen beside the result, and kept with the drawing."""

import json
import zipfile

from playwright.sync_api import Page, expect

from .studio import dab, expect_hints, kept, open_file, set_live, wait_for_result


def choose(page: Page, word: str) -> None:
    """Choose in the list, and wait until that is colored."""
    facts = page.locator(".view .facts bdi")
    facts.evaluate("one => { one.textContent = ''; }")
    page.get_by_label("Shadows").select_option(word)
    expect(facts).not_to_be_empty()


def test_a_choice_colors_anew_survives_a_reload_and_goes_into_files(quiet: Page, served) -> None:
    shadows = quiet.get_by_label("Shadows")
    expect(shadows).to_have_value("none")
    shadows.focus()
    quiet.keyboard.press("ArrowDown")  # colors, though strokes do not
    wait_for_result(quiet)
    assert served.colorizer.last_shadows == "left"
    dab(quiet, 100)
    quiet.keyboard.press("Control+z")
    expect(shadows).to_have_value("left")
    choose(quiet, "right")
    assert served.colorizer.last_shadows == "right"
    expect(quiet.locator("[data-act=stop]")).to_be_disabled()
    kept(quiet)
    quiet.reload()
    expect(shadows).to_have_value("right")
    wait_for_result(quiet)
    served.colorizer.last_shadows = ""
    with quiet.expect_download():
        quiet.locator("[data-save=ora]").click()
    assert served.colorizer.last_shadows == "right"
    choose(quiet, "none")
    assert served.colorizer.last_shadows == "none"


def test_a_choice_whose_run_was_cut_off_is_colored_after_a_reload(
    page: Page, drawing, served
) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    served.colorizer.gate.clear()
    page.get_by_label("Shadows").select_option("above")
    expect(page.locator("[data-act=stop]")).to_be_enabled()
    kept(page)
    page.reload()
    expect(page.get_by_label("Shadows")).to_have_value("above")
    expect(page.locator("[data-act=stop]")).to_be_enabled()
    served.colorizer.gate.set()
    expect(page.locator("[data-act=stop]")).to_be_disabled()
    assert served.colorizer.last_shadows == "above"


def test_a_saved_drawing_has_its_shadows(page: Page, drawing, tmp_path) -> None:
    set_live(page, False)
    open_file(page, drawing)
    dab(page, 100)
    choose(page, "above")
    with page.expect_download() as download:
        page.locator("[data-act=save-document]").click()
    path = tmp_path / "circle.lineart"
    download.value.save_as(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    settings = json.loads(parts["settings.json"])
    assert settings.pop("shadows") == "above"
    choose(page, "left")
    page.locator(".bar [data-act=new]").click()
    expect_hints(page, 0)
    expect(page.get_by_label("Shadows")).to_have_value("left")
    for spoiled in ({}, {"shadows": "below"}, {"shadows": 3}):
        open_file(page, path)
        expect(page.get_by_label("Shadows")).to_have_value("above")
        expect_hints(page, 1)
        parts["settings.json"] = json.dumps(settings | spoiled).encode()
        with zipfile.ZipFile(tmp_path / "spoiled.lineart", "w") as file:
            for name, content in parts.items():
                file.writestr(name, content)
        open_file(page, tmp_path / "spoiled.lineart")
        expect(page.get_by_label("Shadows")).to_have_value("none")
