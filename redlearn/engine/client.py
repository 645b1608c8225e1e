"""Client: what the engine knows of one connection.

There is no socket here. A client is a name for whoever calls: replies, late replies and
pushes are put into its `outbox`, in order, and the edge that owns the connection takes
them out.

Source: `server.h struct client`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from redlearn.engine.keyspace import Database
from redlearn.engine.users import DEFAULT
from redlearn.resp.reply import Reply, Several

NO_ADDRESS: Final = "embedded:0"
"""Where a client is that came over no connection."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a parked client waits for.

    Attributes:
        ticket: Its place among all that wait: the lowest came first.
        db: The index of the database the keys are in.
        keys: The keys, each once.
        kind: The TYPE that one of them has to hold.
        until_ms: When it gives up; 0 for never.
        on_gone: A key that is deleted or replaced ends the wait as well.
        since_ms: When it began to wait.
        argv: The command that is to run again.
    """

    ticket: int
    db: int
    keys: tuple[bytes, ...]
    kind: str
    until_ms: int
    on_gone: bool
    since_ms: int
    argv: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tracking:
    """What a client wants to be told of (CLIENT TRACKING; `tracking.py`).

    Attributes:
        redirect: The id of the client that is told in its place; 0 for itself.
        bcast: Of all keys with one of the prefixes, read or not.
        prefixes: Those; b"" is one that fits all.
        optin, optout: Only of keys read after CLIENT CACHING yes; of all but those after no.
        noloop: Not of its own changes.
        caching: What CLIENT CACHING said of the next command, or None.
        broken: The client to redirect to is gone.
    """

    redirect: int = 0
    bcast: bool = False
    prefixes: tuple[bytes, ...] = ()
    optin: bool = False
    optout: bool = False
    noloop: bool = False
    caching: bool | None = None
    broken: bool = False


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
            may not do everything at present (`guard` works it out).
        last_command, last_ms: What it sent last that was not refused, and when it sent anything.
        wait: What the client is parked for (`blocking.py`), or None.
        hindered: `guarded` for another reason than `limited`.
        bound: `guarded` for another reason than `limited` and `alert`.
        limited: Memory has a limit, which is to be looked at before every command.
        stamps: A key that it uses is stamped with the time, and nothing else is to be thought
            of: neither CLIENT NO-TOUCH nor a policy that counts uses (`State.instruct`).
        held: What it sent while parked, to run as soon as it is not.
        reply_mode: Whether it wants replies: "on", "off", "skip" (not this one), "skip next".
        postponed: A pause has stopped it: what it sends is held.
        alert: Something has to see every command of every client (`Crowd.alert`).
        tracking: What it wants to be told of, or None.
        address, local_address, socket: Both ends of its connection, and the number of the
            socket: for CLIENT LIST.
        subscriptions: The channels, patterns and shard channels it listens to, each table with
            the names as keys, in the order they came (`pubsub.py`).
        user: Whom it has proved to be; "default" until it does.
        authenticated: It has proved that, or did not have to when it came.
        stranger: It has to, and has not: all it may do is AUTH and the like.
        restricted: Something of what it sends may be refused, as it is a stranger or as its user
            may not do everything (`State.instruct`).
        follows: It is a replica: it takes over the data here, and the stream of what is written.
        migrates: It is a node of a cluster that brings slots (CLUSTER SYNCSLOTS ESTABLISH).
        obeyed: It repeats what another server did (an append-only file, a master), and is
            not questioned (`server.c mustObeyClient`).
        written: How far the log was (`Durability.offset`) when it last changed something.
        streamed: How long the stream was then that replicas follow (`Replication.offset`).
        routed: In a cluster: it has to be asked of every command whether it belongs here.
        read_only: It said READONLY: a replica may answer it.
        asking: It said ASKING: a slot that is being taken over counts as here for one command.
        slot: In a cluster, that of the keys of its command; -1 if it has none.
        tls: Its connection is encrypted.
        closing: The client asked to leave; the edge closes after the outbox is sent.
    """

    __slots__ = (
        "address", "alert", "asking", "authenticated", "bound", "closing", "created_ms", "db",
        "dirty_cas", "dirty_exec", "follows", "guarded", "held", "hindered", "id", "last_command",
        "last_ms", "library_name", "library_version", "limited", "local_address", "migrates",
        "name", "no_evict", "no_touch", "obeyed", "outbox", "postponed", "protocol", "queue",
        "read_only", "reply_mode", "restricted", "routed", "slot", "socket", "stamps", "stranger",
        "streamed", "subscriptions", "tls", "tracking", "user", "wait", "watched", "written",
    )  # fmt: skip

    def __init__(self, id: int, db: Database, now_ms: int) -> None:
        self.id = id
        self.db = db
        self.protocol = 2
        self.queue: list[tuple[Any, list[bytes]]] | None = None
        self.dirty_exec = False
        self.dirty_cas = False
        self.watched: list[tuple[Database, bytes, bool]] = []
        self.outbox: deque[Reply] = deque()
        self.guarded = False
        self.hindered = self.bound = False
        self.limited = False
        self.stamps = True
        self.wait: Wait | None = None
        self.written = self.streamed = 0
        self.subscriptions: dict[str, dict[bytes, None]] = {
            "channels": {},
            "patterns": {},
            "shards": {},
        }
        self.held: tuple[tuple[bytes, ...], ...] = ()
        self.closing = False
        self.postponed = False
        self.alert = False
        self.tracking: Tracking | None = None
        self.user = DEFAULT
        self.authenticated = True
        self.stranger = False
        self.restricted = False
        self.obeyed = self.follows = self.migrates = False
        self.no_touch = False
        self.no_evict = False
        self.reply_mode = "on"
        self.created_ms = now_ms
        self.last_ms = now_ms
        self.last_command = ""
        self._begin_unnamed()
        self._begin_unrouted()

    def _begin_unnamed(self) -> None:
        """As one that came over no connection, and has not said who it is."""
        self.name = b""
        self.library_name = b""
        self.library_version = b""
        self.address = self.local_address = NO_ADDRESS
        self.socket = -1

    def _begin_unrouted(self) -> None:
        """As outside of a cluster."""
        self.routed = False
        self.read_only = False
        self.asking = False
        self.slot = -1
        self.tls = False

    def guard(self) -> None:
        """Work out `guarded` anew, after something changed that it depends on."""
        subscriptions = self.subscriptions
        self.bound = (
            self.routed
            or self.restricted
            or self.postponed
            or self.wait is not None
            or self.tracking is not None
            or self.reply_mode != "on"
            or bool(subscriptions["channels"])
            or bool(subscriptions["patterns"])
            or bool(subscriptions["shards"])
            # EXEC has to be looked at as closely as what it runs.
            or any(command.guarded for command, _ in self.queue or ())
        )
        self.hindered = self.alert or self.bound
        self.guarded = self.hindered or self.limited

    def be_alert(self, alert: bool) -> None:
        """Be looked at more closely, or no more: for this there is nothing else to work out."""
        self.alert = alert
        self.hindered = alert or self.bound
        self.guarded = self.hindered or self.limited

    @property
    def is_held(self) -> bool:
        """Whether what it sends is held: a command of its is parked, or a pause has stopped it."""
        return self.wait is not None or self.postponed

    @property
    def listens(self) -> bool:
        """Whether it is subscribed to anything."""
        return any(self.subscriptions.values())

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine (`networking.c islocalClient`)."""
        return self.address.startswith(("127.0.0.1:", "[::1]:", "/", NO_ADDRESS))

    def answer(self, reply: Reply) -> None:
        """Put a reply into the outbox, or several, unless CLIENT REPLY has said otherwise.

        A command that had to wait is answered like any other, or not (`networking.c`
        prepareClientToWrite, resetClient).
        """
        if self.reply_mode == "on":
            if type(reply) is Several:
                self.outbox.extend(reply)
            else:
                self.outbox.append(reply)
        elif self.reply_mode == "skip":
            self.reply_mode = "on"
            self.guard()
        elif self.reply_mode == "skip next":
            self.reply_mode = "skip"

    def take(self) -> list[Reply]:
        """Everything in the outbox, which is empty afterwards."""
        outbox = self.outbox
        if len(outbox) == 1:  # nearly always
            return [outbox.popleft()]
        replies = list(outbox)
        outbox.clear()
        return replies
