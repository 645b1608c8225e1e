"""Clocks that are set while a server of ours works: an hour back, a day on, a step of NTP.

What has to hold whatever the clock does: ids of a stream grow, a time to live that is left is none
below zero, ages are none either, and what is due is done once and not again and again. Restarts, by
power cuts and kills, come between.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.persistence.stored import Stored

SETS_MS = (-3_600_000, 86_400_000, -500, 500, -1, 1, -10_001, 10_001)
KEYS = 6


class Clocked:
    """A server whose clock is set.

    Attributes:
        wrong: What did not hold, or "".
    """

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.stored = Stored(
            appendonly="yes", appendfsync="always", save="5 1", auto_aof_rewrite_min_size="1kb",
            maxmemory_policy=self.rng.choice(("noeviction", "allkeys-lru", "allkeys-lfu")),
        )  # fmt: skip
        self.wrong = ""
        self._last = (0, 0)

    def run(self, steps: int) -> str:
        """Do this and that; what did not hold, or ""."""
        deeds: tuple[Callable[[], None], ...] = (
            self.add, self.add, self.end_soon, self.look, self.pass_time, self.set_clock,
            self.restart,
        )  # fmt: skip
        for _ in range(steps):
            self.rng.choice(deeds)()
            if self.wrong:
                break
        return self.wrong

    def add(self) -> None:
        """Ids grow."""
        reply = self.stored("XADD x * f v")
        assert isinstance(reply, bytes)
        ms, _, number = reply.partition(b"-")
        id = int(ms), int(number)
        if id <= self._last:
            self.wrong = f"id {id} after {self._last}"
        self._last = id

    def end_soon(self) -> None:
        key = self.rng.randrange(KEYS)
        self.stored(f"SET k{key} v PX {self.rng.randrange(1, 20_000)}")
        self.stored(f"HSET h{key} f v g w")
        self.stored(f"HPEXPIRE h{key} {self.rng.randrange(1, 20_000)} FIELDS 1 f")

    def look(self) -> None:
        """Nothing is left below zero, and nothing is older than it can be."""
        for key in range(KEYS):
            left, fields = self.stored(f"PTTL k{key}"), self.stored(f"HPTTL h{key} FIELDS 1 f")
            if not (isinstance(left, int) and left >= -2):
                self.wrong = f"PTTL {left}"
            if fields is not None and not all(each >= -2 for each in fields):  # type: ignore[union-attr, operator]
                self.wrong = f"HPTTL {fields}"
        lfu = self.stored.config["maxmemory_policy"].endswith("lfu")
        age = self.stored(f"OBJECT {'FREQ' if lfu else 'IDLETIME'} x")
        if isinstance(age, int) and not 0 <= age < 1 << 24:
            self.wrong = f"age {age}"

    def pass_time(self) -> None:
        """What is due is done, and once: saves are five seconds apart at least."""
        known, ms = self.stored.known, self.rng.choice((100, 1_000, 7_000))
        saves, rewrites = known.saves, known.rewrites
        self.stored("INCR n")
        self.stored.pass_ms(ms)
        if known.saves - saves > 1 + ms // 5_000 or known.rewrites - rewrites > 3:
            self.wrong = (
                f"{known.saves - saves} saves, {known.rewrites - rewrites} rewrites in {ms}"
            )

    def set_clock(self) -> None:
        self.stored.clock.ms += self.rng.choice(SETS_MS)

    def restart(self) -> None:
        """Nothing is lost by it: under always all of it is there, but for what is over."""
        before = self.stored("XLEN x"), self.stored("GET n")
        self.rng.choice((self.stored.crash, self.stored.kill))()
        if (self.stored("XLEN x"), self.stored("GET n")) != before:
            self.wrong = f"{before} before a restart, {self.stored('XLEN x')} after it"


def unsettled(seed: int, steps: int = 60) -> str:
    """What does not hold while the clock is set; "" if all does."""
    wrong = Clocked(seed).run(steps)
    return f"seed {seed}: {wrong}" if wrong else ""
