"""Append-only logs to real servers and back: the ways of `crossload.py` that are no snapshot.

There: an engine's changes are recorded while the data set is made, and somewhere on the way a base
is taken, as a snapshot or as commands; the log is that base and what came after it. Back: the
server turns its log on in the midst, so that it has a base of its own and commands since then.

Each log is loaded on both sides, and both must come to the same, except for when consumers were
last seen. What was there before must be there again as well, except for what commands cannot say:
that a deleted entry was pending, that a consumer asked and got nothing, and, of 7.0, how many
entries a group has read.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redlearn.engine.effects import Effect
from redlearn.persistence.aof import AppendOnly
from redlearn.persistence.aof_files import Options
from redlearn.persistence.aof_write import rewritten
from redlearn.persistence.rdb_write import chunks
from redlearn.persistence.replay import Replay
from redlearn.persistence.store import RealDisk
from tests.conftest import Redis
from tests.persistence.files import new_redis
from tests.persistence.logs import snapshot_loader

if TYPE_CHECKING:
    from tests.oracle.crossload import Side

IDLE = b"consumers with nothing pending"
SEEN = frozenset({b"seen-time", b"active-time"})
LOST = SEEN | {b"pel", b"pending", b"pel-count", b"consumers", b"entries-read"}
VERSIONS = {"redis": 10, "valkey": 80}


class Recorder:
    """A sink that keeps what is passed on, and takes a base after some of it.

    Attributes:
        since: What was passed on after the base was taken.
        base: Its pieces.
    """

    def __init__(self, redis: Redis, server: str, number: int) -> None:
        self.options = Options(
            appendfsync="no",
            aof_use_rdb_preamble=bool(number % 2),
            aof_timestamp_enabled=not number % 3,
        )
        self.since: list[tuple[Effect, ...]] = []
        self._state = redis.engine.state
        self._version = VERSIONS[server]
        self._turn = number * 7 % 50
        self.base = self._take()
        self._state.sinks.append(self)

    def __call__(self, unit: tuple[Effect, ...]) -> None:
        self.since.append(unit)
        self._turn -= 1
        if self._turn == 0:
            self.base, self.since = self._take(), []

    def _take(self) -> list[bytes]:
        if self.options.aof_use_rdb_preamble:
            return list(chunks(self._state, version=self._version))
        return list(rewritten(self._state))


def there(side: Side, redis: Redis, number: int) -> frozenset[bytes]:
    """Our log, loaded by the server."""
    (recorder,) = [each for each in redis.engine.state.sinks if isinstance(each, Recorder)]
    with disk_of(side) as disk:
        log = AppendOnly(disk, redis.clock, recorder.options)
        log.open(recorder.base)
        for unit in recorder.since:
            log.feed(unit)
        log.stop()
        check_log(side, recorder.options)
        assert side.ask([b"DEBUG", b"LOADAOF"]) == b"OK"
        side.compare(loaded(disk, recorder.options), _in_passing(side))
    return LOST


def back(side: Side, redis: Redis, number: int) -> frozenset[bytes]:
    """The server's log, loaded here."""
    preamble = bool(number % 2)
    with disk_of(side) as disk:
        side.ask([b"CONFIG", b"SET", b"aof-use-rdb-preamble", b"yes" if preamble else b"no"])
        side.ask([b"CONFIG", b"SET", b"aof-timestamp-enabled", b"no" if number % 3 else b"yes"])
        side.ask([b"CONFIG", b"SET", b"appendonly", b"yes"])
        _wait_for(side, b"aof_rewrite_in_progress:0", b"aof_rewrite_scheduled:0")
        side.connection.pipeline(side.more(number))
        side.ask([b"CONFIG", b"SET", b"appendonly", b"no"])
        load_into(redis, disk, Options())
        side.compare(redis, LOST)
        assert side.ask([b"DEBUG", b"LOADAOF"]) == b"OK"
    return _in_passing(side)


def _in_passing(side: Side) -> frozenset[bytes]:
    """What the same log may give otherwise: 7.0 makes no consumer for a claim of nothing."""
    return SEEN | {IDLE} if side.name == "redis" else SEEN


@contextmanager
def disk_of(side: Side) -> Iterator[RealDisk]:
    """The server's folder, without a log at the beginning and at the end."""
    folder = side.folder / Options().appenddirname
    shutil.rmtree(folder, ignore_errors=True)
    disk = RealDisk(side.folder)
    try:
        yield disk
    finally:
        disk.close()
        shutil.rmtree(folder, ignore_errors=True)


def loaded(disk: RealDisk, options: Options) -> Redis:
    """A new engine with what a log holds."""
    redis = new_redis()
    load_into(redis, disk, options)
    return redis


def load_into(redis: Redis, disk: RealDisk, options: Options) -> None:
    """Load a log into an engine; nothing may be cut off, and no command may fail."""
    log = AppendOnly(disk, redis.clock, replace(options, aof_load_truncated=False))
    with Replay(redis.engine) as replay:
        loading = log.loading(replay.apply, snapshot_loader(redis.engine))
        for _ in loading:
            pass
    assert replay.failures == []
    redis.engine.check()


def check_log(side: Side, options: Options) -> None:
    """Let the server's own program check the log.

    Valkey's does not know Valkey's snapshots, not even those that Valkey makes.
    """
    if side.name == "valkey" and options.aof_use_rdb_preamble:
        return
    tool = Path(side.checker[0]).with_name(f"{side.name}-check-aof")
    manifest = side.folder / Options().appenddirname / "appendonly.aof.manifest"
    done = subprocess.run([str(tool), str(manifest)], capture_output=True, check=False)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0 and "All AOF files and manifest are valid" in said, said[-500:]


def _wait_for(side: Side, *lines: bytes) -> None:
    while True:
        told: Any = side.ask([b"INFO", b"persistence"])
        if all(line in told for line in lines):
            assert b"aof_last_bgrewrite_status:ok" in told
            return
        time.sleep(0.01)
