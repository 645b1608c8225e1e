"""Ports: what the edge hands in, so that the engine can ask for it without knowing what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from redlearn.resp.reply import Reply

BUS_PORT_AHEAD: Final = 10_000
"""How far a node's port for other nodes is from the one for clients, if nobody says otherwise."""


REQUESTS: Final = b"CLPA"
"""How messages of a script begin that are not its last."""


class ScriptRunner(Protocol):
    """Runs Lua, one script at a time, somewhere where it can do no harm.

    It is a conversation: a job goes in, a request comes out, its answer goes in, until what comes
    out is the outcome. The first byte of a message says what it is (`scripting.py`). Between two
    messages nothing of the engine moves.
    """

    def begin(self, job: bytes) -> bytes:
        """Start a script; its first message."""
        ...

    def go_on(self, answer: bytes) -> bytes:
        """Answer the last request; the next message."""
        ...

    def kill(self) -> None:
        """End the script that runs, if any; its next message says so."""
        ...


class AclFile(Protocol):
    """The file with one line for each user; who has a disk provides it."""

    name: str

    def read(self) -> bytes:
        """All of it. Raises OSError."""
        ...

    def write(self, text: bytes) -> None:
        """Put other text into its place, whole or not at all. Raises OSError."""
        ...


class Store(Protocol):
    """Keeps the data where it outlives the process; who has a disk provides it.

    How all this goes is written down in `State.durability`. What is refused here, and not by the
    commands, is refused because it cannot be: a disk that is full, or not there.
    """

    def save(self) -> bool:
        """Write a snapshot, now; whether that was possible."""
        ...

    def begin_save(self) -> bool:
        """Begin a snapshot of this moment, which is written while others are served."""
        ...

    def cancel_save(self) -> None:
        """Give up the snapshot under way, or the one that is scheduled."""
        ...

    def begin_rewrite(self) -> bool:
        """Begin to write the append-only file anew."""
        ...

    def reload(self, *, save: bool, flush: bool, merge: bool) -> bool:
        """Read the snapshot into the engine, whose data goes first unless `flush` is False.

        Args:
            save: Write one first.
            flush: Empty the engine before.
            merge: Keys that are there already are no error.

        Raises:
            CommandError: It cannot be written.
        """
        ...

    def reload_log(self) -> bool:
        """Empty the engine, and read the append-only file into it; whether that was possible."""
        ...

    def emptied(self) -> None:
        """All data was thrown away (FLUSHALL): a snapshot of it is old."""
        ...

    def refusal(self, name: str, value: object) -> str:
        """Take a new value of a parameter to heart before it is set; why it cannot be, or ""."""
        ...

    def configured(self, name: str) -> None:
        """A parameter has been set."""
        ...

    def before_sleep(self) -> None:
        """Commands have been run, and their replies are about to be sent."""
        ...

    def cron(self) -> None:
        """The engine's timer fires."""
        ...

    def freeze(self) -> object:
        """All that it remembers, for a snapshot of the timeline."""
        ...

    def thaw(self, frozen: object) -> None:
        """Take it back."""
        ...


class Route(NamedTuple):
    """What a node of a cluster knows of the whereabouts of one slot. Nodes are named by their id.

    Attributes:
        owner: Who serves it, or None if nobody does.
        here: It is this node that does.
        followed: This node is a replica of the one that does.
        leaving_for: Whom this node, which serves it, is giving its keys to (MIGRATING), or None.
        coming_from: Whom this node is taking its keys from (IMPORTING), or None.
    """

    owner: bytes | None
    here: bool = False
    followed: bool = False
    leaving_for: bytes | None = None
    coming_from: bytes | None = None


Ranges = Sequence[tuple[int, int]]
"""Slots as (first, last), both included."""


class SlotMoves(Protocol):
    """Slots that move as a whole (CLUSTER MIGRATESLOTS), as a node of a cluster sees to them.

    What begins with `require` raises CommandError where something speaks against it.
    """

    def require_allowed(self) -> None:
        """This node may give, or take, slots at all."""
        ...

    def require_none(self) -> None:
        """None are under way: slots are not to be opened one by one meanwhile (SETSLOT)."""
        ...

    # ---- giving them

    def require_exportable(self, ranges: Ranges) -> None:
        """Slots of this node are not on their way already."""
        ...

    def require_target(self, node: bytes) -> None:
        """Slots can go to a node."""
        ...

    def begin_exports(self, wanted: Sequence[tuple[Ranges, bytes]]) -> None:
        """Begin to give ranges of slots, each to its node."""
        ...

    def cancel_exports(self) -> None:
        """Give up giving. Raises CommandError if none is given."""
        ...

    # ---- taking them

    def require_source(self, node: bytes) -> None:
        """Slots can come from a node."""
        ...

    def require_importable(self, ranges: Ranges) -> None:
        """They do not come already."""
        ...

    def begin_import(self, client: int, source: bytes, name: bytes, ranges: Ranges) -> None:
        """Take slots that a client is going to bring. Raises CommandError."""
        ...

    def hear(self, client: int, word: bytes) -> None:
        """What such a client says of it, in upper case."""
        ...

    def failed(self, client: int, error: str) -> None:
        """A command of such a client was refused."""
        ...

    def gone(self, client: int) -> None:
        """Such a client has hung up."""
        ...

    def note_import(self, source: bytes, name: bytes, ranges: Ranges) -> None:
        """The primary of this node takes slots."""
        ...

    def note_finish(self, name: bytes, state: str, message: str) -> None:
        """It has them, or does not get them."""
        ...

    # ---- both

    def flushed(self) -> None:
        """All keys of this node were deleted."""
        ...

    def told(self) -> list[Reply]:
        """A map for each, the newest first."""
        ...


class Cluster(Protocol):
    """The cluster that an engine is a node of, as this node sees it.

    Whoever asks has read and checked the words of a command; whether an act is allowed is for
    the node's rules. Acts raise CommandError with Redis's words when it is not.
    """

    @property
    def moves(self) -> SlotMoves:
        """Slots that move as a whole."""
        ...

    # ---- where a command belongs

    @property
    def healthy(self) -> bool:
        """Whether the cluster takes commands at all (cluster_state:ok)."""
        ...

    @property
    def is_replica(self) -> bool:
        """Whether this node follows another one."""
        ...

    def route(self, slot: int) -> Route:
        """Where a slot is. O(1)."""
        ...

    def end_of_run(self, slot: int) -> int:
        """The last slot behind `slot` with none between that somebody else serves. O(SLOTS)."""
        ...

    def endpoint(self, node: bytes, *, tls: bool) -> bytes:
        """Where clients reach a node that `route` named: host:port."""
        ...

    def publish(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        """Pass a message on to the other nodes, or to those of this node's shard."""
        ...

    # ---- slots

    def add_slots(self, slots: Sequence[int]) -> None:
        """Serve slots that nobody serves, all or none (ADDSLOTS)."""
        ...

    def delete_slots(self, slots: Sequence[int]) -> None:
        """Forget who serves slots that somebody does, all or none (DELSLOTS)."""
        ...

    def flush_slots(self) -> None:
        """Serve no slot any more. The database must be empty; that is for the caller to see."""
        ...

    def migrate_slot(self, slot: int, node: bytes) -> None:
        """Begin to give a slot's keys to another node (SETSLOT MIGRATING)."""
        ...

    def import_slot(self, slot: int, node: bytes) -> None:
        """Begin to take a slot's keys from another node (SETSLOT IMPORTING)."""
        ...

    def close_slot(self, slot: int) -> None:
        """Neither give nor take a slot's keys any more (SETSLOT STABLE)."""
        ...

    def assign_slot(self, slot: int, node: bytes) -> None:
        """Let a node serve a slot (SETSLOT NODE)."""
        ...

    # ---- nodes

    def meet(self, ip: bytes, port: int, bus_port: int) -> None:
        """Shake hands with a node."""
        ...

    def forget(self, node: bytes) -> None:
        """Strike a node off, and do not take it back for a minute."""
        ...

    def replicate(self, node: bytes) -> None:
        """Become a replica of a node; of nobody, for b"" (Valkey's NO ONE)."""
        ...

    def failover(self, how: str) -> None:
        """Take the place of this node's primary. `how`: "", "force" or "takeover"."""
        ...

    def reset(self, *, hard: bool) -> None:
        """Know nobody any more, serve nothing; with `hard` be somebody new, too."""
        ...

    def bump_epoch(self) -> tuple[bool, int]:
        """Take a config epoch greater than all others, without a vote; whether, and which it is.

        One that is greater already stays.
        """
        ...

    def set_config_epoch(self, epoch: int) -> None:
        """Take this config epoch, as a node that knows nobody yet."""
        ...

    def save_now(self) -> None:
        """Write down what is known of the nodes. Raises CommandError."""
        ...

    # ---- looks

    @property
    def my_id(self) -> bytes:
        """The forty digits of this node."""
        ...

    @property
    def my_shard(self) -> bytes:
        """The forty digits that this node shares with its primary and its replicas."""
        ...

    @property
    def known(self) -> int:
        """How many nodes it knows, itself among them, and those that it shakes hands with."""
        ...

    def nodes(self, *, tls: bool) -> bytes:
        """The lines of CLUSTER NODES."""
        ...

    def replicas(self, node: bytes, *, tls: bool) -> list[bytes]:
        """Such a line for each replica of a node."""
        ...

    def info(self) -> bytes:
        """The lines of CLUSTER INFO."""
        ...

    def links(self) -> list[Reply]:
        """A map for each connection of the bus."""
        ...

    def slots(self, *, tls: bool) -> list[Reply]:
        """For each range of slots its nodes."""
        ...

    def shards(self, *, tls: bool) -> list[Reply]:
        """For each shard its slots and nodes."""
        ...

    def failure_reports(self, node: bytes) -> int:
        """How many nodes say at present that a node fails."""
        ...

    # ---- time

    @property
    def restless(self) -> bool:
        """Whether `before_sleep` has anything to do: replies wait for that."""
        ...

    def before_sleep(self) -> None:
        """Commands have been run, and their replies are about to be sent."""
        ...

    def cron(self) -> None:
        """The engine's timer fires."""
        ...

    # ---- time travel

    def freeze(self) -> object:
        """All of it, for a snapshot."""
        ...

    def thaw(self, frozen: object) -> None:
        """Take it back."""
        ...


class Undelivered(Exception):
    """A courier did not come through.

    Attributes:
        stage: "connecting", "writing" or "reading".
        replies: What came before that.
    """

    def __init__(self, stage: str, replies: Sequence[Reply] = ()) -> None:
        super().__init__(stage)
        self.stage = stage
        self.replies = list(replies)


class Courier(Protocol):
    """Takes commands to another server, and brings back its replies (MIGRATE)."""

    def send(
        self, host: bytes, port: int, calls: Sequence[Sequence[bytes]], timeout_ms: int
    ) -> list[Reply]:
        """Send all at once, and wait for as many replies; errors are Failures among them.

        Raises:
            Undelivered: Nobody is there, or there was no reply in time.
        """
        ...
