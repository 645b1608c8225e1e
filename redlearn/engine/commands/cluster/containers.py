"""CLUSTER itself, which only holds subcommands, and what they have in common."""

from __future__ import annotations

from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply

LOOKS = Flags.STALE
ACTS = Flags.ADMIN | Flags.NO_ASYNC_LOADING | Flags.STALE

container("CLUSTER", "cluster", since="3.0.0", complexity="as the subcommand")


@command("CLUSTER HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="5.0.0",
         complexity="O(1)")  # fmt: skip
def cluster_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CLUSTER can do."""
    return help_lines("CLUSTER")
