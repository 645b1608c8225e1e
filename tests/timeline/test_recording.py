"""What happened inside of points is remembered, or run again for several of them at once."""

from __future__ import annotations

import gc

import pytest

from redlearn.timeline.recording import POINTS_WITH_EVENTS, RUN_AGAIN
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.timeline import Timeline
from redlearn.timeline.world import World


def played() -> Session:
    session = Session(Recipe())
    client = session.connect()
    for number in range(POINTS_WITH_EVENTS + 2 * RUN_AGAIN):
        session.execute(client, [b"HSET", b"h", b"f%d" % number, b"v"])
    return session


def test_reading_backwards_runs_points_again_by_the_dozen(monkeypatch: pytest.MonkeyPatch) -> None:
    session, made = played(), []

    def counted(line: Timeline, position: int, world_at=Timeline.world_at) -> World:  # type: ignore[no-untyped-def]
        made.append(position)
        return world_at(line, position)  # type: ignore[no-any-return]

    monkeypatch.setattr(Timeline, "world_at", counted)
    for position in range(2 * RUN_AGAIN, 1, -1):
        assert session.replies(position) == (1,)
        assert session.events(position)[-1].event == session.events(position)[-1].event
    assert 0 < len(made) <= 8


def test_what_is_recorded_goes_at_once_when_nobody_keeps_it() -> None:
    """Else thousands of commands a second leave it to the collector, which stops everybody."""
    session = played()
    gc.collect()
    gc.disable()
    try:
        for number in range(100):
            session.execute(1, [b"HSET", b"h", b"f%d" % number, b"w"])
        assert gc.collect() < 100
    finally:
        gc.enable()


def test_what_is_run_again_is_what_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    session = played()
    told = {
        number: session.events(number) for number in range(session.length - 200, session.length)
    }
    session._recollections._kept.clear()
    assert {number: session.events(number) for number in sorted(told, reverse=True)} == told
