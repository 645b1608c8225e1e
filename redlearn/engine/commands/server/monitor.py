"""MONITOR: see every command that runs, as a line of text."""

from __future__ import annotations

from redlearn.engine import clients
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.resp.reply import OK, Reply


@command(
    "MONITOR", "", arity=1,
    flags=Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE,
    complexity="O(1), and every command costs a line for each monitor from then on",
)  # fmt: skip
def monitor(ctx: Context, argv: list[bytes]) -> Reply:
    """Be told of every command that anybody runs, as it is run."""
    ctx.state.crowd.monitors[ctx.client.id] = None
    clients.be_alert(ctx.state)
    return OK
