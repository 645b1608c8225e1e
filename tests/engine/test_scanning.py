"""What the SCAN family shares: cursors as servers read them, and options."""

from __future__ import annotations

import pytest

from redlearn.engine.args import Args
from redlearn.engine.scanning import Scanner, page, parse_cursor, parse_options
from redlearn.errors import CommandError


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        (b"0", 0),
        (b"17", 17),
        (b"007", 7),
        (b"+5", 5),
        (b" \t5", 5),
        (b"-0", 0),
        (b"18446744073709551615", 2**64 - 1),
        (b"0" * 5000 + b"1", 1),
        (b"-18446744073709551615", 1),
        (b"5\x00junk", 5),
    ],
)
def test_a_cursor_is_read_as_c_reads_numbers(text: bytes, cursor: int) -> None:
    assert parse_cursor(text) == cursor


@pytest.mark.parametrize(
    "text", [b"", b"x", b"1x", b"1 ", b"-1", b"- 1", b"1_0", b"18446744073709551616", b"9" * 5000]
)
def test_what_is_no_cursor_is_refused(text: bytes) -> None:
    with pytest.raises(CommandError, match=r"^ERR invalid cursor$"):
        parse_cursor(text)


def test_without_options_a_call_visits_about_ten_and_wants_all() -> None:
    options = parse_options(Args([], 0), "SCAN")
    assert (options.count, options.names_only, options.type) == (10, False, None)
    assert options.wants(b"anything")


def test_options_come_in_any_order_and_the_last_of_a_kind_counts() -> None:
    words = b"match a* COUNT 5 TYPE Hash count 7 MATCH b*".split()
    options = parse_options(Args(words, 0), "SCAN")
    assert (options.count, options.type) == (7, b"hash")
    assert options.wants(b"bob")
    assert not options.wants(b"ann")


def test_a_lone_star_wants_even_the_empty_name() -> None:
    assert parse_options(Args([b"MATCH", b"*"], 0), "SCAN").wants(b"")
    assert not parse_options(Args([b"MATCH", b"**"], 0), "SCAN").wants(b"")


@pytest.mark.parametrize(
    ("scanner", "line", "message"),
    [
        ("SCAN", b"COUNT", "ERR syntax error"),
        ("SCAN", b"COUNT 0", "ERR syntax error"),
        ("SCAN", b"COUNT -5", "ERR syntax error"),
        ("SCAN", b"COUNT x", "ERR value is not an integer or out of range"),
        ("SCAN", b"MATCH", "ERR syntax error"),
        ("SCAN", b"BOGUS", "ERR syntax error"),
        ("HSCAN", b"TYPE hash", "ERR syntax error"),
        ("SCAN", b"NOVALUES", "ERR NOVALUES option can only be used in HSCAN"),
        ("ZSCAN", b"novalues", "ERR NOVALUES option can only be used in HSCAN"),
        ("HSCAN", b"NOSCORES", "ERR NOSCORES option can only be used in ZSCAN"),
    ],
)
def test_wrong_options_are_refused(scanner: Scanner, line: bytes, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_options(Args(line.split(), 0), scanner)
    assert caught.value.text == message


@pytest.mark.parametrize(("scanner", "word"), [("HSCAN", b"NoValues"), ("ZSCAN", b"NOSCORES")])
def test_values_or_scores_can_be_left_out(scanner: Scanner, word: bytes) -> None:
    assert parse_options(Args([word], 0), scanner).names_only


def test_a_page_is_the_cursor_as_text_and_what_was_found() -> None:
    assert page(12, [b"a", b"b"]) == [b"12", [b"a", b"b"]]
