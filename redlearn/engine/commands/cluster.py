"""Cluster commands. A standalone engine knows one thing about clusters: a key's slot."""

from __future__ import annotations

from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply
from redlearn.slots import slot_of

container("CLUSTER", "cluster", since="3.0.0", complexity="as the subcommand")


@command("CLUSTER KEYSLOT", "key:string", arity=3, flags=Flags.STALE, since="3.0.0",
         complexity="O(N) bytes of the key")  # fmt: skip
def cluster_keyslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the slot, 0 to 16383, that a key belongs to."""
    return slot_of(argv[2])


@command("CLUSTER HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="5.0.0",
         complexity="O(1)")  # fmt: skip
def cluster_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CLUSTER can do."""
    return help_lines("CLUSTER")
