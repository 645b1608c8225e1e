"""The event loop drawn: stages of the present turn, those before it, nothing made up."""

from __future__ import annotations

import pytest

from redlearn.panes import loop
from tests.views.showing import assert_fits
from tests.views.test_clients import Crowd
from tests.views.test_loop import seen


def drawn(crowd: Crowd, width: int = 78, height: int = 14) -> str:
    return assert_fits(loop.render(seen(crowd, height), width, height), width, height)


def test_the_stages_of_a_command() -> None:
    crowd = Crowd()
    crowd("SET k v")
    text = drawn(crowd)
    assert "wait   your socket has something to say" in text
    assert "read   27 bytes" in text
    assert "parse  SET k v" in text
    assert "run    the command ran in" in text
    assert "serve  nothing" in text
    assert "log    1 command for the append-only file" in text
    assert "write  5 bytes to you" in text


def test_whom_others_turns_reach() -> None:
    crowd = Crowd()
    crowd.by("a", "BLPOP q 0")
    assert "found nothing: its client waits now" in drawn(crowd)
    crowd("RPUSH q x")
    assert "serve  @a got what they waited for" in drawn(crowd)
    crowd.by("b", "SUBSCRIBE news")
    crowd("PUBLISH news hello")
    assert "a message for @b" in drawn(crowd)


def test_threads_are_explained_and_said_not_to_run() -> None:
    crowd = Crowd()
    for number in range(20):
        crowd(f"SET k {number}")
    text = drawn(crowd, 120, 20)
    assert "Explained, not run" in text
    assert "#20" in text


def test_in_little_room_what_did_not_happen_is_left_out() -> None:
    crowd = Crowd()
    crowd("GET k")
    rows = drawn(crowd, 60, 5).splitlines()
    assert "nothing" not in "".join(rows)
    assert len(rows) == 5


def test_stages_share_a_row_before_one_that_happened_is_left_out() -> None:
    crowd = Crowd()
    crowd("SET k v")
    rows = drawn(crowd, 78, 5).splitlines()
    assert rows[0].startswith("▶ wait")
    assert rows[4] == "  log    1 command for the append-only file   write  5 bytes to you"
    rows = drawn(crowd, 78, 4).splitlines()
    assert rows[1] == "  read   27 bytes   parse  SET k v"
    assert len(rows) == 4 and "write" in rows[3]


def test_what_is_cut_says_so() -> None:
    crowd = Crowd()
    crowd("GET k")
    assert drawn(crowd, 29, 7).splitlines()[3] == "  run    the command ran in …"


@pytest.mark.parametrize("width", [1, 8, 20, 40, 78, 200])
@pytest.mark.parametrize("height", [1, 3, 7, 12, 40])
def test_it_fits_whatever_the_size(width: int, height: int) -> None:
    crowd = Crowd()
    crowd(b"SET", b"\x1b[31m[red]" * 30, b"\xff\x00\n" * 50)
    for name in "abcdefg":
        crowd.by(name, "SUBSCRIBE a")
    crowd("PUBLISH a x")
    drawn(crowd, width, height)


def test_nothing_yet() -> None:
    crowd = Crowd()
    crowd.session.seek(0)
    assert "nothing has come yet" in drawn(crowd)
