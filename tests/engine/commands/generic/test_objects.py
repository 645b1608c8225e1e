"""OBJECT: encodings, idle times, shares; looking leaves no trace."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Status
from tests.conftest import Redis
from tests.engine.commands.said import told

NO_LFU = "ERR An LFU maxmemory policy is not selected, access frequency not tracked."


def test_encoding_tells_the_structure_of_the_moment(redis: Redis) -> None:
    redis("SET s text")
    redis("HSET h f v")
    redis("ZADD z 1 m")
    shown = [redis(f"OBJECT ENCODING {key}") for key in ("s", "h", "z", "nope")]
    assert shown == [b"embstr", b"listpack", b"listpack", None]


def test_idle_time_counts_the_seconds_since_the_last_use(redis: Redis) -> None:
    redis("SET k v")
    redis.advance(2999)
    assert redis("object idletime k") == 2
    redis.advance(1)
    assert redis("OBJECT IDLETIME k") == 3
    redis("GET k")
    assert redis("OBJECT IDLETIME k") == 0
    assert redis("OBJECT IDLETIME nope") is None


@pytest.mark.parametrize("command", ["TTL k", "TYPE k", "EXISTS k", "OBJECT ENCODING k"])
def test_asking_about_a_key_is_no_use_of_it(redis: Redis, command: str) -> None:
    redis("SET k v")
    redis.advance(5000)
    redis(command)
    assert redis("OBJECT IDLETIME k") == 5


def test_small_integers_are_shared_by_all(redis: Redis) -> None:
    redis("MSET a 9999 b 10000 c text")
    assert redis("OBJECT REFCOUNT a") == 2**31 - 1
    assert redis("OBJECT REFCOUNT b") == 1
    assert redis("OBJECT REFCOUNT c") == 1
    assert redis("OBJECT REFCOUNT nope") is None
    redis("HSET h f v")
    assert redis("OBJECT REFCOUNT h") == 1


@pytest.mark.parametrize(
    ("policy", "shared"),
    [("allkeys-lru", False), ("volatile-lfu", False), ("volatile-ttl", True), ("noeviction", True)],
)
def test_small_integers_are_not_shared_where_each_key_needs_a_clock_of_its_own(
    redis: Redis, policy: str, shared: bool
) -> None:
    redis(f"CONFIG SET maxmemory 1gb maxmemory-policy {policy}")
    redis("SET a 7")
    assert redis("OBJECT REFCOUNT a") == (2**31 - 1 if shared else 1)
    assert f"refcount:{2**31 - 1 if shared else 1} " in repr(redis("DEBUG OBJECT a"))
    redis("CONFIG SET maxmemory 0")
    redis("SET a 7")
    assert redis("OBJECT REFCOUNT a") == 2**31 - 1


def test_frequency_needs_a_policy_that_counts_it(redis: Redis) -> None:
    redis("SET k v")
    assert redis("OBJECT FREQ nope") is None
    with pytest.raises(CommandError, match=f"^{NO_LFU}"):
        redis("OBJECT FREQ k")


def test_a_miss_is_not_told_but_an_expiry_is(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert told(redis, "OBJECT ENCODING nope") == []
    assert told(redis, "OBJECT ENCODING k") == ["expired k"]


def test_help_names_every_subcommand(redis: Redis) -> None:
    lines = redis("OBJECT HELP")
    assert isinstance(lines, list)
    heads = {line.text.split()[0] for line in lines if isinstance(line, Status)}
    assert {"ENCODING", "FREQ", "IDLETIME", "REFCOUNT", "HELP"} <= heads


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("OBJECT", "ERR wrong number of arguments for 'object' command"),
        ("OBJECT ENCODING", "ERR wrong number of arguments for 'object|encoding' command"),
        ("OBJECT nope k", "ERR unknown subcommand 'nope'. Try OBJECT HELP."),
    ],
)
def test_wrong_calls_are_refused(redis: Redis, command: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        redis(command)
    assert caught.value.text == message
