"""What is known of files: in INFO, in refusals, and back in time."""

from __future__ import annotations

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.clients import be_alert
from redlearn.engine.durability import Durability, Loading, WithoutDisk
from redlearn.engine.engine import Engine
from redlearn.engine.ports import Store
from redlearn.errors import BGSAVE_FAILED, LOADING, CommandError
from redlearn.resp.reply import Verbatim
from tests.conftest import Redis

FULL = "MISCONF Errors writing to the AOF file: No space left on device"


def info(redis: Redis) -> dict[str, str]:
    """The rows of INFO persistence."""
    text = redis("INFO persistence")
    assert isinstance(text, Verbatim)
    return dict(line.split(":", 1) for line in text.data.decode().splitlines() if ":" in line)


def test_a_store_without_a_disk_is_a_store() -> None:
    store: Store = WithoutDisk()
    store.thaw(store.freeze())
    store.cancel_save()


def test_changes_are_counted_from_the_last_save(redis: Redis) -> None:
    redis("SET a 1")
    redis("SET b 2")
    known = redis.engine.state.durability
    assert info(redis)["rdb_changes_since_last_save"] == "2"
    known.saved_dirty = redis.engine.state.dirty
    redis("SET c 3")
    assert info(redis)["rdb_changes_since_last_save"] == "1"


def test_a_save_under_way_is_told_with_its_time_and_how_far_it_is(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.saving_since_s, known.keys_saved, known.keys_to_save = 1000, 25, 100
    redis.advance(7000)
    told = info(redis)
    assert told["rdb_bgsave_in_progress"] == "1"
    assert told["rdb_current_bgsave_time_sec"] == "7"
    assert told["current_fork_perc"] == "25.00"
    assert told["current_save_keys_processed"] == "25"
    assert told["current_save_keys_total"] == "100"


def test_the_log_is_told_of_only_where_there_is_one(redis: Redis) -> None:
    assert "aof_current_size" not in info(redis)
    known = redis.engine.state.durability
    known.log, known.log_size, known.log_base_size, known.log_buffered = "on", 300, 100, 20
    told = info(redis)
    assert (told["aof_enabled"], told["aof_current_size"]) == ("1", "300")
    assert (told["aof_base_size"], told["aof_buffer_length"]) == ("100", "20")


def test_a_load_is_told_of_while_it_goes_on(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.loading = Loading(started_s=990, total=1000, loaded=250)
    told = info(redis)
    assert (told["loading"], told["loading_start_time"]) == ("1", "990")
    assert (told["loading_loaded_bytes"], told["loading_total_bytes"]) == ("250", "1000")
    assert (told["loading_loaded_perc"], told["loading_eta_seconds"]) == ("25.00", "30")


def test_a_load_of_nothing_so_far_takes_a_second_more() -> None:
    assert Loading(5, 0, 0).eta_s(9) == Loading(5, 100, 0).eta_s(9) == 1
    assert Loading(5, 0, 0).share == 0.0


@pytest.mark.parametrize("line", ["SET k v", "INCR n", "PING", "FLUSHALL"])
def test_when_a_save_has_failed_nothing_is_changed(redis: Redis, line: str) -> None:
    redis.engine.state.durability.save_ok = False
    be_alert(redis.engine.state)
    with pytest.raises(CommandError, match="MISCONF Redis is configured to save RDB snapshots"):
        redis(line)
    assert redis("GET k") is None
    assert BGSAVE_FAILED.startswith("MISCONF")


@pytest.mark.parametrize("settings", ["stop-writes-on-bgsave-error no", "save ''"])
def test_unless_it_was_not_to_matter(redis: Redis, settings: str) -> None:
    redis.engine.state.durability.save_ok = False
    redis(f"CONFIG SET {settings}")
    be_alert(redis.engine.state)
    redis("SET k v")


def test_when_the_log_cannot_be_written_nothing_is_changed(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.log, known.log_error = "on", "No space left on device"
    be_alert(redis.engine.state)
    with pytest.raises(CommandError) as refused:
        redis("SET k v")
    assert refused.value.text == FULL
    assert redis("GET k") is None
    known.log_error = ""
    be_alert(redis.engine.state)
    redis("SET k v")


def test_a_transaction_is_refused_if_anything_in_it_writes(redis: Redis) -> None:
    known = redis.engine.state.durability
    redis("MULTI")
    redis("SET k v")
    known.log, known.log_error = "on", "No space left on device"
    be_alert(redis.engine.state)
    with pytest.raises(CommandError) as refused:
        redis("EXEC")
    assert refused.value.text == f"EXECABORT Transaction discarded because of: {FULL}"
    redis("MULTI")
    redis("GET k")
    assert redis("EXEC") == [None]


def test_a_script_may_read_but_not_write(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.log, known.log_error = "on", "No space left on device"
    be_alert(redis.engine.state)
    assert redis("EVAL", "return redis.call('GET', 'k')", "0") is None
    with pytest.raises(CommandError, match="MISCONF Errors writing to the AOF file"):
        redis("EVAL", "return redis.call('SET', 'k', 'v')", "0")
    with pytest.raises(CommandError, match="MISCONF Errors writing to the AOF file"):
        redis("EVAL", "#!lua\nreturn 1", "0")
    assert redis("EVAL", "#!lua flags=no-writes\nreturn 1", "0") == 1


@pytest.mark.parametrize("line", ["GET k", "SET k v", "DBSIZE", "SAVE", "MULTI\nGET k\nEXEC"])
def test_while_files_are_read_there_is_no_data(redis: Redis, line: str) -> None:
    redis.engine.state.durability.loading = Loading(0, 10, 5)
    be_alert(redis.engine.state)
    *before, last = line.split("\n")
    for each in before:
        redis.all(each)
    with pytest.raises(CommandError) as refused:
        redis(last)
    assert LOADING in refused.value.text or "EXECABORT" in refused.value.text


@pytest.mark.parametrize(
    "line", ["INFO", "CONFIG GET dir", "LASTSAVE", "COMMAND COUNT", "ECHO x", "SELECT 1"]
)
def test_but_how_it_goes_may_be_asked(redis: Redis, line: str) -> None:
    redis.engine.state.durability.loading = Loading(0, 10, 5)
    be_alert(redis.engine.state)
    redis(line)


def test_a_client_that_comes_while_files_are_read_is_told_the_same(redis: Redis) -> None:
    redis.engine.state.durability.loading = Loading(0, 10, 5)
    be_alert(redis.engine.state)
    with pytest.raises(CommandError, match="LOADING"):
        redis.connect()("GET k")


def test_who_repeats_what_was_logged_is_not_stopped(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.loading, known.save_ok = Loading(0, 10, 5), False
    be_alert(redis.engine.state)
    redis.client.obeyed = True
    redis("SET k v")


def test_the_counts_that_begin_anew(redis: Redis) -> None:
    known = redis.engine.state.durability
    known.log_delayed = known.rewrite_failures = 4
    redis("CONFIG RESETSTAT")
    assert (known.log_delayed, known.rewrite_failures) == (0, 0)


def test_all_of_it_comes_back() -> None:
    engine = Engine(VirtualClock(5000))
    known = engine.state.durability
    known.saving_since_s, known.log, known.loading = 3, "wait", Loading(1, 2, 3)
    known.waiting = {4: None, 2: None}
    frozen = known.freeze()
    known.waiting[9] = None
    other = Durability(0)
    other.thaw(frozen)
    assert other.freeze() == frozen
    assert list(other.waiting) == [4, 2]
    assert (other.saving, other.rewriting, other.log) == (True, False, "wait")
