"""SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF and DEBUG RELOAD: who may ask for what, and when."""

from __future__ import annotations

import pytest

from redlearn.engine.config import parameter
from redlearn.engine.durability import WithoutDisk
from redlearn.errors import (
    BGREWRITEAOF_FAILED,
    BGREWRITEAOF_RUNS,
    BGSAVE_RUNS,
    BGSAVE_STANDS_BACK,
    LOG_NOT_LOADED,
    NO_BGSAVE,
    NO_DISK,
    RDB_NOT_LOADED,
    RELOAD_OPTIONS,
    SAVE_FAILED,
    SYNTAX,
)
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused

BACKGROUND = Status("Background saving started")


class Remembering(WithoutDisk):
    """A store that notes what it is asked for, and does it or fails, as it is told."""

    def __init__(self, redis: Redis, works: bool = True) -> None:
        self.asked: list[str] = []
        self.works = works
        self._state = redis.engine.state
        self._state.store = self

    def save(self) -> bool:
        self.asked.append("save")
        return self.works

    def begin_save(self) -> bool:
        self.asked.append("begin save")
        self._state.durability.saving_since_s = 1000
        return self.works

    def cancel_save(self) -> None:
        self.asked.append("cancel save")

    def begin_rewrite(self) -> bool:
        self.asked.append("begin rewrite")
        return self.works

    def reload(self, *, save: bool, flush: bool, merge: bool) -> bool:
        self.asked.append(f"reload {save} {flush} {merge}")
        return self.works

    def reload_log(self) -> bool:
        self.asked.append("reload log")
        return self.works

    def emptied(self) -> None:
        self.asked.append("emptied")

    def refusal(self, name: str, value: object) -> str:
        self.asked.append(f"{name} {value}")
        return "" if self.works else "no"

    def configured(self, name: str) -> None:
        self.asked.append(f"{name} is set")

    def before_sleep(self) -> None:
        self.asked.append("before sleep")

    def cron(self) -> None:
        self.asked.append("cron")


@pytest.mark.parametrize(
    "line", ["SAVE", "BGSAVE", "BGREWRITEAOF", "DEBUG RELOAD", "DEBUG LOADAOF"]
)
def test_without_a_disk_nothing_is_written_and_that_is_said(redis: Redis, line: str) -> None:
    assert refused(redis, line) == NO_DISK


def test_the_last_save_of_a_new_engine_is_its_beginning(redis: Redis) -> None:
    redis.advance(5000)
    assert redis("LASTSAVE") == 1000


def test_save_answers_when_it_is_done(redis: Redis) -> None:
    store = Remembering(redis)
    assert redis("SAVE") == OK
    assert store.asked == ["save"]
    assert redis.engine.state.durability.saves == 1


def test_a_save_that_fails_says_err_and_nothing_else(redis: Redis) -> None:
    Remembering(redis, works=False)
    assert refused(redis, "SAVE") == refused(redis, "BGSAVE") == SAVE_FAILED == "ERR"
    assert redis.engine.state.durability.saves == 1  # a try counts: BGSAVE's is the store's


def test_two_saves_at_once_are_one_too_many(redis: Redis) -> None:
    Remembering(redis)
    assert redis("BGSAVE") == BACKGROUND
    for line in ("BGSAVE", "BGSAVE SCHEDULE", "SAVE"):
        assert refused(redis, line) == BGSAVE_RUNS


def test_a_save_stands_back_behind_a_rewrite_or_is_put_off(redis: Redis) -> None:
    store = Remembering(redis)
    known = redis.engine.state.durability
    known.rewriting_since_s = 1000
    assert refused(redis, "BGSAVE") == BGSAVE_STANDS_BACK
    assert redis("BGSAVE schedule") == Status("Background saving scheduled")
    assert known.save_scheduled
    assert store.asked == []


def test_a_rewrite_is_put_off_behind_a_save(redis: Redis) -> None:
    store = Remembering(redis)
    known = redis.engine.state.durability
    known.saving_since_s, known.rewrite_failures = 1000, 2
    said = redis("BGREWRITEAOF")
    assert said == Status("Background append only file rewriting scheduled")
    assert (known.rewrite_scheduled, known.rewrite_failures) == (True, 0)
    assert store.asked == []


def test_a_rewrite_begins_or_says_that_it_cannot(redis: Redis) -> None:
    store = Remembering(redis)
    assert redis("BGREWRITEAOF") == Status("Background append only file rewriting started")
    store.works = False
    assert refused(redis, "BGREWRITEAOF") == BGREWRITEAOF_FAILED
    redis.engine.state.durability.rewriting_since_s = 1000
    assert refused(redis, "BGREWRITEAOF") == BGREWRITEAOF_RUNS


def test_in_a_transaction_both_are_put_off(redis: Redis) -> None:
    store = Remembering(redis)
    for line in ("MULTI", "BGSAVE", "BGREWRITEAOF"):
        redis(line)
    assert redis("EXEC") == [
        Status("Background saving scheduled"),
        Status("Background append only file rewriting scheduled"),
    ]
    assert "begin save" not in store.asked
    assert "begin rewrite" not in store.asked


def test_a_save_can_be_cancelled_as_in_valkey(redis: Redis) -> None:
    store = Remembering(redis)
    known = redis.engine.state.durability
    assert refused(redis, "BGSAVE CANCEL") == NO_BGSAVE
    known.save_scheduled = True
    assert redis("BGSAVE CANCEL") == Status("Scheduled background saving cancelled")
    redis("BGSAVE")
    assert redis("BGSAVE cancel") == Status("Background saving cancelled")
    assert store.asked == ["cancel save", "begin save", "cancel save"]


@pytest.mark.parametrize("line", ["BGSAVE x", "BGSAVE SCHEDULE x", "BGSAVE CANCEL x"])
def test_other_words_are_syntax_errors(redis: Redis, line: str) -> None:
    assert refused(redis, line) == SYNTAX


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("DEBUG RELOAD", "reload True True False"),
        ("DEBUG RELOAD nosave", "reload False True False"),
        ("DEBUG RELOAD MERGE NOFLUSH", "reload True False True"),
        ("DEBUG LOADAOF", "reload log"),
    ],
)
def test_debug_writes_and_reads_back(redis: Redis, line: str, asked: str) -> None:
    store = Remembering(redis)
    assert redis(line) == OK
    assert store.asked == [asked]


def test_what_cannot_be_read_back_is_an_error(redis: Redis) -> None:
    Remembering(redis, works=False)
    assert refused(redis, "DEBUG RELOAD") == RDB_NOT_LOADED
    assert refused(redis, "DEBUG LOADAOF") == LOG_NOT_LOADED
    assert refused(redis, "DEBUG RELOAD x") == RELOAD_OPTIONS


def test_flushing_everything_makes_an_old_snapshot_older(redis: Redis) -> None:
    store = Remembering(redis)
    redis("FLUSHDB")
    assert store.asked == []
    redis("FLUSHALL")
    assert store.asked == ["emptied"]


def test_parameters_are_shown_to_the_store_before_and_after(redis: Redis) -> None:
    store = Remembering(redis)
    assert redis("CONFIG SET appendonly yes save ''") == OK
    assert store.asked == ["appendonly True", "save ", "appendonly is set", "save is set"]


def test_a_log_that_cannot_be_opened_stays_off(redis: Redis) -> None:
    Remembering(redis, works=False)
    said = refused(redis, "CONFIG SET appendonly yes")
    assert said == "ERR CONFIG SET failed (possibly related to argument 'appendonly') - no"
    assert redis("CONFIG GET appendonly") == {b"appendonly": b"no"}


def test_without_a_disk_there_is_no_log(redis: Redis) -> None:
    assert refused(redis, "CONFIG SET appendonly yes").endswith("There is no disk here")
    assert redis("CONFIG SET appendonly no") == OK


def test_the_engines_timer_is_the_stores(redis: Redis) -> None:
    store = Remembering(redis)
    redis.engine.tick()
    redis.engine.before_sleep()
    assert store.asked == ["cron", "before sleep"]


def test_a_real_parameter_is_what_the_store_hears_of(redis: Redis) -> None:
    row = parameter("dbfilename")
    assert row is not None
    store = Remembering(redis)
    redis.engine.state.configure(row, "x.rdb")
    assert store.asked == ["dbfilename is set"]
