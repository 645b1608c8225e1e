"""Runs the same random commands on the engine and on a real server, and compares the bytes.

A short run is part of the tests (`test_differential.py`). A long one:

    python -m tests.oracle.compare --server valkey --count 500000
    python -m tests.oracle.compare --server redis --count 500000 --seed 7
    python -m tests.oracle.compare --server redis --count 100000 --expiring
    python -m tests.oracle.compare --server redis --count 100000 --slots
    python -m tests.oracle.compare --first 34 --count 1 --slowly

Each sequence (`sequences.py`) begins with empty databases, in RESP2 or RESP3, sometimes with
low limits so that encodings change; every other one mixes all groups and has four clients,
who also wait for each other. Compared are

    replies         byte for byte, also each one inside EXEC's, and those that come late
    notifications   with what a second connection is sent that subscribed to all of them
    effects         with what the server appends to its append-only file
    state           after each sequence: every key's type, encoding, content, time to live;
                    after some of them also what the SCAN family finds (`state.py`)

Where two replies differ, the program that drew the command may say that both are as good
(chance, clocks, order of buckets), and `differences.py` names what differs between
versions. Anything else is reported, and ends its sequence: what follows would differ too.

With `--expiring`, half of the keys' lives end in the middle of each sequence, while nobody
looks: the second half finds them stale. That takes real time, a tenth of a second each.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import ModuleType

from redlearn.resp.encode import encode
from redlearn.slots import slot_of
from tests.oracle.avoided import avoided
from tests.oracle.calls import Call, Message, Ours, Words, decoded, items_of
from tests.oracle.differences import Difference, explain, passed_apart
from tests.oracle.following import (
    AppendOnlyFile,
    Subscriber,
    as_file,
    same_words,
)
from tests.oracle.outcome import Outcome
from tests.oracle.sequences import LIFE_MS, LONG_LIFE_MS, Sequence, Turn, programs, sequence
from tests.oracle.servers import (
    Server,
    free_port,
    redis_binary,
    running,
    valkey_binary,
)
from tests.oracle.state import same_answers, scans, state
from tests.oracle.theirs import NoReply, Theirs

NEVER_MS = 2**63
ENOUGH_REPORTS = 10
STORY = 25
"""How many calls a report shows at most."""
SCANNED = 4
"""Of so many sequences one is followed by scans."""

SLOT_LETTERS = b"{}{}ab1\x00\xff"
SLOTS_AT_ONCE = 10_000


class Unexplained(Exception):
    """A difference that nobody explains; the message says where."""


class TooSlow(Exception):
    """Keys ended before the pause in which they were to: nothing can be said."""


class Comparison:
    """The engine and a server side by side."""

    def __init__(
        self,
        server: Server,
        seed: int,
        *,
        expiring: bool = False,
        program: str = "",
        slowly: bool = False,
    ) -> None:
        self.server = server
        self.seed = seed
        self.life_ms = (LONG_LIFE_MS if slowly else LIFE_MS) if expiring else 0
        self.slowly = slowly
        self.programs = programs(server.name)
        if program:
            self.programs = [one for one in self.programs if one.__name__.endswith(f".{program}")]
        self.outcome = Outcome()
        self._first_end_ms = NEVER_MS
        self.theirs = Theirs(server)
        self.subscriber = Subscriber(server)
        folder = self.theirs.control.run(b"CONFIG", b"GET", b"dir")[1]
        appends = self.theirs.control.run(b"CONFIG", b"GET", b"appendonly")[1] == b"yes"
        self.file = AppendOnlyFile(Path(folder.decode())) if appends else None
        self._done: list[tuple[int, Call]] = []

    def run(self, count: int, first: int = 0) -> Outcome:
        """Compare at least `count` commands, or stop at the tenth that nobody explains."""
        number = first
        while self.outcome.compared < count and len(self.outcome.unexplained) < ENOUGH_REPORTS:
            self._sequence(number)
            number += 1
        for each in (self.theirs, self.subscriber, self.file):
            if each is not None:
                each.close()
        return self.outcome

    def _sequence(self, number: int) -> None:
        """One sequence. Its number and the seed say all about it, so it can be run again."""
        drawn = sequence(self.seed, number, self.programs, self.life_ms)
        ours = Ours(now_ms(), Random(number).randrange(1000), drawn.protocols)
        self._done = []
        self.outcome.sequences += 1
        try:
            self._begin(ours, drawn)
            for turns in self._in_time(drawn.parts):
                for some in _one_by_one(turns) if self.slowly else [turns]:
                    self._part(drawn.program, ours, some)
            self._end_waits(drawn.program, ours)
            if not self._replies_only(drawn.program):
                self._compare_state(ours, walking=number % SCANNED == 0)
        except TooSlow:
            self.outcome.too_slow += 1
            self.theirs.hang_up()
        except (Unexplained, NoReply) as difference:
            self.outcome.unexplained.append(
                f"in sequence {number} of seed {self.seed} ({drawn.program.__name__},"
                f" RESP{drawn.protocols[0]})\n"
                f"{difference}\n   after\n{_story(self._done, str(difference))}"
            )
            self.theirs.hang_up()

    def _begin(self, ours: Ours, drawn: Sequence) -> None:
        """Let both sides be as new, with the settings of this sequence."""
        self.theirs.begin(drawn.protocols)
        for argv in drawn.prologue:
            ours.run(argv, now_ms())
        self.theirs.send(0, drawn.prologue)
        for _ in drawn.prologue:
            self.theirs.reply(0)
        self.subscriber.take()
        if self.file is not None:
            self.file.take()

    def _in_time(self, parts: list[list[Turn]]) -> Iterator[list[Turn]]:
        """The parts of a sequence, with pauses between them in which keys end."""
        for part in parts[:-1]:
            self._first_end_ms = now_ms() + self.life_ms
            yield part
            self._first_end_ms = NEVER_MS
            time.sleep(1.5 * self.life_ms / 1000)
        yield parts[-1]

    def _end_waits(self, program: ModuleType, ours: Ours) -> None:
        """Let nobody wait any longer."""
        waiting = [number for number in range(len(ours.clients)) if ours.waits(number)]
        words = [b"CLIENT", b"UNBLOCK"]
        calls = [[*words, b"<client %d>" % number, b"TIMEOUT"] for number in waiting]
        if calls:
            self._part(program, ours, [(0, [[b"RESET"], *calls])])

    def _part(self, program: ModuleType, ours: Ours, turns: list[Turn]) -> None:
        """Run some calls on both sides, ours first, and compare all that came of them."""
        pairs: list[tuple[Call, bytes]] = []
        for number, argvs in turns:
            if not ours.waits(number):
                pairs += self._turn(ours, number, argvs)
        if now_ms() >= self._first_end_ms:
            raise TooSlow
        selected = b"0" if self.file is None else self.file.db
        messages = self.subscriber.take()  # by then the file is written as well
        words = [] if self.file is None else self.file.take()
        for call, theirs in pairs:
            self._compare_reply(program, call, theirs)
            if self._replies_only(program):
                continue
            self._compare_messages(call, messages)
            if self.file is not None:
                selected = self._compare_effects(call, words, selected)
        if (messages or words) and not self._replies_only(program):
            last = _shown(pairs[-1][0].argv) if pairs else ""
            raise Unexplained(f"{last}\n   theirs, at the end   {messages} {words}")

    def _replies_only(self, program: ModuleType) -> bool:
        """Whether what is told, passed on and left in the end is not compared.

        One server takes a field that is over out when it is asked for, the other when its cycle
        comes by, which is off here.
        """
        return bool(self.life_ms) and hasattr(program, "draw_stale")

    def _turn(
        self, ours: Ours, number: int, argvs: list[list[bytes]]
    ) -> Iterator[tuple[Call, bytes]]:
        """What one client sends in one go, each call with their reply; then the late ones.

        A client that has to wait sends no more.
        """
        calls: list[Call] = []
        ours.clock.ms = now_ms()
        for argv in argvs:
            if avoided(self.server.name, argv, ours.engine, ours.clients[number]):
                continue
            calls.append(ours.run(argv, now_ms(), number))
            self._done.append((number, calls[-1]))
            self.outcome.count(calls[-1])
            if calls[-1].parked:
                break
        self.theirs.send(number, [call.argv for call in calls])
        for call in calls:
            if call.parked:
                self.theirs.wait_until_parked(number)
            reply = b"" if call.parked else self.theirs.reply(number)
            yield (call, b"") if call.parked else (call, reply)
            for other, served in call.served:
                yield _late(served), self.theirs.reply(other)

    def _compare_reply(self, program: ModuleType, call: Call, theirs: bytes) -> None:
        if call.parked or call.reply == theirs:
            return
        mine, other = items_of(call.reply), items_of(theirs)
        if call.queued and mine is not None and other is not None and len(mine) == len(other):
            for argv, ours, their in zip(call.queued, mine, other, strict=True):
                self._compare_reply(program, Call(argv, ours, call.protocol), their)
        elif not program.agree(call.argv, decoded(call.reply), decoded(theirs)):
            known = explain(self.server.name, call.argv, call.reply, theirs)
            self._note(known, f"{_shown(call.argv)}\n   ours   {call.reply[:500]!r}\n"
                              f"   theirs {theirs[:500]!r}")  # fmt: skip

    def _compare_messages(self, call: Call, theirs: list[Message]) -> None:
        """Take this call's notifications from the beginning of theirs."""
        ours = call.messages
        other = theirs[: len(ours)]
        if ours == other or (_walks(call) and sorted(ours) == sorted(other)):
            del theirs[: len(ours)]
            return
        raise Unexplained(f"{_shown(call.argv)}\n   ours tell   {ours}\n"
                          f"   theirs      {theirs[: len(ours) + 2]}")  # fmt: skip

    def _compare_effects(self, call: Call, theirs: list[Words], selected: bytes) -> bytes:
        """Take this call's effects from the beginning of theirs; the database selected then."""
        ours = as_file(call.effects, selected)
        other = theirs[: len(ours)]
        selects = [words[1] for words in ours if words[0] == b"SELECT"]
        if not _same_effects(ours, other) and not (
            _walks(call) and _same_effects(sorted(ours), sorted(other))
        ):
            known, taken = passed_apart(self.server.name, ours, theirs)
            self._note(known, f"{_shown(call.argv)}\n   ours pass on   {ours}\n"
                              f"   theirs         {theirs[: len(ours) + 2]}")  # fmt: skip
            del theirs[:taken]
        else:
            del theirs[: len(ours)]
        return selects[-1] if selects else selected

    def _note(self, known: Difference | None, report: str) -> None:
        if known is None:
            raise Unexplained(report)
        self.outcome.explained[known.name] += 1

    def _compare_state(self, ours: Ours, *, walking: bool) -> None:
        """Compare every key of every database on both sides."""
        ours.clock.ms = now_ms()
        ours.engine.check()
        control = self.theirs.control
        answers = [
            *state(ours, control, self.server.name),
            *(scans(ours, control) if walking else ()),
        ]
        for question, mine, other in answers:
            self.outcome.states[question[0].decode()] += 1
            if not same_answers(question, mine, other):
                known = explain(self.server.name, question, _encoded(mine), _encoded(other))
                self._note(known, f"   state: {_shown(question)} ours {mine!r} theirs {other!r}")


def _same_effects(ours: list[Words], theirs: list[Words]) -> bool:
    return len(ours) == len(theirs) and all(map(same_words, ours, theirs))


def _one_by_one(turns: list[Turn]) -> list[list[Turn]]:
    return [[(number, [argv])] for number, argvs in turns for argv in argvs]


def now_ms() -> int:
    """The machine's clock, which both sides go by."""
    return time.time_ns() // 1_000_000


def _late(call: Call) -> Call:
    """A call that had to wait, as far as its reply goes: the rest is whose call served it."""
    return Call(call.argv, call.reply, call.protocol)


def _encoded(answer: object) -> bytes:
    """An answer about the state in the form of a reply, for those who explain replies."""
    if isinstance(answer, Exception):
        return b"-%b\r\n" % str(answer).encode()
    if isinstance(answer, dict):
        answer = repr(answer).encode()
    return encode(answer)  # type: ignore[arg-type]


def _story(done: list[tuple[int, Call]], difference: str) -> str:
    """The latest calls about whatever words the report's first line names."""
    named = {word for word in difference.splitlines()[0].split() if len(word) > 3}
    lines = [f"{number}: {_shown(call.argv)}" for number, call in done]
    about = [line for line in lines if named & {*line.split()[2:]}]
    if b"UNBLOCK" in difference.encode():  # it is about what waits
        about = [line for line in lines if "b'B" in line or "BLOCK" in line]
    return "\n".join(f"      {line}" for line in (about or lines)[-STORY:])


def _walks(call: Call) -> bool:
    """Whether a walk over a table may have met keys in an order of its own."""
    names = {argv[0].upper() for argv in (call.argv, *call.queued)}
    return bool(names & {b"SCAN", b"SORT", b"SORT_RO"})


def _shown(argv: list[bytes]) -> str:
    """A call as a report shows it: long words and many words cut short."""
    words = [repr(word) if len(word) < 60 else f"{word[:40]!r}..{len(word)}" for word in argv]
    return " ".join(words if len(words) < 40 else [*words[:20], f"..{len(words)}"])


def same_slots(server: Server, seed: int, count: int) -> list[bytes]:
    """Those of `count` random keys that a server in cluster mode puts into another slot."""
    rng = Random(seed)
    others: list[bytes] = []
    with server.connect() as client:
        for start in range(0, count, SLOTS_AT_ONCE):
            keys = [_some_key(rng) for _ in range(min(SLOTS_AT_ONCE, count - start))]
            slots = client.pipeline([(b"CLUSTER", b"KEYSLOT", key) for key in keys])
            others += [key for key, slot in zip(keys, slots, strict=True) if slot != slot_of(key)]
    return others


def _some_key(rng: Random) -> bytes:
    """Half of them of few letters, many of which are braces; the others of any bytes."""
    if rng.random() < 0.5:
        return bytes(rng.choices(SLOT_LETTERS, k=rng.randrange(12)))
    return rng.randbytes(rng.randrange(40))


@contextmanager
def server_to_compare(name: str, *, cluster: bool = False) -> Iterator[Server | None]:
    """A server of its own that appends to a file; None if there is no such binary here."""
    binary = valkey_binary() if name == "valkey" else redis_binary()
    if binary is None:
        yield None
        return
    options = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())] if cluster else []
    with running(binary, "--appendonly", "yes", "--appendfsync", "no",
                 "--auto-aof-rewrite-percentage", "0", *options) as server:  # fmt: skip
        yield server


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=("valkey", "redis"), default="valkey")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the sequence to begin with")
    parser.add_argument("--program", default="", help="draw from this one only")
    parser.add_argument(
        "--slowly", action="store_true", help="call by call: a report names the very one"
    )
    parser.add_argument("--expiring", action="store_true", help="let keys end meanwhile")
    parser.add_argument("--slots", action="store_true", help="compare CLUSTER KEYSLOT instead")
    options = parser.parse_args()
    with server_to_compare(options.server, cluster=options.slots) as server:
        if server is None:
            print(f"There is no {options.server} server here to compare with.")
            return 2
        if options.slots:
            others = same_slots(server, options.seed, options.count)
            print(f"{options.count} keys asked {server.name} {server.version} for; other slots:"
                  f" {others[:ENOUGH_REPORTS] or 'none'}")  # fmt: skip
            return 1 if others else 0
        began = time.monotonic()
        comparison = Comparison(
            server,
            options.seed,
            expiring=options.expiring,
            program=options.program,
            slowly=options.slowly,
        )
        outcome = comparison.run(options.count, options.first)
        return _told(outcome, server, time.monotonic() - began)


def _told(outcome: Outcome, server: Server, seconds: float) -> int:
    print(f"{outcome.compared} commands compared with {server.name} {server.version}"
          f" in {seconds:.0f} s")  # fmt: skip
    for line in outcome.table():
        print(line)
    for report in outcome.unexplained:
        print(f"UNEXPLAINED {report}")
    print(f"{len(outcome.unexplained)} unexplained")
    return 1 if outcome.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
