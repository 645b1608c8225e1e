"""Reading a snapshot file: all it holds, or nothing at all.

    load(state, data)           reads, checks, and puts what was read in the place of what is there
    Loader(state, data)         the same in steps, for whoever has others to answer meanwhile

Three things happen, in this order. The checksum is worked out over the whole file, so that no
byte of a damaged one is acted on. The keys are read into tables of their own, beside those in
use. And only when the end has been reached do these take their place: a file with a fault in it
leaves everything as it was.

Nothing in the file is believed. Each length is held against the bytes that are left; how many
keys a database will have is a hint, and believed as far as so many keys could stand in the rest
of the file.

Cost: O(bytes). A small string under a small key takes two microseconds: it is read, hashed and
hung into a table that has room for it, without a command or a rehash.

Unlike Redis: bytes behind the end are refused, and a damaged file is named by the place of the
    fault rather than ending the process.

Source: `rdb.c` rdbLoadRioWithLoadingCtx.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn
from zlib import crc32

from redlearn import collector
from redlearn.engine.access import LFU_START, access_counted, access_idle_for
from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.payload import READERS, BadPayload, EmptyValue, Reader, crc64, read_value
from redlearn.engine.payload.wire import INT8, INT32
from redlearn.engine.scripts import Library, Scripts
from redlearn.engine.state import State
from redlearn.engine.structures.buckets import Entry, hanging
from redlearn.engine.structures.hashtable_filling import Filling
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.string import Content, bare, encoded
from redlearn.errors import CommandError
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_records import BadRdb, find_fault
from redlearn.persistence.rdb_shapes import MODULE_2, MODULE_PRE_GA
from redlearn.resp.text import printable

LEAST_KEY: Final = 3
"""The fewest bytes that a key can take: its type, and one each for its name and its value."""

LibraryOf = Callable[[bytes], Library]


@dataclass(slots=True)
class Loaded:
    """What came of a file.

    Attributes:
        version: That of the file.
        aux: What the file says about itself.
        keys: How many keys were loaded.
        expired: How many were left out, as their time was over.
        empty: How many were left out, as they had no elements.
        size: Bytes of the file; more may follow it in a log.
    """

    version: int = 0
    aux: dict[bytes, bytes] = field(default_factory=dict)
    keys: int = 0
    expired: int = 0
    empty: int = 0
    size: int = 0


@dataclass(slots=True)
class _Space:
    """The tables of one database, while they are filled."""

    keys: Filling
    expires: Filling
    timed: list[tuple[bytes, Hash]] = field(default_factory=list)


@dataclass(slots=True)
class _Next:
    """What has been said of the key that comes next."""

    at_ms: int = NO_EXPIRY
    idle_seconds: int = -1
    frequency: int = -1


def load(
    state: State,
    data: bytes,
    *,
    library_of: LibraryOf | None = None,
    keep_expired: bool = False,
    more_follows: bool = False,
) -> Loaded:
    """Put what a file holds in the place of all databases and libraries. O(bytes).

    Args:
        library_of: Makes a library of its code, or raises CommandError; without it, a file with
            a library in it is refused.
        keep_expired: Keys whose time is over come along: commands of a log follow that count
            on them.
        more_follows: The file is the beginning of a log, and other bytes follow it.

    Raises:
        BadRdb: The file is damaged, or of a kind that is not known. Nothing has changed.
    """
    loader = Loader(
        state, data, library_of=library_of, keep_expired=keep_expired, more_follows=more_follows
    )
    while not loader.step(len(data) + 1):
        pass
    return loader.install()


class Loader:
    """Reads a file in steps.

    Attributes:
        done: How many bytes have been dealt with; of `total`. For a progress bar.
        total: The bytes of the file, twice: for the checksum, and for what is in it.
    """

    def __init__(
        self,
        state: State,
        data: bytes,
        *,
        library_of: LibraryOf | None = None,
        keep_expired: bool = False,
        more_follows: bool = False,
    ) -> None:
        """Args: as `load`.

        Raises:
            BadRdb: It does not begin as a file that can be read.
        """
        check_magic(data)
        self.loaded = Loaded(version=opcodes.version_of(data))
        self._state = state
        self._data = data
        self._reader = Reader(data, opcodes.MAGIC_SIZE)
        self._library_of = library_of
        self._keep_expired = keep_expired
        self._more_follows = more_follows
        self._spaces: dict[int, _Space] = {}
        self._space = self._enter(0)
        self._scripts = Scripts()
        self._next: _Next | None = None
        self._summed = 0
        self._sum = 0
        self._is_summed = more_follows or self.loaded.version < opcodes.CHECKSUM_SINCE
        self._is_read = False

    @property
    def total(self) -> int:
        """The bytes of the file, twice."""
        return 2 * len(self._data)

    @property
    def done(self) -> int:
        """How many of `total` have been dealt with."""
        return (len(self._data) if self._is_summed else self._summed) + self._reader.at

    def step(self, size: int) -> bool:
        """Go on for about `size` bytes; whether all has been read.

        Raises:
            BadRdb: As `load`. The loader is of no use any more.
        """
        if not self._is_summed:
            self._sum_up(size)
            return False
        probe = self._state.probe
        watcher, probe.emit = probe.emit, None  # a million keys are nothing to look at
        try:
            with collector.undisturbed():
                self._read(min(self._reader.at + size, len(self._data)))
        except IndexError:
            self._refuse("the file is cut off")
        except BadPayload as fault:
            self._refuse(str(fault))
        finally:
            probe.emit = watcher
        return self._is_read

    def install(self) -> Loaded:
        """Put what was read in the place of what is there. O(keys with fields that end)."""
        assert self._is_read
        state = self._state
        for db in state.databases:
            space = self._spaces.get(db.index) or _Space(Filling(0), Filling(0))
            db.replace(space.keys.result(), space.expires.result())
            for key, hash in space.timed:
                db.order_fields(key, hash)
        if state.ledger is not None:
            state.ledger.recount_tables()
        state.scripts.flush_functions()
        for library in self._scripts.libraries.values():
            state.scripts.add(library)
        collector.keep(self.loaded.keys)
        return self.loaded

    def install_beside(self, *, merge: bool) -> Loaded:
        """Put what was read beside what is there. O(keys).

        Args:
            merge: A key or library of the file takes the place of one that is there.

        Raises:
            BadRdb: One is there already, and must not be replaced. Nothing has changed.
        """
        assert self._is_read
        state = self._state
        pairs = [(db, space) for db in state.databases if (space := self._spaces.get(db.index))]
        if not merge:
            self._refuse_doubles(pairs)
        for db, space in pairs:
            db.add_all(hanging(space.keys.row), hanging(space.expires.row))
        for library in self._scripts.libraries.values():
            state.scripts.add(library)
        return self.loaded

    def _refuse_doubles(self, pairs: list[tuple[Database, _Space]]) -> None:
        end = len(self._data)
        for db, space in pairs:
            for entry in hanging(space.keys.row):
                if db.keys.peek(entry.key) is not None:
                    self._refuse(f"the key {printable(entry.key)} is there already", end)
        for library in self._scripts.libraries.values():
            if library.name in self._state.scripts.libraries or self._state.scripts.taken(library):
                self._refuse(f"the library {printable(library.name)} is there already", end)

    # ----------------------------------------------------------------------------------- checking

    def _sum_up(self, size: int) -> None:
        """Go on with the checksum; at its end, compare it."""
        end = len(self._data) - opcodes.END_SIZE + 1
        stop = min(self._summed + max(size, 1), end)
        self._sum = crc64(self._data[self._summed : stop], self._sum)
        self._summed = stop
        if stop < end:
            return
        self._is_summed = True
        if not _agrees(self._sum, self._data[end:]):
            raise find_fault(self._data, self._sum)

    def _refuse(self, reason: str, at: int | None = None) -> NoReturn:
        raise BadRdb(self._reader.at if at is None else at, reason)

    # ------------------------------------------------------------------------------------ reading

    def _read(self, goal: int) -> None:
        """Read on until `goal` or the end."""
        reader = self._reader
        while not self._is_read:
            if self._next is None:
                reader.at = self._read_texts(reader.at, goal)
            if reader.at >= goal:
                if goal == len(self._data):
                    self._refuse("the file ends without an end")
                return
            self._read_one(reader.byte())

    def _read_one(self, code: int) -> None:
        """Read what an opcode announces, or a key of that type."""
        act = _ACTS.get(code)
        if act is not None:
            act(self)
        elif code in _REFUSED:
            self._refuse(_REFUSED[code], self._reader.at - 1)
        elif code not in READERS:
            self._refuse(f"no key and nothing else begins with {code}", self._reader.at - 1)
        else:
            self._read_key(code)

    def _read_texts(self, at: int, goal: int) -> int:
        """Read keys that hold short strings until something else comes; where that is.

        They are most of a usual file, so this does in a loop and without calls what `_read_key`
        does for all.

        Args:
            goal: Where to stop; not beyond the end of the data.
        """
        data, filling, access = self._data, self._space.keys, self._usual_access()
        row, mask, seed, used = filling.row, filling.mask, filling.seed, filling.used
        while at < goal and not data[at] and data[at + 1] < 64:
            middle = at + 2 + data[at + 1]
            head = data[middle]
            stop = middle + 1 + (head if head < 64 else 1 << (head - INT8) if head >= INT8 else 0)
            if used > mask or stop >= len(data) or 64 <= head < INT8 or head > INT32:
                break
            key, text = data[at + 2 : middle], data[middle + 1 : stop]
            index = crc32(key, seed) & mask
            found = first = row[index]
            while found is not None and found.key != key:
                found = found.next
            if found is not None:
                break
            value: Content = encoded(text)
            if head >= 64:
                value = int.from_bytes(text, "little", signed=True)
            row[index] = Entry(key, value, first, access)
            used += 1
            at = stop
        self.loaded.keys += used - filling.used
        filling.used = used
        return at

    def _usual_access(self) -> int:
        """How a key was used of which the file says nothing: now, for the first time."""
        state = self._state
        if state.counts_uses:
            return access_counted(LFU_START, state.now_ms)
        return state.now_ms

    def _read_key(self, number: int) -> None:
        """Read a key of the type `number`, its name and its value (`rdb.c` rdbLoadObject)."""
        start = self._reader.at - 1
        key = self._reader.string()
        said, self._next = self._next or _NOTHING, None
        try:
            value = read_value(self._reader, number, self._state.kit, self.loaded.version)
        except EmptyValue:
            self.loaded.empty += 1
            return
        except BadPayload as fault:
            self._refuse(f"{fault}, in the value of {printable(key)}")
        if said.at_ms != NO_EXPIRY and said.at_ms < self._state.now_ms and not self._keep_expired:
            self.loaded.expired += 1
            return
        space = self._space
        if not space.keys.add(key, bare(value), self._access(said)):
            self._refuse(f"the key {printable(key)} is there twice", start)
        if said.at_ms != NO_EXPIRY:
            space.expires.add(key, said.at_ms)
        if value.__class__ is Hash and value.first_ms:
            space.timed.append((key, value))
        self.loaded.keys += 1

    def _access(self, said: _Next) -> int:
        """How the key was used, if the policy can make something of what is said of it."""
        state = self._state
        if state.counts_uses and said.frequency >= 0:
            return access_counted(said.frequency, state.now_ms)
        if not state.counts_uses and said.idle_seconds >= 0:
            return access_idle_for(said.idle_seconds, state.now_ms)
        return self._usual_access()

    # ---------------------------------------------------------------------- what is between keys

    def _enter(self, index: int) -> _Space:
        seed = self._state.chance.seed
        return self._spaces.setdefault(index, _Space(Filling(seed), Filling(seed)))

    def _select(self) -> None:
        index = self._reader.length()
        if index >= len(self._state.databases):
            self._refuse(f"there is no database {index} here")
        self._space = self._enter(index)

    def _make_room(self) -> None:
        """Make the tables large enough at once, as far as so many keys can follow at all."""
        reader, space = self._reader, self._space
        keys, expires = reader.length(), reader.length()
        most = reader.left // LEAST_KEY
        space.keys.reserve(min(keys, most))
        space.expires.reserve(min(expires, keys, most))

    def _said(self) -> _Next:
        """What has been said of the next key, to be added to."""
        if self._next is None:
            self._next = _Next()
        return self._next

    def _take_seconds(self) -> None:
        self._said().at_ms = int.from_bytes(self._reader.take(4), "little", signed=True) * 1000

    def _take_ms(self) -> None:
        self._said().at_ms = int.from_bytes(self._reader.take(8), "little", signed=True)

    def _take_frequency(self) -> None:
        self._said().frequency = self._reader.byte()

    def _take_idle(self) -> None:
        self._said().idle_seconds = self._reader.length()

    def _take_aux(self) -> None:
        name = self._reader.string()
        self.loaded.aux[name] = self._reader.string()

    def _take_library(self) -> None:
        at = self._reader.at - 1
        code = self._reader.string()
        if self._library_of is None:
            self._refuse("a library of functions, and nobody who runs them", at)
        try:
            library = self._library_of(code)
        except CommandError as error:
            self._refuse(f"a library of functions that cannot be loaded: {error.text}", at)
        if library.name in self._scripts.libraries or self._scripts.taken(library):
            self._refuse(f"the library {printable(library.name)} is there twice", at)
        self._scripts.add(library)

    def _pass_slot_info(self) -> None:
        """How many keys a slot of a cluster has: a hint for tables that are not here."""
        for _ in range(3):
            self._reader.length()

    def _end(self) -> None:
        """The end: where a log goes on, the checksum is worked out only now."""
        reader, data = self._reader, self._data
        end = reader.at
        if self.loaded.version >= opcodes.CHECKSUM_SINCE:
            kept = reader.take(8)
            if self._more_follows and not _agrees(crc64(data[:end]), kept):
                self._refuse("the checksum is another", end)
        if reader.left and not self._more_follows:
            self._refuse(f"{reader.left} bytes follow the end")
        self.loaded.size = reader.at
        self._is_read = True


def check_magic(data: bytes) -> None:
    """See whether a file begins as one that can be read.

    Raises:
        BadRdb: It does not.
    """
    version = opcodes.version_of(data)
    if not version:
        raise BadRdb(0, "this is no snapshot file: it begins with neither REDIS nor VALKEY")
    if not opcodes.is_readable(data):
        raise BadRdb(0, f"version {version} of the format is not known")


def _agrees(sum: int, kept: bytes) -> bool:
    """Whether a file's checksum is right; zero says that there is none."""
    return int.from_bytes(kept, "little") in (0, sum)


_NOTHING: Final = _Next()

_ACTS: Final[dict[int, Callable[[Loader], None]]] = {
    opcodes.END: Loader._end,
    opcodes.SELECT_DB: Loader._select,
    opcodes.EXPIRE_SECONDS: Loader._take_seconds,
    opcodes.EXPIRE_MS: Loader._take_ms,
    opcodes.RESIZE_DB: Loader._make_room,
    opcodes.AUX: Loader._take_aux,
    opcodes.FREQUENCY: Loader._take_frequency,
    opcodes.IDLE: Loader._take_idle,
    opcodes.FUNCTION: Loader._take_library,
    opcodes.SLOT_INFO: Loader._pass_slot_info,
}

_REFUSED: Final = {
    MODULE_PRE_GA: "the value of a module, in a form of before their release",
    MODULE_2: "the value of a module, and there are no modules here",
    opcodes.MODULE_AUX: "the data of a module, and there are no modules here",
    opcodes.FUNCTION_PRE_GA: "functions in a form of before their release",
    opcodes.SLOT_IMPORT: "slots of a cluster that are on their way, and there is no cluster here",
}
