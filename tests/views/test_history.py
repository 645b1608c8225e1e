"""What views know of a session is what a session has."""

from __future__ import annotations

from redlearn.timeline.session import Envelope, Point, Session
from redlearn.views.history import Envelope as SeenEnvelope
from redlearn.views.history import History, argv_of
from redlearn.views.history import Point as SeenPoint
from tests.views.showing import Showing


def names(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_sessions_points_and_envelopes_have_all_that_views_ask_for() -> None:
    assert names(History) <= set(dir(Session))
    assert names(SeenPoint) <= set(dir(Point))
    assert names(SeenEnvelope) <= set(dir(Envelope))


def test_a_command_has_words_and_a_passing_of_time_has_none() -> None:
    show = Showing("SET k v")
    assert argv_of(show.session.points[-1]) == (b"SET", b"k", b"v")
    show.session.advance(10)
    assert argv_of(show.session.points[-1]) == ()
