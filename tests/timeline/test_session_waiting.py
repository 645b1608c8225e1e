"""Clients that wait, on a timeline: served late, timed out by the clock, and back in time."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.blocking import ClientServed, ClientTimedOut
from redlearn.resp.reply import NULL_ARRAY, PONG
from redlearn.timeline.session import Moved, Recipe, Session
from redlearn.timeline.snapshot import Freezer


def words(line: str) -> list[bytes]:
    return [word.encode() for word in line.split()]


def test_a_reply_comes_late_out_of_what_another_did() -> None:
    session = Session()
    one, other = session.connect(), session.connect()
    moves: list[Moved] = []
    session.subscribe(moves.append)
    assert session.execute(one, words("BLPOP jobs 0")) == []
    assert session.is_waiting(one) and not session.is_waiting(other)
    assert session.execute(other, words("RPUSH jobs a")) == [1]
    assert moves[-1].late == ((one, [b"jobs", b"a"]),)
    assert moves[-1].replies == (1,)
    assert session.late_replies(one) == [[b"jobs", b"a"]]
    assert session.late_replies(one) == []
    assert any(isinstance(e.event, ClientServed) for e in moves[-1].envelopes)


def test_a_timeout_is_an_input_of_its_own_just_when_it_is_due() -> None:
    session = Session()
    one = session.connect()
    start = session.now_ms
    session.execute(one, words("BLPOP jobs 1.234"))
    session.advance(1233)
    assert session.late_replies(one) == []
    session.advance(1)
    assert session.late_replies(one) == [NULL_ARRAY]
    timed_out = [
        point for point in session.points
        if any(isinstance(e.event, ClientTimedOut) for e in session.events(point.number))
    ]  # fmt: skip
    assert [point.input.at_ms for point in timed_out] == [start + 1234]


def test_the_wall_clock_ends_waits_too() -> None:
    session = Session()
    one = session.connect()
    session.catch_up(1000)
    session.execute(one, words("BLPOP jobs 2"))
    session.catch_up(2999)
    assert session.is_waiting(one)
    session.catch_up(3000)
    assert session.late_replies(one) == [NULL_ARRAY]


def test_in_the_past_the_client_waits_again() -> None:
    session = Session()
    one, other = session.connect(), session.connect()
    session.execute(one, words("BLPOP jobs 0"))
    session.execute(one, words("PING"))
    waiting = session.position
    session.execute(other, words("RPUSH jobs a"))
    session.seek(waiting)
    assert session.is_waiting(one)
    session.engine.check()
    session.execute(other, words("RPUSH jobs b"))
    assert session.late_replies(one) == [[b"jobs", b"b"], PONG]
    session.seek(waiting - 2)
    assert not session.is_waiting(one)


def test_a_fork_keeps_who_waits() -> None:
    session = Session()
    one, other = session.connect(), session.connect()
    session.execute(one, words("BLPOP jobs 0"))
    twin = session.fork()
    twin.execute(other, words("RPUSH jobs a"))
    assert twin.late_replies(one) == [[b"jobs", b"a"]]
    assert session.is_waiting(one)


LINES = (
    "BLPOP a b 0", "BLPOP b 1", "BRPOP a 0.5", "BLMOVE a b LEFT RIGHT 2", "BZPOPMIN z a 1",
    "RPUSH a 1 2", "RPUSH b x", "RPUSH a y", "ZADD z 1 m", "DEL a b", "PING", "RENAME b a",
    "MULTI", "EXEC", "SET a text", "LTRIM a 1 -1", "CLIENT UNBLOCK 2 ERROR",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_every_position_is_what_a_replay_from_the_start_gives(seed: int) -> None:
    rng = Random(seed)
    session = Session(Recipe(seed=seed, config={"list-max-listpack-size": "2"}))
    clients = [session.connect() for _ in range(5)]
    for _ in range(150):
        match rng.randrange(12):
            case 0:
                session.advance(rng.randrange(900))
            case 1:
                session.disconnect(clients.pop(rng.randrange(5)))
                clients.append(session.connect())
            case _:
                session.execute(rng.choice(clients), words(rng.choice(LINES)))
        session.engine.check()
    frozen = Freezer(session.engine).freeze()
    for position in sorted(rng.sample(range(session.length), 12)):
        session.seek(position)
        session.engine.check()
        engine = session.timeline.world_at(position).engine
        assert Freezer(engine).freeze() == Freezer(session.engine).freeze()
    session.seek(session.length)
    assert Freezer(session.engine).freeze() == frozen


def test_all_that_came_late_can_be_taken_at_once() -> None:
    session = Session()
    one, two, other = session.connect(), session.connect(), session.connect()
    session.execute(one, words("BLPOP jobs 0"))
    session.execute(two, words("BLPOP jobs 0"))
    session.execute(other, words("RPUSH jobs a b"))
    assert session.take_late() == [(one, [b"jobs", b"a"]), (two, [b"jobs", b"b"])]
    assert session.take_late() == []
