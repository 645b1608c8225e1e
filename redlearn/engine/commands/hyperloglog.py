"""HyperLogLog commands: how many different elements were seen, in 12 KB.

Source: `hyperloglog.c`.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.state import State
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.hyperloglog import (
    DENSE_HEAD,
    DENSE_SIZE,
    SPARSE,
    SPARSE_HEAD,
    HyperLogLog,
    estimate_of,
    merged,
    packed,
    see_dense,
    seen_before,
    unpacked,
)
from redlearn.engine.structures.hyperloglog_sparse import HEADER, REGISTERS, RunMap, runs_of
from redlearn.engine.values.string import Content, String, data_of, writable
from redlearn.errors import (
    HLL_BROKEN,
    HLL_NOT_SPARSE,
    HLL_NOT_SPARSE_ENOUGH,
    HLL_UNKNOWN_DEBUG,
    KEY_MUST_EXIST,
    NO_HLL,
    CommandError,
    as_text,
)
from redlearn.probe import Probe
from redlearn.resp.reply import OK, Reply, Status

MOST_MAPS: Final = 64
NOTHING_SEEN: Final = bytearray(REGISTERS)
CHECKPOINTS: Final = (1, 10, 100, 1000)


@command(
    "PFADD",
    "key [element [element ...]]",
    arity=-2,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW insert"),),
    since="2.8.9",
    complexity="O(1) for each element, O(N) while there are N runs and no registers",
)
def pfadd(ctx: Context, argv: list[bytes]) -> Reply:
    """See elements; return 1 if that may change the estimate, else 0."""
    key, elements = argv[1], argv[2:]
    entry = ctx.find_string(key)
    data = None if entry is None else entry.value
    try:
        if data.__class__ is not bytearray or ctx.state.probe.emit is not None:
            raised = _add(ctx, key, entry, elements)
        elif data.startswith(DENSE_HEAD) and len(data) == DENSE_SIZE:
            raised = see_dense(data, elements)
        elif data.startswith(SPARSE_HEAD) and len(data) >= HEADER:
            known = seen_before(data, elements, _runs(ctx.state, key))
            raised = _add(ctx, key, entry, elements[known:]) if known < len(elements) else 0
        else:
            raise CommandError(NO_HLL)
    except ValueError:
        raise CommandError(HLL_BROKEN) from None
    if not raised:
        return 0
    ctx.changed(key, "pfadd", raised)
    return 1


def _add(ctx: Context, key: bytes, entry: Entry | None, elements: list[bytes]) -> int:
    """See elements, in what was found under `key` or in a new one; how many changes that was."""
    raised = 1 if entry is None else 0
    seen = _create(ctx, key) if entry is None else _over(ctx, key, entry)
    for element in elements:
        raised += seen.add(element)
    if raised:
        seen.forget_estimate()
    return raised


@command(
    "PFCOUNT",
    "key [key ...]",
    arity=-2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RW access", last=-1),),
    since="2.8.9",
    complexity="O(1) if nothing was seen since, else O(N) registers; O(N) for each of several keys",
)
def pfcount(ctx: Context, argv: list[bytes]) -> Reply:
    """Estimate how many different elements were seen, by all of several keys together.

    The estimate of one key is kept in it. That is a change, and is passed on as one, though
    the command is said to read only.
    """
    if len(argv) > 2:
        return estimate_of(_together(ctx, argv[1:])[0])
    seen = _find(ctx, argv[1])
    if seen is None:
        return 0
    known = seen.kept_estimate() is not None
    try:
        count = seen.estimate()
    except ValueError:
        raise CommandError(HLL_BROKEN) from None
    if known:
        return count
    ctx.state.dirty += 1
    ctx.touch_watchers(ctx.db, argv[1])
    ctx.propagate(*argv)
    return count if count < 1 << 63 else count - (1 << 64)


@command(
    "PFMERGE",
    "destkey [sourcekey [sourcekey ...]]",
    arity=-2,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW access insert"), Keys(2, "RO access", last=-1)),
    since="2.8.9",
    complexity="O(N) registers of each key",
)
def pfmerge(ctx: Context, argv: list[bytes]) -> Reply:
    """Let one key have seen all that the others have, and what it has itself."""
    key = argv[1]
    registers, dense = _together(ctx, argv[1:])
    target = _find(ctx, key) or _create(ctx, key)
    if dense:
        target.promote()
    target.raise_all(registers)
    target.forget_estimate()
    ctx.changed(key, "pfadd")
    return OK


def _find(ctx: Context, key: bytes) -> HyperLogLog | None:
    """The HyperLogLog under `key`, about to be changed, or None."""
    ctx.will_change(key)  # PFCOUNT says of itself that it reads
    entry = ctx.find_string(key)
    return None if entry is None else _over(ctx, key, entry)


def _require_hyperloglog(data: bytes | bytearray) -> None:
    if not HyperLogLog.recognises(data, len(data)):
        raise CommandError(NO_HLL)


def _create(ctx: Context, key: bytes) -> HyperLogLog:
    return _seeing(ctx, key, ctx.create(key, HyperLogLog.empty()))


def _over(ctx: Context, key: bytes, entry: Entry) -> HyperLogLog:
    """What a string has seen, about to be changed; one that is no HyperLogLog is refused."""
    content: Content = entry.value
    _require_hyperloglog(content if isinstance(content, bytearray) else data_of(content))
    return _seeing(ctx, key, writable(entry))


def _seeing(ctx: Context, key: bytes, data: bytearray) -> HyperLogLog:
    state = ctx.state
    limit = state.config.number("hll-sparse-max-bytes")
    return HyperLogLog(data, state.probe, limit, _runs(state, key) if data[4] == SPARSE else None)


def _runs(state: State, key: bytes) -> RunMap:
    """What is noted of the runs under `key`; whether it is of these bytes, it sees itself."""
    runs = state.run_maps.get(key)
    if runs is None:
        if len(state.run_maps) >= MOST_MAPS:  # the one that was there first gives way
            del state.run_maps[next(iter(state.run_maps))]
        runs = state.run_maps[key] = RunMap()
    return runs


def _together(ctx: Context, keys: list[bytes]) -> tuple[bytearray, bool]:
    """The greatest of each register under `keys`, and whether any is dense.

    A key that is not there has seen nothing.
    """
    registers, dense = NOTHING_SEEN, False
    for key in keys:
        value = ctx.find_source(key, String)
        if value is not None:
            data = bytearray(value.data())  # a copy: only read
            _require_hyperloglog(data)
            seen = HyperLogLog(data, ctx.state.probe)
            dense = dense or not seen.is_sparse
            try:
                registers = merged(registers, seen.registers())
            except ValueError:
                raise CommandError(HLL_BROKEN) from None
    return registers, dense


# For those who look inside


@command(
    "PFDEBUG",
    "subcommand key",
    arity=3,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.ADMIN,
    keys=(Keys(2, "RW access"),),
    since="2.8.9",
    complexity="O(N) registers",
    for_the_system=True,
)
def pfdebug(ctx: Context, argv: list[bytes]) -> Reply:
    """Show the registers (GETREG), the runs (DECODE) or the ENCODING, or promote (TODENSE)."""
    _, word, key = argv
    if ctx.lookup(key) is None:
        raise CommandError(KEY_MUST_EXIST)
    seen = _find(ctx, key)
    assert seen is not None
    try:
        match word.upper():
            case b"ENCODING":
                return Status("sparse" if seen.is_sparse else "dense")
            case b"DECODE":
                return _runs_in_words(seen)
            case b"TODENSE":
                return _promote(ctx, seen)
            case b"GETREG":
                _promote(ctx, seen)
                return [*seen.registers()]
    except ValueError:
        raise CommandError(HLL_BROKEN) from None
    raise CommandError(HLL_UNKNOWN_DEBUG.format(as_text(word)))


def _promote(ctx: Context, seen: HyperLogLog) -> int:
    """Promote, which others must repeat, though no watcher is told."""
    promoted = seen.promote()
    ctx.state.dirty += promoted
    return int(promoted)


def _runs_in_words(seen: HyperLogLog) -> bytes:
    if not seen.is_sparse:
        raise CommandError(HLL_NOT_SPARSE)
    words: list[str] = []
    for run in runs_of(seen.data):
        if run.value:
            words.append(f"v:{run.value},{run.span}")
        else:
            words.append(f"{'z' if run.size == 1 else 'Z'}:{run.span}")
    return " ".join(words).encode()


@command(
    "PFSELFTEST",
    "",
    arity=1,
    flags=Flags.ADMIN,
    since="2.8.9",
    complexity="O(1)",
    for_the_system=True,
)
def pfselftest(ctx: Context, argv: list[bytes]) -> Reply:
    """Check that both forms agree, and that the estimate is as near as it should be.

    Unlike Redis: one round of both checks and not a thousand, which would take minutes here.
    """
    limit = ctx.state.config.number("hll-sparse-max-bytes")
    sparse = HyperLogLog(HyperLogLog.empty(), Probe(), limit)
    dense = HyperLogLog(HyperLogLog.empty(), Probe())
    dense.promote()
    for number in range(1, 1001):
        element = b"%d" % number
        if sparse.add(element) != dense.add(element):
            raise CommandError(f"ERR TESTFAILED dense/sparse disagree at cardinality={number}")
        if number in CHECKPOINTS and number < limit // 2 and not sparse.is_sparse:
            raise CommandError(HLL_NOT_SPARSE_ENOUGH)
    registers = dense.registers()
    if sparse.registers() != registers or unpacked(packed(registers)) != registers:
        raise CommandError("ERR TESTFAILED the forms hold other registers")
    error = abs(dense.estimate() - 1000)
    if error > 1000 * 0.0081 * 6:
        raise CommandError(f"ERR TESTFAILED Too big error. card:1000 abserr:{error}")
    return OK
