"""A disk that can be looked into, that fails when told to, and whose power can be cut.

Between a program and the platter stands the operating system's cache. What is written is
in the cache, and anybody who reads finds it there; the platter gets it later.

        append           fsync, or half a minute
    program ──▶ cache pages ──────────────▶ platter pages        (a file's bytes)
    program ──▶ names       ──────────────▶ names on the platter (a directory's entries)
        rename           sync_directory, or half a minute

`kill` ends the process: whatever is in the cache is still there. `crash` cuts the power:
only the platter is left. The model, in the places where systems differ:

- A file is pages of 4 KiB. A dirty page is one whose content the platter does not have.
- fsync writes a file's dirty pages. If it fails, they count as clean all the same, and later
  fsyncs do not write them: so Linux does it, and it is why an error is not to be retried. A
  page that is written to again is dirty again. After a power cut a page that never
  arrived reads as zeros, if a later one did.
- rename is one step, in the cache as on the platter: a power cut leaves the old name or the
  new one. But on the platter it happens only with `sync_directory`, like the making and the
  removing of names. A file that was made safe by fsync and whose name was not is gone.
- What has been dirty for 30 seconds is written anyway (Linux, `vm.dirty_expire_centisecs`).
  Without any fsync this is all that saves a log.
- A fsync in the background writes the pages that were dirty when it began, `fsync_ms` later.

Everything follows from the calls and the clock: the same calls give the same bytes.

Source: POSIX fsync(), rename(); the Linux page cache, as its documentation tells of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from redlearn.clock import Clock
from redlearn.persistence.disk import checked, directory_of
from redlearn.persistence.inode import DIRTY_EXPIRES_MS, Flight, Inode, Levels
from redlearn.probe import Event, Probe

Operation = Literal[
    "create", "open", "write", "read", "truncate", "fsync", "rename", "remove", "mkdir", "sync"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule of what fails.

    Attributes:
        operation: What fails.
        error: With which errno.
        name: For which names: a pattern such as `*.incr.aof`.
        at: Of a write or a read: the byte of the file from which on it fails; what is before
            it is written. Of anything else: how many succeed first.
        times: How many fail, and then no more; 0: all.
    """

    operation: Operation
    error: int
    name: str = "*"
    at: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class DiskDid(Event):
    """The disk did something, or failed to.

    Attributes:
        operation: What.
        name: With which file or directory; of a rename, the new name.
        offset: Of a write or a read: from where.
        size: Of a write or a read: how many bytes.
        error: The errno if it failed, or 0.
    """

    operation: Operation
    name: str
    offset: int = 0
    size: int = 0
    error: int = 0


class SimulatedDisk:
    """A `Disk` in memory.

    Attributes:
        capacity: How many bytes all files may have together; None for no end.
        fsync_ms: How long an fsync in the background takes.
    """

    __slots__ = (
        "_clock", "_durable", "_faults", "_generation", "_journal", "_names", "_next", "_probe",
        "capacity", "fsync_ms",
    )  # fmt: skip

    def __init__(
        self,
        clock: Clock,
        *,
        capacity: int | None = None,
        fsync_ms: int = 0,
        probe: Probe | None = None,
    ) -> None:
        self.capacity = capacity
        self.fsync_ms = fsync_ms
        self._clock = clock
        self._probe = probe or Probe()
        self._faults: list[_Rule] = []
        self._generation = 0
        self._next = 1
        root = Inode(0, directory=True)
        self._names: dict[str, Inode] = {"": root}
        self._durable: dict[str, Inode] = {"": root}
        self._journal: list[_Change] = []

    # What every disk does.

    def create(self, name: str) -> SimulatedFile:
        self._attempt("create", name)
        node = self._names.get(name)
        if node is not None:
            self._refuse_directory(node, name)
            node.truncate(0, self._clock.now_ms())
        return self._opened("create", name, node)

    def append_to(self, name: str) -> SimulatedFile:
        self._attempt("open", name)
        node = self._names.get(name)
        if node is not None:
            self._refuse_directory(node, name)
        return self._opened("open", name, node)

    def read(self, name: str, start: int = 0, size: int | None = None) -> bytes:
        node = self._file(name)
        data = node.read(start, node.size if size is None else size)
        for rule in self._rules("read", name):
            if start + len(data) > rule.fault.at:
                rule.hits += 1
                self._fail("read", name, rule.fault.error)
        self._did(DiskDid("read", name, start, len(data)))
        return data

    def size(self, name: str) -> int:
        return self._file(name).size

    def rename(self, old: str, new: str) -> None:
        self._attempt("rename", new)
        node = self._file(old)
        target = self._names.get(checked(new))
        if target is not None:
            self._refuse_directory(target, new)
        self._parent(new)
        self._change({old: None, new: node})
        self._did(DiskDid("rename", new))

    def remove(self, name: str) -> None:
        self._attempt("remove", name)
        self._file(name)
        self._change({name: None})
        self._did(DiskDid("remove", name))

    def make_directory(self, name: str) -> None:
        self._attempt("mkdir", name)
        node = self._names.get(name)
        if node is not None:
            if not node.directory:
                raise _error(errno.EEXIST, name)
            return
        self._parent(name)
        self._change({name: self._new_node(directory=True)})
        self._did(DiskDid("mkdir", name))

    def names(self, directory: str = "") -> list[str]:
        self._directory(directory)
        return sorted(
            name.rpartition("/")[2]
            for name in self._names
            if name and directory_of(name) == directory
        )

    def sync_directory(self, directory: str = "") -> None:
        self._directory(directory)
        self._attempt("sync", directory)
        left: list[_Change] = []
        over: set[str] = set()  # names that have come further: what they were before is past
        for change in reversed(self._journal):
            if directory in change.directories:
                over |= change.names.keys()
            elif names := {name: node for name, node in change.names.items() if name not in over}:
                left.append(_Change(change.since_ms, names))
        for change in self._journal:
            if directory in change.directories:
                change.apply(self._durable)
        self._journal = left[::-1]
        self._did(DiskDid("sync", directory))

    # What only this one does: fail, lose its power, be looked into.

    def watch(self, emit: Callable[[Event], None] | None) -> None:
        """Let `emit` have every event from now on; None ends it."""
        self._probe = Probe(emit)

    def fail(self, fault: Fault) -> None:
        """Let something fail from now on."""
        self._faults.append(_Rule(fault))

    def mend(self) -> None:
        """Let everything succeed again."""
        self._faults.clear()

    def report_to(self, probe: Probe) -> None:
        """Have that probe told of everything from now on, while it is watched."""
        self._probe = probe

    def kill(self) -> None:
        """End the process that had the files open: the cache is the system's, and stays."""
        self._generation += 1

    def crash(self, torn: Mapping[str, int] | None = None, entries: int = 0) -> None:
        """Cut the power: what the platter has is all that is left.

        Args:
            torn: Per file, how many bytes beyond the durable ones had arrived as well.
            entries: How many of the changes to names that nobody had made safe had arrived as
                well, oldest first.
        """
        self._generation += 1
        self._settle()
        for name, extra in (torn or {}).items():
            self._file(name).tear(extra)
        for change in self._journal[:entries]:
            change.apply(self._durable)
        self._journal.clear()
        left = {name: node for name, node in self._durable.items() if self._reachable(name)}
        self._names, self._durable = dict(left), left
        for node in left.values():
            node.lose_cache()

    def levels(self, name: str) -> Levels:
        """How far the bytes of a file have come. O(pages that are not on the platter).

        An fsync in the background counts as over once somebody has asked it.
        """
        node = self._file(name)
        node.settle(self._clock.now_ms())
        return node.levels()

    def pending_names(self) -> tuple[str, ...]:
        """The names that a power cut would bring back or lose, oldest change first."""
        return tuple(dict.fromkeys(name for each in self._journal for name in each.names))

    def freeze(self) -> Frozen:
        """Everything, sharing the pages. O(pages)."""
        nodes = {node.number: node for node in (*self._names.values(), *self._durable.values())}
        for change in self._journal:
            nodes |= {node.number: node for node in change.names.values() if node is not None}
        return Frozen(
            nodes=tuple(node.freeze() for _, node in sorted(nodes.items())),
            names=_numbered(self._names),
            durable=_numbered(self._durable),
            journal=tuple((each.since_ms, _numbered(each.names)) for each in self._journal),
            faults=tuple((rule.fault, rule.seen, rule.hits) for rule in self._faults),
            rest=(self._next, self.capacity, self.fsync_ms),
        )

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it. Files that are open have to be opened again."""
        nodes = {row[0]: Inode.thaw(row) for row in frozen.nodes}

        def named(rows: tuple[tuple[str, int], ...]) -> dict[str, Any]:
            return {name: nodes.get(number) for name, number in rows}

        self._names, self._durable = named(frozen.names), named(frozen.durable)
        self._journal = [_Change(since, named(rows)) for since, rows in frozen.journal]
        self._faults = [_Rule(*row) for row in frozen.faults]
        self._next, self.capacity, self.fsync_ms = frozen.rest
        self._generation += 1  # whatever is open was opened in another time

    # Names and nodes.

    def _opened(self, operation: Operation, name: str, node: Inode | None) -> SimulatedFile:
        if node is None:
            self._parent(name)
            node = self._new_node()
            self._change({name: node})
        self._did(DiskDid(operation, name))
        return SimulatedFile(self, node, name, self._generation)

    def _new_node(self, *, directory: bool = False) -> Inode:
        self._next += 1
        return Inode(self._next - 1, directory=directory)

    def _change(self, names: dict[str, Inode | None]) -> None:
        change = _Change(self._clock.now_ms(), names)
        change.apply(self._names)
        self._journal.append(change)

    def _file(self, name: str) -> Inode:
        node = self._names.get(checked(name))
        if node is None:
            raise _error(errno.ENOENT, name)
        self._refuse_directory(node, name)
        return node

    def _name_of(self, node: Inode, name: str) -> str:
        """The name that a node has: `name` if it still has that, or none at all."""
        if self._names.get(name) is node:
            return name
        return next((each for each, other in self._names.items() if other is node), name)

    def _refuse_directory(self, node: Inode, name: str) -> None:
        if node.directory:
            raise _error(errno.EISDIR, name)

    def _directory(self, name: str) -> None:
        node = self._names.get(checked(name) if name else name)
        if node is None:
            raise _error(errno.ENOENT, name)
        if not node.directory:
            raise _error(errno.ENOTDIR, name)

    def _parent(self, name: str) -> None:
        self._directory(directory_of(name))

    def _reachable(self, name: str) -> bool:
        return not name or (
            directory_of(name) in self._durable and self._reachable(directory_of(name))
        )

    def _settle(self) -> None:
        """Let the platter have what has been dirty for long enough."""
        now_ms = self._clock.now_ms()
        for name, node in (*self._names.items(), *self._durable.items()):
            if node.flight is not None and node.flight.due_ms <= now_ms:
                self._arrived(name, node, node.flight)
            node.settle(now_ms)
        while self._journal and now_ms - self._journal[0].since_ms >= DIRTY_EXPIRES_MS:
            self._journal.pop(0).apply(self._durable)

    def _arrived(self, name: str, node: Inode, flight: Flight) -> None:
        """An fsync is over that nobody waits for."""
        try:
            self._land(name, node, flight)
        except OSError:
            pass

    def _land(self, name: str, node: Inode, flight: Flight) -> None:
        try:
            self._attempt("fsync", name)
        except OSError:
            node.crash_land(flight)
            raise
        node.land(flight)
        self._did(DiskDid("fsync", name, size=flight.size))

    # Faults.

    def _attempt(self, operation: Operation, name: str) -> None:
        """Check the name, and fail if a rule says so."""
        if name:
            checked(name)
        for rule in self._rules(operation, name):
            rule.seen += 1
            if rule.seen > rule.fault.at:
                rule.hits += 1
                self._fail(operation, name, rule.fault.error)

    def _rules(self, operation: Operation, name: str) -> list[_Rule]:
        return [
            rule
            for rule in self._faults
            if rule.fault.operation == operation
            and fnmatchcase(name, rule.fault.name)
            and not 0 < rule.fault.times <= rule.hits
        ]

    def _fail(self, operation: Operation, name: str, error: int) -> None:
        self._did(DiskDid(operation, name, error=error))
        raise _error(error, name)

    def _did(self, event: DiskDid) -> None:
        if emit := self._probe.emit:
            emit(event)

    def _room(self, name: str, offset: int, wanted: int) -> int:
        """How many bytes a file takes at its end. Raises if it takes none."""
        room = wanted
        if self.capacity is not None:
            used = sum({node: node.size for node in self._names.values()}.values())
            room = min(room, max(self.capacity - used, 0))
        if room <= 0 < wanted:
            self._fail("write", name, errno.ENOSPC)
        for rule in self._rules("write", name):
            if rule.fault.at <= offset:
                rule.hits += 1
                self._fail("write", name, rule.fault.error)
            room = min(room, rule.fault.at - offset)
        return room


class SimulatedFile:
    """A `File` of a `SimulatedDisk`. After `kill`, `crash` or `thaw` it is not open any more."""

    __slots__ = ("_disk", "_generation", "_name", "_node")

    def __init__(self, disk: SimulatedDisk, node: Inode, name: str, generation: int) -> None:
        self._disk = disk
        self._node = node
        self._name = name
        self._generation = generation

    @property
    def name(self) -> str:
        """What it is called by now; as it was when it was opened, if it has no name any more."""
        return self._disk._name_of(self._node, self._name)

    def append(self, data: bytes) -> int:
        node, disk, name = self._open(), self._disk, self.name
        offset = node.size
        taken = disk._room(name, offset, len(data))
        node.append(data[:taken], disk._clock.now_ms())
        disk._did(DiskDid("write", name, offset, taken))
        return taken

    def size(self) -> int:
        return self._open().size

    def truncate(self, size: int) -> None:
        self._disk._attempt("truncate", self.name)
        self._open().truncate(size, self._disk._clock.now_ms())
        self._disk._did(DiskDid("truncate", self.name, size))

    def fsync(self) -> None:
        node = self._open()
        flight = node.take_off(self._disk._clock.now_ms())
        self._disk._land(self.name, node, flight)

    def begin_fsync(self) -> SimulatedFsync:
        disk = self._disk
        flight = self._open().take_off(disk._clock.now_ms() + disk.fsync_ms)
        return SimulatedFsync(self, flight)

    def pending_fsync(self) -> SimulatedFsync | None:
        """The fsync in the background that was under way when the disk was frozen."""
        flight = self._open().flight
        return None if flight is None else SimulatedFsync(self, flight)

    def close(self) -> None:
        self._generation = -1

    def _open(self) -> Inode:
        if self._generation != self._disk._generation:
            raise _error(errno.EBADF, self._name)
        return self._node


class SimulatedFsync:
    """An fsync that takes virtual time."""

    __slots__ = ("_file", "_flight")

    def __init__(self, file: SimulatedFile, flight: Flight) -> None:
        self._file = file
        self._flight = flight

    def finished(self) -> bool:
        disk, node = self._file._disk, self._file._node
        if node.flight is not self._flight:
            return True
        if disk._clock.now_ms() < self._flight.due_ms:
            return False
        disk._land(self._file.name, node, self._flight)
        return True


class Frozen(NamedTuple):
    """A disk, frozen."""

    nodes: tuple[tuple[Any, ...], ...]
    names: tuple[tuple[str, int], ...]
    durable: tuple[tuple[str, int], ...]
    journal: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    faults: tuple[tuple[Fault, int, int], ...]
    rest: tuple[int, int | None, int]


class _Change:
    """Names that were given or (None) taken in one step, and when."""

    __slots__ = ("directories", "names", "since_ms")

    def __init__(self, since_ms: int, names: dict[str, Inode | None]) -> None:
        self.since_ms = since_ms
        self.names = names
        self.directories = {directory_of(name) for name in names}

    def apply(self, table: dict[str, Inode]) -> None:
        for name, node in self.names.items():
            if node is None:
                table.pop(name, None)
            else:
                table[name] = node


class _Rule:
    """A fault, and how often it was looked at and has hit."""

    __slots__ = ("fault", "hits", "seen")

    def __init__(self, fault: Fault, seen: int = 0, hits: int = 0) -> None:
        self.fault = fault
        self.seen = seen
        self.hits = hits


def _error(error: int, name: str) -> OSError:
    return OSError(error, os.strerror(error), name)


def _numbered(names: Mapping[str, Inode | None]) -> tuple[tuple[str, int], ...]:
    return tuple((name, -1 if node is None else node.number) for name, node in names.items())
