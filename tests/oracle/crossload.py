"""Files across: what is written here is loaded by real servers, and the other way round.

    python -m tests.oracle.crossload                          200 data sets, both servers
    python -m tests.oracle.crossload --server redis --count 20 --seed 3 --way rdb

A data set is some fifty keys of every type and encoding, in several databases, some of which end,
with function libraries beside them. Each goes two ways, in each kind of file:

    there    it is made here, written here, and loaded by the server
    back     it is made by the server, written by the server, and loaded here

Then both sides are asked for all they hold: each key's type, content, end, and of streams the
groups, consumers and what is pending. The answers must be equal. What is written here is also
given to the program that checks files: redis-check-rdb, redis-check-aof, and Valkey's own. How logs
go, `logs_across.py` says.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from redlearn.engine.payload import OLDEST
from redlearn.persistence.rdb_write import least_version
from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle import logs_across
from tests.oracle.calls import decoded
from tests.oracle.exchange import making
from tests.oracle.servers import Connection, binaries, running
from tests.persistence.files import LIBRARY, check, load_into, new_redis, save

COUNT = 200
KEYS = 50
ENOUGH = 5
FAR_MS = 9_000_000_000_000
VERSIONS = (80, 10, 11)
"""Those that Valkey reads."""

FILE = "dump.rdb"

DATABASES = (0, 1, 5, 15)

Ask = Callable[[list[list[bytes]]], list[Any]]


@dataclass
class Crossed:
    """How much went across, and what was lost.

    Attributes:
        kinds: Keys by TYPE and direction.
        checked: Files that the server's own checker has accepted.
    """

    sets: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Side:
    """A real server with a folder of its own.

    Attributes:
        folder: Where it writes its files, and looks for them.
        checker: Its program that checks snapshot files, if there is one.
    """

    name: str
    connection: Connection
    folder: Path
    checker: tuple[str, ...]

    def ask(self, argv: list[bytes]) -> Any:
        return self.connection.run(*argv)

    def more(self, number: int) -> list[list[bytes]]:
        """Commands that change the data set further."""
        return data_set(Random(f"more {number}"), self.name)

    def compare(self, redis: Redis, forgets: frozenset[bytes]) -> None:
        """Assert that an engine holds what the server holds."""
        _compare(redis, self, forgets)


def data_set(rng: Random, server: str) -> list[list[bytes]]:
    """Commands that make a data set, all of it in forms that the server knows."""
    commands: list[list[bytes]] = []
    if not rng.randrange(4):
        commands.append([b"FUNCTION", b"LOAD", LIBRARY.encode()])
    for number in range(rng.randrange(1, 2 * KEYS)):
        key = b"key:%d" % number if rng.randrange(9) else rng.randbytes(rng.randrange(40)) or b"\0"
        commands.append([b"SELECT", b"%d" % rng.choice((*DATABASES, 0, 0))])
        commands += [[b"DEL", b"k"], *making(rng, server), [b"RENAME", b"k", key]]
        if not rng.randrange(4):
            commands.append([b"PEXPIREAT", key, b"%d" % (FAR_MS + rng.randrange(10**6))])
    return commands


# --------------------------------------------------------------------------------- what is held


CONTENTS = {
    b"string": [b"GET"],
    b"hash": [b"HGETALL"],
    b"list": [b"LRANGE", b"0", b"-1"],
    b"set": [b"SMEMBERS"],
    b"zset": [b"ZRANGE", b"0", b"-1", b"WITHSCORES"],
}


def everything(ask: Ask, server: str, forgets: frozenset[bytes] = frozenset()) -> dict[Any, Any]:
    """All that one side holds, in an order of its own: keys, and libraries under None.

    Args:
        forgets: What is not told of streams.
    """
    (libraries,) = ask([[b"FUNCTION", b"LIST", b"WITHCODE"]])
    held: dict[Any, Any] = {None: [_pairs(row) for row in libraries]}
    for db in DATABASES:
        _, keys = ask([[b"SELECT", b"%d" % db], [b"KEYS", b"*"]])
        kinds = ask([[b"TYPE", key] for key in keys])
        ends = ask([[b"PEXPIRETIME", key] for key in keys])
        contents = ask([_question(kind, key) for kind, key in zip(kinds, keys, strict=True)])
        rows = [
            _fields(ask, key, reply, server)
            if kind == b"hash"
            else _plain(kind, reply, server, forgets)
            for kind, key, reply in zip(kinds, keys, contents, strict=True)
        ]
        for key, *row in zip(keys, kinds, ends, rows, strict=True):
            held[db, key] = tuple(row)
    return held


def _question(kind: bytes, key: bytes) -> list[bytes]:
    if kind == b"stream":
        return [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]
    name, *rest = CONTENTS[kind]
    return [name, key, *rest]


def _plain(kind: bytes, reply: Any, server: str, forgets: frozenset[bytes]) -> Any:
    """What a key holds, as a value that compares equal."""
    if kind == b"stream":
        return _stream(reply, server, forgets)
    if kind == b"zset":
        return [(reply[at], float(reply[at + 1])) for at in range(0, len(reply), 2)]
    return sorted(reply) if kind == b"set" else reply


def _fields(ask: Ask, key: bytes, reply: Any, server: str) -> Any:
    """A hash's fields with their values, and when they end, which 7.0 knows nothing of."""
    fields = reply[::2]
    moments = [-1] * len(fields)
    if server != "redis":
        (moments,) = ask([[b"HPEXPIRETIME", key, b"FIELDS", b"%d" % len(fields), *fields]])
    return sorted(zip(fields, reply[1::2], moments, strict=True))


IDLE = logs_across.IDLE
WORKED_OUT = (b"lag", b"radix-tree-keys", b"radix-tree-nodes")


def _stream(reply: Any, server: str, forgets: frozenset[bytes]) -> Any:
    """XINFO's reply, by name, less what is worked out otherwise from version to version."""
    if isinstance(reply, list) and reply and isinstance(reply[0], bytes) and len(reply) % 2 == 0:
        pairs = _pairs(reply)
        for name in (*WORKED_OUT, *forgets, *([b"active-time"] if server == "redis" else ())):
            pairs.pop(name, None)
        if IDLE in forgets and b"consumers" in pairs:
            rows = pairs[b"consumers"]
            pairs[b"consumers"] = [row for row in rows if _pairs(row)[b"pel-count"]]
        return {name: _stream(value, server, forgets) for name, value in pairs.items()}
    if isinstance(reply, list):
        return [_stream(item, server, forgets) for item in reply]
    return reply


def _pairs(flat: Any) -> dict[Any, Any]:
    return dict(zip(map(_hashable, flat[::2]), flat[1::2], strict=True))


def _hashable(word: Any) -> Any:
    return tuple(word) if isinstance(word, list) else word


# ------------------------------------------------------------------------------------------ ways


def rdb_there(side: Side, redis: Redis, seed: int) -> frozenset[bytes]:
    """Our snapshot file, loaded by the server."""
    path = side.folder / FILE
    path.write_bytes(save(redis, version_for(side, redis, seed), compress=bool(seed % 5)))
    check_file(side, path)
    said = side.ask([b"DEBUG", b"RELOAD", b"NOSAVE"])
    assert said == b"OK", said
    return frozenset()


def version_for(side: Side, redis: Redis, seed: int) -> int:
    """A version that the server knows and that can say everything, each in its turn."""
    least = least_version(redis.engine.state.databases)
    if side.name == "redis":
        return OLDEST  # all that 7.0 knows; when a consumer was active is not compared there
    able = [version for version in VERSIONS if version >= least]
    return able[seed % len(able)]


def rdb_back(side: Side, redis: Redis, seed: int) -> frozenset[bytes]:
    """The server's snapshot file, loaded here."""
    side.ask([b"CONFIG", b"SET", b"rdbcompression", b"yes" if seed % 3 else b"no"])
    assert side.ask([b"SAVE"]) == b"OK"
    load_into(redis, (side.folder / FILE).read_bytes())
    check(redis)
    return frozenset()


Way = Callable[[Side, Redis, int], frozenset[bytes]]
"""Brings data to the other side; what is forgotten of streams on the way."""

WAYS: dict[str, tuple[Way, Way]] = {
    "rdb": (rdb_there, rdb_back),
    "aof": (logs_across.there, logs_across.back),
}
"""By the kind of file: how data gets there, and how it gets back."""


def check_file(side: Side, path: Path) -> None:
    """Let the server's own program check a file."""
    if side.checker:
        done = subprocess.run([*side.checker, str(path)], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-500:]


def cross(side: Side, way: str, count: int, seed: int = 1) -> Crossed:
    """Send `count` data sets there, and as many back."""
    result = Crossed()
    there, back = WAYS[way]
    for number in range(count):
        for name, deed in (("there", _send), ("back", _fetch)):
            rng = Random(f"{seed} {number} {name}")
            commands = data_set(rng, side.name)
            try:
                kinds = deed(side, there if deed is _send else back, commands, number)
            except (AssertionError, ValueError) as fault:
                result.lost.append(f"{way}, set {number} of seed {seed}, {name}: {fault}"[:900])
                continue
            result.kinds.update(f"{kind} {name}" for kind in kinds)
        result.sets += 1
        if len(result.lost) >= ENOUGH:
            break
    result.checked = count if side.checker and not result.lost else 0
    return result


def _send(side: Side, way: Way, commands: list[list[bytes]], number: int) -> list[str]:
    redis = new_redis()
    logs_across.Recorder(redis, side.name, number)
    for argv in commands:
        redis.all(*argv)
    side.ask([b"FLUSHALL"])
    side.ask([b"FUNCTION", b"FLUSH"])
    forgets = way(side, redis, number)
    return _compare(redis, side, forgets)


def _fetch(side: Side, way: Way, commands: list[list[bytes]], number: int) -> list[str]:
    redis = new_redis()
    side.ask([b"FLUSHALL"])
    side.ask([b"FUNCTION", b"FLUSH"])
    side.connection.pipeline(commands)
    forgets = way(side, redis, number)
    return _compare(redis, side, forgets)


def _compare(redis: Redis, side: Side, forgets: frozenset[bytes]) -> list[str]:
    """The types of all keys, if both sides hold the same."""

    def ask(asked: list[list[bytes]]) -> list[Any]:
        return [decoded(encode(redis(*argv), 2)) for argv in asked]

    mine = everything(ask, side.name, forgets)
    other = everything(side.connection.pipeline, side.name, forgets)
    assert mine.keys() == other.keys(), f"other keys: {mine.keys() ^ other.keys()}"
    for key, held in mine.items():
        assert held == other[key], f"{key}: {difference(held, other[key])}"
    return [held[0].decode() for key, held in mine.items() if key is not None]


def difference(mine: Any, other: Any, path: str = "") -> str:
    """The first place where two things differ, and what stands there on either side."""
    if isinstance(mine, dict) and isinstance(other, dict) and mine.keys() == other.keys():
        pairs = [(f"{path}/{key!r}", mine[key], other[key]) for key in mine]
    elif isinstance(mine, list | tuple) and type(mine) is type(other) and len(mine) == len(other):
        pairs = [(f"{path}/{at}", *pair) for at, pair in enumerate(zip(mine, other, strict=True))]
    else:
        return f"at {path}\n  here  {mine!r:.300}\n  there {other!r:.300}"
    return next(difference(one, two, at) for at, one, two in pairs if one != two)


@contextmanager
def side_of(binary: str) -> Iterator[Side]:
    """A server of this binary, ready to have files put before it."""
    with running(binary, "--dbfilename", FILE) as server, server.connect() as connection:
        folder = Path(connection.run(b"CONFIG", b"GET", b"dir")[1].decode())
        with checker_of(server.name, binary) as checker:
            yield Side(server.name, connection, folder, checker)


@contextmanager
def checker_of(name: str, binary: str) -> Iterator[tuple[str, ...]]:
    """The program that checks files: Valkey's server is one, if it is called by that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}-check-rdb"
        path.symlink_to(Path(binary).resolve())
        path.with_name(f"{name}-check-aof").symlink_to(Path(binary).resolve())
        yield (str(path),)


def main() -> int:
    """Print what went across; 1 if anything was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--server", choices=("redis", "valkey"), help="one of them only")
    parser.add_argument("--way", choices=tuple(WAYS), help="one kind of file only")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    failed = False
    for name, binary in binaries(asked.server):
        for way in WAYS if asked.way is None else (asked.way,):
            with side_of(binary) as side:
                result = cross(side, way, asked.count, asked.seed)
            print(f"{name}, {way}: {result.sets} data sets each way, {result.kinds.total()} keys,"
                  f" {len(result.lost)} lost, {result.checked} files checked")  # fmt: skip
            for kind, times in sorted(result.kinds.items()):
                print(f"  {kind:16} {times}")
            print(*result.lost, sep="\n")
            failed = failed or bool(result.lost)
    return failed


if __name__ == "__main__":
    sys.exit(main())
