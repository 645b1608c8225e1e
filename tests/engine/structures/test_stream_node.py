"""Stream nodes: the bytes real servers write, reading them back, marking, and refusing."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.stream_node import (
    MAX_ID,
    EntryAppended,
    EntryMarked,
    EntryRead,
    StreamNode,
    id_key,
    id_text,
)
from redlearn.probe import Event, Probe

TOLD = (EntryAppended, EntryMarked, EntryRead)


def id_of(ms: int, sequence: int = 0) -> int:
    return ms << 64 | sequence


def node_of(*entries: tuple[int, dict[bytes, bytes]]) -> StreamNode:
    first, content = entries[0]
    node = StreamNode.begun(first, [*content], Probe())
    for id, content in entries:
        node.append(id, [*content], [*content.values()])
        node.check()
    return node


def content(node: StreamNode) -> list[tuple[bytes, list[bytes]]]:
    return [(id_text(e.id), e.items) for e in node.entries() if not e.deleted]


def test_an_id_is_two_halves() -> None:
    assert id_text(id_of(1000, 5)) == b"1000-5"
    assert id_text(MAX_ID) == b"18446744073709551615-18446744073709551615"
    assert id_key(id_of(1, 2)) == bytes(7) + b"\x01" + bytes(7) + b"\x02"


def test_the_bytes_of_an_entry_are_flags_differences_values_and_a_count() -> None:
    node = node_of((id_of(1, 1), {b"a": b"1"}))
    assert node.freeze().hex(" ") == (
        "1c 00 00 00 0a 00"
        " 01 01 00 01 01 01 81 61 02 00 01"  # one entry, none deleted, one field: a
        " 02 01 00 01 00 01 01 01 04 01"  # same fields, 0 and 0 further: 1; four items
        " ff"
    )


@pytest.mark.parametrize("left", [0, 1, 2, 127, 128, 300])
def test_ids_around_the_end_of_a_half_are_told_apart(left: int) -> None:
    last = 2**64 - 1
    ids = [id_of(1, last - left), id_of(1, last), id_of(2), id_of(2, 3), id_of(9, last), id_of(10)]
    node = node_of(*[(id, {b"a": b"1"}) for id in sorted(set(ids))])
    assert [entry.id for entry in node.entries()] == sorted(set(ids))


def test_other_fields_are_written_out() -> None:
    node = node_of((id_of(1, 1), {b"a": b"1"}), (id_of(2, 1), {b"b": b"2", b"c": b"3"}))
    assert node.pack.items()[10:] == [b"0", b"1", b"0", b"2", b"b", b"2", b"c", b"3", b"8"]
    assert content(node) == [(b"1-1", [b"a", b"1"]), (b"2-1", [b"b", b"2", b"c", b"3"])]


def test_a_difference_may_be_negative_or_wrap_around() -> None:
    ids = [id_of(5, 2**64 - 1), id_of(6, 0), id_of(2**64 - 1, 7)]
    node = node_of(*[(id, {b"f": b"v"}) for id in ids])
    assert [entry.id for entry in node.entries()] == ids
    assert node.last_id() == ids[-1]
    again = StreamNode.load(node.id, node.freeze(), Probe())
    assert [entry.id for entry in again.entries()] == ids


def test_a_range_leaves_out_what_lies_outside() -> None:
    node = node_of(*[(id_of(n), {b"f": b"%d" % n}) for n in range(1, 9)])
    assert [e.id >> 64 for e in node.entries(id_of(3), id_of(5))] == [3, 4, 5]
    assert node.entries(id_of(9), MAX_ID) == []


def test_marked_entries_stay_where_they_are() -> None:
    node = node_of(*[(id_of(n), {b"f": b"v"}) for n in range(1, 5)])
    size = node.size
    node.mark([node.entries()[1], node.entries()[3]])
    node.check()
    assert (node.count, node.deleted, node.size) == (2, 2, size)
    assert [e.deleted for e in node.entries()] == [False, True, False, True]
    assert node.last_id() == id_of(4)


def test_counts_beyond_one_byte_move_what_is_behind_them() -> None:
    node = node_of((id_of(1), {b"f": b"v"}))
    for n in range(2, 300):
        node.append(id_of(n), [b"f"], [b"v"])
    node.check()
    node.mark(node.entries()[:200])
    node.check()
    assert (node.count, node.deleted) == (99, 200)


def test_a_thawed_or_loaded_node_goes_on_as_the_first_did() -> None:
    node = node_of((id_of(1, 1), {b"a": b"1"}), (id_of(2, 1), {b"b": b"2"}))
    for again in (
        StreamNode.thaw(node.id, node.freeze(), Probe()),
        StreamNode.load(node.id, node.freeze(), Probe()),
    ):
        again.check()
        again.append(id_of(3), [b"a"], [b"7"])
        assert content(again) == [*content(node), (b"3-0", [b"a", b"7"])]


@pytest.mark.parametrize("seed", range(30))
def test_broken_bytes_are_refused_or_still_a_node(seed: int) -> None:
    rng = Random(seed)
    node = node_of(*[(id_of(n), {b"f": b"v", b"g": b"%d" % n}) for n in range(1, 6)])
    for _ in range(60):
        data = bytearray(node.freeze())
        data[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        try:
            again = StreamNode.load(node.id, bytes(data), Probe())
        except ValueError:
            continue
        again.entries()
        again.last_id()


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([], "a number was expected, at item 0"),
        ([b"1", b"0", b"1", b"f", b"x"], "a number was expected, at item 4"),
        ([b"1", b"0", b"1", b"f", b"1"], "the master does not end in 0, at item 4"),
        ([b"1", b"0", b"0", b"0", b"2", b"0", b"0", b"9"], "not as long as it says, at item 7"),
        ([b"2", b"0", b"0", b"0", b"2", b"0", b"0", b"3"], r"the master says \[2, 0\]"),
        ([b"1", b"0", b"0", b"0", b"0", b"0", b"0", b"-1", b"3"], "has -1 fields, at item 7"),
    ],
)
def test_a_listpack_that_is_no_node_is_refused(items: list[bytes], fault: str) -> None:
    node = node_of((id_of(1), {b"f": b"v"}))
    node.pack.delete(node.pack.first(), 99)
    node.pack.append(*items)
    with pytest.raises(ValueError, match=fault):
        StreamNode.load(1, node.freeze(), Probe())


def test_a_node_tells_what_is_added_marked_and_read() -> None:
    node = node_of((id_of(1), {b"f": b"v"}))
    seen: list[Event] = []
    node._probe.emit = seen.append
    node.append(id_of(2), [b"g"], [b"w"])
    node.mark([entry for entry in node.entries() if entry.id == id_of(1)])
    assert [event for event in seen if type(event) in TOLD] == [
        EntryAppended(id_of(1), id_of(2), False),
        EntryRead(id_of(1), id_of(1), False),
        EntryRead(id_of(1), id_of(2), False),
        EntryMarked(id_of(1), id_of(1)),
    ]
