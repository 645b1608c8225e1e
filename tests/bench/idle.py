"""Many connections that say nothing, from a process of its own: a process has so many files.

    python -m tests.bench.idle PORT COUNT

connects, prints how long that took, and waits for the end of its standard input. The server
raises its own limit of open files, as redis-server does.
"""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.oracle.servers import LOOPBACK, Connection

SPARE_FILES = 200
PINGS = 3_000


@dataclass(frozen=True)
class Idle:
    """What was measured while so many connections were open."""

    connections: int
    kib_each: float
    connect_seconds: float
    ping_p99_ms: float


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def measure(port: int, pid: int, count: int) -> Idle:
    """Open so many connections to a server, and see what it costs."""
    with Connection(port) as client:
        client.pipeline([[b"PING"]] * 100)  # it has done this before
        before = rss_kib(pid)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.bench.idle", str(port), str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as crowd:  # fmt: skip
            assert crowd.stdin is not None and crowd.stdout is not None
            seconds = float(crowd.stdout.readline())
            there = client.run(b"CLIENT", b"LIST").count(b"\n") - 1
            took = sorted(timed(client) for _ in range(PINGS))
            after = rss_kib(pid)
            crowd.stdin.close()
    p99 = took[len(took) * 99 // 100]
    return Idle(there, (after - before) / count, seconds, p99 * 1000)


def timed(client: Connection) -> float:
    start = time.perf_counter()
    client.run(b"PING")
    return time.perf_counter() - start


def main() -> None:
    """Connect, say how long it took, and stay until told to go."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + SPARE_FILES, hard), hard))
    start = time.perf_counter()
    held = [socket.create_connection((LOOPBACK, port), timeout=60) for _ in range(count)]
    held[-1].sendall(b"PING\r\n")  # those before it have been let in as well
    assert held[-1].recv(7) == b"+PONG\r\n"
    print(time.perf_counter() - start, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
