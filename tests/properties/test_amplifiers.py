"""A few bytes that ask for very much: Redis's own error, or work and memory within bounds.

Each of them stands for a way in which a client once brought a server down.
"""

from __future__ import annotations

import tracemalloc

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Failure
from tests.conftest import Redis

OOM = "OOM command not allowed when used memory > 'maxmemory'."
LIMIT = 1 << 20


@pytest.fixture
def some(redis: Redis) -> Redis:
    """A value of each kind, and a limit that is passed already."""
    for line in (
        "SADD s a b c", "HSET h f v", "ZADD z 1 a", "RPUSH l 1 2 3", "SET text abc",
        "XADD st 1-1 f v", "XGROUP CREATE st g 0", "XREADGROUP GROUP g c STREAMS st >",
        "XDEL st 1-1",
    ):  # fmt: skip
        redis(line)
    return redis


def full(redis: Redis) -> Redis:
    redis(b"SET", b"large", bytes(2 * LIMIT))
    redis(f"CONFIG SET maxmemory {LIMIT}")
    return redis


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SETRANGE k 536870911 xx", "string exceeds maximum allowed size"),
        ("SETRANGE k -1 x", "offset is out of range"),
        ("SETBIT k 4294967296 1", "bit offset is not an integer or out of range"),
        ("BITFIELD k SET u8 4294967296 1", "bit offset is not an integer or out of range"),
        ("SRANDMEMBER s -9223372036854775808", "value is out of range"),
        ("SRANDMEMBER s -1000000000", "value is out of range"),
        ("HRANDFIELD h -9223372036854775808", "value is"),
        ("HRANDFIELD h -4611686018427387904 WITHVALUES", "value is out of range"),
        ("ZRANDMEMBER z -9223372036854775808", "value is"),
        ("ZRANDMEMBER z -1000000000", "value is out of range"),
        ("HINCRBYFLOAT h n nan", "value is not a valid float"),
        ("HINCRBYFLOAT h n inf", "value is NaN or Infinity"),
        ("INCRBYFLOAT n nan", "value is not a valid float"),
        ("LPOP l 9223372036854775808", "value is out of range"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_allocated(
    some: Redis, line: str, message: str
) -> None:
    tracemalloc.start()
    with pytest.raises(CommandError, match=message):
        some(line)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LIMIT


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("BITCOUNT text -9223372036854775808 9223372036854775807", 10),
        ("BITCOUNT text 0 9223372036854775807 BIT", 10),
        ("SORT l BY nosort LIMIT 0 9223372036854775807", [b"1", b"2", b"3"]),
        ("SORT l BY w_* GET # LIMIT -9 9", [b"1", b"2", b"3"]),
        ("LRANGE l -9223372036854775808 9223372036854775807", [b"1", b"2", b"3"]),
        ("GETRANGE text 0 9223372036854775807", b"abc"),
        ("XAUTOCLAIM st g d 0 0 COUNT 1000", [b"0-0", [], [b"1-1"]]),
        ("MSETNX k 1 k 2", 1),
        ("SETRANGE nothing 536870911 ''", 0),
    ],
)
def test_what_goes_beyond_ends_where_the_data_ends(some: Redis, line: str, reply: object) -> None:
    assert some(line) == reply


def test_a_key_twice_in_one_msetnx_has_the_last_value(redis: Redis) -> None:
    redis("MSETNX k 1 k 2")
    assert redis("GET k") == b"2"


def test_lcs_of_two_long_strings_is_refused_before_its_table_is_made(redis: Redis) -> None:
    """100 million bytes each would need 4e16 cells."""
    for key in (b"a", b"b"):
        redis(b"SET", key, bytes(100_000_000))
    with pytest.raises(CommandError, match="transient memory for LCS exceeds proto-max-bulk-len"):
        redis("LCS a b LEN")


@pytest.mark.parametrize(
    "line",
    [
        "SETRANGE k 536870911 x", "SETBIT k 4294967295 1", "BITFIELD k SET u8 4294967288 1",
        "APPEND large x", "LPUSH k x", "RPUSHX l x", "COPY large twin", "SORT l STORE k",
        "SUNIONSTORE k s", "ZADD k 1 a", "XADD st * f v", "PFADD k a", "BITOP NOT k large",
        "GETSET text x", "INCR n", "HINCRBYFLOAT h n 1", "LINSERT l BEFORE 1 x", "SET k v",
        "MSETNX k 1", "GEOADD k 1 1 a", "ZUNIONSTORE k 1 z", "RESTORE k 0 x", "SETEX k 10 v",
    ],
)  # fmt: skip
def test_what_grows_is_refused_while_memory_is_full_and_nothing_is_allocated(
    some: Redis, line: str
) -> None:
    redis = full(some)
    before = redis.engine.state.used_memory()
    tracemalloc.start()
    with pytest.raises(CommandError, match=OOM):
        redis(line)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LIMIT
    assert redis.engine.state.used_memory() == before


def test_one_command_may_go_beyond_and_the_next_one_pays(redis: Redis) -> None:
    redis(f"CONFIG SET maxmemory {LIMIT} maxmemory-policy allkeys-lru")
    redis(f"SETRANGE k {8 * LIMIT} x")
    assert redis.engine.state.used_memory() > 8 * LIMIT
    redis("PING")
    assert redis.engine.state.used_memory() <= LIMIT


@pytest.mark.parametrize("line", ["APPEND k {}", "RPUSH k {}", "SADD k {}", "HSET k {} {}"])
def test_growing_in_small_bites_ends_at_the_limit(redis: Redis, line: str) -> None:
    redis(f"CONFIG SET maxmemory {LIMIT}")
    refused = False
    for number in range(600):
        bite = f"{number}" + "x" * 4000
        refused = isinstance(redis.all(line.format(bite, bite))[0], Failure)
        if refused:
            break
    assert refused
    assert redis.engine.state.used_memory() < LIMIT + 20_000


def test_a_million_elements_in_one_push_are_one_command_too_many(redis: Redis) -> None:
    redis(f"CONFIG SET maxmemory {LIMIT}")
    assert redis(b"RPUSH", b"k", *[b"x" * 10] * 200_000) == 200_000
    with pytest.raises(CommandError, match=OOM):
        redis("RPUSH k y")
    with pytest.raises(CommandError, match=OOM):
        redis("COPY k twin")
    assert redis("LLEN k") == 200_000
