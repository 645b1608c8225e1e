"""The numbers that stand for a value's type and form, and the versions they came with.

A version is written so that whoever is older can refuse. So we write the lowest that can hold
the value, and a payload from here can be read by the oldest server possible.

Source: `rdb.h` RDB_TYPE_*.
"""

from __future__ import annotations

from typing import Final

STRING: Final = 0
LIST: Final = 1
SET: Final = 2
ZSET: Final = 3  # scores as text
HASH: Final = 4
ZSET_2: Final = 5  # scores as eight bytes
HASH_ZIPMAP: Final = 9
LIST_ZIPLIST: Final = 10
SET_INTSET: Final = 11
ZSET_ZIPLIST: Final = 12
HASH_ZIPLIST: Final = 13
LIST_QUICKLIST: Final = 14  # nodes are ziplists
STREAM_LISTPACKS: Final = 15
HASH_LISTPACK: Final = 16
ZSET_LISTPACK: Final = 17
LIST_QUICKLIST_2: Final = 18  # nodes are listpacks, or plain
STREAM_LISTPACKS_2: Final = 19
SET_LISTPACK: Final = 20
STREAM_LISTPACKS_3: Final = 21
HASH_METADATA_PRE_GA: Final = 22  # by candidates for 7.4 alone: each moment in full
HASH_LISTPACK_EX_PRE_GA: Final = 23  # the same: the first moment does not stand before it
HASH_METADATA: Final = 24  # fields with moments
HASH_LISTPACK_EX: Final = 25

HASH_2: Final = 22
"""Valkey's hash with moments: the number is that of another form in Redis; the version tells."""

SET_LISTPACK_SINCE: Final = 11  # Redis 7.2
STREAM_LISTPACKS_3_SINCE: Final = 11
HASH_METADATA_SINCE: Final = 12  # Redis 7.4
HASH_2_SINCE: Final = 80  # Valkey 9

NODE_PLAIN: Final = 1
NODE_PACKED: Final = 2
