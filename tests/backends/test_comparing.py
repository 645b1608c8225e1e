from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from redlearn.backends.address import Address
from redlearn.backends.comparing import hold
from redlearn.backends.real import RealServer
from redlearn.lessons.library import find_lesson
from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import load
from tests.lessons.samples import lesson_of
from tests.oracle.servers import LOOPBACK, Server, redis_binary, running


@pytest.fixture
def real(redis_server: Server) -> Iterator[RealServer]:
    with RealServer(Address(LOOPBACK, redis_server.port)) as server:
        yield server


def lesson(body: str, real: str = ">=7.0") -> Lesson:
    return replace(lesson_of(f"## 1\n{body}\n"), real=real)


def test_a_lesson_that_is_true_differs_nowhere(real: RealServer) -> None:
    assert hold(lesson("```transcript\n> INCR k\n(integer) 1\n```"), real).differences == ()


def test_the_next_lesson_finds_nothing_of_the_last(real: RealServer) -> None:
    once = lesson("```transcript\n> INCR k\n(integer) 1\n```")
    assert hold(once, real).differences == hold(once, real).differences == ()


def test_a_difference_has_its_place(real: RealServer) -> None:
    outcome = hold(lesson("```transcript\n> INCR k\n(integer) 7\n```"), real)
    [problem] = outcome.differences
    assert problem.message == "`INCR k` prints '(integer) 1' on line 1, not '(integer) 7'"
    assert outcome.known == ()


@pytest.mark.parametrize(("dead_are", "differ"), [("there", False), ("gone", True)])
def test_what_a_lesson_says_of_dead_keys_is_held_against_a_server(
    real: RealServer, dead_are: str, differ: bool
) -> None:
    sets = "".join(f"SET k{n} - PX 20\n" for n in range(30))
    keys = 30 if dead_are == "there" else 0
    said = f"```redis\n{sets}:advance 30ms\n```\n```transcript\n> DBSIZE\n(integer) {keys}\n```"
    outcome = hold(lesson(said), real)
    assert ["prints '(integer) 30'" in each.message for each in outcome.differences] == (
        [True] if differ else []
    )


@pytest.mark.parametrize(
    ("body", "server", "why"),
    [
        ("```redis\nPING\n```", "", "it names no server that it is true of"),
        ("```redis\nPING\n```", ">=99", "it is true of >=99, and this is redis"),
        ("```redis\nCLUSTER KEYSLOT k\n```", ">=7.0", "a second --on, of a server in cluster mode"),
    ],
)
def test_what_a_server_cannot_be_asked_is_left_out_with_the_reason(
    real: RealServer, body: str, server: str, why: str
) -> None:
    assert why in hold(lesson(body, server), real).skipped


def test_time_passes_only_where_the_cycle_can_be_stopped() -> None:
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    with (
        running(binary, "--enable-debug-command", "no") as server,
        RealServer(Address(LOOPBACK, server.port)) as real,
    ):
        assert "allows no DEBUG" in hold(lesson("```redis\n:advance 1s\n```"), real).skipped
        assert "allows no DEBUG" in hold(lesson("text\n\n<!-- clock: +1s -->"), real).skipped
        assert hold(lesson("```redis\nPING\n```"), real).skipped == ""


def test_what_is_known_to_differ_is_told_apart(valkey_server: Server) -> None:
    path = find_lesson("strings")
    assert path is not None
    with RealServer(Address(LOOPBACK, valkey_server.port)) as real:
        outcome = hold(load(path, f"lessons/{path.name}"), real)
    assert outcome.differences == ()
    assert any("embeds longer strings" in why for _, why in outcome.known)
