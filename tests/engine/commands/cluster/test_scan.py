"""CLUSTERSCAN: one cursor for the keys of all nodes."""

from __future__ import annotations

import pytest

from redlearn.engine.ports import Route
from redlearn.slots import slot_of
from tests.conftest import Redis
from tests.engine.commands.said import refused
from tests.engine.sketch import HERE, THERE, join, said

FIRST, SECOND, FAR = "{06S}", "{Qi}", "{8YG}"
"""Tags of keys in the slots 0, 1 and 8192."""


@pytest.fixture
def half(redis: Redis) -> Redis:
    """A node with the slots 0 to 8191, forty keys in slot 0 and four in slot 1."""
    sketch = join(redis, Route(THERE))
    sketch.routes = {slot: Route(HERE, here=True) for slot in range(8192)}
    for number in range(40):
        redis(f"SET {FIRST}{number} v")
    for number in range(4):
        redis(f"RPUSH {SECOND}{number} v")
    return redis


ALL = {b"%b%d" % (FIRST.encode(), n) for n in range(40)} | {
    b"%b%d" % (SECOND.encode(), n) for n in range(4)
}


def walked(redis: Redis, cursor: str, options: str = "") -> tuple[str, list[bytes], int]:
    """Where a walk ends that this node can do, what it listed, in how many pages."""
    found: list[bytes] = []
    pages = 0
    while True:
        reply = redis(f"CLUSTERSCAN {cursor} {options}")
        assert isinstance(reply, list)
        following, keys = reply
        assert isinstance(following, bytes)
        assert isinstance(keys, list)
        found += [key for key in keys if isinstance(key, bytes)]
        cursor, pages = following.decode(), pages + 1
        if cursor == "0" or slot_of(following) > 8191:
            return cursor, found, pages


def test_a_walk_lists_each_key_once_and_ends_where_another_nodes_slots_begin(half: Redis) -> None:
    end, found, pages = walked(half, f"0-{FIRST}-0")
    assert (end, pages) == (f"0-{FAR}-0", 5)
    assert len(found) == len(set(found))
    assert set(found) == ALL


def test_a_bare_zero_says_where_to_begin_and_lists_nothing(half: Redis) -> None:
    join(half)  # of all slots: who is asked has to serve that of the key `0`
    assert half("CLUSTERSCAN 0") == [f"0-{FIRST}-0".encode(), []]
    assert half("CLUSTERSCAN 0 SLOT 8192") == [f"0-{FAR}-0".encode(), []]
    assert half(f"CLUSTERSCAN 0 MATCH {SECOND}*") == [f"0-{SECOND}-0".encode(), []]
    assert half(f"CLUSTERSCAN 0 MATCH {SECOND}* SLOT 0") == [b"0", []]


def test_a_cursor_is_sent_to_its_slots_owner(half: Redis) -> None:
    assert said(half, "CLUSTERSCAN", "0") == "MOVED 13907 127.0.0.1:7002"
    assert said(half, "CLUSTERSCAN", f"0-{FAR}-0") == "MOVED 8192 127.0.0.1:7002"


def test_the_last_slot_of_all_is_the_end(half: Redis) -> None:
    join(half)
    assert walked(half, f"0-{FIRST}-0", "COUNT 100")[0] == "0"


def test_keys_that_stay_are_listed_whatever_comes_and_goes_meanwhile(half: Redis) -> None:
    reply = half(f"CLUSTERSCAN 0-{FIRST}-0 COUNT 15")
    assert isinstance(reply, list)
    cursor, first = reply
    assert isinstance(cursor, bytes)
    assert isinstance(first, list)
    gone = [f"{FIRST}{number}" for number in range(0, 40, 2)]
    half(f"DEL {' '.join(gone)}")
    half(f"MSET {' '.join(f'{FIRST}new{number} v' for number in range(30))}")
    found = {*first, *walked(half, cursor.decode())[1]}
    assert {key for key in ALL if key.decode() not in gone} <= found


def test_keys_of_the_same_place_are_on_the_same_page(
    half: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redlearn.engine.commands.cluster.scan.crc32", lambda key, seed=0: 7)
    _, found, pages = walked(half, f"0-{FIRST}-0", "COUNT 1")
    assert (sorted(found), pages) == (sorted(ALL), 2)


def test_a_place_of_other_tables_begins_its_slot_anew(half: Redis) -> None:
    reply = half(f"CLUSTERSCAN 0-{FIRST}-0 COUNT 30")
    assert isinstance(reply, list)
    assert isinstance(reply[0], bytes)
    place = reply[0].decode().split("-")[2]
    assert len(walked(half, f"zz-{FIRST}-{place}")[1]) == 44
    assert len(walked(half, reply[0].decode())[1]) == 14


def test_slot_and_match_and_type_and_count_narrow_it(half: Redis) -> None:
    assert walked(half, f"0-{FIRST}-0", "SLOT 0")[::2] == ("0", 4)
    assert walked(half, f"0-{FIRST}-0", "SLOT 0 COUNT 7")[2] == 6
    assert walked(half, f"0-{SECOND}-0", f"MATCH {SECOND}2") == ("0", [b"{Qi}2"], 1)
    assert len(walked(half, f"0-{FIRST}-0", "TYPE LIST")[1]) == 4
    assert len(walked(half, f"0-{FIRST}-0", "MATCH *1*")[1]) == 14


def test_a_pattern_of_one_slot_is_only_looked_for_there(half: Redis) -> None:
    assert half(f"CLUSTERSCAN 0-{FIRST}-0 MATCH {SECOND}*") == [f"0-{SECOND}-0".encode(), []]
    assert half(f"CLUSTERSCAN 0-{SECOND}-0 MATCH {FIRST}*") == [b"0", []]
    assert half(f"CLUSTERSCAN 0-{FIRST}-0 MATCH {SECOND}* SLOT 0") == [b"0", []]


def test_a_key_whose_time_is_over_is_not_listed(half: Redis) -> None:
    half(f"PEXPIRE {SECOND}1 5")
    half.clock.advance(6)
    assert walked(half, f"0-{SECOND}-0")[1].count(b"{Qi}1") == 0


REFUSED = [
    ("0 FOO", "ERR syntax error"),
    ("x FOO", "ERR syntax error"),
    ("x", "ERR Invalid cursor"),
    ("00", "ERR Invalid cursor"),
    ("0-{06S}", "ERR Invalid cursor"),
    ("0-{06S}-", "ERR Invalid cursor"),
    ("0-{06S}-x", "ERR Invalid cursor"),
    ("0-{06S}--1", "ERR Invalid cursor"),
    ("0-0-{06S}-0", "ERR Invalid cursor"),
    ("0-{06S}-18446744073709551616", "ERR Invalid cursor"),
    ("0 SLOT", "ERR syntax error"),
    ("0 SLOT 16384", "ERR Invalid or out of range slot"),
    ("0 SLOT 0 SLOT 0", "ERR SLOT option can only be specified once"),
    ("0-{06S}-0 SLOT 5", "ERR Cursor slot mismatch with SLOT argument"),
    ("0 COUNT 0", "ERR syntax error"),
    ("0 COUNT x", "ERR value is not an integer or out of range"),
    ("0 TYPE Nosuch SLOT x", "ERR unknown type name 'Nosuch'"),
    ("0 NOVALUES", "ERR NOVALUES option can only be used in HSCAN"),
]


@pytest.mark.parametrize(("words", "error"), REFUSED)
def test_what_makes_no_sense_is_refused(redis: Redis, words: str, error: str) -> None:
    join(redis)
    assert refused(redis, f"CLUSTERSCAN {words}") == error


def test_without_a_cluster_there_is_none_to_walk(redis: Redis) -> None:
    disabled = "ERR This instance has cluster support disabled"
    assert refused(redis, "CLUSTERSCAN x FOO") == disabled


def test_the_cursor_counts_as_a_key_that_has_left_a_migrating_slot(half: Redis) -> None:
    sketch = join(half)
    sketch.routes[0] = Route(HERE, here=True, leaving_for=THERE)
    assert said(half, "CLUSTERSCAN", f"0-{FIRST}-0") == "ASK 0 127.0.0.1:7002"
