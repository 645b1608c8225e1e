"""Routing of what runs inside, of those who wait, and of those who listen."""

from __future__ import annotations

import pytest

from redlearn.engine import routing
from redlearn.resp.reply import NULL_ARRAY, Failure, Push, Status
from tests.conftest import Redis
from tests.engine.sketch import (
    COMING,
    CROSS_SLOT,
    DOWN,
    ELSEWHERE,
    FOLLOWED,
    MOVED,
    NOWHERE,
    SERVED,
    A,
    Sketch,
    join,
    said,
)


@pytest.fixture
def away(redis: Redis) -> Sketch:
    """A node that does not serve the slot of `a`."""
    sketch = join(redis)
    sketch.routes[A] = ELSEWHERE
    return sketch


# ---- scripts


LOCAL = "ERR Script attempted to access a non local key in a cluster node"
CROSSES = "ERR Script attempted to access keys that do not hash to the same slot"


def run_script(redis: Redis, text: str, *keys: str) -> str:
    """What a script comes to, without the place of an error."""
    argv = [b"EVAL", text.encode(), b"%d" % len(keys), *(key.encode() for key in keys)]
    reply = said(redis, *argv)
    return (reply.text if isinstance(reply, Status) else str(reply)).partition(" script: ")[0]


def test_a_script_goes_where_its_keys_are(redis: Redis, away: Sketch) -> None:
    assert run_script(redis, "return 1", "a") == MOVED
    assert run_script(redis, "return 1", "b") == "1"
    assert run_script(redis, "return 1", "a", "b") == CROSS_SLOT


def test_keys_it_has_not_declared_have_to_be_here(redis: Redis, away: Sketch) -> None:
    assert run_script(redis, "return redis.call('GET', 'a')") == LOCAL
    assert run_script(redis, "return redis.call('SET', 'b', 1)") == "OK"
    assert run_script(redis, "return redis.call('MGET', 'b', 'c')") == LOCAL


def test_one_without_shebang_may_go_from_slot_to_slot(redis: Redis) -> None:
    join(redis)
    assert run_script(redis, "redis.call('SET','b',1) return redis.call('GET','c')", "a") == "None"


@pytest.mark.parametrize(
    ("flags", "keys", "outcome"),
    [
        ("", (), CROSSES),
        ("", ("a",), CROSSES),
        ("", ("b",), CROSSES),
        (" flags=allow-cross-slot-keys", (), "None"),
        (" flags=no-cluster", (), "ERR Can not run script on cluster, 'no-cluster' flag is set."),
    ],
)
def test_one_with_a_shebang_stays_in_one_slot(
    redis: Redis, flags: str, keys: tuple[str, ...], outcome: str
) -> None:
    join(redis)
    text = f"#!lua{flags}\nredis.call('SET','b',1) return redis.call('GET','c')"
    assert run_script(redis, text, *keys) == outcome


def test_no_cluster_means_nothing_elsewhere(redis: Redis) -> None:
    assert run_script(redis, "#!lua flags=no-cluster\nreturn 1") == "1"


def test_a_script_is_told_when_the_cluster_is_down(redis: Redis) -> None:
    sketch = join(redis)
    sketch.healthy = False
    text = "return redis.call('SET', 'a', 1)"
    down = "ERR Script attempted to execute a command while the cluster is down"
    assert run_script(redis, text) == down
    redis("CONFIG SET cluster-allow-reads-when-down yes")
    assert run_script(redis, text) == (
        "ERR Script attempted to execute a write command while the cluster is down and readonly"
    )


def test_a_script_has_what_its_client_said(redis: Redis) -> None:
    sketch = join(redis)
    sketch.routes[A] = FOLLOWED
    redis("READONLY")
    assert run_script(redis, "return redis.call('GET', 'a')", "a") == "None"
    sketch.routes[A] = COMING
    redis("ASKING")
    assert run_script(redis, "return redis.call('SET', 'a', 1)", "a") == "OK"


def test_functions_are_asked_the_same(redis: Redis) -> None:
    sketch = join(redis)
    body = "redis.call('SET','b',1) return redis.call('GET','c')"
    library = f"#!lua name=l\nredis.register_function('f', function() {body} end)"
    redis(b"FUNCTION", b"LOAD", library.encode())
    assert str(said(redis, "FCALL f 0")).startswith(CROSSES)
    sketch.routes[A] = ELSEWHERE
    assert said(redis, "FCALL f 1 a") == MOVED


# ---- who waits, and who listens


def wait_for(redis: Redis, line: str) -> Redis:
    """Another client, which waits."""
    other = redis.connect()
    assert other.all(line) == []
    return other


def test_who_waits_is_sent_after_a_slot_that_has_left(redis: Redis) -> None:
    sketch = join(redis)
    waiting, staying = wait_for(redis, "BLPOP a 0"), wait_for(redis, "BLPOP b 0")
    sketch.routes[A] = ELSEWHERE
    redis.engine.tick()
    assert waiting.client.take() == [Failure(MOVED)]
    assert staying.client.take() == []
    redis.engine.check()


def test_who_waits_is_told_when_the_cluster_is_down(redis: Redis) -> None:
    sketch = join(redis)
    waiting, counting = wait_for(redis, "BZPOPMIN a 0"), wait_for(redis, "WAIT 1 0")
    sketch.healthy = False
    redis.engine.tick()
    assert waiting.client.take() == [Failure(DOWN)]
    assert counting.client.take() == []


def test_who_waits_is_told_when_nobody_serves_the_slot(redis: Redis) -> None:
    sketch = join(redis)
    waiting = wait_for(redis, "BLPOP a 0")
    sketch.routes[A] = NOWHERE
    redis.engine.tick()
    assert waiting.client.take() == [Failure("CLUSTERDOWN Hash slot not served")]


def test_who_waits_stays_while_the_slot_is_coming(redis: Redis) -> None:
    sketch = join(redis)
    sketch.routes[A] = COMING
    other = redis.connect()
    other("ASKING")
    assert other.all("BLPOP a 0") == []
    redis.engine.tick()
    assert other.client.take() == []
    redis("ASKING")
    redis("RPUSH a x")
    assert other.client.take() == [[b"a", b"x"]]
    assert said(other, "GET a") == MOVED


def test_who_only_reads_may_wait_at_a_replica(redis: Redis) -> None:
    sketch = join(redis)
    reader, mover = redis.connect(), redis.connect()
    reader("READONLY")
    sketch.routes[A] = FOLLOWED
    assert reader.all("XREAD BLOCK 0 STREAMS a $") == []
    redis.engine.tick()
    assert reader.client.take() == []
    sketch.routes[A] = SERVED
    assert mover.all("BLPOP a 0") == []
    sketch.routes[A] = FOLLOWED
    redis.engine.tick()
    assert mover.client.take() == [Failure(MOVED)]


def test_a_wait_that_ends_in_vain_uses_asking_up(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    redis("ASKING")
    assert redis.all("BLPOP a 0.01") == []
    redis.advance(11)
    redis.engine.tick()
    assert redis.client.take() == [NULL_ARRAY]
    assert said(redis, "GET a") == MOVED


def test_listeners_of_a_shard_are_sent_away_with_its_slot(redis: Redis) -> None:
    join(redis)
    one, two = redis.connect(), redis.connect()
    one("SSUBSCRIBE {a}1")
    one("SSUBSCRIBE {a}2")
    two("SSUBSCRIBE {a}1")
    two("SUBSCRIBE a")
    routing.leave_channels(redis.engine.state, A)
    assert one.client.take() == [
        Push([b"sunsubscribe", b"{a}1", 1]), Push([b"sunsubscribe", b"{a}2", 0]),
    ]  # fmt: skip
    assert two.client.take() == [Push([b"sunsubscribe", b"{a}1", 0])]
    assert two.client.listens
    redis.engine.check()


def test_listening_elsewhere_is_refused(redis: Redis, away: Sketch) -> None:
    assert said(redis, "SSUBSCRIBE a") == said(redis, "SPUBLISH a m") == MOVED
    assert said(redis, "SUNSUBSCRIBE a") == MOVED
    assert said(redis, "SSUBSCRIBE b c") == CROSS_SLOT


def test_the_keys_of_a_lost_slot_go_without_a_notification(redis: Redis) -> None:
    join(redis)
    redis("MSET {a}1 x {a}2 y")
    redis("SET b z")
    watching = redis.connect()
    watching("WATCH {a}1")
    listener = redis.connect()
    redis("CONFIG SET notify-keyspace-events KEA")
    listener("PSUBSCRIBE __key*")
    units: list[object] = []
    redis.engine.state.sinks.append(units.append)
    assert redis.engine.drop_slot(A) == 2
    assert len(units) == 1
    assert redis("KEYS *") == [b"b"]
    assert listener.client.take() == []
    watching("MULTI")
    assert watching("EXEC") == NULL_ARRAY
    assert redis.engine.drop_slot(A) == 0
    redis.engine.check()
