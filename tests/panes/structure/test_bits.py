"""The picture of bits: rows with offsets, the bits that were used marked below."""

from __future__ import annotations

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(*lines: str, width: int = 78, height: int = 11) -> str:
    view = Showing(*lines).gallery.structure(Window(width, height), b"k", form="bits")
    return assert_fits(structure.render(view, width, height), width, height)


def test_rows_have_offsets_bits_and_bytes() -> None:
    text = drawn("SET k abcdef")
    assert "      0  01100001 01100010 01100011 01100100  61 62 63 64" in text
    assert "     32  01100101 01100110                    65 66" in text


def test_the_bit_that_was_written_is_pointed_at() -> None:
    rows = drawn("SETBIT k 12 1").splitlines()
    assert rows[1] == " grew from 0 to 2 bytes, zeros at first"
    assert rows[2] == " bit 12 is bit 4 of byte 1, counted from the highest: was 0, is 1"
    assert rows[3].startswith("▶")
    assert rows[3][rows[4].index("^")] == "1"


def test_a_count_is_bracketed() -> None:
    rows = drawn("SET k abcdef", "BITCOUNT k 1 2").splitlines()
    assert rows[1] == " bits 8 to 23: 7 set"
    assert rows[3].strip() == "╰───────────────╯"
    assert rows[3].index("╰") == rows[2].index("01100010")


def test_a_number_is_bracketed_and_its_overflow_explained() -> None:
    text = drawn("BITFIELD k SET u8 0 250 INCRBY u8 0 10")
    assert " u8 at bit 0: 250 written" in text
    assert " u8 at bit 0: 260 does not fit: WRAP, wraps round to 4" in text
    assert "╰──────╯" in text
    text = drawn("BITFIELD k OVERFLOW FAIL INCRBY u2 6 9")
    assert " u2 at bit 6: 9 does not fit: FAIL, not written" in text
    assert " i5 at bit 0: 99 does not fit: SAT, stops at 15" in drawn(
        "BITFIELD k OVERFLOW SAT INCRBY i5 0 99"
    )


def test_a_search_says_where() -> None:
    assert " first 1 from bit 0 to 15: at 9" in drawn("SETBIT k 9 1", "BITPOS k 1")
    assert " first 1 from bit 0 to 15: nowhere" in drawn("SETBIT k 9 0", "BITPOS k 1")


def test_a_bit_beyond_the_end_is_said_to_be_there() -> None:
    assert " bit 99 lies beyond the end: 0" in drawn("SETBIT k 1 1", "GETBIT k 99")


def test_operands_stand_above_their_result() -> None:
    rows = drawn("SET a foo", "SET b xy", "BITOP AND k a b").splitlines()
    assert rows[1].startswith(" AND")
    assert rows[2].endswith("01100110 01101111 01101111")
    assert rows[3].endswith("01111000 01111001")
    assert rows[4].startswith(" =") and rows[4].endswith("01100000 01101001 00000000")


def test_an_operand_that_ended_before_counts_as_zeros() -> None:
    text = drawn("SET a " + "x" * 30, "SET b y", "BITOP OR k a b")
    assert "ended before: counts as zeros" in text
    text = drawn("SET a " + "x" * 2000, "SET b " + "y" * 2000, "BITOP OR k a b", height=400)
    assert "not kept beyond its first bytes" in text


def test_every_width_fits() -> None:
    for width in (1, 10, 22, 30, 45, 110, 160):
        drawn("SETBIT k 100 1", width=width)
        drawn("SET a foo", "BITOP NOT k a", width=width)
