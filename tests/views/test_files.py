"""The data directory as it is: how far each byte has come, and what would be left of it."""

from __future__ import annotations

from redlearn.clock import VirtualClock
from redlearn.persistence.manifest import Manifest
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.views.files import NO_MANIFEST, FileRow, FilesView, look_at, manifest_on

LOG = "appendonlydir/appendonly.aof.1.incr.aof"


class Room:
    """A disk with a log on it, and the clock it runs by."""

    def __init__(self, fsync_ms: int = 0) -> None:
        self.clock = VirtualClock(1_000)
        self.disk = SimulatedDisk(self.clock, fsync_ms=fsync_ms)
        self.disk.make_directory("appendonlydir")
        self.log = self.disk.create(LOG)
        self.manifest = Manifest().with_incr("appendonly.aof")

    def look(self, buffered: int = 0) -> FilesView:
        return look_at(self.disk, self.manifest, "everysec", buffered)

    def row(self, buffered: int = 0) -> FileRow:
        (row,) = (row for row in self.look(buffered).rows if row.name == LOG)
        return row

    def name_it(self) -> None:
        self.disk.sync_directory("")
        self.disk.sync_directory("appendonlydir")


def test_what_is_written_is_in_the_cache_until_it_is_made_safe() -> None:
    room = Room()
    room.log.append(b"x" * 100)
    assert (room.row().written, room.row().durable) == (100, 0)
    room.log.fsync()
    assert (room.row().written, room.row().durable) == (100, 100)


def test_the_line_moves_as_far_as_the_disk_says() -> None:
    room = Room()
    room.log.append(b"x" * 5_000)
    room.log.fsync()
    room.log.append(b"y" * 5_000)
    row = room.row()
    assert row.written == 10_000
    assert row.durable == room.disk.levels(LOG).durable < 10_000


def test_an_fsync_in_the_background_is_on_its_way_until_it_is_over() -> None:
    room = Room(fsync_ms=50)
    room.log.append(b"x" * 100)
    fsync = room.log.begin_fsync()
    assert (room.row().flying, room.row().durable) == (100, 0)
    room.clock.ms += 60
    assert fsync.finished()
    assert (room.row().flying, room.row().durable) == (100, 100)


def test_a_file_whose_name_is_not_safe_is_lost_as_a_whole() -> None:
    room = Room()
    room.log.append(b"x" * 100)
    room.log.fsync()
    assert not room.row().named
    assert room.row().after_a_crash == 0
    assert room.row().after_a_kill == 100
    room.name_it()
    assert room.row().after_a_crash == 100


def test_what_it_promises_is_what_a_crash_leaves() -> None:
    room = Room()
    room.name_it()
    room.log.append(b"x" * 70)
    room.log.fsync()
    room.log.append(b"y" * 30)
    promised = room.row().after_a_crash
    room.disk.crash()
    assert len(room.disk.read(LOG)) == promised == 70


def test_what_it_promises_is_what_a_kill_leaves() -> None:
    room = Room()
    room.log.append(b"x" * 70)
    promised = room.row(buffered=25).after_a_kill
    room.disk.kill()
    assert len(room.disk.read(LOG)) == promised == 70


def test_bytes_still_in_the_process_belong_to_the_file_that_is_appended_to() -> None:
    room = Room()
    room.disk.create("dump.rdb").append(b"REDIS")
    rows = room.look(buffered=25).rows
    assert [(row.name, row.buffered) for row in rows] == [(LOG, 25), ("dump.rdb", 0)]


def test_each_file_is_called_what_the_manifest_says() -> None:
    room = Room()
    manifest = room.manifest.with_base("appendonly.aof", "rdb").with_incr("appendonly.aof")
    manifest = manifest.rewritten(1)
    names = ["appendonly.aof.1.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"]
    for name in [*names, "temp-rewriteaof-1.aof", "stray"]:
        room.disk.create(f"appendonlydir/{name}")
    room.disk.create("dump.rdb")
    parts = {row.name.rpartition("/")[2]: row.part for row in look_at(room.disk, manifest).rows}
    assert parts == {
        "appendonly.aof.1.base.rdb": "base",
        "appendonly.aof.1.incr.aof": "history",
        "appendonly.aof.2.incr.aof": "incr",
        "appendonly.aof.manifest": "manifest",
        "temp-rewriteaof-1.aof": "temporary",
        "stray": "",
        "dump.rdb": "snapshot",
    }


def test_a_manifest_is_found_on_the_disk_unless_it_cannot_be_read() -> None:
    room = Room()
    assert manifest_on(room.disk) == NO_MANIFEST
    named = room.manifest.with_base("appendonly.aof", "rdb")
    room.disk.create("appendonlydir/temp-appendonly.aof.manifest").append(b"half of")
    room.disk.create("appendonlydir/appendonly.aof.manifest").append(named.encode())
    assert manifest_on(room.disk) == named
    room.disk.create("appendonlydir/appendonly.aof.manifest").append(b"what is this")
    assert manifest_on(room.disk) == NO_MANIFEST


def test_looking_changes_nothing() -> None:
    room = Room(fsync_ms=50)
    room.log.append(b"x" * 100)
    room.log.begin_fsync()
    before = room.disk.freeze()
    room.look()
    assert room.disk.freeze() == before


def test_an_empty_directory_has_no_rows() -> None:
    assert look_at(SimulatedDisk(VirtualClock(0)), Manifest()).rows == ()
