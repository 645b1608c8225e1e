"""A cluster in virtual time beside a real one of the same shape: `python -m tests.bench.cluster`.

Three primaries and three replicas, once as processes of the redis-server on PATH on the loopback
interface, in real seconds, and once on the simulator, in virtual ones, with the same node timeout:

    detect      a primary is killed -> the first other node holds it for FAIL
    elect       ... -> its replica is primary
    write       ... -> the replica accepts a write to its slots
    redirect    that -> every other node sends clients to it
    map         SETSLOT NODE on the new owner of a slot -> the last uninformed node knows
    bytes/s     what a node writes while nothing happens: heartbeats, and answers to them

Virtual seconds are not shorter or longer than real ones; what differs is that the simulated
machine is never busy.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hiredis

from redlearn.cluster.detection import FailMarked
from redlearn.cluster.failover import ElectionWon
from redlearn.cluster.formation import Shape, acquaint, add_nodes, agreed
from redlearn.cluster.network import Flight
from redlearn.cluster.simulator import Crash, Simulator, Tell
from redlearn.probe import Event
from redlearn.resp.reply import OK
from redlearn.slots import slot_of
from redlearn.timeline.snapshot import Freezer
from tests.oracle.servers import LOOPBACK, Server, free_port, redis_binary, running

PRIMARIES = 3
PATIENCE_S = 60.0
KEY = b"{06S}key"
"""Of slot 0: of the first primary."""

MOVED_SLOT_KEY = b"{mmm}x"


@dataclass(frozen=True)
class Figures:
    """What was measured once: milliseconds, and bytes a second."""

    detect: float
    elect: float
    write: float
    redirect: float
    map: float
    bytes_s: float


FIELDS = ("detect", "elect", "write", "redirect", "map", "bytes_s")


# ---- a real cluster ----


class Real:
    """Six processes, each with a connection to it. Nodes 0 to 2 are primaries."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.clients = [server.connect() for server in servers]
        self.ids = [self.run(n, b"CLUSTER", b"MYID") for n in range(len(servers))]
        self.alive = list(range(len(servers)))

    def run(self, number: int, *argv: bytes) -> Any:
        return self.clients[number].run(*argv)

    def flags(self, number: int) -> dict[bytes, list[bytes]]:
        """The flags of all nodes, as one sees them."""
        lines = self.run(number, b"CLUSTER", b"NODES").splitlines()
        return {line.split()[0]: line.split()[2].split(b",") for line in lines}

    def pid(self, number: int) -> int:
        text = self.run(number, b"INFO", b"server").decode()
        return int(text.split("process_id:")[1].split()[0])

    def owner(self, number: int, key: bytes) -> int:
        """To which port a node sends who wants a key; its own, if it serves it."""
        reply = self.run(number, b"GET", key)
        if isinstance(reply, hiredis.ReplyError):
            words = str(reply).split()
            return int(words[2].rsplit(":", 1)[1]) if words[0] == "MOVED" else 0
        return self.servers[number].port

    def written(self, number: int) -> int:
        """How many bytes a process has written, to sockets and files."""
        text = Path(f"/proc/{self.pid(number)}/io").read_text()
        return int(text.split("wchar:")[1].split()[0])

    def well(self) -> bool:
        """Whether all find the cluster well, and have their replicas linked."""
        return all(
            b"cluster_state:ok" in self.run(n, b"CLUSTER", b"INFO")
            and b"cluster_known_nodes:6" in self.run(n, b"CLUSTER", b"INFO")
            and sum(b"slave" in flags for flags in self.flags(n).values()) == 3
            for n in self.alive
        )


def until(holds: Callable[[], bool], what: str, pause_s: float = 0.001) -> float:
    """Wait until something holds; how many milliseconds that took."""
    start = time.perf_counter()
    while not holds():
        assert time.perf_counter() - start < PATIENCE_S, f"not within {PATIENCE_S:g} s: {what}"
        time.sleep(pause_s)
    return (time.perf_counter() - start) * 1000


@contextmanager
def real_cluster(binary: str, timeout_ms: int) -> Iterator[Real]:
    """Three primaries, three replicas, well."""
    with ExitStack() as stack:
        bus_ports = [free_port() for _ in range(2 * PRIMARIES)]
        servers = [
            stack.enter_context(
                running(
                    binary, "--cluster-enabled", "yes", "--cluster-port", str(bus_port),
                    "--cluster-node-timeout", str(timeout_ms), "--repl-diskless-sync-delay", "0",
                )
            )
            for bus_port in bus_ports
        ]  # fmt: skip
        cluster = Real(servers)
        shape = Shape(PRIMARIES, 1)
        for number in range(PRIMARIES):
            slots = shape.slots_of(number)
            first, last = b"%d" % slots[0], b"%d" % slots[-1]
            cluster.run(number, b"CLUSTER", b"ADDSLOTSRANGE", first, last)
            cluster.run(number, b"CLUSTER", b"SET-CONFIG-EPOCH", b"%d" % (number + 1))
        for server, bus_port in zip(servers[1:], bus_ports[1:], strict=True):
            at = (LOOPBACK.encode(), b"%d" % server.port, b"%d" % bus_port)
            cluster.run(0, b"CLUSTER", b"MEET", *at)
        for number in range(PRIMARIES):
            replica, primary = number + PRIMARIES, cluster.ids[number]
            until(
                lambda r=replica, p=primary: cluster.run(r, b"CLUSTER", b"REPLICATE", p) == b"OK",
                "a replica is one", 0.05,
            )  # fmt: skip
        until(cluster.well, "the cluster is well", 0.05)
        yield cluster


def measure_real(binary: str, timeout_ms: int, idle_s: float = 10.0) -> Figures:
    """All of it once, in real time."""
    with real_cluster(binary, timeout_ms) as cluster:
        time.sleep(max(2.5, timeout_ms / 1000))
        before = [cluster.written(number) for number in range(6)]
        since = time.perf_counter()
        time.sleep(idle_s)
        after = [cluster.written(number) for number in range(6)]
        took_s = time.perf_counter() - since
        bytes_s = statistics.mean(b - a for a, b in zip(before, after, strict=True)) / took_s
        map_ms = _move_real(cluster)
        return Figures(**_kill_real(cluster), map=map_ms, bytes_s=bytes_s)


def _move_real(cluster: Real) -> float:
    """Move an empty slot from the second to the third primary; when the last node knows it."""
    slot = b"%d" % slot_of(MOVED_SLOT_KEY)
    source = next(
        n for n in range(3) if cluster.owner(n, MOVED_SLOT_KEY) == cluster.servers[n].port
    )
    target = (source + 1) % PRIMARIES
    port = cluster.servers[target].port
    cluster.run(target, b"CLUSTER", b"SETSLOT", slot, b"IMPORTING", cluster.ids[source])
    cluster.run(source, b"CLUSTER", b"SETSLOT", slot, b"MIGRATING", cluster.ids[target])
    cluster.run(target, b"CLUSTER", b"SETSLOT", slot, b"NODE", cluster.ids[target])
    waiting = set(cluster.alive) - {source, target}

    def all_know() -> bool:
        for number in list(waiting):
            if cluster.owner(number, MOVED_SLOT_KEY) == port:
                waiting.discard(number)
        return not waiting

    took_ms = until(all_know, "all know the new owner", 0.0)
    cluster.run(source, b"CLUSTER", b"SETSLOT", slot, b"NODE", cluster.ids[target])
    return took_ms


def _kill_real(cluster: Real) -> dict[str, float]:
    """Kill the first primary, and look on."""
    victim, heir = 0, PRIMARIES
    dead = cluster.ids[victim]
    os.kill(cluster.pid(victim), signal.SIGKILL)
    start = time.perf_counter()
    cluster.alive.remove(victim)
    seen: dict[str, float] = {}

    def note(what: str) -> None:
        seen.setdefault(what, (time.perf_counter() - start) * 1000)

    def written() -> bool:
        if "detect" not in seen:
            if any(b"fail" in cluster.flags(n)[dead] for n in cluster.alive):
                note("detect")
        elif "elect" not in seen and cluster.run(heir, b"ROLE")[0] == b"master":
            note("elect")
        if cluster.run(heir, b"SET", KEY, b"1") == b"OK":
            note("elect")
            note("write")
        return "write" in seen

    until(written, "a write is accepted", 0.0)
    port = cluster.servers[heir].port
    redirect = until(
        lambda: all(cluster.owner(n, KEY) == port for n in cluster.alive), "all redirect", 0.0
    )
    return {**seen, "redirect": redirect}


# ---- a cluster in virtual time ----


class Virtual:
    """The same on the simulator."""

    def __init__(self, timeout_ms: int, seed: int) -> None:
        self.simulator = Simulator(seed)
        self.happened: list[tuple[float, Event]] = []
        self.simulator.probe.emit = lambda event: self.happened.append((self.now_ms, event))
        shape = Shape(PRIMARIES, 1, timeout_ms)
        self.names = add_nodes(self.simulator, shape, Freezer)
        acquaint(self.simulator, shape)
        self.until(lambda: agreed(self.simulator))
        self.simulator.run_until(self.simulator.now_ms + max(2500, timeout_ms) + seed * 37 % 1000)

    @property
    def now_ms(self) -> float:
        return self.simulator.now_us / 1000

    def until(self, holds: Callable[[], bool]) -> float:
        """Step until something holds; how many virtual milliseconds that took."""
        start = self.now_ms
        in_time = self.simulator.run_while(lambda: not holds(), int(PATIENCE_S * 1000))
        assert in_time, f"seed {self.simulator.seed}: not in time"
        return self.now_ms - start

    def node(self, name: str) -> Any:
        return self.simulator.member(name).node

    def knows(self, name: str, slot: int, owner: str) -> bool:
        """Whether a node sends clients of a slot to `owner`."""
        found = self.node(name).state.owners[slot]
        return found is not None and found.id == self.node(owner).state.myself.id

    def since(self, start: float, kind: type[Event]) -> float:
        return (
            next(at for at, event in self.happened if at >= start and isinstance(event, kind))
            - start
        )

    def bytes_s(self, seconds: float) -> float:
        """What a node sends on the bus, while nothing happens."""
        end = self.simulator.now_us + int(seconds * 1e6)
        total = 0
        while (due := self.simulator.agenda.next_us()) is not None and due <= end:
            what = self.simulator.step()
            if isinstance(what, Flight) and what.data[:4] == b"RCmb":
                total += len(what.data)
        return total / seconds / len(self.names)


def measure_virtual(timeout_ms: int, seed: int, idle_s: float = 10.0) -> Figures:
    """All of it once, in virtual time."""
    cluster = Virtual(timeout_ms, seed)
    bytes_s = cluster.bytes_s(idle_s)
    map_ms = _move_virtual(cluster)
    return Figures(**_kill_virtual(cluster), map=map_ms, bytes_s=bytes_s)


def _move_virtual(cluster: Virtual) -> float:
    slot = slot_of(MOVED_SLOT_KEY)
    names = cluster.names[:PRIMARIES]
    source = next(name for name in names if cluster.knows(name, slot, name))
    target = names[(names.index(source) + 1) % PRIMARIES]

    def tell(name: str, order: str, *about: object) -> None:
        cluster.simulator.act(Tell(name, lambda server: getattr(server.node, order)(slot, *about)))

    ids = {name: cluster.node(name).state.myself.id for name in names}
    tell(target, "set_slot_importing", ids[source])
    tell(source, "set_slot_migrating", ids[target])
    tell(target, "set_slot_node", ids[target])
    others = [name for name in cluster.names if name not in (source, target)]
    took_ms = cluster.until(lambda: all(cluster.knows(name, slot, target) for name in others))
    tell(source, "set_slot_node", ids[target])
    return took_ms


def _kill_virtual(cluster: Virtual) -> dict[str, float]:
    victim, heir = cluster.names[0], cluster.names[PRIMARIES]
    slot, start = slot_of(KEY), cluster.now_ms
    cluster.simulator.act(Crash(victim))
    server, state = cluster.simulator.member(heir), cluster.node(heir).state
    write = cluster.until(lambda: state.myself.is_primary and server.run(b"SET", KEY, b"1") == OK)
    survivors = cluster.names[1:]
    redirect = cluster.until(
        lambda: all(
            cluster.knows(name, slot, heir) and cluster.node(name).state.ok for name in survivors
        )
    )
    return {
        "detect": cluster.since(start, FailMarked),
        "elect": cluster.since(start, ElectionWon),
        "write": write,
        "redirect": redirect,
    }


# ---- the table ----


def summary(measured: list[Figures]) -> list[str]:
    """Median and range of each figure."""
    cells = []
    for name in FIELDS:
        values = sorted(getattr(each, name) for each in measured)
        low, middle, high = values[0], statistics.median(values), values[-1]
        cells.append(f"{middle:,.0f} ({low:,.0f}-{high:,.0f})")
    return cells


def table(rows: list[tuple[int, str, list[Figures]]]) -> str:
    """In Markdown."""
    lines = [
        "| node timeout | cluster | runs | detect ms | elect ms | write ms | redirect ms | map ms"
        " | bytes/s a node |",
        "|" + " --- |" * 9,
    ]
    for timeout_ms, name, measured in rows:
        cells = " | ".join(summary(measured))
        lines.append(f"| {timeout_ms} | {name} | {len(measured)} | {cells} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, and print the table: median, and least to greatest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--timeouts", type=int, nargs="+", default=[1000, 2000, 5000])
    parser.add_argument("--real", type=int, default=3, help="runs of the real cluster")
    parser.add_argument("--virtual", type=int, default=20, help="seeds of the simulated one")
    options = parser.parse_args()
    binary = redis_binary()
    rows: list[tuple[int, str, list[Figures]]] = []
    for timeout_ms in options.timeouts:
        if binary is not None and options.real:
            found = [measure_real(binary, timeout_ms) for _ in range(options.real)]
            rows.append((timeout_ms, "redis-server", found))
        found = [measure_virtual(timeout_ms, seed) for seed in range(options.virtual)]
        rows.append((timeout_ms, "redlearn, virtual", found))
        print(table(rows[-2:]), flush=True)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
