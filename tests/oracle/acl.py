"""Who may do what, beside a real server: random rules, random calls, ACL DRYRUN on both sides.

    python -m tests.oracle.acl --server valkey              20,000 pairs of a user and a call
    python -m tests.oracle.acl --server redis --seed 7

Each user has rules drawn at random, a seventh of them without sense; what SETUSER answers is
compared, then how the user is told (GETUSER, LIST), then what it may do. Calls are those of the
differential programs, words without sense, and calls about channels.

What a server does otherwise than Redis 7.4 is told apart here, by name:

    7.0 says "This user has no permissions", 7.4 who it is;
    7.0 leaves out rules that change nothing, 7.4 and Valkey keep them, so only what follows from
      the rules is compared with 7.0;
    7.0 does not tell of `sanitize-payload`, which is usual, and Valkey of neither that nor
      `skip-sanitize-payload`;
    some commands take more words, or fewer, or are of other categories: such are left out;
    in 7.0 a parenthesis within another begins anew;
    Valkey tells which databases a user may use (`db=`), which no Redis knows.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from redlearn.clock import VirtualClock
from redlearn.engine.acl_rules import CATEGORIES
from redlearn.engine.command import Command, all_commands, find_command
from redlearn.engine.engine import Engine
from redlearn.engine.syntax import of
from redlearn.engine.users import hashed
from redlearn.resp.encode import encode
from tests.oracle.compare import programs
from tests.oracle.servers import Connection, pack, redis_binary, running, valkey_binary
from tests.oracle.test_getkeys import differs, known_to, some_call, tokens

CALLS_EACH = 25
"""How many calls are tried with one user."""

PATTERNS = (
    b"k*",
    b"k1",
    b"k?",
    b"a",
    b"b",
    b"[abc]",
    b"",
    b"x*",
    b"long*",
    b"z?",
    b"*",
    b"*1",
    b"s*",
)
CHANNELS = (b"news", b"news*", b"n*", b"*", b"old", b"n?ws")
PASSWORDS = (b"p", b"q", b"", b"a b")
SENSELESS = (
    b"+nosuch", b"-nosuch", b"+@nosuch", b"+", b"-", b"+get|", b"-select|0", b"+config|nosuch",
    b"+config|get|x", b"%~a", b"%RR~a", b"%X~a", b"%", b"~a b", b"&a\tb", b"#12", b"!12", b"<never",
    b"nonsense", b"(on)", b"(+get", b"(+nosuch ~a)", b"+@", b"resetpas",
)  # fmt: skip


_SANITIZED: Final = re.compile(rb" (skip-)?sanitize-payload")


@dataclass
class Tally:
    """What a run came to.

    Attributes:
        users, pairs: How many users were made, and calls tried.
        decisions: How often each decision was ours: "OK", "command", "key", "channel".
        wrong: What differed, each in a line.
    """

    users: int = 0
    pairs: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Draw:
    """Draws rules and calls that a server knows."""

    def __init__(self, rng: Random, name: str, server: Connection) -> None:
        self.rng = rng
        self.name = name
        rows = known_to(server, list(all_commands()))
        self.rows = [row for row in rows if not row.subcommands]
        self.names = [row.name.encode() for row in rows]
        self._programs = [*programs(name)]
        self._fixed = {row.name: tokens(of(row.syntax).arguments) for row in self.rows}
        told = server.run(b"COMMAND", b"INFO", *self.names)
        self._same = {
            row.name
            for row, facts in zip(rows, told, strict=True)
            if facts[1] == row.arity and {*facts[6]} == {c.encode() for c in row.categories}
        }

    def rules(self) -> list[bytes]:
        """Some rules, in a likely order: what everybody has, then changes."""
        rng = self.rng
        rules = [rng.choice((b"on", b"off", b"nopass", b"allkeys", b"allchannels", b"+@all"))]
        for _ in range(rng.randrange(1, 9)):
            rules += self._rule()
        if self.name == "redis" and b"(+get" in rules:
            rules = [rule for rule in rules if rule != b"(+get"] + [b"(+get"]
        return rules

    def _rule(self) -> list[bytes]:
        rng = self.rng
        kind = rng.random()
        if kind < 0.02:
            return [rng.choice(SENSELESS)]
        if kind < 0.12:
            return [self._about_the_user()]
        if kind < 0.22:
            words = [self._of_selector() for _ in range(rng.randrange(1, 4))]
            whole = b"(" + b" ".join(words) + b")"
            return whole.split(b" ") if rng.random() < 0.4 else [whole]
        return [self._of_selector()]

    def _about_the_user(self) -> bytes:
        rng = self.rng
        password = rng.choice(PASSWORDS)
        return rng.choice((
            b"on", b"off", b"nopass", b"resetpass", b"reset", b"clearselectors", b">" + password,
            b"<" + password, b"#" + hashed(password), b"!" + hashed(password),
            b"skip-sanitize-payload", b"sanitize-payload",
        ))  # fmt: skip

    def _of_selector(self) -> bytes:
        rng = self.rng
        kind = rng.random()
        if kind < 0.3:
            sign = rng.choice((b"~", b"~", b"%R~", b"%W~", b"%RW~", b"%r~"))
            return rng.choice((sign + rng.choice(PATTERNS), b"resetkeys", sign + b"k*"))
        if kind < 0.4:
            return rng.choice((b"&" + rng.choice(CHANNELS), b"resetchannels", b"&n*"))
        if kind < 0.6:
            category = b"@" + rng.choice((*CATEGORIES, "all", "read", "write")).encode()
            return self._cased(rng.choice((b"+", b"+", b"-")) + category)
        if kind < 0.65:
            return rng.choice((b"allcommands", b"nocommands", b"+select|1", b"+hset|k1", b"+get|a"))
        return self._cased(rng.choice((b"+", b"+", b"-")) + rng.choice(self.names))

    def _cased(self, rule: bytes) -> bytes:
        return rule.upper() if self.rng.random() < 0.1 else rule

    def call(self) -> list[bytes]:
        """A call that the server has, as 7.4 has it."""
        while True:
            argv = self._call()
            row = find_command(argv)
            if row is None or row.name not in self._same or differs(self.name, argv):
                continue
            if len(argv) < 40:
                return argv

    def _call(self) -> list[bytes]:
        rng = self.rng
        kind = rng.random()
        if kind < 0.15:
            word = rng.choice((b"PUBLISH", b"SPUBLISH", b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE",
                               b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE"))  # fmt: skip
            return [word, *(rng.choice(CHANNELS) for _ in range(rng.randrange(1, 3)))]
        if kind < 0.45:
            row: Command = rng.choice(self.rows)
            return some_call(rng, row, self._fixed[row.name])
        return rng.choice(self._programs).draw(rng) or [b"PING"]


class Two:
    """The same user in our engine and in a server."""

    def __init__(self, name: str, server: Connection, tally: Tally) -> None:
        self.name = name
        self.server = server
        self.engine = Engine(VirtualClock(1_000_000))
        self.client = self.engine.connect()
        self.tally = tally

    def ours(self, *argv: bytes) -> bytes:
        """Our reply, as bytes."""
        self.engine.execute(self.client, list(argv))
        (reply,) = self.client.take()
        return encode(reply, 2)

    def same(self, what: object, ours: Any, theirs: Any) -> bool:
        """Whether both are equal; noted if not."""
        if ours != theirs:
            self.tally.wrong.append(f"{what}\n    ours   {ours!r}\n    theirs {theirs!r}")
        return bool(ours == theirs)

    def set_user(self, user: bytes, rules: list[bytes]) -> bool:
        """Give both the same rules."""
        call = (b"ACL", b"SETUSER", user, *rules)
        return self.same(call, self.ours(*call), self.server.raw(*call))

    def compare_descriptions(self, user: bytes) -> None:
        """How the user is told."""
        self.tally.users += 1
        ours = self._described(self.ours(b"ACL", b"LIST"))
        theirs = self._described(self.server.raw(b"ACL", b"LIST"))
        if self.name == "valkey":
            self.same("ACL LIST", ours, theirs)
        call = (b"ACL", b"GETUSER", user)
        self.same(call, self._told(self.ours(*call)), self._told(self.server.raw(*call)))

    def _described(self, reply: bytes) -> list[bytes]:
        lines = [line for line in reply.split(b"\r\n") if line.startswith(b"user ")]
        return [_SANITIZED.sub(b"", line) for line in lines]

    def _told(self, reply: bytes) -> list[bytes]:
        """The lines of GETUSER that all three have."""
        lines = [line for line in reply.split(b"\r\n") if line[:1] not in (b"*", b"$")]
        if self.name == "valkey":
            lines = [line for line in lines if line not in (b"databases", b"alldbs")]
        else:
            lines = [line for line in lines if line[:1] not in (b"+", b"-")]
        return [line for line in lines if not _SANITIZED.fullmatch(b" " + line)]

    def compare_decisions(self, user: bytes, calls: list[list[bytes]]) -> None:
        """What the user may do."""
        asked = [(b"ACL", b"DRYRUN", user, *call) for call in calls]
        self.server.sock.sendall(b"".join(map(pack, asked)))
        theirs = [self.server.raw_reply() for _ in asked]
        for call, their in zip(asked, theirs, strict=True):
            our = self.ours(*call)
            self.tally.pairs += 1
            self.tally.decisions[decision(our)] += 1
            self.same(call, *(
                (decision(our), decision(their)) if self.name == "redis" else (our, their)
            ))  # fmt: skip


def decision(reply: bytes) -> str:
    """What a reply of DRYRUN comes to."""
    if reply.startswith((b"-", b"+")):
        return reply.decode("latin-1").strip()
    words = reply.split(b"permissions to ", 1)[-1].strip()
    if words.endswith(b" command"):
        return "command" if words.startswith(b"run ") else words.decode("latin-1")
    return "key" if words.endswith(b"key") else "channel"


def run(name: str, server: Connection, *, pairs: int, seed: int) -> Tally:
    """Compare so many pairs of a user and a call."""
    tally = Tally()
    rng = Random(seed)
    draw, two = Draw(rng, name, server), Two(name, server, tally)
    for number in range(-(-pairs // CALLS_EACH)):
        user = b"u%d" % (number % 3)
        rules = draw.rules()
        if rng.random() < 0.5:
            rules.insert(0, b"reset")
        if two.set_user(user, rules):
            two.compare_descriptions(user)
        two.compare_decisions(user, [draw.call() for _ in range(CALLS_EACH)])
        if len(tally.wrong) > 20:
            break
    return tally


def report(tally: Tally) -> Iterator[str]:
    """What a run came to, in lines."""
    yield f"{tally.pairs} pairs of a user and a call, {tally.users} users"
    for name, count in tally.decisions.most_common(6):
        yield f"{count:8} {name}"
    yield f"{len(tally.wrong)} differences"
    yield from tally.wrong[:20]


def main() -> int:
    """Run it as a command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=("redis", "valkey"), required=True)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    binary = redis_binary() if given.server == "redis" else valkey_binary()
    if binary is None:
        print(f"there is no {given.server} here")
        return 2
    with running(binary) as server, server.connect() as client:
        tally = run(server.name, client, pairs=given.pairs, seed=given.seed)
    print(*report(tally), sep="\n")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
