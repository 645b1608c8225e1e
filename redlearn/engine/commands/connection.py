"""Connection commands: PING ECHO SELECT HELLO RESET QUIT CLIENT."""

from __future__ import annotations

from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.resp.reply import PONG, Reply


@command("PING", "[message]", arity=-1, flags=Flags.FAST, since="1.0.0", complexity="O(1)")
def ping(ctx: Context, argv: list[bytes]) -> Reply:
    """Answer PONG, or the message it was given."""
    return argv[1] if len(argv) > 1 else PONG
