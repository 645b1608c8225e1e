"""What keeping data costs beside a real Redis: `python -m tests.bench.persistence`.

A million small keys (`DEBUG POPULATE`), written and read back by both servers in one run: SAVE,
DEBUG RELOAD NOSAVE, and DEBUG LOADAOF of a million SETs. Then what the append-only file costs in
requests a second, by turns with a server that keeps nothing; how much of `always` is the disk's
fsync; for how long nobody is answered when a BGSAVE of 100,000 keys begins; and how
long the slices are where it is written in slices, as CPU time, since other work of the machine is
not ours.

The figures are medians of rounds in which all take turns; ratios are to Redis in the same run.

    python -m tests.bench.persistence                  all; 1 if a target is missed
    python -m tests.bench.persistence --keys 100000    the same with a tenth of the keys
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from redlearn.engine.engine import Engine
from redlearn.persistence.job import SlicedJob
from redlearn.persistence.moment import Moment
from redlearn.persistence.persistence import Persistence
from redlearn.persistence.store import RealDisk
from redlearn.persistence.waiting import Copied
from redlearn.server.host import WallClock
from tests.bench.server import benchmark, cpu_seconds
from tests.endurance.durable import ALWAYS, EVERYSEC, server
from tests.oracle.servers import Connection, pack, redis_binary, running

SAVE_TIMES, LOAD_TIMES, LOG_TIMES = 5.0, 15.0, 12.0
EVERYSEC_COSTS = 0.25
OF_THE_FSYNC = 0.7
PAUSE_MS = 50.0
PAUSE_KEYS = 100_000
DEBUG = ("--enable-debug-command", "yes")
SET = ("SET", "key:__rand_int__", "xxx")


def seconds(client: Connection, *argv: bytes) -> float:
    """How long a command takes."""
    begun = time.monotonic()
    reply = client.run(*argv)
    assert reply == b"OK", reply
    return time.monotonic() - begun


def patient(port: int) -> Connection:
    """A connection that waits as long as it takes."""
    client = Connection(port)
    client.sock.settimeout(600)
    return client


@contextmanager
def both(folder: Path, *words: str) -> Iterator[tuple[Connection, Connection]]:
    """A server of ours and a Redis, each with its data below `folder`, where some may be."""
    binary = redis_binary()
    assert binary is not None, "redis-server is not on PATH"
    for name in ("ours", "theirs"):
        (folder / name).mkdir(exist_ok=True)
    with (
        server(folder / "ours", *DEBUG, *words) as ours,
        running(binary, "--dir", str(folder / "theirs"), *words) as theirs,
    ):
        yield patient(ours.port), patient(theirs.port)


def ratio(what: str, ours: list[float], theirs: list[float], most: float) -> bool:
    """Print medians in seconds and their ratio; whether it is within its target."""
    mine, other = median(ours), median(theirs)
    good = mine <= most * other
    print(f"{what:34} {mine:8.3f} s {other:8.3f} s {mine / other:7.2f} x  (at most {most:g})"
          f"{'' if good else '  MISSED'}", flush=True)  # fmt: skip
    return good


def snapshots(keys: int, rounds: int) -> bool:
    """Writing and reading a snapshot."""
    with TemporaryDirectory() as name, both(Path(name), "--save", "") as clients:
        times: dict[bytes, list[list[float]]] = {b"SAVE": [[], []], b"RELOAD": [[], []]}
        for client in clients:
            client.run(b"DEBUG", b"POPULATE", b"%d" % keys)
        for _ in range(rounds):
            for at, client in enumerate(clients):
                times[b"SAVE"][at].append(seconds(client, b"SAVE"))
        for _ in range(rounds):
            for at, client in enumerate(clients):
                reload = seconds(client, b"DEBUG", b"RELOAD", b"NOSAVE")
                times[b"RELOAD"][at].append(reload)
                assert client.run(b"DBSIZE") == keys
    written = ratio(f"SAVE, {keys} keys", *times[b"SAVE"], SAVE_TIMES)
    return ratio(f"DEBUG RELOAD NOSAVE, {keys} keys", *times[b"RELOAD"], LOAD_TIMES) and written


def logs(keys: int, rounds: int) -> bool:
    """Reading a log of so many SETs."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for owner in ("ours", "theirs"):
            _write_log(folder / owner / "appendonlydir", keys)
        with both(folder, "--save", "", "--appendonly", "yes") as clients:
            times: list[list[float]] = [[], []]
            for _ in range(rounds):
                for at, client in enumerate(clients):
                    assert client.run(b"DBSIZE") == keys
                    times[at].append(seconds(client, b"DEBUG", b"LOADAOF"))
    return ratio(f"DEBUG LOADAOF, {keys} SETs", *times, LOG_TIMES)


def _write_log(folder: Path, keys: int) -> None:
    folder.mkdir(parents=True)
    name = "appendonly.aof.1.incr.aof"
    (folder / "appendonly.aof.manifest").write_text(f"file {name} seq 1 type i\n")
    with open(folder / name, "wb") as file:
        file.write(pack([b"SELECT", b"0"]))
        file.writelines(
            pack([b"SET", b"key:%d" % number, b"value:%d" % number]) for number in range(keys)
        )


def throughput(requests: int, rounds: int) -> bool:
    """What the log costs in requests a second."""
    binary = shutil.which("redis-benchmark")
    assert binary is not None, "redis-benchmark is not on PATH"
    kinds = {"nothing is kept": ("--save", ""), "everysec": EVERYSEC, "always": ALWAYS}
    good = True
    with TemporaryDirectory() as name, ExitStack() as stack:
        ports: dict[str, tuple[int, int]] = {}
        for kind, words in kinds.items():
            folder = Path(name, kind)
            folder.mkdir()
            served = stack.enter_context(server(folder, *words))
            ports[kind] = served.port, served.process.pid
        for pipeline in (16, 1):
            rates: dict[str, list[float]] = {kind: [] for kind in kinds}
            costs: dict[str, list[float]] = {kind: [] for kind in kinds}
            for _ in range(rounds):
                for kind, (port, pid) in ports.items():
                    before = cpu_seconds(pid)
                    rows = benchmark(
                        binary, port, "-n", str(requests), "-P", str(pipeline), "-r", "10000", *SET
                    )
                    rates[kind].append(float(rows[-1]["rps"]))
                    costs[kind].append((cpu_seconds(pid) - before) / requests * 1e6)
            good = _compared(f"SET, -P {pipeline}", rates, costs) and good
    return good


def _compared(what: str, rates: dict[str, list[float]], costs: dict[str, list[float]]) -> bool:
    """Print what each kind of server did; whether everysec costs no more than it may."""
    base = median(rates["nothing is kept"])
    for kind, of_kind in rates.items():
        loss = 1 - median(of_kind) / base
        print(f"{what:12} {kind:16} {median(of_kind):9.0f} a second {loss:6.0%} less"
              f" {median(costs[kind]):7.2f} us of CPU", flush=True)  # fmt: skip
    good = median(rates["everysec"]) >= (1 - EVERYSEC_COSTS) * base
    if not good:
        print(f"{what:12} everysec costs more than {EVERYSEC_COSTS:.0%}  MISSED")
    return good


def fsyncs(count: int) -> bool:
    """What `always` waits for: how much of it is in fsync, and what the same fsyncs take bare.

    Three times the same number of SETs: bare appends with an fsync after each; an engine with its
    store, which is timed inside fsync; a server with one client, under always and keeping nothing.
    They take turns, a hundred at a time, as the disk is others' too.
    """
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        bare = _Bare(folder / "bare")
        engine = _Logged(folder / "engine")
        stack.enter_context(patch("redlearn.persistence.store._sync", engine.sync))
        clients = []
        for kind, words in (("always", ALWAYS), ("nothing", ("--save", ""))):
            (folder / kind).mkdir()
            served = stack.enter_context(server(folder / kind, *words))
            clients.append(stack.enter_context(patient(served.port)))
        always, nothing = (partial(client.run, *SET_ONE) for client in clients)
        took: list[list[float]] = [[], [], [], []]
        for _ in range(count // AT_A_TIME):
            for times, act in zip(took, (bare, engine, always, nothing), strict=True):
                times.append(_seconds_each(act))
        alone, logged, served_s, kept_nothing = (median(times) for times in took)
        inside = engine.inside / engine.wall
    share = (alone + kept_nothing) / served_s
    good = inside >= OF_THE_FSYNC and share >= OF_THE_FSYNC
    print(f"{'always, an engine':34} {logged * 1e6:8.0f} us a SET, {inside:.0%} of its time inside"
          f" fsync; a bare append and fsync {alone * 1e6:.0f} us", flush=True)  # fmt: skip
    print(f"{'always, a server, one client':34} {served_s * 1e6:8.0f} us a SET: {share:.0%} of it"
          f" a bare fsync and a SET that is not kept ({kept_nothing * 1e6:.0f} us)"
          f"{'' if good else '  MISSED'}", flush=True)  # fmt: skip
    return good


AT_A_TIME = 100
SET_ONE = (b"SET", b"key", b"xxx")


def _seconds_each(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(AT_A_TIME):
        act()
    return (time.perf_counter() - begun) / AT_A_TIME


class _Bare:
    """What a log asks of the disk, and nothing else."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._data = pack(list(SET_ONE))

    def __call__(self) -> None:
        os.write(self._descriptor, self._data)
        os.fdatasync(self._descriptor)


class _Logged:
    """An engine with a log under always.

    Attributes:
        inside, wall: Seconds inside fsync, and in all.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.inside = self.wall = 0.0
        self._engine = Engine(WallClock())
        for name, text in (("appendonly", True), ("appendfsync", "always")):
            self._engine.state.config.set(name, text)
        self._store = Persistence(self._engine, RealDisk(folder))
        self._store.start()
        self._client = self._engine.connect()

    def __call__(self) -> None:
        begun = time.perf_counter()
        self._engine.execute(self._client, list(SET_ONE))
        self._engine.before_sleep()
        self._client.take()
        self.wall += time.perf_counter() - begun

    def sync(self, descriptor: int) -> None:
        """What is to be called in place of the disk's own."""
        begun = time.perf_counter()
        os.fdatasync(descriptor)
        self.inside += time.perf_counter() - begun


def pause(rounds: int) -> bool:
    """For how long nobody is answered when a BGSAVE begins."""
    with (
        TemporaryDirectory() as name,
        server(Path(name), "--save", "", *DEBUG) as served,
        patient(served.port) as saver,
        patient(served.port) as other,
    ):
        saver.run(b"DEBUG", b"POPULATE", b"%d" % PAUSE_KEYS)
        longest = [_longest_ms(saver, other, b"BGSAVE") for _ in range(rounds)]
        usual = [_longest_ms(saver, other, b"LASTSAVE") for _ in range(rounds)]
        rows = other.run(b"INFO", b"stats").decode().splitlines()
        fork_us = dict(row.split(":") for row in rows if ":" in row)["latest_fork_usec"]
    good = median(longest) <= PAUSE_MS
    print(f"{f'BGSAVE, {PAUSE_KEYS} keys':34} {median(longest):8.1f} ms without an answer (at most"
          f" {PAUSE_MS:g}; {median(usual):.1f} ms when nothing is saved), fork {fork_us} us"
          f"{'' if good else '  MISSED'}", flush=True)  # fmt: skip
    return good


def slices(keys: int) -> bool:
    """The same where it is written in slices, as there may be no child; and what that holds."""
    return _in_slices(keys, base=False) & _in_slices(keys, base=True)


def _in_slices(keys: int, *, base: bool) -> bool:
    """A BGSAVE, or a rewrite without preamble (`base`), with ten SETs after each slice."""
    with TemporaryDirectory() as name:
        engine = Engine(WallClock())
        for parameter, text in (("enable-debug-command", "yes"), ("aof-use-rdb-preamble", False)):
            engine.state.config.set(parameter, text)
        store = Persistence(engine, RealDisk(name))
        client = engine.connect()
        engine.execute(client, [b"DEBUG", b"POPULATE", b"%d" % keys])
        begin = store.begin_rewrite if base else store.begin_save
        took, rows, copied = _slices(engine, store, keys, begin)
        path = "appendonlydir/appendonly.aof.1.base.aof" if base else "dump.rdb"
        size = os.stat(Path(name, path)).st_size
    longest = max(took) * 1000
    good = longest <= PAUSE_MS * max(keys / PAUSE_KEYS, 1)
    what = "commands" if base else "a snapshot"
    print(f"{f'{what} in slices, {keys} keys':34} {longest:8.1f} ms of CPU the longest of"
          f" {len(took)} (at most {PAUSE_MS:g} for {PAUSE_KEYS}){'' if good else '  MISSED'}; first"
          f" {took[0] * 1000:.1f} ms", flush=True)  # fmt: skip
    print(f"{'':34} {size / 1e6:.1f} MB written; held meanwhile: {rows / 1e6:.2f} MB of rows,"
          f" {copied.most / 1e6:.4f} MB at most of {copied.keys} keys changed",
          flush=True)  # fmt: skip
    return good


def _slices(
    engine: Engine, store: Persistence, keys: int, begin: Callable[[], bool]
) -> tuple[list[float], int, Copied]:
    """CPU seconds of each slice; bytes of the rows; and what writes have brought forward."""
    client, rng = engine.connect(), Random(1)
    begun = time.process_time()
    assert begin()
    took = [time.process_time() - begun]
    job = store.snapshots.job or store.log.job
    assert isinstance(job, SlicedJob) and isinstance(job._slices, Moment)
    rows, copied = job._slices.list_bytes, job._slices.copied
    while store.busy:
        for _ in range(10):
            engine.execute(client, [b"SET", b"key:%d" % rng.randrange(keys), b"x" * 20])
        begun = time.process_time()
        store.poll()
        took.append(time.process_time() - begun)
    return took, rows, copied


def _longest_ms(saver: Connection, other: Connection, what: bytes) -> float:
    """The longest a PING takes for the next quarter of a second, from `what` on."""
    saver.sock.sendall(pack([what]))
    longest, last = 0.0, time.monotonic()
    end = last + 0.25
    while last < end:
        other.run(b"PING")
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    saver.reply()
    while b"rdb_bgsave_in_progress:1" in other.run(b"INFO", b"persistence"):
        pass
    return longest * 1000


def main() -> int:
    """All of it; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument(
        "names", nargs="*", help="snapshots, logs, throughput, fsyncs, slices, pause"
    )
    options = parser.parse_args()
    parts: dict[str, Callable[[], bool]] = {
        "snapshots": lambda: snapshots(options.keys, options.rounds),
        "logs": lambda: logs(options.keys, options.rounds),
        "throughput": lambda: throughput(options.requests, options.rounds),
        "fsyncs": lambda: fsyncs(2_000),
        "slices": lambda: slices(PAUSE_KEYS) and slices(options.keys),
        "pause": lambda: pause(2 * options.rounds + 1),
    }
    outcomes = [parts[name]() for name in options.names or parts]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
