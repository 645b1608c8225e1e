"""The event loop seen: each turn, as it was recorded."""

from __future__ import annotations

import pytest

from redlearn.resp.encode import encode, encode_command
from redlearn.views.loop import LoopView, Turn, size_of, written
from redlearn.views.window import Window
from tests.views.test_clients import Crowd


def seen(crowd: Crowd, count: int = 10) -> LoopView:
    names = {id: f"@{name}" for name, id in crowd.ids.items()}
    return crowd.gallery.loop(Window(80, count), {**names, crowd.client: "you"})


def now(crowd: Crowd) -> Turn:
    turn = seen(crowd).now
    assert turn is not None
    return turn


def test_a_command_is_read_run_logged_and_answered() -> None:
    crowd = Crowd()
    crowd("SET k v")
    turn = now(crowd)
    assert (turn.kind, turn.client, turn.argv) == ("command", crowd.client, (b"SET", b"k", b"v"))
    assert turn.read == len(encode_command([b"SET", b"k", b"v"]))
    assert (turn.commands, turn.logged, turn.written) == (1, 1, len(b"+OK\r\n"))
    assert turn.steps > 0


def test_a_read_logs_nothing() -> None:
    crowd = Crowd()
    crowd("GET k")
    assert (now(crowd).logged, now(crowd).written) == (0, len(b"$-1\r\n"))


def test_a_transaction_is_many_commands_in_one_turn() -> None:
    crowd = Crowd()
    crowd("MULTI")
    crowd("INCR n")
    assert now(crowd).queued
    crowd("INCR n")
    crowd("EXEC")
    assert now(crowd).commands == 3


def test_who_waits_is_served_in_somebody_elses_turn() -> None:
    crowd = Crowd()
    crowd.by("a", "BLPOP q 0")
    assert now(crowd).blocked
    crowd("RPUSH q x")
    assert now(crowd).served == (crowd.ids["a"],)


def test_messages_and_stale_copies_are_told_with_whom_they_reached() -> None:
    crowd = Crowd()
    crowd.by("a", "SUBSCRIBE news")
    crowd.by("b", "PSUBSCRIBE n*")
    crowd("PUBLISH news hello")
    assert now(crowd).reached == (crowd.ids["a"], crowd.ids["b"])
    assert seen(crowd).listening == 2
    crowd.by("c", "HELLO 3")
    crowd.by("c", "CLIENT TRACKING on")
    crowd.by("c", "GET k")
    crowd("SET k v")
    assert now(crowd).invalidated == (crowd.ids["c"],)


def test_the_timer_is_a_turn_too() -> None:
    crowd = Crowd()
    crowd("SET k v PX 50")
    crowd.session.advance(200)
    turns = [now(crowd), *seen(crowd).before]
    assert [turn.kind for turn in turns[:3]] == ["time", "timer", "command"]
    crowd.session.seek(crowd.session.position - 1)
    assert (now(crowd).kind, now(crowd).died) == ("timer", 1)


def test_the_loop_knows_when_it_wakes_up_by_itself() -> None:
    crowd = Crowd()
    assert seen(crowd).next_ms == -1
    crowd.by("a", "BLPOP q 5")
    assert (seen(crowd).next_ms, seen(crowd).waiting) == (5000, 1)
    crowd("CLIENT PAUSE 1000")
    assert (seen(crowd).next_ms, seen(crowd).paused_ms) == (1000, 1000)


def test_earlier_turns_stand_behind_the_latest_first() -> None:
    crowd = Crowd()
    for number in range(5):
        crowd(f"SET k {number}")
    before = seen(crowd, 2).before
    assert [turn.argv[-1] for turn in before] == [b"3", b"2"]


def test_at_the_beginning_nothing_has_come() -> None:
    crowd = Crowd()
    crowd.session.seek(0)
    assert seen(crowd).now is None


@pytest.mark.parametrize("argv", [(b"GET", b"k"), (b"SET", b"\x00" * 300, b"")])
def test_sizes_are_those_of_the_wire(argv: tuple[bytes, ...]) -> None:
    assert size_of(argv) == len(encode_command(argv))
    assert written([[b"a", None]], 3) == len(encode([b"a", None], 3))
    assert written([[b"a"] * 5000], 2) == -1


def test_a_password_that_was_read_is_not_shown() -> None:
    crowd = Crowd()
    crowd("ACL SETUSER ann on >s3cret")
    assert b">s3cret" not in now(crowd).argv
    crowd.by("a", "AUTH ann s3cret")
    turn = now(crowd)
    assert turn.argv == (b"AUTH", b"(redacted)", b"(redacted)")
    assert turn.read == len(encode_command([b"AUTH", b"ann", b"s3cret"]))
