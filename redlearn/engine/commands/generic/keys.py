"""Keys as such: their existence and type; deleting, renaming, copying and moving them."""

from __future__ import annotations

from typing import Final

from redlearn.cluster_errors import COPY_IN_CLUSTER, NOT_IN_CLUSTER
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.values.string import Content, boxed
from redlearn.engine.values.value import Value
from redlearn.errors import (
    DB_OUT_OF_RANGE,
    NO_SUCH_KEY,
    OUT_OF_INT_RANGE,
    SAME_OBJECT,
    SYNTAX,
    CommandError,
)
from redlearn.resp.reply import OK, Reply, Status

_SUM_OF_SHARDS: Final = ("request_policy:multi_shard", "response_policy:agg_sum")
_INT32_MAX: Final = 2**31 - 1


@command(
    "EXISTS",
    "key [key ...]",
    arity=-2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO", last=-1),),
    since="1.0.0",
    complexity="O(N) keys",
    tips=_SUM_OF_SHARDS,
)
def exists(ctx: Context, argv: list[bytes]) -> Reply:
    """Count how many of the keys exist; one that is named twice counts twice."""
    return sum(ctx.lookup(key, touch=False) is not None for key in argv[1:])


@command(
    "TYPE",
    "key",
    arity=2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO"),),
    since="1.0.0",
    complexity="O(1)",
)
def type_of(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell which type of value a key holds, or none."""
    entry = ctx.lookup(argv[1], touch=False)
    return Status("none" if entry is None else boxed(entry.value).type)


@command(
    "TOUCH",
    "key [key ...]",
    arity=-2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO", last=-1),),
    since="3.2.1",
    complexity="O(N) keys",
    tips=_SUM_OF_SHARDS,
)
def touch(ctx: Context, argv: list[bytes]) -> Reply:
    """Mark keys as just used, and count how many of them exist."""
    touched = 0
    for key in argv[1:]:
        entry = ctx.lookup(key, touch=False)
        if entry is not None:
            ctx.use(entry)  # even for a client that is not to touch anything
            touched += 1
    return touched


# --- Deleting -------------------------------------------------------------------------------


@command(
    "DEL",
    "key [key ...]",
    arity=-2,
    flags=Flags.WRITE,
    keys=(Keys(1, "RM delete", last=-1),),
    since="1.0.0",
    complexity="O(N) keys, and O(M) for each value of M elements",
    tips=_SUM_OF_SHARDS,
)
def delete(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete keys with what they hold, and count how many there were."""
    return _delete(ctx, argv)


@command(
    "UNLINK",
    "key [key ...]",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RM delete", last=-1),),
    since="4.0.0",
    complexity="O(N) keys; the memory is freed afterwards",
    tips=_SUM_OF_SHARDS,
)
def unlink(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete keys, leaving it to another thread to free their memory.

    Unlike Redis: there is no such thread here, so DEL and UNLINK cost the same.
    """
    return _delete(ctx, argv)


def _delete(ctx: Context, argv: list[bytes]) -> int:
    deleted = 0
    for key in argv[1:]:
        if ctx.alive(key) and ctx.delete(key):
            ctx.changed(key, "del")
            deleted += 1
    return deleted


# --- Renaming and copying -------------------------------------------------------------------


@command(
    "RENAME",
    "key newkey",
    arity=3,
    flags=Flags.WRITE,
    keys=(Keys(1, "RW access delete"), Keys(2, "OW update")),
    since="1.0.0",
    complexity="O(1), and what it takes to delete the value that was there",
)
def rename(ctx: Context, argv: list[bytes]) -> Reply:
    """Give a key another name, and delete what had that name before."""
    _rename(ctx, argv, only_if_free=False)
    return OK


@command(
    "RENAMENX",
    "key newkey",
    arity=3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"), Keys(2, "OW insert")),
    since="1.0.0",
    complexity="O(1)",
)
def renamenx(ctx: Context, argv: list[bytes]) -> Reply:
    """Give a key another name unless a key of that name exists; 1 if it was renamed."""
    return int(_rename(ctx, argv, only_if_free=True))


def _rename(ctx: Context, argv: list[bytes], *, only_if_free: bool) -> bool:
    """Move a value to another key, expiry and all (`db.c renameGenericCommand`)."""
    old, new = argv[1], argv[2]
    entry = ctx.lookup(old)
    if entry is None:
        raise CommandError(NO_SUCH_KEY)
    if old == new:
        return False
    at_ms = ctx.db.expiry_of(old)
    if ctx.lookup(new) is not None:
        if only_if_free:
            return False
        ctx.delete(new)
    ctx.delete(old)
    _add(ctx, new, entry.value, at_ms)
    ctx.changed(old, "rename_from")
    ctx.also_changed(new, "rename_to")
    return True


def _add(ctx: Context, key: bytes, value: Value | Content, at_ms: int) -> None:
    ctx.create(key, value)
    ctx.db.order_fields(key, value)
    if at_ms != NO_EXPIRY:
        ctx.db.expire_at(key, at_ms)


@command(
    "COPY",
    "source destination [DB destination-db] [REPLACE]",
    arity=-3,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RO access"), Keys(2, "OW update")),
    since="6.2.0",
    complexity="O(N) elements of a collection; O(1) for a string",
)
def copy(ctx: Context, args: Args) -> Reply:
    """Copy what a key holds to another key, its time to live included; 1 if it was copied."""
    source, destination = args.next(), args.next()
    target, replace = ctx.db, False
    while args:
        if args.take(b"REPLACE"):
            replace = True
        elif args.word() == b"DB" and len(args) > 1:
            args.next()
            target = _database(ctx, args.integer())
        else:
            raise CommandError(SYNTAX)
    if ctx.state.cluster is not None and target.index:
        raise CommandError(COPY_IN_CLUSTER)
    if target is ctx.db and source == destination:
        raise CommandError(SAME_OBJECT)
    entry = ctx.lookup_source(source)
    if entry is None:
        return 0
    at_ms = ctx.db.expiry_of(source)
    home, ctx.db = ctx.db, target
    copied = _copy_to(ctx, destination, boxed(entry.value), at_ms, replace=replace)
    ctx.db = home
    return int(copied)


def _database(ctx: Context, index: int) -> Database:
    if not -_INT32_MAX - 1 <= index <= _INT32_MAX:
        raise CommandError(OUT_OF_INT_RANGE)
    if not 0 <= index < len(ctx.state.databases):
        raise CommandError(DB_OUT_OF_RANGE)
    return ctx.state.databases[index]


def _copy_to(ctx: Context, key: bytes, value: Value, at_ms: int, *, replace: bool) -> bool:
    """Add a copy of `value` to the database that `ctx` points at now."""
    if ctx.lookup(key) is not None:
        if not replace:
            return False
        ctx.delete(key)
    _add(ctx, key, value.copy(ctx.state.kit), at_ms)
    ctx.changed(key, "copy_to")
    return True


@command(
    "MOVE",
    "key db",
    arity=3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
)
def move(ctx: Context, argv: list[bytes]) -> Reply:
    """Move a key to another database, its time to live included; 1 if it was moved."""
    if ctx.state.cluster is not None:
        raise CommandError(NOT_IN_CLUSTER.format("MOVE"))
    key, number = argv[1], Args(argv, at=2)
    home, target = ctx.db, _database(ctx, number.integer())
    if target is home:
        raise CommandError(SAME_OBJECT)
    entry = ctx.lookup(key)
    if entry is None:
        return 0
    at_ms = home.expiry_of(key)
    ctx.db = target
    free = ctx.lookup(key) is None
    if free:
        _add(ctx, key, entry.value, at_ms)
    ctx.db = home
    if not free:
        return 0
    ctx.delete(key)
    ctx.changed(key, "move_from")
    ctx.db = target
    ctx.also_changed(key, "move_to")
    ctx.db = home
    return 1
