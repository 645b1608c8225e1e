from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.lessons.prose import clean, ended, laid_out, paragraphs, plain_text
from redlearn.lines import Run, line, plain, width_of


def test_lines_join_into_paragraphs_until_a_blank_one() -> None:
    assert paragraphs(["one", "two ", "", "", "three"]) == ("one two", "three")


def test_list_items_stay_apart_and_take_in_the_lines_below() -> None:
    assert paragraphs(["- a", "  b", "- c", "1. d"]) == ("- a b", "- c", "1. d")


def test_indented_lines_and_tables_stand_as_they_are() -> None:
    assert paragraphs(["see:", "    a  b", "    c", "| x | y |"]) == (
        "see:", "    a  b", "    c", "| x | y |",
    )  # fmt: skip


def test_a_title_with_a_sign_of_its_own_at_its_end_gets_no_full_stop() -> None:
    assert ended("Sorted sets") == "Sorted sets."
    assert [ended("Why 16384?"), ended("Done!"), ended("Done.")] == ["Why 16384?", "Done!", "Done."]


def test_marks_become_styles() -> None:
    assert laid_out(["Use `SET k v`, **now** or *soon*."], 60) == (
        line(
            "Use", " ", Run("SET k v", "code"), ",", " ", Run("now", "strong"), " ", "or", " ",
            Run("soon", "stress"), ".",
        ),
    )  # fmt: skip


def test_text_without_marks_is_left_alone() -> None:
    assert plain_text("2 * 3 * 4 is `24`, not [bold]24[/]") == "2 * 3 * 4 is 24, not [bold]24[/]"


def test_paragraphs_are_wrapped_with_a_blank_line_between() -> None:
    assert plain(laid_out(["aa bb cc", "dd"], 5)) == "aa bb\ncc\n\ndd"


def test_list_items_hang_and_stand_close() -> None:
    assert plain(laid_out(["- aa bb", "- cc"], 6)) == "- aa\n  bb\n- cc"


def test_wide_letters_count_two_cells() -> None:
    assert plain(laid_out(["键键 键"], 5)) == "键键\n键"


def test_what_a_terminal_might_obey_is_spelt_out() -> None:
    assert clean("a\x1b[31mb\u202e") == "a\\u001b[31mb\\u202e"
    assert clean("grün, 键, —") == "grün, 键, —"


@pytest.mark.parametrize("width", [1, 2, 7, 40])
@given(text=st.text(max_size=80))
def test_no_line_is_wider_than_asked(width: int, text: str) -> None:
    assert all(width_of(row) <= width for row in laid_out(paragraphs([text]), width))


def test_what_is_longer_than_a_line_is_broken_not_lost() -> None:
    assert plain(laid_out(["`ZREMRANGEBYSCORE board -inf (60` ends"], 16)) == (
        "ZREMRANGEBYSCORE\nboard -inf (60\nends"
    )


def test_code_that_is_wider_than_a_line_goes_on_below_farther_in() -> None:
    row = "    file appendonly.aof.2.base.rdb seq 2 type b"
    assert plain(laid_out([row], 38)) == ("    file appendonly.aof.2.base.rdb seq\n      2 type b")
    assert plain(laid_out(["    abcdefghij"], 8)) == "    abcd\n    efgh\n    ij"


@given(text=st.text(alphabet="ab `*-", max_size=60))
def test_wrapping_loses_no_letter(text: str) -> None:
    wide = plain(laid_out(paragraphs([text]), 1000))
    narrow = plain(laid_out(paragraphs([text]), 4))
    assert [each for each in narrow if each in "ab"] == [each for each in wide if each in "ab"]
