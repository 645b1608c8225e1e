"""Calls that make half sense or none, of every command, at every length.

    python -m tests.properties.bad_input                    2,000 calls of each command
    python -m tests.properties.bad_input --count 50 --only xadd

Words are keys of every type and encoding, numbers at the limits of 32, 53 and 64 bits, the words
of the command's own options, patterns, IDs, and bytes of any kind. Whatever is sent, the answer is
a value or one of Redis's errors, within a second, and the data is in order afterwards.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.command import Command, all_commands
from redlearn.engine.engine import Engine
from redlearn.engine.notation import Argument
from redlearn.engine.syntax import of
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode
from redlearn.resp.reply import Failure, Reply, Several

COUNT = 2000
MOST_WORDS = 12
SECONDS = 1.0
MOST_REPLY = 8 << 20
MOST_GROWTH_KIB = 512 << 10
COSTLY = {"pfselftest": 20, "command": 10, "command|docs": 10, "command|info": 10}
"""Commands whose every call is slow by nature, and how many fewer calls are enough."""

AFRESH = 200
"""After how many calls the data is looked through, and made anew."""

KEYS: dict[bytes, list[str]] = {
    b"int": ["SET int 12"],
    b"embstr": ["SET embstr hello"],
    b"raw": ["SETRANGE raw 0 hello", f"APPEND raw {'x' * 90}"],
    b"float": ["SET float 1.5"],
    b"bits": ["SETBIT bits 70 1"],
    b"hll": ["PFADD hll a b c"],
    b"dense": ["PFADD dense a", "PFDEBUG TODENSE dense"],
    b"list": ["RPUSH list a b 3"],
    b"quicklist": [f"RPUSH quicklist {' '.join(f'{n}' * 40 for n in range(300))}"],
    b"intset": ["SADD intset 1 2 3"],
    b"set": ["SADD set a b 3"],
    b"hashset": [f"SADD hashset {' '.join(f'm{n}' for n in range(200))}"],
    b"hash": ["HSET hash f v g 5 h 1.5"],
    b"hashtable": [f"HSET hashtable {' '.join(f'f{n} {n}' for n in range(600))}"],
    b"zset": ["ZADD zset 1 a 2.5 b -inf c"],
    b"skiplist": [f"ZADD skiplist {' '.join(f'{n} m{n}' for n in range(200))}"],
    b"geo": ["GEOADD geo 13.5 38.25 x 15 37.5 y"],
    b"stream": [
        "XADD stream 1-1 f v", "XADD stream 2-1 f v g w", "XGROUP CREATE stream grp 0",
        "XREADGROUP GROUP grp ann COUNT 1 STREAMS stream >",
    ],
    b"ttl": ["SET ttl v PX 100000"],
    b"dying": ["SET dying v PX 5"],
}  # fmt: skip

NUMBERS = (
    b"0", b"1", b"2", b"3", b"5", b"-1", b"-2", b"10", b"100", b"1000", b"65535", b"65536",
    b"2147483647", b"2147483648", b"-2147483648", b"-2147483649", b"4294967295", b"4294967296",
    b"9007199254740993", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"-9223372036854775809", b"18446744073709551615", b"18446744073709551616", b"1.5", b"-1.5",
    b"1e308", b"1e400", b"5e-324", b"inf", b"-inf", b"nan", b"+1", b"01", b" 1", b"1 ", b"0x10",
    b"1_0", b"0.1", b"-0", b"90", b"180.0001", b"-85.06", b"9" * 400,
)  # fmt: skip
ODD = (
    b"", b"\x00", b"\xff", b"\xff\xfe\x00", b"a", b"field", b"member", b"a" * 65, b"b" * 5000,
    "\u00e9\u202e".encode(), b"\x1b[2J", b"\r\n", b"$5\r\n", b"a\r\n+OK\r\n:1\r\n", b"a\nb",
    b"%s%n", b"{", b"}", b"{a}", b"'",
)  # fmt: skip
SPECIAL = (
    b"*", b"?", b"[a-z]*", b"[^", b"[", b"\\", b"*?" * 20, b"a*" * 20 + b"b", b"$", b">", b"-",
    b"+", b"(", b"(1", b"[1", b"[a", b"(-inf", b"(inf", b"1-1", b"1-*", b"2-0", b"0-0", b"5-",
    b"-5",
    b"18446744073709551615-18446744073709551615", b"1-18446744073709551616", b"~", b"=", b"#", b"@",
    b"u8", b"i64", b"u64", b"i0", b"#1", b"grp", b"ann", b"KEYSPACE", b"id", b"__keyspace@0__:*",
    b"AND", b"OR", b"NOT", b"m", b"km", b"on", b"off", b"yes", b"no", b"REPLACE", b"f*",
    b"#*", b"*->f",
)  # fmt: skip


@dataclass
class Findings:
    """What a run met: calls made, errors and waits among them, the slowest, and what is wrong."""

    calls: int = 0
    refused: int = 0
    waited: int = 0
    slowest: float = 0.0
    slowest_call: str = ""
    wrong: list[str] = field(default_factory=list)


class Target:
    """An engine that is sent the calls; its data is made anew now and then."""

    def __init__(self, seed: int) -> None:
        self.clock = VirtualClock(1_000_000_000)
        self.engine = Engine(self.clock, seed=seed)
        self.engine.state.config.set("enable-debug-command", "yes")
        self.refresh()

    def refresh(self) -> None:
        """Look through the data, and begin again with all kinds of it."""
        self.engine.check()
        for client in list(self.engine.state.clients.values()):
            self.engine.disconnect(client)
        self.clock.ms = 1_000_000_000
        self.client = self.engine.connect()
        # Commands that make long strings are as right with a small limit, and quicker.
        fixed = ["FLUSHALL", "CONFIG SET proto-max-bulk-len 1048576", "DEBUG SET-ACTIVE-EXPIRE 1"]
        for line in [*fixed, *(line for lines in KEYS.values() for line in lines)]:
            self.engine.execute(self.client, line.encode().split())
        self.clock.advance(10)
        self.client.take()

    def send(self, argv: list[bytes], protocol: int, found: Findings) -> None:
        """Make one call and note how it went."""
        client = self._able_client(protocol)
        started = time.process_time()
        try:
            self.engine.execute(client, argv)
            replies = client.take()
            sent = b"".join(encode(reply, protocol) for reply in replies)
        except Exception as error:  # whatever it is, it is what is looked for
            found.wrong.append(f"{type(error).__name__}: {error}: {shown(argv)}")
            self.engine = Engine(self.clock)
            self.engine.state.config.set("enable-debug-command", "yes")
            self.refresh()
            return
        took = time.process_time() - started
        found.calls += 1
        found.refused += any(isinstance(reply, Failure) for reply in replies)
        found.waited += client.wait is not None
        if took > found.slowest:
            found.slowest, found.slowest_call = took, shown(argv)
        if took > SECONDS or len(sent) > MOST_REPLY:
            found.wrong.append(f"{took:.1f} s, {len(sent)} bytes of reply: {shown(argv)}")
        if any(b"\n" in word for word in argv) and len(arrived(sent)) != count_of(replies):
            found.wrong.append(f"it comes as other replies than were sent: {shown(argv)}")

    def _able_client(self, protocol: int) -> Client:
        """The client, or a new one if it waits, has left, or has a MULTI open for long."""
        client = self.client
        gone = client.id not in self.engine.state.clients or client.closing
        if gone or client.wait is not None or len(client.queue or ()) > 20:
            self.engine.disconnect(client)
            client = self.client = self.engine.connect()
        client.protocol = protocol
        client.reply_mode = "on"
        return client


def arrived(data: bytes) -> list[Reply]:
    """What a client makes of these bytes."""
    return list(ReplyDecoder().feed(data))


def count_of(replies: list[Reply]) -> int:
    """How many replies a client is to get."""
    return sum(len(reply) if isinstance(reply, Several) else 1 for reply in replies)


def shown(argv: list[bytes]) -> str:
    """A call, short enough to print."""
    return " ".join(repr(word if len(word) < 80 else word[:77] + b"...")[1:] for word in argv)


def tokens(arguments: tuple[Argument, ...]) -> list[bytes]:
    """The fixed words of a command's arguments."""
    found = [argument.token.encode() for argument in arguments if argument.token]
    return found + [word for argument in arguments for word in tokens(argument.arguments)]


def calls(row: Command, count: int, seed: int) -> Iterator[list[bytes]]:
    """`count` calls of one command: half of them nearly right, half of 0 to 12 words in turn."""
    rng = Random(f"{seed} {row.name}")
    name = row.name.encode().split(b"|")
    arguments = of(row.syntax).arguments
    fixed = tokens(arguments) or [b"HELP"]
    for number in range(count):
        if number % 2:
            yield [*name, *nearly_right(rng, arguments, fixed)]
        else:
            length = number // 2 % (MOST_WORDS + 1)
            yield [*name, *(some_word(rng, fixed) for _ in range(length))]


def nearly_right(rng: Random, arguments: tuple[Argument, ...], fixed: list[bytes]) -> list[bytes]:
    """Words as the syntax wants them, with one or two of them changed, as often as not."""
    same_key = rng.choice(list(KEYS))
    words = [word for argument in arguments for word in written(rng, argument, same_key)]
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        if words:
            at = rng.randrange(len(words))
            words[at : at + rng.randrange(2)] = [some_word(rng, fixed)]
    return words


def written(rng: Random, argument: Argument, key: bytes) -> list[bytes]:
    """One argument with its values, as often as it may come."""
    if argument.optional and rng.random() < 0.5:
        return []
    words: list[bytes] = []
    for again in range(rng.randrange(1, 4) if argument.multiple else 1):
        if argument.token and (not again or argument.multiple_token):
            words.append(argument.token.encode())
        words += written_once(rng, argument, key)
    return words


def written_once(rng: Random, argument: Argument, key: bytes) -> list[bytes]:
    match argument.type:
        case "oneof":
            return written(rng, rng.choice(argument.arguments), key)
        case "block":
            return [word for inner in argument.arguments for word in written(rng, inner, key)]
        case "pure-token":
            return []
        case "key":
            return [key if rng.random() < 0.7 else rng.choice(list(KEYS))]
        case "integer" | "double" | "unix-time":
            return [rng.choice(NUMBERS[:8] if rng.random() < 0.7 else NUMBERS)]
        case "pattern":
            return [rng.choice(SPECIAL)]
    return [rng.choice((b"a", b"f", b"m1", b"1-1", b"1", b"x", b"$", b">", b"grp", b"ann"))]


def some_word(rng: Random, fixed: list[bytes]) -> bytes:
    """Any word: the command's own, a key, a number, or something odd."""
    match rng.randrange(10):
        case 0 | 1:
            word = rng.choice(fixed)
            return word.lower() if rng.random() < 0.2 else word
        case 2 | 3 | 4:
            return rng.choice(list(KEYS))
        case 5 | 6:
            return rng.choice(NUMBERS)
        case 7:
            return rng.choice(SPECIAL)
        case 8:
            return rng.choice(ODD)
    return rng.randbytes(rng.randrange(20))


def commands(only: str = "") -> list[Command]:
    """Every command and subcommand, or those whose name begins so."""
    return [row for row in all_commands() if row.name.startswith(only)]


def run(count: int, seed: int = 1, only: str = "") -> Findings:
    """Send `count` calls of each command to one engine after the other."""
    found = Findings()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for row in commands(only):
        target = Target(seed)
        for number, argv in enumerate(calls(row, count // COSTLY.get(row.name, 1), seed)):
            if number % AFRESH == AFRESH - 1:
                target.refresh()
            target.send(argv, 2 + number % 2, found)
            if number % 50 == 49:
                target.engine.tick()
        target.engine.check()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > MOST_GROWTH_KIB:
        found.wrong.append(f"memory grew by {grown >> 10} MiB")
    return found


def main() -> int:
    """Print what a run found; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=COUNT, help="calls of each command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="commands whose name begins so")
    asked = parser.parse_args()
    found = run(asked.count, asked.seed, asked.only)
    print(f"{found.calls} calls of {len(commands(asked.only))} commands: {found.refused} refused, "
          f"{found.waited} waited, {len(found.wrong)} wrong")  # fmt: skip
    print(f"slowest: {found.slowest:.3f} s: {found.slowest_call}")
    for line in found.wrong[:50]:
        print(line)
    return bool(found.wrong)


if __name__ == "__main__":
    sys.exit(main())
