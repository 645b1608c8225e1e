"""HTML pages hold the text, escaped, and the colours, inline."""

from __future__ import annotations

from html.parser import HTMLParser

from redlearn.export.grid import grid_of
from redlearn.export.html import fragment, page
from redlearn.lines import Run, line
from redlearn.theme import DARK


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags = "", []

    tags: list[str]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def read(document: str) -> Reader:
    reader = Reader()
    reader.feed(document)
    return reader


def test_the_text_comes_out_as_it_went_in() -> None:
    grid = grid_of([line("a <b> & ", Run('"c"', "key")), line(), line("d")], DARK)
    assert read(fragment(grid)).text == 'a <b> & "c"\n\nd\n'


def test_only_styled_text_is_wrapped() -> None:
    assert read(fragment(grid_of([line("plain")], DARK))).tags == ["pre"]
    assert read(fragment(grid_of([line(Run("k", "key"))], DARK))).tags == ["pre", "span"]


def test_styles_are_inline() -> None:
    html = fragment(grid_of([line(Run("k", "hint.current"))], DARK))
    look = DARK.look("hint.current")
    assert f"color:{look.fg};font-weight:bold;text-decoration:underline" in html


def test_outside_text_adds_no_tags() -> None:
    grid = grid_of([line("</pre><script>x</script>\x1b]0;t\x07")], DARK)
    assert "script" not in read(page(grid, "</title><script>")).tags
    assert "\x1b" not in page(grid)
