"""What all structures share: the header, the missing key, the step; and any size at all."""

from __future__ import annotations

import pytest

from redlearn.panes import structure
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import SMALL_ZSETS, Showing, assert_fits, board


def drawn(show: Showing, key: bytes, width: int = 78, height: int = 11) -> str:
    view = show.gallery.structure(Window(width, height), key)
    return assert_fits(structure.render(view, width, height), width, height)


def test_the_first_sight_offers_commands_to_try() -> None:
    text = drawn(Showing(), b"")
    assert "SET name ann" in text
    assert "ZADD board" in text


def test_a_missing_key_is_a_sentence() -> None:
    text = drawn(Showing("GET nobody"), b"nobody")
    assert "nobody  there is no such key" in text
    assert "TYPE answers none" in text


@pytest.mark.parametrize("how", ["lazy", "active"])
def test_an_expired_key_says_how_it_died(how: str) -> None:
    show = Showing("SET k v PX 5")
    if how == "lazy":
        show.session.clock.advance(50)
        show("GET k")
    else:
        show.session.advance(300)
    assert f"k  expired ({how})" in drawn(show, b"k")


def test_a_key_deleted_after_it_came_again_did_not_expire() -> None:
    show = Showing("SET k v PX 5")
    show.session.advance(300)
    show("SET k again")
    show("DEL k")
    assert "there is no such key" in drawn(show, b"k")


def test_a_key_that_is_overdue_is_still_drawn_and_says_so() -> None:
    show = Showing("SET k v PX 5")
    show.session.clock.advance(50)
    text = drawn(show, b"k", 120)
    assert "its time has passed, but nobody has looked yet" in text
    assert "│v│" in text


def test_a_conversion_is_in_the_header() -> None:
    assert "was listpack: 5 members > 4" in drawn(board(), b"board")
    at_once = Showing("ZADD board 50 ann 20 bob 90 cy 70 dee 60 eve", config=SMALL_ZSETS)
    assert "at once: 5 members > 4" in drawn(at_once, b"board")


def test_facts_that_do_not_fit_are_left_out_whole() -> None:
    header = drawn(board(), b"board", 40).splitlines()[0]
    assert header == " skiplist  board zset  5 nodes"


def test_a_long_sentence_about_a_step_takes_two_lines() -> None:
    show = Showing("SET a-key-with-a-rather-long-name-indeed v")
    show("GET a-key-with-a-rather-long-name-indeed")
    view = show.gallery.structure(
        Window(60, 11), b"a-key-with-a-rather-long-name-indeed", step=step_of(show.steps(), 1)
    )
    lines = assert_fits(structure.render(view, 60, 11), 60, 11).splitlines()
    assert "micro-step 1 of 1" in lines[-2]
    assert lines[-1].strip()


def test_every_size_from_nothing_up_is_survived() -> None:
    show = board()
    show("ZRANK board cy")
    show("HSET h a 1 b 2")
    show("SET s hello")
    step = step_of(show.steps(), 1)
    for key in (b"board", b"h", b"s", b"none", b""):
        for width in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
            for height in (0, 1, 2, 3, 4, 6, 9, 14, 22):
                window = Window(width, height)
                for view in (
                    show.gallery.structure(window, key),
                    show.gallery.structure(window, key, step=step),
                ):
                    assert_fits(structure.render(view, width, height), width, height)


def test_a_key_that_is_waited_for_says_by_whom() -> None:
    show = Showing("BLPOP q 0")
    view = show.gallery.structure(Window(78, 11), b"q")
    assert "Client 1 waits for it." in assert_fits(structure.render(view, 78, 11), 78, 11)
    other = show.session.connect()
    show.session.execute(other, [b"BLPOP", b"q", b"0"])
    view = show.gallery.structure(Window(78, 11), b"q")
    text = assert_fits(structure.render(view, 78, 11), 78, 11)
    assert "Clients 1, 2 wait for it, and are served in this order." in text
