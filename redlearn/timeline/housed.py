"""An engine with a disk under it, that can be killed and lose its power, and be started again.

    engine ──▶ Persistence ──▶ SimulatedDisk: the system's cache, and the platter

The process and the disk are one world: a step back in time takes both back, to the byte. What ends
the process is an input like any other (`kill`, `crash`), and so is what starts it again. In between
there is no engine; an empty one stands in for it, so that panes have something to look at.

Parameters that were set at run time outlive a crash here, as if CONFIG REWRITE had been called:
who turns the log on and cuts the power wants to see it loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from redlearn.clock import VirtualClock
from redlearn.engine.config import PARAMETERS
from redlearn.engine.edge import Edge, Shutdown
from redlearn.engine.engine import Engine
from redlearn.errors import SHUTDOWN_FAILED, CommandError
from redlearn.persistence.aof import AppendOnly
from redlearn.persistence.disk import append_all, directory_of
from redlearn.persistence.job import SlicedJob
from redlearn.persistence.loading import CannotLoad
from redlearn.persistence.log import NO_WAY_ON
from redlearn.persistence.persistence import Persistence
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.resp.reply import Reply, Several
from redlearn.timeline.log import Acted, Input
from redlearn.timeline.snapshot import Freezer, Snapshot
from redlearn.timeline.world import Alone, next_tick
from redlearn.views.files import Running

FSYNC_MS: Final = 20
"""How long the disk takes to make bytes safe in the background."""

IS_DOWN: Final = "The server is down: :restart starts it again."


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on a disk before anything happens, and how the server over it is configured.

    Attributes:
        files: The bytes of each, by its name.
        config: CONFIG parameters with their values as text: which files are loaded.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HousedSnapshot:
    """All of it at one moment.

    Attributes:
        engine: The engine and, while it runs, what it stores, the disk included.
        disk: The disk, while nothing runs on it.
        settings: Parameters as they were when the process ended.
        said: What the server said last about its files.
    """

    clock_ms: int
    engine: Snapshot
    disk: Any
    settings: tuple[tuple[str, Any], ...] | None
    said: tuple[str, ...]


class House(Edge):
    """What is round the engine: a process that SHUTDOWN ends.

    Attributes:
        ended: Whether it did. The process goes on to the end of the command.
    """

    def __init__(self, write: Callable[[Shutdown], bool]) -> None:
        """`write`: writes what has to be written before the end; whether that was possible."""
        self.ended = False
        self._write = write

    def shutdown(self, how: Shutdown) -> Reply:
        """End the process, everything written. There is no reply: nobody is there any more."""
        if not self._write(how):
            raise CommandError(SHUTDOWN_FAILED)
        self.ended = True
        return Several()


def _nobody(sentence: str) -> None:
    """Does not listen."""


class Housed(Alone):
    """One engine on one disk.

    Attributes:
        disk: What it keeps its files on.
        persistence: Who writes them; None while the process is down.
        said: What the server said about its files, the last sentence last.
    """

    def __init__(self, make: Callable[[VirtualClock], Engine], clock: VirtualClock) -> None:
        super().__init__(make(clock), clock)
        self._make = make
        self.disk = SimulatedDisk(clock, fsync_ms=FSYNC_MS, probe=self.engine.probe)
        self.said: tuple[str, ...] = ()
        self._hear: Callable[[str], None] = _nobody
        self._settings: tuple[tuple[str, Any], ...] | None = None
        self.persistence: Persistence | None = self._move_in()
        self.persistence.start()

    def _move_in(self) -> Persistence:
        self.engine.state.edge = self._edge = House(self._write_all)
        store = Persistence(self.engine, self.disk, tell=self._tell)
        store.log.fatal = self._end_at_once
        return store

    def _end_at_once(self, reason: str) -> None:
        """Under `always` the log cannot be written: the process ends, as a server's would."""
        self._tell(NO_WAY_ON.format(reason))
        self._edge.ended = True

    def _tell(self, sentence: str) -> None:
        self.said = (*self.said[-4:], sentence)
        self._hear(sentence)

    def furnish(self, contents: Contents, hear: Callable[[str], None] = lambda said: None) -> None:
        """Begin anew over files that are safe on the disk already. O(bytes).

        Args:
            hear: Told what the server says while it loads them.

        Raises:
            CannotLoad: They cannot be loaded.
        """
        for name, data in contents.files.items():
            self._place(name, data)
        self._replace_engine()
        for name, text in contents.config.items():
            self.engine.state.configure(PARAMETERS[name], PARAMETERS[name].read(text))
        self._hear = hear
        try:
            self.persistence = self._move_in()
            self.persistence.start()
            self.persistence.before_sleep()
        finally:
            self._hear = _nobody

    def _place(self, name: str, data: bytes) -> None:
        directory = directory_of(name)
        if directory:
            self.disk.make_directory(directory)
            self.disk.sync_directory()
        file = self.disk.create(name)
        append_all(file, data)
        file.fsync()
        file.close()
        self.disk.sync_directory(directory)

    # ---- looking ----

    @property
    def down(self) -> str:
        """Why no command can be run, as a sentence; "" while the process runs."""
        return "" if self.persistence is not None else IS_DOWN

    @property
    def log(self) -> AppendOnly | None:
        """The append-only log, if there is one."""
        if self.persistence is None or self.persistence.log.append_only.mode == "off":
            return None
        return self.persistence.log.append_only

    @property
    def running(self) -> Running | None:
        """A snapshot or a rewrite under way."""
        stores = self.persistence
        if stores is None or not stores.busy:
            return None
        what = "snapshot" if stores.snapshots.job is not None else "rewrite"
        job = stores.snapshots.job or stores.log.job
        assert isinstance(job, SlicedJob)  # nothing forks here
        return Running(what, job.keys, self.engine.state.durability.keys_to_save, *job.kept_apart)

    # ---- going on ----

    def apply(self, happened: Input) -> None:
        """Let one input happen. O(the command); a restart loads all there is."""
        if not isinstance(happened, Acted):
            if self.persistence is None:
                self.clock.ms = happened.at_ms
            else:
                super().apply(happened)
                if self._edge.ended:
                    self._end()
                    self.disk.kill()
            return
        self.clock.ms = happened.at_ms
        name, *rest = happened.words
        if name == "restart":
            self._restart()
        else:
            torn = self._torn(rest) if name == "crash" else None
            self._end()
            if name == "kill":
                self.disk.kill()
            else:
                self.disk.crash(torn)

    def refusal(self, words: tuple[str, ...]) -> str:
        """Why that cannot be done now, as a sentence; "" if it can."""
        name, *rest = words or ("",)
        if name == "restart":
            if self.persistence is not None:
                return "The server runs already."
            return "There is one server here: :restart is enough." if rest else ""
        if name not in ("kill", "crash"):
            return f":{name} is for clusters; here is a single server. :cluster begins one."
        if self.persistence is None:
            return IS_DOWN
        if name == "kill":
            return "There is one server here: :kill is enough." if rest else ""
        return "" if rest in ([], ["now"]) else self._why_not_at(rest)

    def _why_not_at(self, words: list[str]) -> str:
        """Why the power cannot be cut at that byte of the log, "" if it can."""
        if len(words) != 2 or words[0] != "at" or not words[1].isdecimal():
            return "When? :crash now, or :crash at 120 for byte 120 of the log's last file."
        if self.log is None:
            return "There is no log to cut: CONFIG SET appendonly yes turns it on."
        if not (name := self._last_file()):
            return "There is no log to cut yet: its first base is still being written."
        levels = self.disk.levels(name)
        at = int(words[1][:12])
        if at < levels.durable:
            return f"Byte {at} is on the disk already: {levels.durable} bytes are safe."
        if at > levels.written:
            return f"The file has {levels.written} bytes in all, {levels.durable} of them are safe."
        return ""

    def _torn(self, words: list[str]) -> dict[str, int] | None:
        """How much of the log's last file arrives beside what is safe."""
        name = self._last_file()
        if len(words) != 2 or not name:
            return None
        return {name: int(words[1][:12]) - self.disk.levels(name).durable}

    def _last_file(self) -> str:
        """The file that the log grows in; "" while there is no log, or no base of it yet."""
        log = self.log
        return log.tail.name if log is not None and log.mode == "on" else ""

    def _write_all(self, how: Shutdown) -> bool:
        assert self.persistence is not None
        return self.persistence.shutdown(how.save, force=how.force)

    def _end(self) -> None:
        """The process is gone, with all that was in its memory."""
        self._settings = self.engine.state.config.freeze()
        self.persistence = None
        self._replace_engine()

    def _restart(self) -> None:
        self._replace_engine()
        for name, value in self._settings or ():
            if self.engine.state.config.value(name) != value:
                self.engine.state.configure(PARAMETERS[name], value)
        self.persistence = self._move_in()
        self._settings, self.said = None, ()  # another process, with a log of its own
        try:
            self.persistence.start()
        except CannotLoad as why:
            self._tell(str(why))
            self._end()

    def _replace_engine(self) -> None:
        watcher, sink = self.engine.probe.emit, self._sink
        self.watch(None)
        self.engine = self._make(self.clock)
        self._freezer = Freezer(self.engine)
        self.disk.report_to(self.engine.probe)
        self.watch(watcher, sink)

    def next_tick(self, now_ms: int) -> int | None:
        """When the engine's timer next finds work, or whoever writes the files does."""
        if self.persistence is None:
            return None
        engine_ms = next_tick(self.engine, now_ms)
        files_ms = self._next_of_files(self.persistence, now_ms)
        if files_ms is None:
            return engine_ms
        period = 1000 // max(1, min(500, self.engine.state.config.number("hz")))
        files_ms = max(-(-files_ms // period) * period, (now_ms // period + 1) * period)
        return files_ms if engine_ms is None else min(engine_ms, files_ms)

    def _next_of_files(self, persistence: Persistence, now_ms: int) -> int | None:
        """When there is something to write, to make safe, or to begin; None for never."""
        if persistence.busy:
            return now_ms
        due = [persistence.snapshots.next_due_ms()]
        if self.log is not None:
            due.append(self.log.tail.next_due_ms())
        return min((each for each in due if each is not None), default=None)

    # ---- time travel ----

    def freeze(self) -> Any:
        """The engine, and the disk. O(keys / 16), and what changed on the disk."""
        return HousedSnapshot(
            self.clock.ms, self._freezer.freeze(),
            self.disk.freeze() if self.persistence is None else None, self._settings, self.said,
        )  # fmt: skip

    def thaw(self, snapshot: Any) -> None:
        """Be as it was."""
        runs = snapshot.disk is None
        if runs != (self.persistence is not None):
            self.persistence = None
            self._replace_engine()
            if runs:
                self.persistence = self._move_in()
        self.clock.ms = snapshot.clock_ms
        self._freezer.thaw(snapshot.engine)
        if not runs:
            self.disk.thaw(snapshot.disk)
        self._settings, self.said = snapshot.settings, snapshot.said
        self.clock.ms = snapshot.clock_ms
