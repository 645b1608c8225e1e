"""What is counted: calls and errors, durations in buckets, logs that stay short."""

from __future__ import annotations

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.config import Config
from redlearn.engine.engine import Engine
from redlearn.engine.stats import NEVER, CommandLog, Series, Stats, Tally, bucket_of, shortened
from tests.conftest import Redis


def a_client() -> Client:
    return Engine(VirtualClock(5000)).connect()


@pytest.mark.parametrize(
    ("nanoseconds", "bucket"),
    [(0, 0), (255, 255), (256, 257), (1000, 1003), (1003, 1003), (1004, 1007), (7002, 7007),
     (47100, 47103), (5 * 10**9, 1002438655)],
)  # fmt: skip
def test_a_bucket_is_named_by_the_highest_that_falls_into_it(nanoseconds: int, bucket: int) -> None:
    assert bucket_of(nanoseconds) == bucket


def test_percentiles_are_those_of_the_calls() -> None:
    tally = Tally()
    tally.spread = {1003: 98, 2007: 1, 9023: 1}
    assert [tally.percentile(share) for share in (0, 50, 98, 99, 99.9, 100)] == [
        1003, 1003, 1003, 2007, 9023, 9023,
    ]  # fmt: skip
    assert Tally().percentile(50) == 0


def test_a_histogram_grows_by_doublings() -> None:
    tally = Tally()
    tally.spread = {500: 1, 1003: 2, 30079: 1, 1002438655: 1}
    assert tally.cumulative() == [(1, 3), (33, 4), (1073741, 5)]
    assert Tally().cumulative() == []


def test_a_log_keeps_the_newest_and_numbers_go_on() -> None:
    log, client = CommandLog(), a_client()
    log.longest = 2
    for number in range(3):
        log.add(5999, number, client, [b"GET", b"k%d" % number])
    assert [(e.id, e.at_s, e.argv[1]) for e in log.entries] == [(2, 5, b"k2"), (1, 5, b"k1")]


def test_what_is_logged_is_not_too_much_and_no_secret() -> None:
    assert shortened([b"SET", b"k", b"x" * 129])[2] == b"x" * 128 + b"... (1 more bytes)"
    many = shortened([b"DEL", *[b"k"] * 40])
    assert (len(many), many[-1]) == (32, b"... (10 more arguments)")
    assert len(shortened([b"DEL", *[b"k"] * 31])) == 32
    assert shortened([b"AUTH", b"secret"]) == (b"AUTH", b"(redacted)")


def test_of_samples_in_one_second_the_longest_stays() -> None:
    series = Series()
    for at_s, ms in ((1, 5), (1, 9), (1, 7), (2, 3)):
        series.add(at_s, ms)
    assert (series.samples, series.highest) == ([(1, 9), (2, 3)], 9)
    for at_s in range(3, 300):
        series.add(at_s, 1)
    assert (len(series.samples), series.highest) == (160, 9)


def test_thresholds_come_from_the_configuration() -> None:
    stats, config = Stats(0), Config(16)
    stats.tune(config)
    assert stats.slow.over == 10000
    assert stats.remarkable == 10_000_000
    config.set("slowlog-log-slower-than", -1)
    config.set("latency-monitor-threshold", 20)
    stats.tune(config)
    assert stats.slow.over == NEVER
    assert stats.remarkable == 20_000_000


def test_a_shorter_log_forgets_at_once() -> None:
    stats, config, client = Stats(0), Config(16), a_client()
    for _ in range(3):
        stats.slow.add(0, 1, client, [b"PING"])
    config.set("slowlog-max-len", 1)
    stats.tune(config)
    assert [entry.id for entry in stats.slow.entries] == [2]


def test_errors_are_counted_by_code_and_command() -> None:
    stats = Stats(0)
    stats.fail("get", "WRONGTYPE Operation")
    stats.reject("get", "ERR wrong number")
    stats.reject("", "ERR unknown command")
    assert stats.errors == {"WRONGTYPE": 1, "ERR": 2}
    assert (stats.commands["get"].failed, stats.commands["get"].rejected) == (1, 1)
    for number in range(1000):
        stats.error(f"E{number} text")
    assert len(stats.errors) == 128


@pytest.mark.parametrize(
    ("text", "code"),
    [("ALONE", "ERR"), ("WRONG\u2002SPACE", "ERR"), ("E" * 30 + " x", "E" * 30),
     ("E" * 31 + " x", "ERR"), ("\u00c9" * 16 + " x", "ERR")],
)  # fmt: skip
def test_what_begins_with_no_code_counts_as_err(text: str, code: str) -> None:
    stats = Stats(0)
    stats.error(text)
    assert stats.errors == {code: 1}


def test_the_rate_is_that_of_the_last_beats() -> None:
    stats = Stats(0)
    assert stats.rate == 0
    for beat in range(40):
        stats.beat(beat * 100)
        stats.begin("get").calls += 5
    assert stats.rate == 50


def test_a_thawed_one_has_everything_back() -> None:
    stats, client, config = Stats(7), a_client(), Config(16)
    stats.finish("get", 1000)
    stats.fail("get", "ERR no")
    stats.hits = 3
    stats.remark(5000, 50_000_000, client, [b"GET", b"k"], True, True)
    stats.sample("command", 5000, 7)
    frozen = stats.freeze()
    other = Stats(0)
    other.finish("set", 5)
    other.thaw(frozen, config)
    assert other.freeze() == frozen
    assert list(other.commands) == ["get"]


def test_a_reset_leaves_logs_and_samples() -> None:
    stats, client = Stats(0), a_client()
    stats.finish("get", 1)
    stats.slow.add(0, 1, client, [b"PING"])
    stats.sample("command", 0, 1)
    stats.reset()
    assert (stats.processed, stats.commands) == (0, {})
    assert stats.slow.entries
    assert stats.latency


class Laggard:
    """A timer by which everything takes 20 ms."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 20_000_000
        return self.now


def test_what_is_measured_is_a_sample_if_it_took_long() -> None:
    stats, config = Stats(0), Config(16)
    stats.timer = Laggard()
    assert stats.measure("fork", 5_000, lambda: "done") == "done"
    stats.lasted("fork", 5_000, 20)
    assert stats.latency == {}  # nobody has asked
    for threshold, samples in ((21, {}), (20, {"fork": [(5, 20)]})):
        config.set("latency-monitor-threshold", threshold)
        stats.tune(config)
        assert stats.measure("fork", 5_000, lambda: "done") == "done"
        assert {name: series.samples for name, series in stats.latency.items()} == samples
    stats.lasted("rewrite", 6_000, 19)
    stats.lasted("rewrite", 6_000, 30)
    assert stats.latency["rewrite"].samples == [(6, 30)]


def test_without_a_timer_nothing_is_measured() -> None:
    stats, config = Stats(0), Config(16)
    config.set("latency-monitor-threshold", 1)
    stats.tune(config)
    assert stats.measure("fork", 0, lambda: 7) == 7
    assert stats.latency == {}


def test_ends_of_keys_and_making_room_are_events(redis: Redis) -> None:
    state = redis.engine.state
    redis("CONFIG SET latency-monitor-threshold 20")
    redis.all("SET soon v PX 5")
    redis("SET large " + "x" * 2_000)
    state.stats.timer = Laggard()
    redis.advance(1_000)
    redis.engine.tick()
    assert set(state.stats.latency) == {"expire-cycle", "expire-del"}
    redis("CONFIG SET maxmemory-policy allkeys-lru maxmemory 100")
    redis.advance(1_000)
    assert redis("EXISTS soon large") == 0
    assert set(state.stats.latency) >= {"eviction-cycle", "eviction-del"}


def test_what_was_only_noted_is_counted_when_somebody_looks() -> None:
    stats = Stats(0)
    stats.begin("set")
    stats.begin("get")
    stats.recent = {"get": [1000, 1001, 5000], "set": [7]}
    assert list(stats.commands) == ["set", "get"]
    tally = stats.commands["get"]
    assert (tally.calls, tally.nanoseconds) == (3, 7001)
    assert tally.spread == {1003: 2, bucket_of(5000): 1}
    assert stats.recent == {}
    assert stats.processed == 4


def test_durations_noted_while_they_are_not_tracked_are_not_spread() -> None:
    stats, config = Stats(0), Config(16)
    stats.recent = {"get": [1000]}
    config.set("latency-tracking", False)
    stats.tune(config)  # what came before is spread, what comes is not
    stats.recent = {"get": [2000]}
    assert stats.commands["get"].spread == {1003: 1}
    assert stats.commands["get"].calls == 2
