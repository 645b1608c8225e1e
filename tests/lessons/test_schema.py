from __future__ import annotations

import pytest

from redlearn.lessons.model import Place
from redlearn.lessons.schema import fits, line_of, read_toml, strings, whole
from redlearn.lessons.source import Fence, Problems

SHAPE = {"ask!": "a string", "golf": "a whole number", "on": "true or false", "rows": "a list"}


def fence_of(text: str) -> Fence:
    return Fence(Place("l.md", 10), "predict", "", tuple(text.split("\n")))


def told(text: str) -> list[str]:
    problems, fence = Problems(), fence_of(text)
    table = read_toml(fence, problems)
    if table is not None:
        fits(table, SHAPE, fence, problems)
    return [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ask = "x"\nask = "y"', "l.md:12: not TOML: Cannot overwrite a value"),
        ('ask = "x', "l.md:11: not TOML: Unterminated string"),
        ("golf = 1\nasks = 1", "l.md:12: unknown key 'asks'; did you mean 'ask'?"),
        ('ask = "x"\ngolf = "1"', "l.md:12: 'golf' must be a whole number"),
        ('ask = "x"\ngolf = true', "l.md:12: 'golf' must be a whole number"),
        ('ask = "x"\non = 1', "l.md:12: 'on' must be true or false"),
        ("golf = 1", "l.md:10: 'ask' is missing"),
    ],
)
def test_a_wrong_table_is_told_with_the_line_of_the_key(text: str, message: str) -> None:
    assert message in told(text)


@pytest.mark.parametrize("text", ["golf = " + "1" * 5000, "rows = " + "[" * 20_000])
def test_numbers_and_brackets_without_end_are_only_wrong(text: str) -> None:
    assert told(text)[0].startswith("l.md:1")
    assert "not TOML" in told(text)[0]


def test_everything_wrong_is_told_at_once() -> None:
    assert len(told('golf = "1"\nfoo = 2\non = 3')) == 4


def test_a_right_table_is_not_talked_about() -> None:
    assert told('ask = "x"\ngolf = 2\non = true\nrows = [1, "a"]') == []


def test_keys_of_later_tables_are_found_on_their_own_lines() -> None:
    fence = fence_of("[[expect]]\ncmd = 1\n[[expect]]\ncmd = 2")
    assert [line_of(fence, "cmd", nth).line for nth in (0, 1)] == [12, 14]
    assert line_of(fence, "expect", 1).line == 13
    assert line_of(fence, "absent").line == 10


def test_lists_of_strings_hold_strings_only() -> None:
    problems = Problems()
    assert strings({"rows": ["a", "b"]}, "rows", fence_of(""), problems) == ("a", "b")
    assert strings({}, "rows", fence_of(""), problems) == ()
    assert problems.found == []
    assert strings({"rows": ["a", 1]}, "rows", fence_of("rows = 1"), problems) == ()
    assert [str(each) for each in problems.found] == ["l.md:11: 'rows' must be a list of strings"]


@pytest.mark.parametrize(("value", "found", "wrong"), [(5, 5, 0), (0, None, 1), (True, None, 1)])
def test_whole_numbers_keep_to_their_range(value: object, found: int | None, wrong: int) -> None:
    problems = Problems()
    assert whole({"n": value}, "n", 1, 9, fence_of("n = 1"), problems) == found
    assert len(problems.found) == wrong
