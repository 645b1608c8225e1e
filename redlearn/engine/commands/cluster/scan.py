"""CLUSTERSCAN: all keys of a whole cluster, page by page, with one cursor for all nodes.

A cursor of SCAN is a place in a table of one node, and says nothing to another one. This one has a
slot's tag in it, so that it is sent, as if it were a key, to whoever serves that slot:

    3g2:HS-{k3}-4576
    |       |   place: the slot in the low 14 bits, above them where to go on within it
    |       where to send it: a tag of that slot, the shortest
    whose tables the place is meant for

A page ends with the slots, one behind the other, that the node serves. Then the cursor is one that
no place is known for, as `0-{8YG}-0`: the next slot, which another node serves. Whoever comes with
a place that is not meant for these tables (the slot has moved meanwhile, or a replica answers)
begins that slot anew: keys may be listed twice, but none is left out.

The first call, whose cursor is a bare 0, lists nothing: it only says where to begin.

Unlike Valkey: keys of a slot come in the order of their hashes, of which the place is one; a page
looks at all keys of the slots it lists. Valkey has a table for each slot, and walks its buckets.

Source: `cluster.c` clusterscanCommand, `db.c` scanGenericCommand, in Valkey 9.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zlib import crc32

from redlearn.cluster_errors import (
    BAD_CURSOR,
    CURSOR_OF_OTHER_SLOT,
    SLOT_OPTION_TWICE,
    UNKNOWN_TYPE,
)
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.cluster.asked import cluster_of, slot_in
from redlearn.engine.context import Context
from redlearn.engine.keyspace import Database
from redlearn.engine.scanning import Options, is_listed, parse_cursor, take_option
from redlearn.errors import CommandError, as_text
from redlearn.resp.reply import Reply
from redlearn.slots import SLOTS, slot_of, slot_of_pattern, tag_for

SLOT_BITS: Final = 14
NO_TABLES: Final = b"0"
"""Instead of a fingerprint: the slot is to be begun."""

END: Final = b"0"
TYPES: Final = frozenset({b"string", b"list", b"set", b"zset", b"hash", b"stream"})


class Wanted(Options):
    """What a call is asked for, beyond what SCAN is.

    Attributes:
        slot: The one slot that SLOT names, or None.
        only: The one slot that all names have which MATCH describes, or None.
    """

    __slots__ = ("only", "slot")

    def __init__(self) -> None:
        super().__init__()
        self.slot: int | None = None
        self.only: int | None = None

    def match(self, pattern: bytes) -> None:
        super().match(pattern)
        self.only = slot_of_pattern(pattern)


@command("CLUSTERSCAN",
         "cursor:string [MATCH match-pattern:pattern] [COUNT count:integer] [TYPE type:string]"
         " [SLOT slot:integer]", arity=-2, flags=Flags.READONLY, keys=(Keys(1, "not_key"),),
         since="valkey-9.1.0", complexity="O(N) keys of the slots looked at", group="cluster",
         categories="@keyspace",
         tips=("nondeterministic_output", "request_policy:special",
               "response_policy:special"))  # fmt: skip
def clusterscan(ctx: Context, args: Args) -> Reply:
    """List some keys of the cluster, and give the cursor with which to ask for the next ones."""
    cluster_of(ctx)
    cursor = args.next()
    wanted = _options(args)
    if cursor == END:
        return _first(wanted)
    fingerprint, slot, place = _taken_apart(cursor)
    if wanted.slot is not None and wanted.slot != slot:
        raise CommandError(CURSOR_OF_OTHER_SLOT)
    if wanted.only is not None and wanted.only != slot:
        passed = wanted.slot is not None or wanted.only < slot
        return [END if passed else _beginning(wanted.only), []]
    if fingerprint != _fingerprint(ctx.db):
        place = slot
    alone = wanted.slot is not None or wanted.only is not None
    return _page(ctx, wanted, max(slot, place % SLOTS), place, None if alone else slot)


def _options(args: Args) -> Wanted:
    wanted = Wanted()
    while args:
        word = args.next().upper()
        if word == b"SLOT" and args:
            if wanted.slot is not None:
                raise CommandError(SLOT_OPTION_TWICE)
            wanted.slot = slot_in(args.next())
        elif word == b"TYPE" and args:
            name = args.next()
            wanted.type = name.lower()
            if wanted.type not in TYPES:
                raise CommandError(UNKNOWN_TYPE.format(as_text(name)))
        else:
            take_option(wanted, word, args, "CLUSTERSCAN")
    return wanted


def _first(wanted: Wanted) -> Reply:
    """The reply to a bare 0: where to begin."""
    slot, only = wanted.slot, wanted.only
    if slot is not None and only is not None and slot != only:
        return [END, []]
    return [_beginning(slot or only or 0), []]


def _beginning(slot: int) -> bytes:
    return b"%b-{%b}-%b" % (NO_TABLES, tag_for(slot), END)


def _taken_apart(cursor: bytes) -> tuple[bytes, int, int]:
    """Whose tables, which slot, which place. Raises CommandError if it is no cursor."""
    parts = cursor.split(b"\0")[0].split(b"-")
    try:
        fingerprint, tag, place = parts
        return fingerprint, slot_of(tag), parse_cursor(place)
    except (ValueError, CommandError):  # too few, too many; no number
        raise CommandError(BAD_CURSOR) from None


def _fingerprint(db: Database) -> bytes:
    """Six signs for the order of the keys here: another node's is another.

    >>> _signs(0), _signs(2**32 - 1)
    (b'000000', b'3ooooo')
    """
    return _signs(crc32(b"%d" % db.keys.seed))


def _signs(number: int) -> bytes:
    return bytes(48 + (number >> shift & 63) for shift in range(30, -1, -6))


def _page(ctx: Context, wanted: Wanted, start: int, place: int, whole: int | None) -> Reply:
    """A page, and where the next one begins.

    Args:
        start: The first slot.
        place: Where to go on within it.
        whole: The slot with whose owner's slots to go on behind that one; None for no further.
    """
    end = start if whole is None else cluster_of(ctx).end_of_run(whole)
    found: list[Reply] = []
    looked_at, last = 0, (-1, 0)
    for slot, order, key in _keys_from(ctx.db, start, end, place):
        if looked_at >= wanted.count and (slot, order) != last:  # the same place, the same page
            return [_cursor(ctx.db, slot, order), found]
        looked_at, last = looked_at + 1, (slot, order)
        entry = ctx.db.keys.peek(key)
        if entry is not None and is_listed(ctx, entry, wanted):
            found.append(key)
    return [END if whole is None or end == SLOTS - 1 else _beginning(end + 1), found]


def _keys_from(db: Database, start: int, end: int, place: int) -> Iterator[tuple[int, int, bytes]]:
    """The keys of the slots from `start` to `end`, in the order of their hashes, each with that.

    Args:
        place: Where to go on in the first slot, if it is a place in that one.
    """
    rows, seed = db.slot_keys, db.keys.seed
    assert rows is not None
    least = place >> SLOT_BITS if place % SLOTS == start else 0
    for slot in sorted(slot for slot in rows.rows if start <= slot <= end):
        keys = rows.keys(slot, rows.count(slot))
        for order, key in sorted((crc32(key, seed), key) for key in keys):
            if slot > start or order >= least:
                yield slot, order, key


def _cursor(db: Database, slot: int, order: int) -> bytes:
    return b"%b-{%b}-%d" % (_fingerprint(db), tag_for(slot), order << SLOT_BITS | slot)
