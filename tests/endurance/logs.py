"""Logs that are cut off, damaged, or left in the midst of a rewrite; and what they give back.

    cut off anywhere     what is whole is loaded, and the file is cut to it; or it is refused
    any byte changed     refused, or loaded: never anything else
    power cut anywhere   in a rewrite: nothing is lost that was acknowledged

Everything happens on a simulated disk, in virtual time; some of the cuts are shown to a real
server too.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from redlearn.engine.effects import Effect
from redlearn.persistence.aof_load import AofError
from redlearn.persistence.aof_write import NOTHING_SELECTED, with_selects
from redlearn.persistence.disk import append_all
from redlearn.persistence.job import SlicedJob
from redlearn.persistence.simulated_disk import DiskDid, SimulatedDisk
from redlearn.probe import Event
from redlearn.resp.encode import encode_command
from tests.oracle.servers import Connection, redis_binary, running
from tests.persistence.logs import DIRECTORY, FIRST, MANIFEST, World
from tests.persistence.stored import Stored

MANIFEST_OF_ONE = b"file appendonly.aof.1.incr.aof seq 1 type i\n"
CHANGES = (0x01, 0xFF)
FAR_MS = 4_102_444_800_000


@dataclass
class Bounds:
    """Where a log may end, and what it holds then.

    Attributes:
        data: The incremental file.
        digests: By the bytes of each prefix of whole commands and transactions.
        ends: Where a command ends, be it in a transaction or not.
    """

    data: bytes = b""
    ends: list[int] = field(default_factory=lambda: [0])
    digests: dict[int, str] = field(default_factory=dict)

    def at(self, size: int) -> int:
        """How much of a file of `size` bytes is whole."""
        return max(bound for bound in self.digests if bound <= size)

    def left_by_redis(self, size: int) -> int:
        """How much of it a real server leaves.

        If a transaction is cut off in the midst of a command, that is all that goes: MULTI stays,
        and what is appended behind it is lost at the next start.
        """
        last = max(end for end in self.ends if end <= size)
        return self.at(size) if last == size else last


def busy_log(seed: int, size: int) -> Bounds:
    """A log of at least `size` bytes, of all kinds of commands; each of its ends with a digest."""
    rng, server, bounds = Random(seed), World(appendfsync="no").start(), Bounds()
    bounds.digests[0] = server.digest()
    units: list[tuple[Effect, ...]] = []
    server.engine.state.sinks.append(units.append)
    db = NOTHING_SELECTED
    while len(bounds.data) < size:
        for argv in some_commands(rng):
            before = server.digest()
            server.run(argv)
            while units:
                db = _note(bounds, units.pop(0), db, before, server.digest())
    return bounds


def _note(bounds: Bounds, unit: tuple[Effect, ...], db: int, before: str, after: str) -> int:
    """Note where a unit's commands end: a transaction ends once, a SELECT changes nothing."""
    commands, db = with_selects(unit, db)
    for argv in commands:
        bounds.data += encode_command(argv)
        bounds.ends.append(len(bounds.data))
        if argv[0] == b"SELECT" and len(unit) == 1:
            bounds.digests[len(bounds.data)] = before
    bounds.digests[len(bounds.data)] = after
    return db


def some_commands(rng: Random) -> list[list[bytes]]:
    """A write of any kind: lines that end lines, transactions, streams, other databases."""
    key = b"k%d" % rng.randrange(5)
    match rng.randrange(7):
        case 0:
            value = rng.choice((b"\r\n", b"\r\n*1\r\n$4\r\nEXEC\r\n", rng.randbytes(30), b""))
            return [[b"SET", key, value]]
        case 1:
            return [[b"MULTI"], [b"INCR", b"n"], [b"RPUSH", b"l", rng.randbytes(4)], [b"EXEC"]]
        case 2:
            return [[b"XADD", b"s", b"*", b"field", b"%d" % rng.randrange(99)]]
        case 3:
            return [[b"SELECT", b"%d" % rng.randrange(3)], [b"SADD", b"set", rng.randbytes(3)]]
        case 4:
            return [[b"HSET", b"h", key, rng.randbytes(8)], [b"DEL", key]]
        case 5:
            return [[b"SET", key, b"v"], [b"PEXPIREAT", key, b"%d" % (FAR_MS + rng.randrange(9))]]
    return [[b"ZADD", b"z", b"%d" % rng.randrange(9), key]]


# ---------------------------------------------------------------------------------------- cut off


def cut_anywhere(bounds: Bounds, offsets: Iterable[int]) -> int:
    """Load the file cut off at each offset, both ways; how many were no ends of a command."""
    world = with_log(b"")
    torn = 0
    for offset in offsets:
        whole = bounds.at(offset)
        torn += whole != offset
        _put(world, bounds.data[:offset])
        server = world.start()
        assert server.digest() == bounds.digests[whole], f"cut at {offset}: another dataset"
        assert world.disk.size(FIRST) == whole, f"cut at {offset}: not cut to {whole}"
        assert (server.loaded.cut is None) is (whole == offset), f"cut at {offset}"
        _put(world, bounds.data[:offset])
        refusal = refused(world, aof_load_truncated=False)
        assert (refusal is None) is (whole == offset), f"cut at {offset}: {refusal}"
        if refusal is not None:
            assert refusal.offset == whole, f"cut at {offset}: {refusal}"
            assert world.disk.size(FIRST) == offset, f"cut at {offset}: touched all the same"
    return torn


def with_log(data: bytes) -> World:
    """A disk with a log of one file, and no base."""
    world = World(appendfsync="no")
    world.disk.make_directory(DIRECTORY)
    append_all(world.disk.create(MANIFEST), MANIFEST_OF_ONE)
    _put(world, data)
    return world


def _put(world: World, data: bytes) -> None:
    append_all(world.disk.create(FIRST), data)


def refused(world: World, **options: bool) -> AofError | None:
    """Why a start refuses the log, or None if it does not."""
    kept, world.options = world.options, type(world.options)(appendfsync="no", **options)  # type: ignore[arg-type]
    try:
        world.start()
    except AofError as error:
        return error
    finally:
        world.options = kept
    return None


@contextmanager
def folder_of(data: bytes) -> Iterator[Path]:
    """A folder with a log of one file, for a real server."""
    folder = Path(tempfile.mkdtemp(prefix="redlearn-aof-"))
    try:
        (folder / DIRECTORY).mkdir()
        (folder / MANIFEST).write_bytes(MANIFEST_OF_ONE)
        (folder / FIRST).write_bytes(data)
        yield folder
    finally:
        shutil.rmtree(folder)


def agrees_with_redis(bounds: Bounds, offset: int) -> bool:
    """Whether a real Redis loads the same of a file cut off there, and refuses it if told to."""
    binary, whole = redis_binary(), bounds.at(offset)
    assert binary is not None, "redis-server is not on PATH"
    with folder_of(bounds.data[:offset]) as folder:
        options = ("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "no")
        with running(binary, *options) as server, server.connect() as client:
            until_loaded(client)
            same = client.run(b"DEBUG", b"DIGEST").decode() == bounds.digests[whole]
        size = (folder / FIRST).stat().st_size
    with folder_of(bounds.data[:offset]) as folder:
        starts = _starts(binary, folder)
    return same and size == bounds.left_by_redis(offset) and starts is (whole == offset)


def disagreements(bounds: Bounds, offsets: Iterable[int]) -> list[int]:
    """Those of the cuts on which a real Redis does not agree."""
    return [offset for offset in offsets if not agrees_with_redis(bounds, offset)]


def _starts(binary: str, folder: Path) -> bool:
    """Whether a server that is told not to load cut off files starts over this one."""
    try:
        options = (
            "--dir", str(folder), "--appendonly", "yes", "--aof-load-truncated", "no",
            "--logfile", "",
        )  # fmt: skip
        with running(binary, *options) as server, server.connect() as client:
            until_loaded(client)
            return True
    except (RuntimeError, OSError):
        return False


def until_loaded(client: Connection) -> None:
    """A server answers before it has loaded its files; raises OSError if it ends meanwhile."""
    while b"\nloading:0" not in client.run(b"INFO", b"persistence"):
        time.sleep(0.01)


# ---------------------------------------------------------------------------------------- damaged


def any_byte_changed(bounds: Bounds, offsets: Iterable[int]) -> tuple[int, int]:
    """Load the file with one byte changed, each in turn; how many were refused, and loaded."""
    world = with_log(b"")
    told, taken = 0, 0
    for offset in offsets:
        for mask in CHANGES:
            changed = bytearray(bounds.data)
            changed[offset] ^= mask
            _put(world, bytes(changed))
            error = refused(world)
            if error is None:
                taken += 1
            else:
                told += 1
                assert 0 <= error.offset <= len(bounds.data), str(error)
                assert world.disk.read(FIRST) == changed, "a refused file was touched"
    return told, taken


BASE_SIZE = 450
"""About how many bytes the base has that is damaged."""


def base_damaged(offsets: Iterable[int]) -> str:
    """Cut a base off, or change it, at each offset: it is refused, and no file touched. What is
    wrong, or "". (One of no bytes at all is an empty dataset, for a real server too.)
    """
    world = World(appendfsync="no")
    server = world.start()
    for argv in [argv for _ in range(9) for argv in some_commands(Random(5))]:
        server.run(argv)
    server.rewrite()
    server.run("SET later 1")
    names = [f"{DIRECTORY}/{name}" for name in world.disk.names(DIRECTORY)]
    base = next(name for name in names if ".base." in name)
    data = world.disk.read(base)
    for offset in offsets:
        for damaged in (data[:offset], *(_changed(data, offset, mask) for mask in CHANGES)):
            if damaged == data or offset >= len(data):
                continue
            append_all(world.disk.create(base), damaged)
            before = [world.disk.read(name) for name in names]
            if refused(world) is None:
                return f"loaded with byte {offset} of the base damaged"
            if [world.disk.read(name) for name in names] != before:
                return f"a file was touched, byte {offset} of the base being damaged"
    return ""


def _changed(data: bytes, offset: int, mask: int) -> bytes:
    return (
        data[:offset]
        + bytes(each ^ mask for each in data[offset : offset + 1])
        + data[offset + 1 :]
    )


# ------------------------------------------------------------------------------------- power cuts


class PowerCutError(Exception):
    """The power goes, in the midst of something."""


class Cutter:
    """Cuts the power, or ends the process, after so many things that a disk did."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self, event: Event) -> None:
        assert isinstance(event, DiskDid)
        if event.operation == "read":
            return
        self.left -= 1
        if self.left < 0:
            raise PowerCutError


def cut_in_a_rewrite(seed: int, steps: int, *, preamble: bool, power: bool) -> bool:
    """A rewrite, cut after `steps`; whether it was over before. Nothing acknowledged is lost.

    Then another one on the same disk, cut somewhere: what the first has left is in nobody's way.
    """
    rng = Random(f"{seed} {steps}")
    told = f"seed {seed}, {steps} steps"
    stored = Stored(
        appendonly="yes", appendfsync="always", aof_use_rdb_preamble="yes" if preamble else "no"
    )
    for number in range(10):
        stored(f"SET key:{number} {rng.random()}")
        stored(f"RPUSH list {number}")
    over = _cut(stored, rng, steps, power, told)
    _cut(stored, rng, rng.randrange(80), rng.random() < 0.5, f"{told}, then another")
    stored("SET later 1")
    _rewrite_while_writing(stored, rng, [])
    last = stored.digest()
    stored.crash()
    assert stored.digest() == last, f"{told}: not after it"
    return over


def _cut(stored: Stored, rng: Random, steps: int, power: bool, told: str) -> bool:
    """Cut a rewrite after so many steps, and start again; whether it was over before."""
    acknowledged = [stored.digest()]
    stored.disk.watch(Cutter(steps))
    try:
        _rewrite_while_writing(stored, rng, acknowledged)
        over = True
    except PowerCutError:
        over = False
    stored.disk.watch(None)
    possible = {acknowledged[-1], stored.digest()}
    if power:
        stored.crash(torn=_torn(stored.disk, rng), entries=rng.randrange(4))
    else:
        stored.kill()
    assert stored.digest() in possible, f"{told}: lost or made up"
    return over


def _rewrite_while_writing(stored: Stored, rng: Random, acknowledged: list[str]) -> None:
    def write() -> None:
        key, value = rng.randrange(9), rng.random()
        for line in (f"SET k:{key} {value}", "MULTI", "INCR a", "INCR b", "EXEC"):
            stored(line)
            acknowledged.append(stored.digest())

    write()
    stored("BGREWRITEAOF")
    job = stored.store.log.job
    assert isinstance(job, SlicedJob)
    job._at_once = 3
    while stored.store.busy:
        write()
        stored.store.poll()
    write()


def _torn(disk: SimulatedDisk, rng: Random) -> dict[str, int]:
    """Some bytes of each file that had arrived although nobody had asked for it."""
    names = [f"{DIRECTORY}/{name}" for name in disk.names(DIRECTORY)]
    names += [name for name in disk.names() if name != DIRECTORY]
    return {name: rng.randrange(60) for name in names}


def all_cuts(seed: int) -> int:
    """Rewrites of either form, cut by power and by kill; how many cuts there were."""
    return sum(
        cut_at_every_step(seed, preamble=preamble, power=power)
        for preamble in (True, False)
        for power in (True, False)
    )


def cut_at_every_step(seed: int, *, preamble: bool, power: bool) -> int:
    """Cut the same rewrite after each of its steps; how many there are."""
    steps = 0
    while not cut_in_a_rewrite(seed, steps, preamble=preamble, power=power):
        steps += 1
    return steps
