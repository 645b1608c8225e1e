"""Loads the append-only log: the manifest, the base, and the commands since then.

The last file may be cut off, as a crash leaves it: what is whole of it is loaded, and the file
is cut to that, so that what is appended next begins at a good place (`aof-load-truncated`).
Anything else that is wrong ends it: a part that is missing, a file cut off that is not the
last one, something that is no command. Nothing on the disk is touched then.

Unlike Redis: a transaction that is cut off in the midst of a command is cut off as a whole. There
MULTI stays in the file, and all that is appended behind it is lost at the start after the next.

It is a generator that yields now and then, for whoever has others to answer meanwhile.

Source: `aof.c` loadAppendOnlyFiles, loadSingleAppendOnlyFile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from redlearn.persistence.aof_files import AofFiles
from redlearn.persistence.aof_read import BadFormat, Reader
from redlearn.persistence.manifest import Manifest, ManifestError, Part
from redlearn.persistence.rdb_records import BadRdb
from redlearn.persistence.replay import UnknownCommand

PIECE: Final = 64 * 1024
RDB_MAGICS: Final = (b"REDIS", b"VALKEY")

Progress = Generator[tuple[int, int], None, "Loaded"]
"""Yields (bytes loaded, bytes in all) now and then."""
LoadRdb = Callable[[bytes], Generator[int, None, int]]
"""Loads a snapshot; yields how far it has come in the bytes, returns where the snapshot ends."""


class AofError(ValueError):
    """A log that cannot be loaded.

    Attributes:
        name: Of the file that is to blame.
        offset: Where in it, or -1.
        reason: What is wrong with it.
    """

    def __init__(self, name: str, reason: str, offset: int = -1) -> None:
        where = f" at offset {offset}" if offset >= 0 else ""
        super().__init__(f"{name}{where}: {reason}")
        self.name = name
        self.offset = offset
        self.reason = reason


@dataclass(slots=True)
class Loaded:
    """What loading came to.

    Attributes:
        manifest: Of the log; one without parts if there is no log.
        size: Bytes of all files.
        base_size: Bytes of the base.
        commands: How many commands ran.
        cut: The file that was cut off, where it was cut to, and how many bytes that took; or None.
        warnings: What somebody should be told.
    """

    manifest: Manifest
    size: int = 0
    base_size: int = 0
    commands: int = 0
    cut: tuple[str, int, int] | None = None
    warnings: list[str] = field(default_factory=list)


class Loading:
    """One run over the log's files.

    Attributes:
        loaded: What it has come to so far.
    """

    __slots__ = ("_apply", "_at", "_files", "_load_rdb", "_past", "_total", "loaded")

    def __init__(
        self, files: AofFiles, apply: Callable[[list[bytes]], None], load_rdb: LoadRdb
    ) -> None:
        """Args:
        files: Where the log is.
        apply: Runs a command (`replay.py`).
        load_rdb: Loads a base that is a snapshot.
        """
        self._files = files
        self._apply = apply
        self._load_rdb = load_rdb
        self._past = 0  # bytes of the files before
        self._at = 0  # where the command begins that is run, in its file
        self._total = 0
        self.loaded = Loaded(Manifest())

    def run(self) -> Progress:
        """Load it all. Raises AofError, ManifestError, OSError."""
        files, loaded = self._files, self.loaded
        try:
            manifest = files.upgrade(files.read_manifest())
        except ManifestError as error:
            raise AofError(files.manifest_path, str(error)) from error
        loaded.manifest = manifest
        sizes = [self._size(part) for part in manifest.parts]
        self._total = loaded.size = sum(sizes)
        if manifest.base is not None:
            loaded.base_size = sizes[0]
        for number, part in enumerate(manifest.parts, 1):
            yield from self._load(part, last=number == len(sizes))
            self._past += sizes[number - 1]
        return loaded

    def _size(self, part: Part) -> int:
        try:
            return self._files.disk.size(self._files.path(part.name))
        except FileNotFoundError:
            raise AofError(part.name, "the manifest names it, and it is not there") from None

    def _load(self, part: Part, *, last: bool) -> Generator[tuple[int, int], None, None]:
        path = self._files.path(part.name)
        start = 0
        if self._files.disk.read(path, 0, 6).startswith(RDB_MAGICS):
            start = yield from self._load_snapshot(part, self._files.disk.read(path))
        reader = Reader(start)
        try:
            yield from self._run_commands(path, reader)
        except BadFormat as error:
            reason = f"{error.reason}; `redlearn check-aof` tells more"
            raise AofError(part.name, reason, error.offset) from error
        except UnknownCommand as error:
            raise AofError(part.name, str(error), self._at) from error
        if tail := reader.tail():
            self._cut(part, reader, tail, last=last)

    def _load_snapshot(self, part: Part, data: bytes) -> Generator[tuple[int, int], None, int]:
        steps = self._load_rdb(data)
        while True:
            try:
                done = next(steps)
            except StopIteration as over:
                return int(over.value)
            except BadRdb as error:
                raise AofError(part.name, error.reason, error.at) from error
            yield self._past + done, self._total

    def _run_commands(self, path: str, reader: Reader) -> Generator[tuple[int, int], None, None]:
        disk, apply = self._files.disk, self._apply
        while data := disk.read(path, reader.size, max(PIECE, reader.wanted)):
            reader.feed(data)
            for self._at, _, argv, _ in reader.commands():
                if argv:
                    apply(argv)
                    self.loaded.commands += 1
            yield self._past + reader.size, self._total

    def _cut(self, part: Part, reader: Reader, tail: str, *, last: bool) -> None:
        """Cut the file to what is whole, or refuse it."""
        if not last:
            raise AofError(part.name, f"cut off, and not the last file: {tail}", reader.whole)
        if not self._files.options.aof_load_truncated:
            reason = f"{tail}; aof-load-truncated would load what is before it"
            raise AofError(part.name, reason, reader.whole)
        file = self._files.disk.append_to(self._files.path(part.name))
        try:
            file.truncate(reader.whole)
            file.fsync()  # else it may be torn again, and no more the last: that is refused
        finally:
            file.close()
        lost = reader.size - reader.whole
        self.loaded.cut = (part.name, reader.whole, lost)
        self.loaded.size -= lost
        if part.kind == "b":
            self.loaded.base_size -= lost
        self.loaded.warnings.append(
            f"{part.name} was cut to {reader.whole} bytes, {lost} less: {tail}"
        )
