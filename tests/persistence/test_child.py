"""Files written by a child: it has the data of its moment, and says how it ended."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from redlearn.persistence.background import Wanted, in_a_child, nothing
from redlearn.persistence.child import ChildJob, may_fork, private_bytes
from redlearn.persistence.disk import exists
from redlearn.persistence.job import SlicedJob, put_in_place, write_whole
from redlearn.persistence.store import RealDisk
from tests.persistence.test_job import Pieces


@pytest.fixture
def disk(tmp_path: Path) -> RealDisk:
    return RealDisk(tmp_path)


def end_of(job: ChildJob) -> bool:
    """How it ended. A real process needs real time, which waitpid waits for."""
    os.waitid(os.P_PID, job._pid, os.WEXITED | os.WNOWAIT)
    outcome = job.poll()
    assert outcome is not None
    return outcome


def test_the_child_has_what_there_was_when_it_began(disk: RealDisk) -> None:
    words = [b"then"]

    def act() -> None:
        signal.raise_signal(signal.SIGSTOP)  # until the parent has changed what it has
        write_whole(disk, "beside", words)
        put_in_place(disk, "beside", "real")

    job = ChildJob(disk, "beside", act)
    os.waitid(os.P_PID, job._pid, os.WSTOPPED)
    words[0] = b"now"
    assert job.poll() is None
    os.kill(job._pid, signal.SIGCONT)
    assert end_of(job)
    assert disk.read("real") == b"then"
    assert job.error == ""
    assert job.fork_us > 0
    assert job.cow > 0 or not private_bytes()


def test_a_child_that_fails_says_why_and_leaves_nothing(disk: RealDisk) -> None:
    def act() -> None:
        disk.create("beside")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    job = ChildJob(disk, "beside", act)
    assert not end_of(job)
    assert job.error == "No space left on device"
    assert not exists(disk, "beside")


def test_a_bug_in_the_child_stays_there(disk: RealDisk) -> None:
    def act() -> None:
        raise ZeroDivisionError("no")

    job = ChildJob(disk, "beside", act)
    assert not end_of(job)
    assert job.error == "ZeroDivisionError: no"


def test_a_child_that_is_killed_has_failed(disk: RealDisk) -> None:
    job = ChildJob(disk, "beside", signal.pause)
    assert job.poll() is None
    os.kill(job._pid, signal.SIGKILL)
    assert not end_of(job)
    assert job.error == "the child ended with -9"


def test_cancelling_ends_the_child_and_removes_what_it_wrote(disk: RealDisk) -> None:
    disk.create("beside")
    job = ChildJob(disk, "beside", signal.pause)
    job.cancel()
    assert not exists(disk, "beside")
    with pytest.raises(ProcessLookupError):
        os.kill(job._pid, 0)


def test_the_child_lets_go_of_connections(disk: RealDisk) -> None:
    here, there = socket.socketpair()
    job = ChildJob(disk, "beside", signal.pause)
    there.close()
    assert here.recv(1) == b""  # nobody else holds the other end
    job.cancel()
    here.close()


def test_with_another_thread_about_it_is_done_in_slices(disk: RealDisk) -> None:
    wanted = Wanted("beside", nothing, lambda: Pieces(b"x"), nothing)
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert not may_fork()
        job = in_a_child(disk, wanted)
        assert isinstance(job, SlicedJob)
        job.cancel()
    finally:
        done.set()
        other.join()
