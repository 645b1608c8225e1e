"""What a simulated cluster costs as it grows, beside the theory: `python -m tests.bench.simulator`.

    python -m tests.bench.simulator                                     the figures, 1 if too slow
    python -m tests.bench.simulator --svg screenshots/simulator.png     and the picture
    python -m tests.bench.simulator --nodes 10 30                       only these

Clusters of 10, 30 and 100 nodes (half of them replicas, node timeout 15 s) get 30 virtual seconds
to find their pace and are then measured for 60; 300 nodes are measured for their first ten. Each
node is an engine, its replication and its cluster node; every message is encoded and decoded.

The theory, for N nodes and a node timeout of T seconds:

    heartbeats   a node pings each second one of five drawn at random, and whoever has not answered
                 for T / 2: at most 1 + (N - 1) x 2 / T pings a second, each answered. Gossip
                 about a PONG that others got counts as one, which makes it fewer.
    bytes        a heartbeat has 2256 bytes, 104 for each of max(3, N / 10) nodes that it gossips
                 about, and 48 for the name of the shard
    work         each tenth of a second each node looks at all N: that is a x N x N. And each of
                 the N x N heartbeats is about N / 10 nodes: b x N x N x N. What it takes for one
                 node is therefore fitted as a + b x N + c x N x N by the three measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from redlearn.cluster.formation import Shape, acquaint, add_nodes, agreed
from redlearn.cluster.message import PING, PONG
from redlearn.cluster.simulator import Simulator
from redlearn.export.grid import grid_of
from redlearn.export.png import png
from redlearn.export.svg import svg
from redlearn.lines import Line, Run
from redlearn.theme import DARK

TIMEOUT_S = 15
WARM_UP_S, MEASURED_S = 30, 60
FIRST_S = 10
MOST_CPU_S = 30.0
STEADY, LARGE = (10, 30, 100), 300
WIDTH = 40


@dataclass(frozen=True, slots=True)
class Growth:
    """One cluster, measured.

    Attributes:
        nodes: How many.
        seconds: Of virtual time that were measured.
        cpu_s: What they took.
        heartbeats: Sent by one node in a second.
        carried: Bytes of them.
        steps: How many things happened.
    """

    nodes: int
    seconds: int
    cpu_s: float
    heartbeats: float
    carried: float
    steps: int

    @property
    def speed(self) -> float:
        """Virtual seconds for one of CPU."""
        return self.seconds / self.cpu_s


def most_heartbeats(nodes: int) -> float:
    """The theory: what a node sends in a second, at most."""
    return 2 * (1 + (nodes - 1) * 2 / TIMEOUT_S)


def bytes_of_heartbeat(nodes: int) -> int:
    """The theory: what one has, in bytes."""
    return 2256 + 104 * min(max(3, nodes // 10), nodes - 2) + 48


def measure(nodes: int, seconds: int, warm_up_s: int = 0, seed: int = 1) -> Growth:
    """Run a cluster of so many nodes, half of them replicas."""
    shape = Shape(nodes // 2, 1, TIMEOUT_S * 1000)
    simulator = Simulator(seed)
    add_nodes(simulator, shape)
    acquaint(simulator, shape)
    simulator.run_until(warm_up_s * 1000)
    sent, carried, steps = _heartbeats(simulator), _carried(simulator), simulator.steps
    begin = time.process_time()
    simulator.run_until((warm_up_s + seconds) * 1000)
    cpu_s = time.process_time() - begin
    assert agreed(simulator)
    each = nodes * seconds
    return Growth(
        nodes, seconds, cpu_s, (_heartbeats(simulator) - sent) / each,
        (_carried(simulator) - carried) / each, simulator.steps - steps,
    )  # fmt: skip


def _heartbeats(simulator: Simulator) -> int:
    states = [simulator.member(name).node.state for name in simulator.hosts]
    return sum(state.sent.get(kind, 0) for state in states for kind in (PING, PONG))


def _carried(simulator: Simulator) -> int:
    buses = [simulator.member(name).bus for name in simulator.hosts]
    return sum(bus.carried.get(kind, 0) for bus in buses for kind in (PING, PONG))


def fitted(found: list[Growth]) -> list[float]:
    """a, b, c of a + b x N + c x N x N, seconds of CPU for one node and virtual second."""
    xs = [growth.nodes for growth in found]
    ys = [growth.cpu_s / growth.seconds / growth.nodes for growth in found]
    # Newton's divided differences, through three points.
    first = [(ys[n + 1] - ys[n]) / (xs[n + 1] - xs[n]) for n in range(2)]
    second = (first[1] - first[0]) / (xs[2] - xs[0])
    return [
        ys[0] - first[0] * xs[0] + second * xs[0] * xs[1],
        first[0] - second * (xs[0] + xs[1]),
        second,
    ]


def picture(steady: list[Growth], large: Growth | None) -> list[Line]:
    """A table, and beside each figure the theory; bars by powers of two."""
    rows: list[Line] = [
        (
            Run(
                f"A simulated cluster, node timeout {TIMEOUT_S} s, half of the nodes replicas",
                "title",
            ),
        ),
        (),
    ]
    charts = (
        ("heartbeats a second and node", lambda g: g.heartbeats,
         lambda g: most_heartbeats(g.nodes), "at most", "{:8.2f}"),
        ("bytes of a heartbeat", lambda g: g.carried / g.heartbeats,
         lambda g: bytes_of_heartbeat(g.nodes), "theory", "{:8.0f}"),
        ("kB of heartbeats a second and node", lambda g: g.carried / 1000,
         lambda g: most_heartbeats(g.nodes) * bytes_of_heartbeat(g.nodes) / 1000, "at most",
         "{:8.1f}"),
        ("ms of CPU for a virtual second", lambda g: 1000 * g.cpu_s / g.seconds, None, "",
         "{:8.1f}"),
    )  # fmt: skip
    for name, figure, theory, word, form in charts:
        rows.append((Run(name, "label"),))
        most = max(figure(growth) for growth in steady)
        for growth in steady:
            value = figure(growth)
            bar = "█" * max(1, round(WIDTH * value / most))
            said = f"{word} {form.format(theory(growth)).strip()}" if theory else ""
            rows.append((
                Run(f"{growth.nodes:>7} ", "dim"), Run(form.format(value) + " ", "value"),
                Run(bar.ljust(WIDTH + 1), "number"), Run(said, "dim"),
            ))  # fmt: skip
        rows.append(())
    return rows + _work(steady, large)


def _work(steady: list[Growth], large: Growth | None) -> list[Line]:
    rows: list[Line] = []
    if len(steady) == 3:
        a, b, c = (1e6 * each for each in fitted(steady))
        said = f"us of CPU for a node and virtual second: {a:.0f} + {b:.1f} N + {c:.3f} N²"
        rows.append((Run(said, "value"),))
    for growth in steady:
        said = f"{growth.nodes} nodes, {growth.seconds} s: {growth.cpu_s:.1f} s of CPU"
        rows.append((Run(f"{said}, {growth.speed:.0f} times as fast as time", "dim"),))
    if large is not None:
        said = f"{large.nodes} nodes, their first {large.seconds} s: {large.cpu_s:.0f} s of CPU"
        rows.append((Run(f"{said}, {large.steps:,} steps", "dim"),))
    return rows


def main() -> int:
    """Measure, print, and say whether a hundred nodes keep to their half a minute."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[*STEADY, LARGE])
    parser.add_argument("--svg", type=Path, help="a file for it; NAME.png draws it in pixels")
    args = parser.parse_args()
    steady = [measure(n, MEASURED_S, WARM_UP_S) for n in args.nodes if n < LARGE]
    large = measure(LARGE, FIRST_S) if LARGE in args.nodes else None
    rows = picture(steady, large)
    print("\n".join("".join(run.text for run in row).rstrip() for row in rows))
    if args.svg:
        drawn = svg(grid_of(rows, DARK), "What a simulated cluster costs as it grows")
        if args.svg.suffix == ".png":
            args.svg.write_bytes(png(drawn))
        else:
            args.svg.write_text(drawn)
    slow = [g for g in steady if g.nodes == 100 and g.cpu_s > MOST_CPU_S]
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
