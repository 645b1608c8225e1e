"""Real data brought in: files of a server become the disk that a session begins with.

    dump.rdb              -> dump.rdb
    appendonly.aof        -> appendonlydir/appendonly.aof.1.incr.aof, and a manifest
    ... with a snapshot   -> appendonlydir/appendonly.aof.1.base.rdb as well: the same bytes, in two
    a manifest, or its    -> appendonlydir/ as it is: the manifest, and the files it names
      directory

A server's data directory is taken for what a server would load from it: its log, else its
snapshot. What a file is, its bytes say, whatever it is called. Nothing is ever written to where it
comes from.

Source: `server.c` loadDataFromDisk; `aof.c` loadAppendOnlyFiles.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redlearn.engine.config import PARAMETERS
from redlearn.engine.info import human
from redlearn.engine.parameter_kinds import BadSetting
from redlearn.persistence.aof_load import RDB_MAGICS
from redlearn.persistence.disk import Disk, setting_of
from redlearn.persistence.loading import CannotLoad
from redlearn.persistence.manifest import Manifest, ManifestError, Part, parse
from redlearn.persistence.rdb_records import BadRdb, end_of_snapshot
from redlearn.persistence.store import RealDisk
from redlearn.resp.text import printable
from redlearn.timeline.housed import Contents
from redlearn.timeline.session import Recipe, Session

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of all files together. Every step through time keeps the table of keys: beyond some hundreds of
thousands of keys a session is no pleasure, and `redlearn serve` is for such data."""

SNAPSHOT: Final = "dump.rdb"
FOLDER: Final = "appendonlydir"
LOG: Final = "appendonly.aof"
MANIFEST: Final = ".manifest"


class CannotBring(Exception):
    """Why files cannot be opened in a session, as a sentence, without control characters."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Files as a session's disk has them.

    Attributes:
        path: Where they come from, as it was given.
        shifts: Where in its original a file begins, if that is not at 0.
    """

    path: str
    contents: Contents
    shifts: dict[str, int] = field(default_factory=dict)


def open_brought(brought: Brought, start_ms: int, hear: Callable[[str], None]) -> Session:
    """A session over those files, with everything loaded. O(bytes).

    Args:
        hear: Told how it goes: each tenth of a large file, what was cut off, how many keys.

    Raises:
        CannotBring: They cannot be loaded.
    """
    try:
        return Session(Recipe(start_ms=start_ms, contents=brought.contents), hear)
    except CannotLoad as error:
        shift = brought.shifts.get(error.name, 0)
        where = f"at byte {error.offset + shift}: " if error.offset >= 0 else ""
        in_parts = len(brought.contents.files) > 2 and not brought.shifts
        part = f"{error.name}: " if in_parts and error.name else ""
        more = "; `redlearn check-rdb` tells more" if where and error.name == SNAPSHOT else ""
        raise CannotBring(_said(brought.path, f"{part}{where}{error.reason}{more}")) from None


def bring(path: Path) -> Brought:
    """Read what a path leads to. Nothing is written. O(bytes).

    Raises:
        CannotBring: There is nothing to load, or too much.
    """
    try:
        found = Path(os.path.realpath(path))  # of links in a circle `resolve` makes no OSError
        return _of_directory(found) if found.is_dir() else _of_file(found)
    except ManifestError as error:
        raise CannotBring(_said(str(path), f"the manifest: {error}")) from None
    except OSError as error:
        named = os.path.basename(str(error.filename or ""))
        part = f"{named}: " if named and named != path.name else ""
        raise CannotBring(_said(str(path), f"{part}{error.strerror or error}")) from None


def _said(path: str, reason: str) -> str:
    return printable(os.fsencode(f"{path}: {reason}"), 400)


# ------------------------------------------------------------------------------------- directories


def _of_directory(path: Path) -> Brought:
    disk = RealDisk(path)
    try:
        names = disk.names()
        manifests = [name for name in names if name.endswith(MANIFEST)]
        if len(manifests) > 1:
            raise CannotBring(_said(str(path), f"which log? There are {', '.join(manifests)}"))
        if manifests:
            return _of_parts(disk, str(path), manifests[0])
        if FOLDER in names and (path / FOLDER).is_dir():
            return _of_directory(path / FOLDER)
        if LOG in names or SNAPSHOT in names:
            return _of_file(path / (LOG if LOG in names else SNAPSHOT))
    finally:
        disk.close()
    nothing = f"no {SNAPSHOT}, no {LOG}, and no manifest of a log is in this directory"
    raise CannotBring(_said(str(path), nothing))


def _of_parts(disk: Disk, path: str, name: str) -> Brought:
    """A log of several files, by its manifest."""
    filename = name.removesuffix(MANIFEST)
    try:
        PARAMETERS["appendfilename"].read(setting_of(filename))
    except BadSetting as why:
        raise CannotBring(_said(path, f"what {name} is called after: {why}")) from None
    _refuse_if_large(path, disk.size(name))
    data = disk.read(name)
    manifest = parse(data)
    _refuse_if_large(path, sum(disk.size(part.name) for part in manifest.parts))
    files = {f"{FOLDER}/{name}": data}
    files |= {f"{FOLDER}/{part.name}": disk.read(part.name) for part in manifest.parts}
    return Brought(path, _logged(filename, files))


def _logged(filename: str, files: dict[str, bytes]) -> Contents:
    return Contents(files, {"appendonly": "yes", "appendfilename": setting_of(filename)})


# ------------------------------------------------------------------------------------------- files


def _of_file(path: Path) -> Brought:
    disk = RealDisk(path.parent)
    try:
        if path.name.endswith(MANIFEST):
            return _of_parts(disk, str(path), path.name)
        _refuse_if_large(str(path), disk.size(path.name))
        data = disk.read(path.name)
        return _of_bytes(str(path), data)
    finally:
        disk.close()


def _of_bytes(path: str, data: bytes) -> Brought:
    """A file of its own: what it is, its first bytes say."""
    if data.startswith(RDB_MAGICS):
        end = _end_of(data)
        if data[end : end + 1] not in (b"*", b"#"):
            return Brought(path, Contents({SNAPSHOT: data}))
        base = Part(f"{LOG}.1.base.rdb", 1, "b")
        return _one_log(path, data[end:], base, data[:end])
    if data.startswith((b"*", b"#")):
        return _one_log(path, data)
    reason = "it is empty" if not data else "at byte 0: neither a snapshot nor a log begins so"
    raise CannotBring(_said(path, reason))


def _end_of(data: bytes) -> int:
    """Where a snapshot ends; at the end of the file if it is damaged, which loading it tells."""
    try:
        return end_of_snapshot(data).end
    except BadRdb:
        return len(data)


def _one_log(path: str, commands: bytes, base: Part | None = None, begins: bytes = b"") -> Brought:
    incr = Part(f"{LOG}.1.incr.aof", 1, "i")
    manifest = Manifest(base, incrs=(incr,))
    files = {f"{FOLDER}/{LOG}{MANIFEST}": manifest.encode()}
    if base is not None:
        files[f"{FOLDER}/{base.name}"] = begins
    files[f"{FOLDER}/{incr.name}"] = commands
    return Brought(path, _logged(LOG, files), {incr.name: len(begins)})


def _refuse_if_large(path: str, size: int) -> None:
    if size > MOST_BYTES:
        most = human(MOST_BYTES)
        told = f"{human(size)} are too much for a session, which takes {most}: redlearn serve"
        raise CannotBring(_said(path, f"{told} --dir takes more"))
