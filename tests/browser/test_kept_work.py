"""Nothing is lost: reloads, tabs, files of whole drawings."""

import zipfile

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, expect

from .studio import (
    by,
    copied,
    dab,
    example_colors,
    expect_hints,
    kept,
    open_file,
    saved_hints,
    set_live,
    stroke,
    wait_for_result,
)


def test_a_reload_brings_back_drawing_hints_settings_and_result(page: Page, drawing) -> None:
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    dab(page, 100, 300)
    page.keyboard.press("]")
    wait_for_result(page, "2 hints")
    hints = saved_hints(page)
    size = page.locator(".size output").text_content()
    kept(page)
    page.reload()
    expect(page.locator(".notice")).to_contain_text("circle.png is back, as you left it")
    expect_hints(page, 2)
    wait_for_result(page, "2 hints")
    assert saved_hints(page) == hints
    expect(page.locator(".chip input")).to_have_value("#7a5cc7")
    expect(page.locator(".size output")).to_have_text(size)
    dab(page, 400)
    wait_for_result(page, "3 hints")
    expect(page.locator(".notice")).to_be_hidden()


def test_each_tab_keeps_a_drawing_of_its_own(page: Page, drawing, tmp_path) -> None:
    set_live(page, False)
    open_file(page, drawing)
    dab(page, 100)
    kept(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".stage .empty").first).to_be_visible()
    Image.new("L", (300, 200), 255).save(tmp_path / "other.png")
    open_file(other, tmp_path / "other.png")
    expect(other.locator(".studio .facts")).to_contain_text(by(300, 200))
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    copy = opened.value  # a tab that takes over what this tab remembers, as "Duplicate" does
    expect_hints(copy, 1)
    dab(copy, 200, 300)
    expect_hints(copy, 3)
    for tab, facts in ((page, "1 hint"), (other, by(300, 200)), (copy, "3 hints")):
        kept(tab)
        tab.reload()
        expect(tab.locator(".studio .facts")).to_contain_text(facts)


def test_a_closed_tab_comes_back_in_the_next_one(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    dab(page, 100)
    kept(page)
    again = page.context.new_page()
    page.close()
    again.goto("about:blank")
    again.goto(page.url)
    expect_hints(again, 1)


def test_pen_lines_a_cleaned_scan_and_a_reference_survive_a_reload(page: Page, drawing) -> None:
    set_live(page, False)
    open_file(page, drawing)
    page.get_by_label("Clean scan").check()
    expect(page.get_by_label("Clean scan")).to_be_checked()
    expect(page.get_by_label("As it is")).to_be_enabled()
    page.locator("[data-file=reference]").set_input_files(drawing)
    expect(page.locator(".reference")).to_be_visible()
    page.keyboard.press("p")
    stroke(page, (50, 50), (90, 300))
    page.keyboard.press("b")
    dab(page, 100)
    kept(page)
    page.reload()
    expect_hints(page, 1)
    expect(page.get_by_label("Clean scan")).to_be_checked()
    expect(page.locator(".reference")).to_be_visible()
    page.keyboard.press("e")
    stroke(page, (50, 50))  # the pen line is a line still
    expect(page.locator(".studio p.sr")).to_contain_text("Erased")


def test_new_asks_only_when_something_would_be_lost(page: Page, drawing) -> None:
    set_live(page, False)
    new = page.locator(".bar [data-act=new]")
    open_file(page, drawing)
    expect_hints(page, 0)
    new.click()
    expect(page.locator(".studio .facts")).to_contain_text(by(1024, 1024))
    page.locator(".shelf [data-example]").nth(0).click()
    expect_hints(page, len(example_colors("1_girl_with_a_bow")))
    new.click()  # an example's hints are in a file
    expect_hints(page, 0)
    stroke(page, (300, 300), (700, 300))
    new.click()
    expect(page.locator(".notice")).to_contain_text("not saved as a file")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("[data-act=save-document]")).to_be_enabled()
    new.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it first").click()
    assert download.value.suggested_filename == "drawing.lineart"
    expect(page.locator("[data-act=save-document]")).to_be_disabled()  # an empty canvas again


def test_a_tab_copied_while_its_result_comes_in_has_it_too(open_page, drawing, served) -> None:
    page = open_page()
    served.colorizer.gate.clear()
    open_file(page, drawing)
    dab(page, 60, 120)
    expect_hints(page, 2)
    kept(page)
    # the copy waits three seconds for the document that the first tab holds
    page.context.add_init_script(
        "const wait = AbortSignal.timeout; AbortSignal.timeout = () => wait.call(AbortSignal, 3000)"
    )
    copy = copied(page)
    served.colorizer.gate.set()
    wait_for_result(page, "2 hints")
    kept(page)
    wait_for_result(copy, "2 hints")


def test_a_saved_drawing_opens_elsewhere_and_on_the_command_line(
    open_page, drawing, tmp_path
) -> None:
    page = open_page()
    open_file(page, drawing)
    page.get_by_role("button", name="Violet").click()
    dab(page, 100, 300)
    wait_for_result(page, "2 hints")
    hints = saved_hints(page)
    with page.expect_download() as download:
        page.locator("[data-act=save-document]").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "circle.lineart"
    assert set(zipfile.ZipFile(path).namelist()) == {
        "line-art.png", "hints.json", "settings.json",
    }  # fmt: skip
    elsewhere = open_page()
    open_file(elsewhere, path)
    wait_for_result(elsewhere, "2 hints")
    assert saved_hints(elsewhere) == hints
    expect(elsewhere.locator(".chip input")).to_have_value("#7a5cc7")


def test_another_drawing_takes_the_old_result_away(page: Page, drawing, served) -> None:
    count = len(example_colors("1_girl_with_a_bow"))
    link = page.locator("a[data-save=png]")
    open_file(page, drawing)
    wait_for_result(page)
    served.colorizer.gate.clear()
    page.locator(".shelf [data-example]").nth(0).click()
    expect_hints(page, count)
    expect(page.locator(".view .after")).to_be_hidden()
    expect(link).to_have_attribute("aria-disabled", "true")
    assert link.get_attribute("href") is None
    expect(page.locator("[data-save=ora]")).to_be_disabled()
    served.colorizer.gate.set()
    wait_for_result(page, f"{count} hints")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "1_girl_with_a_bow-colored.png"
    set_live(page, False)
    page.keyboard.press("Control+z")
    wait_for_result(page, by(640, 480))
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "circle-colored.png"


def test_an_error_of_the_server_reaches_the_eye(page: Page, drawing, tmp_path) -> None:
    open_file(page, drawing)
    wait_for_result(page)
    chunks = PngInfo()
    chunks.add_text("Comment", "a comment")
    Image.new("L", (400, 300), 255).save(tmp_path / "damaged.png", pnginfo=chunks)
    content = (tmp_path / "damaged.png").read_bytes()
    # its checksum is wrong now: a browser does not mind, Python does
    (tmp_path / "damaged.png").write_bytes(content.replace(b"a comment", b"A comment"))
    open_file(page, tmp_path / "damaged.png")
    expect(page.locator(".studio .facts")).to_contain_text(by(400, 300))
    expect(page.locator(".notice")).to_contain_text("Cannot read damaged.png")
    expect(page.locator(".view .after")).to_be_hidden()
