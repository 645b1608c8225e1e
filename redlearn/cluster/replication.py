r"""Replication of one server: a primary with followers, a replica that follows, and the change.

    primary                                    replica
    command -> effects -> stream -> backlog    stream -> commands -> its own copy of the stream
                            \--- bytes --->    ^
              <--- REPLCONF ACK offset -------/

Either side is a conversation over connections, without I/O: `Wires` carries the bytes, in the
simulator over its network; sockets could as well. `Replicator` is both sides, since a node may
change its part at any time, and keeps the one stream that they share.

Source: `replication.c`.
"""

from __future__ import annotations

from random import Random
from typing import Any

from redlearn.cluster.backlog import Backlog
from redlearn.cluster.followers import Followers, Wires
from redlearn.cluster.following import Following
from redlearn.cluster.state import Node
from redlearn.engine.blocking import serve_acknowledged
from redlearn.engine.chance import freeze_stream, thaw_stream
from redlearn.engine.engine import Engine

Frozen = tuple[Any, ...]


class Replicator:
    """One server's part in replication; what a cluster node asks of it, and tells it.

    Attributes:
        followers: Who follows this server.
        following: Whom it follows.
    """

    def __init__(self, engine: Engine, chance: Random, wires: Wires, port: int) -> None:
        """Args:
        chance: Makes the names of streams.
        port: Where this server's clients find it.
        """
        self._chance = chance
        self._engine = engine
        self._backlog = Backlog(engine.state.replication)
        self._backlog.record.id = self._new_name()
        self.followers = Followers(engine, self._backlog, wires, self._new_name)
        self.following = Following(engine, self._backlog, wires, port, self.followers.stream)
        engine.state.sinks.append(self.followers.feed)

    # ---- what a cluster node asks ----

    def offset(self) -> int:
        """How long the stream is that was written, or taken over, in bytes."""
        return self._backlog.record.offset

    def data_age_ms(self) -> int:
        """For how long this replica has had nothing of its primary."""
        return self.following.data_age_ms()

    def follow(self, primary: Node) -> None:
        """Be the replica of another node."""
        self.follow_address(primary.ip, primary.port)

    def follow_address(self, ip: bytes, port: int) -> None:
        """Be the replica of whoever is there: take over its data, then its stream."""
        self.followers.dismiss()
        self.following.follow(ip.decode("latin-1"), port)
        serve_acknowledged(self._engine.state)  # who waits here for replicas, waits in vain

    def stop_following(self) -> None:
        """Be a primary with the data that are here; the stream goes on under a new name."""
        if self._backlog.record.primary is not None:
            self.followers.dismiss()
            self.following.stop()
            self._backlog.promote(self._new_name())

    # ---- time ----

    def cron(self) -> None:
        """Ten times a second."""
        self.followers.cron()
        self.following.cron()

    def before_sleep(self) -> None:
        """Commands have been run."""
        self.followers.before_sleep()

    def _new_name(self) -> str:
        return f"{self._chance.getrandbits(160):040x}"

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """What the engine's own record has not."""
        return (
            self._backlog.freeze(), self.followers.freeze(), self.following.freeze(),
            freeze_stream(self._chance),
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it; the engine has been brought back before."""
        backlog, followers, following, chance = frozen
        self._backlog.thaw(backlog)
        self.followers.thaw(followers)
        self.following.thaw(following)
        thaw_stream(self._chance, chance)
