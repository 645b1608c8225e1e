"""SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF: asking for the data to be written to files.

Who writes is the engine's `Store`. Here is what may be asked for, and when: a snapshot and a
rewrite of the append-only file are never under way at once, since both want all of the memory.

Sources: `rdb.c` saveCommand, bgsaveCommand; `aof.c` bgrewriteaofCommand; `db.c` lastsaveCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.errors import (
    BGREWRITEAOF_FAILED,
    BGREWRITEAOF_RUNS,
    BGSAVE_RUNS,
    BGSAVE_STANDS_BACK,
    NO_BGSAVE,
    SAVE_FAILED,
    CommandError,
)
from redlearn.resp.reply import OK, Reply, Status

_ADMIN = Flags.ADMIN | Flags.NOSCRIPT | Flags.NO_ASYNC_LOADING


@command("SAVE", "", arity=1, flags=_ADMIN | Flags.NO_MULTI, complexity="O(N) keys")
def save(ctx: Context, argv: list[bytes]) -> Reply:
    """Write all data to a file, and let everybody wait for it."""
    known = ctx.state.durability
    if known.saving:
        raise CommandError(BGSAVE_RUNS)
    known.saves += 1  # tries are counted, as those of BGSAVE
    if not ctx.state.store.save():
        raise CommandError(SAVE_FAILED)
    return OK


@command("BGSAVE", "[SCHEDULE]@3.2.2", arity=-1, flags=_ADMIN, complexity="O(1)")
def begin_save(ctx: Context, args: Args) -> Reply:
    """Write all data, as it is now, to a file, while everybody is served on."""
    known = ctx.state.durability
    if args.word() == b"CANCEL" and len(args) == 1:
        return _cancel(ctx)
    schedule = args.take(b"SCHEDULE")
    args.finish()
    if known.saving:
        raise CommandError(BGSAVE_RUNS)
    if known.rewriting or _in_exec(ctx):
        if not schedule and not _in_exec(ctx):
            raise CommandError(BGSAVE_STANDS_BACK)
        known.save_scheduled = True
        return Status("Background saving scheduled")
    if not ctx.state.store.begin_save():
        raise CommandError(SAVE_FAILED)
    return Status("Background saving started")


def _cancel(ctx: Context) -> Reply:
    """What Valkey's BGSAVE CANCEL does: end the save under way, or forget the scheduled one."""
    known = ctx.state.durability
    if not known.saving and not known.save_scheduled:
        raise CommandError(NO_BGSAVE)
    what = "Background" if known.saving else "Scheduled background"
    ctx.state.store.cancel_save()
    return Status(f"{what} saving cancelled")


def _in_exec(ctx: Context) -> bool:
    """Whether the command was queued: no fork in the midst of a transaction."""
    return ctx.client.last_command == "exec"


@command("LASTSAVE", "", arity=1, flags=Flags.LOADING | Flags.STALE | Flags.FAST,
         complexity="O(1)", tips=("nondeterministic_output",),
         categories="@admin @dangerous")  # fmt: skip
def last_save(ctx: Context, argv: list[bytes]) -> Reply:
    """Return when data was last saved, in seconds since 1970."""
    return ctx.state.durability.saved_s


@command("BGREWRITEAOF", "", arity=1, flags=_ADMIN, complexity="O(1)")
def begin_rewrite(ctx: Context, argv: list[bytes]) -> Reply:
    """Write the append-only file anew, as short as the data allows."""
    known = ctx.state.durability
    if known.rewriting:
        raise CommandError(BGREWRITEAOF_RUNS)
    if known.saving or _in_exec(ctx):
        known.rewrite_scheduled = True
        known.rewrite_failures = 0
        return Status("Background append only file rewriting scheduled")
    if not ctx.state.store.begin_rewrite():
        raise CommandError(BGREWRITEAOF_FAILED)
    return Status("Background append only file rewriting started")
