"""The TTL pane: bars that empty, and how the dead died."""

from __future__ import annotations

import pytest

from redlearn.lines import Run, plain
from redlearn.panes import ttl
from redlearn.views.ttl import TtlView
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits

WINDOW = Window(78, 11)


def drawn(view: TtlView, width: int = 78, height: int = 11) -> str:
    return assert_fits(ttl.render(view, width, height), width, height)


def filled(view: TtlView, width: int = 78) -> float:
    """How many cells of the first bar are full, eighths included."""
    row = ttl.render(view, width, 3)[1]
    full = sum(len(run.text) for run in row if run.style in ("bar", "bar.low", "bar.last"))
    part = [run for run in row if run.style.endswith("|bar.empty")]
    return full + (ttl.EIGHTHS.index(part[0].text) / 8 if part else 0)


def test_a_bar_empties_evenly_and_smoothly() -> None:
    show = Showing("SET k v EX 10")
    sizes = []
    for _ in range(100):
        sizes.append(filled(show.gallery.ttl(WINDOW)))
        show.session.clock.advance(100)
    steps = [before - after for before, after in zip(sizes, sizes[1:], strict=False)]
    assert sizes[0] == max(sizes)
    assert all(step > 0 for step in steps)
    assert max(steps) - min(steps) <= 0.25


@pytest.mark.parametrize(
    ("passed_ms", "style", "text"),
    [
        (0, "bar", "10.0 s"),
        (1234, "bar", "8.77 s"),
        (6000, "bar.low", "4.00 s"),
        (9500, "bar.last", "0.50 s"),
    ],
)
def test_little_time_left_shows_in_the_bar_and_in_the_digits(
    passed_ms: int, style: str, text: str
) -> None:
    show = Showing("SET k v EX 10")
    show.session.clock.advance(passed_ms)
    view = show.gallery.ttl(WINDOW)
    assert style in {run.style for run in ttl.render(view, 78, 11)[1]}
    assert text in drawn(view)


def test_the_two_ways_to_die_differ_by_sign_and_word() -> None:
    show = Showing("SET lazy v PX 5", "SET active v PX 150")
    show.session.clock.advance(7)
    show("GET lazy")
    show.session.advance(300)
    text = drawn(show.gallery.ttl(WINDOW))
    assert "◇ lazy  lazy  a command asked for it, 0.002 s late" in text
    assert "◆ active  active  the expiry cycle found it" in text


def test_a_key_past_its_time_that_nobody_found_says_so() -> None:
    show = Showing("SET k v PX 5")
    show.session.clock.advance(105)
    assert "over since 0.1 s, not found yet" in drawn(show.gallery.ttl(WINDOW))


def test_a_clock_that_stands_still_is_told() -> None:
    show = Showing("SET k v EX 10")
    assert "clock: paused" in drawn(show.gallery.ttl(WINDOW, clock="paused"))


def test_a_clock_that_stands_still_is_told_in_a_narrow_pane_too() -> None:
    show = Showing(*(f"SET k{number} v EX 10" for number in range(12)))
    view = show.gallery.ttl(WINDOW, clock="paused")
    assert plain(ttl.render(view, 38, 5)).startswith("12 keys with a TTL   clock: paused")


def test_without_deadlines_the_pane_says_how_to_make_one() -> None:
    assert "SET k v EX 20" in drawn(Showing("SET a b").gallery.ttl(WINDOW))


def test_keys_of_any_bytes_are_harmless() -> None:
    show = Showing()
    show(b"SET", b"\x1b]0;x\x07", b"v", b"EX", b"5")
    show(b"SET", "键".encode() * 99, b"v", b"EX", b"6")
    assert "\\x1b]0;x\\a" in drawn(show.gallery.ttl(WINDOW))


def test_where_nobody_knows_what_was_given_a_bar_stands_for_a_round_time() -> None:
    show = Showing("SET k v EX 30")
    show.gallery._given.clear()
    assert filled(show.gallery.ttl(WINDOW)) == pytest.approx((78 - 6 - 2 - 11 + 4) / 2, abs=2)


def test_a_bar_is_drawn_with_backgrounds() -> None:
    show = Showing("SET k v EX 10")
    row = ttl.render(show.gallery.ttl(WINDOW), 78, 11)[1]
    assert any(run.style == "bar" and not run.text.strip() for run in row)
    assert isinstance(row[0], Run)


def test_a_field_is_written_behind_its_key() -> None:
    show = Showing("SET k v EX 10", "HSET user:7 otp 4711", "HEXPIRE user:7 5 FIELDS 1 otp")
    text = drawn(show.gallery.ttl(WINDOW))
    assert "1 key with a time to live, and fields of 1 hash" in text
    assert text.index("user:7->otp") < text.index("k  ")


def test_where_only_fields_end_no_keys_are_counted() -> None:
    show = Showing("HSET user:7 otp 4711", "HEXPIRE user:7 5 FIELDS 1 otp")
    assert drawn(show.gallery.ttl(WINDOW)).startswith("Fields of 1 hash end")


def test_a_narrow_pane_cuts_words_before_what_they_are_about() -> None:
    """38 cells: what the pane has beside the AOF in a terminal of 120x36."""
    show = Showing(
        "HSET session:9 user ann cart 3", "HEXPIRE session:9 60 FIELDS 1 cart",
        "SET lock x PX 50", "SET flash boo PX 50", )  # fmt: skip
    show.session.clock.advance(60)
    show("GET flash")
    text = drawn(show.gallery.ttl(Window(38, 5)), 38, 5)
    assert "->cart" in text
    assert "over, not found yet" in text
    assert "lazy  0.010 s late" in text


@pytest.mark.parametrize("width", [20, 24, 30])
def test_a_text_that_is_cut_ends_in_an_ellipsis(width: int) -> None:
    show = Showing("SET a-key-with-a-name v PX 5", "SET other v")
    rows = drawn(show.gallery.ttl(WINDOW), width).splitlines()
    late = Showing("SET k v PX 5")
    late.session.clock.advance(60_000)
    rows += drawn(late.gallery.ttl(WINDOW), width).splitlines()
    rows += drawn(Showing("SET other v").gallery.ttl(WINDOW), width).splitlines()
    full = [each for each in rows if len(each) == width]
    assert all(each.endswith(("…", " s")) for each in full), rows


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "No key has a time to live."),
        ("SET k v", "The one key here has no time to live."),
        ("MSET k v l w", "None of 2 keys has a time to live."),
    ],
)
def test_without_a_time_to_live_it_says_of_how_many_keys(lines: str, says: str) -> None:
    show = Showing(*[lines] * bool(lines))
    assert drawn(show.gallery.ttl(WINDOW)).splitlines()[0] == says
