"""Durability: what an engine knows of its own files, and who keeps them.

The engine touches no file. Whoever does is a `Store` (`ports.py`); it writes down here how that
goes, and commands, INFO and dispatch read it: when data was last saved and how that ended, how
much has been fed to the append-only file and how much of it is on disk, how far a load has come.

    fed            |=================================|   offset
    on disk        |====================|                synced
                                         ^ SET of a client whose WAITAOF 1 0 0 waits

Offsets count units of effects, a transaction being one: they only have to grow.

Source: `server.h struct redisServer` (rdb_*, aof_*, loading_*); `server.c`
writeCommandsDeniedByDiskError, genRedisInfoString.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from redlearn.compiling import mypyc_attr
from redlearn.engine.config import Config
from redlearn.errors import BGSAVE_FAILED, LOG_FAILED, NO_DISK, CommandError

NEVER_TOOK = -1
"""In place of a duration in seconds: INFO shows it for what has not happened."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How far reading the files has come: bytes, and the second since 1970 it began at."""

    started_s: int
    total: int
    loaded: int

    @property
    def share(self) -> float:
        """The part that is read, in per cent."""
        return self.loaded * 100 / self.total if self.total else 0.0

    def eta_s(self, now_s: int) -> int:
        """In how many seconds it will be done if it goes on like this; 1 while nobody can tell."""
        elapsed = now_s - self.started_s
        if not elapsed or not self.loaded:
            return 1
        return elapsed * (self.total - self.loaded) // self.loaded


_NAMES: Final = (
    "cow", "fork_us", "forks", "keys_expired", "keys_loaded", "keys_saved", "keys_to_save",
    "loading", "log", "log_base_size", "log_buffered", "log_delayed", "log_error", "log_size",
    "log_syncing", "offset", "rewrite_cow", "rewrite_failures", "rewrite_ok",
    "rewrite_scheduled", "rewrite_took_s", "rewrites", "rewriting_since_s", "save_ok",
    "save_scheduled", "save_took_s", "save_tried_s", "saved_dirty", "saved_s", "saves",
    "saving_since_s", "synced", "waiting",
)  # fmt: skip
"""What is known; a compiled class has no `__slots__` to ask."""


class Durability:
    """What is known of snapshots, of the append-only file, and of a load.

    Attributes:
        saved_s, saved_dirty: When data was last saved, and `State.dirty` at that moment.
        save_ok: How the last BGSAVE ended.
        save_tried_s: When the last BGSAVE began.
        saving_since_s: When the present BGSAVE began, or None.
        save_took_s: What the last one took.
        saves: How many were tried, SAVEs included.
        save_scheduled: One is to begin as soon as nothing else is going on.
        keys_saved, keys_to_save: How far the present snapshot or rewrite has come.
        cow, rewrite_cow: Bytes that the last one of each kind had to keep twice.
        fork_us, forks: What the last fork took, in microseconds; how many there were.
        log: The append-only file: "off", "on", or "wait" until its first rewrite is done.
        rewriting_since_s, rewrite_took_s, rewrite_ok, rewrite_scheduled, rewrites,
            rewrite_failures: The same of its rewrites; failures are those in a row.
        log_error: Why the last write to it, or its last fsync, failed; "" if it did not.
        log_size, log_base_size: Bytes of its files now, and after the last rewrite.
        log_buffered: Bytes fed to it and not written yet.
        log_syncing, log_delayed: An fsync is under way in the background; writes that had to wait
            for one.
        offset, synced: Units of effects passed on so far, and how many of them are on disk; synced
            is -1 while there is no log that would be read at a start.
        waiting: Ids of clients that wait in WAITAOF; some may wait no more.
        loading: A load that goes on, or None.
        keys_loaded, keys_expired: What the last load of a snapshot brought, and left out.
    """

    __slots__ = _NAMES

    def __init__(self, now_s: int) -> None:
        self.saved_s, self.saved_dirty = now_s, 0
        self.save_ok, self.save_tried_s = True, 0
        self.saving_since_s: int | None = None
        self.save_took_s = NEVER_TOOK
        self.saves = 0
        self.save_scheduled = False
        self.keys_saved = self.keys_to_save = 0
        self.cow = self.rewrite_cow = 0
        self.fork_us = self.forks = 0
        self.keys_loaded = self.keys_expired = 0
        self.loading: Loading | None = None
        self._begin_log()

    def _begin_log(self) -> None:
        self.log = "off"
        self.rewriting_since_s: int | None = None
        self.rewrite_took_s = NEVER_TOOK
        self.rewrite_ok, self.rewrite_scheduled = True, False
        self.rewrites = self.rewrite_failures = 0
        self.log_error = ""
        self.log_size = self.log_base_size = self.log_buffered = self.log_delayed = 0
        self.log_syncing = False
        self.offset, self.synced = 0, -1
        self.waiting: dict[int, None] = {}

    @property
    def saving(self) -> bool:
        """Whether a BGSAVE is going on."""
        return self.saving_since_s is not None

    @property
    def rewriting(self) -> bool:
        """Whether the append-only file is being rewritten."""
        return self.rewriting_since_s is not None

    def unsaved(self, dirty: int) -> int:
        """How many changes a snapshot made now would have that the last one has not."""
        return dirty - self.saved_dirty

    def trouble(self, config: Config) -> str:
        """Why nothing may be written at present, as clients are told; "" if it may."""
        if not self.save_ok and config.flag("stop-writes-on-bgsave-error") and config.text("save"):
            return BGSAVE_FAILED
        if self.log != "off" and self.log_error:
            return LOG_FAILED.format(self.log_error)
        return ""

    def freeze(self) -> tuple[object, ...]:
        """All of it, for a snapshot of the timeline."""
        *others, _ = (getattr(self, name) for name in _NAMES)
        return (*others, tuple(self.waiting))

    def thaw(self, frozen: tuple[object, ...]) -> None:
        """Take it back."""
        *others, waiting = frozen
        assert isinstance(waiting, tuple)
        for name, value in zip(_NAMES, (*others, dict.fromkeys(waiting)), strict=True):
            setattr(self, name, value)

    def reset_counts(self) -> None:
        """What CONFIG RESETSTAT sets to zero."""
        self.log_delayed = self.rewrite_failures = 0

    def rows(self, config: Config, dirty: int, now_s: int) -> Iterable[tuple[str, object]]:
        """What INFO tells, in its order."""
        yield ("loading", int(self.loading is not None))
        yield ("async_loading", 0)
        yield from _copying(self)
        yield from _snapshots(self, dirty, now_s)
        yield from _rewrites(self, now_s)
        if self.log != "off":
            yield from _log(self)
        if self.loading is not None:
            yield from _load(self.loading, now_s)


def _copying(known: Durability) -> Iterable[tuple[str, object]]:
    share = known.keys_saved * 100 / known.keys_to_save if known.keys_to_save else 0.0
    busy = known.saving or known.rewriting
    return [
        ("current_cow_peak", 0),
        ("current_cow_size", 0),
        ("current_cow_size_age", 0),
        ("current_fork_perc", f"{share if busy else 0:.2f}"),
        ("current_save_keys_processed", known.keys_saved if busy else 0),
        ("current_save_keys_total", known.keys_to_save if busy else 0),
    ]


def _snapshots(known: Durability, dirty: int, now_s: int) -> Iterable[tuple[str, object]]:
    return [
        ("rdb_changes_since_last_save", known.unsaved(dirty)),
        ("rdb_bgsave_in_progress", int(known.saving)),
        ("rdb_last_save_time", known.saved_s),
        ("rdb_last_bgsave_status", _status(known.save_ok)),
        ("rdb_last_bgsave_time_sec", known.save_took_s),
        ("rdb_current_bgsave_time_sec", _lasting(known.saving_since_s, now_s)),
        ("rdb_saves", known.saves),
        ("rdb_last_cow_size", known.cow),
        ("rdb_last_load_keys_expired", known.keys_expired),
        ("rdb_last_load_keys_loaded", known.keys_loaded),
    ]


def _rewrites(known: Durability, now_s: int) -> Iterable[tuple[str, object]]:
    return [
        ("aof_enabled", int(known.log != "off")),
        ("aof_rewrite_in_progress", int(known.rewriting)),
        ("aof_rewrite_scheduled", int(known.rewrite_scheduled)),
        ("aof_last_rewrite_time_sec", known.rewrite_took_s),
        ("aof_current_rewrite_time_sec", _lasting(known.rewriting_since_s, now_s)),
        ("aof_last_bgrewrite_status", _status(known.rewrite_ok)),
        ("aof_rewrites", known.rewrites),
        ("aof_rewrites_consecutive_failures", known.rewrite_failures),
        ("aof_last_write_status", _status(not known.log_error)),
        ("aof_last_cow_size", known.rewrite_cow),
        ("module_fork_in_progress", 0),
        ("module_fork_last_cow_size", 0),
    ]


def _log(known: Durability) -> Iterable[tuple[str, object]]:
    return [
        ("aof_current_size", known.log_size),
        ("aof_base_size", known.log_base_size),
        ("aof_pending_rewrite", int(known.rewrite_scheduled)),
        ("aof_buffer_length", known.log_buffered),
        ("aof_pending_bio_fsync", int(known.log_syncing)),
        ("aof_delayed_fsync", known.log_delayed),
    ]


def _load(loading: Loading, now_s: int) -> Iterable[tuple[str, object]]:
    return [
        ("loading_start_time", loading.started_s),
        ("loading_total_bytes", loading.total),
        ("loading_rdb_used_mem", 0),
        ("loading_loaded_bytes", loading.loaded),
        ("loading_loaded_perc", f"{loading.share:.2f}"),
        ("loading_eta_seconds", loading.eta_s(now_s)),
    ]


def _status(ok: bool) -> str:
    return "ok" if ok else "err"


def _lasting(since_s: int | None, now_s: int) -> int:
    return NEVER_TOOK if since_s is None else now_s - since_s


@mypyc_attr(allow_interpreted_subclasses=True)
class WithoutDisk:
    """The store of an engine that has no disk: it keeps nothing, and says so."""

    def save(self) -> bool:
        """Refuse to save."""
        raise CommandError(NO_DISK)

    def begin_save(self) -> bool:
        """Refuse to save."""
        raise CommandError(NO_DISK)

    def cancel_save(self) -> None:
        """Nothing is ever under way."""

    def begin_rewrite(self) -> bool:
        """Refuse to rewrite what is not there."""
        raise CommandError(NO_DISK)

    def reload(self, *, save: bool, flush: bool, merge: bool) -> bool:
        """Refuse to save and load."""
        raise CommandError(NO_DISK)

    def reload_log(self) -> bool:
        """Refuse to load what is not there."""
        raise CommandError(NO_DISK)

    def emptied(self) -> None:
        """FLUSHALL has nothing to save."""

    def refusal(self, name: str, value: object) -> str:
        """An append-only file cannot be turned on."""
        return "There is no disk here" if name == "appendonly" and value is True else ""

    def configured(self, name: str) -> None:
        """Nothing depends on parameters."""

    def before_sleep(self) -> None:
        """Nothing waits to be written."""

    def cron(self) -> None:
        """Nothing is due."""

    def freeze(self) -> object:
        """There is nothing to remember."""
        return None

    def thaw(self, frozen: object) -> None:
        """There is nothing to bring back."""
