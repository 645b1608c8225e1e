"""Reading files back: in steps, with others told to wait, and without harm from a damaged one."""

from __future__ import annotations

import errno

import pytest

from redlearn.errors import LOADING
from redlearn.persistence.loading import STEP, BadRdb, CannotLoad, Progress, load_snapshot, unheard
from redlearn.persistence.simulated_disk import Fault
from redlearn.resp.reply import OK
from tests.persistence.stored import BEGIN_MS, Stored


def saved(keys: int) -> Stored:
    """A store with so many keys, saved."""
    stored = Stored(rdbcompression="no")
    for number in range(keys):
        stored(f"SET key:{number} {'x' * 200}{number}")
    stored("SAVE")
    return stored


def test_between_two_steps_others_are_told_to_wait() -> None:
    stored = saved(4000)
    stored("FLUSHALL")
    seen: list[str] = []
    for _ in load_snapshot(stored.engine, stored.disk, "dump.rdb", stored.said.append):
        assert stored.refused("GET key:1") == LOADING
        seen.append(stored.info()["loading_loaded_perc"])
    assert len(seen) >= len(stored.disk.read("dump.rdb")) // STEP > 1
    assert seen == sorted(seen, key=float)
    assert stored("DBSIZE") == 4000
    assert stored.info()["loading"] == "0"


def test_how_long_a_load_took_is_said_where_time_is_measured() -> None:
    stored = saved(3)
    stored("CONFIG SET appendonly yes")
    stored.pass_ms(1000)
    measured_ns = iter(range(0, 10**12, 12_000_000))
    for timer, told in ((None, ""), (lambda: next(measured_ns), "0.012 seconds")):
        stored.engine.state.stats.timer = timer
        stored.said.clear()
        for _ in load_snapshot(stored.engine, stored.disk, "dump.rdb", stored.said.append):
            pass
        for _ in stored.store.log.reloading():
            pass
        snapshot, log = stored.said
        assert snapshot == "DB loaded from disk: 3 keys" + (told and f" in {told}")
        assert log == "DB loaded from append only file" + (told and f": {told}")


def test_a_large_file_is_told_of_tenth_by_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redlearn.persistence.loading.WORTH_TELLING", 1000)
    stored = Stored()
    with Progress(stored.engine, "dump.rdb", 2000, stored.said.append) as progress:
        for loaded in range(0, 2001, 50):
            progress.reached(loaded, 2000)
    assert stored.said[0] == "Loading dump.rdb, 1.95K"
    assert stored.said[1:] == [f"Loading dump.rdb: {tenth}0%" for tenth in range(1, 11)]


def test_a_load_that_fails_is_over_all_the_same() -> None:
    stored = Stored()
    with pytest.raises(ZeroDivisionError), Progress(stored.engine, "x", 10, stored.said.append):
        raise ZeroDivisionError
    assert stored.info()["loading"] == "0"
    assert stored("SET k v") == OK


def test_a_damaged_file_changes_nothing_and_says_where() -> None:
    stored = saved(10)
    before = stored.digest()
    data = bytearray(stored.disk.read("dump.rdb"))
    data[40] ^= 1
    stored.disk.create("dump.rdb").append(bytes(data))
    with pytest.raises(BadRdb):
        for _ in load_snapshot(stored.engine, stored.disk, "dump.rdb", stored.said.append):
            pass
    assert stored.digest() == before
    with pytest.raises(CannotLoad, match=r"Fatal error loading the DB from dump\.rdb: at byte"):
        stored.begin()


def test_a_file_that_cannot_be_read_is_told_in_words() -> None:
    stored = saved(1)
    stored.disk.fail(Fault("read", errno.EACCES))
    with pytest.raises(CannotLoad, match=r"^Fatal error .* from dump\.rdb: Permission denied$"):
        stored.begin()


def test_libraries_come_back_with_the_data() -> None:
    stored = Stored()
    code = "#!lua name=lib\nredis.register_function('f', function() return 7 end)"
    stored(f'FUNCTION LOAD "{code}"'.replace("\n", "\n"))
    stored("SAVE")
    stored.crash()
    assert stored("FCALL f 0") == 7


def test_keys_whose_time_is_over_are_left_out_and_counted() -> None:
    stored = Stored()
    stored("SET short v PX 1000")
    stored("SET long v EX 1000")
    stored("SAVE")
    stored.clock.advance(2000)
    stored.crash()
    assert stored.keys() == [b"long"]
    assert (stored.known.keys_loaded, stored.known.keys_expired) == (1, 1)
    assert stored("PEXPIRETIME long") == BEGIN_MS + 1_000_000


def test_what_is_loaded_is_no_change() -> None:
    stored = saved(5)
    stored.crash()
    assert stored.info()["rdb_changes_since_last_save"] == "0"


def test_nobody_is_passed_on_what_comes_out_of_a_file() -> None:
    stored = Stored()
    heard: list[object] = []
    stored.engine.state.sinks.append(heard.append)
    with unheard(stored.engine):
        stored("SET k v")
    stored("SET k w")
    assert len(heard) == 1
    assert stored("GET k") == b"w"
