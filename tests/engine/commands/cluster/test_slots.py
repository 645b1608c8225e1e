"""CLUSTER and slots: the words of calls, and what a slot holds."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.engine.ports import Route
from redlearn.resp.reply import OK
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused
from tests.engine.sketch import HERE, THERE, join

NOBODY = Route(None)


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"", 0), (b"foo", 12182), (b"123456789", 12739), (b"{user1000}.following", 3443),
        (b"foo{}{bar}", 8363), (b"foo{{bar}}zap", 4015), (b"foo{bar}{zap}", 5061),
        (b"\xff\xfe", 3374), (b"{", 4092), (b"{}", 15257), (b"{ }", 9314),
    ],
)  # fmt: skip
def test_keyslot_is_the_crc_of_the_tag_or_the_key(redis: Redis, key: bytes, slot: int) -> None:
    assert redis(b"CLUSTER", b"KEYSLOT", key) == slot


def test_keyslot_touches_no_key(redis: Redis) -> None:
    assert passed_on(redis, "CLUSTER KEYSLOT k") == []
    assert redis("EXISTS k") == 0


def test_the_keys_of_a_slot_are_counted_and_named(redis: Redis) -> None:
    redis("SET {foo}1 x")  # before there was a cluster
    join(redis)
    for key in ("foo", "bar", "{foo}2"):
        redis(f"SET {key} x")
    assert redis("CLUSTER COUNTKEYSINSLOT 12182") == 3
    assert redis("CLUSTER GETKEYSINSLOT 12182 2") == [b"{foo}2", b"foo"]
    assert redis("CLUSTER GETKEYSINSLOT 12182 100") == [b"{foo}2", b"foo", b"{foo}1"]
    assert redis("CLUSTER GETKEYSINSLOT 1 100") == []
    redis("FLUSHALL")
    assert redis("CLUSTER COUNTKEYSINSLOT 12182") == 0


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("CLUSTER ADDSLOTS 1 2 3", ("add_slots", [1, 2, 3])),
        ("CLUSTER ADDSLOTSRANGE 1 3 7 7", ("add_slots", [1, 2, 3, 7])),
        ("CLUSTER DELSLOTS 9", ("delete_slots", [9])),
        ("CLUSTER DELSLOTSRANGE 9 10", ("delete_slots", [9, 10])),
        ("CLUSTER FLUSHSLOTS", ("flush_slots",)),
        ("CLUSTER SETSLOT 5 migrating bb", ("migrate_slot", 5, b"bb")),
        ("CLUSTER SETSLOT 5 IMPORTING bb", ("import_slot", 5, b"bb")),
        ("CLUSTER SETSLOT 5 STABLE", ("close_slot", 5)),
        ("CLUSTER SETSLOT 5 NODE bb", ("assign_slot", 5, b"bb")),
    ],
)
def test_an_act_is_handed_to_the_node(redis: Redis, line: str, act: tuple[Any, ...]) -> None:
    sketch = join(redis, Route(HERE, here=True) if "DEL" in line else NOBODY)
    assert redis(line) == OK
    assert sketch.asked == [act]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLUSTER ADDSLOTS x", "ERR Invalid or out of range slot"),
        ("CLUSTER ADDSLOTS 9 16384", "ERR Invalid or out of range slot"),
        ("CLUSTER ADDSLOTS -1", "ERR Invalid or out of range slot"),
        ("CLUSTER ADDSLOTS 1 1", "ERR Slot 1 specified multiple times"),
        ("CLUSTER ADDSLOTS 9", "ERR Slot 9 is already busy"),
        ("CLUSTER ADDSLOTS 1 9 1", "ERR Slot 9 is already busy"),
        ("CLUSTER DELSLOTS 1", "ERR Slot 1 is already unassigned"),
        ("CLUSTER DELSLOTS 9 9", "ERR Slot 9 specified multiple times"),
        ("CLUSTER ADDSLOTSRANGE 5 1", "ERR start slot number 5 is greater than end slot number 1"),
        ("CLUSTER ADDSLOTSRANGE 1 2 3", "ERR wrong number of arguments for"
                                        " 'cluster|addslotsrange' command"),
        ("CLUSTER ADDSLOTSRANGE 8 10 x 1", "ERR Slot 9 is already busy"),
        ("CLUSTER ADDSLOTSRANGE 1 2 2 3", "ERR Slot 2 specified multiple times"),
        ("CLUSTER DELSLOTSRANGE 9 10", "ERR Slot 10 is already unassigned"),
        ("CLUSTER DELSLOTSRANGE 9 9 1", "ERR wrong number of arguments for"
                                        " 'cluster|delslotsrange' command"),
        ("CLUSTER COUNTKEYSINSLOT x", "ERR value is not an integer or out of range"),
        ("CLUSTER COUNTKEYSINSLOT 16384", "ERR Invalid slot"),
        ("CLUSTER GETKEYSINSLOT 1 x", "ERR value is not an integer or out of range"),
        ("CLUSTER GETKEYSINSLOT 16384 1", "ERR Invalid slot or number of keys"),
        ("CLUSTER GETKEYSINSLOT 1 -1", "ERR Invalid slot or number of keys"),
        ("CLUSTER SETSLOT x NODE y", "ERR Invalid or out of range slot"),
        ("CLUSTER SETSLOT 1 STABLE y", "ERR Invalid CLUSTER SETSLOT action or number of"
                                       " arguments. Try CLUSTER HELP"),
        ("CLUSTER SETSLOT 1 MIGRATING", "ERR Invalid CLUSTER SETSLOT action or number of"
                                        " arguments. Try CLUSTER HELP"),
    ],
)  # fmt: skip
def test_a_call_that_makes_no_sense_is_refused_and_nothing_done(
    redis: Redis, line: str, text: str
) -> None:
    sketch = join(redis, NOBODY)
    sketch.routes[9] = Route(THERE)
    assert refused(redis, line) == text
    assert sketch.asked == []


def test_flushslots_takes_an_empty_database(redis: Redis) -> None:
    sketch = join(redis)
    redis("SET a 1")
    text = "ERR DB must be empty to perform CLUSTER FLUSHSLOTS."
    assert refused(redis, "CLUSTER FLUSHSLOTS") == text
    assert sketch.asked == []


def test_a_replica_has_no_slots_to_set(redis: Redis) -> None:
    join(redis).is_replica = True
    text = "ERR Please use SETSLOT only with masters."
    assert refused(redis, "CLUSTER SETSLOT x STABLE") == text
