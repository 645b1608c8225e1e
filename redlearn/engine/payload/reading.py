"""Bytes to values: a function for each type and form that any version has written.

Forms that exist no longer are read into those of today: a ziplist becomes a listpack, and a
value beyond a limit of the moment a table, whatever it was when it was written.

Unlike Redis: it looks through what is packed only if sanitize-dump-payload says so, and else
checks lengths alone; and it takes an entry twice from some forms. Here everything is looked
through, always, and a payload with an error in it is refused.

Source: `rdb.c` rdbLoadObject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redlearn.engine.payload import types
from redlearn.engine.payload.footer import OLDEST
from redlearn.engine.payload.stream import read_stream
from redlearn.engine.payload.wire import DOUBLE, BadPayload, EmptyValue, Reader
from redlearn.engine.payload.ziplist import ziplist_items, zipmap_pairs
from redlearn.engine.structures.ebuckets import LATEST_MS, NO_TIME
from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpackex import Row
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.resp.double import parse_double

MAY_BE_EMPTY: Final = ("string", "stream")
NEVER: Final = (1 << 64) - 1  # Valkey's moment of a field that stays

LoadValue = Callable[[Reader, Kit], Value]


def read_value(reader: Reader, type_number: int, kit: Kit, version: int = OLDEST) -> Value:
    """Read one value, whose type was read before.

    Args:
        version: The one that the bytes are of: a number can mean another type in another.

    Raises:
        BadPayload: The bytes are no value of that type, or there is no such type.
        EmptyValue: The value has no elements, and is of a type that must have some.
    """
    load = READERS.get(type_number)
    if version >= types.HASH_2_SINCE and type_number in OF_VALKEY:
        load = OF_VALKEY[type_number]
    if load is None:
        raise BadPayload(f"type {type_number} of version {version} is not known")
    try:
        value = load(reader, kit)
    except BadPayload:
        raise
    except ValueError as fault:  # what a structure says of its bytes
        raise BadPayload(str(fault)) from None
    if value.type not in MAY_BE_EMPTY and not len(value):
        raise EmptyValue(f"an empty {value.type}")
    return value


def _text(reader: Reader, kit: Kit) -> Value:
    return String.of(reader.string())


# Lists


def _list(reader: Reader, kit: Kit) -> Value:
    return List.built(kit, [reader.string() for _ in range(reader.count())])


def _list_of_ziplist(reader: Reader, kit: Kit) -> Value:
    return List.of_nodes([_node_of(reader.string(), kit)], kit)


def _list_of_ziplists(reader: Reader, kit: Kit) -> Value:
    rows = [_node_of(reader.string(), kit) for _ in range(reader.count())]
    return List.of_nodes(rows, kit)


def _node_of(ziplist: bytes, kit: Kit) -> tuple[bool, bytes]:
    return False, _packed(ziplist_items(ziplist), kit).freeze()


def _list_of_nodes(reader: Reader, kit: Kit) -> Value:
    rows: list[tuple[bool, bytes]] = []
    for _ in range(reader.count(2)):
        container = reader.length()
        if container not in (types.NODE_PLAIN, types.NODE_PACKED):
            raise BadPayload(f"a list has no container {container}")
        rows.append((container == types.NODE_PLAIN, reader.string()))
    return List.of_nodes(rows, kit)


def _packed(items: list[bytes], kit: Kit) -> Listpack:
    pack = Listpack(kit.probe)
    pack.append(*items)
    return pack


# Sets


def _set(reader: Reader, kit: Kit) -> Value:
    return Set.built(kit, [reader.string() for _ in range(reader.count())])


def _set_of_intset(reader: Reader, kit: Kit) -> Value:
    return Set.of_intset(Intset.load(reader.string(), kit.probe), kit)


def _set_of_listpack(reader: Reader, kit: Kit) -> Value:
    return Set.of_listpack(Listpack.load(reader.string(), kit.probe), kit)


# Hashes


def _hash(reader: Reader, kit: Kit) -> Value:
    return _hash_of([(reader.string(), reader.string()) for _ in range(reader.count(2))], kit)


def _hash_of_zipmap(reader: Reader, kit: Kit) -> Value:
    return _hash_of(zipmap_pairs(reader.string()), kit)


def _hash_of(pairs: list[tuple[bytes, bytes]], kit: Kit) -> Hash:
    if len(dict(pairs)) < len(pairs):
        raise BadPayload("a field is there twice")
    return Hash.built(kit, pairs)


def _hash_of_ziplist(reader: Reader, kit: Kit) -> Value:
    return Hash.of_listpack(_packed(ziplist_items(reader.string()), kit), kit)


def _hash_of_listpack(reader: Reader, kit: Kit) -> Value:
    return Hash.of_listpack(Listpack.load(reader.string(), kit.probe), kit)


def _hash_with_moments(reader: Reader, kit: Kit) -> Value:
    """Moments are counted from the first one, from 1 on; 0 is for fields that stay."""
    return _hash_after(reader.little(8) - 1, reader, kit)


def _hash_with_full_moments(reader: Reader, kit: Kit) -> Value:
    return _hash_after(0, reader, kit)


def _hash_after(before_ms: int, reader: Reader, kit: Kit) -> Value:
    rows: list[Row] = []
    for _ in range(reader.count(3)):
        after = reader.length()
        field, value = reader.string(), reader.string()
        rows.append((field, value, _moment(before_ms + after) if after else NO_TIME))
    return _hash_of_rows(rows, kit)


def _moment(at_ms: int) -> int:
    if not NO_TIME < at_ms <= LATEST_MS:
        raise BadPayload("a field ends at no moment")
    return at_ms


def _hash_of_triples(reader: Reader, kit: Kit) -> Value:
    if reader.little(8) > LATEST_MS:  # when Redis last knew the first field to end
        raise BadPayload("a field ends at no moment")
    return _hash_of_bare_triples(reader, kit)


def _hash_of_bare_triples(reader: Reader, kit: Kit) -> Value:
    return Hash.of_triples(Listpack.load(reader.string(), kit.probe), kit)


def _hash_2(reader: Reader, kit: Kit) -> Value:
    rows: list[Row] = []
    for _ in range(reader.count(2)):
        field, value, moment = reader.string(), reader.string(), reader.little(8)
        rows.append((field, value, NO_TIME if moment == NEVER else _moment(moment)))
    return _hash_of_rows(rows, kit)


def _hash_of_rows(rows: list[Row], kit: Kit) -> Hash:
    if len({row[0] for row in rows}) < len(rows):
        raise BadPayload("a field is there twice")
    return Hash.of_rows(kit, rows)


# Sorted sets


def _zset(reader: Reader, kit: Kit) -> Value:
    """Scores are text: the form before version 8."""
    rows = [(reader.string(), reader.text_double()) for _ in range(reader.count(2))]
    return _zset_of(rows, kit)


def _zset_2(reader: Reader, kit: Kit) -> Value:
    rows = [(reader.string(), reader.double()) for _ in range(reader.count(1 + DOUBLE.size))]
    return _zset_of(rows, kit)


def _zset_of(rows: list[tuple[bytes, float]], kit: Kit) -> ZSet:
    if len(dict(rows)) < len(rows):
        raise BadPayload("a member is there twice")
    return ZSet.built(kit, sorted(rows, key=_place))


def _zset_of_ziplist(reader: Reader, kit: Kit) -> Value:
    return _zset_of_pack(_packed(ziplist_items(reader.string()), kit), kit)


def _zset_of_listpack(reader: Reader, kit: Kit) -> Value:
    return _zset_of_pack(Listpack.load(reader.string(), kit.probe), kit)


def _zset_of_pack(pack: Listpack, kit: Kit) -> ZSet:
    if any(parse_double(score) is None for score in pack.items()[1::2]):
        raise BadPayload("a score is not a number")
    value = ZSet.of_listpack(pack, kit)
    rows = value.slice(0, len(value))
    if rows != sorted(rows, key=_place):
        raise BadPayload("the members of a sorted set are in no order")
    return value


def _place(row: tuple[bytes, float]) -> tuple[float, bytes]:
    """What orders the rows of a sorted set."""
    return row[1], row[0]


# Streams


def _stream(reader: Reader, kit: Kit) -> Value:
    return read_stream(reader, kit, types.STREAM_LISTPACKS)


def _stream_2(reader: Reader, kit: Kit) -> Value:
    return read_stream(reader, kit, types.STREAM_LISTPACKS_2)


def _stream_3(reader: Reader, kit: Kit) -> Value:
    return read_stream(reader, kit, types.STREAM_LISTPACKS_3)


READERS: Final[dict[int, LoadValue]] = {
    types.STRING: _text,
    types.LIST: _list,
    types.SET: _set,
    types.ZSET: _zset,
    types.HASH: _hash,
    types.ZSET_2: _zset_2,
    types.HASH_ZIPMAP: _hash_of_zipmap,
    types.LIST_ZIPLIST: _list_of_ziplist,
    types.SET_INTSET: _set_of_intset,
    types.ZSET_ZIPLIST: _zset_of_ziplist,
    types.HASH_ZIPLIST: _hash_of_ziplist,
    types.LIST_QUICKLIST: _list_of_ziplists,
    types.HASH_LISTPACK: _hash_of_listpack,
    types.ZSET_LISTPACK: _zset_of_listpack,
    types.LIST_QUICKLIST_2: _list_of_nodes,
    types.SET_LISTPACK: _set_of_listpack,
    types.STREAM_LISTPACKS: _stream,
    types.STREAM_LISTPACKS_2: _stream_2,
    types.STREAM_LISTPACKS_3: _stream_3,
    types.HASH_METADATA_PRE_GA: _hash_with_full_moments,
    types.HASH_LISTPACK_EX_PRE_GA: _hash_of_bare_triples,
    types.HASH_METADATA: _hash_with_moments,
    types.HASH_LISTPACK_EX: _hash_of_triples,
}
"""What reads a value, by the number of its type."""

OF_VALKEY: Final[dict[int, LoadValue]] = {types.HASH_2: _hash_2}
"""What a number means from version 80 on, where it means something else before."""
