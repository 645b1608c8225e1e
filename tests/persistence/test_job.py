"""Files written a slice at a time: whole under their own name, or not there."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.disk import exists, replace
from redlearn.persistence.job import (
    AUTOSYNC,
    SlicedJob,
    Writing,
    counted,
    put_in_place,
    write_whole,
)
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.simulated_disk import DiskDid, Fault, SimulatedDisk
from redlearn.persistence.snapshot import Snapshot
from redlearn.persistence.store import RealDisk
from redlearn.probe import Event, Probe
from redlearn.timeline.snapshot import Freezer
from tests.persistence.files import filled


class Pieces:
    """Bytes that come a slice at a time."""

    def __init__(self, *pieces: bytes) -> None:
        self._left = list(pieces)
        self.keys_done = self.copied_keys = self.copied_bytes = 0
        self.cancelled = False

    def step(self, keys: int) -> bytes | None:
        if not self._left:
            return None
        self.keys_done += keys
        return self._left.pop(0)

    def freeze(self) -> object:
        return tuple(self._left)

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk(VirtualClock(0))


def job_of(disk: SimulatedDisk, pieces: Pieces) -> SlicedJob:
    return SlicedJob(disk, "beside", pieces, lambda: put_in_place(disk, "beside", "real"), 10)


def test_a_slice_at_each_poll_and_the_name_at_the_end(disk: SimulatedDisk) -> None:
    job = job_of(disk, Pieces(b"ab", b"cd"))
    assert (job.poll(), job.keys, disk.read("beside")) == (None, 10, b"ab")
    assert (job.poll(), job.keys) == (None, 20)
    assert not exists(disk, "real")
    assert job.poll() is True
    assert disk.read("real") == b"abcd"
    assert disk.names() == ["real"]


def test_what_is_there_at_the_end_survives_a_power_cut(disk: SimulatedDisk) -> None:
    job = job_of(disk, Pieces(b"ab"))
    while job.poll() is None:
        pass
    disk.crash()
    assert disk.read("real") == b"ab"


def test_before_the_end_a_power_cut_leaves_the_old_one(disk: SimulatedDisk) -> None:
    replace(disk, "real", b"old")
    job = job_of(disk, Pieces(b"new", b"er"))
    job.poll()
    disk.crash()
    assert disk.read("real") == b"old"


@pytest.mark.parametrize("operation", ["write", "fsync", "rename", "sync"])
def test_a_failure_leaves_the_old_file_and_says_why(disk: SimulatedDisk, operation: str) -> None:
    replace(disk, "real", b"old")
    pieces = Pieces(b"new")
    job = job_of(disk, pieces)
    disk.fail(Fault(operation, errno.ENOSPC))  # type: ignore[arg-type]
    while (outcome := job.poll()) is None:
        pass
    assert outcome is False
    assert job.error == "No space left on device"
    assert pieces.cancelled
    assert not exists(disk, "beside")
    if operation != "sync":  # then it has its name, and nobody knows for how long
        assert disk.read("real") == b"old"


def test_a_job_that_cannot_begin_keeps_nothing_apart(disk: SimulatedDisk) -> None:
    disk.fail(Fault("create", errno.EACCES))
    pieces = Pieces(b"x")
    with pytest.raises(PermissionError):
        job_of(disk, pieces)
    assert pieces.cancelled


def test_cancelling_removes_what_was_written(disk: SimulatedDisk) -> None:
    pieces = Pieces(b"ab", b"cd")
    job = job_of(disk, pieces)
    job.poll()
    job.cancel()
    assert (disk.names(), pieces.cancelled) == ([], True)


def test_a_long_file_is_made_safe_on_the_way() -> None:
    seen: list[Event] = []
    disk = SimulatedDisk(VirtualClock(0), probe=Probe())
    disk._probe.emit = seen.append
    write_whole(disk, "a", [b"x" * (AUTOSYNC // 2)] * 5)
    syncs = [event for event in seen if isinstance(event, DiskDid) and event.operation == "fsync"]
    assert len(syncs) == 3


def test_writing_whole_or_not_at_all(disk: SimulatedDisk) -> None:
    assert write_whole(disk, "a", [b"ab", b"c"]) == 3
    disk.capacity = 5
    with pytest.raises(OSError, match="No space left"):
        write_whole(disk, "b", [b"ab", b"cd"])
    assert disk.names() == ["a"]


def test_a_bug_on_the_way_leaves_nothing_either(disk: SimulatedDisk) -> None:
    def pieces() -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole(disk, "a", (piece for piece in pieces()))
    writing = Writing(disk, "b")
    writing.add(b"x")
    assert writing.size == 1
    writing.give_up()
    writing.give_up()
    assert disk.names() == []


def test_pieces_are_counted_before_they_go() -> None:
    told: list[int] = []
    assert list(counted(iter([b"ab", b"cde"]), told.append)) == [b"ab", b"cde"]
    assert told == [0, 2]


def test_what_has_its_name_already_goes_and_is_not_emptied(tmp_path: Path) -> None:
    """It may be a file that is in use, under a second name that somebody or a power cut left."""
    (tmp_path / "real").write_bytes(b"in use")
    (tmp_path / "beside").hardlink_to(tmp_path / "real")
    write_whole(RealDisk(tmp_path), "beside", [b"new"])
    assert (tmp_path / "real").read_bytes() == b"in use"
    assert (tmp_path / "beside").read_bytes() == b"new"


@pytest.mark.parametrize("kind", [Snapshot, Rewrite])
def test_a_job_goes_on_after_time_travel_with_what_had_not_come_yet(
    disk: SimulatedDisk, kind: type[Snapshot | Rewrite]
) -> None:
    redis = filled(*(f"SET key:{number} x" for number in range(40)))
    finish = partial(put_in_place, disk, "beside", "real")
    job = SlicedJob(disk, "beside", kind(redis.engine.state), finish, 10)
    while not job.keys:
        job.poll()
    redis("SET key:1 other")
    redis("SET key:2 other")
    keys, copied = job.keys, job.kept_apart
    frozen, kept, world = job.freeze(), disk.freeze(), Freezer(redis.engine)
    before = world.freeze()
    redis("FLUSHALL")
    while job.poll() is None:
        pass
    whole = disk.read("real")
    disk.thaw(kept)
    world.thaw(before)
    again = SlicedJob.thaw(frozen, redis.engine.state, disk, "beside", finish, 10)
    assert (again.keys, again.kept_apart) == (keys, copied)
    redis("FLUSHALL")
    while again.poll() is None:
        pass
    assert sorted(disk.read("real")) == sorted(whole)
    assert b"key:39" in whole
