"""Whole databases: DBSIZE FLUSHDB FLUSHALL SWAPDB; and TIME."""

from __future__ import annotations

from redlearn.cluster_errors import NOT_IN_CLUSTER
from redlearn.engine import blocking, tracking
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.engine.keyspace import Database, DatabasesSwapped
from redlearn.errors import BAD_FIRST_DB, BAD_SECOND_DB, DB_OUT_OF_RANGE, SYNTAX, CommandError
from redlearn.resp.reply import OK, Reply

_ALL_SHARDS = ("request_policy:all_shards", "response_policy:all_succeeded")


@command(
    "DBSIZE", "", arity=1, flags=Flags.READONLY | Flags.FAST, complexity="O(1)",
    categories="@keyspace", tips=("request_policy:all_shards", "response_policy:agg_sum"),
)  # fmt: skip
def dbsize(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the keys of this database; expired ones count until they are removed."""
    return ctx.state.listed(ctx.db, ctx.db.keys)


@command(
    "FLUSHDB", "[ASYNC@4.0.0 | SYNC@6.2.0]", arity=-1, flags=Flags.WRITE,
    complexity="O(N) keys", categories="@keyspace @dangerous", tips=_ALL_SHARDS,
)  # fmt: skip
def flushdb(ctx: Context, args: Args) -> Reply:
    """Remove every key of this database."""
    _check_mode(args)
    _end_moves(ctx)
    ctx.state.dirty += ctx.clear(ctx.db)
    tracking.flushed(ctx.state, ctx.client)
    _pass_on_even_if_empty(ctx)
    return OK


@command(
    "FLUSHALL", "[ASYNC@4.0.0 | SYNC@6.2.0]", arity=-1, flags=Flags.WRITE,
    complexity="O(N) keys", categories="@keyspace @dangerous", tips=_ALL_SHARDS,
)  # fmt: skip
def flushall(ctx: Context, args: Args) -> Reply:
    """Remove every key of every database."""
    _check_mode(args)
    _end_moves(ctx)
    for db in ctx.state.databases:
        ctx.state.dirty += ctx.clear(db)
    tracking.flushed(ctx.state, ctx.client)
    ctx.state.store.emptied()
    _pass_on_even_if_empty(ctx)
    return OK


@command(
    "SWAPDB", "index1 index2", arity=3, flags=Flags.WRITE | Flags.FAST, since="4.0.0",
    complexity="O(N) clients that watch or wait for keys", categories="@keyspace @dangerous",
)  # fmt: skip
def swapdb(ctx: Context, args: Args) -> Reply:
    """Let two databases change places: who uses one sees at once what was in the other."""
    if ctx.state.cluster is not None:
        raise CommandError(NOT_IN_CLUSTER.format("SWAPDB"))
    int32 = 2**31
    first = args.integer_from(-int32, int32 - 1, BAD_FIRST_DB)
    second = args.integer_from(-int32, int32 - 1, BAD_SECOND_DB)
    databases = ctx.state.databases
    if not (0 <= first < len(databases) and 0 <= second < len(databases)):
        raise CommandError(DB_OUT_OF_RANGE)
    if first != second:
        _swap(ctx, databases[first], databases[second])
    ctx.state.dirty += 1
    return OK


def _swap(ctx: Context, one: Database, other: Database) -> None:
    """Change the contents over. Clients stay, and so does what they watch and wait for.

    Source: `db.c` dbSwapDatabases, scanDatabaseForReadyKeys; `multi.c` touchAllWatchedKeysInDb.
    """
    for db in (one, other):
        for key in [key for key in db.watched if key in one.keys or key in other.keys]:
            ctx.touch_watchers(db, key)
    one.exchange(other)
    for db in (one, other):
        blocking.mark_all(ctx.state, db)
    if emit := ctx.state.probe.emit:
        emit(DatabasesSwapped(one.index, other.index))


@command(
    "TIME", "", arity=1, flags=Flags.LOADING | Flags.STALE | Flags.FAST, since="2.6.0",
    complexity="O(1)", tips=("nondeterministic_output",),
)  # fmt: skip
def time(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell the time: seconds since 1970, and the microseconds of the present second."""
    return [b"%d" % (ctx.now_ms // 1000), b"%d" % (ctx.now_ms % 1000 * 1000)]


def _end_moves(ctx: Context) -> None:
    """Slots of a cluster that are on their way are not, without their keys."""
    if ctx.state.cluster is not None and not ctx.client.obeyed:
        ctx.state.cluster.moves.flushed()


def _check_mode(args: Args) -> None:
    """ASYNC and SYNC choose who frees the memory; here nobody can tell the difference."""
    if len(args) > 1 or (args and args.next().upper() not in (b"ASYNC", b"SYNC")):
        raise CommandError(SYNTAX)


def _pass_on_even_if_empty(ctx: Context) -> None:
    """A flush is passed on whatever it found: a replica's data may differ (`FORCE_REPL`)."""
    ctx.state.dirty += 1
