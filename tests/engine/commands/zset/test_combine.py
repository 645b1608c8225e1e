"""Several sorted sets made into one."""

from __future__ import annotations

from math import inf

import pytest

from redlearn.resp.reply import Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"

Rows = list[tuple[bytes, float]]


@pytest.fixture(params=["listpack", "skiplist"])
def z(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """`x` and `y`, which share b and c."""
    if request.param == "skiplist":
        redis("CONFIG SET zset-max-listpack-entries 0")
    redis("ZADD x 1 a 2 b 3 c")
    redis("ZADD y 10 b 20 c 30 d")
    return redis


@pytest.mark.parametrize(
    ("call", "rows"),
    [
        ("ZUNION 2 x y", [(b"a", 1), (b"b", 12), (b"c", 23), (b"d", 30)]),
        ("ZUNION 2 x none", [(b"a", 1), (b"b", 2), (b"c", 3)]),
        ("ZUNION 2 x x", [(b"a", 2), (b"b", 4), (b"c", 6)]),
        ("ZUNION 1 none", []),
        ("ZUNION 2 x y WEIGHTS 2 0.5", [(b"a", 2), (b"b", 9), (b"d", 15), (b"c", 16)]),
        ("ZUNION 2 x y aggregate min", [(b"a", 1), (b"b", 2), (b"c", 3), (b"d", 30)]),
        ("ZUNION 2 x y AGGREGATE MAX", [(b"a", 1), (b"b", 10), (b"c", 20), (b"d", 30)]),
        ("ZUNION 2 x y WEIGHTS -1 1 AGGREGATE MIN",
         [(b"c", -3), (b"b", -2), (b"a", -1), (b"d", 30)]),
        ("ZINTER 2 x y", [(b"b", 12), (b"c", 23)]),
        ("ZINTER 2 x none", []),
        ("ZINTER 3 x y x", [(b"b", 14), (b"c", 26)]),
        ("ZINTER 2 x y WEIGHTS 0 1 AGGREGATE MAX", [(b"b", 10), (b"c", 20)]),
        ("ZINTER 1 x", [(b"a", 1), (b"b", 2), (b"c", 3)]),
        ("ZDIFF 2 x y", [(b"a", 1)]),
        ("ZDIFF 2 y x", [(b"d", 30)]),
        ("ZDIFF 1 x", [(b"a", 1), (b"b", 2), (b"c", 3)]),
        ("ZDIFF 2 x x", []),
        ("ZDIFF 3 x y none", [(b"a", 1)]),
        ("ZDIFF 2 none x", []),
    ],
)  # fmt: skip
def test_combining(z: Redis, call: str, rows: Rows) -> None:
    assert z(call) == [member for member, _ in rows]
    assert z(f"{call} withscores") == Pairs(rows)
    assert passed_on(z, call) == []


@pytest.mark.parametrize(
    ("call", "rows"),
    [
        ("ZUNIONSTORE {} 2 x y", [(b"a", 1), (b"b", 12), (b"c", 23), (b"d", 30)]),
        ("ZINTERSTORE {} 2 x y AGGREGATE MIN", [(b"b", 2), (b"c", 3)]),
        ("ZDIFFSTORE {} 2 x y", [(b"a", 1)]),
    ],
)
@pytest.mark.parametrize("target", ["new", "x", "s"])
def test_storing_the_outcome(z: Redis, call: str, rows: Rows, target: str) -> None:
    z("SET s v EX 100")
    assert z(call.format(target)) == len(rows)
    assert z(f"ZRANGE {target} 0 -1 WITHSCORES") == Pairs(rows)
    assert z(f"TTL {target}") == -1
    z.engine.check()


@pytest.mark.parametrize("name", ["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"])
def test_storing_tells_counts_and_passes_on(z: Redis, name: str) -> None:
    call = f"{name} d 1 x"
    assert told(z, call) == ["new d", name.lower() + " d"]
    assert told(z, call) == [name.lower() + " d"]
    assert passed_on(z, call) == [call]
    assert changes(z, call) == 1


@pytest.mark.parametrize("name", ["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"])
def test_storing_nothing_deletes_what_was_there(z: Redis, name: str) -> None:
    z("SET d v")
    assert told(z, f"{name} d 1 none") == ["keymiss none", "del d"]
    assert z(f"{name} d 1 none") == 0
    assert passed_on(z, f"{name} d 1 none") == []
    z("SET d v PX 5")
    z.advance(5)
    assert passed_on(z, f"{name} d 1 none") == [f"{name} d 1 none"]


@pytest.mark.parametrize(
    ("options", "count"),
    [("", 2), (" LIMIT 1", 1), (" limit 9", 2), (" LIMIT 0", 2)],
)
def test_zintercard_counts_up_to_a_limit(z: Redis, options: str, count: int) -> None:
    assert z("ZINTERCARD 2 x y" + options) == count
    assert z("ZINTERCARD 2 x none" + options) == 0


# --- Infinities and weights -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "score"),
    [
        ("ZUNION 2 p m WITHSCORES", 0.0),
        ("ZINTER 2 p m WITHSCORES", 0.0),
        ("ZUNION 1 p WEIGHTS 0 WITHSCORES", 0.0),
        ("ZUNION 1 p WEIGHTS -1 WITHSCORES", -inf),
        ("ZUNION 2 p m AGGREGATE MIN WITHSCORES", -inf),
        ("ZUNION 1 m WEIGHTS inf WITHSCORES", -inf),
    ],
)
def test_infinity_never_becomes_no_number(redis: Redis, call: str, score: float) -> None:
    redis("ZADD p inf k")
    redis("ZADD m -inf k")
    assert redis(call) == Pairs([(b"k", score)])


def test_ties_come_in_the_order_of_their_bytes(redis: Redis) -> None:
    redis("ZADD x 1 b 1 a")
    redis("ZADD y 1 c 1 \xff")
    assert redis("ZUNION 2 x y")[:3] == [b"a", b"b", b"c"]


def test_the_outcome_is_as_small_as_its_limits_allow(redis: Redis) -> None:
    redis("CONFIG SET zset-max-listpack-entries 2")
    redis("ZADD x 1 a 2 b 3 c")
    redis("ZADD y 1 a 2 b 9 d")
    assert redis("OBJECT ENCODING x") == b"skiplist"
    redis("ZINTERSTORE d 2 x y")
    assert redis("OBJECT ENCODING d") == b"listpack"
    redis("ZUNIONSTORE d 2 x y")
    assert redis("OBJECT ENCODING d") == b"skiplist"


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ZUNION 0 x", "ERR at least 1 input key is needed for 'zunion' command"),
        ("ZINTER -1 x", "ERR at least 1 input key is needed for 'zinter' command"),
        ("ZDIFF 0 x", "ERR at least 1 input key is needed for 'zdiff' command"),
        ("ZUNIONSTORE d 0 x", "ERR at least 1 input key is needed for 'zunionstore' command"),
        ("ZINTERCARD 0 x", "ERR at least 1 input key is needed for 'zintercard' command"),
        ("ZUNION x x", NOT_AN_INTEGER),
        ("ZUNION 3 x y", "ERR syntax error"),
        ("ZUNIONSTORE d 3 x y", "ERR syntax error"),
        ("ZUNION 2 x s", WRONG_TYPE),
        ("ZUNION 2 s x NONSENSE", WRONG_TYPE),
        ("ZUNION 1 x NONSENSE", "ERR syntax error"),
        ("ZUNION 2 x y WEIGHTS 1", "ERR syntax error"),
        ("ZUNION 2 x y WEIGHTS 1 x", "ERR weight value is not a float"),
        ("ZUNION 2 x y WEIGHTS 1 nan", "ERR weight value is not a float"),
        ("ZUNION 2 x y AGGREGATE", "ERR syntax error"),
        ("ZUNION 2 x y AGGREGATE AVG", "ERR syntax error"),
        ("ZUNIONSTORE d 2 x y WITHSCORES", "ERR syntax error"),
        ("ZDIFF 2 x y WEIGHTS 1 1", "ERR syntax error"),
        ("ZDIFF 2 x y AGGREGATE SUM", "ERR syntax error"),
        ("ZDIFFSTORE d 2 x y WITHSCORES", "ERR syntax error"),
        ("ZINTERCARD 2 x y LIMIT", "ERR syntax error"),
        ("ZINTERCARD 2 x y LIMIT -1", "ERR LIMIT can't be negative"),
        ("ZINTERCARD 2 x y LIMIT x", "ERR LIMIT can't be negative"),
        ("ZINTERCARD 2 x y WITHSCORES", "ERR syntax error"),
    ],
)
def test_combining_refuses_without_changing_anything(z: Redis, line: str, text: str) -> None:
    z("SET s v")
    assert refused(z, line) == text


def test_reply_types(z: Redis) -> None:
    plain: Reply = z("ZUNION 1 x")
    assert not isinstance(plain, Pairs)
