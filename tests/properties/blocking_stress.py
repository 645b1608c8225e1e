"""A thousand clients that wait in every way there is; a thousand pushes, kills and timeouts.

    python -m tests.properties.blocking_stress                   50 rounds
    python -m tests.properties.blocking_stress --kills 10000     until so many were cut off

Clients wait with BLPOP, BRPOP, BLMPOP, BLMOVE, BZPOPMIN, BZPOPMAX, BZMPOP, XREAD and XREADGROUP,
some for a while and some for ever, at keys they share. Others push, singly or in MULTI; the clock
moves; clients hang up or are let go by CLIENT UNBLOCK. After each step it is checked that

    each element went to one client, or is still there, and none to two
    nobody was passed over: who waits still came after all who were served at that key. (After a
      MULTI, several keys may be ready. Who has his turn at one of them looks through all of his,
      in his own order, and may find something at another: so it is since Redis 7.2.)
    nobody waits at a key that has something for him
    whoever's time is up was told so, and nobody before his time
    a client that is gone is sent nothing any more
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.resp.reply import NULL_ARRAY, Failure, Reply

LISTS = [b"l%d" % n for n in range(5)]
ZSETS = [b"z%d" % n for n in range(4)]
STREAMS = [b"s%d" % n for n in range(3)]
GIVEN_UP = (None, NULL_ARRAY)


@dataclass
class Waiter:
    """One client, and what it waits for.

    Attributes:
        order: The lowest came first.
        until_ms: When it gives up; 0 for never.
    """

    client: Client
    name: bytes
    keys: list[bytes]
    order: int
    until_ms: int


class Stress:
    """One round. `met` counts what happened."""

    def __init__(self, seed: int, clients: int) -> None:
        self.rng = Random(seed)
        self.clock = VirtualClock(1_000_000)
        self.engine = Engine(self.clock, seed=seed)
        self.pusher = self.engine.connect()
        self.waiting: dict[int, Waiter] = {}
        self.gone: list[Client] = []
        self.place_of: dict[bytes, bytes] = {}
        self.got: Counter[bytes] = Counter()
        self.met: Counter[str] = Counter()
        self.number = 0
        self.single = True
        self.run(self.pusher, b"CONFIG SET hz 10")
        for key in STREAMS:
            self.run(self.pusher, b"XGROUP CREATE %b grp $ MKSTREAM" % key)
        for _ in range(clients):
            self.come()

    def run(self, client: Client, line: bytes) -> list[Reply]:
        self.engine.execute(client, line.split())
        return client.take()

    # ------------------------------------------------------------------------------------ actions

    def come(self) -> None:
        """A new client begins to wait."""
        client, rng = self.engine.connect(), self.rng
        self.number += 1
        seconds = rng.choice((b"0", b"0", b"0.5", b"1", b"2", b"5"))
        keys = rng.sample(rng.choice((LISTS, LISTS, ZSETS, STREAMS)), rng.randrange(1, 4))
        name, line, keys = self._call(keys, seconds)
        replies = self.run(client, line)
        if replies:  # something was there for it at once
            self._receive(client, name, replies)
            self.engine.disconnect(client)
            return
        until_ms = self.clock.ms + int(float(seconds) * 1000) if float(seconds) else 0
        self.waiting[client.id] = Waiter(client, name, keys, self.number, until_ms)

    def _call(self, keys: list[bytes], seconds: bytes) -> tuple[bytes, bytes, list[bytes]]:
        joined, count = b" ".join(keys), b"%d" % len(keys)
        ms = b"%d" % int(float(seconds) * 1000)
        if keys[0] in LISTS:
            lines = [
                b"BLPOP %b %b" % (joined, seconds),
                b"BRPOP %b %b" % (joined, seconds),
                b"BLMPOP %b %b %b LEFT COUNT 2" % (seconds, count, joined),
                b"BLMOVE %b done RIGHT LEFT %b" % (keys[0], seconds),
            ]
        elif keys[0] in ZSETS:
            lines = [
                b"BZPOPMIN %b %b" % (joined, seconds),
                b"BZPOPMAX %b %b" % (joined, seconds),
                b"BZMPOP %b %b %b MIN" % (seconds, count, joined),
            ]
        else:
            ends = b" ".join([b"$"] * len(keys))
            news = b" ".join([b">"] * len(keys))
            lines = [
                b"XREAD BLOCK %b STREAMS %b %b" % (ms, joined, ends),
                b"XREADGROUP GROUP grp c%d COUNT 2 BLOCK %b STREAMS %b %b"
                % (self.number, ms, joined, news),
            ]
        line = self.rng.choice(lines)
        name = line.split()[0]
        return name, line, keys[:1] if name == b"BLMOVE" else keys

    def push(self) -> None:
        """One push, or several in MULTI."""
        self.single = self.rng.random() < 0.8
        if self.single:
            self.run(self.pusher, self._push_line())
        else:
            self.run(self.pusher, b"MULTI")
            for _ in range(self.rng.randrange(2, 6)):
                self.run(self.pusher, self._push_line())
            (replies,) = self.run(self.pusher, b"EXEC")
            assert isinstance(replies, list)
            self.met["MULTI"] += 1
        self.met["push"] += 1

    def _push_line(self) -> bytes:
        key = self.rng.choice(self.rng.choice((LISTS, LISTS, ZSETS, STREAMS)))
        elements = []
        for _ in range(self.rng.choice((1, 1, 1, 2, 4)) if key not in STREAMS else 1):
            self.number += 1
            element = b"e%d" % self.number
            elements.append(element)
            self.place_of[element] = key
        if key in LISTS:
            return b"%b %b %b" % (self.rng.choice((b"RPUSH", b"LPUSH")), key, b" ".join(elements))
        if key in ZSETS:
            return b"ZADD %b %b" % (
                key,
                b" ".join(b"%d %b" % (n, e) for n, e in enumerate(elements)),
            )
        return b"XADD %b * f %b" % (key, elements[0])

    def kill(self) -> None:
        """Somebody who waits hangs up, or is let go."""
        if not self.waiting:
            return
        waiter = self.rng.choice(list(self.waiting.values()))
        del self.waiting[waiter.client.id]
        if self.rng.random() < 0.7:
            self.engine.disconnect(waiter.client)
            self.gone.append(waiter.client)
            self.met["kill"] += 1
        else:
            assert self.run(self.pusher, b"CLIENT UNBLOCK %d ERROR" % waiter.client.id) == [1]
            (reply,) = waiter.client.take()
            assert isinstance(reply, Failure)
            self.engine.disconnect(waiter.client)
            self.met["unblock"] += 1

    def pass_time(self) -> None:
        """Some time, and the timer."""
        self.clock.advance(self.rng.choice((1, 10, 100, 700)))
        self.engine.tick()

    # ------------------------------------------------------------------------------------- checks

    def look(self) -> None:
        """Hand out what arrived, and check all that the module's first lines say."""
        served: dict[bytes, list[int]] = {}
        for waiter in list(self.waiting.values()):
            replies = waiter.client.take()
            if not replies:
                assert not 0 < waiter.until_ms <= self.clock.ms, "a timeout was forgotten"
                continue
            del self.waiting[waiter.client.id]
            if replies[0] in GIVEN_UP:
                assert 0 < waiter.until_ms <= self.clock.ms, "a timeout came too soon"
                self.met["timeout"] += 1
            else:
                for key in self._receive(waiter.client, waiter.name, replies):
                    served.setdefault(key, []).append(waiter.order)
            self.engine.disconnect(waiter.client)
        for key in LISTS + ZSETS:
            left = [each.order for each in self.waiting.values() if key in each.keys]
            in_turn = not left or min(left) > max(served.get(key, [0]))
            assert in_turn or not self.single, "somebody was passed over"
            assert not left or self.run(self.pusher, b"EXISTS %b" % key) == [0], "left waiting"
        assert not any(client.outbox for client in self.gone), "a dead client was written to"

    def _receive(self, client: Client, name: bytes, replies: list[Reply]) -> set[bytes]:
        """Note the elements in a reply; the keys they came from."""
        (reply,) = replies
        assert not isinstance(reply, Failure), reply
        elements = elements_in(reply)
        assert elements, (name, reply)
        self.met[name.decode()] += 1
        if name not in (b"XREAD",):  # all who listen get what is added
            self.got.update(elements)
        return {self.place_of[element] for element in elements}

    def finish(self) -> Counter[str]:
        """Check that nothing was lost or handed out twice."""
        self.engine.check()
        assert all(times == 1 for times in self.got.values()), "an element was handed out twice"
        left = set()
        for key in [*LISTS, *ZSETS]:
            command = b"LRANGE %b 0 -1" if key in LISTS else b"ZRANGE %b 0 -1"
            left |= elements_in(self.run(self.pusher, command % key)[0])
        pushed = {element for element, key in self.place_of.items() if key not in STREAMS}
        taken = {element for element in self.got if self.place_of[element] not in STREAMS}
        assert not left & taken
        assert left | taken == pushed, "an element was lost"
        return self.met


def elements_in(reply: object) -> set[bytes]:
    """The elements anywhere in a reply: they alone begin with an e and go on with digits."""
    if isinstance(reply, bytes):
        return {reply} if reply[:1] == b"e" and reply[1:].isdigit() else set()
    if isinstance(reply, dict):
        reply = list(reply.items())
    if isinstance(reply, (list, tuple)):
        return {element for item in reply for element in elements_in(item)}
    return set()


def round_of(
    seed: int, clients: int = 1000, pushes: int = 1000, kill_chance: float = 0.15
) -> Counter[str]:
    """One round; what was met in it, by name. `kill_chance` is that of a kill after a push."""
    stress = Stress(seed, clients)
    for _ in range(pushes):
        stress.push()
        stress.look()
        chance = stress.rng.random()
        if chance < kill_chance:
            stress.kill()
        elif chance < kill_chance + 0.1:
            stress.pass_time()
        for _ in range(2):
            stress.come()
        stress.look()
    return stress.finish()


def main() -> int:
    """Print what was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=0, help="go on until so many hung up")
    asked = parser.parse_args()
    started, met = time.process_time(), Counter[str]()
    rounds = 0
    while rounds < asked.rounds or (asked.kills and met["kill"] < asked.kills):
        met += round_of(rounds, asked.clients, kill_chance=0.6 if asked.kills else 0.15)
        rounds += 1
        if asked.kills and met["kill"] >= asked.kills:
            break
    print(f"{rounds} rounds in {time.process_time() - started:.0f} s")
    for name, times in sorted(met.items()):
        print(f"  {name:12} {times}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
