"""MONITOR: which commands are told, in which words."""

from __future__ import annotations

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.engine.monitor import line_of, quoted
from redlearn.resp.reply import OK, Reply, Status
from tests.conftest import Redis


def seen(monitor: Redis) -> list[str]:
    """What a monitor was told, without the moment."""
    lines = []
    for reply in monitor.client.take():
        assert isinstance(reply, Status)
        lines.append(reply.text.partition(" ")[2])
    return lines


def test_every_command_is_told_as_it_was_sent(redis: Redis) -> None:
    monitor = redis.connect()
    monitor("MONITOR")
    redis("set k 1")
    redis("SELECT 3")
    redis.all("GET")
    redis.all(b"SET", b'a"\n', b"\xff\0")
    assert seen(monitor) == [
        '[0 embedded:0] "set" "k" "1"',
        '[3 embedded:0] "SELECT" "3"',
        '[3 embedded:0] "SET" "a\\"\\n" "\\xff\\x00"',
    ]


def test_the_moment_is_told_in_microseconds(redis: Redis) -> None:
    redis.clock.ms = 1_339_518_083_107
    redis("PING")
    line = line_of(redis.engine.state, redis.client, [b"PING"])
    assert line == Status('1339518083.107000 [0 embedded:0] "PING"')


def test_a_transaction_is_told_as_it_runs_its_commands_first(redis: Redis) -> None:
    monitor = redis.connect()
    monitor("MONITOR")
    for line in ("MULTI", "SET k v", "EXEC"):
        redis(line)
    assert [line.split('"', 1)[1] for line in seen(monitor)] == [
        'MULTI"', 'SET" "k" "v"', 'EXEC"',
    ]  # fmt: skip


def test_secrets_and_what_administrators_do_are_not_told(redis: Redis) -> None:
    monitor = redis.connect()
    monitor("MONITOR")
    redis("CONFIG GET port")
    redis.all("AUTH secret")
    redis.all("HELLO 3 AUTH default secret SETNAME me")
    told = " ".join(seen(monitor))
    assert "secret" not in told
    assert "CONFIG" not in told
    assert '"AUTH" "(redacted)" "(redacted)" "SETNAME" "me"' in told


def test_who_leaves_or_says_reset_sees_no_more_and_costs_no_more(redis: Redis) -> None:
    one, two = redis.connect(), redis.connect()
    one("MONITOR")
    two("MONITOR")
    assert redis.client.guarded
    redis.engine.disconnect(one.client)
    assert redis.client.guarded
    two("RESET")
    assert not redis.client.guarded
    two.client.take()
    replies: list[Reply] = redis.all("PING")
    assert (len(replies), two.client.take()) == (1, [])


def test_who_quits_is_told_nothing_more_and_others_see_it_quit(redis: Redis) -> None:
    one, two = redis.connect(), redis.connect()
    one("MONITOR")
    two("MONITOR")
    one.client.take()
    two.client.take()
    assert one.all("QUIT") == [OK]
    assert seen(two) == ['[0 embedded:0] "QUIT"']


def test_a_word_in_quotes() -> None:
    assert quoted(b'\x07\x08\t\n\r\\"a\x7f') == b'"\\a\\b\\t\\n\\r\\\\\\"a\\x7f"'


def test_while_time_is_held_monitors_are_told_what_the_clock_says() -> None:
    engine = Engine(VirtualClock(5_250))
    client = engine.connect()
    engine.hold_time(0)
    assert line_of(engine.state, client, [b"PING"]).text.startswith("5.250000 [0 ")
    engine.hold_time(None)
    assert line_of(engine.state, client, [b"PING"]).text.startswith("5.250000 [0 ")
