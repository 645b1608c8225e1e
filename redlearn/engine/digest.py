"""Digest: forty hexadecimal digits that two servers share if they hold the same data.

Two steps make it, both out of SHA-1:

    xor   digest ^ SHA1(data)             order does not matter: keys, members, fields
    mix   SHA1(digest ^ SHA1(data))       order matters: elements of a list, a field and its value

What has no order is mixed into a digest of its own first, and that one is xored in. Encodings
leave no trace, nor do the moments at which keys expire, only whether they ever do. Neither does a
consumer group: of a stream, the entries alone count.

    a key          mix(key), then its value
    a value        mix(number of its type), its content, xor("!!expire!!") if it will expire
    a database     mix(its number) if it has keys, then xor(each key)

Cost: O(bytes of the data), two or three SHA-1s for each element.

Source: `debug.c` mixDigest, xorDigest, xorObjectDigest, computeDatasetDigest.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1
from typing import Final

from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.structures.stream_node import MAX_HALF, SEQUENCE_BITS
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.resp.double import format_shortest

SIZE: Final = 20
EXPIRES: Final = b"!!expire!!"
FIELD_EXPIRES: Final = b"!!hexpire!!"
TYPES: Final = {"string": 0, "list": 1, "set": 2, "zset": 3, "hash": 4, "stream": 6}
"""The numbers of Redis's types (`server.h` OBJ_STRING and on); 5 is for modules."""


def hash_of(data: bytes) -> int:
    """SHA-1 as a number of 160 bits."""
    return int.from_bytes(sha1(data, usedforsecurity=False).digest(), "big")


def mixed(digest: int, data: bytes) -> int:
    """The digest after `data`, in this order."""
    return hash_of((digest ^ hash_of(data)).to_bytes(SIZE, "big"))


def xored(digest: int, other: int) -> int:
    """The digest with another digest taken in, in any order."""
    return digest ^ hash_of(other.to_bytes(SIZE, "big"))


def digest_of_dataset(databases: Iterable[Database]) -> str:
    """DEBUG DIGEST: all keys of all databases. Keys past their time count until they are removed.

    Zeros for an empty dataset.
    """
    digest = 0
    for db in databases:
        if len(db):
            digest = mixed(digest, db.index.to_bytes(4, "big"))
            for entry in db.keys:
                start = mixed(0, entry.key)
                digest = xored(digest, _of_key(db, entry.key, boxed(entry.value), start))
    return _printed(digest)


def digest_of_value(db: Database, key: bytes) -> str:
    """DEBUG DIGEST-VALUE: one value and whether it expires, not its key. Zeros if there is none."""
    value = db.value_of(key)
    return _printed(0 if value is None else _of_key(db, key, value, 0))


def _printed(digest: int) -> str:
    return digest.to_bytes(SIZE, "big").hex()


def _of_key(db: Database, key: bytes, value: Value, digest: int) -> int:
    digest = _with_content(mixed(digest, TYPES[value.type].to_bytes(4, "big")), value)
    return digest if db.deadline_of(key) == NO_EXPIRY else digest ^ hash_of(EXPIRES)


def _with_content(digest: int, value: Value) -> int:
    if isinstance(value, String):
        return mixed(digest, value.data())
    if isinstance(value, List):
        for element in value:
            digest = mixed(digest, element)
        return digest
    if isinstance(value, Set):
        for member in value:
            digest ^= hash_of(member)
        return digest
    if isinstance(value, Stream):
        return _with_entries(digest, value)
    return _with_pairs(digest, value)


def _with_pairs(digest: int, value: Value) -> int:
    """Fields with values, members with scores: each pair in order, the pairs in any."""
    if isinstance(value, ZSet):
        for member, score in value:
            digest = xored(digest, mixed(mixed(0, member), format_shortest(score)))
        return digest
    assert isinstance(value, Hash)
    for field, content, moment in value.rows():
        pair = mixed(mixed(0, field), content)
        digest = xored(digest, pair ^ hash_of(FIELD_EXPIRES) if moment else pair)
    return digest


def _with_entries(digest: int, stream: Stream) -> int:
    for entry in stream.range():
        id = b"%d.%d" % (entry.id >> SEQUENCE_BITS, entry.id & MAX_HALF)
        digest = mixed(digest, id)
        for item in entry.items:
            digest = mixed(digest, item)
    return digest
