"""How fast the server is beside a real Redis and fakeredis: `python -m tests.bench.server`.

redis-benchmark, 50 connections, sends the same to each, unpipelined and in pipelines of 16. They
take turns in rounds, so that a busy moment of the machine hits all; the figures are medians of
requests a second and of CPU time a request (user and system, of the server's process alone).

fakeredis has to be left behind five times in pipelines. Unpipelined it cannot be on two cores:
redis-benchmark and the kernel take most of the time then, and Redis itself is hardly three times as
fast. The ratios are shown, of requests a second and of requests a second of CPU time.

    python -m tests.bench.server --rounds 5      speed, with targets; 1 if one is missed
    python -m tests.bench.server --idle 10000    memory of idle connections, and PING meanwhile
    python -m tests.bench.server --all           every default test of redis-benchmark, once
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.bench.idle import Idle, measure
from tests.clients.served import serving
from tests.oracle.servers import Connection, free_port, redis_binary, running

CONNECTIONS = 50
TICKS = os.sysconf("SC_CLK_TCK")
LIST = [b"RPUSH", b"mylist", *([b"xxx"] * 10_000)]
CPU_TIMES = 2.5
FAKEREDIS_TIMES = 5.0
IDLE_KIB = 8.0
IDLE_PING_MS = 10.0


@dataclass(frozen=True)
class Load:
    """What redis-benchmark sends.

    Attributes:
        requests: How many, to us; a Redis gets `REDIS_TIMES` as many, fakeredis a tenth.
        least: Least ratio of our requests a second to Redis's.
        cpu: Whether a request may take at most 2.5 times the CPU time Redis takes.
    """

    name: str
    argv: tuple[str, ...]
    pipeline: int
    requests: int
    least: float
    cpu: bool = False


SET = ("SET", "key:__rand_int__", "xxx")
GET = ("GET", "key:__rand_int__")
RANGE = ("LRANGE", "mylist", "0", "99")
ADD = ("ZADD", "myzset", "__rand_int__", "element:__rand_int__")
REDIS_TIMES = 3

LOADS = (
    Load("PING", ("PING",), 1, 30_000, 0.6, True),
    Load("SET", SET, 1, 30_000, 0.6, True),
    Load("GET", GET, 1, 30_000, 0.6, True),
    Load("INCR", ("INCR", "counter:__rand_int__"), 1, 30_000, 0.6, True),
    Load("SET, -P 16", SET, 16, 100_000, 1 / 3),
    Load("GET, -P 16", GET, 16, 100_000, 1 / 3),
    Load("LRANGE_100, -P 16", RANGE, 16, 20_000, 1 / 5),
    Load("ZADD, -P 16", ADD, 16, 50_000, 1 / 8),
)


@dataclass
class Peer:
    """A server that is measured."""

    name: str
    port: int
    pid: int
    share: float
    rates: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, load: Load, binary: str) -> None:
        """One round of one load, and what it took."""
        count = max(int(load.requests * self.share), 100)
        before = cpu_seconds(self.pid)
        rows = benchmark(
            binary, self.port, "-n", str(count), "-P", str(load.pipeline),
            "-r", "10000", *load.argv,
        )  # fmt: skip
        self.cpu.setdefault(load.name, []).append((cpu_seconds(self.pid) - before) / count)
        self.rates.setdefault(load.name, []).append(float(rows[-1]["rps"]))


def benchmark(binary: str, port: int, *words: str) -> list[dict[str, str]]:
    done = subprocess.run(
        [binary, "-p", str(port), "-c", str(CONNECTIONS), "--csv", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return list(csv.DictReader(io.StringIO(done.stdout)))


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


FAKE = """
import sys
from fakeredis import TcpFakeServer
server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
print("ready", flush=True)
server.serve_forever()
"""


@contextmanager
def fakeredis() -> Iterator[tuple[int, int]]:
    """fakeredis's TCP server in a process of its own; its port and process."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", FAKE, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield port, process.pid
        finally:
            process.kill()


@contextmanager
def peers() -> Iterator[list[Peer]]:
    """All three, with the list that LRANGE reads."""
    binary = redis_binary()
    if binary is None:
        raise SystemExit("redis-server is not on PATH")
    with ExitStack() as stack:
        ours = stack.enter_context(serving())
        real = stack.enter_context(running(binary))
        fake_port, fake_pid = stack.enter_context(fakeredis())
        with real.connect() as client:
            lines = client.run(b"INFO", b"server").decode().splitlines()
        pid = int(dict(line.split(":", 1) for line in lines if ":" in line)["process_id"])
        found = [
            Peer("ours", ours.port, ours.pid, 1.0),
            Peer("Redis", real.port, pid, REDIS_TIMES),
            Peer("fakeredis", fake_port, fake_pid, 0.05),
        ]
        for peer in found:
            with Connection(peer.port) as client:
                client.run(*LIST)
        yield found


def compare(rounds: int, binary: str) -> bool:
    """All loads on all three, and whether every target is met."""
    with peers() as all_of_them:
        for _ in range(rounds):
            for load in LOADS:
                for peer in all_of_them:
                    peer.measure(load, binary)
    ours, real, fake = all_of_them
    print(f"{'':20}{'ours/s':>10}{'Redis/s':>10}{'ratio':>7}{'least':>7}"
          f"{'CPU':>8}{'times':>7}{'fakeredis/s':>13}{'times':>7}{'CPU':>7}")  # fmt: skip
    good = [row(load, ours, real, fake) for load in LOADS]
    return all(good)


def row(load: Load, ours: Peer, real: Peer, fake: Peer) -> bool:
    """Print what was measured of one load; whether it meets its targets."""
    mine, theirs, other = (median(peer.rates[load.name]) for peer in (ours, real, fake))
    cpu, real_cpu, fake_cpu = (median(peer.cpu[load.name]) for peer in (ours, real, fake))
    missed = [
        word
        for word, bad in (
            ("too slow", mine / theirs < load.least),
            ("too much CPU", load.cpu and cpu > CPU_TIMES * real_cpu),
            ("too close to fakeredis", load.pipeline > 1 and mine < FAKEREDIS_TIMES * other),
        )
        if bad
    ]
    print(f"{load.name:20}{mine:10.0f}{theirs:10.0f}{mine / theirs:7.2f}{load.least:7.2f}"
          f"{cpu * 1e6:6.1f}us{cpu / real_cpu:7.1f}"
          f"{other:13.0f}{mine / other:7.1f}{fake_cpu / cpu:7.1f}"
          f"  {', '.join(missed) or 'good'}")  # fmt: skip
    return not missed


def idle(count: int) -> bool:
    """Idle connections: what each takes, and how long a PING takes meanwhile."""
    with serving("--maxclients", str(count + 100)) as served:
        found: Idle = measure(served.port, served.pid, count)
    print(f"{found.connections} idle connections: {found.kib_each:.2f} KiB each"
          f" (at most {IDLE_KIB:g}), connected in {found.connect_seconds:.1f} s,"
          f" PING p99 {found.ping_p99_ms:.2f} ms (at most {IDLE_PING_MS:g})")  # fmt: skip
    return found.kib_each <= IDLE_KIB and found.ping_p99_ms <= IDLE_PING_MS


def everything(binary: str) -> bool:
    """Every default test of redis-benchmark against us."""
    with serving() as served:
        for pipeline in ("1", "16"):
            for each in benchmark(binary, served.port, "-n", "20000", "-P", pipeline):
                print(f"{each['test']:40} -P {pipeline:3} {float(each['rps']):10.0f}/s")
    return True


def main() -> int:
    """Run what the words ask for; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    binary = shutil.which("redis-benchmark")
    if binary is None:
        raise SystemExit("redis-benchmark is not on PATH")
    if options.idle:
        return 0 if idle(options.idle) else 1
    if options.all:
        return 0 if everything(binary) else 1
    return 0 if compare(options.rounds, binary) else 1


if __name__ == "__main__":
    raise SystemExit(main())
