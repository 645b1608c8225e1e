"""Hashes: what they hold, and when they stop being a listpack."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.probe import Event, Probe


def new_kit() -> Kit:
    return Kit(Probe(), Random(1), Random(2), seed=3)


def hash_of(count: int, kit: Kit | None = None) -> Hash:
    made = Hash(kit or new_kit())
    for number in range(count):
        made.put(b"f%d" % number, b"v%d" % number)
    return made


@pytest.mark.parametrize("count", [5, 600])
def test_fields_are_put_read_and_removed(count: int) -> None:
    fields = hash_of(count)
    assert not fields.put(b"f2", b"new")
    assert fields.put(b"g", b"")
    assert (fields.get(b"f2"), fields.get(b"g"), fields.get(b"h")) == (b"new", b"", None)
    assert fields.remove(b"f1")
    assert not fields.remove(b"f1")
    assert b"f1" not in fields
    assert len(fields) == count
    fields.check()


@pytest.mark.parametrize(("count", "encoding"), [(512, "listpack"), (513, "hashtable")])
def test_the_513th_field_converts(count: int, encoding: str) -> None:
    assert hash_of(count).encoding == encoding


@pytest.mark.parametrize(
    ("field", "value", "encoding"),
    [(64, 1, "listpack"), (65, 1, "hashtable"), (1, 64, "listpack"), (1, 65, "hashtable")],
)
def test_a_field_or_value_of_65_bytes_converts(field: int, value: int, encoding: str) -> None:
    fields = hash_of(1)
    fields.put(b"k" * field, b"v" * value)
    assert fields.encoding == encoding
    assert fields.get(b"f0") == b"v0"


def test_there_is_no_way_back() -> None:
    fields = hash_of(513)
    for number in range(512):
        fields.remove(b"f%d" % number)
    assert (len(fields), fields.encoding) == (1, "hashtable")


@pytest.mark.parametrize(
    ("arguments", "encoding"),
    [
        ([b"a", b"1"] * 512, "listpack"),
        ([b"a", b"1"] * 513, "hashtable"),
        ([b"a", b"1", b"b", b"x" * 65], "hashtable"),
        ([b"a", b"1", b"b", b"x" * 64], "listpack"),
        ([], "listpack"),
    ],
)
def test_several_fields_convert_before_the_first_is_put(
    arguments: list[bytes], encoding: str
) -> None:
    fields = hash_of(1)
    fields.expect(arguments)
    assert fields.encoding == encoding
    assert fields.pairs() == [(b"f0", b"v0")]


def test_a_listpack_does_not_grow_beyond_a_gibibyte() -> None:
    kit = new_kit()
    kit.hash_max_listpack_value = 1 << 31
    fields = hash_of(1, kit)
    fields.expect([b"x" * (1 << 18)] * 4096)
    assert fields.encoding == "hashtable"


def test_a_conversion_says_why() -> None:
    kit = new_kit()
    kit.hash_max_listpack_entries = 2
    fields = hash_of(2, kit)
    seen: list[Event] = []
    kit.probe.emit = seen.append
    fields.put(b"third", b"")
    assert EncodingChanged("hash", "listpack", "hashtable", "3 fields > 2") in seen


def test_a_listpack_is_scanned_whole_and_a_table_by_buckets() -> None:
    small, large = hash_of(100), hash_of(1000)
    cursor, pairs = small.scan(0, 10)
    assert (cursor, len(pairs)) == (0, 100)
    cursor, pairs = large.scan(0, 10)
    assert cursor != 0
    assert 10 <= len(pairs) < 30


def test_a_loaded_listpack_is_a_hash_if_it_has_pairs_of_distinct_fields() -> None:
    kit = new_kit()
    pack = Listpack(kit.probe)
    pack.append(b"a", b"x" * 100, b"b", b"2")
    loaded = Hash.of_listpack(pack, kit)
    assert loaded.pairs() == [(b"a", b"x" * 100), (b"b", b"2")]
    assert loaded.encoding == "listpack"  # only the number of fields is looked at
    kit.hash_max_listpack_entries = 1
    assert Hash.of_listpack(pack, kit).encoding == "hashtable"
    for items in ([b"a"], [b"a", b"1", b"a", b"2"]):
        pack = Listpack(kit.probe)
        pack.append(*items)
        with pytest.raises(ValueError, match="no hash"):
            Hash.of_listpack(pack, kit)


@pytest.mark.parametrize(("count", "encoding"), [(512, "listpack"), (513, "hashtable")])
def test_a_hash_built_whole_takes_the_form_that_fits(count: int, encoding: str) -> None:
    pairs = [(b"f%d" % number, b"v") for number in range(count)]
    built = Hash.built(new_kit(), pairs)
    built.check()
    assert built.encoding == encoding
    assert sorted(built) == sorted(pairs)


def test_a_snapshot_keeps_the_order_of_every_bucket() -> None:
    kit = new_kit()
    fields = hash_of(600, kit)
    for number in range(0, 600, 2):
        fields.remove(b"f%d" % number)
    assert Hash.thaw(fields.freeze(), kit).pairs() == fields.pairs()


@pytest.mark.parametrize(
    ("count", "memory"), [(1, 48), (5, 80), (50, 528), (512, 6160), (600, 32264)]
)
def test_memory_is_what_redis_7_0_measured_less_the_key(count: int, memory: int) -> None:
    fields = Hash(new_kit())
    for number in range(count):
        fields.put(b"f%04d" % number, b"v")
    assert fields.memory() == fields.memory(samples=0) == memory


def test_a_random_pair_is_any_of_them() -> None:
    for count in (5, 600):
        fields = hash_of(count)
        drawn = {fields.random_pair() for _ in range(count * 20)}
        assert drawn == set(fields.pairs())


# --- Fields that end ------------------------------------------------------------------------


def timed_hash(count: int, kit: Kit | None = None) -> Hash:
    """`hash_of`, of which f1 ends at 20 and f0 at 10."""
    made = hash_of(count, kit)
    made.set_moment(b"f1", 20)
    made.set_moment(b"f0", 10)
    return made


@pytest.mark.parametrize(("count", "encoding"), [(5, "listpackex"), (600, "hashtable")])
def test_fields_end_in_either_form(count: int, encoding: str) -> None:
    made = timed_hash(count)
    assert (made.encoding, made.first_ms, len(made)) == (encoding, 10, count)
    assert [made.moment_of(field) for field in (b"f0", b"f2", b"none")] == [10, 0, None]
    assert made.due(15, 9) == [(10, b"f0")]
    assert len(made.pairs(now_ms=10)) == len(made.fields()) == count
    assert len(made.pairs(now_ms=11)) == len(made.values(now_ms=11)) == count - 1
    assert {field for field, _ in made.scan(0, 2000, now_ms=21)[1]} & {b"f0", b"f1"} == set()
    made.expire([b"f0"])
    assert (made.first_ms, len(made)) == (20, count - 1)
    made.check()


@pytest.mark.parametrize("count", [5, 600])
def test_a_hash_with_ends_comes_back_and_is_copied(count: int) -> None:
    made = timed_hash(count)
    for again in (Hash.thaw(made.freeze(), new_kit()), made.copy(new_kit())):
        assert sorted(again.rows()) == sorted(made.rows())
        assert (again.encoding, again.first_ms) == (made.encoding, 10)
        again.check()
    assert Hash.thaw(made.freeze(), new_kit()).freeze() == made.freeze()


def test_ends_cost_memory() -> None:
    plain, timed = hash_of(5), timed_hash(5)
    assert timed.memory() > plain.memory() + 5 * 2
    assert timed_hash(600).memory(0) == hash_of(600).memory(0) + 32 + 2 * 24
    assert timed_hash(600).footprint() == hash_of(600).footprint() + 32 + 2 * 16


def test_the_way_leads_over_triplets_to_a_table_and_never_back() -> None:
    events: list[Event] = []
    kit = Kit(Probe(events.append), Random(1), Random(2), seed=3)
    made = timed_hash(5, kit)
    made.put(b"long", b"x" * 65)
    made.set_moment(b"f0", 0)
    made.set_moment(b"f1", 0)
    assert (made.encoding, made.first_ms) == ("hashtable", 0)
    assert [(e.old, e.new) for e in events if isinstance(e, EncodingChanged)] == [
        ("listpack", "listpackex"), ("listpackex", "hashtable")]  # fmt: skip


@pytest.mark.parametrize("count", [5, 600])
def test_a_sample_is_drawn_whether_fields_end_or_not(count: int) -> None:
    made = timed_hash(count)
    assert made.random_pair() in made.pairs()
    assert len(set(made.sample(3))) == 3
    assert set(made.sample(3)) <= set(made.pairs())
