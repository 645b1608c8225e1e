"""The real disk: what is in its directory, and that nothing else is."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.disk import Disk, append_all, exists, replace
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.persistence.store import RealDisk, opened


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[RealDisk]:
    """A disk that is an empty directory."""
    found = RealDisk(tmp_path)
    yield found
    found.close()


@pytest.fixture(params=["real", "simulated"])
def any_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    """Either kind: what is said of one is true of the other."""
    if request.param == "real":
        return RealDisk(tmp_path)
    return SimulatedDisk(VirtualClock(0))


def test_what_is_written_can_be_read_back_in_pieces(any_disk: Disk) -> None:
    file = any_disk.create("a")
    append_all(file, b"hello ")
    append_all(file, b"world")
    file.fsync()
    assert any_disk.read("a") == b"hello world"
    assert any_disk.read("a", 6) == b"world"
    assert any_disk.read("a", 2, 3) == b"llo"
    assert any_disk.read("a", 9, 100) == b"ld"
    assert any_disk.size("a") == file.size() == 11


def test_no_more_memory_is_asked_for_than_a_file_has_bytes(any_disk: Disk) -> None:
    append_all(any_disk.create("a"), b"hello")
    assert any_disk.read("a", 1, 10**18) == b"ello"
    assert any_disk.read("a", 9, 10**18) == b""


def test_going_on_with_a_file_and_beginning_anew(any_disk: Disk) -> None:
    append_all(any_disk.create("a"), b"one")
    append_all(any_disk.append_to("a"), b"two")
    assert any_disk.read("a") == b"onetwo"
    any_disk.append_to("a").truncate(4)
    append_all(any_disk.append_to("a"), b"!")
    assert any_disk.read("a") == b"onet!"
    any_disk.create("a")
    assert any_disk.read("a") == b""


def test_names_in_directories(any_disk: Disk) -> None:
    any_disk.make_directory("d")
    any_disk.make_directory("d")
    any_disk.create("d/b")
    any_disk.create("d/a")
    assert any_disk.names("d") == ["a", "b"]
    any_disk.rename("d/a", "c")
    any_disk.remove("d/b")
    any_disk.sync_directory("d")
    any_disk.sync_directory()
    assert (any_disk.names(), any_disk.names("d")) == (["c", "d"], [])


def test_replacing_a_file_leaves_nothing_beside_it(any_disk: Disk) -> None:
    replace(any_disk, "dump.rdb", b"old")
    replace(any_disk, "dump.rdb", b"new")
    assert any_disk.read("dump.rdb") == b"new"
    assert any_disk.names() == ["dump.rdb"]


@pytest.mark.parametrize("name", ["nothing", "no/where"])
def test_what_is_not_there_is_not_found(any_disk: Disk, name: str) -> None:
    for attempt in (any_disk.read, any_disk.size, any_disk.remove):
        with pytest.raises(FileNotFoundError):
            attempt(name)
    assert not exists(any_disk, name)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "a\0b", ".", "a//b"])
def test_no_name_leads_outside(any_disk: Disk, name: str) -> None:
    for attempt in (any_disk.create, any_disk.append_to, any_disk.read, any_disk.remove):
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
            attempt(name)


def test_a_background_fsync_ends_even_if_its_file_is_closed(disk: RealDisk) -> None:
    file = disk.create("a")
    append_all(file, b"x")
    fsync = file.begin_fsync()
    file.close()
    assert fsync.wait()
    assert fsync.finished()
    assert threading.active_count() == 1 or not any(
        thread.name == "fsync" for thread in threading.enumerate()
    )


def test_a_background_fsync_that_fails_says_so_each_time(
    disk: RealDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("redlearn.persistence.store._sync", fail)
    fsync = disk.create("a").begin_fsync()
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output error"):
            fsync.wait()


def test_files_are_their_owners(disk: RealDisk, tmp_path: Path) -> None:
    disk.create("a")
    disk.make_directory("d")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) & 0o077 == 0


def test_a_link_is_not_followed_be_it_a_file_or_a_directory(disk: RealDisk, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "secret").write_text("keep")
    (tmp_path / "file").symlink_to(outside / "secret")
    (tmp_path / "folder").symlink_to(outside)
    for name in ("file", "folder/secret"):
        for attempt in (disk.read, disk.create, disk.append_to, disk.size):
            with pytest.raises(OSError):
                attempt(name)
    with pytest.raises(OSError):
        disk.make_directory("folder")
    with pytest.raises(OSError):
        disk.rename("folder/secret", "mine")
    assert (outside / "secret").read_text() == "keep"


def test_the_directory_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    disk = RealDisk(tmp_path / "link")
    disk.create("a")
    assert (tmp_path / "real" / "a").exists()
    assert disk.folder == str((tmp_path / "real").resolve())


def test_a_pipe_is_no_file_and_stops_nobody(disk: RealDisk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for attempt in (disk.read, disk.append_to):
        with pytest.raises(OSError):
            attempt("pipe")


def test_a_directory_is_no_file(disk: RealDisk) -> None:
    disk.make_directory("d")
    for attempt in (disk.read, disk.create):
        with pytest.raises(IsADirectoryError):
            attempt("d")


def test_there_has_to_be_a_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RealDisk(tmp_path / "nothing")


def test_a_disk_that_is_full_takes_what_it_can(disk: RealDisk) -> None:
    """As on a full disk: write(2) takes a part, and then nothing. In a child, whose limit it is."""
    child = os.fork()
    if not child:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        file = disk.create("a")
        status = 1
        if file.append(b"x" * 80) == 80 and file.append(b"x" * 80) == 20:
            try:
                file.append(b"x")
            except OSError:
                status = 0
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert disk.size("a") == 100


def test_a_file_anywhere_is_read_by_any_link_to_it_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"data")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with opened(tmp_path / "link") as (read, size):
        assert (read(0, 100), read(1, 2), read(4, 1), size) == (b"data", b"at", b"", 4)
    for name in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="not a regular file"), opened(name):
            pass
    with pytest.raises(IsADirectoryError), opened(tmp_path):
        pass
