"""Stats: what an engine counts of itself, for INFO, SLOWLOG, LATENCY and COMMANDLOG.

The engine counts what costs nothing to count: errors, misses. How long a command took it cannot
know, since it has no clock that fine; whoever runs commands (`server/host.py`, a session's log)
does so through `Engine.execute_timed`, with a timer of their own, and that ends here in `finish`.

Durations are spread over buckets as an HDR histogram does it: two significant digits are kept,
so a bucket is named by the highest number that falls into it.

    1000 ns = 0b1111101000  ->  the first 8 bits stay, the others become 1  ->  1003

Sources: `server.c` call, updateCommandLatencyHistogram, incrementErrorCount, resetServerStats;
`slowlog.c`; `latency.c`; Valkey's `commandlog.c`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from redlearn.engine.client import Client
from redlearn.engine.config import Config
from redlearn.redaction import redacted

MOST_ARGUMENTS: Final = 32
"""Arguments of a call that a log keeps; the last place says how many more there were."""

MOST_BYTES: Final = 128
"""Bytes of an argument that a log keeps."""

MOST_SAMPLES: Final = 160
"""Latency samples that are kept of one event, one a second at most."""

MOST_ERRORS: Final = 128
"""Different error codes that are counted apart; beyond them scripts could make up any number."""

LONGEST_CODE: Final = 30
"""Bytes of the first word of an error up to which it is taken for its code."""

LONGEST_NS: Final = 1_000_000_000
"""The longest duration that a histogram tells from others: a second."""

NEVER: Final = 2**62

T = TypeVar("T")


class Tally:
    """What is known of one command.

    Attributes:
        calls, nanoseconds: How often it ran, and how long all together.
        rejected, failed: How often it was refused before it ran, or ended in an error.
        spread: Durations: highest of a bucket in ns -> calls.
    """

    __slots__ = ("calls", "failed", "nanoseconds", "rejected", "spread")

    def __init__(self) -> None:
        self.calls = 0
        self.nanoseconds = 0
        self.rejected = 0
        self.failed = 0
        self.spread: dict[int, int] = {}

    def percentile(self, percent: float) -> int:
        """The duration, in ns, that this share of calls did not exceed. O(buckets)."""
        total = sum(self.spread.values())
        wanted = max(1, int(percent / 100 * total + 0.5))
        for top in sorted(self.spread):
            wanted -= self.spread[top]
            if wanted <= 0:
                return top
        return 0

    def cumulative(self) -> list[tuple[int, int]]:
        """(microseconds, calls no longer than that) at each doubling where the count grows.

        Source: `latency.c` fillCommandCDF.
        """
        rows: list[tuple[int, int]] = []
        reached, limit = 0, 1024
        tops = sorted(self.spread)
        total = sum(self.spread.values())
        while reached < total:
            top = bucket_of(limit)
            now = sum(self.spread[each] for each in tops if each <= top)
            if now > reached:
                rows.append((max(top, limit) // 1000, now))
                reached = now
            limit *= 2
        return rows


class Logged(NamedTuple):
    """One entry of a log of commands: `amount` is in microseconds, or in bytes."""

    id: int
    at_s: int
    amount: int
    argv: tuple[bytes, ...]
    address: bytes
    name: bytes


class CommandLog:
    """The last commands that were over a threshold, newest first.

    Attributes:
        over: The threshold, in the unit of `Logged.amount`; NEVER for none.
        longest: How many entries are kept.
    """

    __slots__ = ("entries", "longest", "next_id", "over")

    def __init__(self) -> None:
        self.entries: list[Logged] = []
        self.next_id = 0
        self.over = NEVER
        self.longest = 128

    def add(self, now_ms: int, amount: int, client: Client, argv: Sequence[bytes]) -> None:
        """Put a command at the beginning. O(entries)."""
        entry = Logged(
            self.next_id, now_ms // 1000, amount, shortened(argv), client.address.encode(),
            client.name,
        )  # fmt: skip
        self.next_id += 1
        self.entries.insert(0, entry)
        del self.entries[self.longest :]


def shortened(argv: Sequence[bytes]) -> tuple[bytes, ...]:
    """A call's words as a log keeps them: not too many, not too long, no secrets.

    >>> shortened([b"SET", b"k", b"x" * 130])[2][-20:]
    b'xx... (2 more bytes)'
    """
    words = [
        word
        if len(word) <= MOST_BYTES
        else word[:MOST_BYTES] + b"... (%d more bytes)" % (len(word) - MOST_BYTES)
        for word in redacted(argv)[:MOST_ARGUMENTS]
    ]
    if len(argv) > MOST_ARGUMENTS:
        words[-1] = b"... (%d more arguments)" % (len(argv) - MOST_ARGUMENTS + 1)
    return tuple(words)


class Series:
    """Latency samples of one event: (second, milliseconds), the oldest first.

    Attributes:
        highest: The longest ever, in milliseconds.
    """

    __slots__ = ("highest", "samples")

    def __init__(self) -> None:
        self.samples: list[tuple[int, int]] = []
        self.highest = 0

    def add(self, at_s: int, ms: int) -> None:
        """Take a sample; of several in a second the longest stays (`latencyAddSample`)."""
        self.highest = max(self.highest, ms)
        if self.samples and self.samples[-1][0] == at_s:
            self.samples[-1] = (at_s, max(ms, self.samples[-1][1]))
            return
        self.samples.append((at_s, ms))
        del self.samples[:-MOST_SAMPLES]


class Stats:
    """What an engine counts of itself.

    Attributes:
        started_ms: When it began.
        recent: By the full name of a command, how long each call took of late, in nanoseconds:
            a list is the least that can be done while a command runs. `commands` takes it in.
        errors: How often each error code was answered.
        remarkable: The duration in nanoseconds from which `remark` has something to do.
        spreads: Durations are spread over buckets (latency-tracking).
        connections, turned_away: Clients that came; those that were not let in.
        hits, misses: Keys that reading commands looked for, and found or not.
        bytes_in, bytes_out, reads, writes: What went over connections.
        rate: Commands a second, of the last 1.6 seconds of a timer that fires regularly.
        slow, requests, replies: The logs of commands that took long, or had a large request or
            reply.
        latency: By event, the samples over latency-monitor-threshold.
        timer: The present moment in nanoseconds of whoever measures; None if nobody does.
        refused: The last command was refused before it ran.
    """

    __slots__ = (
        "_over_ms", "_samples", "_tallies", "bytes_in", "bytes_out", "connections",
        "errors", "hits", "latency", "misses", "reads", "recent", "refused", "remarkable",
        "replies", "requests", "slow", "spreads", "started_ms", "timer", "turned_away", "writes",
    )  # fmt: skip

    def __init__(self, now_ms: int) -> None:
        self.started_ms = now_ms
        self.slow, self.requests, self.replies = CommandLog(), CommandLog(), CommandLog()
        self.latency: dict[str, Series] = {}
        self.timer: Callable[[], int] | None = None
        self.refused = False
        self.spreads = True
        self.remarkable = self._over_ms = NEVER
        self.reset()

    def reset(self) -> None:
        """Count from zero again (CONFIG RESETSTAT); logs and latency samples stay."""
        self._tallies: dict[str, Tally] = {}
        self.recent: dict[str, list[int]] = {}
        self.errors: dict[str, int] = {}
        self.connections = self.turned_away = 0
        self.hits = self.misses = 0
        self.bytes_in = self.bytes_out = self.reads = self.writes = 0
        self._samples: list[tuple[int, int]] = []

    def tune(self, config: Config) -> None:
        """Take over thresholds and lengths from the configuration."""
        for log, over, longest in (
            (self.slow, "slowlog-log-slower-than", "slowlog-max-len"),
            (self.requests, "commandlog-request-larger-than", "commandlog-large-request-max-len"),
            (self.replies, "commandlog-reply-larger-than", "commandlog-large-reply-max-len"),
        ):
            threshold = config.number(over)
            log.over = NEVER if threshold < 0 else threshold
            log.longest = config.number(longest)
            del log.entries[log.longest :]
        self._take_in_recent()
        self._over_ms = config.number("latency-monitor-threshold") or NEVER
        self.spreads = config.flag("latency-tracking")
        self.remarkable = min(self.slow.over * 1000, self._over_ms * 1_000_000)

    @property
    def commands(self) -> dict[str, Tally]:
        """By the full name of a command, what is known of it. O(calls since the last look)."""
        if self.recent:
            self._take_in_recent()
        return self._tallies

    def _take_in_recent(self) -> None:
        """Count the calls that were only noted so far; each duration once, however often."""
        for name, durations in self.recent.items():
            tally = self.begin(name)
            tally.calls += len(durations)
            tally.nanoseconds += sum(durations)
            for nanoseconds, times in Counter(durations if self.spreads else ()).items():
                top = bucket_of(nanoseconds)
                tally.spread[top] = tally.spread.get(top, 0) + times
        self.recent.clear()

    # --- counting ---------------------------------------------------------------------------------

    def finish(self, name: str, nanoseconds: int) -> None:
        """Count a command that ran, and how long it took. O(1)."""
        tally = self.begin(name)
        tally.calls += 1
        tally.nanoseconds += nanoseconds
        if self.spreads:
            top = bucket_of(nanoseconds)
            tally.spread[top] = tally.spread.get(top, 0) + 1

    def noted(self, name: str) -> list[int]:
        """Where to append how many nanoseconds a command took, until somebody looks: `finish` in
        a fraction of the time. O(1).
        """
        times = self.recent.get(name)
        if times is None:
            self.begin(name)  # commands are told of in the order in which they came
            times = self.recent[name] = []
        return times

    def remark(
        self, now_ms: int, nanoseconds: int, client: Client, argv: Sequence[bytes], fast: bool,
        logged: bool,
    ) -> None:  # fmt: skip
        """Put a command that took long into the slow log, and among the latency samples."""
        if logged and nanoseconds >= self.slow.over * 1000:
            self.slow.add(now_ms, nanoseconds // 1000, client, argv)
        if nanoseconds >= self._over_ms * 1_000_000:
            event = "fast-command" if fast else "command"
            self.sample(event, now_ms, nanoseconds // 1_000_000)

    def measure(self, event: str, now_ms: int, act: Callable[[], T]) -> T:
        """Do something; if it takes as long as is looked for, that is a sample of an event."""
        timer = self.timer
        if timer is None or self._over_ms == NEVER:
            return act()
        begun = timer()
        result = act()
        ms = (timer() - begun) // 1_000_000
        if ms >= self._over_ms:
            self.sample(event, now_ms, ms)
        return result

    def lasted(self, event: str, now_ms: int, ms: int) -> None:
        """Take a sample of something that somebody else has measured, if that was long enough."""
        if ms >= self._over_ms:
            self.sample(event, now_ms, ms)

    def sample(self, event: str, now_ms: int, ms: int) -> None:
        """Take a latency sample of an event."""
        series = self.latency.get(event)
        if series is None:
            series = self.latency[event] = Series()
        series.add(now_ms // 1000, ms)

    def fail(self, name: str, text: str) -> None:
        """Count a command that ended in an error."""
        self.error(text)
        self.begin(name).failed += 1

    def reject(self, name: str, text: str) -> None:
        """Count a command that was refused before it ran; `name` is "" if there is none."""
        self.refused = True
        self.error(text)
        if name:
            self.begin(name).rejected += 1

    def error(self, text: str) -> None:
        """Count an error by its code, the first word (`networking.c` afterErrorReply).

        What has no second word, or a first one of more bytes than a code has, counts as an ERR.
        """
        code, space, _ = text.partition(" ")
        if not space or len(code.encode("utf-8", "surrogateescape")) > LONGEST_CODE:
            code = "ERR"
        if code in self.errors or len(self.errors) < MOST_ERRORS:
            self.errors[code] = self.errors.get(code, 0) + 1

    def begin(self, name: str) -> Tally:
        """The tally of a command, made if it is the first time."""
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = Tally()
        return tally

    def beat(self, now_ms: int) -> None:
        """Note how many commands there were, for `rate` (`server.c trackInstantaneousMetric`)."""
        self._samples.append((now_ms, self.processed))
        del self._samples[:-17]

    @property
    def processed(self) -> int:
        """How many commands ran. O(commands that were used)."""
        return sum(tally.calls for tally in self.commands.values())

    @property
    def rate(self) -> int:
        """Commands a second, of late."""
        if len(self._samples) < 2:
            return 0
        (first_ms, first), (last_ms, last) = self._samples[0], self._samples[-1]
        return (last - first) * 1000 // max(1, last_ms - first_ms)

    # --- time travel ------------------------------------------------------------------------------

    def freeze(self) -> tuple[object, ...]:
        """All counts, for a snapshot. O(commands that were used)."""
        tallies = tuple(
            (name, (t.calls, t.nanoseconds, t.rejected, t.failed, tuple(sorted(t.spread.items()))))
            for name, t in self.commands.items()
        )
        logs = tuple(
            (tuple(log.entries), log.next_id) for log in (self.slow, self.requests, self.replies)
        )
        series = tuple((name, (s.highest, tuple(s.samples))) for name, s in self.latency.items())
        counts = tuple(getattr(self, name) for name in _COUNTS)
        return (tallies, logs, series, counts, tuple(self.errors.items()))

    def thaw(self, frozen: tuple[object, ...], config: Config) -> None:
        """Take all counts back, and the thresholds of a configuration that is back already."""
        tallies, logs, series, counts, errors = frozen
        assert isinstance(tallies, tuple)
        assert isinstance(logs, tuple)
        assert isinstance(series, tuple)
        assert isinstance(counts, tuple)
        assert isinstance(errors, tuple)
        self._tallies = {}
        self.recent.clear()
        for name, (calls, nanoseconds, rejected, failed, spread) in tallies:
            tally = self._tallies[name] = Tally()
            tally.calls, tally.nanoseconds = calls, nanoseconds
            tally.rejected, tally.failed = rejected, failed
            tally.spread = dict(spread)
        for log, (entries, next_id) in zip(
            (self.slow, self.requests, self.replies), logs, strict=True
        ):
            log.entries, log.next_id = list(entries), next_id
        self.latency = {}
        for name, (highest, samples) in series:
            self.latency[name] = Series()
            self.latency[name].highest, self.latency[name].samples = highest, list(samples)
        for name, count in zip(_COUNTS, counts, strict=True):
            setattr(self, name, count)
        self.errors = dict(errors)
        self.refused = False
        self.tune(config)


_COUNTS: Final = (
    "connections", "turned_away", "hits", "misses", "bytes_in", "bytes_out", "reads",
    "writes", "started_ms",
)  # fmt: skip


def bucket_of(nanoseconds: int) -> int:
    """The bucket of a duration: the highest that is the same in two digits.

    >>> [bucket_of(ns) for ns in (7, 255, 1000, 1003, 1004)]
    [7, 255, 1003, 1003, 1007]
    """
    if nanoseconds > LONGEST_NS:
        nanoseconds = LONGEST_NS
    shift = nanoseconds.bit_length() - 8
    return nanoseconds | ((1 << shift) - 1) if shift > 0 else nanoseconds
