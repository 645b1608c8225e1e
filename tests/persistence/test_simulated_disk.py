"""A disk of which everything is known: what the cache has, what a power cut leaves, what fails."""

from __future__ import annotations

import errno

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.inode import DIRTY_EXPIRES_MS, Levels
from redlearn.persistence.simulated_disk import DiskDid, Fault, Operation, SimulatedDisk
from redlearn.probe import Event, Probe


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_000)


@pytest.fixture
def disk(clock: VirtualClock) -> SimulatedDisk:
    return SimulatedDisk(clock, fsync_ms=20)


def safe_file(disk: SimulatedDisk, name: str, data: bytes) -> None:
    file = disk.create(name)
    file.append(data)
    file.fsync()
    file.close()
    disk.sync_directory(name.rpartition("/")[0])


# Files and names.


def test_a_file_has_what_was_appended(disk: SimulatedDisk) -> None:
    file = disk.create("a")
    assert file.append(b"hello") == 5
    assert disk.append_to("a").append(b" you") == 4
    assert (disk.read("a"), disk.read("a", 6), disk.read("a", 1, 3)) == (
        b"hello you",
        b"you",
        b"ell",
    )
    assert file.size() == disk.size("a") == 9


def test_create_empties_a_file_that_is_there(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"old")
    disk.create("a")
    assert disk.size("a") == 0


def test_a_file_that_is_renamed_stays_the_same_open_file(disk: SimulatedDisk) -> None:
    file = disk.create("temp-a")
    disk.rename("temp-a", "a")
    file.append(b"hello")
    assert disk.read("a") == b"hello"


def test_a_rename_replaces_the_file_of_that_name(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"old")
    safe_file(disk, "b", b"new")
    disk.rename("b", "a")
    assert disk.names() == ["a"]
    assert disk.read("a") == b"new"


def test_directories_are_listed_one_by_one(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    disk.create("d/b")
    disk.create("d/a")
    disk.create("c")
    assert disk.names() == ["c", "d"]
    assert disk.names("d") == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda disk: disk.read("none"), errno.ENOENT),
        (lambda disk: disk.size("none"), errno.ENOENT),
        (lambda disk: disk.remove("none"), errno.ENOENT),
        (lambda disk: disk.rename("none", "b"), errno.ENOENT),
        (lambda disk: disk.names("none"), errno.ENOENT),
        (lambda disk: disk.sync_directory("none"), errno.ENOENT),
        (lambda disk: disk.create("none/a"), errno.ENOENT),
        (lambda disk: disk.append_to("none/a"), errno.ENOENT),
        (lambda disk: disk.names("file"), errno.ENOTDIR),
        (lambda disk: disk.create("file/a"), errno.ENOTDIR),
        (lambda disk: disk.make_directory("file"), errno.EEXIST),
        (lambda disk: disk.read("directory"), errno.EISDIR),
        (lambda disk: disk.create("directory"), errno.EISDIR),
        (lambda disk: disk.append_to("directory"), errno.EISDIR),
        (lambda disk: disk.rename("file", "directory"), errno.EISDIR),
    ],
)
def test_it_fails_as_a_file_system_does(disk: SimulatedDisk, call, error: int) -> None:  # type: ignore[no-untyped-def]
    disk.make_directory("directory")
    disk.create("file")
    with pytest.raises(OSError) as failed:
        call(disk)
    assert failed.value.errno == error


def test_a_directory_may_be_there_already(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    disk.create("d/a")
    disk.make_directory("d")
    assert disk.names("d") == ["a"]


def test_a_full_disk_takes_what_there_is_room_for_and_then_nothing(disk: SimulatedDisk) -> None:
    disk.capacity = 10
    safe_file(disk, "a", b"1234")
    disk.make_directory("d")
    file = disk.create("d/b")
    assert file.append(b"123456789") == 6
    for capacity in (10, 3):  # a disk may have less room than was taken before
        disk.capacity = capacity
        assert file.append(b"") == 0
        with pytest.raises(OSError, match="No space left"):
            file.append(b"x")
        assert (disk.size("a"), disk.size("d/b")) == (4, 6)
    disk.capacity = 11
    assert file.append(b"xy") == 1
    disk.remove("a")
    assert file.append(b"xyz1234") == 4


def test_room_and_a_fault_bound_a_write_together(disk: SimulatedDisk) -> None:
    disk.capacity = 8
    disk.fail(Fault("write", errno.EIO, at=5))
    file = disk.create("a")
    assert file.append(b"123") == 3
    assert file.append(b"456789") == 2
    with pytest.raises(OSError, match="Input/output"):
        file.append(b"6")
    disk.mend()
    assert file.append(b"6789") == 3


# What survives.


def test_a_process_that_dies_leaves_the_cache(disk: SimulatedDisk) -> None:
    file = disk.create("a")
    file.append(b"hello")
    disk.kill()
    assert disk.read("a") == b"hello"
    with pytest.raises(OSError) as closed:
        file.append(b"x")
    assert closed.value.errno == errno.EBADF


def test_a_power_cut_leaves_what_was_made_safe(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"hello")
    disk.append_to("a").append(b" you")
    disk.crash()
    assert disk.read("a") == b"hello"


def test_a_file_whose_name_was_not_made_safe_is_gone(disk: SimulatedDisk) -> None:
    disk.create("a").fsync()
    assert disk.pending_names() == ("a",)
    disk.crash()
    assert disk.names() == []


def test_so_is_one_in_a_directory_whose_own_name_was_not(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    safe_file(disk, "d/a", b"hello")
    disk.crash()
    assert disk.names() == []


def test_a_file_whose_bytes_were_not_made_safe_is_empty(disk: SimulatedDisk) -> None:
    disk.create("a").append(b"hello")
    disk.sync_directory()
    disk.crash()
    assert disk.read("a") == b""


def test_a_rename_is_undone_unless_the_directory_was_made_safe(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"old")
    safe_file(disk, "b", b"new")
    disk.rename("b", "a")
    frozen = disk.freeze()
    disk.crash()
    assert (disk.read("a"), disk.read("b")) == (b"old", b"new")
    disk.thaw(frozen)
    disk.sync_directory()
    disk.crash()
    assert disk.names() == ["a"]
    assert disk.read("a") == b"new"


def test_a_removed_file_comes_back(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"hello")
    disk.remove("a")
    disk.crash()
    assert disk.read("a") == b"hello"


@pytest.mark.parametrize("entries", range(4))
def test_changes_of_names_may_arrive_unasked_oldest_first(
    disk: SimulatedDisk, entries: int
) -> None:
    for name in "abc":
        disk.create(name)
    disk.crash(entries=entries)
    assert disk.names() == list("abc"[:entries])


def test_one_directory_is_made_safe_without_the_others(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    disk.sync_directory()
    disk.create("a")
    disk.create("d/b")
    disk.sync_directory("d")
    disk.crash()
    assert disk.names() == ["d"]
    assert disk.names("d") == ["b"]


def test_a_write_may_be_torn_at_any_byte(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"hello")
    disk.append_to("a").append(b" you")
    disk.crash(torn={"a": 2})
    assert disk.read("a") == b"hello y"


def test_after_half_a_minute_all_is_safe(disk: SimulatedDisk, clock: VirtualClock) -> None:
    disk.create("a").append(b"hello")
    clock.advance(DIRTY_EXPIRES_MS)
    disk.crash()
    assert disk.read("a") == b"hello"


# The fsync in the background.


def test_it_is_over_after_its_time(disk: SimulatedDisk, clock: VirtualClock) -> None:
    file = disk.create("a")
    file.append(b"hello")
    fsync = file.begin_fsync()
    file.append(b" you")
    clock.advance(19)
    assert not fsync.finished()
    assert disk.levels("a") == Levels(9, 5, 0)
    clock.advance(1)
    assert fsync.finished()
    assert fsync.finished()
    assert disk.levels("a") == Levels(9, 5, 5)


def test_it_says_that_it_failed_when_it_is_over(disk: SimulatedDisk, clock: VirtualClock) -> None:
    file = disk.create("a")
    file.append(b"hello")
    fsync = file.begin_fsync()
    disk.fail(Fault("fsync", errno.EIO))
    assert not fsync.finished()
    clock.advance(20)
    with pytest.raises(OSError, match="Input/output error"):
        fsync.finished()
    assert disk.levels("a").durable == 0


def test_it_goes_on_when_the_process_dies(disk: SimulatedDisk, clock: VirtualClock) -> None:
    safe_file(disk, "a", b"")
    file = disk.append_to("a")
    file.append(b"hello")
    file.begin_fsync()
    disk.kill()
    clock.advance(20)
    disk.crash()
    assert disk.read("a") == b"hello"


def test_it_does_not_when_the_power_goes(disk: SimulatedDisk, clock: VirtualClock) -> None:
    safe_file(disk, "a", b"")
    file = disk.append_to("a")
    file.append(b"hello")
    file.begin_fsync()
    clock.advance(19)
    disk.crash()
    assert disk.read("a") == b""


def test_it_fails_unheard_if_nobody_asks(disk: SimulatedDisk, clock: VirtualClock) -> None:
    safe_file(disk, "a", b"")
    file = disk.append_to("a")
    file.append(b"hello")
    file.begin_fsync()
    disk.fail(Fault("fsync", errno.EIO))
    clock.advance(20)
    disk.crash()
    assert disk.read("a") == b""


# Faults.


def test_a_full_disk_takes_what_fits_and_then_nothing(disk: SimulatedDisk) -> None:
    disk.capacity = 7
    safe_file(disk, "a", b"abc")
    file = disk.create("b")
    assert file.append(b"hello") == 4
    with pytest.raises(OSError) as full:
        file.append(b"o")
    assert full.value.errno == errno.ENOSPC
    disk.remove("a")
    assert file.append(b"o") == 1


def test_a_file_may_fail_at_a_byte(disk: SimulatedDisk) -> None:
    disk.fail(Fault("write", errno.EIO, name="*.aof", at=3))
    file, other = disk.create("a.aof"), disk.create("b.rdb")
    assert file.append(b"hello") == 3
    with pytest.raises(OSError, match="Input/output error"):
        file.append(b"lo")
    assert other.append(b"hello") == 5


def test_reading_may_fail_at_a_byte(disk: SimulatedDisk) -> None:
    safe_file(disk, "a", b"hello")
    disk.fail(Fault("read", errno.EIO, at=3))
    assert disk.read("a", 0, 3) == b"hel"
    with pytest.raises(OSError, match="Input/output error"):
        disk.read("a")


CALLS: dict[Operation, tuple[str, ...]] = {
    "create": ("create", "new"),
    "open": ("append_to", "a"),
    "rename": ("rename", "a", "new"),
    "remove": ("remove", "a"),
    "mkdir": ("make_directory", "new"),
    "sync": ("sync_directory",),
}


@pytest.mark.parametrize("operation", CALLS)
def test_everything_else_may_fail_and_then_has_not_happened(
    disk: SimulatedDisk, operation: Operation
) -> None:
    safe_file(disk, "a", b"hello")
    call, *arguments = CALLS[operation]
    disk.fail(Fault(operation, errno.EROFS))
    with pytest.raises(OSError, match="Read-only file system"):
        getattr(disk, call)(*arguments)
    assert disk.names() == ["a"]
    disk.mend()
    getattr(disk, call)(*arguments)


def test_truncating_may_fail_too(disk: SimulatedDisk) -> None:
    file = disk.create("a")
    file.append(b"hello")
    disk.fail(Fault("truncate", errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        file.truncate(2)
    disk.mend()
    file.truncate(2)
    assert disk.read("a") == b"he"


def test_a_fault_may_begin_late_and_end_early(disk: SimulatedDisk) -> None:
    disk.fail(Fault("create", errno.EMFILE, at=1, times=2))
    outcomes = []
    for name in "abcde":
        try:
            disk.create(name)
            outcomes.append("made")
        except OSError:
            outcomes.append("failed")
    assert outcomes == ["made", "failed", "failed", "made", "made"]


# Looking in, and time travel.


def test_it_says_what_it_did(clock: VirtualClock) -> None:
    seen: list[Event] = []
    disk = SimulatedDisk(clock, probe=Probe(seen.append))
    file = disk.create("temp")
    file.append(b"hello")
    file.fsync()
    disk.rename("temp", "a")
    disk.sync_directory()
    disk.fail(Fault("remove", errno.EIO))
    with pytest.raises(OSError):
        disk.remove("a")
    assert seen == [
        DiskDid("create", "temp"),
        DiskDid("write", "temp", 0, 5),
        DiskDid("fsync", "temp", size=5),
        DiskDid("rename", "a"),
        DiskDid("sync", ""),
        DiskDid("remove", "a", error=errno.EIO),
    ]


def worked_on(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    safe_file(disk, "d/a", b"hello")
    file = disk.append_to("d/a")
    file.append(b" you")
    disk.rename("d/a", "d/b")
    disk.fail(Fault("fsync", errno.EIO, at=5, times=1))
    file.begin_fsync()
    file.append(b" there")


def test_thawed_it_is_the_same_disk(disk: SimulatedDisk, clock: VirtualClock) -> None:
    worked_on(disk)
    frozen = disk.freeze()
    disk.crash()
    again = SimulatedDisk(clock)
    again.thaw(frozen)
    assert again.read("d/b") == b"hello you there"
    assert again.levels("d/b") == Levels(15, 9, 5)
    fsync = again.append_to("d/b").pending_fsync()
    assert fsync is not None
    clock.advance(20)
    assert fsync.finished()
    assert again.levels("d/b").durable == 9
    assert again.pending_names() == ("d", "d/a", "d/b")


def test_freezing_again_what_was_thawed_gives_the_same(
    disk: SimulatedDisk, clock: VirtualClock
) -> None:
    worked_on(disk)
    frozen = disk.freeze()
    again = SimulatedDisk(clock)
    again.thaw(frozen)
    assert again.freeze()[:-1] == frozen[:-1]


# Names.


def test_a_fault_is_of_the_name_that_a_file_has_by_now(disk: SimulatedDisk) -> None:
    file = disk.create("temp")
    disk.rename("temp", "real")
    disk.fail(Fault("write", errno.EIO, name="temp"))
    assert file.append(b"hello") == 5
    disk.fail(Fault("fsync", errno.EIO, name="real"))
    with pytest.raises(OSError) as caught:
        file.fsync()
    assert caught.value.filename == "real"
    disk.remove("real")
    with pytest.raises(OSError):
        file.append(b"temp")  # it has no name any more but the one it was opened by


def test_a_name_that_was_given_away_does_not_come_back(disk: SimulatedDisk) -> None:
    disk.make_directory("d")
    disk.sync_directory()
    disk.create("temp")
    disk.rename("temp", "d/real")
    disk.sync_directory("d")
    disk.crash(entries=9)
    assert (disk.names(), disk.names("d")) == (["d"], ["real"])
