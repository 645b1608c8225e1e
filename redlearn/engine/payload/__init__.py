"""Payloads: one value as bytes, the way DUMP gives it and a snapshot file holds it.

    00   05 68 65 6c 6c 6f   0a 00     63 72 df 76 65 34 20 0a
    type "hello" behind      version   CRC-64 of all that
         its length          10        comes before

Between the type and the footer is the value. What is packed in memory is packed here as well,
byte for byte: the listpack of a small hash is written as one string. A table or a skiplist,
which is all pointers, is written element by element and built anew by whoever reads it.

    wire        lengths, strings and numbers
    types       which number stands for which type in which form
    writing     values -> bytes
    reading     bytes -> values, those of all earlier versions too
    stream      the same both ways for streams, which have the most to say
    ziplist     the packed forms that listpacks took the place of
    footer      version and checksum

Whoever reads trusts nothing: every length is held against the bytes that are left before it
is acted on, and what is no proper value raises `BadPayload`.

Source: `rdb.c` rdbSaveObject, rdbLoadObject; `cluster.c` createDumpPayload.
"""

from redlearn.engine.payload.footer import NEWEST, OLDEST, BadFooter, crc64, open_payload, seal
from redlearn.engine.payload.reading import READERS, read_value
from redlearn.engine.payload.wire import BadPayload, EmptyValue, NotHere, Reader
from redlearn.engine.payload.writing import WRITERS, dump, version_needed, write_value

__all__ = [
    "NEWEST",
    "OLDEST",
    "READERS",
    "WRITERS",
    "BadFooter",
    "BadPayload",
    "EmptyValue",
    "NotHere",
    "Reader",
    "crc64",
    "dump",
    "open_payload",
    "read_value",
    "seal",
    "version_needed",
    "write_value",
]
