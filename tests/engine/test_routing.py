"""Routing: what the node of a cluster runs itself, and where it sends everything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.engine.client import Client
from redlearn.engine.client_info import describe
from redlearn.engine.routing import CommandRedirected
from redlearn.resp.reply import OK, QUEUED, Push, Reply
from tests.conftest import Redis
from tests.engine.sketch import (
    ASK,
    COMING,
    CROSS_SLOT,
    DOWN,
    ELSEWHERE,
    FOLLOWED,
    LEAVING,
    MOVED,
    NOWHERE,
    THERE,
    TRY_AGAIN,
    A,
    Sketch,
    join,
    said,
)


def put(redis: Redis, *keys: str) -> None:
    """Make keys on a node that is about to be part of a cluster."""
    for key in keys:
        redis(f"SET {key} v")


@pytest.fixture
def away(redis: Redis) -> Sketch:
    """A node that does not serve the slot of `a`."""
    sketch = join(redis)
    sketch.routes[A] = ELSEWHERE
    return sketch


# ---- one slot, one node


def test_keys_of_this_nodes_slots_are_served(redis: Redis) -> None:
    join(redis)
    assert said(redis, "SET a 1") == OK
    assert said(redis, "GET a") == b"1"


def test_keys_of_others_are_said_to_have_moved(redis: Redis, away: Sketch) -> None:
    assert said(redis, "GET a") == MOVED
    assert said(redis, "SET b 1") == OK


@pytest.mark.parametrize(
    "line",
    ["PING", "KEYS *", "SCAN 0", "DBSIZE", "FLUSHALL", "INFO server", "EVAL 'return 1' 0",
     "PUBLISH a m", "SUBSCRIBE a", "WAIT 0 0", "XINFO HELP", "CLUSTER KEYSLOT a", "GET"],
)  # fmt: skip
def test_what_has_no_keys_is_served_by_anybody(redis: Redis, line: str) -> None:
    sketch = join(redis, ELSEWHERE)
    sketch.healthy = False
    assert not str(said(redis, line)).startswith(("MOVED", "CLUSTERDOWN"))


def test_a_slot_that_nobody_serves_is_down(redis: Redis, away: Sketch) -> None:
    away.routes[A] = NOWHERE
    away.healthy = False
    assert said(redis, "GET a") == "CLUSTERDOWN Hash slot not served"
    assert said(redis, "MGET a b") == "CLUSTERDOWN Hash slot not served"


def test_keys_of_two_slots_are_served_by_nobody(redis: Redis, away: Sketch) -> None:
    assert said(redis, "MGET b c") == CROSS_SLOT
    assert said(redis, "MGET a b") == CROSS_SLOT
    assert said(redis, "MGET b a") == CROSS_SLOT
    assert said(redis, "MGET {a}1 {a}2") == MOVED
    assert said(redis, "MGET {b}1 {b}2") == [None, None]


def test_the_refusal_comes_after_arity_and_before_memory(redis: Redis, away: Sketch) -> None:
    redis("SET b 1")
    redis("CONFIG SET maxmemory 1 maxmemory-policy noeviction")
    assert said(redis, "SET a") == "ERR wrong number of arguments for 'set' command"
    assert said(redis, "SET a 1") == MOVED
    assert str(said(redis, "SET b 1")).startswith("OOM")


def test_permission_is_asked_for_before_the_way(redis: Redis, away: Sketch) -> None:
    redis("ACL SETUSER ann on nopass ~b +get +auth")
    redis("AUTH ann x")
    assert str(said(redis, "GET a")).startswith("NOPERM")


def test_what_repeats_another_server_is_not_asked(redis: Redis, away: Sketch) -> None:
    redis.client.obeyed = True
    assert said(redis, "SET a 1") == OK


def test_refusals_are_counted_as_rejected(redis: Redis, away: Sketch) -> None:
    said(redis, "GET a")
    assert redis.engine.state.stats.errors["MOVED"] == 1
    assert redis.engine.state.stats.commands["get"].rejected == 1


# ---- slots on their way


@pytest.mark.parametrize(
    ("present", "line", "outcome"),
    [
        (["{a}1"], "GET {a}1", b"v"),
        ([], "GET {a}1", ASK),
        ([], "SET {a}1 x", ASK),
        ([], "MGET {a}1 {a}2", ASK),
        (["{a}1", "{a}2"], "MGET {a}1 {a}2", [b"v", b"v"]),
        (["{a}1"], "MGET {a}1 {a}2", TRY_AGAIN),
        (["{a}2"], "MGET {a}1 {a}2", TRY_AGAIN),
        (["{a}1"], "MGET {a}1 b", CROSS_SLOT),
    ],
)
def test_a_slot_that_leaves_serves_what_is_still_here(
    redis: Redis, present: list[str], line: str, outcome: Reply
) -> None:
    put(redis, *present)
    join(redis).routes[A] = LEAVING
    assert said(redis, line) == outcome


@pytest.mark.parametrize(
    ("present", "line", "outcome"),
    [
        ([], "GET {a}1", None),
        ([], "SET {a}1 x", OK),
        ([], "MGET {a}1 {a}1", [None, None]),
        ([], "MGET {a}1 {a}2", TRY_AGAIN),
        (["{a}1"], "MGET {a}1 {a}2", TRY_AGAIN),
        (["{a}1", "{a}2"], "MGET {a}1 {a}2", [b"v", b"v"]),
        ([], "MGET {a}1 b", CROSS_SLOT),
    ],
)
def test_a_slot_that_comes_serves_those_who_were_told_to_ask(
    redis: Redis, present: list[str], line: str, outcome: Reply
) -> None:
    put(redis, *present)
    join(redis).routes[A] = COMING
    assert said(redis, line) in (MOVED, CROSS_SLOT)
    redis("ASKING")
    assert said(redis, line) == outcome


def test_a_slot_that_leaves_for_where_it_is_stays(redis: Redis) -> None:
    put(redis, "{a}1")
    join(redis).routes[A] = LEAVING._replace(leaving_for=LEAVING.owner)
    assert said(redis, "GET a") is None
    assert said(redis, "MGET {a}1 a") == TRY_AGAIN


def test_a_key_past_its_time_counts_as_here(redis: Redis) -> None:
    redis("SET a v PX 10")
    join(redis).routes[A] = LEAVING
    redis.advance(11)
    assert said(redis, "GET a") is None
    assert said(redis, "GET a") == ASK


def test_asking_is_for_one_command(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    redis("ASKING")
    assert said(redis, "SET a 1") == OK
    assert said(redis, "GET a") == MOVED


@pytest.mark.parametrize("line", ["PING", "NOSUCH", "GET", "GET b"])
def test_whatever_comes_next_uses_asking_up(redis: Redis, line: str) -> None:
    join(redis).routes[A] = COMING
    redis("ASKING")
    redis.all(line)
    assert said(redis, "GET a") == MOVED


def test_asking_twice_is_asking(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    redis("ASKING")
    assert said(redis, "ASKING x") == "ERR wrong number of arguments for 'asking' command"
    assert said(redis, "GET a") is None


def test_asking_before_multi_holds_until_exec(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    for line in ("ASKING", "MULTI"):
        redis(line)
    assert said(redis, "SET a 1") == said(redis, "GET a") == QUEUED
    assert said(redis, "EXEC") == [OK, b"1"]
    assert said(redis, "GET a") == MOVED


def test_asking_outlasts_a_pause_that_stops_its_command(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    redis("ASKING")
    other = redis.connect()
    other("CLIENT PAUSE 1000 WRITE")
    redis.engine.execute(redis.client, [b"SET", b"a", b"1"])
    assert redis.client.take() == []
    other("CLIENT UNPAUSE")
    assert redis.client.take() == [OK]
    assert said(redis, "GET a") == MOVED


def test_asking_holds_for_all_of_a_script_that_takes_long(redis: Redis) -> None:
    join(redis).routes[A] = COMING
    client, carried = redis.client, []

    def carry(client: Client, act: Callable[[], None]) -> None:
        client.postponed = True  # as `server/busy.py` does it
        client.guard()
        carried.append(act)

    redis.engine.carry = carry
    redis("ASKING")
    script = b"return redis.call('get', KEYS[1])"
    redis.engine.execute(client, [b"EVAL", script, b"1", b"a"])
    carried[0]()
    client.postponed = False
    client.guard()
    assert client.take() == [None]
    assert said(redis, "GET a") == MOVED


def test_restore_asking_asks_by_itself(redis: Redis) -> None:
    put(redis, "b")
    payload = redis("DUMP b")
    assert isinstance(payload, bytes)
    join(redis).routes[A] = COMING
    assert said(redis, b"RESTORE", b"a", b"0", payload) == MOVED
    assert said(redis, b"RESTORE-ASKING", b"a", b"0", payload) == OK


def test_migrate_is_served_at_both_ends(redis: Redis) -> None:
    sketch = join(redis)
    line = "MIGRATE 127.0.0.1 7002 a 0 10"
    for route in (LEAVING, COMING):
        sketch.routes[A] = route
        assert not str(said(redis, line)).startswith(("ASK", "MOVED"))
    sketch.routes[A] = ELSEWHERE
    assert said(redis, line) == MOVED


# ---- a cluster that is not well


def test_a_cluster_that_is_down_takes_no_commands_with_keys(redis: Redis) -> None:
    put(redis, "a")
    sketch = join(redis)
    sketch.healthy = False
    assert said(redis, "GET a") == said(redis, "SET a 1") == DOWN


def test_it_may_be_allowed_to_read(redis: Redis) -> None:
    put(redis, "a")
    sketch = join(redis)
    sketch.healthy = False
    redis("CONFIG SET cluster-allow-reads-when-down yes")
    assert said(redis, "GET a") == b"v"
    only = "CLUSTERDOWN The cluster is down and only accepts read commands"
    assert said(redis, "SET a 1") == only
    assert said(redis, "EVAL 'return 1' 1 a") == 1
    assert said(redis, b"EVAL", b"#!lua\nreturn 1", b"1", b"a") == only
    assert said(redis, b"EVAL", b"#!lua flags=no-writes\nreturn 1", b"1", b"a") == 1


def test_exec_of_writes_is_let_through_when_they_were(redis: Redis) -> None:
    """They were asked when they were queued; EXEC itself does not write."""
    sketch = join(redis)
    redis("CONFIG SET cluster-allow-reads-when-down yes")
    redis("MULTI")
    redis("SET a 1")
    sketch.healthy = False
    assert said(redis, "EXEC") == [OK]


def test_shard_channels_are_served_when_down_unless_that_is_forbidden(redis: Redis) -> None:
    sketch = join(redis)
    sketch.healthy = False
    assert said(redis, "SPUBLISH a m") == 0
    redis("CONFIG SET cluster-allow-pubsubshard-when-down no")
    assert said(redis, "SPUBLISH a m") == said(redis, "SSUBSCRIBE a") == DOWN


# ---- transactions


def test_a_queued_command_that_belongs_elsewhere_dooms_the_transaction(
    redis: Redis, away: Sketch
) -> None:
    redis("MULTI")
    assert said(redis, "SET a 1") == MOVED
    assert str(said(redis, "EXEC")).startswith("EXECABORT")


def test_exec_looks_at_all_that_is_queued(redis: Redis) -> None:
    join(redis)
    for line in ("MULTI", "SET a 1", "PING", "SET b 1"):
        redis(line)
    assert said(redis, "EXEC") == CROSS_SLOT
    assert said(redis, "EXEC") == "ERR EXEC without MULTI"
    assert said(redis, "DBSIZE") == 0


def test_exec_is_sent_elsewhere_as_any_command(redis: Redis) -> None:
    sketch = join(redis)
    for line in ("MULTI", "SET a 1"):
        redis(line)
    sketch.routes[A] = ELSEWHERE
    assert said(redis, "EXEC") == MOVED
    assert redis.client.queue is None


def test_a_transaction_with_a_channel_in_it_looks_for_no_keys(redis: Redis) -> None:
    join(redis).routes[A] = LEAVING
    for line in ("MULTI", "SPUBLISH a m"):
        redis(line)
    assert said(redis, "GET a") == ASK
    redis("DISCARD")
    for line in ("MULTI", "PUBLISH b m", "SPUBLISH a m"):
        redis(line)
    assert said(redis, "EXEC") == [0, 0]


def test_what_comes_after_a_refusal_is_not_kept(redis: Redis, away: Sketch) -> None:
    redis("MULTI")
    assert said(redis, "GET a") == MOVED
    assert said(redis, "SET b 1") == said(redis, "SET c 1") == QUEUED
    assert redis.client.queue == []
    assert str(said(redis, "EXEC")).startswith("EXECABORT")


def test_an_empty_transaction_has_no_slot(redis: Redis) -> None:
    join(redis, ELSEWHERE)
    redis("MULTI")
    assert said(redis, "EXEC") == []


# ---- replicas


def test_a_replica_serves_reads_of_those_who_said_so(redis: Redis) -> None:
    put(redis, "a")
    join(redis).routes[A] = FOLLOWED
    assert said(redis, "GET a") == MOVED
    redis("READONLY")
    assert said(redis, "GET a") == b"v"
    assert said(redis, "SET a 1") == MOVED
    redis("READWRITE")
    assert said(redis, "GET a") == MOVED


def test_readonly_is_for_the_slots_of_its_primary(redis: Redis, away: Sketch) -> None:
    redis("READONLY")
    assert said(redis, "GET a") == MOVED


@pytest.mark.parametrize(("line", "served"), [("GET a", True), ("SET a 1", False)])
def test_a_transaction_that_only_reads_is_a_read(redis: Redis, line: str, served: bool) -> None:
    sketch = join(redis)
    for each in ("READONLY", "MULTI", line):
        redis(each)
    sketch.routes[A] = FOLLOWED
    assert said(redis, "EXEC") == ([None] if served else MOVED)


def test_shard_channels_are_served_by_replicas_to_everybody(redis: Redis) -> None:
    join(redis).routes[A] = FOLLOWED
    assert said(redis, "SSUBSCRIBE a") == Push([b"ssubscribe", b"a", 1])
    assert said(redis.connect(), "SPUBLISH a m") == 1


def test_reset_and_client_list_know_of_readonly(redis: Redis) -> None:
    join(redis)
    redis("READONLY")
    assert b" flags=r " in describe(redis.engine.state, redis.client)
    redis("RESET")
    assert not redis.client.read_only


# ---- what a cluster does not have


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("SELECT 0", OK),
        ("SELECT 1", "ERR SELECT is not allowed in cluster mode"),
        ("SELECT x", "ERR value is not an integer or out of range"),
        ("MOVE a 1", "ERR MOVE is not allowed in cluster mode"),
        ("SWAPDB 0 x", "ERR SWAPDB is not allowed in cluster mode"),
        ("COPY a {a}b DB 1", "ERR Copying to another database is not allowed in cluster mode"),
        ("COPY a {a}b DB 0", 0),
        ("COPY a {a}b DB x", "ERR value is not an integer or out of range"),
    ],
)
def test_there_is_one_database(redis: Redis, line: str, outcome: Reply) -> None:
    join(redis)
    assert said(redis, line) == outcome


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("SORT {a}l BY w_*", "BY"),
        ("SORT {a}l BY w_* GET x", "BY"),
        ("SORT {a}l BY {a}w_* GET x", "GET"),
        ("SORT {a}l GET x*", "GET"),
        ("SORT {a}l BY {b}*", "BY"),
        ("SORT {a}l BY {a}w_* GET # GET {a}*->f", ""),
        ("SORT {a}l BY nosort", ""),
        ("SORT a GET a", ""),
    ],
)
def test_sort_finds_only_keys_of_its_slot(redis: Redis, line: str, refused: str) -> None:
    join(redis)
    expected: Reply = []
    if refused:
        expected = (
            f"ERR {refused} option of SORT denied in Cluster mode when keys formed by the pattern"
            " may be in different slots."
        )
    assert said(redis, line) == expected


def test_hello_and_info_say_that_this_is_a_cluster(redis: Redis) -> None:
    hello = redis("HELLO 3")
    assert isinstance(hello, dict)
    assert hello[b"mode"] == b"standalone"
    sketch = join(redis)
    hello = redis("HELLO 3")
    assert isinstance(hello, dict)
    assert (hello[b"mode"], hello[b"role"]) == (b"cluster", b"master")
    sketch.is_replica = True
    hello = redis("HELLO")
    assert isinstance(hello, dict)
    assert hello[b"role"] == b"replica"
    assert "cluster_enabled:1" in str(redis("INFO cluster").data)  # type: ignore[union-attr]


# ---- told and taken back


def test_the_probe_is_told_of_each_redirection(redis: Redis, away: Sketch) -> None:
    events = [each for each in redis.events("GET a") if isinstance(each, CommandRedirected)]
    assert events == [CommandRedirected(redis.client.id, "get", "MOVED", A, THERE)]
    events = [each for each in redis.events("MGET a b") if isinstance(each, CommandRedirected)]
    assert events == [CommandRedirected(redis.client.id, "mget", "CROSS_SLOT", -1, None)]
    assert not any(isinstance(each, CommandRedirected) for each in redis.events("GET b"))


def test_those_who_come_later_are_asked_as_well(redis: Redis, away: Sketch) -> None:
    assert said(redis.connect(), "GET a") == MOVED


def test_outside_of_a_cluster_nobody_is_looked_at_more_closely(redis: Redis) -> None:
    assert not redis.client.guarded
    join(redis)
    assert redis.client.guarded
