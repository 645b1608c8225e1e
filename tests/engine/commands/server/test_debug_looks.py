"""What DEBUG shows."""

from __future__ import annotations

import re

import pytest

from redlearn.errors import (
    DB_OUT_OF_DEBUG,
    NO_HASH_TABLE,
    NO_LISTPACK,
    NO_QUICKLIST,
    NO_SUCH_KEY,
    NOT_AN_INTEGER,
)
from redlearn.resp.reply import Failure, Status, Verbatim
from tests.conftest import Redis
from tests.engine.commands.said import refused


def test_digests_of_all_and_of_single_values(redis: Redis) -> None:
    redis("SET a hello")
    assert redis("DEBUG DIGEST-VALUE a no") == [
        Status("36b23a1456b2dce2c3ed252c456761301dba8060"),
        Status("0" * 40),
    ]
    assert redis("DEBUG DIGEST-VALUE") == []
    assert redis("DEBUG DIGEST") != Status("0" * 40)


def told(redis: Redis, key: str = "k") -> str:
    reply = redis(f"DEBUG OBJECT {key}")
    assert isinstance(reply, Status)
    return reply.text


def test_an_object_says_how_it_is_kept_and_when_it_was_used(redis: Redis) -> None:
    redis("SET k hello")
    redis.advance(7900)
    assert re.fullmatch(
        r"Value at:0x7f[0-9a-f]{10} refcount:1 encoding:embstr serializedlength:6"
        r" lru:1000 lru_seconds_idle:7",
        told(redis),
    )


def test_small_numbers_are_shared(redis: Redis) -> None:
    redis("SET k 7")
    assert "refcount:2147483647 encoding:int serializedlength:2 " in told(redis)


def test_a_list_tells_of_its_nodes(redis: Redis) -> None:
    redis("CONFIG SET list-max-listpack-size 2 list-compress-depth 1")
    redis("RPUSH k a b c d e")
    assert told(redis).endswith(
        " ql_nodes:3 ql_avg_node:1.67 ql_listpack_max:2 ql_compressed:1 ql_uncompressed_size:36"
    )


def test_the_clock_of_use_begins_again_after_24_bits_of_seconds(redis: Redis) -> None:
    redis("SET k v")
    redis.clock.ms = (2**24 + 5) * 1000
    redis("GET k")
    assert " lru:5 lru_seconds_idle:0" in told(redis)


def test_a_key_past_its_time_is_still_an_object(redis: Redis) -> None:
    redis("SET k v PX 5")
    redis.advance(10)
    assert "encoding:embstr" in told(redis)
    assert redis.all("DEBUG LISTPACK k") == [Failure(NO_SUCH_KEY)]  # this one lets it expire
    assert refused(redis, "DEBUG OBJECT k") == NO_SUCH_KEY


def test_looking_does_not_count_as_use(redis: Redis) -> None:
    redis("SADD k a")
    redis("RPUSH l a")
    redis.advance(5000)
    for line in ("DEBUG OBJECT k", "DEBUG LISTPACK k", "DEBUG HTSTATS 0 full"):
        redis(line)
    assert redis("OBJECT IDLETIME k") == 5


def test_a_listpack_is_printed_aside(redis: Redis) -> None:
    redis("HSET k f 500")
    assert redis("DEBUG LISTPACK k") == Status("Listpack structure printed on stdout")
    printed = redis.engine.state.printed
    assert printed.startswith(b"{total bytes 13} {num entries 2}\n{\n\taddr: 0x7f")
    assert b"\tbytes: c1|f4|02|\n\t[str]500\n" in printed


def test_a_quicklist_is_printed_aside_with_its_content_if_wanted(redis: Redis) -> None:
    redis("CONFIG SET list-max-listpack-size 1")
    redis("RPUSH k a b")
    assert redis("DEBUG QUICKLIST k") == Status("Quicklist structure printed on stdout")
    short = redis.engine.state.printed
    assert b"{len : 2}" in short and b"[str]b" not in short
    redis("DEBUG QUICKLIST k 1")
    assert b"[str]b" in redis.engine.state.printed
    redis("DEBUG QUICKLIST k x")
    assert redis.engine.state.printed == short


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("OBJECT no", NO_SUCH_KEY),
        ("LISTPACK no", NO_SUCH_KEY),
        ("QUICKLIST no", NO_SUCH_KEY),
        ("HTSTATS-KEY no", NO_SUCH_KEY),
        ("LISTPACK s", NO_LISTPACK),
        ("LISTPACK numbers", NO_LISTPACK),
        ("LISTPACK stream", NO_LISTPACK),
        ("QUICKLIST s", NO_QUICKLIST),
        ("QUICKLIST small", NO_QUICKLIST),
        ("HTSTATS-KEY small", NO_HASH_TABLE),
        ("HTSTATS-KEY s", NO_HASH_TABLE),
        ("HTSTATS x", NOT_AN_INTEGER),
        ("HTSTATS -1", DB_OUT_OF_DEBUG),
        ("HTSTATS 16", DB_OUT_OF_DEBUG),
    ],
)
def test_what_is_not_there_to_look_at(redis: Redis, words: str, text: str) -> None:
    for line in ("SET s v", "SADD numbers 1", "RPUSH small a", "XADD stream * f v"):
        redis(line)
    assert refused(redis, f"DEBUG {words}") == text


def stats(redis: Redis, words: str) -> str:
    reply = redis(f"DEBUG {words}")
    assert isinstance(reply, Verbatim)
    return reply.data.decode()


def test_the_tables_of_a_database(redis: Redis) -> None:
    assert stats(redis, "HTSTATS 0") == "[Dictionary HT]\n[Expires HT]\n"
    redis("SET a 1 EX 10")
    redis("SET b 1")
    assert stats(redis, "HTSTATS 0") == (
        "[Dictionary HT]\n"
        "Hash table 0 stats (main hash table):\n table size: 4\n number of elements: 2\n"
        "[Expires HT]\n"
        "Hash table 0 stats (main hash table):\n table size: 4\n number of elements: 1\n"
    )
    assert " different slots: " in stats(redis, "HTSTATS 0 full")
    assert stats(redis, "HTSTATS 0 other") == stats(redis, "HTSTATS 0")


@pytest.mark.parametrize("make", ["SADD k {}", "HSET k {} {}", "ZADD k 1 {}"])
def test_the_table_of_a_value(redis: Redis, make: str) -> None:
    long = "x" * 65
    redis(make.format(long, long))
    assert stats(redis, "HTSTATS-KEY k").endswith(" number of elements: 1\n")
    assert stats(redis, "HTSTATS-KEY k FULL").endswith("   0: 3 (75.00%)\n   1: 1 (25.00%)\n")


def test_triplets_are_printed_as_the_listpack_they_are(redis: Redis) -> None:
    redis("HSET k f v")
    redis("HEXPIRE k 100 FIELDS 1 f")
    assert redis("DEBUG LISTPACK k") == Status("Listpack structure printed on stdout")
    assert b"{num entries 3}" in redis.engine.state.printed


@pytest.mark.parametrize(
    ("key", "value", "sizes"),
    [
        ("k", "xxx", (1, 0, 8, 3, 0, 16)),
        ("e3", "xxx", (2, 0, 8, 3, 0, 16)),
        ("a-longer-name-of-31-bytes-in-all", "y" * 100, (32, 12, 48, 100, 8, 112)),
    ],
)
def test_sizes_of_strings_are_those_redis_7_0_measured(
    redis: Redis, key: str, value: str, sizes: tuple[int, ...]
) -> None:
    redis(f"SET {key} {value}")
    assert redis(f"DEBUG SDSLEN {key}") == Status(
        "key_sds_len:{}, key_sds_avail:{}, key_zmalloc: {}, "
        "val_sds_len:{}, val_sds_avail:{}, val_zmalloc: {}".format(*sizes)
    )


def test_what_is_no_run_of_bytes_has_no_such_sizes(redis: Redis) -> None:
    redis("SET n 12")
    redis("RPUSH l a")
    for key in ("n", "l"):
        assert refused(redis, f"DEBUG SDSLEN {key}") == "ERR Not an sds encoded string."
    assert refused(redis, "DEBUG SDSLEN nope") == "ERR no such key"
