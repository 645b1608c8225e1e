"""Client: what the engine knows of one connection.

There is no socket here. A client is a name for whoever calls: replies, late replies and
pushes are put into its `outbox`, in order, and the edge that owns the connection takes
them out.

Source: `server.h struct client`.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from redlearn.engine.keyspace import Database
from redlearn.resp.reply import Reply


class Client:
    """One client's state.

    Attributes:
        id: Unique for the life of the engine, from 1.
        db: The selected database.
        protocol: 2 or 3.
        queue: The commands of an open MULTI as (Command, argv), or None outside of one.
        dirty_exec: A command was refused while queueing: EXEC will abort.
        dirty_cas: A watched key was changed: EXEC will run nothing.
        watched: (database, key, was it already expired) of every WATCH.
        outbox: Replies and pushes not yet taken by the edge, oldest first.
        guarded: Dispatch must look closer before running anything for this client, which
            may not do everything at present.
        last_command, last_ms: What it sent last that was not refused, and when it sent anything.
        closing: The client asked to leave; the edge closes after the outbox is sent.
    """

    __slots__ = (
        "closing", "created_ms", "db", "dirty_cas", "dirty_exec", "guarded", "id",
        "last_command", "last_ms", "library_name", "library_version", "name", "no_evict",
        "no_touch", "outbox", "protocol", "queue", "reply_mode", "watched",
    )  # fmt: skip

    def __init__(self, id: int, db: Database, now_ms: int) -> None:
        self.id = id
        self.db = db
        self.protocol = 2
        self.name = b""
        self.library_name = b""
        self.library_version = b""
        self.queue: list[tuple[Any, list[bytes]]] | None = None
        self.dirty_exec = False
        self.dirty_cas = False
        self.watched: list[tuple[Database, bytes, bool]] = []
        self.outbox: deque[Reply] = deque()
        self.guarded = False
        self.closing = False
        self.no_touch = False
        self.no_evict = False
        self.reply_mode = "on"
        self.created_ms = now_ms
        self.last_ms = now_ms
        self.last_command = ""

    def take(self) -> list[Reply]:
        """Everything in the outbox, which is empty afterwards."""
        replies = list(self.outbox)
        self.outbox.clear()
        return replies
