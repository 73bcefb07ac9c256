"""The page's own html, css and js files."""

import json
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("page/words.js", "page/ask.js")
"""Scripts that every component of the page begins with."""


def read_static(name: str) -> str:
    """Return the text of a file, named from this folder on."""
    return (HERE / name).read_text(encoding="utf-8")


def read_scripts(*names: str) -> str:
    """Return scripts as one, with what all components share: events, words and asking Python."""
    scripts = "\n".join(read_static(name) for name in (*SHARED, *names))
    words = json.dumps(json.loads(read_static("page/words.json")), ensure_ascii=False)
    return scripts.replace("%WORDS%", words)
