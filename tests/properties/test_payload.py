"""Payloads: any value comes back from its bytes, and no bytes do harm."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from redlearn.engine.payload import BadPayload, Reader, dump, open_payload, read_value
from redlearn.engine.payload.wire import write_length, write_string
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe
from tests.engine.payload.test_reading import content_of

numbers = st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number)
repeating = st.builds(lambda piece, count: piece * count, st.binary(max_size=9), st.integers(0, 90))
texts = st.one_of(st.binary(max_size=40), numbers, repeating)
scores = st.floats(allow_nan=False)
versions = st.sampled_from([10, 11, 12, 80])


def new_kit(entries: int = 128) -> Kit:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.hash_max_listpack_entries = kit.zset_max_listpack_entries = entries
    kit.set_max_intset_entries = kit.set_max_listpack_entries = entries
    kit.list_max_listpack_size = entries
    return kit


def same(value: Value, version: int, kit: Kit) -> None:
    content, written = open_payload(dump(value, version))
    assert written == version
    reader = Reader(content)
    back = read_value(reader, reader.byte(), kit, version)
    back.check()
    assert reader.left == 0
    assert content_of(back) == content_of(value)
    assert back.encoding == value.encoding


limits = st.sampled_from([2, 128])


@given(st.integers(0, 2**64 - 1))
def test_any_length_comes_back(length: int) -> None:
    out = bytearray()
    write_length(out, length)
    reader = Reader(bytes(out))
    assert (reader.length(), reader.left) == (length, 0)


@given(texts)
def test_any_string_comes_back(text: bytes) -> None:
    out = bytearray()
    write_string(out, text)
    reader = Reader(bytes(out))
    assert (reader.string(), reader.left) == (text, 0)
    same(String.of(text), 10, new_kit())


@given(st.lists(texts, min_size=1, max_size=20), limits, versions)
def test_any_list_comes_back(elements: list[bytes], entries: int, version: int) -> None:
    kit = new_kit(entries)
    same(List.built(kit, elements), version, kit)


@given(st.lists(texts, min_size=1, max_size=20, unique=True), limits, versions)
def test_any_set_comes_back(members: list[bytes], entries: int, version: int) -> None:
    kit = new_kit(entries)
    same(Set.built(kit, members), version, kit)


@given(st.dictionaries(texts, texts, min_size=1, max_size=20), limits, versions)
def test_any_hash_comes_back(pairs: dict[bytes, bytes], entries: int, version: int) -> None:
    kit = new_kit(entries)
    same(Hash.built(kit, list(pairs.items())), version, kit)


moments = st.one_of(st.just(0), st.integers(1, 20), st.integers(1, 2**46 - 1))


@given(
    st.dictionaries(texts, st.tuples(texts, moments), min_size=1, max_size=20),
    limits,
    st.sampled_from([12, 80]),
)
def test_any_hash_whose_fields_end_comes_back(
    rows: dict[bytes, tuple[bytes, int]], entries: int, version: int
) -> None:
    kit = new_kit(entries)
    value = Hash.of_rows(kit, [(field, *row) for field, row in rows.items()])
    content, _ = open_payload(dump(value, version))
    reader = Reader(content)
    back = read_value(reader, reader.byte(), kit, version)
    assert isinstance(back, Hash)
    back.check()
    assert sorted(back.rows()) == sorted(value.rows())
    assert back.encoding == value.encoding or not value.first_ms


@given(st.dictionaries(texts, scores, min_size=1, max_size=20), limits, versions)
def test_any_sorted_set_comes_back(rows: dict[bytes, float], entries: int, version: int) -> None:
    kit = new_kit(entries)
    ordered = sorted(rows.items(), key=lambda row: (row[1], row[0]))
    same(ZSet.built(kit, ordered), version, kit)


@given(st.integers(0, 30), st.binary(max_size=200))
def test_no_bytes_do_harm(number: int, data: bytes) -> None:
    try:
        value = read_value(Reader(data), number, new_kit())
    except BadPayload:
        return
    value.check()
