"""Looks an append-only log through without loading it, and can cut it to what is good.

    files of a manifest     each in turn; only the last one may be cut off, and be cut
    one file                of commands, or a snapshot with commands behind it

What is looked at is the framing: that each command is whole, transactions are closed, and a
snapshot has the checksum it should have. Whether the commands exist, and what they did, is not.

A file is cut at the end of the last command that is whole and in no open transaction, or, to
go back in time, before the first annotation of a later moment (`#TS:`).

Unlike Redis: a file called `.manifest` is looked through as one, however it begins.

Source: `redis-check-aof.c` checkSingleAof, checkMultiPartAof.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from redlearn.engine.payload import crc64
from redlearn.persistence import opcodes
from redlearn.persistence.aof_load import RDB_MAGICS
from redlearn.persistence.aof_read import BadFormat, Logged, Reader
from redlearn.persistence.disk import Disk
from redlearn.persistence.manifest import Kind, parse
from redlearn.persistence.rdb_pieces import in_pieces, summed
from redlearn.persistence.rdb_records import BadRdb, End
from redlearn.resp.text import printable

PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """What one file of a log is.

    Attributes:
        name: Its path on the disk.
        kind: "b", "h" or "i" in a manifest, "" of a file that stands alone.
        size: Its bytes.
        snapshot: How many of them are a snapshot at its beginning.
        commands: How many whole commands it has.
        whole: Up to where it is good.
        offset: Where it is bad, or -1; `reason` says why.
        last: It is the last file of its log, which may be cut.
        later: Where the first annotation stands of a moment that is too late, or -1.
    """

    name: str
    kind: Kind | None
    size: int
    snapshot: int = 0
    commands: int = 0
    whole: int = 0
    offset: int = -1
    reason: str = ""
    last: bool = True
    later: int = -1

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.reason

    @property
    def can_be_cut(self) -> bool:
        """Whether cutting it would make it good. A snapshot cannot be cut."""
        return self.last and not self.good and self.whole >= self.snapshot


def is_manifest(data: bytes) -> bool:
    """Whether a file is a manifest, by its first line that is no comment (fileIsManifest)."""
    lines = data[: 64 * 1024].split(b"\n")
    told = next((line for line in lines if not line.startswith(b"#")), b"")
    return told.startswith(b"file")


def _is_to_be_manifest(name: str, data: bytes) -> bool:
    """By its name too: one that is damaged would be taken for a log, and cut to nothing."""
    return is_manifest(data) or name.endswith(".manifest")


def check(disk: Disk, name: str, until_s: int | None = None) -> Iterator[Checked]:
    """Look a log through, file by file.

    Args:
        disk: Where it is.
        name: Its manifest, or its one file.
        until_s: Look for annotations of later moments, in seconds since 1970.

    Raises:
        ManifestError: The manifest is none.
        OSError: A file cannot be read, or one that the manifest names is missing.
    """
    beginning = disk.read(name, 0, 64 * 1024)
    if not _is_to_be_manifest(name, beginning):
        yield check_file(disk, name, None, until_s=until_s)
        return
    folder = name.rpartition("/")[0]
    parts = parse(disk.read(name)).parts
    for number, part in enumerate(parts, 1):
        path = f"{folder}/{part.name}".lstrip("/")
        yield check_file(disk, path, part.kind, last=number == len(parts), until_s=until_s)


def check_file(
    disk: Disk, name: str, kind: Kind | None, *, last: bool = True, until_s: int | None = None
) -> Checked:
    """Look one file through. O(its bytes). Raises OSError."""
    size = disk.size(name)
    try:
        snapshot = _whole_snapshot(disk, name)
    except BadRdb as error:
        return Checked(
            name, kind, size, size, offset=error.at, reason=f"in the snapshot: {error.reason}",
            last=last, whole=0,
        )  # fmt: skip
    reader, commands, later = Reader(snapshot), 0, -1
    offset, reason = -1, ""
    try:
        while data := disk.read(name, reader.size, max(PIECE, reader.wanted)):
            reader.feed(data)
            for logged in reader.commands():
                commands += bool(logged.argv)
                if later < 0 and logged.note and reader.whole == logged.end:
                    later = logged.start if _is_after(logged, until_s) else -1
    except BadFormat as error:
        offset, reason = error.offset, error.reason
    else:
        if reason := reader.tail():
            offset = reader.whole
    return Checked(name, kind, size, snapshot, commands, reader.whole, offset, reason, last, later)


def _is_after(logged: Logged, until_s: int | None) -> bool:
    stamp_s = logged.stamp_s
    return until_s is not None and stamp_s is not None and stamp_s > until_s


def _whole_snapshot(disk: Disk, name: str) -> int:
    """Where the snapshot ends that a file begins with; 0 if it begins with none. Raises BadRdb."""
    if not disk.read(name, 0, 6).startswith(RDB_MAGICS):
        return 0
    head = disk.read(name, 0, opcodes.MAGIC_SIZE)
    sum, kept, end = crc64(head), 0, 0
    for piece, record in in_pieces(partial(disk.read, name), disk.size(name)):
        end = piece.start + record.end
        sum = summed(piece, record, sum)
        if isinstance(record, End):
            kept = record.checksum
    if opcodes.version_of(head) >= opcodes.CHECKSUM_SINCE and kept not in (0, sum):
        reason = f"the checksum is {kept:016x}, and that of the bytes is {sum:016x}"
        raise BadRdb(end - opcodes.END_SIZE, reason)
    return end


def told(checked: Checked) -> list[str]:
    """What there is to say about a file, in lines."""
    kinds = {"b": "base", "i": "commands", "h": "history", None: "log"}
    parts = [f"{checked.snapshot} of a snapshot"] if checked.snapshot else []
    parts.append(f"{checked.commands} command{'s' * (checked.commands != 1)}")
    shown = printable(os.fsencode(checked.name))
    lines = [f"{shown}: {kinds[checked.kind]}, {checked.size} bytes, {', '.join(parts)}"]
    if checked.good:
        return [f"{lines[0]}: good"]
    lines.append(f"  0x{checked.offset:x}: {checked.reason}")
    if checked.can_be_cut:
        lost = checked.size - checked.whole
        lines.append(f"  good up to byte {checked.whole}; cutting it there takes {lost} bytes off")
    elif not checked.last:
        lines.append("  it is not the last file of the log, so nothing can be cut off")
    else:
        lines.append("  a snapshot cannot be cut; take a copy of it that is older")
    return lines


def cut(disk: Disk, name: str, size: int) -> None:
    """Cut a file, and make that safe. Raises OSError."""
    file = disk.append_to(name)
    try:
        file.truncate(size)
        file.fsync()
    finally:
        file.close()
