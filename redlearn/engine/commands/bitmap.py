"""Bitmap commands: strings as rows of bits, and as rows of integers of any width.

A bitmap is a string and nothing else: GET gives its bytes, APPEND makes it longer. What is
beyond the end reads as zeros; writing there makes it that long.

Source: `bitops.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.structures.bits import (
    HEAD,
    OPERANDS,
    BitRead,
    BitsCombined,
    BitsCounted,
    BitSought,
    BytesAdded,
    FieldFitted,
    FieldRead,
    Overflow,
    combine,
    count_bits,
    find_bit,
    fitted,
    fitted_whole,
    get_bit,
    get_field,
    invert,
    only_between,
    put_bit,
    put_field,
)
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.string import BARE, String, writable
from redlearn.errors import (
    BAD_BIT,
    BAD_BIT_OFFSET,
    BAD_FIELD_TYPE,
    BAD_OVERFLOW,
    BIT_NOT_0_OR_1,
    BITFIELD_RO_READS,
    NOT_OF_SEVERAL,
    SYNTAX,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

_READ_KEY = (Keys(1, "RO access"),)
_NEVER_REFUSED: Final = 8 * 1024**2  # no string may be forbidden to be of 1 MiB
_BIT: Final = {b"0": 0, b"1": 1}
_UNITS: Final = {b"BYTE": False, b"BIT": True}


@command(
    "SETBIT",
    "key offset value:integer",
    arity=4,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW access update"),),
    since="2.2.0",
    complexity="O(1)",
)
def setbit(ctx: Context, argv: list[bytes]) -> Reply:
    """Set or clear the bit at an offset, and return what it was."""
    key, text = argv[1], argv[2]
    if text.isdigit() and len(text) < 7 and text[0] != 48:  # as `_offset` reads most, uncalled
        offset = int(text)
    else:
        offset = _offset(ctx, text)
    bit = _BIT.get(argv[3])
    if bit is None:
        raise CommandError(BAD_BIT)
    entry = ctx.lookup(key)
    data = None if entry is None else entry.value
    if data.__class__ is bytearray and offset >> 3 < len(data) and ctx.state.probe.emit is None:
        # As a rule: it is a bitmap by now, and need not grow. As `put_bit` does it, uncalled.
        mask = 0x80 >> (offset & 7)
        old = 1 if data[offset >> 3] & mask else 0
        if old != bit:
            data[offset >> 3] ^= mask
            ctx.changed(key, "setbit")
        return old
    data, grown = _room_in(ctx, key, entry, offset)
    old = put_bit(data, offset, bit, ctx.state.probe)
    if grown or old != bit:
        ctx.changed(key, "setbit")
    return old


@command(
    "GETBIT",
    "key offset",
    arity=3,
    flags=Flags.READONLY | Flags.FAST,
    keys=_READ_KEY,
    since="2.2.0",
    complexity="O(1)",
)
def getbit(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the bit at an offset, 0 beyond the end."""
    offset = _offset(ctx, argv[2])
    value = ctx.find(argv[1], String)
    at = offset >> 3
    bit = 0 if value is None else get_bit(value.slice(at, at + 1), offset & 7)
    if emit := ctx.state.probe.emit:
        emit(BitRead(offset, bit))
    return bit


def _offset(ctx: Context, text: bytes, width: int = 0) -> int:
    """The offset in bits that `text` spells; "#2" is the third field of `width`, if there is one.

    Source: `bitops.c` getBitOffsetFromArgument.
    """
    counted = width > 0 and text.startswith(b"#")
    offset = parse_integer(text[1:] if counted else text)
    if offset is not None and counted:
        offset *= width
    if offset is None or offset < 0:
        raise CommandError(BAD_BIT_OFFSET)
    if offset >= _NEVER_REFUSED:
        if offset >> 3 >= ctx.state.config.number("proto-max-bulk-len"):
            raise CommandError(BAD_BIT_OFFSET)
    return offset


def _room(ctx: Context, key: bytes, offset: int) -> tuple[bytearray, bool]:
    """The bytes under `key`, at least up to bit `offset`, and whether that made them longer.

    Source: `bitops.c` lookupStringForBitCommand.
    """
    return _room_in(ctx, key, ctx.lookup(key), offset)


def _room_in(ctx: Context, key: bytes, entry: Entry | None, offset: int) -> tuple[bytearray, bool]:
    """`_room` in what was found under `key`, which must be a string, or in a new one."""
    size = (offset >> 3) + 1
    emit = ctx.state.probe.emit
    if entry is None:
        if emit:
            emit(BytesAdded(0, size))
        return ctx.create(key, bytearray(size)), True
    if entry.value.__class__ not in BARE:
        raise CommandError(WRONG_TYPE)
    data = writable(entry)
    missing = size - len(data)
    if missing > 0:
        if emit:
            emit(BytesAdded(len(data), size))
        data.extend(bytes(missing))
    return data, missing > 0


# Counting and finding


@command(
    "BITCOUNT",
    "key [start:integer end:integer [BYTE | BIT]@7.0.0]",
    arity=-2,
    flags=Flags.READONLY,
    keys=_READ_KEY,
    since="2.6.0",
    complexity="O(N) bytes of the range",
)
def bitcount(ctx: Context, args: Args) -> Reply:
    """Count the bits that are set, in a whole string or in a range of its bytes or bits."""
    key, start, end, by_bit = args.next(), 0, -1, False
    if args:
        if not 2 <= len(args) <= 3:
            raise CommandError(SYNTAX)
        start, end = args.integer(), args.integer()
        by_bit = _unit(args.next()) if args else False
    value = ctx.find(key, String)
    if value is None or (start < 0 and end < 0 and start > end):
        return 0
    first, last = _bits_between(start, end, len(value), by_bit)
    if first > last:
        return 0
    piece = value.slice(first >> 3, (last >> 3) + 1)
    count = count_bits(only_between(piece, first & 7, last - (first & ~7), 0))
    if emit := ctx.state.probe.emit:
        emit(BitsCounted(first, last, count))
    return count


@command(
    "BITPOS",
    "key bit [start:integer [end-unit-block=(end:integer [BYTE | BIT]@7.0.0)]]",
    arity=-3,
    flags=Flags.READONLY,
    keys=_READ_KEY,
    since="2.8.7",
    complexity="O(N) bytes of the range",
)
def bitpos(ctx: Context, args: Args) -> Reply:
    """Find the first bit that is set, or clear, in a range of bytes or bits.

    Behind the end of a string all bits are clear. So the first clear bit of one that has none
    is the one behind it, unless the end of the range was given.
    """
    key, bit = args.next(), args.integer()
    if bit not in (0, 1):
        raise CommandError(BIT_NOT_0_OR_1)
    if len(args) > 3:
        raise CommandError(SYNTAX)
    start = args.integer() if args else 0
    by_bit = _unit(args.peek(1)) if len(args) == 2 else False
    end = args.integer() if args else None
    value = ctx.find(key, String)
    if value is None:
        return -bit
    first, last = _bits_between(start, -1 if end is None else end, len(value), by_bit)
    if first > last:
        return -1
    piece = value.slice(first >> 3, (last >> 3) + 1)
    # The bits around the range are made such as are not looked for.
    found = (first & ~7) + find_bit(
        only_between(piece, first & 7, last - (first & ~7), 1 - bit), bit
    )
    if found > last and (bit or end is not None):
        found = -1
    if emit := ctx.state.probe.emit:
        emit(BitSought(bit, first, last, found))
    return found


def _unit(text: bytes) -> bool:
    """Whether a range counts bits, rather than bytes."""
    by_bit = _UNITS.get(text.upper())
    if by_bit is None:
        raise CommandError(SYNTAX)
    return by_bit


def _bits_between(start: int, end: int, size: int, by_bit: bool) -> tuple[int, int]:
    """The first and the last bit of a range that may count from the end, of `size` bytes."""
    length = 8 * size if by_bit else size
    start = max(start + length, 0) if start < 0 else start
    end = max(end + length, 0) if end < 0 else end
    end = min(end, length - 1)
    return (start, end) if by_bit else (8 * start, 8 * end + 7)


@command(
    "BITOP",
    "<AND | OR | XOR | NOT> destkey key [key ...]",
    arity=-4,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(2, "OW update"), Keys(3, "RO access", last=-1)),
    since="2.6.0",
    complexity="O(N K), K strings of N bytes",
)
def bitop(ctx: Context, argv: list[bytes]) -> Reply:
    """Combine strings bit by bit, and store the result; return its length."""
    operation = argv[1].upper()
    if operation not in (b"AND", b"OR", b"XOR", b"NOT"):
        raise CommandError(SYNTAX)
    if operation == b"NOT" and len(argv) != 4:
        raise CommandError(NOT_OF_SEVERAL)
    strings = [_source(ctx, key) for key in argv[3:]]
    match operation:
        case b"AND":
            result = combine("AND", strings)
        case b"OR":
            result = combine("OR", strings)
        case b"XOR":
            result = combine("XOR", strings)
        case _:
            result = invert(strings[0])
    if result:
        ctx.store(argv[2], bytearray(result))
        if emit := ctx.state.probe.emit:
            rows = zip(argv[3 : 3 + OPERANDS], strings, strict=False)
            operands = tuple([(key, len(data), data[:HEAD]) for key, data in rows])
            emit(BitsCombined(operation.decode(), operands, len(result)))
        ctx.changed(argv[2], "set")
    elif ctx.delete(argv[2]):
        ctx.changed(argv[2], "del")
    return len(result)


def _source(ctx: Context, key: bytes) -> bytes:
    """The string under a key that is only read, by a command that may write: a miss is told."""
    value = ctx.find_source(key, String)
    return b"" if value is None else value.data()


# Fields


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a BITFIELD, read and checked, but not done yet.

    Attributes:
        word: b"GET", b"SET" or b"INCRBY".
        number: What to set or to add; 0 for GET.
        overflow: What to do with a number that does not fit.
    """

    word: bytes
    signed: bool
    width: int
    offset: int
    number: int
    overflow: Overflow


@command(
    "BITFIELD",
    "key [operation=<GET get-block=(encoding offset) | write=([OVERFLOW overflow-block="
    "<WRAP | SAT | FAIL>] write-operation=<SET set-block=(encoding offset value:integer) |"
    " INCRBY incrby-block=(encoding offset increment)>)>]...",
    arity=-2,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW access update variable_flags"),),
    since="3.2.0",
    complexity="O(1) for each step",
)
def bitfield(ctx: Context, args: Args) -> Reply:
    """Read, set and add to integers of any width at any bit of a string."""
    key = args.next()
    steps = _steps(ctx, args)
    if all(step.word == b"GET" for step in steps):
        return _read_all(ctx, key, steps)
    ends = [step.offset + step.width - 1 for step in steps if step.word != b"GET"]
    data, grown = _room(ctx, key, max(ends))
    replies: list[Reply] = []
    changes = 0
    for step in steps:
        old = get_field(data, step.offset, step.width, step.signed)
        if step.word == b"GET":
            _tell_read(ctx, step, old)
            replies.append(old)
            continue
        new = _fitted(ctx, step, old)
        if new is None:
            replies.append(None)
            continue
        put_field(data, step.offset, step.width, new, ctx.state.probe)
        replies.append(new if step.word == b"INCRBY" else old)
        changes += grown or old != new
    ctx.changed(key, "setbit", changes)
    return replies


@command(
    "BITFIELD_RO",
    "key [GET get-block=(encoding offset) [GET encoding offset ...]]",
    arity=-2,
    flags=Flags.READONLY | Flags.FAST,
    keys=_READ_KEY,
    since="6.0.0",
    complexity="O(1) for each step",
)
def bitfield_ro(ctx: Context, args: Args) -> Reply:
    """Read integers of any width at any bit of a string, and do nothing else."""
    key = args.next()
    steps = _steps(ctx, args)
    if any(step.word != b"GET" for step in steps):
        raise CommandError(BITFIELD_RO_READS)
    return _read_all(ctx, key, steps)


def _read_all(ctx: Context, key: bytes, steps: list[Step]) -> Reply:
    value = ctx.find_source(key, String)
    replies: list[Reply] = []
    for step in steps:
        at = step.offset >> 3
        piece = b"" if value is None else value.slice(at, at + 9)
        number = get_field(piece, step.offset & 7, step.width, step.signed)
        _tell_read(ctx, step, number)
        replies.append(number)
    return replies


def _tell_read(ctx: Context, step: Step, number: int) -> None:
    if emit := ctx.state.probe.emit:
        emit(FieldRead(step.offset, step.width, step.signed, number))


def _fitted(ctx: Context, step: Step, old: int) -> int | None:
    """What a step writes where `old` is, or None if it may not write."""
    if step.word == b"SET":
        wanted = step.number
        new = fitted_whole(wanted, step.width, step.signed, step.overflow)
    else:
        wanted = old + step.number
        new = fitted(wanted, step.width, step.signed, step.overflow)
    if emit := ctx.state.probe.emit:
        emit(FieldFitted(step.offset, step.width, step.signed, wanted, new, step.overflow))
    return new


def _steps(ctx: Context, args: Args) -> list[Step]:
    """All steps of a BITFIELD; nothing is done if one of them is wrong."""
    steps: list[Step] = []
    overflow: Overflow = "WRAP"
    while args:
        word, left = args.next().upper(), len(args)
        if word == b"OVERFLOW" and left:
            overflow = _overflow(args.next())
        elif (word == b"GET" and left >= 2) or (word in (b"SET", b"INCRBY") and left >= 3):
            signed, width = _field_type(args.next())
            offset = _offset(ctx, args.next(), width)
            number = 0 if word == b"GET" else args.integer()
            steps.append(Step(word, signed, width, offset, number, overflow))
        else:
            raise CommandError(SYNTAX)
    return steps


def _overflow(text: bytes) -> Overflow:
    match text.upper():
        case b"WRAP":
            return "WRAP"
        case b"SAT":
            return "SAT"
        case b"FAIL":
            return "FAIL"
    raise CommandError(BAD_OVERFLOW)


def _field_type(text: bytes) -> tuple[bool, int]:
    """Whether a field is signed, and its width: i1 to i64, u1 to u63."""
    signed = text.startswith(b"i")
    width = parse_integer(text[1:])
    if not (signed or text.startswith(b"u")) or width is None:
        raise CommandError(BAD_FIELD_TYPE)
    if not 1 <= width <= (64 if signed else 63):
        raise CommandError(BAD_FIELD_TYPE)
    return signed, width
