"""The append-only file of an engine, over a disk that fails and loses its power."""

from __future__ import annotations

import errno
from contextlib import suppress
from itertools import pairwise

import pytest

from redlearn.engine.client import Client
from redlearn.errors import LOADING, LOG_NOT_LOADED
from redlearn.persistence.disk import append_all, exists
from redlearn.persistence.loading import CannotLoad
from redlearn.persistence.log import options_of
from redlearn.persistence.simulated_disk import DiskDid, Fault
from redlearn.probe import Event
from redlearn.resp.reply import OK, Status
from redlearn.timeline.snapshot import Freezer
from tests.persistence.stored import BEGIN_MS, Stored

INCR = "appendonlydir/appendonly.aof.1.incr.aof"
FULL = "MISCONF Errors writing to the AOF file: No space left on device"
WORK = (
    "SET s v", "SET t v PX 100000", "RPUSH l a b c", "LPOP l", "HSET h f v g w", "ZADD z 1 m 2 n",
    "SADD set 1 2 3", "SPOP set", "XADD x * f v", "INCRBYFLOAT n 1.5", "SELECT 2", "SET other db",
    "MULTI", "INCR a", "INCR b", "EXEC", "EXPIRE a 1000", "DEL s",
    "EVAL \"redis.call('SET', 'e', 1) redis.call('INCR', 'e')\" 0",
    "SELECT 0",
)  # fmt: skip


def logging(fsync: str = "always", **config: str) -> Stored:
    return Stored(appendonly="yes", appendfsync=fsync, **config)


def worked(stored: Stored) -> Stored:
    """Some of everything, done."""
    for line in WORK:
        stored(line)
    return stored


def test_what_was_answered_under_always_survives_a_power_cut() -> None:
    stored = worked(logging())
    before = stored.digest()
    stored.crash()
    assert stored.digest() == before
    stored.engine.check()


def test_and_again_and_again() -> None:
    stored = logging()
    for round_ in range(5):
        worked(stored)
        stored(f"SET round {round_}")
        before = stored.digest()
        stored.crash()
        assert stored.digest() == before


@pytest.mark.parametrize("fsync", ["everysec", "no"])
def test_without_a_power_cut_every_policy_keeps_everything(fsync: str) -> None:
    stored = worked(logging(fsync))
    before = stored.digest()
    stored.kill()
    assert stored.digest() == before


def test_everysec_loses_a_second_to_a_power_cut_and_no_more() -> None:
    stored = logging("everysec")
    stored("SET early 1")
    stored.pass_ms(1200)
    stored("SET late 1")
    stored.crash()
    assert stored.keys() == [b"early"]


def test_a_restart_of_an_empty_log_is_a_good_one() -> None:
    stored = logging()
    stored.crash()
    assert stored.keys() == []
    assert stored.info()["aof_enabled"] == "1"


def test_a_snapshot_is_not_looked_at_where_there_is_a_log() -> None:
    stored = Stored()
    stored("SET k v")
    stored("SAVE")
    stored.config["appendonly"] = "yes"
    stored.crash()
    assert stored.keys() == []


def test_time_does_not_pass_while_a_log_is_loaded() -> None:
    stored = logging()
    stored("SET short v PX 500")
    stored("SET long v PX 100000")
    stored.clock.advance(1000)
    stored.crash()
    assert stored("GET short") is None
    assert stored("PEXPIRETIME long") == BEGIN_MS + 100_000


def test_between_two_steps_others_are_told_to_wait_and_it_is_now_for_them() -> None:
    stored = logging()
    for number in range(3000):
        stored(f"SET key:{number} {'x' * 60}")
    stored.disk.kill()
    stored.engine.state.databases[0].clear()
    stored.store.log.append_only.mode = "off"
    steps = stored.store.log._loading()
    guest: Client = stored.engine.connect()
    shares: list[str] = []
    for _ in steps:
        stored.client = guest
        assert stored.refused("GET key:1") == LOADING
        assert stored.engine.state.now_ms == stored.clock.ms
        shares.append(stored.info()["loading_loaded_perc"])
    assert len(shares) > 2
    assert all(float(one) <= float(other) for one, other in pairwise(shares))
    assert stored("DBSIZE") == 3000


def test_what_info_says_of_it() -> None:
    stored = logging()
    before = stored.info()
    stored("SET k v")
    told = stored.info()
    assert (told["aof_enabled"], told["aof_last_write_status"]) == ("1", "ok")
    grown = int(told["aof_current_size"]) - int(before["aof_current_size"])
    assert grown == len(
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
    )
    assert told["aof_buffer_length"] == "0"


# ------------------------------------------------------------------------------------ a bad disk


def test_a_full_disk_refuses_writes_and_loses_nothing_that_was_answered() -> None:
    stored = logging("everysec")
    stored("SET k 1")
    stored.disk.fail(Fault("write", errno.ENOSPC, name="*.incr.aof"))
    stored("SET k 2")  # a server sends the refusal in its place
    assert stored.info()["aof_last_write_status"] == "err"
    assert stored.refused("SET k 3") == FULL
    assert stored.refused("PING") == FULL
    assert stored("GET k") == b"2"
    stored.disk.mend()
    stored.pass_ms(200)
    assert stored("SET k 4") == OK
    stored.kill()
    assert stored("GET k") == b"4"


def test_a_part_of_a_command_that_was_written_is_taken_off_again() -> None:
    stored = logging("everysec")
    stored("SET k 1")
    size = stored.disk.size(INCR)
    stored.disk.fail(Fault("write", errno.ENOSPC, name="*.incr.aof", at=size + 7))
    stored("SET k 2")
    assert stored.disk.size(INCR) == size
    stored.kill()
    assert stored("GET k") == b"1"


def test_under_always_a_write_that_fails_is_the_end() -> None:
    stored = logging()
    ends: list[str] = []
    stored.store.log.fatal = ends.append
    stored.disk.fail(Fault("write", errno.ENOSPC, name="*.incr.aof"))
    stored("SET k 2")
    assert ends == ["No space left on device"]


def test_under_always_an_fsync_that_fails_is_the_end() -> None:
    stored = logging()
    ends: list[str] = []
    stored.store.log.fatal = ends.append
    stored.disk.fail(Fault("fsync", errno.EIO, name="*.incr.aof"))
    stored("SET k 2")
    assert ends[0] == "Input/output error"


def test_a_log_that_cannot_be_made_safe_does_not_put_the_end_off() -> None:
    stored = logging("everysec")
    stored.disk.fail(Fault("write", errno.ENOSPC, name="*.incr.aof"))
    stored("SET k v")
    assert stored.store.shutdown("")
    assert stored.said[-1].startswith("The append-only file could not be made safe: No space left")
    stored.disk.mend()
    assert stored.store.shutdown("")
    stored.crash()
    assert stored("GET k") == b"v"


def test_the_end_makes_everything_safe() -> None:
    stored = worked(logging("no"))
    before = stored.digest()
    assert stored.store.shutdown("")
    stored.crash()
    assert stored.digest() == before


@pytest.mark.parametrize("bad", [b"nonsense\r\n", b"*1\r\n$3\r\nFOO\r\n"])
def test_a_damaged_log_is_refused_with_the_place(bad: bytes) -> None:
    stored = logging()
    stored("SET k v")
    append_all(stored.disk.append_to(INCR), bad)
    with pytest.raises(CannotLoad, match=r"Bad append-only file: appendonly\.aof\.1\.incr\.aof at"):
        stored.begin()


def test_a_log_that_cannot_be_read_is_told_with_its_file() -> None:
    stored = logging()
    stored("SET k v")
    stored.disk.fail(Fault("read", errno.EACCES, INCR))
    with pytest.raises(CannotLoad, match=rf"^Bad append-only file: {INCR}: Permission denied$"):
        stored.begin()


def test_a_tail_that_is_cut_off_is_told_of() -> None:
    stored = logging()
    stored("SET k v")
    append_all(stored.disk.append_to(INCR), b"*3\r\n$3\r\nSET\r\n$1\r\nk")
    stored.begin()
    assert stored("GET k") == b"v"
    assert "was cut to" in stored.said[0]


def test_a_damaged_base_is_refused() -> None:
    stored = logging()
    stored("SET k v")
    stored("BGREWRITEAOF")
    stored.pass_ms(500)
    base = "appendonlydir/appendonly.aof.2.base.rdb"
    data = bytearray(stored.disk.read(base))
    data[len(data) // 2] ^= 1
    append_all(stored.disk.create(base), bytes(data))
    with pytest.raises(CannotLoad, match=r"base\.rdb"):
        stored.begin()


# ------------------------------------------------------------------------------------ WAITAOF


def test_a_write_is_waited_for_until_its_fsync() -> None:
    stored = logging("everysec")
    stored.disk.fsync_ms = 300
    stored.pass_ms(1500)
    stored("SET k v")
    stored.engine.execute(stored.client, [b"WAITAOF", b"1", b"0", b"0"])
    stored.engine.before_sleep()
    assert stored.client.take() == []
    stored.pass_ms(2000)
    assert stored.client.take() == [[1, 0]]


def test_under_always_there_is_nothing_to_wait_for() -> None:
    stored = logging()
    stored("SET k v")
    assert stored("WAITAOF 1 0 0") == [1, 0]


# ------------------------------------------------------------------------------------ on and off


def test_it_can_be_turned_on_while_the_engine_runs() -> None:
    stored = worked(Stored(appendfsync="always"))
    assert stored("CONFIG SET appendonly yes") == OK
    assert stored.info()["aof_rewrite_in_progress"] == "1"
    stored("SET meanwhile 1")
    stored.pass_ms(500)
    assert stored.info()["aof_last_bgrewrite_status"] == "ok"
    stored("SET after 1")
    before = stored.digest()
    stored.config["appendonly"] = "yes"
    stored.crash()
    assert stored.digest() == before


def test_while_its_first_base_is_written_nothing_is_known_to_be_on_disk() -> None:
    stored = Stored(appendfsync="always")
    stored("CONFIG SET appendonly yes")
    stored("SET k v")
    stored.engine.execute(stored.client, [b"WAITAOF", b"1", b"0", b"0"])
    assert stored.client.take() == []
    assert not stored.store.shutdown("")
    stored.pass_ms(500)
    assert stored.client.take() == [[1, 0]]


def test_it_cannot_be_turned_on_where_nothing_can_be_written() -> None:
    stored = Stored()
    stored.disk.fail(Fault("mkdir", errno.EACCES))
    said = stored.refused("CONFIG SET appendonly yes")
    assert said.endswith("Unable to turn on AOF. Check server logs.")
    assert stored("CONFIG GET appendonly") == {b"appendonly": b"no"}
    assert stored.info()["aof_enabled"] == "0"
    assert stored("SET k v") == OK


def test_behind_a_background_save_it_begins_later() -> None:
    stored = Stored(appendfsync="always")
    stored("SET k v")
    stored("BGSAVE")
    assert stored("CONFIG SET appendonly yes") == OK
    assert stored.info()["aof_rewrite_scheduled"] == "1"
    stored.pass_ms(2000)
    stored.config["appendonly"] = "yes"
    stored.crash()
    assert stored("GET k") == b"v"


def test_turned_off_it_keeps_what_it_has_and_gets_no_more() -> None:
    stored = logging("everysec")
    stored("SET k 1")
    assert stored("CONFIG SET appendonly no") == OK
    stored("SET k 2")
    assert "aof_current_size" not in stored.info()
    assert stored("WAITAOF 0 0 0") == [0, 0]
    stored.crash()
    assert stored("GET k") == b"1"


def test_turned_off_in_the_midst_of_a_rewrite_it_leaves_nothing_half_done() -> None:
    stored = worked(logging())
    stored("BGREWRITEAOF")
    stored("CONFIG SET appendonly no")
    assert stored.info()["aof_rewrite_in_progress"] == "0"
    assert not any("temp" in name for name in stored.disk.names())
    before = stored.digest()
    stored.crash()
    assert stored.digest() == before


# ------------------------------------------------------------------------------------ rewrites


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_a_rewrite_makes_it_short_and_loses_nothing(preamble: str) -> None:
    stored = worked(logging(aof_use_rdb_preamble=preamble))
    for _ in range(200):
        stored("INCR counter")
    long = int(stored.info()["aof_current_size"])
    assert stored("BGREWRITEAOF") == Status("Background append only file rewriting started")
    stored("INCR counter")
    stored.pass_ms(500)
    assert int(stored.info()["aof_current_size"]) < long
    before = stored.digest()
    stored.crash()
    assert stored.digest() == before
    kind = "rdb" if preamble == "yes" else "aof"
    assert exists(stored.disk, f"appendonlydir/appendonly.aof.2.base.{kind}")


def test_it_is_rewritten_when_it_has_doubled() -> None:
    stored = logging(auto_aof_rewrite_min_size="1kb", auto_aof_rewrite_percentage="100")
    for number in range(100):
        stored(f"SET k {number}")
    stored.pass_ms(1000)
    assert stored.info()["aof_rewrites"] == "1"
    assert int(stored.info()["aof_current_size"]) < 1024


def test_a_save_and_a_rewrite_are_never_under_way_at_once() -> None:
    stored = worked(logging(save="1 1", auto_aof_rewrite_min_size="1"))
    for number in range(200):
        stored(f"SET k{number % 7} {number}")
        if not number % 10:
            stored("BGREWRITEAOF" if number % 20 else "BGSAVE SCHEDULE")
        stored.pass_ms(100)
        told = stored.info()
        assert told["rdb_bgsave_in_progress"] + told["aof_rewrite_in_progress"] != "11"
    assert int(stored.info()["aof_rewrites"]) > 3 < int(stored.info()["rdb_saves"])
    before = stored.digest()
    stored.crash()
    assert stored.digest() == before


def test_a_rewrite_that_fails_leaves_the_log_as_it_was() -> None:
    stored = worked(logging())
    stored.disk.fail(Fault("write", errno.ENOSPC, name="temp-*"))
    stored("BGREWRITEAOF")
    stored.pass_ms(500)
    told = stored.info()
    assert (told["aof_last_bgrewrite_status"], told["aof_rewrite_in_progress"]) == ("err", "0")
    assert told["aof_rewrites_consecutive_failures"] == "1"
    before = stored.digest()
    stored.disk.mend()
    stored.crash()
    assert stored.digest() == before


def test_a_rewrite_that_cannot_begin_is_an_error() -> None:
    stored = worked(logging())
    stored.disk.fail(Fault("create", errno.EACCES))
    assert stored.refused("BGREWRITEAOF").startswith("ERR Can't execute an AOF background")


def test_a_log_that_is_off_can_be_rewritten_all_the_same() -> None:
    stored = Stored()
    stored("SET k v")
    stored("BGREWRITEAOF")
    stored.pass_ms(500)
    stored.config["appendonly"] = "yes"
    stored.crash()
    assert stored("GET k") == b"v"


def test_turned_on_in_the_midst_of_such_a_rewrite_it_begins_anew_and_loses_nothing() -> None:
    stored = worked(Stored(appendfsync="always"))
    stored("BGREWRITEAOF")
    stored("SET between 1")
    assert stored("CONFIG SET appendonly yes") == OK
    stored("SET after 1")
    stored.pass_ms(500)
    assert stored.info()["aof_last_bgrewrite_status"] == "ok"
    before = stored.digest()
    stored.config["appendonly"] = "yes"
    stored.crash()
    assert stored.digest() == before


def test_debug_loadaof_reads_it_back() -> None:
    stored = worked(logging())
    before = stored.digest()
    assert stored("DEBUG LOADAOF") == OK
    assert stored.digest() == before
    assert stored.info()["rdb_changes_since_last_save"] == "0"
    stored("SET more 1")
    stored.crash()
    assert stored("GET more") == b"1"


def test_debug_loadaof_without_a_log_is_an_error() -> None:
    assert Stored().refused("DEBUG LOADAOF") == LOG_NOT_LOADED


# ------------------------------------------------------------------------------------ parameters


def test_parameters_count_from_the_moment_they_are_set() -> None:
    stored = logging("no")
    stored("SET k 1")
    stored("CONFIG SET appendfsync always")
    stored("SET k 2")
    stored.crash()
    assert stored("GET k") == b"2"


def test_timestamps_are_written_if_they_are_asked_for() -> None:
    stored = logging(aof_timestamp_enabled="yes")
    stored("SET k v")
    assert b"#TS:%d\r\n" % (BEGIN_MS // 1000) in stored.disk.read(INCR)


def test_names_are_those_that_are_asked_for() -> None:
    stored = logging(appenddirname="logs", appendfilename="my.aof")
    stored("SET k v")
    assert stored.disk.names("logs") == [
        "my.aof.1.base.rdb", "my.aof.1.incr.aof", "my.aof.manifest",
    ]  # fmt: skip
    assert options_of(stored.engine.state.config, postpones=False).appendfilename == "my.aof"


# ------------------------------------------------------------------------------------ time travel


def test_a_step_back_brings_back_the_log_and_its_disk() -> None:
    stored = logging()
    freezer = Freezer(stored.engine)
    stored("SET k 1")
    before, known = freezer.freeze(), stored.info()
    stored("SET k 2")
    stored("BGREWRITEAOF")
    stored.pass_ms(300)
    freezer.thaw(before)
    stored.clock.ms = BEGIN_MS
    assert stored.info() == known
    stored("SET other 1")
    stored.crash()
    assert (stored("GET k"), stored("GET other")) == (b"1", b"1")


def test_a_step_into_the_midst_of_a_rewrite_goes_on_with_it() -> None:
    stored = worked(logging())
    freezer = Freezer(stored.engine)
    stored("BGREWRITEAOF")
    stored("SET meanwhile 1")
    before, now_ms = freezer.freeze(), stored.clock.ms
    stored.pass_ms(500)
    after, files = stored.info(), stored.disk.names("appendonlydir")
    freezer.thaw(before)
    stored.clock.ms = now_ms
    assert stored.info()["aof_rewrite_in_progress"] == "1"
    stored.pass_ms(500)
    assert (stored.info(), stored.disk.names("appendonlydir")) == (after, files)
    stored.crash()
    assert stored("GET meanwhile") == b"1"


def test_old_files_stay_until_that_is_no_longer_wanted() -> None:
    stored = Stored(appendonly="yes", aof_disable_auto_gc="yes")
    stored("SET a 1")
    stored("BGREWRITEAOF")
    while stored.store.busy:
        stored.store.poll()
    old = {"appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"}
    assert old < set(stored.disk.names("appendonlydir"))
    stored.kill()
    assert stored("GET a") == b"1"
    assert old < set(stored.disk.names("appendonlydir"))
    assert stored("CONFIG GET aof-disable-auto-gc") == {b"aof-disable-auto-gc": b"yes"}
    assert stored("CONFIG GET aof-disable*") == {}, "a pattern does not find it"
    assert stored("CONFIG SET aof-disable-auto-gc no") == OK
    assert not old & set(stored.disk.names("appendonlydir"))


@pytest.mark.parametrize(("policy", "kept"), [("always", True), ("everysec", True), ("no", False)])
def test_what_a_killed_server_had_only_written_is_safe_once_it_is_loaded(
    policy: str, kept: bool
) -> None:
    """Nobody was told that it was done, but who reads after the start has seen it."""
    stored = Stored(appendonly="yes", appendfsync=policy)
    stored("SET before 1")
    stored.store.log.append_only.flush()

    def cut(event: Event) -> None:
        if isinstance(event, DiskDid) and event.operation == "write":
            raise KeyboardInterrupt

    stored.disk.watch(cut)
    with pytest.raises(KeyboardInterrupt):
        stored("SET written 1")
    stored.disk.watch(None)
    stored.kill()
    assert stored("GET written") == b"1"
    stored.crash()
    assert stored("GET before") == b"1"
    assert stored("GET written") == (b"1" if kept else None)


def killed_after(steps: int, appendonly: str, line: str) -> tuple[Stored, bool]:
    """A server that was killed after so many steps of its disk; whether it was done by then."""
    stored, left = Stored(appendonly=appendonly, appendfsync="always"), iter(range(steps))

    def cut(event: Event) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    stored("SET before 1")
    stored.disk.watch(cut)
    done = False
    with suppress(KeyboardInterrupt):
        stored(line)
        stored.pass_ms(500)
        done = True
    stored.disk.watch(None)
    stored.config["appendonly"] = "yes"
    stored.kill()
    return stored, done


@pytest.mark.parametrize(
    ("appendonly", "line"), [("yes", "BGREWRITEAOF"), ("no", "CONFIG SET appendonly yes")]
)
def test_after_a_kill_anywhere_what_is_acknowledged_next_is_safe(
    appendonly: str, line: str
) -> None:
    """Also where a manifest had its name and that was not safe: it alone knows of the new file."""
    steps, done = 0, False
    while not done:
        stored, done = killed_after(steps, appendonly, line)
        stored("SET after 1")
        keys = stored.keys()
        stored.crash()
        assert (steps, stored.keys()) == (steps, keys)
        steps += 1
    assert steps > 10


def test_a_start_that_cannot_make_safe_what_it_loaded_says_so() -> None:
    stored = Stored(appendonly="yes")
    stored("SET k v")
    stored.disk.fail(Fault("fsync", errno.EIO, name="*.incr.aof"))
    with pytest.raises(CannotLoad, match="Can't open the append-only file: Input/output error"):
        stored.kill()
