"""A server with a log on a simulated disk: to run commands, cut the power, and start again."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.engine import Engine
from redlearn.persistence.aof import AppendOnly
from redlearn.persistence.aof_files import Options
from redlearn.persistence.aof_load import Loaded, LoadRdb
from redlearn.persistence.aof_write import rewritten
from redlearn.persistence.disk import Disk
from redlearn.persistence.job import Writing
from redlearn.persistence.loading import loader_of
from redlearn.persistence.rdb_write import chunks
from redlearn.persistence.replay import Replay
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.resp.reply import Reply

NOW_MS = 1_700_000_000_000
DIRECTORY = "appendonlydir"
FIRST = f"{DIRECTORY}/appendonly.aof.1.incr.aof"
SECOND = f"{DIRECTORY}/appendonly.aof.2.incr.aof"
MANIFEST = f"{DIRECTORY}/appendonly.aof.manifest"


def snapshot_loader(engine: Engine) -> LoadRdb:
    """Loads a base that is a snapshot into an engine."""

    def load(data: bytes) -> Generator[int, None, int]:
        loader = loader_of(engine, data, base=True)
        while not loader.step(1000):
            yield loader.done // 2
        return loader.install().size

    return load


class Server:
    """An engine with a log.

    Attributes:
        loaded: What loading came to when it started.
        progress: What loading said on its way.
    """

    def __init__(self, disk: Disk, clock: VirtualClock, options: Options) -> None:
        """Start: load what is there, go on with it. Raises AofError, OSError."""
        self.clock = clock
        self.disk = disk
        self.writing: Writing | None = None
        self.engine = Engine(clock, seed=3)
        self.client = self.engine.connect()
        self.log = AppendOnly(disk, clock, options)
        self.progress: list[tuple[int, int]] = []
        with Replay(self.engine) as replay:
            loading = self.log.loading(replay.apply, snapshot_loader(self.engine))
            self.loaded = self._exhaust(loading)
        self.log.open(self.base())
        self.engine.state.sinks.append(self.log.feed)

    def _exhaust(self, loading: Any) -> Loaded:
        while True:
            try:
                self.progress.append(next(loading))
            except StopIteration as over:
                loaded: Loaded = over.value
                return loaded

    def run(self, *lines: str | list[bytes]) -> Reply:
        """Run commands, each written before its reply is given; the last reply."""
        for line in lines:
            argv = line.encode().split() if isinstance(line, str) else line
            self.engine.execute(self.client, list(argv))
            self.log.before_sleep()
        return self.client.take()[-1]

    def base(self) -> Any:
        """The dataset as a base, in the form that is configured."""
        state = self.engine.state
        if self.log.options.aof_use_rdb_preamble:
            return chunks(state)
        return rewritten(state)

    def rewrite(self) -> None:
        """A whole rewrite at once."""
        self.log.begin_rewrite()
        for piece in self.base():
            self.write_base(piece)
        self.finish_rewrite()

    def write_base(self, piece: bytes) -> None:
        """Write more of a new base, as whoever owns the log does."""
        if self.writing is None:
            self.writing = Writing(self.disk, self.log.files.temp_base)
        self.writing.add(piece)

    def finish_rewrite(self) -> None:
        """Put the new base in place."""
        self.write_base(b"")
        assert self.writing is not None
        self.writing.finish()
        self.writing = None
        self.log.finish_rewrite(self.log.files.temp_base)

    def abort_rewrite(self) -> None:
        """Give a rewrite up."""
        if self.writing is not None:
            self.writing.give_up()
            self.writing = None
        self.log.abort_rewrite()

    def digest(self) -> str:
        return digest_of_dataset(self.engine.state.databases)


class World:
    """A disk and a clock that outlive servers."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock(NOW_MS)
        self.disk = SimulatedDisk(self.clock, fsync_ms=20)
        self.options = Options(**options)

    def start(self) -> Server:
        return Server(self.disk, self.clock, self.options)

    def after_crash(self, **how: Any) -> Server:
        """Cut the power and start again."""
        self.disk.crash(**how)
        return self.start()

    def after_kill(self) -> Server:
        """End the process and start again."""
        self.disk.kill()
        return self.start()

    def text(self, name: str) -> list[str]:
        """A file's lines."""
        return self.disk.read(name).decode().splitlines()
