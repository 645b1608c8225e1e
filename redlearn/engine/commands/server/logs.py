"""SLOWLOG and COMMANDLOG: the last commands that took long, or had much to say.

Sources: `slowlog.c`; Valkey's `commandlog.c`.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.stats import CommandLog
from redlearn.errors import LOG_COUNT, LOG_TYPE, CommandError
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply

_STALE = Flags.LOADING | Flags.STALE
_ADMIN = Flags.ADMIN | _STALE
_FROM_ALL = ("nondeterministic_output", "request_policy:all_nodes")
_ALL_OK = ("request_policy:all_nodes", "response_policy:all_succeeded")
_KINDS = "type=<SLOW | LARGE-REQUEST | LARGE-REPLY>"
_SINCE = "valkey-8.1.0"

container("SLOWLOG", "server", since="2.2.12")
container("COMMANDLOG", "server", since=_SINCE)


@command("SLOWLOG GET", "[count:integer]", arity=-2, flags=_ADMIN, since="2.2.12",
         complexity="O(N) entries", tips=_FROM_ALL)  # fmt: skip
def slowlog_get(ctx: Context, args: Args) -> Reply:
    """Return the last commands that took long: ten, or as many as asked for, or all with -1."""
    return _entries(ctx.state.stats.slow, _count(args.next()) if args else 10)


@command("SLOWLOG LEN", "", arity=2, flags=_ADMIN, since="2.2.12", complexity="O(1)",
         tips=(*_FROM_ALL, "response_policy:agg_sum"))  # fmt: skip
def slowlog_len(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the commands in the slow log."""
    return len(ctx.state.stats.slow.entries)


@command("SLOWLOG RESET", "", arity=2, flags=_ADMIN, since="2.2.12", complexity="O(N) entries",
         tips=_ALL_OK)  # fmt: skip
def slowlog_reset(ctx: Context, argv: list[bytes]) -> Reply:
    """Empty the slow log."""
    ctx.state.stats.slow.entries.clear()
    return OK


@command("SLOWLOG HELP", "", arity=2, flags=_STALE, since="6.2.0", complexity="O(1)")
def slowlog_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what SLOWLOG can do."""
    return help_lines("SLOWLOG")


@command("COMMANDLOG GET", f"count:integer {_KINDS}", arity=4, flags=_ADMIN, since=_SINCE,
         complexity="O(N) entries", tips=_FROM_ALL)  # fmt: skip
def commandlog_get(ctx: Context, args: Args) -> Reply:
    """Return the last commands that took long, or had a large request or reply; -1: all."""
    count = _count(args.next())
    return _entries(_log(ctx, args.next()), count)


@command("COMMANDLOG LEN", _KINDS, arity=3, flags=_ADMIN, since=_SINCE, complexity="O(1)",
         tips=(*_FROM_ALL, "response_policy:agg_sum"))  # fmt: skip
def commandlog_len(ctx: Context, args: Args) -> Reply:
    """Count the commands in one of the logs."""
    return len(_log(ctx, args.next()).entries)


@command("COMMANDLOG RESET", _KINDS, arity=3, flags=_ADMIN, since=_SINCE,
         complexity="O(N) entries", tips=_ALL_OK)  # fmt: skip
def commandlog_reset(ctx: Context, args: Args) -> Reply:
    """Empty one of the logs."""
    _log(ctx, args.next()).entries.clear()
    return OK


@command("COMMANDLOG HELP", "", arity=2, flags=_STALE, since=_SINCE, complexity="O(1)")
def commandlog_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what COMMANDLOG can do."""
    return help_lines("COMMANDLOG")


def _count(text: bytes) -> int:
    count = parse_integer(text)
    if count is None or count < -1:
        raise CommandError(LOG_COUNT)
    return count


def _log(ctx: Context, kind: bytes) -> CommandLog:
    stats = ctx.state.stats
    logs = {b"SLOW": stats.slow, b"LARGE-REQUEST": stats.requests, b"LARGE-REPLY": stats.replies}
    found = logs.get(kind.upper())
    if found is None:
        raise CommandError(LOG_TYPE)
    return found


def _entries(log: CommandLog, count: int) -> Reply:
    chosen = log.entries if count == -1 else log.entries[:count]
    return [[e.id, e.at_s, e.amount, list(e.argv), e.address, e.name] for e in chosen]
