"""The engine without onlookers: the same answers as a session's, on running time."""

from __future__ import annotations

from random import Random

from redlearn.prompt.unwatched import Unwatched
from redlearn.timeline.session import Recipe, Session
from tests.properties.programs import call

START_MS = 1_700_000_000_000
YEAR_MS = 365 * 86_400_000


def test_it_answers_as_a_session_does() -> None:
    fast, full = Unwatched(START_MS), Session(Recipe(start_ms=START_MS))
    rng = Random(11)
    clients = [(fast.connect(), full.connect()) for _ in range(2)]
    for _ in range(1500):
        if rng.random() < 0.1:
            ms = rng.randrange(400)
            fast.advance(ms)
            full.advance(ms)
            continue
        mine, theirs = rng.choice(clients)
        argv = call(rng)
        if argv[0][:1] == b"B":  # a blocked client's reply comes with a later call's
            continue
        assert fast.execute(mine, argv) == full.execute(theirs, argv)
        assert fast.now_ms == full.now_ms
    state = fast.engine.state
    assert state.active_expired == full.engine.state.active_expired > 0
    assert [len(db) for db in state.databases] == [len(db) for db in full.engine.state.databases]


def test_time_follows_the_wall() -> None:
    server = Unwatched(START_MS)
    client = server.connect()
    server.catch_up(1000)
    server.execute(client, [b"SET", b"k", b"v", b"PX", b"50"])
    server.catch_up(1049)
    assert server.execute(client, [b"GET", b"k"]) == [b"v"]
    server.catch_up(1200)
    assert len(server.engine.state.databases[0]) == 0, "the timer found it, nobody asked"
    assert server.execute(client, [b"GET", b"k"]) == [None]


def test_a_wall_clock_set_back_stops_time_but_does_not_turn_it() -> None:
    server = Unwatched(START_MS)
    server.catch_up(5000)
    server.catch_up(1000)
    assert server.now_ms == START_MS
    server.catch_up(1500)
    assert server.now_ms == START_MS + 500


def test_a_year_passes_at_once() -> None:
    server = Unwatched(START_MS)
    client = server.connect()
    server.execute(client, [b"SET", b"k", b"v", b"PX", b"%d" % YEAR_MS])
    server.advance(YEAR_MS - 1)
    assert server.execute(client, [b"PTTL", b"k"]) == [1]
    server.advance(YEAR_MS)
    assert len(server.engine.state.databases[0]) == 0


def test_clients_come_and_go() -> None:
    server = Unwatched(START_MS)
    client = server.connect()
    server.disconnect(client)
    server.disconnect(client)
    assert server.engine.state.clients == {}


def test_what_comes_late_can_be_taken_once() -> None:
    server = Unwatched(START_MS)
    one, other = server.connect(), server.connect()
    server.execute(one, [b"BLPOP", b"q", b"0"])
    server.execute(other, [b"RPUSH", b"q", b"x"])
    assert server.take_late() == [(one, [b"q", b"x"])]
    assert server.take_late() == []
