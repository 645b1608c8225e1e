"""CLUSTER SLOT-STATS and FLUSHSLOT."""

from __future__ import annotations

import pytest

from redlearn.engine.ports import Route
from redlearn.resp.reply import OK, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told
from tests.engine.sketch import HERE, THERE, join
from tests.oracle.cluster import compare_lines

FOO, A = 12182, 15495


@pytest.fixture
def full(redis: Redis) -> Redis:
    """A node with slots 0 to 2, that of `foo` with three keys, that of `a` with one."""
    sketch = join(redis, Route(THERE))
    for slot in (0, 1, 2, FOO, A):
        sketch.routes[slot] = Route(HERE, here=True)
    for key in ("foo", "{foo}1", "{foo}2", "a"):
        redis(f"SET {key} v")
    return redis


def stats(*rows: tuple[int, int]) -> list[Reply]:
    return [[slot, {b"key-count": count}] for slot, count in rows]


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("SLOTSRANGE 0 1", [(0, 0), (1, 0)]),
        ("slotsrange 12000 13000", [(FOO, 3)]),
        ("SLOTSRANGE 5 9", []),
        ("ORDERBY key-count", [(FOO, 3), (A, 1), (0, 0), (1, 0), (2, 0)]),
        ("ORDERBY KEY-COUNT LIMIT 2", [(FOO, 3), (A, 1)]),
        ("ORDERBY key-count LIMIT 2 ASC", [(0, 0), (1, 0)]),
        ("ORDERBY key-count desc limit 1", [(FOO, 3)]),
    ],
)
def test_slots_of_this_node_are_told_with_their_keys(
    full: Redis, line: str, rows: list[tuple[int, int]]
) -> None:
    assert full(f"CLUSTER SLOT-STATS {line}") == stats(*rows)


TOO_MANY = "ERR unknown subcommand or wrong number of arguments for '{}'. Try CLUSTER HELP."
LIMIT = "ERR Limit has to lie in between 1 and 16384 (maximum number of slots)."
REFUSED = [
    ("SLOT-STATS SLOTSRANGE 5 1", "ERR Start slot number 5 is greater than end slot number 1"),
    ("SLOT-STATS SLOTSRANGE x 1", "ERR Invalid or out of range slot"),
    ("SLOT-STATS SLOTSRANGE 1", TOO_MANY.format("SLOT-STATS")),
    ("SLOT-STATS NOSUCH 1", TOO_MANY.format("SLOT-STATS")),
    ("SLOT-STATS ORDERBY nosuch", "ERR Unrecognized sort metric for ORDERBY."),
    ("SLOT-STATS ORDERBY key-count LIMIT 0", LIMIT),
    ("SLOT-STATS ORDERBY key-count LIMIT 16385", LIMIT),
    ("SLOT-STATS ORDERBY key-count LIMIT x", LIMIT),
    ("SLOT-STATS ORDERBY key-count ASC DESC",
     "ERR Multiple filters of the same type are disallowed."),
    ("SLOT-STATS ORDERBY key-count LIMIT 1 LIMIT 2",
     "ERR Multiple filters of the same type are disallowed."),
    ("FLUSHSLOT x", "ERR Invalid or out of range slot"),
    ("FLUSHSLOT 1 NOSUCH", "ERR syntax error"),
    ("FLUSHSLOT 1 SYNC x", TOO_MANY.format("FLUSHSLOT")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "text"), REFUSED)
def test_what_makes_no_sense_is_refused(full: Redis, line: str, text: str) -> None:
    assert refused(full, f"CLUSTER {line}") == text


def test_a_real_valkey_refuses_in_these_words() -> None:
    theirs = compare_lines("valkey", [f"CLUSTER {line}" for line, _ in REFUSED])
    if theirs is None:
        pytest.skip("there is no valkey server here")
    assert theirs == [text for _, text in REFUSED]


def test_a_slot_is_emptied_key_by_key(full: Redis) -> None:
    assert changes(full, f"CLUSTER FLUSHSLOT {FOO}") == 3
    assert full("KEYS *") == [b"a"]
    assert full(f"CLUSTER FLUSHSLOT {FOO}") == OK
    full.engine.check()


def test_others_hear_of_each_key(full: Redis) -> None:
    assert passed_on(full, f"CLUSTER FLUSHSLOT {A}") == ["DEL a"]
    full("SET a v")
    assert passed_on(full, f"CLUSTER FLUSHSLOT {A} ASYNC") == ["UNLINK a"]
    full("SET a v")
    assert told(full, f"CLUSTER FLUSHSLOT {A} SYNC") == ["del a"]
    assert passed_on(full, f"CLUSTER FLUSHSLOT {A}") == []
