"""GET, SET and their kin: values, options, refusals, and what is said to others."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

NOW_MS = 1_000_000  # where the clock of the fixture starts


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


def test_what_is_set_is_what_is_got_byte_for_byte(redis: Redis) -> None:
    for value in (b"", b"\x00\r\n\xff", b"7", b"007", b"-0", b"x" * 10_000):
        assert redis(b"SET", b"\x00key\xff", value) == OK
        assert redis(b"GET", b"\x00key\xff") == value


def test_get_of_a_missing_key_is_nil_and_of_another_type_an_error(redis: Redis) -> None:
    redis("HSET h f v")
    assert redis("GET nope") is None
    assert refused(redis, "GET h").startswith("WRONGTYPE ")


def test_set_replaces_any_type_and_forgets_the_expiry(redis: Redis) -> None:
    redis("HSET k f v")
    redis("EXPIRE k 100")
    redis("SET k v")
    assert (redis("TYPE k"), redis("TTL k")) != ("hash", 100)
    assert redis("TTL k") == -1
    assert redis("GET k") == b"v"


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        ("12", b"int"),
        ("-9223372036854775808", b"int"),
        ("9223372036854775808", b"embstr"),
        ("012", b"embstr"),
        ("x" * 44, b"embstr"),
        ("x" * 45, b"raw"),
    ],
)
def test_the_value_decides_its_encoding(redis: Redis, value: str, encoding: bytes) -> None:
    redis(f"SET k {value}")
    assert redis("OBJECT ENCODING k") == encoding


@pytest.mark.parametrize(
    ("options", "there", "reply", "value"),
    [
        ("NX", None, OK, b"new"),
        ("NX", "old", None, b"old"),
        ("nx NX", "old", None, b"old"),
        ("XX", None, None, None),
        ("XX", "old", OK, b"new"),
        ("GET", None, None, b"new"),
        ("GET", "old", b"old", b"new"),
        ("NX GET", None, None, b"new"),
        ("NX GET", "old", b"old", b"old"),
        ("XX GET", None, None, None),
        ("GET XX", "old", b"old", b"new"),
        ("IFEQ old", "old", OK, b"new"),
        ("IFEQ other", "old", None, b"old"),
        ("IFEQ other GET", "old", b"old", b"old"),
        ("GET IFEQ old", "old", b"old", b"new"),
        ("IFEQ old", None, None, None),
    ],
)
def test_set_options_decide_whether_the_value_is_stored(
    redis: Redis, options: str, there: str | None, reply: Reply, value: bytes | None
) -> None:
    if there is not None:
        redis(f"SET k {there}")
    assert redis(f"SET k new {options}") == reply
    assert redis("GET k") == value


@pytest.mark.parametrize(
    ("options", "end_ms"),
    [
        ("EX 10", NOW_MS + 10_000),
        ("PX 10", NOW_MS + 10),
        ("EXAT 2000", 2_000_000),
        ("pxat 2000000", 2_000_000),
        ("EX 10 EX 20", NOW_MS + 20_000),
        ("KEEPTTL", NOW_MS + 500_000),
        ("KEEPTTL KEEPTTL GET", NOW_MS + 500_000),
        ("GET", -1),
        ("EX 9223372036853774", 9_223_372_036_853_774_000 + NOW_MS),
        ("EXAT 9223372036854775", 9_223_372_036_854_775_000),
    ],
)
def test_set_options_decide_when_the_key_ends(redis: Redis, options: str, end_ms: int) -> None:
    redis("SET k old PX 500000")
    redis(f"SET k new {options}")
    assert redis("PEXPIRETIME k") == end_ms


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("NX XX", "ERR syntax error"),
        ("XX NX", "ERR syntax error"),
        ("NX IFEQ old", "ERR syntax error"),
        ("IFEQ old IFEQ old", "ERR syntax error"),
        ("IFEQ", "ERR syntax error"),
        ("EX", "ERR syntax error"),
        ("EX 10 PX 10", "ERR syntax error"),
        ("EXAT 10 KEEPTTL", "ERR syntax error"),
        ("KEEPTTL EX 10", "ERR syntax error"),
        ("PERSIST", "ERR syntax error"),
        ("10", "ERR syntax error"),
        ("EX 10 NX PX", "ERR syntax error"),
        ("EX x", "ERR value is not an integer or out of range"),
        ("EX 1.5", "ERR value is not an integer or out of range"),
        ("EX 0", "ERR invalid expire time in 'set' command"),
        ("PX -1", "ERR invalid expire time in 'set' command"),
        ("EXAT 0", "ERR invalid expire time in 'set' command"),
        ("EX 9223372036854775", "ERR invalid expire time in 'set' command"),
        ("EX 9223372036854776", "ERR invalid expire time in 'set' command"),
        ("PX 9223372036854775807", "ERR invalid expire time in 'set' command"),
    ],
)
def test_set_refuses_without_changing_anything(redis: Redis, options: str, message: str) -> None:
    redis("SET k old")
    assert refused(redis, f"SET k new {options}") == message
    assert redis("GET k") == b"old"
    assert redis.ctx.dirty == 1


def test_set_with_get_refuses_another_type_even_where_nx_would_not_set(redis: Redis) -> None:
    redis("HSET h f v")
    assert refused(redis, "SET h v GET").startswith("WRONGTYPE ")
    assert refused(redis, "SET h v NX GET").startswith("WRONGTYPE ")
    assert refused(redis, "SET h v IFEQ v").startswith("WRONGTYPE ")
    assert refused(redis, "SET h v EX 0 GET") == "ERR invalid expire time in 'set' command"


def test_a_key_set_to_end_in_the_past_is_stored_and_dies_when_it_is_asked_for(
    redis: Redis,
) -> None:
    assert redis("SET k v EXAT 1") == OK
    assert redis("DBSIZE") == 1
    assert redis("GET k") is None
    assert redis("DBSIZE") == 0


@pytest.mark.parametrize(
    ("command", "effects"),
    [
        ("SET k v", ["SET k v"]),
        ("set k v XX", ["set k v XX"]),
        ("SET k v NX", []),
        ("SET k v EX 10", ["SET k v PXAT 1010000"]),
        ("set k v px 10 xx get", ["SET k v PXAT 1000010"]),
        ("SET k v EXAT 2000", ["SET k v PXAT 2000000"]),
        ("SET k v PXAT 2000000 GET", ["SET k v PXAT 2000000 GET"]),
        ("SET k v GET", ["SET k v"]),
        ("set k v get KEEPTTL Get", ["set k v KEEPTTL"]),
        ("SET k v IFEQ old GET", ["SET k v IFEQ old"]),
        ("SETEX k 10 v", ["SET k v PXAT 1010000"]),
        ("PSETEX k 10 v", ["SET k v PXAT 1000010"]),
        ("SETNX new v", ["SETNX new v"]),
        ("SETNX k v", []),
        ("MSET k v l w", ["MSET k v l w"]),
        ("MSETNX k v l w", []),
        ("GETSET k v", ["SET k v"]),
        ("GETDEL k", ["DEL k"]),
        ("GETDEL nope", []),
        ("GETEX k", []),
        ("GETEX k EX 10", ["PEXPIREAT k 1010000"]),
        ("GETEX k PXAT 2000000", ["PEXPIREAT k 2000000"]),
        ("GETEX k PERSIST", ["PERSIST k"]),
        ("GETEX k EXAT 999", ["DEL k"]),
        ("DELIFEQ k old", ["DEL k"]),
        ("DELIFEQ k other", []),
    ],
)
def test_what_is_passed_on_does_not_depend_on_clock_or_state(
    redis: Redis, command: str, effects: list[str]
) -> None:
    redis("SET k old PX 500000")
    assert passed_on(redis, command) == effects


def test_a_comparison_with_the_word_get_is_not_taken_for_the_option(redis: Redis) -> None:
    redis("SET k get")
    assert passed_on(redis, "SET k v GET IFEQ get GET") == ["SET k v IFEQ get"]


@pytest.mark.parametrize(
    ("command", "events", "counted"),
    [
        ("SET k v", ["set k"], 1),
        ("SET new v", ["new new", "set new"], 1),
        ("SET k v EX 10", ["set k", "expire k"], 1),
        ("SET k v NX", [], 0),
        ("SET new v GET", ["keymiss new", "new new", "set new"], 1),
        ("GET nope", ["keymiss nope"], 0),
        ("MGET k nope", ["keymiss nope"], 0),
        ("MSET k v new w", ["set k", "new new", "set new"], 2),
        ("MSETNX new v new w", ["new new", "set new", "set new"], 2),
        ("GETSET k v", ["set k"], 1),
        ("GETDEL k", ["del k"], 1),
        ("GETEX k EX 10", ["expire k"], 1),
        ("GETEX k EXAT 1", ["del k"], 1),
        ("GETEX k PERSIST", ["persist k"], 1),
        ("GETEX nope EX 10", ["keymiss nope"], 0),
        ("DELIFEQ k old", ["del k"], 1),
    ],
)
def test_each_change_is_told_and_counted(
    redis: Redis, command: str, events: list[str], counted: int
) -> None:
    redis("SET k old PX 500000")
    other = redis.connect()
    other("SELECT 1")
    other("SET k old PX 500000")
    assert told(redis, command) == events
    assert changes(other, command) == counted


def test_getex_reads_and_moves_the_end(redis: Redis) -> None:
    redis("SET k v EX 100")
    assert redis("GETEX k") == b"v"
    assert redis("TTL k") == 100
    assert redis("GETEX k PERSIST") == b"v"
    assert redis("TTL k") == -1
    assert redis("GETEX k PX 1500") == b"v"
    assert redis("PTTL k") == 1500
    assert redis("GETEX k PXAT 1000") == b"v"
    assert redis("EXISTS k") == 0


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("GETEX k KEEPTTL", "ERR syntax error"),
        ("GETEX k NX", "ERR syntax error"),
        ("GETEX k EX 10 PERSIST", "ERR syntax error"),
        ("GETEX nope EX", "ERR syntax error"),
        ("GETEX k EX 0", "ERR invalid expire time in 'getex' command"),
        ("SETEX k 0 v", "ERR invalid expire time in 'setex' command"),
        ("SETEX h x v", "ERR value is not an integer or out of range"),
        ("PSETEX k -5 v", "ERR invalid expire time in 'psetex' command"),
        ("MSET k v l", "ERR wrong number of arguments for 'mset' command"),
        ("MSETNX k v l", "ERR wrong number of arguments for 'msetnx' command"),
    ],
)
def test_other_calls_are_refused_in_the_servers_words(
    redis: Redis, command: str, message: str
) -> None:
    redis("SET k v")
    assert refused(redis, command) == message


def test_getex_looks_at_the_key_before_it_looks_at_the_number(redis: Redis) -> None:
    redis("HSET h f v")
    assert redis("GETEX nope EX 0") is None
    assert refused(redis, "GETEX h EX x").startswith("WRONGTYPE ")


def test_mget_gives_nil_for_what_is_no_string(redis: Redis) -> None:
    redis("SET k v")
    redis("HSET h f v")
    assert redis("MGET k h nope k") == [b"v", None, None, b"v"]


def test_msetnx_sets_all_or_none(redis: Redis) -> None:
    assert redis("MSETNX a 1 b 2") == 1
    assert redis("MSETNX c 3 a 4") == 0
    assert redis("MGET a b c") == [b"1", b"2", None]


def test_getset_forgets_the_expiry_and_refuses_another_type(redis: Redis) -> None:
    redis("SET k v EX 100")
    redis("HSET h f v")
    assert redis("GETSET k w") == b"v"
    assert redis("TTL k") == -1
    assert refused(redis, "GETSET h w").startswith("WRONGTYPE ")


def test_delifeq_deletes_only_what_holds_just_this(redis: Redis) -> None:
    redis("SET lock 7")
    assert redis("DELIFEQ lock 07") == 0
    assert redis("DELIFEQ nope 7") == 0
    assert redis("DELIFEQ lock 7") == 1
    assert redis("EXISTS lock") == 0


def test_set_takes_the_short_way_past_an_expired_key_too(redis: Redis) -> None:
    redis("SET k old PX 10")
    redis("SET other v PX 100000")
    redis.advance(10)
    assert passed_on(redis, "SET k new") == ["MULTI", "DEL k", "SET k new", "EXEC"]
    redis("SET k new KEEPTTL")
    assert redis("TTL k") == -1


def test_overwriting_marks_the_key_as_used(redis: Redis) -> None:
    redis("SET k v")
    redis.advance(5000)
    redis("SET k w")
    assert redis("OBJECT IDLETIME k") == 0


# --- MSETEX; refusals were seen on Valkey 9.1 -----------------------------------------------


def test_msetex_lets_all_expire_at_once(redis: Redis) -> None:
    assert redis("MSETEX 2 a 1 b 2 EX 10") == 1
    assert (redis("MGET a b"), redis("PTTL b")) == ([b"1", b"2"], 10_000)
    assert redis("MSETEX 1 a 9 KEEPTTL") == 1
    assert redis("MSETEX 1 b 9") == 1
    assert (redis("TTL a"), redis("TTL b")) == (10, -1)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MSETEX 2 there 9 new 9 NX", 0), ("MSETEX 2 there 9 new 9 XX", 0),
        ("MSETEX 2 n1 9 n2 9 NX", 1), ("MSETEX 2 there 9 h 9 XX PX 5", 1),
    ],
)  # fmt: skip
def test_msetex_is_all_or_nothing(redis: Redis, command: str, reply: int) -> None:
    redis("SET there v")
    redis("HSET h f v")
    assert redis(command) == reply
    assert (redis("GET there") == b"9") == (reply == 1 and "there" in command)


def test_msetex_is_passed_on_with_its_moment(redis: Redis) -> None:
    assert passed_on(redis, "MSETEX 2 a 1 b 2 EX 10 NX") == ["MSETEX 2 a 1 b 2 PXAT 1010000 NX"]
    assert passed_on(redis, "MSETEX 1 a 1 XX PX 10") == ["MSETEX 1 a 1 XX PXAT 1000010"]
    assert passed_on(redis, "MSETEX 1 a 1 PXAT 2000000") == ["MSETEX 1 a 1 PXAT 2000000"]
    assert passed_on(redis, "MSETEX 1 a 1 KEEPTTL") == ["MSETEX 1 a 1 KEEPTTL"]
    assert told(redis, "MSETEX 2 a 1 b 2 EX 10") == ["set a", "expire a", "set b", "expire b"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("MSETEX 2 a 1", "ERR syntax error"),
        ("MSETEX 1 a 1 b 2", "ERR syntax error"),
        ("MSETEX 1 a 1 GET", "ERR syntax error"),
        ("MSETEX 1 a 1 NX XX", "ERR syntax error"),
        ("MSETEX 1 a 1 EX", "ERR syntax error"),
        ("MSETEX 1 a 1 EX 1 KEEPTTL", "ERR syntax error"),
        ("MSETEX 0 a 1", "ERR invalid numkeys value or out of range"),
        ("MSETEX x a 1", "ERR invalid numkeys value or out of range"),
        ("MSETEX 2147483648 a 1", "ERR invalid numkeys value or out of range"),
        ("MSETEX 1 a 1 EX x", "ERR value is not an integer or out of range"),
        ("MSETEX 1 a 1 EX 0", "ERR invalid expire time in 'msetex' command"),
    ],
)
def test_msetex_refusals(redis: Redis, command: str, text: str) -> None:
    assert refused(redis, command) == text
