"""What DEBUG shows: values from below, tables from inside, signatures of the data.

Source: `debug.c` debugCommand.
"""

from __future__ import annotations

from redlearn.engine.access import bits_of, idle_ms
from redlearn.engine.commands.server.debug import ANY, deed, leading_integer
from redlearn.engine.context import Context
from redlearn.engine.digest import digest_of_dataset, digest_of_value
from redlearn.engine.payload import write_value
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hashtable_stats import stats_text
from redlearn.engine.structures.printed import address_of, listpack_text, quicklist_text
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import (
    OBJECT_HEADER,
    Value,
    string_allocated,
    string_header,
)
from redlearn.engine.values.zset import ZSet
from redlearn.errors import (
    DB_OUT_OF_DEBUG,
    NO_HASH_TABLE,
    NO_LISTPACK,
    NO_QUICKLIST,
    NO_SUCH_KEY,
    NOT_AN_INTEGER,
    NOT_AN_SDS,
    CommandError,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply, Status, Verbatim

SHORTEST = 32
"""Bytes from which on a string knows of its spare room."""

FORMAT_OF_FILES = 12
"""The version of the file format that `serializedlength` is measured in: that of Redis 7.4."""


@deed("DIGEST", "", 2, 2)
def digest(ctx: Context, argv: list[bytes]) -> Reply:
    """A signature of all data: two servers that agree on it hold the same."""
    return Status(digest_of_dataset(ctx.state.databases))


@deed("DIGEST-VALUE", "<key> [<key> ...]", 2, ANY)
def digest_value(ctx: Context, argv: list[bytes]) -> Reply:
    """Signatures of single values, without their keys; zeros where there is none."""
    return [Status(digest_of_value(ctx.db, key)) for key in argv[2:]]


@deed("OBJECT", "<key>", 3, 3)
def show_object(ctx: Context, argv: list[bytes]) -> Reply:
    """How a value is kept: encoding, bytes in a snapshot file, last use, nodes of a list."""
    entry = ctx.db.keys.peek(argv[2])  # a key past its time is looked at all the same
    if entry is None:
        raise CommandError(NO_SUCH_KEY)
    value = boxed(entry.value)
    file_form = bytearray()
    write_value(file_form, value, FORMAT_OF_FILES)
    refcount = ctx.state.refcount(value)
    text = (
        f"Value at:0x{address_of(ctx.db.index, argv[2]):x} refcount:{refcount}"
        f" encoding:{value.encoding} serializedlength:{len(file_form)}"
        f" lru:{bits_of(entry.access)}"
        f" lru_seconds_idle:{idle_ms(entry.access, ctx.now_ms) // 1000}"
    )
    if isinstance(value, List) and value.quicklist is not None:
        text += _about_nodes(value.quicklist)
    return Status(text)


@deed("SDSLEN", "<key>", 3, 3)
def show_string_sizes(ctx: Context, argv: list[bytes]) -> Reply:
    """How long a key and its string are, and what was allocated for each of them."""
    key = argv[2]
    value = _value(ctx, key)
    if not isinstance(value, String) or value.encoding == "int":
        raise CommandError(NOT_AN_SDS)
    spare = _spare(len(value)) if value.encoding == "raw" else 0
    return Status(
        f"key_sds_len:{len(key)}, key_sds_avail:{_spare(len(key))},"
        f" key_zmalloc: {string_allocated(len(key))}, val_sds_len:{len(value)},"
        f" val_sds_avail:{spare}, val_zmalloc: {value.memory() - OBJECT_HEADER}"
    )


def _spare(size: int) -> int:
    """Bytes that a string has room for, as its size was rounded up; the shortest do not tell."""
    return string_allocated(size) - string_header(size) - size - 1 if size >= SHORTEST else 0


def _about_nodes(quicklist: Quicklist) -> str:
    return (
        f" ql_nodes:{quicklist.length}"
        f" ql_avg_node:{quicklist.count / quicklist.length:.2f}"
        f" ql_listpack_max:{quicklist.fill} ql_compressed:{int(quicklist.depth != 0)}"
        f" ql_uncompressed_size:{sum(node.size for node in quicklist.nodes())}"
    )


def _value(ctx: Context, key: bytes) -> Value:
    ctx.quiet = True
    entry = ctx.lookup(key, touch=False)
    if entry is None:
        raise CommandError(NO_SUCH_KEY)
    return boxed(entry.value)


@deed("LISTPACK", "<key>", 3, 3)
def show_listpack(ctx: Context, argv: list[bytes]) -> Reply:
    """Print the bytes of a listpack, entry by entry, on the standard output."""
    value = _value(ctx, argv[2])
    pack = value.pack if isinstance(value, (Hash, List, Set, ZSet)) else None
    if isinstance(value, Hash) and value.triples is not None:
        pack = value.triples.pack
    if pack is None:
        raise CommandError(NO_LISTPACK)
    ctx.state.printed = listpack_text(pack, address_of(ctx.db.index, argv[2]))
    return Status("Listpack structure printed on stdout")


@deed("QUICKLIST", "<key> [<0|1>]", 3, 4)
def show_quicklist(ctx: Context, argv: list[bytes]) -> Reply:
    """Print the nodes of a quicklist on the standard output; with 1, what is in them too."""
    value = _value(ctx, argv[2])
    if not isinstance(value, List) or value.quicklist is None:
        raise CommandError(NO_QUICKLIST)
    full = len(argv) == 4 and leading_integer(argv[3]) != 0
    address = address_of(ctx.db.index, argv[2])
    ctx.state.printed = quicklist_text(value.quicklist, address, full=full)
    return Status("Quicklist structure printed on stdout")


@deed("HTSTATS", "<dbid> [full]", 3, ANY)
def show_tables(ctx: Context, argv: list[bytes]) -> Reply:
    """The hash tables of a database: how large, how full, with `full` how long the chains."""
    index = parse_integer(argv[2])
    if index is None:
        raise CommandError(NOT_AN_INTEGER)
    if not 0 <= index < len(ctx.state.databases):
        raise CommandError(DB_OUT_OF_DEBUG)
    db = ctx.state.databases[index]
    text = f"[Dictionary HT]\n{_stats(db.keys, argv)}[Expires HT]\n{_stats(db.expires, argv)}"
    return Verbatim(text.encode())


def _stats(table: HashTable, argv: list[bytes]) -> str:
    """Nothing at all of a table that never had a key."""
    return stats_text(table, full=_is_full(argv)) if table.size(0) else ""


@deed("HTSTATS-KEY", "<key> [full]", 3, ANY)
def show_table(ctx: Context, argv: list[bytes]) -> Reply:
    """The same of the hash table inside a set, a hash or a sorted set."""
    value = _value(ctx, argv[2])
    table = value.table if isinstance(value, (Hash, Set, ZSet)) else None
    if table is None:
        raise CommandError(NO_HASH_TABLE)
    return Verbatim(stats_text(table, full=_is_full(argv)).encode())


def _is_full(argv: list[bytes]) -> bool:
    return len(argv) > 3 and argv[3].upper() == b"FULL"
