"""What the Files pane sees: the data directory, and how far the bytes of each file have come.

    buffer      commands that have run, and are not written yet: in the process itself
    written     in the file, as anybody who reads it sees it: in the cache of the system
    on its way  an fsync has begun, and will make them safe
    durable     on the disk: a power cut leaves them

The process can be killed and what is written stays; the power can be cut and what is durable
stays. All that is shown is read off the disk of the session.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from redlearn.persistence.disk import directory_of
from redlearn.persistence.manifest import Manifest, ManifestError, parse
from redlearn.persistence.simulated_disk import SimulatedDisk

MOST_FILES: Final = 200

KINDS: Final = {"b": "base", "i": "incr", "h": "history"}
MANIFEST: Final = ".manifest"
NO_MANIFEST: Final = Manifest()


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file.

    Attributes:
        name: With its directory.
        part: What it is: "base", "incr", "history" of the log, "manifest", "snapshot",
            "temporary", or "".
        written: Bytes in it.
        flying: Of these, on their way to the disk.
        durable: Of these, on the disk.
        buffered: Bytes that will be appended to it, and are still in the process.
        named: Whether its name is on the disk as well: if not, a power cut loses all of it.
    """

    name: str
    part: str
    written: int
    flying: int
    durable: int
    buffered: int
    named: bool

    @property
    def after_a_kill(self) -> int:
        """Bytes that are left if the process dies now."""
        return self.written

    @property
    def after_a_crash(self) -> int:
        """Bytes that are left if the power goes now."""
        return self.durable if self.named else 0


@dataclass(frozen=True, slots=True)
class Running:
    """A snapshot or a rewrite under way.

    Attributes:
        what: "snapshot" or "rewrite".
        done, total: Keys.
        copied: Keys that were changed meanwhile, and of which the old value was kept.
        memory: Bytes that these copies take.
    """

    what: str
    done: int
    total: int
    copied: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class FilesView:
    """The data directory.

    Attributes:
        policy: What `appendfsync` says, "" where no log is kept.
        rows: Every file, in the order of their names.
        first: Which of them a window begins with.
        running: What is under way.
        note: What went wrong last, or "".
        down: Why there is no process, or "": then nobody says whether a log is kept.
    """

    policy: str = ""
    rows: tuple[FileRow, ...] = ()
    first: int = 0
    running: Running | None = None
    note: str = ""
    down: str = ""


def look_at(
    disk: SimulatedDisk,
    manifest: Manifest,
    policy: str = "",
    buffered: int = 0,
    running: Running | None = None,
    note: str = "",
    first: int = 0,
    down: str = "",
) -> FilesView:
    """The files of `disk`. O(files + pages that are not on the platter).

    Args:
        manifest: Which of them make up the log, as the log itself has it in memory; while none
            is kept, as the disk has it.
        policy: What `appendfsync` says, "" where there is no log.
        buffered: Bytes that the log has not written yet: they go to its last file.
    """
    names = all_files(disk)[:MOST_FILES]
    unsafe = set(disk.pending_names())
    kinds = {part.name: KINDS[part.kind] for part in (*manifest.history, *manifest.parts)}
    last = manifest.incrs[-1].name if manifest.incrs else ""
    rows = []
    for name in names:
        levels = disk.levels(name)
        plain = name.rpartition("/")[2]
        rows.append(
            FileRow(
                name, _part(plain, kinds), levels.written, levels.flying, levels.durable,
                buffered if plain == last else 0,
                name not in unsafe and directory_of(name) not in unsafe,
            )
        )  # fmt: skip
    return FilesView(policy, tuple(rows), first, running, note, down)


def manifest_on(disk: SimulatedDisk) -> Manifest:
    """What the manifest on the disk names; nothing if there is none that can be read."""
    for name in all_files(disk):
        if name.endswith(MANIFEST) and not name.rpartition("/")[2].startswith("temp-"):
            with suppress(ManifestError):
                return parse(disk.read(name))
    return NO_MANIFEST


def all_files(disk: SimulatedDisk, directory: str = "") -> list[str]:
    """Every file, those of directories behind them. O(names)."""
    files: list[str] = []
    for name in disk.names(directory):
        path = f"{directory}/{name}" if directory else name
        try:
            disk.size(path)
        except IsADirectoryError:
            files += all_files(disk, path)
        else:
            files.append(path)
    return files


def _part(name: str, kinds: dict[str, str]) -> str:
    if name in kinds:
        return kinds[name]
    if name.startswith("temp-"):
        return "temporary"
    if name.endswith(MANIFEST):
        return "manifest"
    return "snapshot" if name.endswith(".rdb") else ""
