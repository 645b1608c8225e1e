"""The part that a server plays in replication, as its commands see it.

A primary writes a stream: every effect, as bytes, one behind the other. How many bytes that were
is its offset. A replica takes over the data once, then follows the stream, and says now and then
how far it has come. Who carries the bytes fills this record in (`cluster/replication.py`); without
anybody it says what a server without replicas says.

A replica deletes nothing by itself. A key whose time is over is not there for who reads, but
stays until its primary says so: two clocks must not decide the same thing.

Source: `replication.c` roleCommand, waitCommand, genRedisInfoString; `db.c` expireIfNeeded.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

NO_ID: Final = "0" * 40

# How a replica stands to its primary, in the words of ROLE.
CONNECT: Final = "connect"
CONNECTING: Final = "connecting"
HANDSHAKE: Final = "handshake"
SYNC: Final = "sync"
CONNECTED: Final = "connected"

FOR_REPLICAS: Final = "replicas"
"""The kind of thing that a client in WAIT waits for."""


class Replica(NamedTuple):
    """Somebody who follows this server's stream.

    Attributes:
        ip, port: Where clients find it.
        online: Whether it has its copy, and follows.
        offset: How far it has said that it is.
        acked_ms: When it last said anything.
    """

    ip: str
    port: int
    online: bool
    offset: int
    acked_ms: int


_NAMES: Final = (
    "backlog", "backlog_start", "down_ms", "heard_ms", "id", "link", "offset", "primary",
    "replicas", "second_id", "second_offset", "waiting",
)  # fmt: skip
"""What is known; a compiled class has no `__slots__` to ask."""


class Replication:
    """What is known of replication.

    Attributes:
        primary: (ip, port) of the primary, or None: this server is one.
        link: Of a replica: CONNECT ... CONNECTED.
        heard_ms: Of a replica: when it last heard of its primary.
        down_ms: Since when the link is down.
        id: The name of the stream that is written or followed; "" until there is one.
        second_id: The name it had before this server was promoted, NO_ID for none.
        second_offset: Up to where the stream had that name; -1 for none.
        offset: How long the stream is, in bytes.
        backlog: Whether the end of the stream is kept for who was away for a moment.
        backlog_start: The offset before the first byte that is kept.
        replicas: Who follows, in the order in which they came.
        waiting: Ids of clients in WAIT; some may wait no more.
    """

    __slots__ = _NAMES

    def __init__(self) -> None:
        self.primary: tuple[str, int] | None = None
        self.link = CONNECT
        self.heard_ms = 0
        self.down_ms = 0
        self.id = ""
        self.second_id = NO_ID
        self.second_offset = -1
        self.offset = 0
        self.backlog = False
        self.backlog_start = 0
        self.replicas: tuple[Replica, ...] = ()
        self.waiting: dict[int, None] = {}

    def count(self, offset: int) -> int:
        """How many replicas have said that they have the stream up to there."""
        return sum(replica.online and replica.offset >= offset for replica in self.replicas)

    def lacks(self, wanted: int, lag: int, now_ms: int) -> bool:
        """Whether fewer than `wanted` replicas have said within `lag` seconds how far they are.

        Source: `replication.c` refreshGoodSlavesCount, checkGoodReplicasStatus.
        """
        return self.primary is None and bool(wanted and lag) and self.good(lag, now_ms) < wanted

    def good(self, lag: int, now_ms: int) -> int:
        """How many replicas have said so within `lag` seconds."""
        return sum(
            each.online and now_ms // 1000 - each.acked_ms // 1000 <= lag for each in self.replicas
        )

    def freeze(self) -> tuple[Any, ...]:
        """All of it, as data."""
        values = (getattr(self, name) for name in _NAMES)
        return tuple(dict(value) if isinstance(value, dict) else value for value in values)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        """Be as `freeze` found it."""
        for name, value in zip(_NAMES, frozen, strict=True):
            setattr(self, name, dict(value) if isinstance(value, dict) else value)
