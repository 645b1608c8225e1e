"""A session runs commands, tells its subscribers, and travels."""

import pytest

from redlearn.engine.context import KeyChanged
from redlearn.engine.effects import Effect, Propagated
from redlearn.engine.engine import CommandFinished, CommandStarted
from redlearn.engine.expiry import KeyExpired
from redlearn.probe import RecordCut
from redlearn.timeline import recording as recording_module
from redlearn.timeline.log import Waited
from redlearn.timeline.recording import POINTS_WITH_EVENTS
from redlearn.timeline.session import Moved, Recipe, Session, is_visible


def words(line: str) -> list[bytes]:
    return [word.encode() for word in line.split()]


@pytest.fixture
def session() -> Session:
    made = Session()
    made.connect()
    return made


def run(session: Session, line: str) -> object:
    (reply,) = session.execute(1, words(line))
    return reply


def test_a_command_gives_its_reply_and_becomes_a_point(session: Session) -> None:
    assert run(session, "HSET h a 1") == 1
    point = session.points[-1]
    assert (point.number, point.wrote, point.failed, point.key) == (2, True, False, b"h")


def test_the_events_of_a_command_begin_and_end_with_itself(session: Session) -> None:
    run(session, "HSET h a 1")
    events = [envelope.event for envelope in session.events(session.position)]
    assert isinstance(events[0], CommandStarted)
    assert isinstance(events[-1], CommandFinished)
    assert KeyChanged(0, b"h", "hset") in events


def test_a_read_leaves_nothing_in_the_append_only_file(session: Session) -> None:
    run(session, "HSET h a 1")
    run(session, "HGET h a")
    assert [effect for _, effect in session.effects()] == [Effect(0, (b"HSET", b"h", b"a", b"1"))]


def test_stepping_back_and_forth_visits_commands_not_connections(session: Session) -> None:
    session.connect()
    for line in ("HSET h a 1", "HSET h b 2"):
        run(session, line)
    assert session.step(-1)
    assert run_length(session) == 1
    assert session.step(-1)
    assert run_length(session) == 0
    assert not session.step(-1)
    assert session.step(2)
    assert run_length(session) == 2
    assert not session.step(1)


def run_length(session: Session) -> int:
    value = session.engine.state.databases[0].value_of(b"h")
    return 0 if value is None else len(value)


def test_typing_in_the_past_forks_and_the_old_future_can_be_taken_up(session: Session) -> None:
    for line in ("HSET h a 1", "HSET h b 2"):
        run(session, line)
    session.step(-1)
    run(session, "HSET h c 3")
    assert not session.in_past
    assert [branch.name for branch in session.branches] == ["main"]
    session.switch(0)
    assert session.timeline.branch == "main"
    assert run(session, "HKEYS h") == [b"a", b"b"]


def test_effects_end_where_the_position_is(session: Session) -> None:
    for line in ("HSET h a 1", "HSET h b 2"):
        run(session, line)
    session.step(-1)
    assert len(session.effects()) == 1


def test_advance_lets_keys_die_at_the_timers_beat(session: Session) -> None:
    run(session, "HSET h a 1")
    run(session, "PEXPIRE h 250")
    session.advance(1000)
    died = [
        envelope.event
        for number in range(1, session.length + 1)
        for envelope in session.events(number)
        if isinstance(envelope.event, KeyExpired)
    ]
    (event,) = died
    assert event.how == "active"
    assert 0 <= event.now_ms - event.at_ms < 100
    assert isinstance(session.points[-1].input, Waited)


def test_idle_time_is_not_logged(session: Session) -> None:
    run(session, "HSET h a 1")
    run(session, "EXPIRE h 1000")
    before = session.length
    session.catch_up(0)
    session.catch_up(60_000)
    assert session.length == before
    assert session.now_ms == session.recipe.start_ms + 60_000


def test_time_stands_still_in_the_past_and_while_paused(session: Session) -> None:
    run(session, "HSET h a 1")
    session.catch_up(0)
    session.step(-1)
    session.catch_up(5_000)
    session.step(1)
    session.live = False
    session.catch_up(9_000)
    session.live = True
    session.catch_up(9_500)
    assert session.now_ms == session.recipe.start_ms + 500


def test_the_same_command_twice_in_a_moment_has_its_own_events_each_time(session: Session) -> None:
    for _ in range(2):
        run(session, "HSET h a 1")
    first, second = session.replies(2), session.replies(3)
    assert (first, second) == ((1,), (0,))


def test_forgotten_events_are_run_again_and_come_out_the_same(session: Session) -> None:
    run(session, "ZADD board 1 ann")
    kept = session.events(2)
    for number in range(POINTS_WITH_EVENTS + 1):
        run(session, f"HSET h f{number} v")
    assert session.events(2) == kept
    assert session.replies(2) == (1,)


def test_a_fork_is_independent(session: Session) -> None:
    run(session, "HSET h a 1")
    twin = session.fork()
    run(twin, "DEL h")
    assert run_length(session) == 1
    assert run_length(twin) == 0
    twin.step(-1)
    assert run_length(twin) == 1


def test_subscribers_are_told_of_commands_and_of_travel(session: Session) -> None:
    told: list[Moved] = []
    session.subscribe(told.append)
    run(session, "HSET h a 1")
    session.step(-1)
    assert told[0].point is not None
    assert told[0].replies == (1,)
    assert told[1].point is None


def test_a_recipe_sets_parameters_and_towers() -> None:
    session = Session(Recipe(config={"zset-max-listpack-entries": "0"}, towers=[1, 4, 2]))
    session.connect()
    run(session, "ZADD board 1 a 2 b 3 c")
    skiplist = session.engine.state.databases[0].value_of(b"board").skiplist  # type: ignore[union-attr]
    assert [node.height for node in skiplist] == [1, 4, 2]


def test_a_recipe_with_an_unknown_parameter_says_so() -> None:
    with pytest.raises(ValueError, match="there is no parameter 'nope'"):
        Session(Recipe(config={"nope": "1"}))


def test_a_command_that_tells_too_much_is_cut_but_how_it_ended_is_kept(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "MOST_EVENTS", 50)
    run(session, "CONFIG SET zset-max-listpack-entries 0")
    members = " ".join(f"{number} m{number}" for number in range(100))
    assert run(session, f"ZADD board {members}") == 100
    events = [envelope.event for envelope in session.events(session.position)]
    assert len(events) == 53
    assert events[-3] == RecordCut(50 - 2)  # but for the beginning, and the key
    assert isinstance(events[-2], Propagated)
    assert events[-1] == CommandFinished("zadd", 100)
    assert session.points[-1].wrote
    assert run(session, "ZSCORE board m99") == 99.0
    assert isinstance(session.events(session.position)[0].event, CommandStarted)


def test_stops_follow_the_points_through_forks_and_branches() -> None:
    session = Session()
    client = session.connect()

    def agree() -> None:
        assert session.stops() == [each.number for each in session.points if is_visible(each)]

    for number in range(6):
        session.execute(client, [b"SET", b"k", b"%d" % number])
        agree()
    session.step(-3)
    agree()
    session.execute(client, [b"GET", b"k"])
    agree()
    for _ in range(9):  # longer than the branch that was left
        session.execute(client, [b"GET", b"k"])
    agree()
    session.switch(0)
    agree()
    assert session.step(-99) and not session.step(-1) and session.position == 1
    assert session.step(1) and session.position == 2


def test_users_their_clients_and_the_log_travel_in_time(session: Session) -> None:
    def known() -> object:
        state = session.engine.state
        clients = [(c.id, c.user, c.restricted, c.stranger) for c in state.clients.values()]
        return state.users.freeze(), clients, state.config.show("requirepass")

    ann = session.connect()
    lines = (
        (1, "ACL SETUSER ann on >s ~a* +@read"), (ann, "AUTH ann x"), (ann, "AUTH ann s"),
        (ann, "GET b"), (ann, "GET b"), (1, "ACL GENPASS"), (1, "CONFIG SET requirepass p"),
        (1, "ACL SETUSER ann resetkeys"), (1, "ACL LOG RESET"), (1, "ACL DELUSER ann"),
        (1, "ACL GENPASS"),
    )  # fmt: skip
    seen = [known()]
    first = session.position
    for client, line in lines:
        session.execute(client, words(line))
        seen.append(known())
    replies = [session.replies(at) for at in range(first + 1, session.length + 1)]
    for at in (len(lines), 3, 9, 0, 6, 10, 5, 1, 8, 2, 7, 4):
        session.seek(first + at)
        assert known() == seen[at]
    session.seek(session.length)
    again = [session.replies(at) for at in range(first + 1, session.length + 1)]
    assert again == replies
    assert replies[5] != replies[10]


def test_the_last_stop_is_the_present_whoever_has_come_and_gone_since() -> None:
    session = Session()
    me = session.connect()
    session.execute(me, (b"SET", b"k", b"1"))
    session.execute(me, (b"SET", b"k", b"2"))
    session.disconnect(session.connect())
    assert session.step(-1)
    assert session.step(1)
    assert not session.in_past
    assert not session.step(1)
    session.execute(me, (b"PING",))
    assert session.branches == []
