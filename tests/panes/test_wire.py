"""The wire drawn: bytes left, meaning right, at any size."""

from __future__ import annotations

import pytest

from redlearn.panes import wire
from tests.views.showing import assert_fits
from tests.views.test_clients import Crowd
from tests.views.test_wire import seen


def drawn(crowd: Crowd, width: int = 78, height: int = 14, skip: int = 0) -> str:
    return assert_fits(wire.render(seen(crowd, height, skip), width, height), width, height)


def test_each_piece_is_a_row_with_its_meaning_beside_it() -> None:
    crowd = Crowd()
    crowd("GET k")
    rows = [" ".join(row.split()) for row in drawn(crowd).splitlines()]
    assert rows[:7] == [
        "you → server 20 bytes, RESP2",
        r"*2\r\n array of 2",
        r"$3\r\nGET\r\n string, 3 bytes: GET",
        r"$1\r\nk\r\n string, 1 byte: k",
        "server → you 5 bytes, RESP2",
        r"$-1\r\n nothing (nil)",
        r"in RESP3: _\r\n",
    ]


def test_before_any_command_it_says_what_it_is_for() -> None:
    assert "Any command shows here" in drawn(Crowd())


def test_a_message_that_nobody_asked_for_says_so() -> None:
    crowd = Crowd()
    crowd.by("a", "SUBSCRIBE ch")
    crowd("PUBLISH ch hi")
    assert "RESP2, unasked" in drawn(crowd, height=30)


def test_a_command_without_a_reply_says_that_it_waits() -> None:
    crowd = Crowd()
    crowd.by("a", "BLPOP q 0")
    rows = drawn(crowd).splitlines()
    assert "no reply yet" in rows[5]


def test_scrolling_moves_by_rows() -> None:
    crowd = Crowd()
    crowd("MGET " + " ".join(f"k{n}" for n in range(40)))
    assert drawn(crowd, skip=3).splitlines()[0] == drawn(crowd).splitlines()[3]


@pytest.mark.parametrize("width", [1, 2, 9, 30, 49, 50, 200])
@pytest.mark.parametrize("height", [1, 2, 7, 40])
def test_any_bytes_fit_any_size(width: int, height: int) -> None:
    crowd = Crowd()
    crowd(b"SET", b"\x1b[2J\r\n", "键".encode() * 50)
    crowd(b"GET", b"\x1b[2J\r\n")
    text = drawn(crowd, width, height)
    assert "\x1b" not in text


def test_commands_stand_apart() -> None:
    crowd = Crowd()
    crowd("GET k")
    crowd("GET l")
    rows = drawn(crowd, height=20).splitlines()
    assert rows[7] == "" and "you → server" in rows[8]
