"""Streams to bytes and back: nodes, then counters, then consumer groups with what is pending.

    nodes      each: the ID that its differences are taken from, and its listpack
    counters   length; last ID; first ID, greatest deleted ID, entries ever added  (7.0)
    groups     each: name, last ID, entries read (7.0)
                 pending     ID, when it was handed out, how often
                 consumers   name, seen, active (7.2)
                   pending   IDs alone: the rest stands with the group

Three versions of this are about. What an older one does not say is worked out where that is
possible: the first ID from the entries, how many a group has read from where it stands.

Source: `rdb.c` rdbSaveObject, rdbSaveStreamPEL, rdbSaveStreamConsumers, rdbLoadObject.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.payload.types import (
    STREAM_LISTPACKS,
    STREAM_LISTPACKS_2,
    STREAM_LISTPACKS_3,
    STREAM_LISTPACKS_3_SINCE,
)
from redlearn.engine.payload.wire import BadPayload, Reader, write_length, write_string
from redlearn.engine.structures.radix import RadixTree
from redlearn.engine.structures.stream_node import MAX_HALF, SEQUENCE_BITS, StreamNode
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import Consumer, Group, Pending

ID_SIZE: Final = 16
MOMENT_SIZE: Final = 8
LEAST_NODE: Final = 2 + ID_SIZE  # a length, the ID, another length: no node is shorter
LEAST_PENDING: Final = ID_SIZE + MOMENT_SIZE + 1
LEAST_CONSUMER: Final = 2 + MOMENT_SIZE


# Writing


def write_stream(out: bytearray, stream: Stream, version: int, squeeze: bool = True) -> int:
    """Append a stream; returns the number of its type. O(its bytes)."""
    write_length(out, len(stream.nodes))
    for key, node in stream.nodes:
        write_string(out, key, squeeze)
        write_string(out, node.freeze(), squeeze)
    write_length(out, stream.length)
    for id in (stream.last_id, stream.first_id, stream.max_deleted_id):
        _write_id(out, id)
    write_length(out, stream.entries_added)
    newest = version >= STREAM_LISTPACKS_3_SINCE
    write_length(out, len(stream.groups))
    for name, group in stream.groups:
        write_string(out, name, squeeze)
        _write_group(out, group, squeeze, active=newest)
    return STREAM_LISTPACKS_3 if newest else STREAM_LISTPACKS_2


def least_version(stream: Stream) -> int:
    """The lowest version that says all of a stream: when a consumer last got something."""
    for _, group in stream.groups:
        for _, consumer in group.consumers:
            if consumer.active_ms != consumer.seen_ms:
                return STREAM_LISTPACKS_3_SINCE
    return 0


def _write_id(out: bytearray, id: int) -> None:
    write_length(out, id >> SEQUENCE_BITS)
    write_length(out, id & MAX_HALF)


def _write_moment(out: bytearray, ms: int) -> None:
    out += ms.to_bytes(MOMENT_SIZE, "little", signed=True)


def _write_group(out: bytearray, group: Group, squeeze: bool, *, active: bool) -> None:
    _write_id(out, group.last_id)
    write_length(out, group.entries_read & MAX_HALF)
    write_length(out, len(group.pending))
    for key, pending in group.pending:
        out += key
        _write_moment(out, pending.delivered_ms)
        write_length(out, pending.deliveries)
    write_length(out, len(group.consumers))
    for name, consumer in group.consumers:
        write_string(out, name, squeeze)
        _write_moment(out, consumer.seen_ms)
        if active:
            _write_moment(out, consumer.active_ms)
        write_length(out, len(consumer.pending))
        for key, _ in consumer.pending:
            out += key


# Reading


def read_stream(reader: Reader, kit: Kit, form: int) -> Stream:
    """Read a stream of one of the three types. O(its bytes).

    Raises:
        ValueError: Broken bytes, or parts that do not agree.
    """
    stream = Stream(kit)
    last = _read_nodes(reader, stream, kit)
    length = reader.length()
    stream.last_id = _read_id(reader)
    first = stream.edge() if stream.length else None
    stream.first_id = 0 if first is None else first.id
    stream.entries_added = stream.length
    if form != STREAM_LISTPACKS:
        first_id, stream.max_deleted_id = _read_id(reader), _read_id(reader)
        stream.entries_added = reader.length()
        if first_id != stream.first_id:
            raise BadPayload("the first entry of a stream is another")
    if length != stream.length or last > stream.last_id:
        raise BadPayload("the counters of a stream are wrong")
    for _ in range(reader.count(2)):
        name = reader.string()
        if not stream.groups.insert(name, _read_group(reader, stream, kit, form)):
            raise BadPayload("a group is there twice")
    return stream


def _read_nodes(reader: Reader, stream: Stream, kit: Kit) -> int:
    """Read the nodes into `stream`; returns the ID of the last entry, marked ones too."""
    last = -1
    for _ in range(reader.count(LEAST_NODE)):
        key = reader.string()
        if len(key) != ID_SIZE:
            raise BadPayload(f"an ID of {len(key)} bytes")
        node = StreamNode.load(int.from_bytes(key), reader.string(), kit.probe)
        for entry in node.entries():
            if entry.id <= last or entry.id < node.id:
                raise BadPayload("the IDs of a stream do not rise")
            last = entry.id
        stream.link(node)
        stream.length += node.count
    return max(last, 0)


def _read_id(reader: Reader) -> int:
    return reader.length() << SEQUENCE_BITS | reader.length()


def _read_moment(reader: Reader) -> int:
    return int.from_bytes(reader.take(MOMENT_SIZE), "little", signed=True)


def _read_group(reader: Reader, stream: Stream, kit: Kit, form: int) -> Group:
    last_id = _read_id(reader)
    if form == STREAM_LISTPACKS:
        entries_read = stream.read_up_to(last_id)
    else:
        entries_read = reader.length()
        entries_read -= (entries_read >> 63) << 64  # written as if it had no sign
    group = Group(last_id, entries_read, kit.probe)
    waiting: dict[bytes, tuple[int, int]] = {}
    for _ in range(reader.count(LEAST_PENDING)):
        key = reader.take(ID_SIZE)
        if key in waiting:
            raise BadPayload("an entry is pending twice")
        waiting[key] = (_read_moment(reader), reader.length())
    for _ in range(reader.count(LEAST_CONSUMER)):
        name = reader.string()
        if name in group.consumers:
            raise BadPayload("a consumer is there twice")
        consumer = group.add_consumer(name, _read_moment(reader))
        active = form == STREAM_LISTPACKS_3
        consumer.active_ms = _read_moment(reader) if active else consumer.seen_ms
        _read_pending(reader, consumer, waiting)
    _share(group, waiting)
    return group


def _read_pending(
    reader: Reader, consumer: Consumer, waiting: dict[bytes, tuple[int, int]]
) -> None:
    """Read the IDs that a consumer has, and take them from those that wait for an owner."""
    for _ in range(reader.count(ID_SIZE)):
        key = reader.take(ID_SIZE)
        row = waiting.pop(key, None)
        if row is None:
            raise BadPayload("a consumer has what is not pending, or another has")
        consumer.pending.insert(key, Pending(consumer, *row))


def _share(group: Group, ownerless: dict[bytes, tuple[int, int]]) -> None:
    """Let the group have what its consumers have (`Pending` is one object in both trees)."""
    if ownerless:
        raise BadPayload("what is pending belongs to no consumer")
    tree: RadixTree[Pending] = group.pending
    for _, consumer in group.consumers:
        for key, pending in consumer.pending:
            tree.insert(key, pending)
