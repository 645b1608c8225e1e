"""HEXPIRE and its kin: when fields end, who finds them, and what others are told."""

from __future__ import annotations

import pytest

from redlearn.engine import expire_cycle
from redlearn.engine.expiry import FieldExpired
from redlearn.probe import Event
from redlearn.resp.reply import OK
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

NOW_MS = 1_000_000
MANY = "f1 f2 f3 f4 f5"


@pytest.fixture(params=["listpackex", "hashtable"])
def timed(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """A hash `h` of a, b, c, d in each form; a ends in 10 s, b in 20, c and d never."""
    if request.param == "hashtable":
        redis("CONFIG SET hash-max-listpack-entries 0")
    redis("HSET h a 1 b 2 c 3 d 4")
    redis("HEXPIRE h 10 FIELDS 1 a")
    redis("HEXPIRE h 20 FIELDS 1 b")
    assert redis("OBJECT ENCODING h") == request.param.encode()
    return redis


def wait(redis: Redis, ms: int) -> None:
    """Let time pass while nobody looks."""
    redis.clock.ms += ms


@pytest.mark.parametrize(
    ("command", "left_ms"),
    [
        ("HEXPIRE h 100 FIELDS 1 c", 100_000),
        ("HPEXPIRE h 1500 FIELDS 1 c", 1500),
        ("HEXPIREAT h 1100 FIELDS 1 c", 100_000),
        ("hpexpireat h 1000250 nx fields 1 c", 250),
    ],
)
def test_an_end_is_given_in_any_of_four_ways(timed: Redis, command: str, left_ms: int) -> None:
    assert timed(command) == [1]
    assert timed("HPTTL h FIELDS 1 c") == [left_ms]
    assert timed("HPEXPIRETIME h FIELDS 1 c") == [NOW_MS + left_ms]


def test_seconds_are_rounded_up(timed: Redis) -> None:
    wait(timed, 1)
    assert timed("HTTL h FIELDS 4 a b c none") == [10, 20, -1, -2]
    timed("HPEXPIREAT h 2000001 FIELDS 1 c")
    assert timed("HEXPIRETIME h FIELDS 2 c d") == [2001, -1]


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        ("NX", [0, 0, 1, -2]),
        ("XX", [1, 1, 0, -2]),
        ("GT", [1, 0, 0, -2]),
        ("LT", [0, 1, 1, -2]),
        ("", [1, 1, 1, -2]),
    ],
)
def test_conditions(timed: Redis, condition: str, answers: list[int]) -> None:
    assert timed(f"HEXPIRE h 15 {condition} FIELDS 4 a b c none") == answers


def test_a_moment_that_is_there_already_is_neither_greater_nor_less(timed: Redis) -> None:
    assert timed("HEXPIRE h 10 GT FIELDS 1 a") == [0]
    assert timed("HEXPIRE h 10 LT FIELDS 1 a") == [0]


def test_a_moment_in_the_past_deletes_at_once(timed: Redis) -> None:
    assert timed("HEXPIRE h 0 FIELDS 3 a c none") == [2, 2, -2]
    assert timed("HGETALL h") == {b"b": b"2", b"d": b"4"}
    assert timed("HPEXPIREAT h 1 FIELDS 2 b d") == [2, 2]
    assert timed("EXISTS h") == 0


def test_what_was_deleted_at_once_is_told_as_deleted(timed: Redis) -> None:
    assert told(timed, "HEXPIRE h 0 FIELDS 1 a") == ["hdel h"]
    assert passed_on(timed, "HEXPIRE h 0 FIELDS 1 b") == ["HDEL h b"]
    assert passed_on(timed, "HEXPIRE h 0 FIELDS 3 c none d") == [
        "MULTI", "HDEL h c", "HDEL h d", "EXEC"]  # fmt: skip
    timed("HSET h z 1")
    assert told(timed, "HEXPIRE h 0 FIELDS 1 z") == ["hdel h", "del h"]


def test_just_the_fields_that_got_an_end_are_passed_on(timed: Redis) -> None:
    assert passed_on(timed, "HEXPIRE h 15 gt FIELDS 4 a b c none") == [
        "HPEXPIREAT h 1015000 gt FIELDS 1 a"]  # fmt: skip
    assert passed_on(timed, "HEXPIRE h 15 GT FIELDS 1 c") == []
    assert passed_on(timed, "HEXPIRE none 15 FIELDS 1 c") == []


@pytest.mark.parametrize(
    ("command", "events", "count"),
    [
        ("HEXPIRE h 5 FIELDS 3 a c none", ["hexpire h"], 2),
        ("HEXPIRE h 5 NX FIELDS 1 a", [], 0),
        ("HPERSIST h FIELDS 2 a b", ["hpersist h"], 1),
        ("HPERSIST h FIELDS 1 c", [], 0),
    ],
)
def test_what_is_told_and_counted(
    timed: Redis, command: str, events: list[str], count: int
) -> None:
    copy = timed("DUMP h")
    assert isinstance(copy, bytes)
    assert changes(timed, command) == count
    timed(b"RESTORE", b"h", b"0", copy, b"REPLACE")
    assert told(timed, command) == events


def test_persist_takes_the_end_away(timed: Redis) -> None:
    assert timed("HPERSIST h FIELDS 3 a c none") == [1, -1, -2]
    assert timed("HTTL h FIELDS 2 a b") == [-1, 20]
    assert passed_on(timed, "HPERSIST h FIELDS 1 b") == ["HPERSIST h FIELDS 1 b"]
    wait(timed, 60_000)
    timed.engine.tick()
    assert timed("HLEN h") == 4


REFUSALS = [
    ("HEXPIRE s x FIELDS 1 f", "WRONGTYPE"),
    ("HEXPIRE h x FIELDS 1 f", "ERR value is not an integer or out of range"),
    ("HEXPIRE h -1 FIELDS 1 f", "ERR invalid expire time, must be >= 0"),
    ("HEXPIRE h 70368744178 FIELDS 1 f", "ERR invalid expire time in 'hexpire' command"),
    ("HPEXPIRE h 70368744177663 FIELDS 1 f", "ERR invalid expire time in 'hpexpire' command"),
    ("HPEXPIREAT h 70368744177664 FIELDS 1 f", "ERR invalid expire time in 'hpexpireat' command"),
    ("HEXPIRE h 1 NX XX FIELDS 1 f", "ERR Mandatory argument FIELDS is missing or not at the"),
    ("HEXPIRE h 1 NO FIELDS 1 f", "ERR Mandatory argument FIELDS is missing or not at the"),
    ("HEXPIRE h 1 FIELDS 0 f", "ERR Parameter `numFields` should be greater than 0"),
    ("HEXPIRE h 1 NX FIELDS x f", "ERR Parameter `numFields` should be greater than 0"),
    ("HEXPIRE h 1 FIELDS 2 f", "ERR The `numfields` parameter must match the number of arguments"),
    ("HEXPIRE h 1 FIELDS 1 f NX", "ERR The `numfields` parameter must match the number of"),
    ("HTTL s FIELDS 1 f", "WRONGTYPE"),
    ("HTTL s NO 1 f", "WRONGTYPE"),
    ("HTTL h NO 1 f", "ERR Mandatory argument FIELDS is missing or not at the right position"),
    ("HPTTL h FIELDS 0 f", "ERR Number of fields must be a positive integer"),
    ("HEXPIRETIME none FIELDS 2 f", "ERR The `numfields` parameter must match the number of"),
    ("HPERSIST h FIELDS x f", "ERR Number of fields must be a positive integer"),
    ("HPERSIST h NO 1 f", "ERR Mandatory argument FIELDS is missing or not at the right position"),
    ("HEXPIRE h 1 FIELDS 1", "ERR wrong number of arguments for 'hexpire' command"),
]


@pytest.mark.parametrize(("command", "text"), REFUSALS)
def test_refusals(timed: Redis, command: str, text: str) -> None:
    timed("SET s v")
    assert refused(timed, command).startswith(text)


@pytest.mark.parametrize("command", ["HEXPIRE none 1", "HTTL none", "HPERSIST none"])
def test_without_a_hash_there_is_no_field(redis: Redis, command: str) -> None:
    assert redis(f"{command} FIELDS 2 a b") == [-2, -2]
    assert redis("EXISTS none") == 0


# --- Found dead -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("HGET h a", None), ("HEXISTS h a", 0), ("HSTRLEN h a", 0), ("HMGET h a b", [None, b"2"]),
        ("HINCRBY h a 5", 5), ("HINCRBYFLOAT h a 0.5", b"0.5"), ("HSETNX h a new", 1),
        ("HTTL h FIELDS 1 a", [-2]), ("HPERSIST h FIELDS 1 a", [-2]),
        ("HGETALL h", {b"b": b"2", b"c": b"3", b"d": b"4"}), ("HSCAN h 0 MATCH a", [b"0", []]),
        ("HLEN h", 4), ("HDEL h a", 1), ("HSET h a new", 0), ("HGETDEL h FIELDS 1 a", [None]),
        ("HGETEX h FIELDS 1 a", [None]), ("HSETEX h FXX FIELDS 1 a v", 0),
        ("HEXPIRE h 50 FIELDS 1 a", [1]),
    ],
)  # fmt: skip
def test_a_field_past_its_time(timed: Redis, command: str, reply: object) -> None:
    """HLEN, HDEL, HSET and HEXPIRE do not ask whether its time has passed: as in Redis 7.4."""
    wait(timed, 10_001)
    assert timed(command) == reply
    timed.engine.check()


def test_it_lives_through_its_last_millisecond(timed: Redis) -> None:
    wait(timed, 10_000)
    assert timed("HGET h a") == b"1"
    assert timed("HLEN h") == 4


@pytest.mark.parametrize(
    "command", ["HGET h a", "HEXISTS h a", "HSTRLEN h a", "HMGET h a c", "HRANDFIELD h"]
)
def test_whoever_asks_for_it_takes_it_out(timed: Redis, command: str) -> None:
    wait(timed, 10_001)
    assert passed_on(timed, command) == ["HDEL h a"]
    assert timed("HLEN h") == 3


def test_asking_tells_of_its_end(timed: Redis) -> None:
    wait(timed, 10_001)
    assert told(timed, "HGET h a") == ["hexpired h"]
    timed("HDEL h c d")
    wait(timed, 10_001)
    assert told(timed, "HGET h b") == ["hexpired h", "del h"]
    assert timed("EXISTS h") == 0


@pytest.mark.parametrize("command", ["HGETALL h", "HKEYS h", "HVALS h", "HSCAN h 0", "HLEN h"])
def test_looking_over_the_hash_leaves_it_where_it_is(timed: Redis, command: str) -> None:
    wait(timed, 10_001)
    assert passed_on(timed, command) == []
    assert timed("HLEN h") == 4


def test_a_command_that_writes_finds_a_new_hash_where_the_last_field_is_over(redis: Redis) -> None:
    for command, value in (("HINCRBY h f 3", b"3"), ("HSETNX h f 9", b"9"),
                           ("HINCRBYFLOAT h f 1.5", b"1.5")):  # fmt: skip
        redis("HSET h f 1")
        redis("HPEXPIRE h 5 FIELDS 1 f")
        wait(redis, 6)
        assert passed_on(redis, command)[1] == "HDEL h f"
        assert (redis("HGET h f"), redis("HTTL h FIELDS 1 f")) == (value, [-1])
        redis("DEL h")


def test_hmget_tells_once_and_not_of_a_lone_last_field(redis: Redis) -> None:
    redis("HSET h a 1 b 2")
    redis("HPEXPIRE h 5 FIELDS 2 a b")
    wait(redis, 6)
    assert told(redis, "HMGET h a b a") == ["hexpired h", "del h"]
    redis("HSET h a 1")
    redis("HPEXPIRE h 5 FIELDS 1 a")
    wait(redis, 6)
    assert told(redis, "HMGET h a") == []
    assert redis("EXISTS h") == 0


def test_hrandfield_takes_out_all_that_are_over(timed: Redis) -> None:
    wait(timed, 20_001)
    assert timed("HRANDFIELD h 9") in ([b"c", b"d"], [b"d", b"c"])
    timed("HPEXPIRE h 1 FIELDS 2 c d")
    wait(timed, 2)
    assert told(timed, "HRANDFIELD h 0") == ["hexpired h", "del h"]
    assert timed("HRANDFIELD h") is None


def test_sort_does_not_see_it(redis: Redis) -> None:
    redis("RPUSH l 1 2")
    redis("HSET w1 by 9")
    redis("HSET w2 by 5")
    redis("HPEXPIRE w1 5 FIELDS 1 by")
    assert redis("SORT l BY w*->by GET w*->by") == [b"5", b"9"]
    wait(redis, 6)
    assert redis("SORT l BY w*->by GET w*->by") == [None, b"5"]
    assert redis("EXISTS w1") == 0


# --- What commands do to the end of a field -------------------------------------------------


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("HSET h a 9", -1), ("HMSET h a 9 b 8", -1), ("HSETNX h a 9", 10), ("HINCRBY h a 1", 10),
        ("HINCRBYFLOAT h a 1", 10), ("HSET h z 9", 10), ("HDEL h b", 10), ("HGETALL h", 10),
    ],
)  # fmt: skip
def test_a_new_value_lets_it_live_and_a_sum_does_not(timed: Redis, command: str, left: int) -> None:
    timed(command)
    assert timed("HTTL h FIELDS 1 a") == [left]
    timed.engine.check()


def test_a_sum_with_a_fraction_is_passed_on_with_the_end(timed: Redis) -> None:
    assert passed_on(timed, "HINCRBYFLOAT h a 0.5") == ["HSETEX h PXAT 1010000 FIELDS 1 a 1.5"]
    assert passed_on(timed, "HINCRBYFLOAT h c 0.5") == ["HSET h c 3.5"]


@pytest.mark.parametrize(
    "command", ["RENAME h k", "COPY h k", "RESTORE", "MOVE", "SWAPDB 0 1", "RENAMENX h k"]
)
def test_ends_go_along_with_the_hash(timed: Redis, command: str) -> None:
    if command == "RESTORE":
        payload = timed("DUMP h")
        assert isinstance(payload, bytes)
        assert timed(b"RESTORE", b"k", b"0", payload) == OK
    elif command == "MOVE":
        timed("MOVE h 1")
        timed("SELECT 1")
        timed("RENAME h k")
    else:
        timed(command)
        if command.startswith("SWAPDB"):
            timed("SELECT 1")
            timed("RENAME h k")
    timed.engine.check()
    assert timed("HTTL k FIELDS 3 a b c") == [10, 20, -1]
    wait(timed, 20_001)
    timed.engine.tick()
    assert timed("HLEN k") == 2


@pytest.mark.parametrize("command", ["DEL h", "SET h v", "FLUSHALL", "UNLINK h", "RENAME s h"])
def test_a_hash_that_is_gone_ends_no_more(timed: Redis, command: str) -> None:
    timed("SET s v")
    timed(command)
    timed.engine.check()
    assert len(timed.engine.state.databases[0].hexpires) == 0


def test_asking_is_enough_to_change_the_form(redis: Redis) -> None:
    redis("HSET h f v")
    redis("HEXPIRE h 10 FIELDS 1 none")
    assert redis("OBJECT ENCODING h") == b"listpackex"
    redis("HSET k f v")
    redis("HTTL k FIELDS 1 f")
    redis("HPERSIST k FIELDS 1 f")
    assert redis("OBJECT ENCODING k") == b"listpack"


@pytest.mark.parametrize("command", ["HSET h e 5 f 6", "HSET h long " + "x" * 65])
def test_past_a_limit_the_ends_go_over_to_the_table(redis: Redis, command: str) -> None:
    redis("CONFIG SET hash-max-listpack-entries 5")
    redis("HSET h a 1 b 2 c 3 d 4")
    redis("HEXPIRE h 10 FIELDS 2 a b")
    redis(command)
    assert redis("OBJECT ENCODING h") == b"hashtable"
    assert redis("HTTL h FIELDS 3 a b c") == [10, 10, -1]
    redis.engine.check()


# --- The cycle ------------------------------------------------------------------------------


def test_the_cycle_takes_fields_out_as_their_time_comes(timed: Redis) -> None:
    events: list[Event] = []
    timed.engine.watch(events.append)
    wait(timed, 10_000)
    timed.engine.tick()
    timed.engine.watch(None)
    expired = [event for event in events if isinstance(event, FieldExpired)]
    assert expired == [FieldExpired(0, b"h", b"a", "active", NOW_MS + 10_000, NOW_MS + 10_000)]
    assert timed("HLEN h") == 3
    timed.engine.check()


def test_the_last_field_takes_the_key_along(redis: Redis) -> None:
    redis("HSET h a 1 b 2")
    redis("HPEXPIRE h 5 FIELDS 2 a b")
    units: list[object] = []
    redis.engine.state.sinks.append(units.append)
    wait(redis, 5)
    redis.engine.tick()
    assert redis("EXISTS h") == 0
    assert len(units) == 2, "each field is passed on by itself"


def test_a_call_takes_a_thousand_fields_and_the_next_goes_on(redis: Redis) -> None:
    for number in range(2500):
        redis(f"HSET h f{number} v")
    names = " ".join(f"f{number}" for number in range(2500))
    redis("HSET other f v")
    redis("HPEXPIRE other 9 FIELDS 1 f")
    redis(f"HPEXPIRE h 5 FIELDS 2500 {names}")
    redis("HSET h stays v")
    wait(redis, 9)
    redis("PING")
    expire_cycle.expire_fields(redis.ctx, lambda: None)
    assert redis("HLEN h") == 1501
    expire_cycle.expire_fields(redis.ctx, lambda: None)
    expire_cycle.expire_fields(redis.ctx, lambda: None)
    assert (redis("HLEN h"), redis("EXISTS other")) == (1, 0)
    redis.engine.check()


def test_with_the_cycle_off_fields_stay_until_somebody_asks(timed: Redis) -> None:
    timed.engine.state.active_expire = False
    wait(timed, 60_000)
    timed.engine.tick()
    assert timed("HLEN h") == 4


def test_watchers_learn_of_a_field_that_ended(timed: Redis) -> None:
    timed("WATCH h")
    wait(timed, 10_001)
    timed.engine.tick()
    timed("MULTI")
    timed("PING")
    assert timed("EXEC") != [b"PONG"]
