"""DEBUG: looking behind the data, and moving what only tests should move.

One command in the table, as in Redis, which tells its own subcommands apart. Each is a function
here that says how it is written; HELP is made of that. What would crash or restart a server, or
needs a part that is not there, is not among them and is refused as any unknown word is.

Source: `debug.c` debugCommand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from redlearn.engine.command import COMMANDS, Flags, command, help_of
from redlearn.engine.config import parse_memory
from redlearn.engine.context import Context
from redlearn.engine.info import identifier
from redlearn.engine.replication import NO_ID
from redlearn.engine.structures.glob import matches
from redlearn.engine.values.value import DICT_ENTRY, OBJECT_HEADER
from redlearn.errors import (
    BAD_PACKED_THRESHOLD,
    LOG_NOT_LOADED,
    MUST_BE_POSITIVE,
    NO_ROOM,
    RDB_NOT_LOADED,
    RELOAD_OPTIONS,
    RESP2_NOT_SUPPORTED,
    UNKNOWN_PROTOCOL_TYPE,
    WRONG_SUBCOMMAND,
    CommandError,
    as_text,
)
from redlearn.resp.double import parse_double
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import (
    OK,
    BigNumber,
    Failure,
    Members,
    Push,
    Reply,
    Status,
    Verbatim,
)

Deed = Callable[[Context, list[bytes]], Reply]
ANY: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Row:
    """One subcommand: what runs it, and how many words a call has, "DEBUG" included."""

    run: Deed
    syntax: str
    low: int
    high: int


DEEDS: Final[dict[bytes, _Row]] = {}
"""The subcommands by their upper-case names."""


def deed(name: str, syntax: str, low: int, high: int) -> Callable[[Deed], Deed]:
    """Enter the decorated function; a call has from `low` to `high` words, the name included."""

    def register(run: Deed) -> Deed:
        DEEDS[name.encode()] = _Row(run, syntax, low, high)
        return run

    return register


@command(
    "DEBUG",
    "",
    arity=-2,
    flags=Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE,
    complexity="as the subcommand",
    for_the_system=True,
)
def debug(ctx: Context, argv: list[bytes]) -> Reply:
    """Look behind the data, or move what only tests should move."""
    row = DEEDS.get(argv[1].upper())
    if row is None or not row.low <= len(argv) <= row.high:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "DEBUG"))
    return row.run(ctx, argv)


COMMANDS[b"DEBUG"].guard()  # dispatch asks whether it is allowed


@deed("ERROR", "<string>", 3, 3)
def error(ctx: Context, argv: list[bytes]) -> Reply:
    """An error with this text, for tests of clients."""
    text = argv[2].decode("utf-8", "surrogateescape")
    return Failure(text.replace("\n", " ").replace("\r", " "))


@deed("POPULATE", "<count> [<prefix>] [<size>]", 3, 5)
def populate(ctx: Context, argv: list[bytes]) -> Reply:
    """Make strings `prefix:0`, `prefix:1` and on, which are not passed on to anybody.

    Unlike Redis: a count that no table of here has room for is refused, not tried.
    """
    count = _positive(argv[2])
    size = _positive(argv[4]) if len(argv) == 5 else 0
    if count * (MOST_OVERHEAD + size) > MOST_BYTES:
        raise CommandError(NO_ROOM)
    prefix = argv[3].split(b"\0")[0] if len(argv) > 3 else b"key"
    ctx.db.keys.reserve(count)
    for number in range(count):
        key = b"%b:%d" % (prefix, number)
        key = key[:LONGEST_NAME]
        if ctx.lookup(key) is None:
            text = b"value:%d" % number
            ctx.create(key, text[:size].ljust(size, b"\0") if size else text)
            ctx.touch_watchers(ctx.db, key)
    return OK


def _positive(word: bytes) -> int:
    number = parse_integer(word)
    if number is None or number < 0:
        raise CommandError(MUST_BE_POSITIVE)
    return number


@deed("LOADAOF", "", 2, 2)
def load_log(ctx: Context, argv: list[bytes]) -> Reply:
    """Empty all databases, and read the append-only file back."""
    if not ctx.state.store.reload_log():
        raise CommandError(LOG_NOT_LOADED)
    return OK


@deed("RELOAD", "[MERGE] [NOFLUSH] [NOSAVE]", 2, ANY)
def reload(ctx: Context, argv: list[bytes]) -> Reply:
    """Write all data to the snapshot's file and read it back, or leave some of that out."""
    words = {word.upper() for word in argv[2:]}
    if not words <= {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
        raise CommandError(RELOAD_OPTIONS)
    save, flush = b"NOSAVE" not in words, b"NOFLUSH" not in words
    if not ctx.state.store.reload(save=save, flush=flush, merge=b"MERGE" in words):
        raise CommandError(RDB_NOT_LOADED)
    return OK


@deed("PROTOCOL", "<type>", 3, 3)
def protocol(ctx: Context, argv: list[bytes]) -> Reply:
    """A reply of a type: string, integer, double, bignum, null, array, set, map, ...

    Unlike Redis: what `attrib` says has no attribute before it.
    """
    name = argv[2].lower()
    if name == b"push":
        if ctx.client.protocol < 3:
            raise CommandError(RESP2_NOT_SUPPORTED)
        ctx.client.outbox.append(Push([b"server-cpu-usage", 42]))
        return b"Some real reply following the push reply"
    if name not in SAMPLES:
        raise CommandError(UNKNOWN_PROTOCOL_TYPE)
    return SAMPLES[name]


@deed("QUICKLIST-PACKED-THRESHOLD", "<size>", 3, 3)
def packed_threshold(ctx: Context, argv: list[bytes]) -> Reply:
    """From how many bytes on an element of a list gets a node of its own; 0 as by default."""
    size = parse_memory(argv[2].decode("latin-1"))
    if size is None or size > MOST_PACKED:
        raise CommandError(BAD_PACKED_THRESHOLD)
    ctx.state.kit.packed_threshold = size
    return OK


@deed("LOG", "<message>", 3, 3)
def log(ctx: Context, argv: list[bytes]) -> Reply:
    """Write a message to the log of the server, which is its standard output."""
    ctx.state.printed = b"DEBUG LOG: " + argv[2] + b"\n"
    return OK


@deed("CHANGE-REPL-ID", "", 2, 2)
def change_replication_id(ctx: Context, argv: list[bytes]) -> Reply:
    """Give the stream that replicas follow another name: who comes back to it has to copy all.

    Source: `replication.c` changeReplicationId, clearReplicationId2.
    """
    known = ctx.state.replication
    known.id = identifier(ctx.state, known.id or identifier(ctx.state, "replication"))
    known.second_id, known.second_offset = NO_ID, -1
    return OK


@deed("PAUSE-CRON", "<0|1>", 3, 3)
def pause_cron(ctx: Context, argv: list[bytes]) -> Reply:
    """With 1, the timer does nothing but end waits, until a 0 comes."""
    ctx.state.cron_paused = leading_integer(argv[2]) != 0
    return OK


@deed("SET-ACTIVE-EXPIRE", "<0|1>", 3, 3)
def set_active_expire(ctx: Context, argv: list[bytes]) -> Reply:
    """With 0, keys past their time stay until somebody looks at them; 1 is the default."""
    ctx.state.active_expire = leading_integer(argv[2]) != 0
    return OK


@deed("SET-SKIP-CHECKSUM-VALIDATION", "<0|1>", 3, 3)
def set_skip_checksum(ctx: Context, argv: list[bytes]) -> Reply:
    """With 1, RESTORE does not look at the checksum of what it is given."""
    ctx.state.skip_checksum = leading_integer(argv[2]) != 0
    return OK


@deed("SLEEP", "<seconds>", 3, 3)
def sleep(ctx: Context, argv: list[bytes]) -> Reply:
    """Let seconds pass in which nothing else is done; decimals allowed."""
    found = _NUMBER.match(argv[2])
    seconds = parse_double(found[1]) if found is not None else None
    if seconds is not None and seconds > 0:
        ctx.clock.sleep(int(min(seconds, LONGEST_SLEEP) * 1000))
    return OK


@deed("STRINGMATCH-TEST", "", 2, 2)
def test_of_matching(ctx: Context, argv: list[bytes]) -> Reply:
    """Match random texts with random patterns, to see whether that ends.

    Unlike Redis: a thousand of them, not ten million.
    """
    rng = Random(ROUNDS_OF_MATCHING)
    for _ in range(ROUNDS_OF_MATCHING):
        matches(bytes(rng.choices(PATTERN_BYTES, k=32)), bytes(rng.choices(PATTERN_BYTES, k=32)))
    return Status("Apparently Redis did not crash: test passed")


@deed("STRUCTSIZE", "", 2, 2)
def struct_sizes(ctx: Context, argv: list[bytes]) -> Reply:
    """How many bytes Redis's own structures take, which MEMORY USAGE is worked out from."""
    return (
        f"bits:64 robj:{OBJECT_HEADER} dictentry:{DICT_ENTRY} "
        "sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 "
    ).encode()


@deed("HELP", "", 2, 2)
def debug_help(ctx: Context, argv: list[bytes]) -> Reply:
    """This list."""
    return help_of(
        "DEBUG",
        (
            (name, row.syntax, (row.run.__doc__ or "").strip().splitlines()[0])
            for name, row in DEEDS.items()
        ),
    )


def leading_integer(text: bytes) -> int:
    """The number that a text begins with, or 0 (C's `atoi`).

    >>> [leading_integer(text) for text in (b"1", b" -7x", b"x", b"+")]
    [1, -7, 0, 0]
    """
    found = _DIGITS.match(text)
    return int(found[1]) if found is not None else 0


SAMPLES: Final[dict[bytes, Reply]] = {
    b"string": b"Hello World",
    b"integer": 12345,
    b"double": 3.141,
    b"bignum": BigNumber(1234567999999999999999999999999999999),
    b"null": None,
    b"array": [0, 1, 2],
    b"set": Members([0, 1, 2]),
    b"map": {0: False, 1: True, 2: False},
    b"attrib": b"Some real reply following the attribute",
    b"verbatim": Verbatim(b"This is a verbatim\nstring"),
    b"true": True,
    b"false": False,
}
"""What PROTOCOL answers, type by type."""

MOST_OVERHEAD: Final = 100
MOST_BYTES: Final = 1 << 29
LONGEST_NAME: Final = 127
MOST_PACKED: Final = (1 << 32) - (1 << 20)
LONGEST_SLEEP: Final = 10.0**10
ROUNDS_OF_MATCHING: Final = 1000
PATTERN_BYTES: Final = b"ab*?[]^-\\\0"
_NUMBER: Final = re.compile(rb"\s*([+-]?(?:inf|[0-9]+\.?[0-9]*(?:e[+-]?[0-9]+)?|\.[0-9]+))", re.I)
_DIGITS: Final = re.compile(rb"\s*([+-]?[0-9]{1,18})")
