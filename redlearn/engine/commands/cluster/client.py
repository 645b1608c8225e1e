"""READONLY READWRITE ASKING: what a client says of itself to the node of a cluster."""

from __future__ import annotations

from redlearn.engine.command import Flags, command
from redlearn.engine.commands.cluster.asked import cluster_of
from redlearn.engine.context import Context
from redlearn.resp.reply import OK, Reply

_ALWAYS = Flags.LOADING | Flags.STALE | Flags.FAST


@command("READONLY", "", arity=1, flags=_ALWAYS, since="3.0.0", complexity="O(1)",
         categories="@connection")  # fmt: skip
def readonly(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a replica answer what only reads, be it a little late."""
    cluster_of(ctx)
    ctx.client.read_only = True
    return OK


@command("READWRITE", "", arity=1, flags=_ALWAYS, since="3.0.0", complexity="O(1)",
         categories="@connection")  # fmt: skip
def readwrite(ctx: Context, argv: list[bytes]) -> Reply:
    """Be sent to the primary again, also to read."""
    cluster_of(ctx)
    ctx.client.read_only = False
    return OK


@command("ASKING", "", arity=1, flags=Flags.FAST, since="3.0.0", complexity="O(1)",
         categories="@connection")  # fmt: skip
def asking(ctx: Context, argv: list[bytes]) -> Reply:
    """Have the next command run although its slot is still on its way here."""
    cluster_of(ctx)
    ctx.client.asking = True
    return OK
