"""The files of the append-only log: where they are, and how one set of them follows another.

    appendonlydir/appendonly.aof.manifest          which of these count
    appendonlydir/appendonly.aof.1.base.rdb
    appendonlydir/appendonly.aof.1.incr.aof
    temp-rewriteaof-bg.aof                         a base that is being written

The manifest is what makes a file part of the log, and it is replaced in one step (`replace`).
So a file is made first and named in the manifest then; and it is taken out of the manifest's
files to load first, and removed then. At whatever step the power goes, the manifest that is
there names files that are all there.

Source: `aof.c` writeAofManifestFile, aofUpgradePrepare, aofDelHistoryFiles.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Final, Literal

from redlearn.persistence.disk import Disk, exists, make_safe, replace
from redlearn.persistence.manifest import Manifest, parse, upgraded

MIB: Final = 1024 * 1024
Policy = Literal["always", "everysec", "no"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the configuration says of the log, by the parameters' names.

    Attributes:
        postpones: Under everysec, wait with a write while an fsync runs, up to two seconds, as
            on many file systems it would wait anyway.
    """

    appendfilename: str = "appendonly.aof"
    appenddirname: str = "appendonlydir"
    appendfsync: Policy = "everysec"
    no_appendfsync_on_rewrite: bool = False
    aof_load_truncated: bool = True
    aof_timestamp_enabled: bool = False
    aof_use_rdb_preamble: bool = True
    aof_rewrite_incremental_fsync: bool = True
    aof_disable_auto_gc: bool = False
    auto_aof_rewrite_percentage: int = 100
    auto_aof_rewrite_min_size: int = 64 * MIB
    postpones: bool = True


class AofFiles:
    """Names and moves of the log's files on a disk.

    Attributes:
        options: Only the names count here.
    """

    __slots__ = ("disk", "options")

    def __init__(self, disk: Disk, options: Options) -> None:
        self.disk = disk
        self.options = options

    @property
    def temp_base(self) -> str:
        """Where a rewrite writes the base, until it is whole."""
        return "temp-rewriteaof-bg.aof"

    @property
    def temp_incr(self) -> str:
        """Where changes go while the log's very first base is written."""
        return self.path(f"temp-{self.options.appendfilename}.incr")

    @property
    def manifest_path(self) -> str:
        return self.path(f"{self.options.appendfilename}.manifest")

    def path(self, name: str) -> str:
        """A file of the log, by its name in the manifest."""
        return f"{self.options.appenddirname}/{name}"

    def make_directory(self) -> None:
        """Make the log's directory, if it is not there, and its name safe. Raises OSError."""
        self.disk.make_directory(self.options.appenddirname)
        self.disk.sync_directory()

    def read_manifest(self) -> Manifest:
        """The manifest, an empty one if there is none. Raises ManifestError, OSError."""
        try:
            return parse(self.disk.read(self.manifest_path))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            return Manifest()

    def write_manifest(self, manifest: Manifest) -> None:
        """Put another manifest in place. Raises OSError; the old one is in place then."""
        replace(self.disk, self.manifest_path, manifest.encode())

    def upgrade(self, manifest: Manifest) -> Manifest:
        """Move a log of one file, as servers before 7.0 wrote it, into the directory as base.

        A base is safe, so the file is made so. The manifest is written first. If the power goes
        before the file is moved, the next start finds a manifest with nothing but that base, which
        is not there, and goes on.
        """
        name = self.options.appendfilename
        if not exists(self.disk, name) or not self._is_to_be_upgraded(manifest):
            return manifest
        make_safe(self.disk, name)
        self.make_directory()
        found = upgraded(name)
        self.write_manifest(found)
        self.disk.rename(name, self.path(name))
        self.disk.sync_directory()
        self.disk.sync_directory(self.options.appenddirname)
        return found

    def _is_to_be_upgraded(self, manifest: Manifest) -> bool:
        """Whether there is no newer log, or one whose move was not finished."""
        if not manifest.parts:
            return True
        name = self.options.appendfilename
        begun = manifest.base is not None and not manifest.incrs and manifest.base.name == name
        return begun and not exists(self.disk, self.path(name))

    def remove_history(self, manifest: Manifest) -> Manifest:
        """Remove the files that are not needed any more, then forget them. Raises OSError."""
        if not manifest.history or self.options.aof_disable_auto_gc:
            return manifest
        for part in manifest.history:
            self.remove(self.path(part.name))
        cleaned = manifest.without_history()
        self.write_manifest(cleaned)
        return cleaned

    def remove(self, name: str) -> None:
        """Remove a file, if it is there and the disk lets us; nothing depends on it."""
        try:
            self.disk.remove(name)
        except OSError:
            pass

    def total_size(self, manifest: Manifest) -> int:
        """Bytes of all files to load. Raises FileNotFoundError if one is missing."""
        return sum(self.disk.size(self.path(part.name)) for part in manifest.parts)
