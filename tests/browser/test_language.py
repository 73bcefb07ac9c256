"""English and Japanese: the browser's language decides, the switch overrides."""

import re

from playwright.sync_api import Page, expect

from .studio import example_colors, open_example, stroke

UNTRANSLATED = re.compile(
    "^(EN|PNG|Ctrl ↵|[BEIPVO]|[.]ora|[.]psd|[0-9]+ px|[0-9]+%|[0-9 \u00d7·.]*|fake@abc1234 · cpu)$"
)

TEXTS = """() => {
  const seen = [];
  const inside = document.querySelectorAll(".studio, .view, .shelf, .lc-head, .lc-badge");
  for (const part of inside) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) seen.push(texts.currentNode.data.trim());
    for (const one of part.querySelectorAll("[title], [aria-label]"))
      seen.push(one.title, one.getAttribute("aria-label") ?? "");
  }
  return seen;
}"""


def foreign(page: Page) -> list[str]:
    """Return texts and labels without any Japanese in them."""
    japanese = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
    texts = [text for text in page.evaluate(TEXTS) if re.search("[A-Za-z]", text)]
    return [t for t in texts if not japanese.search(t) and not UNTRANSLATED.match(t)]


def test_a_japanese_browser_gets_a_japanese_page_and_the_switch_gives_english(open_page) -> None:
    page = open_page(locale="ja-JP")
    expect(page.get_by_role("button", name="着色する")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "ja"
    open_example(page, "リボンの女の子")
    stroke(page, (60, 1000))
    count = len(example_colors("1_girl_with_a_bow")) + 1
    expect(page.locator(".studio .facts")).to_contain_text(f"指定 {count} 点")
    assert foreign(page) == []
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("button", name="Colorize")).to_be_visible()
    expect(page.locator(".studio .facts")).to_contain_text(f"{count} hints")
    assert page.locator("html").get_attribute("lang") == "en"
    page.reload()
    expect(page.get_by_role("button", name="Colorize")).to_be_visible()


def test_errors_are_japanese_too(open_page, tmp_path) -> None:
    page = open_page(locale="ja-JP")
    (tmp_path / "notes.png").write_bytes(b"no picture")
    page.locator("[data-file=picture]").set_input_files(tmp_path / "notes.png")
    expect(page.locator(".notice")).to_contain_text("notes.png を読み込めません")
    page.locator("[data-act=colorize]").click()
    expect(page.locator(".notice")).to_contain_text("先に線画を開くか、描いてください。")
