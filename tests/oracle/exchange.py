"""Values handed to a real server and back, as payloads: nothing is lost on the way.

    python -m tests.oracle.exchange                        10,000 values, with both servers
    python -m tests.oracle.exchange --server valkey --count 500 --seed 3

A random value of any type and encoding is made here, its DUMP is restored there, that value's DUMP
is restored here. (DUMP gives the form of Redis 7.4 where an older one cannot say everything. What
7.0 does not read is left out with it, and Valkey gets a hash with fields that end in its own form.)

Both sides' DEBUG DIGEST-VALUE tell whether it is the same value each time; what a
digest does not see of a stream (groups, what is pending) is compared in the payload itself.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.engine.payload import NEWEST, OLDEST, dump
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.value import Value
from redlearn.resp.reply import OK, Reply
from tests.oracle.servers import Connection, Server, binaries, running
from tests.oracle.test_payloads import some_value, stream_commands, text

COUNT = 10_000
HASH_METADATA, HASH_LISTPACK_EX = 24, 25
FAR_MS = 9_000_000_000_000
ENOUGH = 10


@dataclass
class Exchanged:
    """How many values of which TYPE and encoding went both ways, and what was lost.

    Attributes:
        too_new: Values left out, as the server knows no form that says all of them.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    too_new: int = 0


class Here:
    """An engine with one client."""

    def __init__(self) -> None:
        self.engine = Engine(VirtualClock(1_700_000_000_000))
        self.engine.state.config.set("enable-debug-command", "yes")
        self.client = self.engine.connect()

    def run(self, *argv: bytes) -> Reply:
        self.engine.execute(self.client, list(argv))
        return self.client.take()[-1]

    def digest(self) -> bytes:
        (reply,) = self.run(b"DEBUG", b"DIGEST-VALUE", b"k")  # type: ignore[misc, union-attr]
        return str(getattr(reply, "text", "")).encode()

    def value(self) -> Value:
        value = self.engine.state.databases[0].value_of(b"k")
        assert value is not None
        return value

    def payload_for(self, server: str) -> bytes:
        payload = self.run(b"DUMP", b"k")
        assert isinstance(payload, bytes)
        if server == "valkey" and payload[0] in (HASH_METADATA, HASH_LISTPACK_EX):
            return dump(self.value(), NEWEST)
        return payload

    def fields(self) -> list[tuple[bytes, bytes, int]]:
        """Fields, values and moments of a hash of which some fields end; else nothing."""
        value = self.value()
        rows = value.rows() if isinstance(value, Hash) else []
        if not any(moment for *_, moment in rows):
            return []
        return sorted((field, content, moment or 0) for field, content, moment in rows)

    def kind(self) -> str:
        value = self.value()
        return f"{value.type} {value.encoding}"


def large_value(rng: Random) -> list[list[bytes]]:
    """Commands that make `k` of the rarer forms."""
    match rng.randrange(7):
        case 0:
            numbers = [b"%d" % rng.randrange(-(2 ** rng.choice((15, 31, 63))), 2**15)] * 3
            return [[b"SADD", b"k", *numbers, *[b"%d" % rng.randrange(999) for _ in range(99)]]]
        case 1:
            return [[b"RPUSH", b"k", text(rng), b"x" * 9000, text(rng) * 30]]
        case 2:
            members = [b"%d" % rng.randrange(5000) for _ in range(rng.choice((3, 300, 3000)))]
            return [[b"PFADD", b"k", *members]]
        case 3:
            return [[b"SETBIT", b"k", b"%d" % rng.randrange(9999), b"1"] for _ in range(9)]
        case 4:
            return [[b"GEOADD", b"k", b"13.5", b"38.25", b"a", b"15.25", b"37.5", b"b"]]
        case 5:
            return [[b"SET", b"k", rng.randbytes(rng.randrange(3000))]]
    return [[b"RPUSH", b"k", *[rng.randbytes(rng.randrange(40)) for _ in range(900)]]]


def timed_hash(rng: Random) -> list[list[bytes]]:
    """Commands that make `k` a hash of which some fields end."""
    count = rng.choice((3, 30, 600))
    pairs = [part for n in range(count) for part in (b"f%d" % n, text(rng))]
    ending = [b"f%d" % n for n in range(0, count, 3)]
    return [
        [b"HSET", b"k", *pairs],
        [b"HPEXPIREAT", b"k", b"%d" % FAR_MS, b"FIELDS", b"%d" % len(ending), *ending],
    ]


def making(rng: Random, server: str) -> list[list[bytes]]:
    """Commands that make `k`, of a form that the server knows."""
    match rng.randrange(10):
        case 0 | 1:
            return stream_commands(rng)
        case 2 | 3:
            return large_value(rng)
        case 4 if server == "valkey":
            return timed_hash(rng)
    return some_value(rng, exact=server == "redis")


def exchange(server: Server, count: int, seed: int = 1) -> Exchanged:
    """Send `count` values there and back."""
    result, here = Exchanged(), Here()
    with server.connect() as there:
        for number in range(count):
            rng = Random(f"{seed} {number}")
            here.run(b"DEL", b"k")
            for argv in making(rng, server.name):
                here.run(*argv)
            payload = here.payload_for(server.name)
            if server.name == "redis" and version_of(payload) > OLDEST:
                result.too_new += 1
                continue
            wrong = _there_and_back(here, there, payload)
            if wrong:
                result.lost.append(f"value {number} of seed {seed}: {wrong}")
                if len(result.lost) == ENOUGH:
                    break
            result.kinds[here.kind()] += 1
    return result


def fields_there(there: Connection) -> list[tuple[bytes, bytes, int]]:
    """What a server's hash holds, and when each field ends: Valkey's digests do not see that."""
    flat = there.run(b"HGETALL", b"k")
    fields, values = flat[::2], flat[1::2]
    count = b"%d" % len(fields)
    moments = there.run(b"HPEXPIRETIME", b"k", b"FIELDS", count, *fields)
    return sorted(zip(fields, values, [max(each, 0) for each in moments], strict=True))


def version_of(payload: bytes) -> int:
    return int.from_bytes(payload[-10:-8], "little")


def _there_and_back(here: Here, there: Connection, payload: bytes) -> str:
    """What went wrong with `k`, or ""."""
    before, fields = here.digest(), here.fields()
    said = there.run(b"RESTORE", b"k", b"0", payload, b"REPLACE")
    if said != b"OK":
        return f"{said} from the server for {payload[:60]!r}"
    other = fields_there(there) if fields else there.run(b"DEBUG", b"DIGEST-VALUE", b"k")
    if other != (fields or [before]):
        return f"the server has another value of {payload[:60]!r}"
    theirs = there.run(b"DUMP", b"k")
    answer = here.run(b"RESTORE", b"k", b"0", theirs, b"REPLACE")
    if answer != OK:
        return f"{answer} from here for {theirs[:60]!r}"
    value = here.value()
    value.check()
    if here.digest() != before:
        return f"another value came back in {theirs[:60]!r}"
    if value.type == "stream" and dump(value, version_of(theirs)) != theirs:
        return f"another stream came back in {theirs[:60]!r}"
    return ""


def main() -> int:
    """Print what went both ways; 1 if anything was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--server", choices=("redis", "valkey"), help="one of them only")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    failed = False
    for _, binary in binaries(asked.server):
        with running(binary) as server:
            result = exchange(server, asked.count, asked.seed)
        print(f"{server.name} {server.version}: {result.kinds.total()} values,"
              f" {len(result.lost)} lost, {result.too_new} too new")  # fmt: skip
        for kind, times in sorted(result.kinds.items()):
            print(f"  {kind:22} {times}")
        print(*result.lost, sep="\n")
        failed = failed or bool(result.lost)
    return failed


if __name__ == "__main__":
    sys.exit(main())
