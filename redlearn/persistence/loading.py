"""Loading: the data back from files, a piece at a time, with others told to wait.

    for _ in load_snapshot(...):      # between two steps somebody may be answered: -LOADING
        ...

A snapshot is put in the place of what is there all at once, at its very end; a file with a fault
in it changes nothing. How far it has come is in `Durability.loading` meanwhile.

Source: `server.c` loadDataFromDisk; `rdb.c` rdbLoad, startLoading, loadingProgress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from redlearn.engine.clients import be_alert
from redlearn.engine.commands.scripting.libraries import library_of
from redlearn.engine.context import Context
from redlearn.engine.durability import Loading
from redlearn.engine.engine import Engine
from redlearn.engine.info import human
from redlearn.engine.keyspace import Database
from redlearn.engine.scripts import Library
from redlearn.engine.state import State
from redlearn.persistence.disk import Disk
from redlearn.persistence.rdb_read import Loaded, Loader
from redlearn.persistence.rdb_records import BadRdb

STEP: Final = 1 << 18
"""Bytes that are read between two looks at who wants to know how it goes: some 10 ms' worth."""

WORTH_TELLING: Final = 1 << 21
"""Bytes from which on it is told how far a load has come, at each tenth."""

Tell = Callable[[str], None]


class CannotLoad(Exception):
    """Why an engine cannot begin with what is on the disk; a sentence for whoever started it.

    Attributes:
        name: Of the file that is to blame, without directories; "" if it is none of them.
        offset: Where in it, or -1.
        reason: What is wrong with it, or the whole sentence.
    """

    def __init__(self, sentence: str, name: str = "", offset: int = -1, reason: str = "") -> None:
        super().__init__(sentence)
        self.name = name
        self.offset = offset
        self.reason = reason or sentence


__all__ = ["BadRdb", "CannotLoad", "Progress", "load_snapshot"]


class Progress:
    """How far a load has come, for INFO and for the log.

    Use it as `with Progress(...) as progress`: at its end, however it came, the load is over.
    """

    def __init__(self, engine: Engine, what: str, total: int, tell: Tell) -> None:
        """`total`: in bytes, as far as that is known."""
        self._engine = engine
        self._known = engine.state.durability
        self._what = what
        self._total = total
        self._tell = tell
        self._tenths = -1
        self._started_s = engine.clock.now_ms() // 1000

    def __enter__(self) -> Progress:
        self._known.loading = Loading(self._started_s, self._total, 0)
        be_alert(self._engine.state)
        return self

    def __exit__(self, *_: object) -> None:
        self._known.loading = None
        be_alert(self._engine.state)

    def reached(self, loaded: int, total: int) -> None:
        """So many bytes are read, of so many."""
        self._known.loading = Loading(self._started_s, total, loaded)
        if total < WORTH_TELLING:
            return
        tenths = loaded * 10 // total
        if self._tenths < 0:
            self._tell(f"Loading {self._what}, {human(total)}")
            self._tenths = 0
        if tenths > self._tenths:
            self._tenths = tenths
            self._tell(f"Loading {self._what}: {tenths * 10}%")


def load_snapshot(engine: Engine, disk: Disk, name: str, tell: Tell) -> Iterator[None]:
    """Put what a snapshot holds in the place of all data, in steps.

    Raises:
        FileNotFoundError: There is none; nothing has changed.
        OSError: It cannot be read.
        BadRdb: There is a fault in it; nothing has changed.
    """
    data = disk.read(name)
    loader = loader_of(engine, data)
    taken = stopwatch(engine)
    with Progress(engine, name, len(data), tell) as progress:
        while not loader.step(STEP):
            progress.reached(loader.done // 2, len(data))
            yield
        loaded = loader.install()
    note(engine, loaded)
    took = taken()
    keys = "1 key" if loaded.keys == 1 else f"{loaded.keys} keys"
    tell(f"DB loaded from disk: {keys}{took and f' in {took}'}")


def stopwatch(engine: Engine) -> Callable[[], str]:
    """Says how long it has been since: "0.012 seconds", or "" where nobody measures time.

    A session's clock stands still while a command runs: a load takes no time by it, which is true
    of nobody's day.
    """
    timer = engine.state.stats.timer
    if timer is None:
        return lambda: ""
    began_ns = timer()
    return lambda: f"{(timer() - began_ns) / 1e9:.3f} seconds"


def loader_of(engine: Engine, data: bytes, *, base: bool = False) -> Loader:
    """What reads a snapshot's bytes into an engine.

    Args:
        base: Commands follow, in the same file or in others, which know of keys that are over.

    Raises:
        BadRdb: It is none.
    """
    return Loader(
        engine.state,
        data,
        library_of=_libraries(engine),
        keep_expired=base,
        more_follows=base,
    )


def note(engine: Engine, loaded: Loaded) -> None:
    """Remember what a load has brought."""
    known = engine.state.durability
    known.keys_loaded, known.keys_expired = loaded.keys, loaded.expired


def _libraries(engine: Engine) -> Callable[[bytes], Library]:
    context = Context(engine.state, engine.clock, lambda command, argv: None)
    return lambda code: library_of(context, code, replace=True)


def watched_keys(state: State) -> list[tuple[Database, bytes]]:
    """Keys that are there and that somebody watches, who is to know if they go (`mark_watchers`).

    Source: `db.c` signalFlushedDb.
    """
    return [(db, key) for db in state.databases for key in db.watched if key in db.keys]


@contextmanager
def unheard(engine: Engine) -> Iterator[None]:
    """Let nobody be passed what changes meanwhile: it is in a file already."""
    sinks = engine.state.sinks[:]
    engine.state.sinks.clear()
    try:
        yield
    finally:
        engine.state.sinks[:] = sinks
