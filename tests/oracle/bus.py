"""What real nodes say to each other: a cluster on loopback whose bus runs through our taps.

Each node announces the port of a tap instead of that of its bus, so that whoever wants to talk to
it connects to the tap, which passes the bytes on, both ways, and keeps each whole message.

    python -m tests.oracle.bus --record     writes tests/cluster/recorded/*.rcmb.gz anew

A recording is one message of each kind that was seen, end to end: a message says how long it is.
"""

from __future__ import annotations

import argparse
import gzip
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redlearn.cluster import layout
from redlearn.cluster import message as m
from redlearn.cluster.codec import Frames, decode
from redlearn.cluster.message import Header
from tests.oracle.servers import (
    LOOPBACK,
    Server,
    free_port,
    redis_binary,
    running,
    valkey_binary,
)  # fmt: skip

RECORDED = Path(__file__).parent.parent / "cluster" / "recorded"
NODE_TIMEOUT_MS = 700
PATIENCE_S = 40.0
ALL_TYPES = {
    m.PING, m.PONG, m.MEET, m.FAIL, m.PUBLISH, m.PUBLISHSHARD, m.AUTH_REQUEST, m.AUTH_ACK,
    m.UPDATE, m.MFSTART,
}  # fmt: skip


class Tap:
    """A port in front of a node's bus: passes on what comes, and keeps the messages.

    Attributes:
        port: Where it listens.
        heard: The bytes of every message, in the order of their ends.
    """

    def __init__(self, bus_port: int, heard: list[bytes]) -> None:
        self._bus_port = bus_port
        self.heard = heard
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                try:
                    node = socket.create_connection((LOOPBACK, self._bus_port))
                except OSError:
                    caller.close()
                    continue
                self._open += [caller, node]
                for pair in ((caller, node), (node, caller)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        frames = Frames()
        with suppress(OSError):
            while data := source.recv(1 << 16):
                self.heard += frames.feed(data)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


@dataclass
class Nodes:
    """A running cluster: three masters, each with a replica.

    Attributes:
        servers: Masters first, then their replicas in the same order.
        heard: All messages of its bus until now.
    """

    servers: list[Server]
    heard: list[bytes]
    ids: list[bytes] = field(default_factory=list)

    def run(self, number: int, *argv: bytes) -> object:
        with self.servers[number].connect() as client:
            return client.run(*argv)

    def nodes_of(self, number: int) -> dict[bytes, list[bytes]]:
        """CLUSTER NODES of one node: id -> the other fields of its line."""
        text = self.run(number, b"CLUSTER", b"NODES")
        assert isinstance(text, bytes), text
        lines = [line.split() for line in text.splitlines()]
        return {fields[0]: fields[1:] for fields in lines}

    def info(self, number: int) -> dict[bytes, bytes]:
        text = self.run(number, b"CLUSTER", b"INFO")
        assert isinstance(text, bytes), text
        return dict(line.split(b":", 1) for line in text.splitlines() if b":" in line)

    def kinds(self) -> set[int]:
        """The types that were heard, without the sign of a light header."""
        return {int.from_bytes(data[12:14], "big") & 0x7FFF for data in list(self.heard)}

    def pid(self, number: int) -> int:
        text = self.run(number, b"INFO", b"server")
        assert isinstance(text, bytes)
        facts = dict(line.split(b":", 1) for line in text.splitlines() if b":" in line)
        return int(facts[b"process_id"])


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds: real nodes live by the real time."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S:g} s: {what}"
        time.sleep(0.02)


@contextmanager
def tapped_cluster(binary: str) -> Iterator[Nodes]:
    """Three masters and three replicas, joined, all slots covered, every message heard."""
    with ExitStack() as stack:
        heard: list[bytes] = []
        servers, taps = [], []
        for _ in range(6):
            bus_port = free_port()
            tap = Tap(bus_port, heard)
            stack.callback(tap.close)
            server = stack.enter_context(
                running(
                    binary,
                    "--cluster-enabled",
                    "yes",
                    "--cluster-port",
                    str(bus_port),
                    "--cluster-announce-bus-port",
                    str(tap.port),
                    "--cluster-node-timeout",
                    str(NODE_TIMEOUT_MS),
                    "--cluster-announce-ip",
                    LOOPBACK,
                )
            )
            servers.append(server)
            taps.append(tap)
        nodes = Nodes(servers, heard)
        _join(nodes, taps)
        yield nodes


def _join(nodes: Nodes, taps: list[Tap]) -> None:
    for number in range(6):
        nodes.ids.append(nodes.run(number, b"CLUSTER", b"MYID"))  # type: ignore[arg-type]
    for number, first, last in ((0, 0, 5460), (1, 5461, 10922), (2, 10923, 16383)):
        nodes.run(number, b"CLUSTER", b"ADDSLOTSRANGE", b"%d" % first, b"%d" % last)
        nodes.run(number, b"CLUSTER", b"SET-CONFIG-EPOCH", b"%d" % (number + 1))
    for server, tap in zip(nodes.servers[1:], taps[1:], strict=True):
        nodes.run(0, b"CLUSTER", b"MEET", LOOPBACK.encode(), b"%d" % server.port, b"%d" % tap.port)
    until(lambda: all(len(nodes.nodes_of(n)) == 6 for n in range(6)), "six nodes know six")
    for number in range(3):
        replica = number + 3
        until(
            lambda n=number, r=replica: (
                nodes.run(r, b"CLUSTER", b"REPLICATE", nodes.ids[n]) == b"OK"
            ),
            "a replica is one",
        )
    until(lambda: all(_is_up(nodes, n) for n in range(6)), "the cluster is up")


def _is_up(nodes: Nodes, number: int) -> bool:
    flags = [line[1] for line in nodes.nodes_of(number).values()]
    replicas = sum(b"slave" in each for each in flags)
    well = nodes.info(number)[b"cluster_state"] == b"ok" and not any(b"fail" in f for f in flags)
    return well and replicas == 3


def provoke(nodes: Nodes) -> None:
    """Have the nodes say everything that can be provoked: ends when all types were heard."""
    nodes.run(0, b"CONFIG", b"SET", b"cluster-announce-hostname", b"first.example")
    nodes.run(0, b"PUBLISH", b"news", b"to all")
    nodes.run(0, b"SPUBLISH", b"{06S}", b"to a shard")  # slot 0: of the first master
    until(lambda: {m.PUBLISH, m.PUBLISHSHARD} <= nodes.kinds(), "what was published")
    for replica in (3, 4):
        until(
            lambda r=replica: nodes.run(r, b"ROLE")[3] == b"connected",  # type: ignore[index, misc]
            "the replica has its master's data",
        )
    until(lambda: nodes.run(3, b"CLUSTER", b"FAILOVER") == b"OK", "a manual failover")
    until(lambda: b"master" in nodes.nodes_of(3)[nodes.ids[3]][1], "its end")
    _stop_for_a_while(nodes, 1, 4)
    until(lambda: nodes.kinds() >= ALL_TYPES, f"all types, not only {sorted(nodes.kinds())}")
    until(lambda: all(_is_up(nodes, n) for n in range(6)), "the cluster is up again")


def _stop_for_a_while(nodes: Nodes, master: int, replica: int) -> None:
    """A master that stands still is replaced, and is told so when it goes on."""
    pid = nodes.pid(master)
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: b"master" in nodes.nodes_of(replica)[nodes.ids[replica]][1], "an election")
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: b"slave" in nodes.nodes_of(master)[nodes.ids[master]][1], "a demotion")


def specimens(heard: list[bytes]) -> list[bytes]:
    """One message of each shape that was heard: type, light or full, kinds of extensions."""
    found: dict[object, bytes] = {}
    for data in heard:
        message = decode(data)
        kinds = tuple(e.kind for e in message.extensions) if isinstance(message, m.Ping) else ()
        paused = isinstance(message.header, Header) and message.header.mflags[0] & ~4
        found.setdefault((int.from_bytes(data[12:14], "big"), kinds, paused), data)
    return [found[key] for key in sorted(found, key=repr)]


def read_recording(path: Path) -> list[bytes]:
    """The messages of a file that `record` wrote."""
    return Frames().feed(gzip.decompress(path.read_bytes()))


def record() -> None:
    """Write what either real server says, one message of each shape."""
    RECORDED.mkdir(exist_ok=True)
    for binary in (redis_binary(), valkey_binary()):
        assert binary is not None, "both servers are needed"
        with tapped_cluster(binary) as nodes:
            provoke(nodes)
            name = f"{nodes.servers[0].name}-{nodes.servers[0].version}.rcmb.gz"
            kept = specimens(list(nodes.heard))
            (RECORDED / name).write_bytes(gzip.compress(b"".join(kept), mtime=0))
            print(f"{name}: {len(kept)} of {len(nodes.heard)} messages")
            for data in kept:
                print("  ", len(data), [f.value for f in layout.fields_of(data)[4:5]])


def main() -> int:
    """Record, if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--record", action="store_true", required=True)
    parser.parse_args()
    record()
    return 0


if __name__ == "__main__":
    sys.exit(main())
