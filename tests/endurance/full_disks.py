"""Disks that are full: what is refused, what was promised, and what happens once there is room.

The disk is a limit on how large files of the server may grow, which the system enforces as it
does a full disk: a write takes what there is room for, and the next one fails. Where this test may
mount one, it is a file system in memory of 256 KiB.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tests.endurance.durable import Running, Writer, server
from tests.oracle.servers import Connection

ROOM = 256 * 1024
FILLER = b"x" * 1000
NO_SPACE = ("No space left on device", "File too large")
REFUSED = "MISCONF Errors writing to the AOF file: "


class Disk:
    """A place with little room.

    Attributes:
        folder: Where it is.
        before: What a server's process does first.
    """

    def __init__(self, folder: Path, mounts: bool) -> None:
        self.folder = folder
        self._mounts = mounts
        self.before: Callable[[], None] | None = None if mounts else partial(_limit, 0, ROOM)

    def make_room(self, running: Running) -> None:
        """Let there be as much as anybody wants."""
        if self._mounts:
            _mount(self.folder, "remount,size=64m")
        else:
            _limit(running.process.pid, resource.RLIM_INFINITY)


@contextmanager
def small_disk(folder: Path, *, mounts: bool) -> Iterator[Disk]:
    """A disk of 256 KiB. `mounts`: a real one, for which one has to be root."""
    folder.mkdir(parents=True)
    if mounts:
        _mount(folder, f"size={ROOM}")
    try:
        yield Disk(folder, mounts)
    finally:
        if mounts:
            subprocess.run(["umount", str(folder)], check=True)


def may_mount() -> bool:
    """Whether this process may mount a file system."""
    return os.geteuid() == 0 and subprocess.run(["mountpoint", "-q", "/proc"]).returncode == 0


def _mount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def _limit(pid: int, size: int) -> None:
    """How large files of a process may grow; may be raised again."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Filler(Writer):
    """A writer whose values take room."""

    def round(self, number: int) -> list[list[bytes]]:
        return [*super().round(number), [b"SET", self.name + b":filler", FILLER]]


def filled_up(folder: Path, *, mounts: bool) -> str:
    """Write under everysec until it is refused; what is wrong with how it went, or ""."""
    words = ("--appendonly", "yes", "--save", "")
    writer = Filler(b"c0")
    with small_disk(folder, mounts=mounts) as disk:
        with (
            server(folder, *words, before=disk.before, warm=True) as running,
            running.connect() as client,
        ):
            writer.write(running.port)
            if not writer.refused.startswith(REFUSED):
                return f"refused with {writer.refused!r}"
            if writer.refused.removeprefix(REFUSED) not in NO_SPACE:
                return f"refused because of {writer.refused!r}"
            if client.run(b"GET", b"c0:filler") is None:
                return "what is there cannot be read"
            if not isinstance(client.run(b"SET", b"k", b"v"), Exception):
                return "a write was not refused"
            disk.make_room(running)
            if not _is_well_again(running):
                return "it is not well again though there is room"
            client.run(b"SET", b"k", b"v")
            running.kill()
        with server(folder, *words, warm=True) as running, running.connect() as client:
            if client.run(b"GET", b"k") != b"v":
                return "what came afterwards is lost"
            return writer.lost(client)


def killed_when_full(folder: Path, *, mounts: bool) -> str:
    """Write under everysec until it is refused, kill the server; what is wrong, or ""."""
    words = ("--appendonly", "yes", "--save", "")
    writer = Filler(b"c0")
    with small_disk(folder, mounts=mounts) as disk:
        with server(folder, *words, before=disk.before, warm=True) as running:
            writer.write(running.port)
            running.kill()
            disk.make_room(running) if mounts else None
        with server(folder, *words, warm=True) as running, running.connect() as client:
            return writer.lost(client)


def full_under_always(folder: Path, *, mounts: bool) -> str:
    """Write under always until the server ends; what is wrong with that, or ""."""
    words = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
    writer = Filler(b"c0")
    with small_disk(folder, mounts=mounts) as disk:
        with server(folder, *words, before=disk.before, warm=True) as running:
            writer.write(running.port)
            status = running.process.wait(10)
            if status != 1 or "Can't recover from AOF write error" not in running.said:
                return f"it ended with {status}: {running.said}"
            disk.make_room(running) if mounts else None
        with server(folder, *words, warm=True) as running, running.connect() as client:
            return writer.lost(client)


def snapshot_on_full_disk(folder: Path, *, mounts: bool) -> str:
    """Let a BGSAVE fail; what is wrong with how that goes, or ""."""
    with (
        small_disk(folder, mounts=mounts) as disk,
        server(folder, "--save", "3600 1", before=disk.before, warm=True) as running,
        running.connect() as client,
    ):
        client.run(b"SET", b"small", b"v")
        assert client.run(b"SAVE") == b"OK"
        old = (folder / "dump.rdb").read_bytes()
        client.run(b"CONFIG", b"SET", b"rdbcompression", b"no")
        client.run(b"SET", b"large", b"x" * 2 * ROOM)
        _save(client)
        refused = str(client.run(b"SET", b"k", b"v"))
        if not refused.startswith("MISCONF Redis is configured to save RDB snapshots"):
            return f"refused with {refused!r}"
        if client.run(b"GET", b"small") != b"v":
            return "what is there cannot be read"
        if os.listdir(folder) != ["dump.rdb"] or (folder / "dump.rdb").read_bytes() != old:
            return f"the old file is not as it was: {os.listdir(folder)}"
        disk.make_room(running)
        _save(client)
        return "" if client.run(b"SET", b"k", b"v") == b"OK" else "it is not well again"


def _save(client: Connection) -> None:
    """A BGSAVE, to its end."""
    client.run(b"BGSAVE")
    while b"rdb_bgsave_in_progress:1" in client.run(b"INFO", b"persistence"):
        pass


def _is_well_again(running: Running) -> bool:
    """Whether writes are taken again, within some beats of its timer."""
    deadline = time.monotonic() + 10
    with running.connect() as client:
        while time.monotonic() < deadline:
            with suppress(OSError):
                if client.run(b"SET", b"well", b"1") == b"OK":
                    return True
            time.sleep(0.02)
    return False
