"""Scroll-back stays bounded, and wraps only what is looked at."""

from __future__ import annotations

import pytest

from redlearn.lines import Run, line, plain, width_of
from redlearn.tui.scrollback import (
    LENGTH_LIMIT,
    LINE_LIMIT,
    TEXT_LIMIT,
    Scrollback,
    lines_of,
    wrap,
)


def scrollback_of(*texts: str) -> Scrollback:
    scrollback = Scrollback()
    for text in texts:
        scrollback.write(line(text))
    return scrollback


def shown(scrollback: Scrollback, width: int, height: int, back: int = 0) -> list[str]:
    rows, _ = scrollback.rows(width, height, back)
    return plain(rows).split("\n") if rows else []


def test_the_newest_rows_are_shown_in_the_order_they_were_printed() -> None:
    assert shown(scrollback_of("a", "b", "c"), 10, 2) == ["b", "c"]


def test_a_short_log_gives_what_it_has() -> None:
    assert shown(scrollback_of("a"), 10, 5) == ["a"]
    assert shown(Scrollback(), 10, 5) == []


def test_scrolling_back_shows_older_rows_and_stops_at_the_first() -> None:
    scrollback = scrollback_of(*"abcdef")
    assert shown(scrollback, 10, 2, back=3) == ["b", "c"]
    rows, back = scrollback.rows(10, 2, back=99)
    assert (plain(rows), back) == ("a\nb", 4)


def test_a_long_line_wraps_at_the_width_and_again_when_it_changes() -> None:
    scrollback = scrollback_of("abcdefgh")
    assert shown(scrollback, 3, 5) == ["abc", "def", "gh"]
    assert shown(scrollback, 5, 5) == ["abcde", "fgh"]
    assert shown(scrollback, 3, 2) == ["def", "gh"]


def test_an_empty_line_takes_a_row() -> None:
    assert shown(scrollback_of("a", "", "b"), 10, 5) == ["a", "", "b"]


def test_a_remark_is_broken_between_words_and_a_reply_anywhere() -> None:
    text = "It builds on lesson 6"
    rows = wrap((Run(text, "hint"),), 9)
    assert ["".join(run.text for run in row) for row in rows] == ["It builds", "on lesson", "6"]
    assert all(run.style == "hint" for row in rows for run in row)
    assert ["".join(run.text for run in row) for row in wrap((Run(text),), 9)][1] == " on lesso"
    rows = wrap((Run("a" + " longest-of-words", "hint"),), 9)
    assert ["".join(run.text for run in row) for row in rows] == ["a", "longest-o", "f-words"]
    rows = wrap((Run("  - a key of it", "hint"),), 9)
    assert ["".join(run.text for run in row) for row in rows] == ["  - a key", "of it"]


def test_wrapping_keeps_styles_and_every_character() -> None:
    runs = line(Run("abc", "key"), Run("def", "number"), "ghi")
    rows = wrap(runs, 4)
    assert "".join(run.text for row in rows for run in row) == "abcdefghi"
    assert rows[1] == (Run("ef", "number"), Run("gh"))


@pytest.mark.parametrize("width", range(1, 9))
def test_no_row_is_wider_than_asked_even_with_wide_characters(width: int) -> None:
    rows = wrap(line("a键b键键c"), width)
    assert "".join(run.text for row in rows for run in row) == "a键b键键c"
    if width > 1:
        assert all(width_of(row) <= width for row in rows)


def test_the_number_of_lines_is_bounded_and_the_loss_is_told() -> None:
    scrollback = scrollback_of(*(str(n) for n in range(LINE_LIMIT + 5)))
    assert len(scrollback) == LINE_LIMIT
    assert shown(scrollback, 40, 1, back=LINE_LIMIT + 9) == ["… 5 earlier lines were let go"]


def test_a_line_too_long_is_cut_and_says_by_how_much() -> None:
    scrollback = scrollback_of("x" * (LENGTH_LIMIT + 1234))
    assert scrollback.text().endswith("x … 1,234 more characters not shown")
    assert len(scrollback.text()) < LENGTH_LIMIT + 50


def test_all_text_together_is_bounded_too() -> None:
    scrollback = scrollback_of(*("y" * LENGTH_LIMIT for _ in range(TEXT_LIMIT // LENGTH_LIMIT + 7)))
    assert len(scrollback.text()) <= TEXT_LIMIT + LENGTH_LIMIT
    assert scrollback.dropped == 7


def test_a_screen_of_a_full_log_wraps_only_a_screenful() -> None:
    scrollback = scrollback_of(*("z" * 1000 for _ in range(1500)))
    scrollback.rows(80, 24)
    assert sum(1 for entry in scrollback._entries if entry.rows) <= 3


def test_clearing_forgets_everything() -> None:
    scrollback = scrollback_of("a")
    scrollback.clear()
    assert (len(scrollback), scrollback.text(), scrollback.rows(9, 9)) == (0, "", ([], 0))


def test_a_printed_text_becomes_lines_without_one_for_its_last_newline() -> None:
    assert list(lines_of("a\n\nb\n", "ok")) == [(Run("a", "ok"),), (), (Run("b", "ok"),)]
