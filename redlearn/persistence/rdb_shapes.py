"""Shapes: what the value of each type consists of in a file, part by part.

A function for each shape names the parts in the order in which they stand. It is what
`payload/reading.py` reads, said a second time, for who wants to see the bytes rather than have the
value; a test holds the two against each other for every type.

Source: `rdb.c` rdbLoadObject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redlearn.engine.payload import BadPayload, types
from redlearn.engine.payload.stream import (
    ID_SIZE,
    LEAST_CONSUMER,
    LEAST_NODE,
    LEAST_PENDING,
)
from redlearn.engine.payload.wire import DOUBLE
from redlearn.persistence.rdb_fields import Tracer

Shape = Callable[[Tracer], None]

MODULE_PRE_GA: Final = 6
MODULE_2: Final = 7
CONTAINERS: Final = {types.NODE_PLAIN: "element", types.NODE_PACKED: "listpack"}


def one(name: str) -> Shape:
    """A single string."""

    def shape(trace: Tracer) -> None:
        trace.string(name)

    return shape


def many(name: str, *parts: str) -> Shape:
    """How many there are, then each: as many strings as there are `parts`."""

    def shape(trace: Tracer) -> None:
        for _ in range(trace.count(name, len(parts))):
            for part in parts:
                trace.string(part)

    return shape


def _scores_as_text(trace: Tracer) -> None:
    for _ in range(trace.count("members", 2)):
        trace.string("member")
        trace.text_double("score")


def _scores(trace: Tracer) -> None:
    for _ in range(trace.count("members", 1 + DOUBLE.size)):
        trace.string("member")
        trace.double("score")


def _nodes(trace: Tracer) -> None:
    for _ in range(trace.count("nodes", 2)):
        container = trace.length("container")
        if container not in CONTAINERS:
            raise BadPayload(f"a list has no container {container}")
        trace.string(CONTAINERS[container])


def _fields_with_moments(trace: Tracer) -> None:
    trace.moment("first field ends at")
    _fields_with_full_moments(trace)


def _fields_with_full_moments(trace: Tracer) -> None:
    for _ in range(trace.count("fields", 3)):
        trace.length("ends")
        trace.string("field")
        trace.string("value")


def _triples(trace: Tracer) -> None:
    trace.moment("first field ends at")
    trace.string("listpack")


def _fields_of_valkey(trace: Tracer) -> None:
    for _ in range(trace.count("fields", 2)):
        trace.string("field")
        trace.string("value")
        trace.moment("ends at")


# Streams


def _stream(trace: Tracer) -> None:
    _nodes_and_last(trace)
    _groups(trace, read=False, active=False)


def _stream_2(trace: Tracer) -> None:
    _nodes_and_last(trace)
    _counters(trace)
    _groups(trace, read=True, active=False)


def _stream_3(trace: Tracer) -> None:
    _nodes_and_last(trace)
    _counters(trace)
    _groups(trace, read=True, active=True)


def _nodes_and_last(trace: Tracer) -> None:
    for _ in range(trace.count("nodes", LEAST_NODE)):
        trace.string("node ID")
        trace.string("listpack")
    trace.length("entries")
    _id(trace, "last ID")


def _counters(trace: Tracer) -> None:
    _id(trace, "first ID")
    _id(trace, "greatest deleted ID")
    trace.length("entries ever added")


def _id(trace: Tracer, name: str) -> None:
    trace.length(f"{name}, ms")
    trace.length(f"{name}, sequence")


def _groups(trace: Tracer, *, read: bool, active: bool) -> None:
    for _ in range(trace.count("groups", 2)):
        trace.string("group")
        _id(trace, "last delivered ID")
        if read:
            trace.length("entries read")
        for _ in range(trace.count("pending", LEAST_PENDING)):
            trace.raw("pending ID", ID_SIZE)
            trace.moment("delivered at")
            trace.length("deliveries")
        for _ in range(trace.count("consumers", LEAST_CONSUMER)):
            _consumer(trace, active)


def _consumer(trace: Tracer, active: bool) -> None:
    trace.string("consumer")
    trace.moment("seen at")
    if active:
        trace.moment("active at")
    for _ in range(trace.count("pending", ID_SIZE)):
        trace.raw("pending ID", ID_SIZE)


# Modules


def _module(trace: Tracer) -> None:
    trace.length("module ID")
    module_parts(trace)


def module_parts(trace: Tracer) -> None:
    """What a module has written, which says of each part what it is (`rdb.h` RDB_MODULE_OPCODE)."""
    while kind := trace.length("kind of part"):
        match kind:
            case 1 | 2:
                trace.length("integer")
            case 3:
                trace.raw("float", 4)
            case 4:
                trace.raw("double", 8)
            case 5:
                trace.string("string")
            case _:
                raise BadPayload(f"a module has no part of kind {kind}")


SHAPES: Final[dict[int, tuple[str, Shape]]] = {
    types.STRING: ("string", one("value")),
    types.LIST: ("list", many("elements", "element")),
    types.SET: ("set", many("members", "member")),
    types.ZSET: ("sorted set, scores as text", _scores_as_text),
    types.HASH: ("hash", many("fields", "field", "value")),
    types.ZSET_2: ("sorted set", _scores),
    MODULE_2: ("value of a module", _module),
    types.HASH_ZIPMAP: ("hash as zipmap", one("zipmap")),
    types.LIST_ZIPLIST: ("list as ziplist", one("ziplist")),
    types.SET_INTSET: ("set as intset", one("intset")),
    types.ZSET_ZIPLIST: ("sorted set as ziplist", one("ziplist")),
    types.HASH_ZIPLIST: ("hash as ziplist", one("ziplist")),
    types.LIST_QUICKLIST: ("list as quicklist of ziplists", many("nodes", "ziplist")),
    types.STREAM_LISTPACKS: ("stream", _stream),
    types.HASH_LISTPACK: ("hash as listpack", one("listpack")),
    types.ZSET_LISTPACK: ("sorted set as listpack", one("listpack")),
    types.LIST_QUICKLIST_2: ("list as quicklist", _nodes),
    types.STREAM_LISTPACKS_2: ("stream, second form", _stream_2),
    types.SET_LISTPACK: ("set as listpack", one("listpack")),
    types.STREAM_LISTPACKS_3: ("stream, third form", _stream_3),
    types.HASH_METADATA_PRE_GA: (
        "hash with fields that end, early form",
        _fields_with_full_moments,
    ),
    types.HASH_LISTPACK_EX_PRE_GA: ("hash as listpack with moments, early form", one("listpack")),
    types.HASH_METADATA: ("hash with fields that end", _fields_with_moments),
    types.HASH_LISTPACK_EX: ("hash as listpack with moments", _triples),
}
"""What the type of a number is called, and what its values consist of."""

OF_VALKEY: Final[dict[int, tuple[str, Shape]]] = {
    types.HASH_2: ("hash with fields that end, as Valkey writes it", _fields_of_valkey)
}
"""The same, for numbers that mean something else from version 80 on."""


def shape_of(number: int, version: int) -> tuple[str, Shape]:
    """What the type is called, and what its values consist of.

    Raises:
        BadPayload: There is no such type.
    """
    found = OF_VALKEY.get(number) if version >= types.HASH_2_SINCE else None
    found = found or SHAPES.get(number)
    if found is None:
        raise BadPayload(f"type {number} of version {version} is not known")
    return found
