"""WAIT and WAITAOF: until so many replicas, or disks, have what this client wrote.

Source: `replication.c` waitCommand, waitaofCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.blocking import FOR_THE_DISK, deadline_of_ms, kept
from redlearn.engine.command import COMMANDS, Flags, command
from redlearn.engine.context import Context
from redlearn.engine.replication import FOR_REPLICAS
from redlearn.errors import (
    MUST_BE_POSITIVE,
    NUMLOCAL_RANGE,
    WAIT_ON_REPLICA,
    WAITAOF_WITHOUT_LOG,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Reply


@command(
    "WAIT",
    "numreplicas timeout:integer",
    arity=3,
    flags=Flags.BLOCKING,
    since="3.0.0",
    complexity="O(1)",
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def wait(ctx: Context, args: Args) -> Reply:
    """Wait for replicas to have all that was written; return how many do.

    Where there are no replicas, whoever asks for one waits until the timeout, or for ever.
    """
    known = ctx.state.replication
    if known.primary is not None:
        raise CommandError(WAIT_ON_REPLICA)
    wanted = args.integer()
    until_ms = deadline_of_ms(args.next(), ctx.now_ms)
    count = known.count(ctx.client.streamed)
    if count >= wanted:
        return count
    known.waiting[ctx.client.id] = None
    return ctx.block([], FOR_REPLICAS, until_ms, otherwise=count)


@command(
    "WAITAOF",
    "numlocal:integer numreplicas:integer timeout:integer",
    arity=4,
    flags=Flags.BLOCKING,
    since="7.2.0",
    complexity="O(1)",
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def wait_for_log(ctx: Context, args: Args) -> Reply:
    """Wait until what was written is on disk, here and at replicas; return where it is."""
    local = args.integer()
    if local not in (0, 1):
        raise CommandError(NUMLOCAL_RANGE)
    replicas = args.integer_from(0, INT64_MAX, MUST_BE_POSITIVE)
    until_ms = deadline_of_ms(args.next(), ctx.now_ms)
    state = ctx.state
    if local and state.durability.log == "off":
        raise CommandError(WAITAOF_WITHOUT_LOG)
    on_disk = state.durability.synced >= ctx.client.written
    so_far = kept(state, ctx.client)
    if on_disk >= local and not replicas:
        return so_far
    state.durability.waiting[ctx.client.id] = None
    return ctx.block([], FOR_THE_DISK, until_ms, otherwise=so_far)


# The only generic commands that have nothing to do with keys.
for _name in (b"WAIT", b"WAITAOF"):
    COMMANDS[_name].categories = ("@blocking", "@connection", "@slow")
