"""Lines: laying text out by terminal cells, not by characters."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.lines import Line, Run, cells, clip, clip_text, fit, line, pad, plain, width_of

WIDE = Run("键键", "key")


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("键", 2),
        ("a键b", 4),
        ("e\u0301", 1),
        ("─▶", 2),
        ("🍎", 2),
    ],
)
def test_text_is_measured_in_cells(text: str, width: int) -> None:
    assert cells(text) == width


def test_a_line_is_made_of_runs_and_plain_strings() -> None:
    assert line("a", Run("b", "path"), "", Run("", "lane")) == (Run("a", ""), Run("b", "path"))
    assert line() == ()


def test_the_width_of_a_line_is_that_of_its_runs() -> None:
    assert width_of(line("ab", WIDE)) == 6
    assert width_of(()) == 0


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("skiplist", 8, "skiplist"),
        ("skiplist", 5, "skip…"),
        ("skiplist", 1, "…"),
        ("skiplist", 0, ""),
        ("skiplist", -1, ""),
        ("键键键", 6, "键键键"),
        ("键键键", 5, "键键…"),
        ("键键键", 4, "键…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_long_text_is_cut_and_marked(text: str, width: int, cut: str) -> None:
    assert clip_text(text, width) == cut


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (6, line("abc", Run("def", "path"))),
        (5, line("abc", Run("d", "path"), Run("…", "path"))),
        (3, line("ab", "…")),
        (1, line("…")),
        (0, ()),
    ],
)
def test_a_line_too_may_end_in_a_mark_where_it_was_cut(width: int, kept: Line) -> None:
    assert clip(line("abc", Run("def", "path")), width, "…") == kept


def test_text_may_be_cut_without_a_mark() -> None:
    assert clip_text("skiplist", 4, "") == "skip"


@pytest.mark.parametrize(
    ("runs", "width", "kept"),
    [
        (line("abc", Run("def", "path")), 6, line("abc", Run("def", "path"))),
        (line("abc", Run("def", "path")), 4, line("abc", Run("d", "path"))),
        (line("abc", Run("def", "path")), 3, line("abc")),
        (line("abc", Run("def", "path")), 2, line("ab")),
        (line("abc"), 0, ()),
        (line("a", WIDE), 2, line("a", Run("", "key"))),
        (line("a", WIDE), 3, line("a", Run("键", "key"))),
    ],
)
def test_a_line_is_cut_where_the_cells_end(runs: Line, width: int, kept: Line) -> None:
    cut = clip(runs, width)
    assert line(*cut) == line(*kept)
    assert width_of(cut) <= max(width, 0)


@pytest.mark.parametrize("width", range(8))
def test_a_padded_line_has_exactly_the_width(width: int) -> None:
    for runs in (line(), line("abc"), line("a", WIDE), line(WIDE, "a")):
        assert width_of(pad(runs, width)) == width


def test_padding_may_have_a_style() -> None:
    assert pad(line("a"), 3, "bar") == (Run("a"), Run("  ", "bar"))
    assert pad(line("abc"), 3, "bar") == (Run("abc"),)


def test_lines_are_fitted_into_a_box() -> None:
    lines = [line("one"), line("two"), line("three")]
    assert fit(lines, 2, 2) == (line("on"), line("tw"))
    assert fit(lines, 9, 9) == tuple(lines)
    assert fit(lines, 0, 0) == ()


def test_plain_text_has_no_styles_and_no_blanks_at_the_end() -> None:
    assert plain([line("a", Run("b  ", "path")), line(), line("c")]) == "ab\n\nc"


def test_random_lines_never_stick_out() -> None:
    rng = Random(1)
    for _ in range(500):
        runs = line(
            *(
                "".join(rng.choice("ab键🍎\u0301") for _ in range(rng.randrange(5)))
                for _ in range(4)
            )
        )
        width = rng.randrange(12)
        assert width_of(clip(runs, width)) <= width
        assert width_of(pad(runs, width)) == width
        assert cells(clip_text("".join(run.text for run in runs), width)) <= width
