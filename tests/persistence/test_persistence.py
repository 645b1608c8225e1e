"""The store of an engine: what is loaded at a start, kept at an end, and never done at once."""

from __future__ import annotations

import errno

import pytest

from redlearn.engine.ports import Store
from redlearn.errors import RDB_NOT_LOADED, SAVE_FAILED
from redlearn.persistence.disk import exists
from redlearn.persistence.simulated_disk import Fault
from redlearn.resp.reply import NULL_ARRAY, OK, Push
from redlearn.timeline.snapshot import Freezer
from tests.persistence.stored import Stored


def test_it_is_what_the_engine_asks_for() -> None:
    stored = Stored()
    store: Store = stored.store
    assert stored.engine.state.store is store


def test_an_empty_disk_is_a_good_beginning() -> None:
    stored = Stored()
    assert stored.keys() == []
    assert stored.said == []


@pytest.mark.parametrize(
    ("points", "how", "saved"),
    [
        ("3600 1", "", True),
        ("3600 1", "nosave", False),
        ("", "", False),
        ("", "save", True),
    ],
)
def test_the_end_saves_if_there_are_save_points_or_if_told_to(
    points: str, how: str, saved: bool
) -> None:
    stored = Stored(save=points)
    stored("SET k v")
    assert stored.store.shutdown(how)
    assert exists(stored.disk, "dump.rdb") is saved


def test_an_end_that_cannot_save_has_to_wait_unless_it_is_forced() -> None:
    stored = Stored(save="3600 1")
    stored("SET k v")
    stored.disk.fail(Fault("create", errno.EACCES))
    assert not stored.store.shutdown("")
    assert stored("GET k") == b"v"
    assert stored.store.shutdown("", force=True)
    assert stored.store.shutdown("nosave")


def test_the_end_gives_up_a_background_save_for_a_newer_one() -> None:
    stored = Stored(save="3600 1")
    stored("SET k old")
    stored("BGSAVE")
    stored("SET k new")
    assert stored.store.shutdown("")
    stored.crash()
    assert stored("GET k") == b"new"
    assert stored.disk.names() == ["dump.rdb"]


def test_giving_up_leaves_nothing_behind() -> None:
    stored = Stored()
    stored("SET k v")
    stored("BGSAVE")
    stored.store.abandon()
    assert stored.disk.names() == []


def test_reload_brings_everything_back() -> None:
    stored = Stored()
    for line in ("SET k v PX 100000", "RPUSH l 1 2", "SELECT 3", "HSET h f v"):
        stored(line)
    before = stored.digest()
    assert stored("DEBUG RELOAD") == OK
    assert stored.digest() == before
    stored.engine.check()


def test_reload_says_err_as_save_does_if_nothing_can_be_written() -> None:
    stored = Stored()
    stored("SET k v")
    stored.disk.fail(Fault("create", errno.EACCES))
    assert stored.refused("DEBUG RELOAD") == SAVE_FAILED
    assert stored("GET k") == b"v"


def test_reload_without_saving_takes_the_old_file() -> None:
    stored = Stored()
    stored("SET k old")
    stored("SAVE")
    stored("SET k new")
    assert stored("DEBUG RELOAD NOSAVE") == OK
    assert stored("GET k") == b"old"


def test_reload_without_flushing_adds_what_is_new() -> None:
    stored = Stored()
    stored("SET saved 1")
    stored("SAVE")
    stored("RENAME saved other")
    assert stored("DEBUG RELOAD NOSAVE NOFLUSH") == OK
    assert stored.keys() == [b"other", b"saved"]


def test_what_was_there_is_in_its_slot_and_was_used_when_it_was() -> None:
    stored = Stored()
    stored.engine.state.databases[0].index_slots()
    for line in ("SET saved 1", "SAVE", "RENAME saved other", "HSET h f v", "PEXPIRE h 900000"):
        stored(line)
    stored("HPEXPIRE h 200000 FIELDS 1 f")
    stored.clock.advance(100_000)
    assert stored("DEBUG RELOAD NOSAVE NOFLUSH") == OK
    stored.engine.check()
    assert (stored("OBJECT IDLETIME other"), stored("PTTL h")) == (100, 800_000)
    assert stored("HPTTL h FIELDS 1 f") == [100_000]


def test_a_key_that_is_there_already_is_an_error_or_is_replaced() -> None:
    stored = Stored()
    stored("SET k old")
    stored("SAVE")
    stored("SET k new PX 1000")
    before = stored.digest()
    assert stored.refused("DEBUG RELOAD NOSAVE NOFLUSH") == RDB_NOT_LOADED
    assert stored.digest() == before
    assert stored("DEBUG RELOAD NOSAVE NOFLUSH MERGE") == OK
    assert (stored("GET k"), stored("TTL k")) == (b"old", -1)


def test_reload_of_a_damaged_file_is_an_error_and_changes_nothing() -> None:
    stored = Stored()
    stored("SET k v")
    stored.disk.create("dump.rdb").append(b"REDIS0010nonsense")
    assert stored.refused("DEBUG RELOAD NOSAVE") == RDB_NOT_LOADED
    assert stored("GET k") == b"v"


@pytest.mark.parametrize("how", ["RELOAD", "LOADAOF"])
@pytest.mark.parametrize(("key", "seen"), [("k", True), ("none", False)])
def test_who_watches_a_key_sees_it_reloaded(how: str, key: str, seen: bool) -> None:
    stored = Stored(appendonly="yes")
    stored("SET k v")
    for line in (f"WATCH {key}", f"DEBUG {how}", "MULTI", "SET k w"):
        stored(line)
    assert stored("EXEC") == (NULL_ARRAY if seen else [OK])
    stored.engine.check()


@pytest.mark.parametrize("how", ["RELOAD", "LOADAOF"])
def test_who_remembers_keys_is_told_that_all_were_reloaded(how: str) -> None:
    stored = Stored(appendonly="yes")
    stored("SET k v")
    engine = stored.engine
    other = engine.connect()
    for line in (b"HELLO 3", b"CLIENT TRACKING on", b"GET k"):
        engine.execute(other, line.split())
    other.take()
    stored(f"DEBUG {how}")
    assert other.take() == [Push([b"invalidate", None])]


def test_a_step_back_in_time_brings_back_what_was_known() -> None:
    stored = Stored()
    freezer = Freezer(stored.engine)
    stored("SET k v")
    before, known = freezer.freeze(), stored.info()
    stored("SAVE")
    stored("SET k w")
    freezer.thaw(before)
    assert stored.info() == known
    assert stored("GET k") == b"v"


@pytest.mark.parametrize("lines", [("BGSAVE", "BGREWRITEAOF"), ("BGREWRITEAOF", "BGSAVE")])
def test_a_step_back_from_one_file_into_the_midst_of_another_goes_on_with_that(
    lines: tuple[str, str],
) -> None:
    stored = Stored(appendonly="yes")
    stored("DEBUG POPULATE 1000")
    freezer = Freezer(stored.engine)
    stored(lines[0])
    stored.store.poll()
    midst = freezer.freeze()

    def go_on() -> tuple[object, bytes]:
        frozen = stored.store.freeze()
        for number in range(0, 1000, 50):
            stored(f"SET key:{number} changed")
        while stored.store.busy:
            stored.store.poll()
        name = "dump.rdb" if lines[0] == "BGSAVE" else "appendonlydir/appendonly.aof.2.base.rdb"
        return frozen, stored.disk.read(name)

    first = go_on()
    stored(lines[1])
    stored.store.poll()
    assert stored.store.busy
    freezer.thaw(midst)
    assert go_on() == first
