"""What the prompt sees of the data, and that looking leaves no trace."""

from __future__ import annotations

from itertools import islice

import pytest

from redlearn.prompt import surroundings
from tests.prompt.rooms import Room, furnished


def test_keys_are_found_by_their_beginning() -> None:
    room = Room("MSET user:2 b user:1 a", "SET other c")
    assert sorted(room.around.keys(b"user:")) == [b"user:1", b"user:2"]
    assert list(room.around.keys(b"nosuch")) == []


def test_keys_used_lately_come_first() -> None:
    room = Room("MSET a 1 b 2 c 3 d 4", "GET d", "GET c")
    assert list(room.around.keys(b""))[:3] == [b"c", b"d", b"a"]


def test_keys_are_found_by_type() -> None:
    assert list(furnished().around.keys(b"", "zset")) == [b"board"]


def test_a_key_that_went_is_not_offered() -> None:
    room = Room("MSET a 1 b 2")
    assert set(room.around.keys(b"")) == {b"a", b"b"}
    room.run("DEL a")
    assert list(room.around.keys(b"")) == [b"b"]


def test_the_selected_database_counts() -> None:
    room = Room("SET zero 1", "SELECT 1", "SET one 1")
    assert list(room.around.keys(b"")) == [b"one"]
    room.run("SELECT 0")
    assert list(room.around.keys(b"")) == [b"zero"]


def test_in_the_past_the_past_counts() -> None:
    room = Room("SET a 1", "SET b 2")
    list(room.around.keys(b""))
    room.session.step(-1)
    assert list(room.around.keys(b"")) == [b"a"]


def test_members_come_with_their_score_and_fields_with_their_value() -> None:
    around = furnished().around
    assert list(around.members(b"board", b"d")) == [(b"dee", "score 70")]
    assert list(around.members(b"user:1", b"")) == [(b"age", "25"), (b"name", "ann")]
    assert list(around.members(b"k", b"")) == []
    assert list(around.members(b"nosuch", b"")) == []


def test_members_of_large_values_are_found_too() -> None:
    room = Room(**{"zset-max-listpack-entries": "0", "hash-max-listpack-entries": "0"})
    room.run("ZADD z 1 a 2 b", "HSET h f v")
    assert list(room.around.members(b"z", b"b")) == [(b"b", "score 2")]
    assert list(room.around.members(b"h", b"")) == [(b"f", "v")]


def test_a_value_beside_its_field_is_short_and_printable() -> None:
    room = Room(r'HSET h f "\x1b[31m' + "x" * 500 + '"')
    ((_, beside),) = room.around.members(b"h", b"")
    assert beside.startswith(r"\x1b[31mxxx")
    assert len(beside) < 40


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (b"board", "zset of 5, listpack"),
        (b"k", "string of 1 byte, embstr, 20 s left"),
        (b"user:1", "hash of 2, listpack"),
        (b"nosuch", "no such key"),
    ],
)
def test_a_key_is_described_in_a_few_words(key: bytes, words: str) -> None:
    assert furnished().around.describe(key) == words


def test_a_key_whose_time_has_passed_is_not_there() -> None:
    room = Room("CONFIG SET hz 1", "SET k v PX 1")
    room.session.clock.advance(2)
    assert room.around.value(b"k") is None


def test_parameters_come_with_their_value() -> None:
    around = Room("CONFIG SET hz 50").around
    assert list(around.parameters("h"))[-1] == ("hz", "50")
    assert ("notify-keyspace-events", '""') in list(around.parameters("notify"))


def test_of_many_keys_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MOST_LOOKED_AT", 50)
    room = Room("MSET " + " ".join(f"k{number} v" for number in range(200)))
    assert len(list(room.around.keys(b"k"))) == 50
    room.run("HSET h " + " ".join(f"f{number} v" for number in range(600)))
    assert len(list(room.around.members(b"h", b"f"))) == 50


def test_looking_leaves_no_trace_even_while_tables_are_being_rehashed() -> None:
    room = Room("CONFIG SET activerehashing no", **{"hash-max-listpack-entries": "0"})
    room.run("MSET " + " ".join(f"k{number} v" for number in range(64)))
    room.run("HSET h " + " ".join(f"f{number} v" for number in range(65)))
    database = room.around.database
    assert database.keys.is_rehashing
    before = database.keys.freeze(), database.keys.rehash_index
    for number in range(100):
        key = b"k%d" % number
        room.around.describe(key)
        list(islice(room.around.keys(key), 5))
        list(room.around.members(b"h", b"f%d" % number))
    assert (database.keys.freeze(), database.keys.rehash_index) == before


def test_the_keys_are_gone_through_once_for_all_the_letters_of_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room("MSET user:1 a user:2 b")
    walks: list[object] = []
    walk = surroundings.some_entries
    monkeypatch.setattr(
        surroundings, "some_entries", lambda table: walks.append(table) or walk(table)
    )
    for end in range(len(b"user:1")):
        list(room.around.keys(b"user:1"[:end]))
    assert len(walks) == 1
    room.run("SET user:3 c")
    assert b"user:3" in list(room.around.keys(b"u"))
    assert len(walks) == 2
