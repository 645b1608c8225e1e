"""Which way a file is written in the background."""

from __future__ import annotations

from pathlib import Path

from redlearn.clock import VirtualClock
from redlearn.persistence.background import Wanted, in_a_child, in_slices, nothing
from redlearn.persistence.child import ChildJob
from redlearn.persistence.disk import Disk
from redlearn.persistence.job import SlicedJob, put_in_place, write_whole
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.persistence.store import RealDisk
from tests.persistence.test_job import Pieces


def wanted(disk: Disk) -> Wanted:
    """A file of two pieces."""
    pieces = [b"ab", b"cd"]

    def write() -> None:
        write_whole(disk, "beside", pieces)
        put_in_place(disk, "beside", "real")

    return Wanted(
        "beside", write, lambda: Pieces(*pieces), lambda: put_in_place(disk, "beside", "real")
    )


def test_both_ways_give_the_same_file(tmp_path: Path) -> None:
    for begin, kind in ((in_slices, SlicedJob), (in_a_child, ChildJob)):
        disk = RealDisk(tmp_path)
        job = begin(disk, wanted(disk))
        assert isinstance(job, kind)
        while (outcome := job.poll()) is None:
            pass
        assert outcome
        assert disk.read("real") == b"abcd"
        assert disk.names() == ["real"]
        disk.remove("real")


def test_a_simulated_disk_is_in_nobody_elses_reach() -> None:
    disk = SimulatedDisk(VirtualClock(0))
    assert isinstance(in_a_child(disk, wanted(disk)), SlicedJob)


def test_with_nothing_to_do_at_the_end_the_file_stays_beside() -> None:
    disk = SimulatedDisk(VirtualClock(0))
    job = in_slices(disk, Wanted("beside", nothing, lambda: Pieces(b"ab"), nothing))
    while (outcome := job.poll()) is None:
        pass
    assert outcome
    assert disk.names() == ["beside"]
