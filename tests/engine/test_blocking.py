"""Who waits, who is served first, and all the ways a wait can end."""

from __future__ import annotations

import pytest

from redlearn.engine import blocking
from redlearn.engine.blocking import (
    ClientBlocked,
    ClientServed,
    ClientTimedOut,
    ClientUnblocked,
    deadline,
    deadline_of_ms,
)
from redlearn.engine.context import Context
from redlearn.engine.effects import Effect
from redlearn.errors import UNBLOCKED, CommandError
from redlearn.probe import Event
from redlearn.resp.reply import NULL_ARRAY, OK, PONG, QUEUED, Failure, Reply
from tests.conftest import Redis


def waiting(redis: Redis, line: str) -> Redis:
    """Another client, which sent `line` and got no reply yet."""
    client = redis.connect()
    assert client.all(line) == []
    assert client.client.wait is not None
    return client


def got(client: Redis) -> list[Reply]:
    """What a client was sent since the last look."""
    return client.client.take()


@pytest.fixture(autouse=True)
def sound(redis: Redis) -> object:
    """After each test who waits for what must add up."""
    yield
    redis.engine.check()
    return None


def test_who_came_first_is_served_first(redis: Redis) -> None:
    first, second = waiting(redis, "BLPOP jobs 0"), waiting(redis, "BLPOP jobs 0")
    assert redis("RPUSH jobs a") == 1
    assert (got(first), got(second)) == ([[b"jobs", b"a"]], [])
    assert redis("EXISTS jobs") == 0
    redis("RPUSH jobs b")
    assert got(second) == [[b"jobs", b"b"]]


def test_one_push_serves_as_many_as_it_has_elements(redis: Redis) -> None:
    clients = [waiting(redis, "BLPOP jobs 0") for _ in range(3)]
    assert redis("LPUSH jobs a b") == 2
    assert [got(client) for client in clients] == [[[b"jobs", b"b"]], [[b"jobs", b"a"]], []]
    assert clients[2].client.wait is not None


def test_who_waits_for_several_keys_is_served_once(redis: Redis) -> None:
    one = waiting(redis, "BLPOP a b c 0")
    redis("MULTI")
    redis("RPUSH c 3")
    redis("RPUSH b 2")
    redis("EXEC")
    assert got(one) == [[b"b", b"2"]]  # it runs as sent, and so in the order of its own keys
    assert redis("LLEN c") == 1
    assert redis.engine.state.databases[0].waiting == {}


def test_a_key_of_another_type_serves_nobody(redis: Redis) -> None:
    lists, sets = waiting(redis, "BLPOP k 0"), waiting(redis, "BZPOPMIN k 0")
    redis("SET k text")
    redis("DEL k")
    redis("ZADD k 1 m")
    assert (got(lists), got(sets)) == ([], [[b"k", b"m", 1.0]])
    redis("RPUSH k a")
    assert got(lists) == [[b"k", b"a"]]


@pytest.mark.parametrize("others", [True, False])
def test_a_key_that_begins_as_a_type_nobody_waits_for_serves_nobody_later(
    redis: Redis, others: bool
) -> None:
    """So it is in Redis: what overwrites a key serves nobody, unless its creation did."""
    redis("RPUSH full 2 1")
    lists = waiting(redis, "BLPOP k 0")
    if others:
        waiting(redis, "XREAD BLOCK 0 STREAMS elsewhere $")
    redis("MULTI")
    redis("XGROUP CREATE k g $ MKSTREAM")
    redis("SORT full STORE k")
    redis("EXEC")
    assert got(lists) == ([[b"k", b"1"]] if others else [])


@pytest.mark.parametrize(
    "line", ["RENAME full k", "COPY full k", "RENAMENX full k", "LMOVE full k LEFT LEFT",
             "RPOPLPUSH full k"]
)  # fmt: skip
def test_whatever_makes_the_key_serves(redis: Redis, line: str) -> None:
    redis("RPUSH full a")
    one = waiting(redis, "BLPOP k 0")
    redis(line)
    assert got(one) == [[b"k", b"a"]]


def test_databases_are_apart(redis: Redis) -> None:
    one = waiting(redis, "BLPOP k 0")
    redis("SELECT 1")
    redis("RPUSH k a")
    assert got(one) == []
    redis("SELECT 0")
    redis("RPUSH k b")
    assert got(one) == [[b"k", b"b"]]


def test_who_runs_again_for_nothing_waits_on_behind_the_others(redis: Redis) -> None:
    """A list came and went within one transaction."""
    first = waiting(redis, "BLPOP k 2")
    for line in ("MULTI", "RPUSH k a", "DEL k", "EXEC"):
        redis(line)
    assert got(first) == []
    second = waiting(redis, "BLPOP k 0")
    redis("RPUSH k a")
    assert (got(first), got(second)) == ([[b"k", b"a"]], [])


def test_a_timeout_goes_on_while_a_client_runs_again(redis: Redis) -> None:
    one = waiting(redis, "BLPOP a k 2")
    redis.advance(1500)
    state = redis.engine.state
    state.ready[0, b"k"] = None  # as a stream would say: something happened
    redis("SET a x")
    redis("DEL a")
    redis.advance(500)
    redis.engine.tick()
    assert got(one) == [NULL_ARRAY]


def test_serving_may_serve_others(redis: Redis) -> None:
    """BLMOVE makes the key that a BLPOP waits for."""
    mover, popper = waiting(redis, "BLMOVE a b LEFT RIGHT 0"), waiting(redis, "BLPOP b 0")
    redis("RPUSH a x")
    assert (got(mover), got(popper)) == ([b"x"], [[b"b", b"x"]])


def test_moves_in_a_circle_come_to_an_end(redis: Redis) -> None:
    clients = [waiting(redis, line) for line in ("BLMOVE a b LEFT LEFT 0", "BLMOVE b a LEFT LEFT 0",
                                                 "BLMOVE a b LEFT LEFT 0")]  # fmt: skip
    redis("RPUSH a x")
    assert [got(client) for client in clients] == [[b"x"], [b"x"], [b"x"]]
    assert redis("LRANGE b 0 -1") == [b"x"]


def test_a_served_command_may_fail(redis: Redis) -> None:
    redis("SET text x")
    one = waiting(redis, "BLMOVE a text LEFT LEFT 0")
    redis("RPUSH a x")
    (reply,) = got(one)
    assert isinstance(reply, Failure) and reply.text.startswith("WRONGTYPE")
    assert redis("LLEN a") == 1
    assert one.client.wait is None


@pytest.mark.parametrize(("ms", "served"), [(1499, False), (1500, True), (9999, True)])
def test_a_timeout_ends_a_wait(redis: Redis, ms: int, served: bool) -> None:
    one, other = waiting(redis, "BLPOP k 1.5"), waiting(redis, "BLPOP k 0")
    redis.advance(ms)
    redis.engine.tick()
    assert got(one) == ([NULL_ARRAY] if served else [])
    assert got(other) == []
    redis("RPUSH k a")
    assert (got(other) if served else got(one)) == [[b"k", b"a"]]


def test_timeouts_come_in_the_order_of_their_moments(redis: Redis) -> None:
    clients = [waiting(redis, f"BLPOP k {seconds}") for seconds in (3, 1, 2)]
    seen: list[Event] = []
    redis.engine.watch(seen.append)
    redis.advance(3000)
    redis.engine.tick()
    redis.engine.watch(None)
    numbers = [client.client.id for client in clients]
    ended = [event for event in seen if isinstance(event, ClientTimedOut)]
    assert [event.client for event in ended] == [numbers[1], numbers[2], numbers[0]]
    assert ended[0] == ClientTimedOut(numbers[1], (b"k",), 3000)


def test_what_a_waiting_client_sends_is_held_until_it_is_served(redis: Redis) -> None:
    one = waiting(redis, "BLPOP k 0")
    for line in ("PING", "SET x 1", "BLPOP k 0", "PING"):
        assert one.all(line) == []
    assert redis("EXISTS x") == 0
    redis("RPUSH k a")
    assert got(one) == [[b"k", b"a"], PONG, OK]
    assert redis("EXISTS x") == 1
    redis("RPUSH k b")
    assert got(one) == [[b"k", b"b"], PONG]


def test_what_was_held_may_serve_others(redis: Redis) -> None:
    one, other = waiting(redis, "BLPOP k 0"), waiting(redis, "BLPOP m 0")
    one.all("RPUSH m x")
    redis("RPUSH k a")
    assert got(other) == [[b"m", b"x"]]


def test_what_was_held_runs_after_a_timeout_too(redis: Redis) -> None:
    one = waiting(redis, "BLPOP k 1")
    one.all("PING")
    redis.advance(1000)
    redis.engine.tick()
    assert got(one) == [NULL_ARRAY, PONG]


def test_a_client_that_goes_waits_no_more(redis: Redis) -> None:
    one, other = waiting(redis, "BLPOP k j 5"), waiting(redis, "BLPOP k 0")
    one.all("PING")
    redis.engine.disconnect(one.client)
    redis.engine.check()
    redis("RPUSH k a")
    assert got(other) == [[b"k", b"a"]]
    redis.advance(9999)
    redis.engine.tick()
    assert got(one) == []


@pytest.mark.parametrize(("error", "reply"), [(False, NULL_ARRAY), (True, Failure(UNBLOCKED))])
def test_a_wait_can_be_ended_from_outside(redis: Redis, error: bool, reply: Reply) -> None:
    one = waiting(redis, "BLPOP k 0")
    state = redis.engine.state
    assert blocking.unblock(state, one.client, error=error)
    assert not blocking.unblock(state, one.client, error=error)
    assert got(one) == [reply]


def test_in_multi_nobody_waits(redis: Redis) -> None:
    redis("MULTI")
    for line in ("BLPOP k 0", "BLMOVE k m LEFT LEFT 0", "BLMPOP 0 1 k LEFT", "BZPOPMAX k 0"):
        assert redis(line) == QUEUED
    assert redis("EXEC") == [NULL_ARRAY, None, NULL_ARRAY, NULL_ARRAY]
    assert redis.client.wait is None


def test_the_effects_are_those_of_commands_that_do_not_wait(redis: Redis) -> None:
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    waiting(redis, "BLMOVE a b LEFT RIGHT 0")
    waiting(redis, "BLMPOP 0 1 b RIGHT COUNT 5")
    redis("RPUSH a x")
    assert [[b" ".join(effect.argv) for effect in unit] for unit in units] == [
        [b"RPUSH a x"],
        [b"LMOVE a b LEFT RIGHT"],
        [b"RPOP b 1"],
    ]


def test_watched_keys_are_touched_by_what_is_served(redis: Redis) -> None:
    waiting(redis, "BLMOVE a b LEFT RIGHT 0")
    watcher = redis.connect()
    watcher("WATCH b")
    watcher("MULTI")
    redis("RPUSH a x")
    assert watcher("EXEC") is NULL_ARRAY


def test_each_end_of_a_wait_is_told(redis: Redis) -> None:
    one = redis.connect()
    blocked = [e for e in one.events("BLPOP k m 1") if isinstance(e, ClientBlocked)]
    until = redis.clock.now_ms() + 1000
    assert blocked == [ClientBlocked(one.client.id, 0, (b"k", b"m"), until)]
    redis.advance(10)
    served = [e for e in redis.events("RPUSH m a") if isinstance(e, ClientServed)]
    assert served == [ClientServed(one.client.id, b"m", 10)]
    one.all("BLPOP k 0")
    seen: list[Event] = []
    redis.engine.watch(seen.append)
    blocking.unblock(redis.engine.state, one.client, error=True)
    redis.engine.watch(None)
    assert seen == [ClientUnblocked(one.client.id, error=True)]


def test_watching_changes_nothing(redis: Redis) -> None:
    replies = []
    for watched in (False, True):
        redis("FLUSHALL")
        redis.engine.watch((lambda event: None) if watched else None)
        clients = [waiting(redis, "BLMOVE a b LEFT LEFT 0"), waiting(redis, "BLPOP b 0")]
        clients[0].all("LLEN b")
        pushed = redis("RPUSH a x y")
        replies.append([pushed, *[got(client) for client in clients]])
        redis.engine.watch(None)
    assert replies[0] == replies[1] == [2, [b"x", 0], [[b"b", b"x"]]]


def test_who_wants_to_know_of_deletions_is_told(redis: Redis) -> None:
    """As XREADGROUP does; here with a command of the test's own making."""
    one = redis.connect()
    redis("RPUSH k a")
    context: Context = redis.ctx
    wish = blocking.Wish((b"k",), "stream", 0, on_gone=True)
    blocking.park(redis.engine.state, one.client, wish, [b"LLEN", b"k"], None)
    redis("RPUSH k b")
    assert got(one) == []
    redis("SET k text")
    (reply,) = got(one)
    assert isinstance(reply, Failure)
    assert context.take_wish() is None


def test_every_waiting_key_can_be_looked_at_again(redis: Redis) -> None:
    """For SWAPDB: keys come to be without having been added."""
    one = waiting(redis, "BLPOP k 0")
    db = redis.engine.state.databases[0]
    redis("SELECT 1")
    redis("RPUSH k a")
    db.keys, other = redis.engine.state.databases[1].keys, db.keys
    redis.engine.state.databases[1].keys = other
    blocking.mark_all(redis.engine.state, db)
    redis("RPUSH any x")
    assert got(one) == [[b"k", b"a"]]


NOW = 1_000_000


@pytest.mark.parametrize(
    ("seconds", "until"),
    [
        (b"0", 0),
        (b"1", NOW + 1000),
        (b"0.001", NOW + 1),
        (b"0.0001", NOW + 1),
        (b"0.1", NOW + 100),
        (b"1.1", NOW + 1100),
        (b"1e3", NOW + 10**6),
        (b"-0.0001", 0),
        (b"9223372036853775.807", 2**63 - 1),
    ],
)
def test_a_timeout_is_rounded_up_to_milliseconds(seconds: bytes, until: int) -> None:
    assert deadline(seconds, NOW) == until


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (b"x", "ERR timeout is not a float or out of range"),
        (b"", "ERR timeout is not a float or out of range"),
        (b"nan", "ERR timeout is not a float or out of range"),
        (b"-1", "ERR timeout is negative"),
        (b"-inf", "ERR timeout is negative"),
        (b"-1e4000", "ERR timeout is negative"),
        (b"inf", "ERR timeout is out of range"),
        (b"1e4000", "ERR timeout is out of range"),
        (b"9223372036854775.807", "ERR timeout is out of range"),
        (b"9223372036854775808", "ERR timeout is out of range"),
    ],
)
def test_a_timeout_that_makes_no_sense_is_refused(seconds: bytes, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        deadline(seconds, NOW)
    assert caught.value.text == message


def test_a_timeout_may_be_in_milliseconds() -> None:
    assert deadline_of_ms(b"15", NOW) == NOW + 15
    assert deadline_of_ms(b"0", NOW) == 0
    for text, message in (
        (b"1.5", "ERR timeout is not an integer or out of range"),
        (b"-1", "ERR timeout is negative"),
        (b"9223372036854775807", "ERR timeout is out of range"),
    ):
        with pytest.raises(CommandError) as caught:
            deadline_of_ms(text, NOW)
        assert caught.value.text == message


def test_client_unblock_ends_a_wait_and_lets_what_was_held_run(redis: Redis) -> None:
    one = waiting(redis, "BLPOP k 0")
    one.all("PING")
    number = one.client.id
    assert redis(f"CLIENT UNBLOCK {number} error") == 1
    assert got(one) == [Failure(UNBLOCKED), PONG]
    assert redis(f"CLIENT UNBLOCK {number}") == redis("CLIENT UNBLOCK 999") == 0
    for line, message in (
        (f"CLIENT UNBLOCK {number} now", "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
        ("CLIENT UNBLOCK x", "ERR value is not an integer or out of range"),
    ):
        with pytest.raises(CommandError) as caught:
            redis(line)
        assert caught.value.text == message


def test_who_waited_is_refused_what_takes_memory_when_there_is_none_left(redis: Redis) -> None:
    """The next in line takes what was not moved, if that takes no memory."""
    mover, taker = waiting(redis, "BLMOVE k m LEFT LEFT 0"), waiting(redis, "BLPOP k 0")
    for line in ("MULTI", "RPUSH k x", "CONFIG SET maxmemory 1", "EXEC"):
        redis(line)
    (refused,) = got(mover)
    assert isinstance(refused, Failure) and refused.text.startswith("OOM command not allowed")
    assert got(taker) == [[b"k", b"x"]]
    assert redis("EXISTS k m") == 0
    redis("CONFIG SET maxmemory 0")
    assert mover("PING") == PONG
