"""Values to bytes: a function for each type, in the form it has in memory.

Source: `rdb.c` rdbSaveObjectType, rdbSaveObject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redlearn.engine.payload.footer import OLDEST, seal
from redlearn.engine.payload.stream import least_version, write_stream
from redlearn.engine.payload.types import (
    HASH,
    HASH_2,
    HASH_2_SINCE,
    HASH_LISTPACK,
    HASH_LISTPACK_EX,
    HASH_METADATA,
    HASH_METADATA_SINCE,
    LIST_QUICKLIST_2,
    NODE_PACKED,
    NODE_PLAIN,
    SET,
    SET_INTSET,
    SET_LISTPACK,
    SET_LISTPACK_SINCE,
    STRING,
    ZSET_2,
    ZSET_LISTPACK,
)
from redlearn.engine.payload.wire import DOUBLE, write_length, write_number, write_string
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet

Writer = Callable[[bytearray, Value, int, bool], int]
"""Appends a value to the bytes, for a reader of the version; returns the number of its type.

The last argument: whether strings may be squeezed.
"""


def dump(value: Value, version: int = OLDEST) -> bytes:
    """The payload of a value, as DUMP gives it. O(its bytes).

    Args:
        version: The newest that the reader knows; a higher one allows for newer forms. It is
            raised for a stream of which the oldest form cannot say everything, and for a hash
            whose fields end.
    """
    version = max(version, version_needed(value))
    content = bytearray(1)
    content[0] = write_value(content, value, version)
    return seal(bytes(content), version)


def version_needed(value: Value) -> int:
    """The lowest version that can say all of a value. O(1), for a stream O(consumers)."""
    if isinstance(value, Hash) and (value.first_ms or value.triples is not None):
        return HASH_METADATA_SINCE
    if isinstance(value, Stream) and value.groups:
        return max(OLDEST, least_version(value))
    return OLDEST


def write_value(out: bytearray, value: Value, version: int = OLDEST, squeeze: bool = True) -> int:
    """Append a value without its type; returns the type's number, which goes before the key.

    Source: `rdb.c` rdbSaveObject.
    """
    return WRITERS[value.type](out, value, version, squeeze)


def _write_text(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    assert isinstance(value, String)
    content = value.content
    if isinstance(content, int):
        write_number(out, content)
    else:
        write_string(out, bytes(content), squeeze)
    return STRING


def _write_list(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    assert isinstance(value, List)
    nodes = value.nodes()
    write_length(out, len(nodes))
    for plain, data in nodes:
        write_length(out, NODE_PLAIN if plain else NODE_PACKED)
        write_string(out, data, squeeze)
    return LIST_QUICKLIST_2


def _write_set(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    """A listpack is written member by member for readers that know it for no set yet."""
    assert isinstance(value, Set)
    if value.intset is not None:
        write_string(out, value.intset.freeze(), squeeze)
        return SET_INTSET
    if value.pack is not None and version >= SET_LISTPACK_SINCE:
        write_string(out, value.pack.freeze(), squeeze)
        return SET_LISTPACK
    write_length(out, len(value))
    for member in value.members():
        write_string(out, member, squeeze)
    return SET


def _write_hash(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    assert isinstance(value, Hash)
    if value.pack is not None:
        write_string(out, value.pack.freeze(), squeeze)
        return HASH_LISTPACK
    if value.first_ms and version >= HASH_2_SINCE:
        return _write_hash_2(out, value, squeeze)
    if value.triples is not None and HASH_METADATA_SINCE <= version < HASH_2_SINCE:
        out += value.first_ms.to_bytes(8, "little")
        write_string(out, value.triples.pack.freeze(), squeeze)
        return HASH_LISTPACK_EX
    if value.first_ms:
        return _write_hash_metadata(out, value, squeeze)
    write_length(out, len(value))
    for field, content in value.pairs():
        write_string(out, field, squeeze)
        write_string(out, content, squeeze)
    return HASH


def _write_hash_metadata(out: bytearray, value: Hash, squeeze: bool) -> int:
    """The first moment, and the others counted from it: most so take few bytes."""
    first_ms = value.first_ms
    out += first_ms.to_bytes(8, "little")
    write_length(out, len(value))
    for field, content, moment in value.rows():
        write_length(out, moment - first_ms + 1 if moment else 0)
        write_string(out, field, squeeze)
        write_string(out, content, squeeze)
    return HASH_METADATA


def _write_hash_2(out: bytearray, value: Hash, squeeze: bool) -> int:
    """Valkey's form: a moment of eight bytes behind each value, all ones for none."""
    write_length(out, len(value))
    for field, content, moment in value.rows():
        write_string(out, field, squeeze)
        write_string(out, content, squeeze)
        out += (moment or -1).to_bytes(8, "little", signed=True)
    return HASH_2


def _write_zset(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    """From the last member to the first: a reader then inserts each one at the very front."""
    assert isinstance(value, ZSet)
    if value.pack is not None:
        write_string(out, value.pack.freeze(), squeeze)
        return ZSET_LISTPACK
    write_length(out, len(value))
    for member, score in value.slice(0, len(value), reverse=True):
        write_string(out, member, squeeze)
        out += DOUBLE.pack(score)
    return ZSET_2


def _write_stream(out: bytearray, value: Value, version: int, squeeze: bool) -> int:
    assert isinstance(value, Stream)
    return write_stream(out, value, version, squeeze)


WRITERS: Final[dict[str, Writer]] = {
    "string": _write_text,
    "list": _write_list,
    "set": _write_set,
    "hash": _write_hash,
    "zset": _write_zset,
    "stream": _write_stream,
}
"""What writes a value, by what TYPE prints of it."""
