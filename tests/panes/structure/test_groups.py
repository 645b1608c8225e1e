"""The picture of a group: consumers beside what is pending."""

from __future__ import annotations

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def mail(*then: str) -> Showing:
    show = Showing(*[f"XADD s {number}-0 f v" for number in range(1, 7)])
    show("XGROUP CREATE s mail 0")
    show("XREADGROUP GROUP mail ann COUNT 2 STREAMS s >")
    show.session.advance(1500)
    show("XREADGROUP GROUP mail bob COUNT 1 STREAMS s >")
    for line in then:
        show(line)
    return show


def drawn(show: Showing, width: int = 78, height: int = 12) -> str:
    view = show.gallery.structure(Window(width, height), b"s", form="groups")
    return assert_fits(structure.render(view, width, height), width, height)


def test_the_group_says_how_far_it_is() -> None:
    rows = drawn(mail()).splitlines()
    assert rows[1] == " group mail  last-delivered-id 3-0  entries-read 3  lag 3"


def test_consumers_stand_beside_what_is_pending() -> None:
    text = drawn(mail())
    assert "   ann         1.5 s   1.5 s   2 │   1-0              ann" in text
    assert " ▶ bob       0.000 s 0.000 s   1 │   2-0              ann" in text
    assert "│ ▶ 3-0              bob" in text


def test_an_entry_that_changed_hands_shows_from_whom() -> None:
    text = drawn(mail("XCLAIM s mail bob 0 1-0"))
    assert "● 1-0              ann -> bob" in text and "×2" in text


def test_what_is_pending_no_more_is_told() -> None:
    assert "× pending no more: 1-0 (ann had it), 2-0 (ann had it)" in drawn(
        mail("XACK s mail 1-0 2-0")
    )


def test_a_refused_claim_says_why() -> None:
    assert "× 3-0 stays with bob: idle for 0 ms, 900 wanted" in drawn(
        mail("XAUTOCLAIM s mail cy 900 0")
    )


def test_a_removed_consumer_is_told() -> None:
    assert "× consumer ann removed" in drawn(mail("XGROUP DELCONSUMER s mail ann"))


def test_a_lag_that_cannot_be_told_is_nil_as_in_the_reply() -> None:
    assert "entries-read nil" in drawn(mail("XGROUP SETID s mail 2-0"))


def test_a_narrow_pane_puts_them_above_each_other() -> None:
    rows = drawn(mail(), 50, 12).splitlines()
    assert rows[2].startswith(" consumer")
    assert any(row.startswith("3 pending") for row in rows)


def test_one_of_several_groups_says_which() -> None:
    assert "group 2 of 2" in drawn(mail("XGROUP CREATE s zeta 0"))


def test_hostile_names_are_escaped() -> None:
    show = mail()
    show(b"XREADGROUP", b"GROUP", b"mail", b"\x1b[2J", b"STREAMS", b"s", b">")
    assert "\\x1b[2J" in drawn(show, 118, 14)
    for width in (1, 8, 30, 67):
        drawn(show, width, 9)
