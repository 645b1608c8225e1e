"""WAIT: until so many replicas have what this client wrote.

Source: `replication.c` waitCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.blocking import deadline_of_ms
from redlearn.engine.command import COMMANDS, Flags, command
from redlearn.engine.context import Context
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
    """Wait for replicas to have all that was written; return how many do, which is none here.

    There are no replicas, so whoever asks for one waits until the timeout, or for ever.
    """
    wanted = args.integer()
    until_ms = deadline_of_ms(args.next(), ctx.now_ms)
    return 0 if wanted <= 0 else ctx.block([], "", until_ms, otherwise=0)


# The only generic command that has nothing to do with keys.
COMMANDS[b"WAIT"].categories = ("@blocking", "@connection", "@slow")
