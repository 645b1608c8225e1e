"""The digest of a dataset: what it sees, and what leaves no trace in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.engine.digest import digest_of_dataset, digest_of_value
from tests.conftest import Redis

NOTHING = "0" * 40

# What Redis 7.0.15 and Valkey 9.1 answer to DEBUG DIGEST-VALUE k (tests/oracle/test_debug.py).
DIGESTS = {
    "SET k hello": "36b23a1456b2dce2c3ed252c456761301dba8060",
    "SET k 12": "655ac46b180ad2f61a3cee25f0b1780fa2ec879a",
    "RPUSH k a b 3": "09eb1fc9381ee92790d59930ab462945f8cd948b",
    "SADD k 1 2 3": "2a462a3f51a1db89738ebbeef0c47ce1bbc85246",
    "SADD k a b": "dd99329063ca0f1f28df2ac68d94b82fd95501c6",
    "ZADD k 1 a 2.5 b": "c45c5b051acd64070e5ed1a949939d5145f806c5",
    "HSET k f v g 5": "a517316c9277e5f73e03ee50bbc7e094b6d7135d",
    "XADD k 5-1 f v g w": "19e4bd886a6ecfa770b4a04e4157bd2ca6f7fff1",
    "GEOADD k 13.5 38.25 x": "35b2fdf197474079d42ac76d3ff0063cdf217a38",
    "SETBIT k 100 1": "b92d5cbfe6ad10464759782af71120636feb6f84",
}


def digest(redis: Redis) -> str:
    return digest_of_dataset(redis.engine.state.databases)


def value_digest(redis: Redis, key: bytes = b"k") -> str:
    return digest_of_value(redis.engine.state.databases[0], key)


@pytest.mark.parametrize("line", DIGESTS)
def test_a_value_has_the_servers_digest(redis: Redis, line: str) -> None:
    redis(line)
    assert value_digest(redis) == DIGESTS[line]


def test_nothing_is_all_zeros(redis: Redis) -> None:
    assert digest(redis) == value_digest(redis) == NOTHING
    redis("SET k v")
    redis("DEL k")
    assert digest(redis) == NOTHING


SAME = [
    ("SADD k a b 3", "SADD k 3 b a"),
    ("HSET k a 1 b 2", "HSET k b 2 a 1"),
    ("ZADD k 1 a 2 b", "ZADD k 2 b 1.0 a"),
    ("SET k 12", "SETRANGE k 0 12"),
    ("EXPIRE k 10", "EXPIRE k 500"),
    ("XADD k 1-1 f v", "XADD k 1-1 f v\nXGROUP CREATE k g 0"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_order_encoding_deadline_and_groups_leave_no_trace(
    new_redis: Callable[..., Redis], one: str, other: str
) -> None:
    digests = set()
    for lines in (one, other):
        redis = new_redis()
        if "EXPIRE" in lines:
            redis("SET k v")
        for line in lines.split("\n"):
            redis(line)
        digests.add((digest(redis), value_digest(redis)))
    assert len(digests) == 1


DIFFERENT = [
    "SET k v", "SET k w", "RPUSH k v", "SADD k v", "RPUSH k a b", "RPUSH k b a", "HSET k a b",
    "HSET k b a", "ZADD k 1 a", "ZADD k 2 a", "ZADD k 1e15 a", "XADD k 1-1 a b", "XADD k 1-2 a b",
    "SET k v EX 10",
]  # fmt: skip


def test_type_order_content_scores_and_expiry_all_count(new_redis: Callable[..., Redis]) -> None:
    seen: dict[str, str] = {}
    for line in DIFFERENT:
        redis = new_redis()
        redis(line)
        assert seen.setdefault(value_digest(redis), line) == line
    assert len(seen) == len(DIFFERENT)


def test_the_name_and_the_database_count_for_the_dataset_only(redis: Redis) -> None:
    redis("SET k v")
    redis("SET other v")
    assert value_digest(redis) == value_digest(redis, b"other")
    before = digest(redis)
    redis("RENAME k third")
    assert digest(redis) != before
    redis("RENAME third k")
    assert digest(redis) == before
    redis("MOVE k 3")
    assert digest(redis) != before


def test_a_table_that_grew_and_shrank_has_the_same_digest(redis: Redis) -> None:
    redis("SADD k a b c")
    before = value_digest(redis)
    redis("SADD", "k", *[f"m{number}" for number in range(500)])
    assert redis("OBJECT ENCODING k") == b"hashtable"
    redis("SREM", "k", *[f"m{number}" for number in range(500)])
    assert value_digest(redis) == before


def test_a_key_past_its_time_counts_until_it_is_removed(redis: Redis) -> None:
    redis("SET k v PX 5")
    before = digest(redis)
    redis.advance(10)
    assert digest(redis) == before
    redis("GET k")
    assert digest(redis) == NOTHING


def test_asking_changes_nothing(redis: Redis) -> None:
    redis("CONFIG SET list-compress-depth 1 list-max-listpack-size 2")
    redis("RPUSH", "k", *["x" * 99] * 20)
    frozen = redis.engine.state.databases[0].value_of(b"k").freeze()  # type: ignore[union-attr]
    digest(redis)
    assert redis.engine.state.databases[0].value_of(b"k").freeze() == frozen  # type: ignore[union-attr]


def test_whether_a_field_ends_counts_and_not_when(redis: Redis) -> None:
    redis("HSET k f v g w")
    seen = {digest(redis)}
    redis("HEXPIRE k 100 FIELDS 1 f")
    seen.add(digest(redis))
    redis("HEXPIRE k 200 FIELDS 1 f")
    assert digest(redis) in seen
    redis("HEXPIRE k 200 FIELDS 1 g")
    seen.add(digest(redis))
    redis("HPERSIST k FIELDS 2 f g")
    assert digest(redis) in seen
    assert len(seen) == 3
