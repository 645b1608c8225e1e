"""A server that is a node of a cluster (`--cluster-enabled yes`).

It knows who it is, and all that it knew of others, from nodes.conf. It has no bus yet: it speaks
to no other node, and whoever it knows is silent to it. So it serves the slots that it has, sends
clients to whoever has the others, and after `cluster-node-timeout` believes those to be failing.

Source: `cluster_legacy.c` clusterInit, verifyClusterConfigWithData.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from redlearn.cluster.local import Connect, Dial
from redlearn.cluster.node import new_node
from redlearn.cluster.nodes_conf import BadNodesConf, read
from redlearn.cluster.port import NodePort
from redlearn.cluster.state import FSYNC_CONFIG, SAVE_CONFIG, ClusterState
from redlearn.engine.config import Config
from redlearn.engine.engine import Engine
from redlearn.engine.ports import BUS_PORT_AHEAD
from redlearn.server.files import path_of
from redlearn.server.nodes_file import NodesFile, NodesFileTaken

PORT_MAX: Final = 65535


class CannotBeMember(Exception):
    """Why a server cannot be a node; a sentence for whoever started it."""


class Member:
    """The node that a server is.

    Attributes:
        port: What the engine asks, and the node's rules.
        file: nodes.conf.
    """

    def __init__(self, engine: Engine, folder: Path, die: Callable[[str], None]) -> None:
        """Be who nodes.conf says, or somebody new.

        Args:
            folder: Where nodes.conf is.
            die: Ends the server, which must not go on when it cannot keep what it promises.

        Raises:
            CannotBeMember: The file is another's, or not whole; it stays as it is.
        """
        config = engine.state.config
        chance = Random(os.urandom(32))  # noqa: TID251  (no two nodes may have the same id)
        port = config.number("port") or config.number("tls-port")
        bus_port = config.number("cluster-port") or port + BUS_PORT_AHEAD
        if bus_port > PORT_MAX:
            raise CannotBeMember(
                f"The port for nodes is {BUS_PORT_AHEAD} above that for clients, which has to be"
                f" {PORT_MAX - BUS_PORT_AHEAD} or less."
            )
        self.file = _opened(folder / path_of(config.text("cluster-config-file")))
        view = _read(self.file, engine.clock.now_ms())
        if view is None:
            view = _somebody_new(chance)
            view.todo.update((SAVE_CONFIG, FSYNC_CONFIG))
        announce(view, config, bus_port)
        self.port = NodePort(engine, view, chance, self._save)
        self.port.carry = self._hang_up
        self.port.doomed = lambda trouble: die(
            f"Fatal: {self.file.path.name} cannot be written: {trouble.strerror}"
        )

    def _save(self, text: bytes, fsync: bool) -> None:
        self.file.write(text, fsync=fsync)

    def _hang_up(self) -> None:
        """Nobody is on the other side of any link: there is no bus."""
        node = self.port.node
        wanted, node.outbox[:] = list(node.outbox), []
        for each in wanted:
            if isinstance(each, Connect):
                node.closed(each.link)
            elif isinstance(each, Dial):
                self.port.moves.lost(each.job)
        node.outbox.clear()  # what hangs up on nobody

    def own_keys(self, log: Callable[[str], None]) -> None:
        """See that each slot of which keys were loaded is served here, or on its way here."""
        view, state = self.port.view, self.port.engine.state
        if any(len(db) for db in state.databases[1:]):
            raise CannotBeMember("A node of a cluster has keys in database 0 alone.")
        keys = state.databases[0].slot_keys
        for slot in sorted(keys.rows if keys is not None else ()):
            owner = view.owners[slot]
            if owner is None:
                log(f"There are keys for slot {slot}, which nobody serves: it is served here.")
                view.assign_slot(slot, view.myself)
            elif owner is not view.myself and owner is not view.myself.primary:
                log(f"There are keys for slot {slot}, which is another node's: it is importing.")
                view.importing[slot] = owner
            else:
                continue
            view.todo.update((SAVE_CONFIG, FSYNC_CONFIG))

    def close(self) -> None:
        """Let others have the file."""
        self.file.close()


def _opened(path: Path) -> NodesFile:
    try:
        return NodesFile(path)
    except NodesFileTaken:
        raise CannotBeMember(
            f"Sorry, the cluster configuration file {path.name} is already used by a different"
            " node. Each node needs one of its own (cluster-config-file)."
        ) from None
    except OSError as trouble:
        raise CannotBeMember(f"{path.name} cannot be opened: {trouble.strerror}") from None


def _read(file: NodesFile, now_ms: int) -> ClusterState | None:
    try:
        return read(file.read(), now_ms)
    except BadNodesConf as bad:
        file.close()
        raise CannotBeMember(
            f"Unrecoverable error: corrupted cluster config file {file.path.name!r}, {bad}."
            " It was left as it is."
        ) from None


def _somebody_new(chance: Random) -> ClusterState:
    node_id, shard_id = (b"%040x" % chance.getrandbits(160) for _ in range(2))
    return ClusterState(new_node(node_id, shard_id))


def announce(view: ClusterState, config: Config, bus_port: int) -> None:
    """Let the node be where it listens, or where its settings say that others find it.

    Source: `cluster_legacy.c` clusterUpdateMyselfAnnouncedPorts, clusterUpdateMyselfIp.
    """
    myself, number = view.myself, config.number
    myself.port = number("cluster-announce-port") or number("port")
    myself.tls_port = number("cluster-announce-tls-port") or number("tls-port")
    myself.bus_port = number("cluster-announce-bus-port") or bus_port
    if address := config.text("cluster-announce-ip"):
        myself.ip = address.encode()
