"""Commands of a log, run again."""

from __future__ import annotations

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.persistence.replay import Replay, UnknownCommand
from redlearn.probe import Event
from redlearn.resp.reply import Reply

NOW_MS = 1_700_000_000_000


@pytest.fixture
def engine() -> Engine:
    return Engine(VirtualClock(NOW_MS))


def asked(engine: Engine, line: str) -> Reply:
    client = engine.connect()
    engine.execute(client, line.encode().split())
    return client.take()[-1]


def replayed(engine: Engine, *lines: str) -> Replay:
    with Replay(engine) as replay:
        for line in lines:
            replay.apply(line.encode().split())
    return replay


def test_the_commands_have_run(engine: Engine) -> None:
    replayed(engine, "SELECT 3", "SET k v", "SELECT 0", "RPUSH l a b", "APPEND s x")
    assert asked(engine, "LRANGE l 0 -1") == [b"a", b"b"]
    assert engine.state.databases[3].value_of(b"k") is not None


def test_a_key_whose_time_is_over_is_still_there_for_the_commands_behind(engine: Engine) -> None:
    replayed(engine, f"SET k v PXAT {NOW_MS - 1000}", "APPEND k w", f"PEXPIREAT k {NOW_MS + 50}")
    assert asked(engine, "GET k") == b"vw"
    assert asked(engine, "PTTL k") == 50


def test_it_is_over_once_all_is_replayed(engine: Engine) -> None:
    replayed(engine, "SET k v", f"PEXPIREAT k {NOW_MS - 1000}", "SADD other x")
    assert asked(engine, "DBSIZE") == 2
    assert asked(engine, "GET k") is None
    assert asked(engine, "DBSIZE") == 1


def test_so_are_fields_of_hashes(engine: Engine) -> None:
    replayed(engine, "HSET h a 1 b 2", f"HPEXPIREAT h {NOW_MS - 1} FIELDS 1 a", "HINCRBY h a 1")
    assert asked(engine, "HLEN h") == 2
    assert asked(engine, "HGET h a") is None


def test_a_transaction_without_its_end_has_not_run(engine: Engine) -> None:
    replayed(engine, "SET a 1", "MULTI", "SET a 2", "SET b 2")
    assert asked(engine, "GET a") == b"1"
    replayed(engine, "MULTI", "SET a 2", "SET b 2", "EXEC")
    assert asked(engine, "MGET a b") == [b"2", b"2"]


def test_nothing_is_passed_on_and_nobody_watches(engine: Engine) -> None:
    passed: list[tuple[Effect, ...]] = []
    seen: list[Event] = []
    engine.state.sinks.append(passed.append)
    engine.watch(seen.append)
    replayed(engine, "SET a 1", f"SET b 1 PXAT {NOW_MS - 1}")
    assert passed == []
    assert seen == []
    asked(engine, "SET c 1")
    assert [unit[0].argv[1] for unit in passed] == [b"c"]
    assert seen


def test_rights_and_limits_do_not_count(engine: Engine) -> None:
    asked(engine, "CONFIG SET maxmemory 1")
    asked(engine, "ACL SETUSER default off")
    replay = replayed(engine, "SET a 1", "MULTI", "SET b 2", "EXEC")
    assert replay.failed == 0
    assert len(engine.state.databases[0]) == 2


def test_keys_count_as_used_now(engine: Engine) -> None:
    replayed(engine, "SET a 1", "XADD x 1-1 f v", "XGROUP CREATE x g 0",
             "XGROUP CREATECONSUMER x g c")  # fmt: skip
    assert asked(engine, "OBJECT IDLETIME a") == 0
    (consumer,) = asked(engine, "XINFO CONSUMERS x g")  # type: ignore[misc, union-attr]
    assert consumer[b"idle"] == 0  # type: ignore[index, call-overload]


def test_under_lfu_they_count_as_used_once_now(engine: Engine) -> None:
    asked(engine, "CONFIG SET maxmemory-policy allkeys-lfu")
    replayed(engine, "SET a 1")
    assert asked(engine, "OBJECT FREQ a") == 5
    engine.clock.advance(60_000)  # type: ignore[attr-defined]
    assert asked(engine, "OBJECT FREQ a") == 4


@pytest.mark.parametrize("line", ["NOSUCH a", "XGROUP NOSUCH a"])
def test_a_command_that_does_not_exist_ends_it(engine: Engine, line: str) -> None:
    with pytest.raises(UnknownCommand, match="no command '"):
        replayed(engine, "SET a 1", line)
    assert asked(engine, "GET a") == b"1"


@pytest.mark.parametrize(
    "line",
    [
        "BLPOP nothing 0",
        "SUBSCRIBE news",
        "MONITOR",
        "WATCH a",
        "CLIENT TRACKING on BCAST",
        "QUIT",
        "CLIENT REPLY OFF",
        "WAIT 1 0",
    ],
)
def test_neither_does_one_that_waits_or_listens_or_leaves(engine: Engine, line: str) -> None:
    with pytest.raises(UnknownCommand, match="has no place in a log"):
        replayed(engine, "SET a 1", line)
    assert (engine.state.crowd.monitors, engine.state.crowd.alert) == ({}, False)
    asked(engine, "RPUSH nothing x")
    assert asked(engine, "LRANGE nothing 0 -1") == [b"x"]
    engine.check()


def test_a_command_that_fails_now_is_counted_and_passed_over(engine: Engine) -> None:
    replay = replayed(engine, "SET a x", *["INCR a"] * 20, "SET b 1")
    assert replay.failed == 20
    assert replay.failures[0] == "INCR: ERR value is not an integer or out of range"
    assert len(replay.failures) == 10
    assert asked(engine, "GET b") == b"1"


def test_clients_are_not_counted(engine: Engine) -> None:
    before = engine.state.next_client_id
    replayed(engine, "SET a 1")
    assert engine.state.next_client_id == before
    assert engine.state.clients == {}


def test_in_a_pause_it_is_now(engine: Engine) -> None:
    with Replay(engine) as replay:
        replay.apply(b"SET k v PXAT 1".split())
        assert engine.state.now_ms == 0
        replay.pause()
        assert asked(engine, "TIME") == [b"1700000000", b"0"]
        replay.resume()
        replay.apply(b"APPEND k w".split())
        assert engine.state.databases[0].value_of(b"k").data() == b"vw"  # type: ignore[union-attr, attr-defined]


@pytest.mark.parametrize(
    "lines",
    [
        ["SET k v EX 10"], ["SET k v px 10000"], ["SETEX k 10 v"], ["PSETEX k 10000 v"],
        ["SET k v", "EXPIRE k 10"], ["SET k v", "pexpire k 10000"], ["SET k v", "GETEX k EX 10"],
        ["MULTI", "SET k v", "EXPIRE k 10", "EXEC"], ["MULTI", "SET k v EX 10", "INCR n", "EXEC"],
    ],
)  # fmt: skip
def test_what_is_to_live_for_a_while_lives_from_now_on(engine: Engine, lines: list[str]) -> None:
    """No server logs that; people do."""
    replayed(engine, *lines, "SET other 1", f"PEXPIREAT other {NOW_MS - 1}", "APPEND other 2")
    assert asked(engine, "PTTL k") == 10_000
    assert asked(engine, "DBSIZE") in (2, 3)


def test_a_value_that_looks_like_an_option_is_none(engine: Engine) -> None:
    replayed(engine, "SET EX PX", f"SET k EX PXAT {NOW_MS - 1}", "APPEND k x")
    assert asked(engine, "GET k") is None
    assert asked(engine, "GET EX") == b"PX"


def test_an_entry_was_delivered_when_the_log_says(engine: Engine) -> None:
    replayed(engine, "XADD s 1-1 f v", "XGROUP CREATE s g 0",
             f"XCLAIM s g c 0 1-1 TIME {NOW_MS - 7000} RETRYCOUNT 3 FORCE JUSTID")  # fmt: skip
    assert asked(engine, "XPENDING s g - + 1") == [[b"1-1", b"c", 7000, 3]]
