"""The clients drawn: who waits for what, since when, until when, and who is next."""

from __future__ import annotations

import pytest

from redlearn.panes import clients
from redlearn.views.window import Window
from tests.views.showing import assert_fits
from tests.views.test_clients import Crowd


def crowd() -> Crowd:
    made = Crowd()
    for name, line in (
        ("a", "BLPOP q r 5"), ("b", "BLPOP q 0"), ("c", "WATCH k"), ("c", "MULTI"), ("c", "GET k"),
    ):  # fmt: skip
        made.by(name, line)
    made.session.advance(2000)
    return made


def drawn(made: Crowd, width: int = 78, height: int = 11) -> str:
    view = made.view(Window(width, height))
    return assert_fits(clients.render(view, width, height), width, height)


def test_a_row_tells_what_is_waited_for_and_how_long() -> None:
    rows = drawn(crowd(), 110).splitlines()
    assert rows[0] == "4 clients, 2 waiting"
    assert "@a" in rows[1] and "waits for q or r (BLPOP)" in rows[1]
    assert "2.0 s so far, 3.0 s left" in rows[1]
    assert "no timeout" in rows[2]
    assert "MULTI, 1 queued, watches k" in rows[3]


def test_the_line_in_front_of_a_key_is_in_order() -> None:
    text = drawn(crowd())
    assert " in line for q: @a, @b" in text
    assert " in line for r: @a" in text


def test_a_doomed_transaction_says_why() -> None:
    made = crowd()
    made("SET k v")
    why = "a watched key changed: EXEC runs nothing"
    assert f"MULTI, 1 queued; {why}" in drawn(made, 78)
    assert f"\n     {why}" in drawn(made, 48, 12)


def test_before_multi_it_says_so_as_well() -> None:
    made = Crowd()
    made("WATCH k")
    made("SET k v")
    assert "db 0  a watched key changed: EXEC runs nothing" in drawn(made, 78)


def test_a_narrow_pane_takes_two_rows_for_each() -> None:
    rows = drawn(crowd(), 42, 12).splitlines()
    assert "waits for q or r" in rows[1]
    assert rows[2].strip() == "2.0 s so far, 3.0 s left"


def test_where_nobody_waits_it_says_how_to() -> None:
    assert "@a BLPOP q 0" in drawn(Crowd())


def test_any_bytes_are_harmless() -> None:
    made = Crowd()
    made.session.execute(made.session.connect(), [b"BLPOP", b"\x1b[2J\n", b"\xff" * 99, b"0"])
    text = drawn(made, 110)
    assert "\\x1b[2J\\n" in text


@pytest.mark.parametrize("width", [1, 12, 42, 63, 64, 99, 100, 200])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 9, 30])
def test_it_fits_any_room(width: int, height: int) -> None:
    drawn(crowd(), width, height)


def test_a_row_tells_whom_a_client_has_proved_to_be() -> None:
    made = Crowd()
    made("ACL SETUSER ann on nopass")
    made.by("a", "AUTH ann x")
    made("CONFIG SET requirepass s")
    made.by("b", "GET k")
    text = drawn(made, 110)
    assert "@a        db 0  is ann" in text
    assert "@b        db 0  has to say who it is" in text


def test_who_listens_says_to_what() -> None:
    made = Crowd()
    made.by("a", "SUBSCRIBE news")
    made.by("a", "PSUBSCRIBE n*")
    assert "listens to news n*" in drawn(made, 110)
