"""Facets: the named sides that the engine's values and structures show to probes.

A probe walks from facet to facet by the names listed here, and by no others: it cannot reach
an attribute of a Python object, so a lesson cannot change what it looks at.

    value       type encoding length   listpack | skiplist | hashtable | quicklist | intset
                                       | listpackex | ends
    listpack    length bytes entries
    listpackex  length bytes entries fields first   (fields: as they end; first: a moment in ms)
    ends        length fields first                 (of a hash's table: the fields that end)
    skiplist    length height nodes node(member)
    node        member score height spans          (level is another name for height)
    quicklist   length nodes fill depth compressed node(index)
    list node   entries bytes compressed plain elements         (of a quicklist)
    intset      length width bytes numbers
    hashtable   length size rehashing rehash_index tables keys bucket(index)
    table       size used longest bucket(index)     (longest: the most entries in one chain)
    string      bytes bit(offset) hll              (hll: of a string that is a HyperLogLog)
    hll         encoding bytes used estimate stale opcodes register(index)
    zset        place(member)
    place       longitude latitude bits geohash halves (bits: the 52 of the score, as text;
                                                   halves: east, north, west ... for each)
    stream      last_id first_id max_deleted_id added nodes tree_nodes groups group(name)
    streamnode  id length deleted bytes fields entries
    entry       id flags deleted same_fields items
    group       name last_id entries_read lag consumers pending consumer(name)
    consumer    name pending                       (pending: IDs)
    pending     id consumer deliveries
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Union

from redlearn.engine.effects import Effect
from redlearn.engine.structures.bits import get_bit
from redlearn.engine.structures.ebuckets import Ebuckets
from redlearn.engine.structures.geohash import place_of, text_of
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hyperloglog import HyperLogLog, estimate_of
from redlearn.engine.structures.hyperloglog_sparse import HEADER, runs_of
from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpackex import ListpackEx
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.structures.quicklist_node import Node as ListNode
from redlearn.engine.structures.quicklist_node import elements_of
from redlearn.engine.structures.skiplist import Node, Skiplist
from redlearn.engine.structures.stream_node import (
    DELETED,
    SAME_FIELDS,
    StreamEntry,
    StreamNode,
    id_text,
)
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import Consumer, Group, Pending
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value as EngineValue
from redlearn.engine.values.zset import ZSet
from redlearn.lessons.path import ProbeError
from redlearn.probe import Probe
from redlearn.resp.double import format_double

Value = Union[None, bool, int, float, str, "tuple[Value, ...]", "Facet"]
"""What a probe finds. Bytes are shown as text, UTF-8 where they are."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing a probe may stand on.

    Attributes:
        kind: What it is, for error messages.
        fields: Names that lead on.
        methods: Names that lead on by one argument.
    """

    kind: str
    fields: Mapping[str, Callable[[], Value]]
    methods: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)


def facet_of(thing: object) -> Facet:
    """The facet of a value or structure of the engine."""
    match thing:
        case EngineValue():
            return _value(thing)
        case Listpack():
            return Facet(
                "listpack",
                {
                    "length": lambda: len(thing),
                    "bytes": lambda: thing.size,
                    "entries": lambda: tuple(map(_text, thing.items())),
                },
            )
        case ListpackEx():
            return _triples(thing)
        case Ebuckets():
            return _ends(thing)
        case Skiplist():
            return _skiplist(thing)
        case HashTable():
            return _hashtable(thing)
        case Quicklist():
            return _quicklist(thing)
        case Intset():
            return Facet(
                "intset",
                {
                    "length": lambda: len(thing),
                    "width": lambda: thing.width,
                    "bytes": lambda: thing.size,
                    "numbers": lambda: tuple(thing.numbers()),
                },
            )
    raise ProbeError(f"nothing is known of a {type(thing).__name__}")


def plain_value(thing: object) -> Value:
    """A field of an event as a probe's value: bytes and effects as text, an enum as its word."""
    match thing:
        case None | bool() | int() | float() | str():
            return thing
        case bytes():
            return _text(thing)
        case Enum():
            return plain_value(thing.value)
        case Effect(argv=argv):
            return " ".join(map(_text, argv))
        case tuple():
            return tuple(map(plain_value, thing))
    return str(thing)


def value_of(value: Value | bytes) -> str:
    """What a probe found as the text of an option: yes and no, "none", numbers as Redis has them.

    >>> value_of(60.0), value_of(True), value_of(None), value_of(("a", 1))
    ('60', 'yes', 'none', 'a 1')
    """
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return format_double(value).decode()
        case bytes():
            return _text(value)
        case tuple():
            return " ".join(map(value_of, value))
        case Facet():
            return f"a {value.kind}"
    return str(value)


def _value(value: EngineValue) -> Facet:
    fields: dict[str, Callable[[], Value]] = {
        "type": lambda: value.type,
        "encoding": lambda: value.encoding,
        "length": lambda: len(value),
    }
    for name, structure in _structures(value).items():
        fields[name] = _lead_to(structure)
    match value:
        case String():
            return _string(value, fields)
        case ZSet():
            return Facet("zset", fields, {"place": lambda member: _place(value, member)})
        case Stream():
            return _stream(value, fields)
    return Facet(value.type, fields)


def _structures(value: EngineValue) -> dict[str, object]:
    """The structures that hold a value at this moment."""
    found: dict[str, object] = {}
    match value:
        case Hash():
            found = {"listpack": value.pack, "hashtable": value.table}
            found |= {"listpackex": value.triples, "ends": value.moments}
        case ZSet():
            found = {"listpack": value.pack, "skiplist": value.skiplist, "hashtable": value.table}
        case List():
            found = {"listpack": value.pack, "quicklist": value.quicklist}
        case Set():
            found = {"intset": value.intset, "listpack": value.pack, "hashtable": value.table}
    return {name: structure for name, structure in found.items() if structure is not None}


def _lead_to(structure: object) -> Callable[[], Value]:
    return lambda: facet_of(structure)


# --- strings that mean more ---------------------------------------------------------------


def _string(value: String, fields: dict[str, Callable[[], Value]]) -> Facet:
    fields["bytes"] = lambda: tuple(value.data())
    if HyperLogLog.recognises(value.slice(0, HEADER), len(value)):
        fields["hll"] = lambda: _hll(value)
    return Facet("string", fields, {"bit": lambda offset: _bit(value, offset)})


def _bit(value: String, offset: Value) -> Value:
    if not isinstance(offset, int) or offset < 0:
        raise ProbeError(f"there is no bit {value_of(offset)}")
    return get_bit(value.slice(offset >> 3, (offset >> 3) + 1), offset & 7)


def _hll(value: String) -> Facet:
    seen = HyperLogLog(bytearray(value.data()), Probe())
    try:
        registers = seen.registers()
    except ValueError:
        raise ProbeError("the registers of this HyperLogLog are broken") from None
    return Facet(
        "hll",
        {
            "encoding": lambda: "sparse" if seen.is_sparse else "dense",
            "bytes": lambda: len(seen.data),
            "used": lambda: sum(1 for register in registers if register),
            "estimate": lambda: estimate_of(registers),
            "stale": lambda: seen.kept_estimate() is None,
            "opcodes": lambda: _opcodes(seen),
        },
        {"register": lambda index: _register(registers, index)},
    )


def _opcodes(seen: HyperLogLog) -> Value:
    """The runs of a sparse one as PFDEBUG DECODE spells them; a dense one has none."""
    if not seen.is_sparse:
        return ()
    runs = runs_of(seen.data)
    return tuple(
        f"v:{run.value},{run.span}" if run.value else f"{'zZ'[run.size - 1]}:{run.span}"
        for run in runs
    )


def _register(registers: bytearray, index: Value) -> Value:
    if not isinstance(index, int) or not 0 <= index < len(registers):
        raise ProbeError(f"there is no register {value_of(index)}")
    return registers[index]


def _place(zset: ZSet, member: Value) -> Value:
    rows = [score for name, score in zset if _text(name) == member]
    if not rows:
        raise ProbeError(f"there is no member '{value_of(member)}'")
    place = place_of(rows[0])
    return Facet(
        "place",
        {
            "longitude": lambda: place.longitude,
            "latitude": lambda: place.latitude,
            "bits": lambda: f"{int(rows[0]):052b}",
            "geohash": lambda: _text(text_of(place)),
            "halves": lambda: _halves(f"{int(rows[0]):052b}"),
        },
    )


def _halves(bits: str) -> Value:
    """On which side of each halving of the map a place is."""
    sides = (("west", "east"), ("south", "north"))
    return tuple(sides[at % 2][bit == "1"] for at, bit in enumerate(bits))


# --- streams ------------------------------------------------------------------------------


def _stream(stream: Stream, fields: dict[str, Callable[[], Value]]) -> Facet:
    fields |= {
        "last_id": lambda: _id(stream.last_id),
        "first_id": lambda: _id(stream.first_id),
        "max_deleted_id": lambda: _id(stream.max_deleted_id),
        "added": lambda: stream.entries_added,
        "nodes": lambda: tuple(_stream_node(node) for _, node in stream.nodes),
        "tree_nodes": lambda: stream.nodes.nodes,
        "groups": lambda: tuple(_group(stream, name, group) for name, group in stream.groups),
    }
    return Facet("stream", fields, {"group": lambda name: _group_of(stream, name)})


def _stream_node(node: StreamNode) -> Facet:
    return Facet(
        "streamnode",
        {
            "id": lambda: _id(node.id),
            "length": lambda: node.count,
            "deleted": lambda: node.deleted,
            "bytes": lambda: node.size,
            "fields": lambda: tuple(map(_text, node.fields)),
            "entries": lambda: tuple(_entry(entry, node) for entry in node.entries()),
        },
    )


def _entry(entry: StreamEntry, node: StreamNode) -> Facet:
    flags = int(node.pack.get(node.pack.seek(entry.at)))
    return Facet(
        "entry",
        {
            "id": lambda: _id(entry.id),
            "flags": lambda: flags,
            "deleted": lambda: bool(flags & DELETED),
            "same_fields": lambda: bool(flags & SAME_FIELDS),
            "items": lambda: tuple(map(_text, entry.items)),
        },
    )


def _group_of(stream: Stream, name: Value) -> Value:
    for key, group in stream.groups:
        if _text(key) == name:
            return _group(stream, key, group)
    raise ProbeError(f"there is no group '{value_of(name)}'")


def _group(stream: Stream, name: bytes, group: Group) -> Facet:
    return Facet(
        "group",
        {
            "name": lambda: _text(name),
            "last_id": lambda: _id(group.last_id),
            "entries_read": lambda: None if group.entries_read < 0 else group.entries_read,
            "lag": lambda: stream.lag(group),
            "consumers": lambda: tuple(_consumer(each) for _, each in group.consumers),
            "pending": lambda: tuple(_pending(key, each) for key, each in group.pending),
        },
        {"consumer": lambda name: _consumer_of(group, name)},
    )


def _consumer_of(group: Group, name: Value) -> Value:
    for key, consumer in group.consumers:
        if _text(key) == name:
            return _consumer(consumer)
    raise ProbeError(f"there is no consumer '{value_of(name)}'")


def _consumer(consumer: Consumer) -> Facet:
    return Facet(
        "consumer",
        {
            "name": lambda: _text(consumer.name),
            "pending": lambda: tuple(
                _id(int.from_bytes(key, "big")) for key, _ in consumer.pending
            ),
        },
    )


def _pending(key: bytes, pending: Pending) -> Facet:
    return Facet(
        "pending",
        {
            "id": lambda: _id(int.from_bytes(key, "big")),
            "consumer": lambda: _text(pending.consumer.name),
            "deliveries": lambda: pending.deliveries,
        },
    )


def _id(number: int) -> str:
    return _text(id_text(number))


# --- skiplists and tables -----------------------------------------------------------------


def _triples(triples: ListpackEx) -> Facet:
    return Facet(
        "listpackex",
        {
            "length": lambda: len(triples),
            "bytes": lambda: triples.pack.size,
            "entries": lambda: tuple(map(_text, triples.pack.items())),
            "fields": lambda: tuple(_text(row[0]) for row in triples.rows()),
            "first": lambda: triples.first_ms,
        },
    )


def _ends(moments: Ebuckets) -> Facet:
    return Facet(
        "ends",
        {
            "length": lambda: len(moments),
            "fields": lambda: tuple(_text(item) for _, item in moments.rows()),
            "first": lambda: moments.first_ms,
        },
    )


def _skiplist(skiplist: Skiplist) -> Facet:
    return Facet(
        "skiplist",
        {
            "length": lambda: len(skiplist),
            "height": lambda: skiplist.height,
            "nodes": lambda: tuple(map(_node, skiplist)),
        },
        {"node": lambda member: _node_of(skiplist, member)},
    )


def _node_of(skiplist: Skiplist, member: Value) -> Value:
    for node in skiplist:
        if _text(node.member) == member:
            return _node(node)
    raise ProbeError(f"no node holds '{value_of(member)}'")


def _node(node: Node) -> Facet:
    return Facet(
        "node",
        {
            "member": lambda: _text(node.member),
            "score": lambda: node.score,
            "height": lambda: node.height,
            "level": lambda: node.height,
            "spans": lambda: tuple(node.span),
        },
    )


def _quicklist(chain: Quicklist) -> Facet:
    return Facet(
        "quicklist",
        {
            "length": lambda: chain.count,
            "nodes": lambda: tuple(map(_list_node, chain.nodes())),
            "fill": lambda: chain.fill,
            "depth": lambda: chain.depth,
            "compressed": lambda: sum(node.squeezed is not None for node in chain.nodes()),
        },
        {"node": lambda index: _node_at(chain, index)},
    )


def _node_at(chain: Quicklist, index: Value) -> Value:
    nodes = list(chain.nodes())
    if not isinstance(index, int) or not -len(nodes) <= index < len(nodes):
        raise ProbeError(f"there is no node {value_of(index)}")
    return _list_node(nodes[index])


def _list_node(node: ListNode) -> Facet:
    return Facet(
        "list node",
        {
            "entries": lambda: node.count,
            "bytes": lambda: node.size,
            "compressed": lambda: node.squeezed is not None,
            "plain": lambda: node.plain,
            "elements": lambda: tuple(map(_text, elements_of(node, Probe(), 0, node.count))),
        },
    )


def _hashtable(table: HashTable) -> Facet:
    return Facet(
        "hashtable",
        {
            "length": lambda: len(table),
            "size": lambda: table.size(0),
            "rehashing": lambda: table.is_rehashing,
            "rehash_index": lambda: table.rehash_index,
            "tables": lambda: tuple(_table(table, number) for number in (0, 1)),
            "keys": lambda: tuple(_text(entry.key) for entry in table),
        },
        {"bucket": lambda index: _bucket(table, 0, index)},
    )


def _table(table: HashTable, number: int) -> Facet:
    return Facet(
        "table",
        {
            "size": lambda: table.size(number),
            "used": lambda: table.used(number),
            "longest": lambda: max(_chains(table, number), default=0),
        },
        {"bucket": lambda index: _bucket(table, number, index)},
    )


def _chains(table: HashTable, number: int) -> list[int]:
    """How many entries hang in each bucket."""
    buckets = range(table.size(number))
    return [sum(1 for _ in table.bucket(number, bucket)) for bucket in buckets]


def _bucket(table: HashTable, number: int, index: Value) -> Value:
    if not isinstance(index, int) or not 0 <= index < table.size(number):
        raise ProbeError(f"there is no bucket {value_of(index)}")
    return tuple(_text(entry.key) for entry in table.bucket(number, index))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
