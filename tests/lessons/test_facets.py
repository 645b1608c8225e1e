from __future__ import annotations

import pytest

from redlearn.lessons.facets import Facet, Value, facet_of, plain_value, value_of
from redlearn.lessons.look import look
from redlearn.lessons.path import ProbeError
from tests.lessons.samples import ran, stage


def seen(probe: str, *lines: str) -> Value:
    on = stage()
    ran(on, *lines)
    return look(probe, on.fork())


ZADD = "ZADD z 1 a 2 b 3 c"
LIMIT = "CONFIG SET zset-max-listpack-entries 2 hash-max-listpack-entries 2"


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("z.type", "zset"),
        ("z.encoding", "listpack"),
        ("z.length", 3),
        ("z.listpack.length", 6),
        ("z.listpack.bytes", 22),
        ("z.listpack.entries", ("a", "1", "b", "2", "c", "3")),
        ("z.listpack.entries[2]", "b"),
    ],
)
def test_a_packed_value_shows_its_entries(probe: str, found: Value) -> None:
    assert seen(probe, ZADD) == found


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("z.encoding", "skiplist"),
        ("len(z.skiplist.nodes)", 3),
        ("z.skiplist.nodes[1].member", "b"),
        ("z.skiplist.node('c').score", 3.0),
        ("z.skiplist.length", 3),
        ("z.hashtable.length", 3),
        ("z.hashtable.size", 4),
        ("z.hashtable.rehashing", False),
        ("z.hashtable.tables[0].used", 3),
        ("z.hashtable.tables[1].size", 0),
        ("z.skiplist.node('a').height == z.skiplist.node('a').level", True),
        ("z.skiplist.node('a').spans[0]", 1),
    ],
)
def test_a_large_sorted_set_shows_both_its_structures(probe: str, found: Value) -> None:
    assert seen(probe, LIMIT, ZADD) == found


def test_every_entry_hangs_in_one_bucket() -> None:
    keys = seen("h.hashtable.keys", LIMIT, "HSET h a 1 b 2 c 3")
    buckets = [seen(f"h.hashtable.bucket({n})", LIMIT, "HSET h a 1 b 2 c 3") for n in range(4)]
    assert isinstance(keys, tuple)
    assert sorted(map(str, keys)) == ["a", "b", "c"]
    hanging = [str(key) for bucket in buckets if isinstance(bucket, tuple) for key in bucket]
    assert sorted(hanging) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("z.skiplist", "a zset has no 'skiplist'"),
        ("z.lenght", "a zset has no 'lenght'; did you mean 'length'?"),
        ("z.listpack.entries[6]", "there is no item 6 in a list of 6"),
        ("z.listpack.entries['a']", "only a list has [items], and only by number"),
        ("z._kit", "a zset has no '_kit'"),
        ("z.__class__", "a zset has no '__class__'"),
        ("z.put('x')", "a zset has no 'put()'"),
    ],
)
def test_what_is_not_offered_cannot_be_reached(probe: str, message: str) -> None:
    with pytest.raises(ProbeError) as caught:
        seen(probe, ZADD)
    assert str(caught.value) == message


@pytest.mark.parametrize("probe", ["z.skiplist.node('x')", "z.hashtable.bucket(9)"])
def test_what_is_not_there_is_told(probe: str) -> None:
    with pytest.raises(ProbeError, match=r"no node holds 'x'|there is no bucket 9"):
        seen(probe, LIMIT, ZADD)


def test_strings_have_a_length_and_an_encoding() -> None:
    assert seen("s.length", "SET s hello") == 5
    assert seen("s.encoding", "SET s 5") == "int"


def test_an_unknown_thing_has_no_facet() -> None:
    with pytest.raises(ProbeError, match="nothing is known of a dict"):
        facet_of({})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"), (True, "yes"), (False, "no"), (5, "5"), (60.0, "60"), (1.5, "1.5"),
        ("a", "a"), (b"\xff", "\\xff"), (("a", 1), "a 1"), (Facet("node", {}), "a node"),
    ],
)  # fmt: skip
def test_values_are_written_as_options_are(value: Value | bytes, text: str) -> None:
    assert value_of(value) == text


def test_fields_of_events_become_plain() -> None:
    assert plain_value((b"k", 1, None, 2.5)) == ("k", 1, None, 2.5)


CHAIN = ("CONFIG SET list-max-listpack-size 3", "RPUSH q a b c d e")


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("q.encoding", "quicklist"),
        ("q.length", 5),
        ("len(q.quicklist.nodes)", 2),
        ("q.quicklist.node(0).entries", 3),
        ("q.quicklist.node(-1).elements", ("d", "e")),
        ("q.quicklist.node(1).bytes", 13),
        ("q.quicklist.node(1).compressed", False),
        ("q.quicklist.compressed", 0),
        ("q.quicklist.fill", 3),
    ],
)
def test_a_quicklist_shows_its_nodes(probe: str, found: Value) -> None:
    assert seen(probe, *CHAIN) == found


def test_there_is_no_node_beyond_the_last() -> None:
    with pytest.raises(ProbeError, match="there is no node 2"):
        seen("q.quicklist.node(2)", *CHAIN)


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("s.intset.width", 4),
        ("s.intset.length", 2),
        ("s.intset.bytes", 16),
        ("s.intset.numbers", (5, 70000)),
    ],
)
def test_an_intset_shows_its_numbers(probe: str, found: Value) -> None:
    assert seen(probe, "SADD s 70000 5") == found


def test_small_lists_and_mixed_sets_are_listpacks() -> None:
    assert seen("q.listpack.entries", "RPUSH q a b") == ("a", "b")
    assert seen("s.listpack.length", "SADD s 1 x") == 2
