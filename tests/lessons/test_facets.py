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


STREAM = [
    "CONFIG SET stream-node-max-entries 2",
    "XADD s 1-1 f a", "XADD s 1-2 f b", "XADD s 2-1 g c", "XDEL s 1-1",
    "XGROUP CREATE s mail 0", "XREADGROUP GROUP mail ann COUNT 1 STREAMS s >",
    "XREADGROUP GROUP mail bob STREAMS s >",
]  # fmt: skip


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("s.length", 2),
        ("s.added", 3),
        ("s.last_id", "2-1"),
        ("s.first_id", "1-2"),
        ("s.max_deleted_id", "1-1"),
        ("len(s.nodes)", 2),
        ("s.tree_nodes", 6),
        ("s.nodes[0].id", "1-1"),
        ("s.nodes[0].length", 1),
        ("s.nodes[0].deleted", 1),
        ("s.nodes[0].fields", ("f",)),
        ("s.nodes[0].entries[0].deleted", True),
        ("s.nodes[0].entries[0].flags", 3),
        ("s.nodes[0].entries[1].same_fields", True),
        ("s.nodes[1].entries[0].items", ("g", "c")),
        ("s.group('mail').last_id", "2-1"),
        ("s.group('mail').lag", 0),
        ("s.groups[0].name", "mail"),
        ("s.groups[0].entries_read", 3),
        ("len(s.groups[0].consumers)", 2),
        ("s.group('mail').consumer('bob').pending", ("2-1",)),
        ("s.group('mail').pending[0].consumer", "ann"),
        ("s.group('mail').pending[0].deliveries", 1),
        ("s.group('mail').pending[0].id", "1-2"),
        ("s.groups[0].consumers[0].name", "ann"),
    ],
)
def test_a_stream_shows_its_nodes_and_groups(probe: str, found: Value) -> None:
    assert seen(probe, *STREAM) == found


def test_the_bytes_of_a_stream_node_are_those_of_its_listpack() -> None:
    bytes_of_two = seen("s.nodes[0].bytes", *STREAM)
    assert isinstance(bytes_of_two, int) and bytes_of_two > 20


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("b.bit(9)", 1),
        ("b.bit(8)", 0),
        ("b.bit(999)", 0),
        ("b.bytes", (0, 64)),
        ("h.hll.encoding", "sparse"),
        ("h.hll.used", 1),
        ("h.hll.estimate", 1),
        ("h.hll.stale", True),
        ("h.hll.opcodes", ("Z:10757", "v:1,1", "Z:5626")),
        ("h.hll.register(10757)", 1),
        ("h.hll.bytes", 21),
        ("d.hll.opcodes", ()),
        ("d.hll.encoding", "dense"),
        ("g.place('Palermo').geohash", "sqc8b49rny0"),
        ("g.place('Palermo').halves[0]", "east"),
        ("g.place('Palermo').halves[1]", "north"),
        ("g.place('Palermo').halves[2]", "west"),
        ("g.place('Palermo').bits", f"{3479099956230698:052b}"),
    ],
)
def test_strings_and_sorted_sets_show_what_they_mean(probe: str, found: Value) -> None:
    lines = ("SETBIT b 9 1", "PFADD h ann", "PFADD d ann", "PFDEBUG TODENSE d",
             "GEOADD g 13.361389 38.115556 Palermo")  # fmt: skip
    assert seen(probe, *lines) == found


def test_a_place_is_as_precise_as_its_score() -> None:
    line = "GEOADD g 13.361389 38.115556 Palermo"
    assert seen("g.place('Palermo').longitude", line) == pytest.approx(13.361389, abs=1e-5)
    assert seen("g.place('Palermo').latitude", line) == pytest.approx(38.115556, abs=1e-5)


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("s.group('x')", "there is no group 'x'"),
        ("s.group('mail').consumer('x')", "there is no consumer 'x'"),
        ("b.bit(-1)", "there is no bit -1"),
        ("b.hll", "a string has no 'hll'"),
        ("h.hll.register(16384)", "there is no register 16384"),
        ("broken.hll", "the registers of this HyperLogLog are broken"),
        ("g.place('x')", "there is no member 'x'"),
    ],
)
def test_what_a_meaning_does_not_have_is_told(probe: str, message: str) -> None:
    lines = (*STREAM, "SETBIT b 9 1", "PFADD h ann", "GEOADD g 13 38 Palermo",
             "PFADD broken x", "APPEND broken y")  # fmt: skip
    with pytest.raises(ProbeError) as refused:
        seen(probe, *lines)
    assert message in str(refused.value)


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


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("h.encoding", "listpackex"),
        ("h.listpackex.length", 3),
        ("h.listpackex.fields", ("b", "c", "a")),
        ("h.listpackex.entries[1]", "2"),
        ("h.listpackex.entries[8]", "0"),
        ("h.listpackex.first > 0", True),
        ("h.listpackex.bytes", 44),
    ],
)
def test_a_small_hash_whose_fields_end_shows_its_triplets(probe: str, found: Value) -> None:
    ends = ("HEXPIRE h 20 FIELDS 1 c", "HEXPIRE h 10 FIELDS 1 b")
    assert seen(probe, "HSET h a 1 b 2 c 3", *ends) == found


@pytest.mark.parametrize(
    ("probe", "found"),
    [("h.ends.length", 2), ("h.ends.fields", ("b", "c")), ("h.hashtable.length", 3)],
)
def test_a_large_one_shows_the_order_beside_its_table(probe: str, found: Value) -> None:
    ends = ("HEXPIRE h 20 FIELDS 1 c", "HEXPIRE h 10 FIELDS 1 b")
    assert seen(probe, LIMIT, "HSET h a 1 b 2 c 3", *ends) == found
