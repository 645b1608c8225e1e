"""INFO, ROLE and LOLWUT."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.server.info import skyline
from redlearn.resp.reply import Verbatim
from redlearn.timeline.session import Session
from tests.conftest import Redis


def fields(redis: Redis, *sections: str) -> dict[str, str]:
    reply = redis(f"INFO {' '.join(sections)}")
    assert isinstance(reply, Verbatim)
    lines = reply.data.decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


@pytest.fixture
def timed(redis: Redis) -> Redis:
    """A client whose commands are counted, by a clock that only sleeping moves."""
    engine = redis.engine
    engine.state.config.set("enable-debug-command", "yes")
    engine.state.stats.timer = redis.clock.now_ns
    redis.all = lambda *command: run(redis, *command)  # type: ignore[method-assign]
    return redis


def run(redis: Redis, *command: str | bytes) -> list[object]:
    from tests.conftest import argv_of

    redis.engine.execute_timed(redis.client, argv_of(*command))
    return list(redis.client.take())


def test_it_is_a_text_of_its_sections(redis: Redis) -> None:
    assert redis("INFO Cluster") == Verbatim(b"# Cluster\r\ncluster_enabled:0\r\n")
    assert fields(redis, "server")["redis_version"] == "7.4.1"
    assert fields(redis, "replication")["role"] == "master"


def test_it_counts_keys(redis: Redis) -> None:
    redis("SET a 1")
    redis("SET b 1 PX 100")
    redis("HSET h f v")
    redis("HEXPIRE h 100 FIELDS 1 f")
    assert fields(redis, "keyspace") == {"db0": "keys=3,expires=1,avg_ttl=0,subexpiry=1"}


def test_commands_are_counted_with_their_time(timed: Redis) -> None:
    timed("DEBUG SLEEP 0.002")
    timed("SET k v")
    timed.all("GET")
    timed.all("LPUSH k v")
    timed.all("nope")
    found = fields(timed, "all")
    assert found["cmdstat_debug"] == (
        "calls=1,usec=2000,usec_per_call=2000.00,rejected_calls=0,failed_calls=0"
    )
    assert found["cmdstat_get"].endswith("calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,"
                                         "failed_calls=0".removeprefix(""))  # fmt: skip
    assert found["cmdstat_lpush"].endswith("rejected_calls=0,failed_calls=1")
    assert found["latency_percentiles_usec_debug"] == "p50=2007.039,p99=2007.039,p99.9=2007.039"
    assert (found["errorstat_ERR"], found["errorstat_WRONGTYPE"]) == ("count=2", "count=1")
    assert found["total_commands_processed"] == "3"


def test_hits_and_misses_are_those_of_reading(timed: Redis) -> None:
    timed("SET k v")
    timed("GET k")
    timed("GET none")
    timed("MGET k k none")
    timed("EXISTS k none")
    timed("SET none v")
    timed("MULTI")
    timed("GET k")
    timed("GET gone")
    timed("EXEC")
    found = fields(timed, "stats")
    assert (found["keyspace_hits"], found["keyspace_misses"]) == ("5", "4")


def test_what_is_queued_counts_when_it_runs(timed: Redis) -> None:
    timed("MULTI")
    timed("SET k v")
    assert "set" not in timed.engine.state.stats.commands
    timed("EXEC")
    commands = timed.engine.state.stats.commands
    assert {name: tally.calls for name, tally in commands.items()} == {
        "multi": 1, "set": 1, "exec": 1,
    }  # fmt: skip


def test_resetstat_counts_from_zero(timed: Redis) -> None:
    timed("GET none")
    timed("CONFIG RESETSTAT")
    found = fields(timed, "stats")
    assert (found["total_commands_processed"], found["keyspace_misses"]) == ("1", "0")


def test_going_back_in_time_counts_the_same() -> None:
    session = Session()
    me = session.connect()
    for line in (b"SET k v", b"GET k", b"GET none", b"nope", b"DEBUG SLEEP 0.5", b"GET k"):
        session.execute(me, line.split())
    then = session.engine.state.stats.freeze()
    session.execute(me, [b"CONFIG", b"RESETSTAT"])
    session.seek(2)
    assert session.engine.state.stats.processed == 1
    session.seek(7)
    assert session.engine.state.stats.freeze() == then


def test_role_is_a_masters(redis: Redis) -> None:
    assert redis("ROLE") == [b"master", 0, []]


def test_lolwut_draws_towers(redis: Redis) -> None:
    reply = redis("LOLWUT VERSION 5 20")
    assert isinstance(reply, Verbatim)
    rows = reply.data.decode().splitlines()
    assert rows[-3] == "#" * 20
    assert rows[-1].endswith("Redis ver. 7.4.1")
    assert isinstance(redis("LOLWUT"), Verbatim)
    assert isinstance(redis("LOLWUT VERSION"), Verbatim)


def test_a_skyline_is_the_same_for_a_seed_and_stands_on_the_ground() -> None:
    assert skyline(40, 7) == skyline(40, 7) != skyline(40, 8)
    for above, below in zip(skyline(60, 3), skyline(60, 3)[1:], strict=False):
        assert all(low == "#" for high, low in zip(above, below, strict=True) if high == "#")
