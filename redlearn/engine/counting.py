"""Counting: what `Stats` is told of a command that ran.

`Engine.execute_timed` counts the usual command itself; here is the general way, for what is out of
the ordinary: transactions, waits, durations over a threshold.

Source: `server.c call`.
"""

from __future__ import annotations

from redlearn.engine.client import Client
from redlearn.engine.command import Command, Flags, find_command
from redlearn.engine.state import State
from redlearn.engine.stats import NEVER
from redlearn.resp.encode import encode


def count_closely(state: State, client: Client, argv: list[bytes], taken: int) -> None:
    """Count a command that ran, unless it only waits for EXEC or for the end of a pause."""
    command = find_command(argv)
    if command is None or client.postponed or (client.queue is not None and command.queued):
        return
    count(state, client, command, argv, taken)


def count(state: State, client: Client, command: Command, argv: list[bytes], taken: int) -> None:
    """Count a command that ran for `taken` nanoseconds."""
    stats = state.stats
    stats.finish(command.name, taken)
    if taken >= stats.remarkable:
        fast, logged = Flags.FAST in command.flags, Flags.SKIP_SLOWLOG not in command.flags
        stats.remark(state.now_ms, taken, client, argv, fast, logged)


def count_sizes(state: State, client: Client, argv: list[bytes], waiting: int) -> None:
    """Log a command that ran if its words, or the replies to it, are large.

    A server does the same where it has the bytes at hand (`server/connection.py`).

    Args:
        waiting: How many replies waited for the client before the command ran.
    """
    requests, replies = state.stats.requests, state.stats.replies
    if (size := sum(map(len, argv))) > requests.over:
        requests.add(state.now_ms, size, client, argv)
    if replies.over < NEVER:
        for back in range(len(client.outbox) - waiting, 0, -1):
            if (size := len(encode(client.outbox[-back], client.protocol))) > replies.over:
                replies.add(state.now_ms, size, client, argv)
