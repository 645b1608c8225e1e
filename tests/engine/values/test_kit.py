"""The kit: its limits are Redis 7.4's until CONFIG SET says otherwise."""

from __future__ import annotations

from random import Random

from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.probe import Probe


def test_limits_begin_as_redis_7_4_ships_them() -> None:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    assert (kit.hash_max_listpack_entries, kit.hash_max_listpack_value) == (512, 64)
    assert (kit.zset_max_listpack_entries, kit.zset_max_listpack_value) == (128, 64)


def test_a_value_follows_the_limit_of_the_moment_and_not_that_of_its_birth() -> None:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    small = Hash(kit)
    small.put(b"a", b"1")
    kit.hash_max_listpack_entries = 1
    assert small.encoding == "listpack"
    small.put(b"b", b"2")
    assert small.encoding == "hashtable"
