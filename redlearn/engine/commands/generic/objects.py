"""OBJECT: what Redis knows of a value besides its content.

None of these counts as a use of the key, or IDLETIME could never answer anything but 0.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.access import frequency, idle_ms
from redlearn.engine.command import Flags, Keys, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.string import boxed
from redlearn.errors import NO_LFU, NO_LRU, CommandError
from redlearn.resp.reply import Reply

_KEY: Final = (Keys(2, "RO"),)
_TIPS: Final = ("nondeterministic_output",)

container("OBJECT", "generic", since="2.2.3", complexity="as the subcommand")


def _entry(ctx: Context, argv: list[bytes]) -> Entry | None:
    """The key's entry. It does not count as used, and nobody is told if it is missing."""
    ctx.quiet = True
    entry, stats = ctx.lookup(argv[2], touch=False), ctx.state.stats
    stats.hits += entry is not None
    stats.misses += entry is None
    return entry


@command(
    "OBJECT ENCODING",
    "key",
    arity=3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.2.3",
    complexity="O(1)",
    tips=_TIPS,
)
def encoding(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell in which structure a value is kept at the moment."""
    entry = _entry(ctx, argv)
    return None if entry is None else boxed(entry.value).encoding.encode()


@command(
    "OBJECT REFCOUNT",
    "key",
    arity=3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.2.3",
    complexity="O(1)",
    tips=_TIPS,
)
def refcount(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many share a value: one, or all who need the same small integer."""
    entry = _entry(ctx, argv)
    if entry is None:
        return None
    return ctx.state.refcount(boxed(entry.value))


@command(
    "OBJECT IDLETIME",
    "key",
    arity=3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.2.3",
    complexity="O(1)",
    tips=_TIPS,
)
def idletime(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell for how many seconds a key has not been used."""
    entry = _entry(ctx, argv)
    if entry is None:
        return None
    if ctx.state.counts_uses:
        raise CommandError(NO_LRU)
    return idle_ms(entry.access, ctx.now_ms) // 1000


@command(
    "OBJECT FREQ",
    "key",
    arity=3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="4.0.0",
    complexity="O(1)",
    tips=_TIPS,
)
def freq(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how often a key is used, on a logarithmic scale, under an LFU policy only."""
    entry = _entry(ctx, argv)
    if entry is None:
        return None
    if not ctx.state.counts_uses:
        raise CommandError(NO_LFU)
    return frequency(entry.access, ctx.now_ms, ctx.state.config.number("lfu-decay-time"))


@command(
    "OBJECT HELP",
    "",
    arity=2,
    flags=Flags.LOADING | Flags.STALE,
    since="6.2.0",
    complexity="O(1)",
)
def object_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what OBJECT can tell."""
    return help_lines("OBJECT")
