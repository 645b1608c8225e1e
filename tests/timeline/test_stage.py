from __future__ import annotations

from redlearn.engine.expiry import KeyExpired
from redlearn.engine.structures.skiplist import Tossed
from redlearn.lessons.model import EngineOptions, Lesson
from redlearn.resp.reply import OK, QUEUED, Failure
from redlearn.timeline.session import Session
from redlearn.timeline.stage import Stage, open_session, open_stage


def opened(**options: object) -> Stage:
    return open_stage(Lesson("x.md", "x", "X", (), engine=EngineOptions(**options)))  # type: ignore[arg-type]  # options of a test


def test_the_engine_is_as_the_lesson_wants_it() -> None:
    on = opened(
        config=(("zset-max-listpack-entries", "1"),),
        skiplist_levels=(2, 5),
        seed=9,
        clock="virtual",
    )
    ran = on.run([b"ZADD", b"z", b"1", b"a", b"2", b"b"])
    heights = [event.height for event in ran.events if isinstance(event, Tossed)]
    assert heights == [2, 5]
    assert on.session.recipe.seed == 9
    assert on.session.live is False
    assert opened(clock="real").session.live is True


def test_clients_are_known_by_name() -> None:
    on = Stage(Session())
    assert on.run([b"MULTI"], "a").replies == (OK,)
    assert on.run([b"SET", b"k", b"1"], "a").replies == (QUEUED,)
    assert on.run([b"GET", b"k"]).replies == (None,)
    assert on.run([b"EXEC"], "a").replies == ([OK],)


def test_a_node_that_is_not_there_is_an_error_and_no_other_is_asked() -> None:
    on = Stage(Session())
    before = on.here()
    assert on.run([b"SET", b"k", b"1"], "a@7099").replies == (
        Failure("ERR there is no node 7099 here"),
    )
    assert on.here() == before


def test_the_trace_is_that_of_the_last_command_or_wait() -> None:
    on = Stage(Session())
    on.run([b"SET", b"k", b"1", b"PX", b"5"])
    happened = on.advance(200)
    assert [event.how for event in happened if isinstance(event, KeyExpired)] == ["active"]
    assert on.trace() == happened
    ran = on.run([b"PING"])
    assert on.trace() == ran.events
    assert on.fork().trace() == ran.events


def test_a_fork_goes_its_own_way() -> None:
    on = Stage(Session())
    on.run([b"SET", b"k", b"1"])
    fork = on.fork()
    fork.run([b"SET", b"k", b"2"])
    fork.run([b"SET", b"j", b"2"], "another")
    assert on.run([b"GET", b"k"]).replies == (b"1",)
    assert fork.run([b"GET", b"k"]).replies == (b"2",)


def test_a_fork_keeps_the_database_that_the_learner_selected() -> None:
    on = Stage(Session())
    on.run([b"SELECT", b"3"])
    assert on.fork().database().index == on.database().index == 3


def test_any_moment_can_be_come_back_to() -> None:
    on = Stage(Session())
    start = on.here()
    on.run([b"SET", b"k", b"1"])
    later = on.here()
    on.advance(1000)
    on.back_to(start)
    assert on.run([b"EXISTS", b"k"]).replies == (0,)
    on.back_to(later)
    assert on.now_ms() == on.session.recipe.start_ms


def test_the_learner_may_come_back_on_another_connection() -> None:
    on = Stage(Session())
    on.run([b"BLPOP", b"q", b"0"])
    on.session.disconnect(on.session.client_named(""))
    on.session.connect(name="")
    assert on.run([b"PING"]).replies != ()
    on.run([b"PING"], "a")
    assert set(on.session.names().values()) == {"", "a"}


def test_a_session_for_a_lesson_waits_for_its_first_client() -> None:
    session = open_session(Lesson("x.md", "x", "X", ()))
    assert session.connect() == 1
    assert open_stage(Lesson("x.md", "x", "X", ())).session.names() == {1: ""}


def test_what_others_get_is_told_with_their_names_and_whoever_asks_learns_its_protocol() -> None:
    on = Stage(Session())
    on.run([b"SUBSCRIBE", b"ch"], "a")
    on.run([b"HELLO", b"3"])
    ran = on.run([b"PUBLISH", b"ch", b"hi"])
    assert (ran.replies, ran.protocol) == ((1,), 3)
    assert ran.late == (("a", [b"message", b"ch", b"hi"]),)
    assert on.run([b"PING"]).late == ()


def test_a_fork_tells_what_others_get_in_it() -> None:
    on = Stage(Session())
    on.run([b"SUBSCRIBE", b"ch"], "a")
    assert len(on.fork().run([b"PUBLISH", b"ch", b"hi"]).late) == 1
    assert on.run([b"PUBLISH", b"ch", b"ho"]).late == (("a", [b"message", b"ch", b"ho"]),)
