"""Where the log's files are, and how they follow one another."""

from __future__ import annotations

import errno

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.aof_files import AofFiles, Options
from redlearn.persistence.disk import append_all, exists
from redlearn.persistence.manifest import Manifest, ManifestError
from redlearn.persistence.simulated_disk import DiskDid, Fault, SimulatedDisk
from redlearn.probe import Event, Probe

OLD = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"


class PowerCutError(Exception):
    """The power goes."""


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk(VirtualClock())


@pytest.fixture
def files(disk: SimulatedDisk) -> AofFiles:
    return AofFiles(disk, Options())


def put(disk: SimulatedDisk, name: str, data: bytes = b"x") -> None:
    file = disk.create(name)
    append_all(file, data)
    file.fsync()
    disk.sync_directory(name.rpartition("/")[0])


def test_names_are_those_that_redis_gives(files: AofFiles) -> None:
    assert files.manifest_path == "appendonlydir/appendonly.aof.manifest"
    assert files.temp_incr == "appendonlydir/temp-appendonly.aof.incr"
    assert files.path("appendonly.aof.1.base.rdb") == "appendonlydir/appendonly.aof.1.base.rdb"


def test_names_follow_the_configuration(disk: SimulatedDisk) -> None:
    files = AofFiles(disk, Options(appendfilename="log", appenddirname="logs"))
    assert files.manifest_path == "logs/log.manifest"


def test_without_a_directory_or_a_manifest_there_is_no_log(files: AofFiles) -> None:
    assert files.read_manifest() == Manifest()
    files.make_directory()
    assert files.read_manifest() == Manifest()


def test_a_manifest_that_cannot_be_read_is_no_missing_one(
    disk: SimulatedDisk, files: AofFiles
) -> None:
    files.make_directory()
    files.write_manifest(Manifest().with_incr("a"))
    disk.fail(Fault("read", errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        files.read_manifest()
    disk.mend()
    put(disk, files.manifest_path, b"")
    with pytest.raises(ManifestError):
        files.read_manifest()


def test_a_manifest_that_was_written_survives(disk: SimulatedDisk, files: AofFiles) -> None:
    files.make_directory()
    manifest = Manifest().with_base("a", "rdb").with_incr("a")
    files.write_manifest(manifest)
    disk.crash()
    assert files.read_manifest() == manifest


@pytest.mark.parametrize("fault", ["create", "write", "fsync", "rename"])
def test_one_that_cannot_be_written_leaves_the_old_one(
    disk: SimulatedDisk, files: AofFiles, fault: str
) -> None:
    files.make_directory()
    old = Manifest().with_incr("a")
    files.write_manifest(old)
    disk.fail(Fault(fault, errno.EIO))  # type: ignore[arg-type]
    with pytest.raises(OSError):
        files.write_manifest(old.with_incr("a"))
    assert files.read_manifest() == old


def test_history_is_removed_and_then_forgotten(disk: SimulatedDisk, files: AofFiles) -> None:
    files.make_directory()
    manifest = Manifest().with_incr("a").with_incr("a").rewritten(keep=1)
    for name in ("a.1.incr.aof", "a.2.incr.aof"):
        put(disk, files.path(name))
    assert files.remove_history(manifest) == manifest.without_history()
    assert not exists(disk, files.path("a.1.incr.aof"))
    assert exists(disk, files.path("a.2.incr.aof"))
    assert files.read_manifest().history == ()


def test_history_that_is_gone_already_is_no_trouble(files: AofFiles) -> None:
    files.make_directory()
    manifest = Manifest().with_incr("a").rewritten(keep=0)
    assert files.remove_history(manifest).history == ()


def test_history_is_kept_if_that_is_wanted(disk: SimulatedDisk) -> None:
    files = AofFiles(disk, Options(aof_disable_auto_gc=True))
    manifest = Manifest().with_incr("a").rewritten(keep=0)
    assert files.remove_history(manifest) is manifest


def test_the_size_of_the_log_is_that_of_the_files_to_load(
    disk: SimulatedDisk, files: AofFiles
) -> None:
    files.make_directory()
    manifest = Manifest().with_base("a", "rdb").with_incr("a")
    put(disk, files.path("a.1.base.rdb"), b"12345")
    with pytest.raises(FileNotFoundError):
        files.total_size(manifest)
    put(disk, files.path("a.1.incr.aof"), b"123")
    assert files.total_size(manifest) == 8


# A log of one file, as servers before 7.0 wrote it.


def test_a_log_of_one_file_moves_into_the_directory(disk: SimulatedDisk, files: AofFiles) -> None:
    put(disk, "appendonly.aof", OLD)
    manifest = files.upgrade(files.read_manifest())
    assert [part.name for part in manifest.parts] == ["appendonly.aof"]
    disk.crash()
    assert files.read_manifest() == manifest
    assert disk.names() == ["appendonlydir"]
    assert disk.read("appendonlydir/appendonly.aof") == OLD


def test_it_is_safe_then_though_a_killed_server_had_only_written_it(
    disk: SimulatedDisk, files: AofFiles
) -> None:
    append_all(disk.create("appendonly.aof"), OLD)
    files.upgrade(files.read_manifest())
    disk.kill()
    disk.crash()
    assert disk.read("appendonlydir/appendonly.aof") == OLD


def test_beside_a_newer_log_it_stays_where_it_is(disk: SimulatedDisk, files: AofFiles) -> None:
    put(disk, "appendonly.aof", OLD)
    manifest = Manifest().with_base("appendonly.aof", "rdb")
    assert files.upgrade(manifest) is manifest
    assert disk.names() == ["appendonly.aof"]


def test_whenever_the_power_goes_the_next_start_finishes_the_move() -> None:
    for steps in range(20):
        clock, done = VirtualClock(), [0]

        def count(event: Event, steps: int = steps, done: list[int] = done) -> None:
            assert isinstance(event, DiskDid)
            done[0] += event.operation != "read"
            if done[0] > steps:
                raise PowerCutError

        disk = SimulatedDisk(clock)
        put(disk, "appendonly.aof", OLD)
        probed = SimulatedDisk(clock, probe=Probe(count))
        probed.thaw(disk.freeze())
        files = AofFiles(probed, Options())
        try:
            files.upgrade(files.read_manifest())
            finished = True
        except PowerCutError:
            finished = False
        probed.crash()
        disk.thaw(probed.freeze())
        files = AofFiles(disk, Options())
        manifest = files.upgrade(files.read_manifest())
        assert [part.name for part in manifest.parts] == ["appendonly.aof"], steps
        assert disk.read("appendonlydir/appendonly.aof") == OLD
        if finished:
            assert steps > 8
            return
    raise AssertionError("it never ends")
