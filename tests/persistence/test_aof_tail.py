"""The end of the log: what is written when, what is safe when, and what becomes of failures."""

from __future__ import annotations

import errno

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.aof_files import Options, Policy
from redlearn.persistence.aof_tail import Tail
from redlearn.persistence.simulated_disk import Fault, SimulatedDisk

NAME = "log"


class Fixture:
    """An open tail on a disk whose fsyncs take 20 ms."""

    def __init__(self, appendfsync: Policy = "everysec", **options: bool) -> None:
        self.clock = VirtualClock(10_000)
        self.disk = SimulatedDisk(self.clock, fsync_ms=20)
        self.tail = Tail(self.disk, Options(appendfsync=appendfsync, **options))  # type: ignore[arg-type]
        self.tail.open(NAME, self.disk.create(NAME), self.clock.ms)
        self.disk.sync_directory()

    def put(self, data: bytes) -> None:
        self.tail.feed(data)
        self.tail.flush(self.clock.ms)

    def wait(self, ms: int) -> None:
        self.clock.advance(ms)
        self.tail.flush(self.clock.ms)

    def counts(self) -> tuple[int, int, int]:
        return self.tail.fed, self.tail.written, self.tail.synced

    def after_crash(self) -> bytes:
        self.disk.crash()
        return self.disk.read(NAME)


# What is safe when.


def test_what_was_fed_is_written_by_the_next_flush() -> None:
    at = Fixture()
    at.tail.feed(b"abc")
    assert (at.tail.buffered, at.disk.read(NAME)) == (3, b"")
    at.tail.flush(at.clock.ms)
    assert (at.tail.buffered, at.disk.read(NAME)) == (0, b"abc")
    assert at.counts() == (3, 3, 0)


def test_under_always_it_is_safe_at_once() -> None:
    at = Fixture("always")
    at.put(b"abc")
    assert at.counts() == (3, 3, 3)
    assert at.after_crash() == b"abc"


def test_under_everysec_an_fsync_begins_once_a_second_in_the_background() -> None:
    at = Fixture()
    at.wait(1_000)
    at.put(b"abc")
    assert at.tail.syncing
    assert at.tail.synced == 0
    at.wait(20)
    assert not at.tail.syncing
    assert at.counts() == (3, 3, 3)
    at.put(b"def")
    assert not at.tail.syncing
    at.wait(980)
    assert at.tail.syncing
    assert at.disk.levels(NAME) == (6, 6, 3)


def test_it_begins_although_nothing_more_is_written() -> None:
    """Else what came last would wait for the next write."""
    at = Fixture()
    at.put(b"abc")
    at.wait(999)
    assert not at.tail.syncing
    at.wait(1)
    assert at.tail.syncing
    at.wait(20)
    assert at.tail.synced == 3
    at.wait(5_000)
    assert not at.tail.syncing


def test_under_no_the_system_decides() -> None:
    at = Fixture("no")
    at.put(b"abc")
    at.wait(5_000)
    assert (at.tail.syncing, at.tail.synced) == (False, 0)
    assert at.after_crash() == b""
    at = Fixture("no")
    at.put(b"abc")
    at.wait(30_000)
    assert at.after_crash() == b"abc"


def test_at_most_two_seconds_are_lost_with_the_power_under_everysec() -> None:
    for moment in range(1, 6_000, 37):
        at, fed = Fixture(), []
        while at.clock.ms - 10_000 < moment:
            at.put(b"%d " % at.clock.ms)
            fed.append(at.clock.ms)
            at.wait(7)
        kept = at.after_crash().split()
        assert kept == [b"%d" % ms for ms in fed[: len(kept)]]
        assert not kept[len(fed) :] and (
            len(kept) == len(fed) or fed[len(kept)] > at.clock.ms - 2_000
        )


def test_while_an_fsync_runs_a_write_waits() -> None:
    at = Fixture()
    at.wait(1_000)
    at.put(b"abc")
    at.put(b"def")
    assert at.counts() == (6, 3, 0)
    at.wait(19)
    assert at.tail.buffered == 3
    at.wait(1)
    assert at.counts() == (6, 6, 3)
    assert at.tail.delayed == 0


def test_but_no_longer_than_two_seconds() -> None:
    at = Fixture()
    at.disk.fsync_ms = 10_000
    at.wait(1_000)
    at.put(b"abc")
    at.put(b"def")
    at.wait(1_999)
    assert (at.tail.buffered, at.tail.delayed) == (3, 0)
    at.wait(1)
    assert (at.tail.buffered, at.tail.delayed) == (0, 1)
    at.put(b"ghi")
    assert at.tail.buffered == 3


def test_unless_it_is_forced_or_told_not_to_wait() -> None:
    at = Fixture()
    at.wait(1_000)
    at.put(b"abc")
    at.tail.feed(b"def")
    at.tail.flush(at.clock.ms, force=True)
    assert at.tail.buffered == 0
    at = Fixture(postpones=False)
    at.wait(1_000)
    at.put(b"abc")
    at.put(b"def")
    assert (at.tail.buffered, at.tail.delayed) == (0, 0)


@pytest.mark.parametrize("policy", ["always", "everysec"])
def test_while_a_snapshot_is_written_there_may_be_no_fsync(policy: Policy) -> None:
    at = Fixture(policy, no_appendfsync_on_rewrite=True)
    at.tail.child_active = True
    at.put(b"abc")
    at.wait(1_000)
    assert (at.tail.syncing, at.tail.synced) == (False, 0)
    at.tail.child_active = False
    at.wait(1_000)
    at.wait(20)
    assert at.tail.synced == 3


def test_after_a_change_from_everysec_to_always_what_is_written_gets_safe() -> None:
    at = Fixture()
    at.put(b"abc")
    at.tail.options = Options(appendfsync="always")
    at.wait(0)
    assert at.tail.synced == 3


# Files.


def test_the_next_file_takes_what_comes_and_the_old_one_is_made_safe() -> None:
    at = Fixture()
    at.put(b"abc")
    at.tail.open("next", at.disk.create("next"), at.clock.ms)
    at.disk.sync_directory()
    assert not at.tail.syncing
    at.put(b"def")
    assert at.disk.read("next") == b"def"
    at.wait(20)
    assert at.tail.synced == 3
    at.wait(980)
    at.wait(20)
    assert at.tail.synced == 6
    at.disk.crash()
    assert (at.disk.read(NAME), at.disk.read("next")) == (b"abc", b"def")


def test_what_is_in_the_next_file_is_not_safe_before_the_old_one_is() -> None:
    at = Fixture("no")
    at.disk.fsync_ms = 5_000
    at.put(b"abc")
    at.tail.options = Options(appendfsync="always")
    at.tail.open("next", at.disk.create("next"), at.clock.ms)
    at.put(b"def")
    assert at.tail.synced == 0
    at.wait(5_000)
    assert at.tail.synced == 6


def test_a_file_may_get_another_name_while_it_is_open() -> None:
    at = Fixture()
    at.wait(1_000)
    at.put(b"abc")
    at.disk.rename(NAME, "other")
    at.tail.renamed("other")
    assert at.tail.syncing
    at.wait(20)
    assert at.tail.synced == 3


def test_closing_makes_everything_safe() -> None:
    at = Fixture()
    at.tail.feed(b"abc")
    at.tail.close(at.clock.ms)
    assert (at.tail.name, at.tail.buffered) == ("", 0)
    assert at.after_crash() == b"abc"
    at.tail.flush(at.clock.ms)
    at.tail.close(at.clock.ms)


def test_closing_says_what_was_not_written() -> None:
    at = Fixture()
    at.disk.capacity = 0
    at.tail.feed(b"abc")
    with pytest.raises(OSError, match="No space left"):
        at.tail.close(at.clock.ms)
    assert at.tail.name == ""


# Failures.


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_write_that_fails_leaves_nothing_in_the_file_and_all_in_the_buffer(room: int) -> None:
    at = Fixture()
    at.put(b"abc")
    at.disk.capacity = 3 + room
    at.put(b"def")
    assert at.disk.read(NAME) == b"abc"
    assert at.counts() == (6, 3, 0)
    assert at.tail.error is not None and at.tail.error.errno == errno.ENOSPC
    assert at.tail.fatal is None


def test_it_is_tried_again_until_there_is_room() -> None:
    at = Fixture()
    at.disk.capacity = 2
    at.put(b"abc")
    at.put(b"def")
    assert at.tail.error is not None
    at.disk.capacity = None
    at.wait(0)
    assert at.tail.error is None
    assert at.disk.read(NAME) == b"abcdef"


def test_if_not_even_the_part_can_be_taken_back_the_rest_follows_it() -> None:
    at = Fixture()
    at.disk.capacity = 2
    at.disk.fail(Fault("truncate", errno.EIO))
    at.put(b"abc")
    assert at.counts() == (3, 2, 0)
    assert at.tail.size == 2
    at.disk.capacity = None
    at.put(b"def")
    assert at.disk.read(NAME) == b"abcdef"


@pytest.mark.parametrize("fault", ["write", "fsync"])
def test_under_always_a_failure_is_the_end(fault: str) -> None:
    at = Fixture("always")
    at.put(b"abc")
    at.disk.fail(Fault(fault, errno.EIO))  # type: ignore[arg-type]
    at.put(b"def")
    assert at.tail.fatal is not None
    assert at.tail.synced == 3
    at.disk.mend()
    at.put(b"ghi")
    assert at.tail.synced == 3
    assert at.after_crash() == b"abc"


def test_an_fsync_that_failed_is_an_error_until_another_one_succeeds() -> None:
    at = Fixture()
    at.put(b"abc")
    at.disk.fail(Fault("fsync", errno.EIO, times=1))
    at.wait(1_000)
    at.wait(20)
    assert at.tail.error is not None
    assert at.tail.synced == 0
    at.wait(1_000)
    assert at.tail.error is not None
    at.wait(20)
    assert at.tail.error is None
    assert at.tail.synced == 3


def test_and_what_it_did_not_save_is_written_once_more() -> None:
    """The system has forgotten that it is not on the platter: an fsync alone would not do."""
    at = Fixture()
    at.put(b"a" * 10_000)
    at.wait(1_000)
    at.wait(20)
    at.disk.fail(Fault("fsync", errno.EIO, times=1))
    at.put(b"b" * 10_000)
    at.wait(980)
    at.put(b"c" * 10_000)
    for _ in range(60):
        at.wait(100)
    assert at.tail.error is None
    assert at.counts() == (30_000, 30_000, 30_000)
    assert at.after_crash() == b"a" * 10_000 + b"b" * 10_000 + b"c" * 10_000


def test_an_fsync_of_an_old_file_that_failed_is_a_hole_that_stays() -> None:
    at = Fixture()
    at.put(b"abc")
    at.disk.fail(Fault("fsync", errno.EIO, name=NAME))
    at.tail.open("next", at.disk.create("next"), at.clock.ms)
    for _ in range(60):
        at.put(b"d")
        at.wait(100)
    assert at.tail.has_hole
    assert at.tail.error is not None
    assert at.tail.synced == 0
    at.tail.mend()
    assert at.tail.error is None
    for _ in range(60):
        at.wait(100)
    assert at.tail.synced == at.tail.written == 63


@pytest.mark.parametrize("again", [False, True])
def test_if_the_log_goes_on_elsewhere_after_a_failed_fsync_that_is_a_hole_too(again: bool) -> None:
    """What was not saved is in a file that is not written to any more: nobody writes it anew."""
    at = Fixture()
    at.wait(1_000)
    at.put(b"abc")
    at.disk.fail(Fault("fsync", errno.EIO, times=1))
    at.clock.advance(20)
    at.tail.look()
    assert not at.tail.has_hole
    at.disk.fail(Fault("truncate", errno.EIO))  # nothing is to be taken off again
    for name in ("next", "third")[: 1 + again]:
        at.tail.open(name, at.disk.create(name), at.clock.ms)
        at.put(b"def")
        assert at.disk.read(name) == b"def"
        for _ in range(30):
            at.wait(100)
        assert at.tail.has_hole
        assert at.tail.synced == 0
        assert at.disk.read(name) == b"def"
    assert at.disk.read(NAME) == b"abc"


def test_an_old_file_in_which_all_is_safe_is_closed_without_another_fsync() -> None:
    at = Fixture("always")
    old = at.tail._file
    at.put(b"abc")
    at.disk.fail(Fault("fsync", errno.EIO))
    at.tail.open("next", at.disk.create("next"), at.clock.ms)
    at.wait(20)
    assert (at.tail.has_hole, at.tail.error, at.tail.synced) == (False, None, 3)
    assert old is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        old.append(b"x")


def test_the_second_until_the_next_fsync_begins_anew_with_a_file() -> None:
    at = Fixture()
    at.wait(900)
    at.tail.open("next", at.disk.create("next"), at.clock.ms)
    at.put(b"abc")
    at.wait(999)
    assert not at.tail.syncing
    at.wait(1)
    assert at.tail.syncing


# Time travel.


@pytest.mark.parametrize("moment", range(0, 3_000, 50))
def test_thawed_it_goes_on_as_the_one_that_was_frozen(moment: int) -> None:
    at = Fixture()
    at.disk.fsync_ms = 300
    while at.clock.ms < 10_000 + moment:
        at.put(b"x")
        at.wait(10)
    frozen, disk = at.tail.freeze(), at.disk.freeze()
    ends = []
    for _ in range(2):
        clock = VirtualClock(10_000 + moment)
        again = SimulatedDisk(clock)
        again.thaw(disk)
        tail = Tail.thaw(frozen, again)
        for _ in range(100):
            tail.feed(b"y")
            tail.flush(clock.ms)
            clock.advance(10)
        ends.append((tail.freeze(), again.levels(NAME), again.read(NAME)))
    for _ in range(100):
        at.put(b"y")
        at.clock.advance(10)
    ends.append((at.tail.freeze(), at.disk.levels(NAME), at.disk.read(NAME)))
    assert ends[0] == ends[1] == ends[2]
