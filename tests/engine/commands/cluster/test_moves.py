"""CLUSTER MIGRATESLOTS, GETSLOTMIGRATIONS, CANCELSLOTMIGRATIONS and SYNCSLOTS: their words."""

from __future__ import annotations

import pytest

from redlearn.engine.client import Client
from redlearn.engine.effects import Effect
from redlearn.engine.ports import Route
from redlearn.resp.reply import OK, Failure
from tests.conftest import Redis
from tests.engine.commands.said import refused
from tests.engine.sketch import HERE, THERE, Sketch, join

NODE, NAME = THERE.decode(), "q" * 40
OTHER = b"c" * 40


def node(redis: Redis) -> Sketch:
    """A node with the slots up to 99; 100 is nobody's, from 200 on they are a third node's."""
    sketch = join(redis, Route(THERE))
    sketch.routes = {slot: Route(HERE, here=True) for slot in range(100)}
    sketch.routes[100] = Route(None)
    sketch.routes |= {slot: Route(OTHER) for slot in range(200, 210)}
    return sketch


def acts(sketch: Sketch) -> list[tuple[object, ...]]:
    """What it was asked to do, without what it was asked to see to first."""
    return [each for each in sketch.asked if not str(each[0]).startswith("moves.require")]


# ---- MIGRATESLOTS ----


def test_ranges_go_each_to_its_node(redis: Redis) -> None:
    sketch = node(redis)
    line = f"slotsrange 0 1 5 9 node {NODE} SLOTSRANGE 20 20 NODE {NODE}"
    assert redis(f"CLUSTER MIGRATESLOTS {line}") == OK
    assert acts(sketch) == [
        ("moves.begin_exports", [([(0, 1), (5, 9)], THERE), ([(20, 20)], THERE)])
    ]


WRONG = [
    ("FOO 0", "ERR syntax error"),
    ("SLOTSRANGE 0", "ERR No end slot for final slot range"),
    ("SLOTSRANGE 0 1", "ERR syntax error"),
    (f"SLOTSRANGE 0 x NODE {NODE}", "ERR Invalid or out of range slot"),
    (f"SLOTSRANGE x 0 NODE {NODE}", "ERR No slot ranges specified"),
    (f"SLOTSRANGE 99999999999999999999 1 NODE {NODE}", "ERR No slot ranges specified"),
    (f"SLOTSRANGE NODE {NODE}", "ERR No slot ranges specified"),
    (f"SLOTSRANGE -1 0 NODE {NODE}", "ERR Invalid or out of range slot"),
    (f"SLOTSRANGE 0 16384 NODE {NODE}", "ERR Invalid or out of range slot"),
    (f"SLOTSRANGE 5 0 NODE {NODE}", "ERR Start slot number 5 is greater than end slot number 0."),
    (f"SLOTSRANGE 0 5 5 6 NODE {NODE}", "ERR Slot range 5-6 overlaps with previous range 0-5."),
    (f"SLOTSRANGE 99 101 NODE {NODE}", "ERR Slot 100 has no node served."),
    (f"SLOTSRANGE 150 250 NODE {NODE}", "ERR Requested slots span multiple shards"),
    (f"SLOTSRANGE 0 1 150 151 NODE {NODE}", "ERR Requested slots span multiple shards"),
    (f"SLOTSRANGE 150 151 NODE {NODE}", "ERR Slots are not served by this node."),
    ("SLOTSRANGE 0 1 NODE nobody", "ERR Invalid node name: nobody"),
    (f"SLOTSRANGE 0 1 NODE {NODE} FOO", "ERR syntax error"),
    (f"SLOTSRANGE 0 1 FOO {NODE}", "ERR syntax error"),
    ("SLOTSRANGE 0 1 NODE", "ERR syntax error"),
    (f"SLOTSRANGE 0 1 2 NODE {NODE}", "ERR Invalid or out of range slot"),
    (f"SLOTSRANGE 0 1 NODE {NODE} SLOTSRANGE 1 2 NODE {NODE}",
     "ERR Slot ranges in migrations overlap"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "error"), WRONG)
def test_ranges_that_make_no_sense_go_nowhere(redis: Redis, words: str, error: str) -> None:
    sketch = node(redis)
    assert refused(redis, f"CLUSTER MIGRATESLOTS {words}") == error
    assert acts(sketch) == []


def test_looking_and_giving_up_are_the_nodes_affair(redis: Redis) -> None:
    sketch = node(redis)
    redis("CLUSTER GETSLOTMIGRATIONS")
    redis("CLUSTER CANCELSLOTMIGRATIONS")
    assert acts(sketch) == [("moves.told",), ("moves.cancel_exports",)]


def test_without_a_cluster_there_is_nothing_to_move(redis: Redis) -> None:
    for line in ("MIGRATESLOTS a b", "GETSLOTMIGRATIONS", "CANCELSLOTMIGRATIONS", "SYNCSLOTS x"):
        error = "ERR This instance has cluster support disabled"
        assert refused(redis, f"CLUSTER {line}") == error


# ---- SYNCSLOTS ----


ESTABLISH = f"CLUSTER SYNCSLOTS ESTABLISH SOURCE {NODE} NAME {NAME} SLOTSRANGE 150 151 170 170"


def say(redis: Redis, client: Client, line: str) -> list[object]:
    redis.engine.execute(client, line.encode().split())
    return [*client.take()]


def test_a_client_that_brings_slots_is_not_questioned_and_not_answered(redis: Redis) -> None:
    sketch, client = node(redis), redis.engine.connect()
    assert say(redis, client, ESTABLISH) == [OK]
    act = ("moves.begin_import", client.id, THERE, NAME.encode(), [(150, 151), (170, 170)])
    assert acts(sketch) == [act]
    assert say(redis, client, "SET {06S}of_another_node v") == []
    assert say(redis, client, "CLUSTER SYNCSLOTS snapshot-eof") == []
    assert acts(sketch)[1:] == [("moves.hear", client.id, b"SNAPSHOT-EOF")]
    assert redis.engine.state.databases[0].keys.find(b"{06S}of_another_node") is not None


def test_replicas_are_told_who_brings_what(redis: Redis) -> None:
    node(redis)
    units: list[object] = []
    redis.engine.state.sinks.append(units.append)
    say(redis, redis.engine.connect(), ESTABLISH)
    ((effect,),) = units  # type: ignore[misc]
    assert b" ".join(effect.argv).decode() == ESTABLISH  # type: ignore[has-type]


def test_nothing_that_comes_is_over(redis: Redis) -> None:
    """Its source says when it is; the moment may be past by the time it gets here."""
    node(redis)
    client = redis.engine.connect()
    say(redis, client, ESTABLISH)
    say(redis, client, "SET {06S}k v PXAT 5")
    say(redis, client, "PEXPIREAT {06S}k 99999999999999")
    entry = redis.engine.state.databases[0].keys.find(b"{06S}k")
    assert entry is not None
    assert entry.access == redis.clock.now_ms()


def test_a_command_of_its_that_fails_is_told(redis: Redis) -> None:
    sketch, client = node(redis), redis.engine.connect()
    say(redis, client, ESTABLISH)
    for line in ("NOSUCH", "SET x", "LPUSH {06S}l 1", "INCR {06S}l", ESTABLISH,
                 "CLUSTER SYNCSLOTS FINISH"):  # fmt: skip
        assert say(redis, client, line) == []
    failed = [act[2] for act in acts(sketch) if act[0] == "moves.failed"]
    assert [str(text)[:30] for text in failed] == [
        "ERR unknown command 'NOSUCH', ", "ERR wrong number of arguments ",
        "WRONGTYPE Operation against a ", "ERR Slot migration client is a", "ERR syntax error",
    ]  # fmt: skip


def test_that_it_has_hung_up_is_told(redis: Redis) -> None:
    sketch, client = node(redis), redis.engine.connect()
    say(redis, client, ESTABLISH)
    redis.engine.disconnect(client)
    assert acts(sketch)[-1] == ("moves.gone", client.id)


def test_other_clients_that_hang_up_are_not_minded(redis: Redis) -> None:
    sketch = node(redis)
    redis.engine.disconnect(redis.engine.connect())
    assert acts(sketch) == []


WORDS = ("ACK", "SNAPSHOT-EOF", "REQUEST-PAUSE", "PAUSED", "REQUEST-FAILOVER", "FAILOVER-GRANTED")


@pytest.mark.parametrize("word", WORDS)
def test_what_only_nodes_say_is_refused_to_others(redis: Redis, word: str) -> None:
    node(redis)
    expected = f"ERR CLUSTER SYNCSLOTS {word} should only be used by slot migration clients"
    assert refused(redis, f"CLUSTER SYNCSLOTS {word.lower()} x") == expected


def test_what_a_node_can_do_beyond_is_heard_in_silence(redis: Redis) -> None:
    node(redis)
    assert redis.all("CLUSTER", "SYNCSLOTS", "CAPA", "x") == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("FOO", "ERR syntax error"),
        ("FINISH", "ERR syntax error"),
        ("ESTABLISH", "ERR syntax error"),
        ("ESTABLISH SOURCE", "ERR syntax error"),
        ("ESTABLISH SOURCE x", "ERR syntax error"),
        (f"ESTABLISH SOURCE {NODE}", "ERR syntax error"),
        (f"ESTABLISH SOURCE {NODE} NAME x", "ERR syntax error"),
        (f"ESTABLISH SOURCE {NODE} NAME {NAME}", "ERR syntax error"),
        (f"ESTABLISH SOURCE {NODE} NAME {NAME} SLOTSRANGE", "ERR No slot ranges specified"),
        (f"ESTABLISH SOURCE {NODE} SOURCE {NODE}", "ERR syntax error"),
        (f"ESTABLISH SLOTSRANGE 150 x NAME {NAME}", "ERR Invalid or out of range slot"),
        (f"ESTABLISH SLOTSRANGE 100 100 NAME {NAME}", "ERR Slot 100 has no node served."),
        (f"ESTABLISH SOURCE {NODE} NAME {NAME} SLOTSRANGE 150 151 FOO x", "ERR syntax error"),
    ],
)
def test_who_brings_slots_has_to_say_what_and_from_whom(
    redis: Redis, words: str, error: str
) -> None:
    sketch = node(redis)
    assert refused(redis, f"CLUSTER SYNCSLOTS {words}") == error
    assert acts(sketch) == []


def test_a_replica_takes_note_of_what_its_primary_gets(redis: Redis) -> None:
    sketch, client = node(redis), redis.engine.connect()
    client.obeyed = True
    say(redis, client, ESTABLISH)
    say(redis, client, "CLUSTER SYNCSLOTS ACK")
    finish = f"CLUSTER SYNCSLOTS FINISH STATE FAILED NAME {NAME} MESSAGE no"
    say(redis, client, finish)
    assert acts(sketch) == [
        ("moves.note_import", THERE, NAME.encode(), [(150, 151), (170, 170)]),
        ("moves.note_finish", NAME.encode(), "failed", "no"),
    ]


def test_a_replica_reads_it_in_the_order_in_which_it_came_to_its_primary(redis: Redis) -> None:
    sketch, source, primary = node(redis), redis.engine.connect(), redis.engine.connect()
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    line = f"CLUSTER SYNCSLOTS establish slotsrange 150 151 name {NAME} source {NODE}"
    assert say(redis, source, line) == [OK]
    ((effect,),) = units
    primary.obeyed = True
    redis.engine.execute(primary, list(effect.argv))
    assert primary.take() == [OK]
    assert acts(sketch)[1:] == [("moves.note_import", THERE, NAME.encode(), [(150, 151)])]


@pytest.mark.parametrize(
    "words",
    ["ESTABLISH", f"ESTABLISH SOURCE {NODE} NAME {NAME}", f"ESTABLISH SOURCE {NODE} SLOTSRANGE 1 2",
     f"ESTABLISH SOURCE {NODE} NAME {NAME} SLOTSRANGE 1", "FINISH x", f"FINISH NAME {NAME} STATE a",
     f"ESTABLISH SOURCE {NODE} NAME {NAME} SLOTSRANGE 1 x"],
)  # fmt: skip
def test_what_is_not_whole_in_a_log_is_noted_nowhere(redis: Redis, words: str) -> None:
    sketch, client = node(redis), redis.engine.connect()
    client.obeyed = True
    (reply,) = say(redis, client, f"CLUSTER SYNCSLOTS {words}")
    assert reply == Failure("ERR syntax error")
    assert acts(sketch) == []


# ---- keys that are on their way ----


def test_keys_of_slots_that_come_are_not_listed(redis: Redis) -> None:
    join(redis)
    redis("MSET {06S}a 1 {06S}b 2")
    redis("SET {Qi}c 3")
    redis("EXPIRE {06S}a 100")
    redis.engine.state.coming = frozenset({0})
    assert redis("DBSIZE") == 1
    assert redis("KEYS *") == [b"{Qi}c"]
    assert redis("SCAN 0 COUNT 100") == [b"0", [b"{Qi}c"]]
    assert {redis("RANDOMKEY") for _ in range(30)} == {b"{Qi}c"}
    assert "db0:keys=1,expires=0" in str(redis("INFO keyspace"))
    assert redis("CLUSTER COUNTKEYSINSLOT 0") == 2
    redis.engine.state.coming = frozenset({0, 1})
    assert redis("RANDOMKEY") is None
    assert "db0" not in str(redis("INFO keyspace"))


def test_keys_of_slots_that_come_do_not_expire_by_themselves(redis: Redis) -> None:
    join(redis)
    redis("SET {06S}a 1 PX 5")
    redis.engine.state.coming = frozenset({0})
    redis.clock.advance(1_000)
    redis.engine.tick()
    assert redis("CLUSTER COUNTKEYSINSLOT 0") == 1
    redis.engine.state.coming = frozenset()
    redis.engine.tick()
    assert redis("CLUSTER COUNTKEYSINSLOT 0") == 0


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random", "volatile-ttl"])
def test_keys_of_slots_that_come_are_not_evicted(redis: Redis, policy: str) -> None:
    join(redis)
    for key in ("{06S}a", "{06S}b", "{Qi}c"):
        redis(f"SET {key} v EX 100")
    redis.engine.state.coming = frozenset({0})
    redis(f"CONFIG SET maxmemory-policy {policy}")
    redis("CONFIG SET maxmemory 1")
    redis.engine.tick()
    assert redis("CLUSTER COUNTKEYSINSLOT 0") == 2
    assert redis("CLUSTER COUNTKEYSINSLOT 1") == 0


@pytest.mark.parametrize("line", ["FLUSHALL", "FLUSHDB"])
def test_a_node_is_told_that_its_keys_are_gone(redis: Redis, line: str) -> None:
    sketch = node(redis)
    redis(line)
    assert acts(sketch) == [("moves.flushed",)]
