"""SAVE, BGSAVE and save points over a disk that fails, fills up and loses its power."""

from __future__ import annotations

import errno

import pytest

from redlearn.errors import BGSAVE_FAILED
from redlearn.persistence.disk import exists, setting_of
from redlearn.persistence.rdb_records import Key, records
from redlearn.persistence.simulated_disk import Fault
from redlearn.persistence.snapshots import RETRY_S, save_points
from redlearn.resp.reply import OK, Status
from redlearn.timeline.snapshot import Freezer
from tests.persistence.stored import BEGIN_MS, Stored

DATA = ("SET s v", "RPUSH l a b", "HSET h f v", "ZADD z 1 m", "SADD t 1 2", "XADD x 1-1 f v")


def filled(**config: str) -> Stored:
    stored = Stored(**config)
    for line in DATA:
        stored(line)
    return stored


def test_what_is_saved_is_there_after_a_power_cut() -> None:
    stored = filled()
    before = stored.digest()
    assert stored("SAVE") == OK
    stored("SET lost 1")
    stored.crash()
    assert stored.digest() == before
    assert stored.known.keys_loaded == 6


def test_without_a_save_nothing_is() -> None:
    stored = filled()
    stored.crash()
    assert stored.keys() == []


def test_a_save_makes_changes_count_anew_and_is_remembered() -> None:
    stored = filled()
    stored.pass_ms(5000)
    stored("SAVE")
    assert stored.info()["rdb_changes_since_last_save"] == "0"
    assert stored("LASTSAVE") == stored.clock.ms // 1000
    assert stored.info()["rdb_saves"] == "1"


def test_a_background_save_has_what_there_was_when_it_began() -> None:
    stored = filled()
    before = stored.digest()
    assert stored("BGSAVE") == Status("Background saving started")
    stored("SET s changed")
    stored("SET new 1")
    stored.pass_ms(2000)
    assert stored.info()["rdb_bgsave_in_progress"] == "0"
    assert stored.info()["rdb_changes_since_last_save"] == "2"
    stored.crash()
    assert stored.digest() == before


def test_a_background_save_that_fails_stops_writes_until_one_works() -> None:
    stored = filled(save="3600 1")
    stored("SAVE")
    before = stored.disk.read("dump.rdb")
    stored.disk.fail(Fault("write", errno.ENOSPC))
    stored("SET more 1")
    stored("BGSAVE")
    stored.pass_ms(1000)
    assert stored.info()["rdb_last_bgsave_status"] == "err"
    assert stored.refused("SET k v") == stored.refused("PING") == BGSAVE_FAILED
    assert stored("GET s") == b"v"
    assert stored.disk.read("dump.rdb") == before
    assert stored.disk.names() == ["dump.rdb"]
    stored.disk.mend()
    stored("BGSAVE")
    stored.pass_ms(1000)
    assert stored("SET k v") == OK


def test_a_save_in_the_foreground_that_fails_stops_nothing() -> None:
    stored = filled(save="3600 1")
    stored.disk.fail(Fault("create", errno.EACCES))
    assert stored.refused("SAVE") == "ERR"
    assert stored("SET k v") == OK
    assert "Permission denied" in stored.said[-1]


def test_a_background_save_that_cannot_begin_is_an_error_and_a_failure() -> None:
    stored = filled(save="3600 1")
    stored.disk.fail(Fault("create", errno.EACCES))
    assert stored.refused("BGSAVE") == "ERR"
    assert stored.refused("SET k v") == BGSAVE_FAILED


@pytest.mark.parametrize(
    ("points", "writes", "after_ms", "saved"),
    [
        ("60 3", 3, 61_000, True),
        ("60 3", 3, 60_000, False),
        ("60 3", 2, 3_600_000, False),
        ("3600 1 60 3", 1, 3_601_000, True),
        ("", 100, 3_601_000, False),
    ],
)
def test_save_points(points: str, writes: int, after_ms: int, saved: bool) -> None:
    stored = Stored(save=points)
    for _ in range(writes):
        stored("INCR n")
    stored.clock.advance(after_ms)
    stored.engine.tick()
    stored.pass_ms(1000 if saved else 0)
    assert exists(stored.disk, "dump.rdb") is saved


def test_a_save_point_that_fails_is_met_again_five_seconds_later() -> None:
    stored = Stored(save="1 1")
    stored("SET k v")
    stored.disk.fail(Fault("create", errno.ENOSPC))
    stored.pass_ms(3000)
    tries = sum("Background saving error" in line for line in stored.said)
    assert tries == 1
    stored.pass_ms(RETRY_S * 1000 + 1000)
    assert sum("Background saving error" in line for line in stored.said) == tries + 1
    stored.disk.mend()
    stored.pass_ms(RETRY_S * 1000 + 2000)
    assert exists(stored.disk, "dump.rdb")


def test_a_save_in_the_foreground_that_works_ends_the_refusals() -> None:
    stored = filled(save="3600 1")
    stored.disk.fail(Fault("create", errno.EACCES, times=1))
    stored.refused("BGSAVE")
    assert stored.refused("SET k v") == BGSAVE_FAILED
    stored("SAVE")
    assert stored("SET k v") == OK
    assert stored.info()["rdb_last_bgsave_status"] == "ok"


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("scheduled", [False, True])
def test_it_is_known_when_the_next_one_is_due(fails: bool, scheduled: bool) -> None:
    """Neither a second too early nor one too late: whoever waits for it would look in vain."""
    stored = Stored(save="60 2 1 4")
    snapshots, state = stored.store.snapshots, stored.engine.state
    stored("SET a 1")
    assert (snapshots.next_due_ms(), snapshots.is_due()) == (None, False)
    for line in ("SET b 1", "SET c 1", "SET d 1"):
        stored(line)
    if fails:
        stored.pass_ms(1_000)
        stored.disk.fail(Fault("create", errno.EACCES))
        stored.refused("BGSAVE")
    stored.known.save_scheduled = scheduled
    due_ms = snapshots.next_due_ms()
    begun_ms = BEGIN_MS + 1_000 if fails else BEGIN_MS
    wait_ms = 1_000 * (RETRY_S + 1) if fails else 0 if scheduled else 2_000
    assert due_ms == begun_ms + wait_ms
    for early_ms, due in ((1, False), (0, True)):
        if due or not scheduled or fails:
            state.now_ms = due_ms - early_ms
            assert snapshots.is_due() is due


def test_a_scheduled_save_begins_with_the_timer() -> None:
    stored = filled()
    for line in ("MULTI", "BGSAVE"):
        stored(line)
    assert stored("EXEC") == [Status("Background saving scheduled")]
    assert not exists(stored.disk, "dump.rdb")
    stored.pass_ms(1000)
    assert exists(stored.disk, "dump.rdb")


def test_a_cancelled_save_leaves_nothing_and_is_no_failure() -> None:
    stored = filled(save="3600 1")
    stored("BGSAVE")
    assert stored("BGSAVE CANCEL") == Status("Background saving cancelled")
    assert stored.disk.names() == []
    assert stored.info()["rdb_last_bgsave_status"] == "ok"
    assert stored("SET k v") == OK


def test_flushing_everything_saves_an_empty_file_if_there_are_save_points() -> None:
    stored = filled(save="3600 1")
    stored("SAVE")
    stored("BGSAVE")
    stored("FLUSHALL")
    assert stored.info()["rdb_bgsave_in_progress"] == "0"
    assert stored.info()["rdb_changes_since_last_save"] == "1"
    found = records(stored.disk.read("dump.rdb"))
    assert not any(isinstance(record, Key) for record in found)


def test_flushing_everything_without_save_points_leaves_the_file() -> None:
    stored = filled()
    stored("SAVE")
    before = stored.disk.read("dump.rdb")
    stored("FLUSHALL")
    assert stored.disk.read("dump.rdb") == before


def test_the_file_has_the_name_and_the_form_that_is_asked_for() -> None:
    stored = filled(dbfilename="other.rdb", rdbchecksum="no", rdbcompression="no")
    stored(f"SET long {'x' * 1000}")
    stored("SAVE")
    data = stored.disk.read("other.rdb")
    assert data[-8:] == bytes(8)
    assert len(data) > 1000


def test_a_name_in_any_alphabet_is_the_one_that_was_asked_for() -> None:
    stored = filled(dbfilename=setting_of("zählung.rdb"))
    stored("SAVE")
    assert stored.disk.read("zählung.rdb")


def test_save_points_are_pairs() -> None:
    assert save_points("") == []
    assert save_points("900 1 300 10") == [(900, 1), (300, 10)]


def test_the_same_calls_give_the_same_bytes() -> None:
    def one() -> bytes:
        stored = filled(save="1 1")
        stored.pass_ms(5000)
        stored.engine.check()
        return stored.disk.read("dump.rdb")

    assert one() == one()


def many() -> Stored:
    """An engine of which a slice is a part: a BGSAVE takes several ticks."""
    stored = filled()
    stored("DEBUG POPULATE 1800 key 20")
    return stored


def test_only_what_is_written_to_meanwhile_is_kept_apart() -> None:
    stored = many()
    stored("BGSAVE")
    stored("GET s")
    assert stored.store.snapshots.job is not None
    for number in range(0, 1800, 100):
        stored(f"SET key:{number} changed")
    stored.pass_ms(100)
    assert stored.store.snapshots.job is not None
    assert 0 < stored.store.snapshots.job.cow < 18 * 40
    stored.pass_ms(2000)
    assert stored.info()["rdb_bgsave_in_progress"] == "0"
    written = [r for r in records(stored.disk.read("dump.rdb")) if isinstance(r, Key)]
    assert len({record.key for record in written}) == len(written) == 1806
    assert b"changed" not in stored.disk.read("dump.rdb")


def test_a_step_back_into_a_background_save_goes_on_to_the_same_file() -> None:
    stored = many()
    freezer = Freezer(stored.engine)
    stored("BGSAVE")
    stored.pass_ms(100)
    stored("DEL key:7 key:1700")
    midst = freezer.freeze()

    def go_on() -> tuple[bytes, int]:
        stored("SET key:8 changed")
        stored("FLUSHDB")
        ticks = 0
        while stored.store.snapshots.job is not None:
            stored.pass_ms(100)
            ticks += 1
        return stored.disk.read("dump.rdb"), ticks

    first = go_on()
    freezer.thaw(midst)
    assert go_on() == first
    freezer.thaw(midst)
    stored.store.cancel_save()
    assert all(db.shadow is None for db in stored.engine.state.databases)


def test_a_step_back_to_before_it_leaves_nobody_watching() -> None:
    stored = many()
    freezer = Freezer(stored.engine)
    before = freezer.freeze()
    stored("BGSAVE")
    freezer.thaw(before)
    assert all(db.shadow is None for db in stored.engine.state.databases)
    stored("BGSAVE")
    stored.pass_ms(2000)
    assert stored.info()["rdb_last_bgsave_status"] == "ok"
