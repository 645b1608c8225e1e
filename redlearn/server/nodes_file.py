"""The file nodes.conf on the disk: one process has it, and a new text is there whole or not at all.

Two nodes with one file would both believe to be the node that it tells of. So who opens it locks
it until its process ends; a real redis-server or valkey-server does the same, and each keeps the
others out. A new text is written beside the old one, locked, and put into its place, so that
there is no moment without a lock, and none with half a text.

Source: `cluster_legacy.c` clusterLockConfig, clusterSaveConfig.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class NodesFileTaken(Exception):
    """Another process has it."""


class NodesFile:
    """A file that is locked for as long as this object is open."""

    def __init__(self, path: Path) -> None:
        """Open and lock a file, which is made empty if there is none.

        Raises:
            NodesFileTaken: Another process has locked it.
            OSError: It cannot be opened.
        """
        self.path = path
        self._held = _locked(path, os.O_RDWR | os.O_CREAT)
        if os.fstat(self._held).st_ino != path.stat().st_ino:  # replaced before it was locked
            os.close(self._held)
            raise NodesFileTaken

    def read(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()

    def write(self, text: bytes, *, fsync: bool) -> None:
        """Put another text into its place.

        Args:
            fsync: It is on the disk itself when this returns.

        Raises:
            OSError: The disk does not take it; the old text stays.
        """
        beside = self.path.with_name(f"{self.path.name}.tmp-{os.getpid()}")
        fresh = _locked(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            view = memoryview(text)
            while view:
                view = view[os.write(fresh, view) :]
            if fsync:
                os.fsync(fresh)
            os.replace(beside, self.path)
            if fsync:
                _sync_folder(self.path.parent)
        except OSError:
            os.close(fresh)
            beside.unlink(missing_ok=True)
            raise
        os.close(self._held)
        self._held = fresh

    def close(self) -> None:
        """Let others have it."""
        os.close(self._held)


def _locked(path: Path, flags: int) -> int:
    """A file, open and locked; O_CLOEXEC, so that no child of ours holds the lock."""
    opened = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        raise NodesFileTaken from None
    except OSError:
        os.close(opened)
        raise
    return opened


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
