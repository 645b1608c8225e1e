"""Sorted sets member by member: adding, moving, asking, removing, drawing."""

from __future__ import annotations

from math import inf

import pytest

from redlearn.resp.reply import NULL_ARRAY, Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_LONG = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)


@pytest.fixture(params=["listpack", "skiplist"])
def z(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """A sorted set `z` of three members, in either structure."""
    if request.param == "skiplist":
        redis("CONFIG SET zset-max-listpack-entries 0")
    redis("ZADD z 1 a 2 b 3 c")
    assert redis("OBJECT ENCODING z") == request.param.encode()
    return redis


def score(redis: Redis, member: str) -> Reply:
    return redis(f"ZSCORE z {member}")


# --- ZADD -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "pair", "reply", "ends_at"),
    [
        ("", "9 b", 0, 9),
        ("", "2 b", 0, 2),
        ("", "9 new", 1, 9),
        ("NX", "9 b", 0, 2),
        ("NX", "9 new", 1, 9),
        ("XX", "9 b", 0, 9),
        ("XX", "9 new", 0, None),
        ("GT", "1 b", 0, 2),
        ("GT", "9 b", 0, 9),
        ("GT", "9 new", 1, 9),
        ("LT", "1 b", 0, 1),
        ("LT", "9 b", 0, 2),
        ("LT XX", "1 new", 0, None),
        ("CH", "9 b", 1, 9),
        ("CH", "2 b", 0, 2),
        ("CH GT", "1 b", 0, 2),
        ("CH XX LT", "1 b", 1, 1),
        ("ch nx", "9 new", 1, 9),
        ("INCR", "5 b", 7.0, 7),
        ("INCR", "5 new", 5.0, 5),
        ("INCR NX", "5 b", None, 2),
        ("INCR XX", "5 new", None, None),
        ("INCR GT", "-1 b", None, 2),
        ("INCR LT", "-1 b", 1.0, 1),
        ("INCR CH", "5 b", 7.0, 7),
    ],
)
def test_options_decide_whether_a_member_moves(
    z: Redis, options: str, pair: str, reply: Reply, ends_at: float | None
) -> None:
    assert z(f"ZADD z {options} {pair}") == reply
    assert score(z, pair.split()[1]) == ends_at
    z.engine.check()


def test_many_pairs_at_once(z: Redis) -> None:
    assert z("ZADD z 10 a 20 d 30 e 5 d") == 2
    assert z("ZMSCORE z a d e") == [10.0, 5.0, 30.0]
    assert z("ZADD z CH 10 a 21 d 31 f") == 2


def test_several_pairs_count_each_change_and_tell_once(z: Redis) -> None:
    assert changes(z, "ZADD z 10 a 2 b 40 d") == 2
    assert told(z, "ZADD z 11 a 41 d") == ["zadd z"]
    assert passed_on(z, "zadd z 12 a 2 b") == ["zadd z 12 a 2 b"]


@pytest.mark.parametrize("line", ["ZADD z 2 b", "ZADD z XX 9 new", "ZADD z NX 9 b 9 c",
                                  "ZADD z GT 1 b", "ZADD z INCR 0 b"])  # fmt: skip
def test_what_changes_nothing_says_nothing(z: Redis, line: str) -> None:
    assert told(z, line) == []
    assert passed_on(z, line) == []
    assert changes(z, line) == 0


def test_xx_makes_no_key(redis: Redis) -> None:
    assert redis("ZADD none XX 1 a") == 0
    assert redis("ZADD none XX INCR 1 a") is None
    assert redis("EXISTS none") == 0


def test_a_new_sorted_set_is_told_of(redis: Redis) -> None:
    assert told(redis, "ZADD new 1 a") == ["new new", "zadd new"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("inf", inf), ("-inf", -inf), ("+inf", inf), ("Infinity", inf), ("1e3", 1000), ("0x10", 16)],
)
def test_scores_are_doubles(redis: Redis, text: str, number: float) -> None:
    redis(f"ZADD z {text} m")
    assert redis("ZSCORE z m") == number


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ZADD z", "ERR wrong number of arguments for 'zadd' command"),
        ("ZADD z 1", "ERR wrong number of arguments for 'zadd' command"),
        ("ZADD z 1 a 2", "ERR syntax error"),
        ("ZADD z NX XX", "ERR syntax error"),
        ("ZADD z NX 1", "ERR syntax error"),
        ("ZADD z CH CH", "ERR syntax error"),
        ("ZADD z NX XX 1 a", "ERR XX and NX options at the same time are not compatible"),
        ("ZADD z GT LT 1 a",
         "ERR GT, LT, and/or NX options at the same time are not compatible"),
        ("ZADD z NX GT 1 a",
         "ERR GT, LT, and/or NX options at the same time are not compatible"),
        ("ZADD z NX LT x a",
         "ERR GT, LT, and/or NX options at the same time are not compatible"),
        ("ZADD z INCR 1 a 2 b", "ERR INCR option supports a single increment-element pair"),
        ("ZADD z x a", "ERR value is not a valid float"),
        ("ZADD z nan a", "ERR value is not a valid float"),
        ("ZADD z 1 new two b", "ERR value is not a valid float"),
        ("ZADD s x a", "ERR value is not a valid float"),
        ("ZADD s 1 a", WRONG_TYPE),
        ("ZADD s XX 1 a 2 b", WRONG_TYPE),
        ("ZADD i INCR -inf m", "ERR resulting score is not a number (NaN)"),
        ("ZINCRBY i -inf m", "ERR resulting score is not a number (NaN)"),
        ("ZINCRBY z x a", "ERR value is not a valid float"),
        ("ZINCRBY s 1 a", WRONG_TYPE),
        ("ZINCRBY z 1", "ERR wrong number of arguments for 'zincrby' command"),
    ],
)  # fmt: skip
def test_zadd_refuses_without_changing_anything(z: Redis, line: str, text: str) -> None:
    z("SET s v")
    z("ZADD i inf m")
    assert refused(z, line) == text


def test_zincrby_adds_to_what_is_there(z: Redis) -> None:
    assert z("ZINCRBY z 1.5 a") == 2.5
    assert z("ZINCRBY z -1 new") == -1.0
    assert told(z, "ZINCRBY z 1 a") == ["zincr z"]
    assert passed_on(z, "ZINCRBY z 1 a") == ["ZINCRBY z 1 a"]
    assert changes(z, "ZINCRBY z 1 a") == 1
    assert z("ZINCRBY fresh 2 m") == 2.0


# --- Asking and removing --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "there", "missing"),
    [
        ("ZCARD {}", 3, 0),
        ("ZSCORE {} b", 2.0, None),
        ("ZSCORE {} nope", None, None),
        ("ZMSCORE {} b nope a b", [2.0, None, 1.0, 2.0], [None] * 4),
        ("ZRANK {} a", 0, None),
        ("ZRANK {} c", 2, None),
        ("ZRANK {} nope", None, None),
        ("ZREVRANK {} a", 2, None),
        ("ZREVRANK {} c", 0, None),
        ("ZRANK {} b withscore", [1, 2.0], NULL_ARRAY),
        ("ZREVRANK {} a WITHSCORE", [2, 1.0], NULL_ARRAY),
        ("ZRANK {} nope WITHSCORE", NULL_ARRAY, NULL_ARRAY),
    ],
)
def test_asking(z: Redis, line: str, there: Reply, missing: Reply) -> None:
    assert z(line.format("z")) == there
    assert z(line.format("none")) == missing
    assert passed_on(z, line.format("z")) == []


def test_zrem_counts_what_was_there(z: Redis) -> None:
    assert z("ZREM z a nope a") == 1
    assert told(z, "ZREM z nope") == []
    assert told(z, "ZREM z b") == ["zrem z"]
    assert z("ZCARD z") == 1
    assert told(z, "ZREM z c") == ["zrem z", "del z"]
    assert z("ZREM z c") == 0
    z.engine.check()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ZRANK z a NOPE", "ERR syntax error"),
        ("ZRANK z a WITHSCORE x", "ERR wrong number of arguments for 'zrank' command"),
        ("zrevrank z a WITHSCORE x", "ERR wrong number of arguments for 'zrevrank' command"),
        ("ZRANK s a NOPE", "ERR syntax error"),
        ("ZRANK s a", WRONG_TYPE),
        ("ZCARD s", WRONG_TYPE),
        ("ZSCORE s a", WRONG_TYPE),
        ("ZMSCORE s a", WRONG_TYPE),
        ("ZREM s a", WRONG_TYPE),
        ("ZRANDMEMBER s", WRONG_TYPE),
        ("ZRANDMEMBER s 1", WRONG_TYPE),
        ("ZRANDMEMBER z x", NOT_AN_INTEGER),
        ("ZRANDMEMBER z 1 WITHVALUES", "ERR syntax error"),
        ("ZRANDMEMBER z 1 WITHSCORES x", "ERR syntax error"),
        ("ZRANDMEMBER z -9223372036854775808", NOT_A_LONG),
        ("ZRANDMEMBER z 4611686018427387904 WITHSCORES", "ERR value is out of range"),
        ("ZRANDMEMBER z -4611686018427387904 WITHSCORES", "ERR value is out of range"),
        ("ZSCAN s 0", WRONG_TYPE),
        ("ZSCAN z x", "ERR invalid cursor"),
        ("ZSCAN z 0 COUNT 0", "ERR syntax error"),
        ("ZSCAN z 0 NOVALUES", "ERR NOVALUES option can only be used in HSCAN"),
    ],
)
def test_asking_wrongly(z: Redis, line: str, text: str) -> None:
    z("SET s v")
    assert refused(z, line) == text


# --- Drawing and scanning -------------------------------------------------------------------


def test_one_member_by_chance(z: Redis) -> None:
    assert {z("ZRANDMEMBER z") for _ in range(50)} == {b"a", b"b", b"c"}
    assert z("ZRANDMEMBER none") is None


@pytest.mark.parametrize(("count", "size"), [(0, 0), (2, 2), (3, 3), (99, 3)])
def test_different_members(z: Redis, count: int, size: int) -> None:
    drawn = z(f"ZRANDMEMBER z {count}")
    assert len(drawn) == len({*drawn}) == size
    assert z(f"ZRANDMEMBER none {count}") == []


def test_members_that_may_come_twice_and_their_scores(z: Redis) -> None:
    assert {*z("ZRANDMEMBER z -30")} == {b"a", b"b", b"c"}
    drawn = z("ZRANDMEMBER z -30 withscores")
    assert isinstance(drawn, Pairs)
    assert {*drawn} == {(b"a", 1.0), (b"b", 2.0), (b"c", 3.0)}
    assert dict(z("ZRANDMEMBER z 9 WITHSCORES")) == {b"a": 1.0, b"b": 2.0, b"c": 3.0}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", [b"a", b"1", b"b", b"2", b"c", b"3"]),
        ("MATCH [ab]", [b"a", b"1", b"b", b"2"]),
        ("MATCH nope", []),
        ("NOSCORES", [b"a", b"b", b"c"]),
    ],
)
def test_zscan(z: Redis, options: str, found: list[bytes]) -> None:
    cursor, page = z(f"ZSCAN z 0 COUNT 100 {options}")
    assert cursor == b"0"
    assert sorted(page) == sorted(found)
    assert z("ZSCAN none 0 NONSENSE") == [b"0", []]


def test_zscan_spells_scores_as_the_structure_keeps_them(redis: Redis) -> None:
    redis("ZADD z 0.1 a")
    assert redis("ZSCAN z 0") == [b"0", [b"a", b"0.1"]]
    redis("CONFIG SET zset-max-listpack-entries 0")
    redis("ZADD z 1 b")
    _, page = redis("ZSCAN z 0 MATCH a")
    assert page == [b"a", b"0.10000000000000001"]


# --- Encoding -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["ZADD z 1 a 2 b"], b"listpack"),
        (["ZADD z 1 a 2 b 3 c"], b"skiplist"),
        (["ZADD z 1 a 2 b 3 a"], b"skiplist"),  # as many pairs, though two members only
        (["ZADD z 1 a 2 b", "ZADD z 9 a"], b"listpack"),
        (["ZADD z 1 a 2 b", "ZADD z 3 c"], b"skiplist"),
        (["ZADD z 1 a 2 b", "ZINCRBY z 3 c"], b"skiplist"),
        (["ZADD z 1 123456"], b"skiplist"),
        (["ZADD z 123456 a"], b"listpack"),
        (["ZADD z 1 a", "ZADD z XX 2 123456"], b"listpack"),
        (["ZADD z 1 a", "ZADD z 2 123456"], b"skiplist"),
        (["ZADD z 1 a 2 b 3 c", "ZREM z b c"], b"skiplist"),
    ],
)
def test_limits_convert_one_way(redis: Redis, lines: list[str], encoding: bytes) -> None:
    redis("CONFIG SET zset-max-listpack-entries 2 zset-max-listpack-value 5")
    for line in lines:
        redis(line)
    assert redis("OBJECT ENCODING z") == encoding
    redis.engine.check()
