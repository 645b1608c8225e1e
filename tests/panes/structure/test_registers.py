"""The picture of a HyperLogLog: hash, register, estimate, then runs or registers."""

from __future__ import annotations

from redlearn.engine.structures.hyperloglog import SEED, place_of
from redlearn.engine.structures.murmur import murmur64a
from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(*lines: str, width: int = 78, height: int = 11) -> str:
    view = Showing(*lines).gallery.structure(Window(width, height), b"k", form="registers")
    return assert_fits(structure.render(view, width, height), width, height)


def test_the_hash_is_cut_into_ending_and_register() -> None:
    text = drawn("PFADD k ann")
    index, ending = place_of(b"ann")
    bits = f"{murmur64a(b'ann', SEED):064b}"
    assert f"{bits[-28:-14]}│{bits[-14:]}" in text
    zeros = "1 zero" if ending == 2 else f"{ending - 1} zeros"
    assert f"ending of {zeros} and a 1: {ending}   register {index:,}  rises from 0" in text


def test_an_element_seen_before_leaves_its_register() -> None:
    assert "stays at 1" in drawn("PFADD k ann", "PFADD k ann")


def test_runs_are_named_as_their_opcodes() -> None:
    text = drawn("PFADD k ann")
    index, _ = place_of(b"ann")
    assert f"XZERO   0-{index - 1}" in text
    assert any(row.startswith(" ▶") and f"VAL     {index}" in row for row in text.splitlines())
    assert "HyperLogLog, sparse" in text.splitlines()[0]


def test_runs_that_the_walk_passed_are_marked() -> None:
    rows = drawn("PFADD k ann bob", "PFADD k ann").splitlines()
    marks = [row[1] for row in rows if "XZERO" in row or " VAL " in row]
    assert marks == ["○", "▶", " ", " ", " "]


def test_the_estimate_is_out_of_date_until_it_is_asked_for() -> None:
    assert "= out of date (top bit)" in drawn("PFADD k ann bob")
    assert "= 2, just worked out" in drawn("PFADD k ann bob", "PFCOUNT k")
    assert "= 2, still known" in drawn("PFADD k ann bob", "PFCOUNT k", "PFCOUNT k")


def test_a_promotion_is_a_sentence() -> None:
    text = drawn("CONFIG SET hll-sparse-max-bytes 30", "PFADD k a b c d e f g")
    assert "promoted:" in text and "12,304 dense, more than 30 bytes" in text
    assert "register, sixteen a row" in text


def test_the_histogram_counts_every_register() -> None:
    text = drawn("PFADD k a b c", width=100)
    assert "16,381" in text


def test_a_merge_says_how_many_rose() -> None:
    text = drawn("PFADD k a", "PFDEBUG TODENSE k", "PFADD b x y", "PFMERGE k b")
    assert "merged: 2 registers rose" in text


def test_broken_registers_are_said_to_be() -> None:
    show = Showing()
    show(b"SET", b"k", b"HYLL\x01" + bytes(11) + b"\x84\x00")
    view = show.gallery.structure(Window(78, 11), b"k")
    assert "broken: its runs" in assert_fits(structure.render(view, 78, 11), 78, 11)


def test_every_width_fits() -> None:
    for width in (1, 10, 40, 60, 78, 130):
        drawn("PFADD k a b c", width=width)
        drawn("PFADD k a b c", "PFDEBUG TODENSE k", "PFADD k d", width=width)
