"""NodePort: an engine whose node has rules, and rules whose node has data."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from redlearn.cluster.local import Connect, Send
from redlearn.cluster.message import (
    NODE_MASTER,
    NODE_SLAVE,
    PUBLISH,
    PUBLISHSHARD,
    Publish,
)
from redlearn.cluster.node import new_node
from redlearn.cluster.nodes_conf import read
from redlearn.cluster.port import NodePort
from redlearn.cluster.state import ClusterState, Link, Node
from redlearn.engine import pubsub
from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Failure, Push, Status, Verbatim
from redlearn.slots import SLOTS, slot_of
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.engine.commands.said import refused

ME, OTHER, REPLICA = (letter * 40 for letter in (b"a", b"b", b"c"))
A = slot_of(b"a")


class Disk:
    """Where nodes.conf goes: every text there was, and whether it had to be safe at once."""

    def __init__(self) -> None:
        self.texts: list[tuple[bytes, bool]] = []
        self.full = False

    def __call__(self, text: bytes, fsync: bool) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.texts.append((text, fsync))


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def port(redis: Redis, disk: Disk) -> NodePort:
    """A node of three that serves all slots but that of `a`; well, and at rest."""
    view = ClusterState(new_node(ME, b"1" * 40, ip=b"127.0.0.1", port=7001, bus_port=17001))
    other = Node(OTHER, NODE_MASTER, ip=b"127.0.0.1", port=7002, bus_port=17002)
    replica = Node(REPLICA, NODE_SLAVE, ip=b"127.0.0.1", port=7003, bus_port=17003)
    other.shard_id = replica.shard_id = b"2" * 40
    view.add(other)
    view.add(replica)
    view.set_primary_of(replica, other)
    for slot in range(SLOTS):
        view.assign_slot(slot, other if slot == A else view.myself)
    view.ok = True
    return NodePort(redis.engine, view, Random(1), disk)


def said(redis: Redis, line: str) -> object:
    (reply,) = redis.all(line)
    return reply.text if isinstance(reply, Failure) else reply


def test_the_engine_follows_the_view(redis: Redis, port: NodePort) -> None:
    assert said(redis, "SET b 1") == OK
    assert said(redis, "GET a") == f"MOVED {A} 127.0.0.1:7002"
    port.view.importing[A] = port.view.nodes[OTHER]
    redis("ASKING")
    assert said(redis, "SET a 1") == OK
    port.view.unassign_slot(A)
    port.view.importing.clear()
    assert said(redis, "GET a") == "CLUSTERDOWN Hash slot not served"
    port.view.ok = False
    assert said(redis, "GET b") == "CLUSTERDOWN The cluster is down"


def test_a_slot_on_its_way_to_this_node_may_have_no_owner(redis: Redis, port: NodePort) -> None:
    port.view.unassign_slot(A)
    port.view.importing[A] = port.view.nodes[OTHER]
    redis("ASKING")
    assert said(redis, "GET a") == "CLUSTERDOWN Hash slot not served"


def test_endpoints_are_as_settings_say(redis: Redis, port: NodePort) -> None:
    redis("CONFIG SET cluster-preferred-endpoint-type hostname")
    assert said(redis, "GET a") == f"MOVED {A} ?:7002"
    port.view.nodes[OTHER].hostname = b"two"
    assert said(redis, "GET a") == f"MOVED {A} two:7002"
    redis("CONFIG SET cluster-preferred-endpoint-type unknown-endpoint")
    assert said(redis, "GET a") == f"MOVED {A} :7002"


def test_a_client_that_speaks_tls_is_sent_to_such_a_port(redis: Redis, port: NodePort) -> None:
    port.view.nodes[OTHER].tls_port = 7443
    redis.client.tls = True
    assert said(redis, "GET a") == f"MOVED {A} 127.0.0.1:7443"


def test_a_replica_of_the_owner_serves_reads(redis: Redis, port: NodePort) -> None:
    view = port.view
    for slot in range(SLOTS):
        if slot != A:
            view.reassign_slot(slot, view.nodes[OTHER])
    view.myself.flags ^= NODE_MASTER | NODE_SLAVE
    view.set_primary_of(view.myself, view.nodes[OTHER])
    assert port.is_replica
    redis("READONLY")
    assert said(redis, "GET a") is None


def test_a_slot_moves_from_here_to_there_and_both_know(
    redis: Redis, port: NodePort, disk: Disk
) -> None:
    b = slot_of(b"b")
    redis("SET b 1")
    assert redis(f"CLUSTER SETSLOT {b} MIGRATING {OTHER.decode()}") == OK
    assert said(redis, "GET b") == b"1"
    assert said(redis, "GET {b}x") == f"ASK {b} 127.0.0.1:7002"
    assert refused(redis, f"CLUSTER SETSLOT {b} NODE {OTHER.decode()}") == (
        f"ERR Can't assign hashslot {b} to a different node while I still hold keys for this"
        " hash slot."
    )
    redis.engine.drop_slot(b)
    assert redis(f"CLUSTER SETSLOT {b} NODE {OTHER.decode()}") == OK
    assert said(redis, "GET b") == f"MOVED {b} 127.0.0.1:7002"
    assert port.view.migrating == {}
    assert port.restless
    redis.engine.before_sleep()
    view = read(disk.texts[-1][0], 0)
    assert view is not None
    assert view.owners[b] is view.nodes[OTHER]
    port.view.check()


def test_what_is_taken_over_gets_a_new_epoch(redis: Redis, port: NodePort) -> None:
    assert redis(f"CLUSTER SETSLOT {A} IMPORTING {OTHER.decode()}") == OK
    assert redis(f"CLUSTER SETSLOT {A} NODE {ME.decode()}") == OK
    assert port.view.myself.config_epoch == 1
    assert said(redis, "SET a 1") == OK


def test_slots_come_and_go(redis: Redis, port: NodePort) -> None:
    assert redis("CLUSTER DELSLOTSRANGE 0 9") == OK
    assert redis("CLUSTER ADDSLOTS 3 4") == OK
    slots = redis("CLUSTER SLOTS")
    assert isinstance(slots, list)
    assert slots[0][:2] == [3, 4]  # type: ignore[index]
    assert refused(redis, "CLUSTER ADDSLOTS 3") == "ERR Slot 3 is already busy"
    assert redis("CLUSTER FLUSHSLOTS") == OK
    assert port.view.myself.slot_count == 0


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLUSTER SETSLOT 5 MIGRATING nobody", "ERR I don't know about node nobody"),
        ("CLUSTER SETSLOT 5 NODE nobody", "ERR Unknown node nobody"),
        (f"CLUSTER SETSLOT {A} MIGRATING {OTHER.decode()}",
         f"ERR I'm not the owner of hash slot {A}"),
        (f"CLUSTER SETSLOT 5 IMPORTING {OTHER.decode()}",
         "ERR I'm already the owner of hash slot 5"),
        (f"CLUSTER SETSLOT 5 MIGRATING {REPLICA.decode()}", "ERR Target node is not a master"),
        ("CLUSTER FORGET nobody", "ERR Unknown node nobody"),
        (f"CLUSTER FORGET {ME.decode()}", "ERR I tried hard but I can't forget myself..."),
        ("CLUSTER REPLICATE nobody", "ERR Unknown node nobody"),
        (f"CLUSTER REPLICATE {ME.decode()}", "ERR Can't replicate myself"),
        ("CLUSTER REPLICAS nobody", "ERR Unknown node nobody"),
        (f"CLUSTER REPLICAS {REPLICA.decode()}", "ERR The specified node is not a master"),
        ("CLUSTER COUNT-FAILURE-REPORTS nobody", "ERR Unknown node nobody"),
        ("CLUSTER MEET nowhere 7000", "ERR Invalid node address specified: nowhere:7000"),
        ("CLUSTER MEET 127.0.0.1 60000", "ERR Invalid node address specified: 127.0.0.1:60000"),
        ("CLUSTER FAILOVER", "ERR You should send CLUSTER FAILOVER to a replica"),
        ("CLUSTER SET-CONFIG-EPOCH 5", "ERR The user can assign a config epoch only when the node"
                                       " does not know any other node."),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused_in_redis_words(
    redis: Redis, port: NodePort, line: str, text: str
) -> None:
    assert refused(redis, line) == text


def test_a_node_with_keys_is_not_reset(redis: Redis, port: NodePort) -> None:
    redis("SET b 1")
    text = "ERR CLUSTER RESET can't be called with master nodes containing keys"
    assert refused(redis, "CLUSTER RESET HARD") == text
    redis("FLUSHALL")
    assert redis("CLUSTER RESET HARD") == OK
    assert len(port.view.nodes) == 1
    assert redis("CLUSTER MYID") != ME


def test_a_node_that_is_met_is_shaken_hands_with(redis: Redis, port: NodePort) -> None:
    assert redis("CLUSTER MEET 127.0.0.1 7009") == OK
    text = redis("CLUSTER NODES")
    assert isinstance(text, Verbatim)
    assert b"127.0.0.1:7009@17009 handshake - 0 0 0 disconnected\n" in text.data
    assert text.data.startswith(ME + b" 127.0.0.1:7001@17001 myself,master - ")


def test_looks_are_those_of_the_view(redis: Redis, port: NodePort) -> None:
    assert redis("CLUSTER MYID") == ME
    assert redis("CLUSTER MYSHARDID") == b"1" * 40
    assert redis("CLUSTER LINKS") == []
    assert redis(f"CLUSTER COUNT-FAILURE-REPORTS {OTHER.decode()}") == 0
    (line,) = redis(f"CLUSTER REPLICAS {OTHER.decode()}")  # type: ignore[misc]
    assert isinstance(line, bytes)
    assert line.startswith(REPLICA + b" 127.0.0.1:7003@17003 slave " + OTHER)
    shards = redis("CLUSTER SHARDS")
    assert isinstance(shards, list)
    assert len(shards) == 2
    assert b"cluster_known_nodes:3\r\n" in redis("CLUSTER INFO").data  # type: ignore[union-attr]
    assert port.known == 3
    assert redis("CLUSTER BUMPEPOCH") == Status("BUMPED 1")
    assert redis("CLUSTER BUMPEPOCH") == Status("STILL 1")


# ---- what the rules ask of the data


def test_the_rules_count_and_delete_keys(redis: Redis, port: NodePort) -> None:
    redis("MSET {b}1 x {b}2 y")
    redis("SET c z")
    assert port.count_keys_in(slot_of(b"b")) == 2
    assert not port.is_empty()
    assert port.delete_keys_in(slot_of(b"b")) == 2
    assert redis("KEYS *") == [b"c"]
    port.flush()
    assert port.is_empty()
    redis.engine.check()


def test_a_lost_slot_takes_its_listeners_along(redis: Redis, port: NodePort) -> None:
    redis("SSUBSCRIBE b")
    redis.engine.disconnect(redis.connect().client)
    redis.connect()("CLUSTER DELSLOTS " + str(slot_of(b"b")))
    assert redis.client.take() == [Push([b"sunsubscribe", b"b", 0])]


def test_writes_wait_while_a_replica_takes_over(redis: Redis, port: NodePort) -> None:
    port.pause(redis.clock.now_ms() + 1000, "failover")
    assert port.is_paused("failover")
    assert redis.all("SET b 1") == []
    assert redis.connect()("GET b") is None
    port.unpause("failover")
    redis.engine.tick()
    assert redis.client.take() == [OK]


def test_messages_go_to_other_nodes_and_come_from_them(redis: Redis, port: NodePort) -> None:
    for number, node in enumerate((OTHER, REPLICA), 1):
        link = Link(number, node, False, b"", True, 0)
        port.view.nodes[node].link = port.view.links[number] = link
    port.view.nodes[REPLICA].shard_id = port.my_shard
    assert redis("PUBLISH news x") == 0
    assert redis("SPUBLISH b y") == 0
    sent = [each for each in port.node.outbox if isinstance(each, Send)]
    kinds = [(each.link, each.message.header.type) for each in sent]
    assert kinds == [(1, PUBLISH), (2, PUBLISH), (2, PUBLISHSHARD)]
    message = sent[0].message
    assert isinstance(message, Publish)
    assert (message.channel, message.message) == (b"news", b"x")
    listener = redis.connect()
    listener("SUBSCRIBE news")
    port.deliver(b"news", b"z", sharded=False)
    assert listener.client.take() == [Push([b"message", b"news", b"z"])]
    assert pubsub.active(redis.engine.state, "channels", None) == [b"news"]


# ---- the disk


def test_what_is_known_is_written_before_replies_go(
    redis: Redis, port: NodePort, disk: Disk
) -> None:
    assert not port.restless
    redis("CLUSTER DELSLOTS 1")
    assert port.restless
    assert disk.texts == []
    redis.engine.before_sleep()
    assert not port.restless
    assert len(disk.texts) == 1


def test_saveconfig_says_when_the_disk_is_full(redis: Redis, port: NodePort, disk: Disk) -> None:
    assert redis("CLUSTER SAVECONFIG") == OK
    assert disk.texts[-1][1]
    disk.full = True
    assert refused(redis, "CLUSTER SAVECONFIG") == (
        "ERR error saving the cluster node config: No space left on device"
    )


def test_a_node_that_cannot_write_down_what_it_must_is_doomed(
    redis: Redis, port: NodePort, disk: Disk
) -> None:
    told: list[OSError] = []
    port.doomed = told.append
    disk.full = True
    redis("CLUSTER DELSLOTS 1")
    with pytest.raises(OSError, match="No space"):
        redis.engine.before_sleep()
    assert len(told) == 1


def test_what_is_to_go_out_is_carried_after_it_is_written(
    redis: Redis, port: NodePort, disk: Disk
) -> None:
    seen: list[tuple[int, int]] = []

    def carry() -> None:
        opened = [each for each in port.node.outbox if isinstance(each, Connect)]
        seen.append((len(disk.texts), len(opened)))
        port.node.outbox.clear()

    port.carry = carry
    redis("CLUSTER MEET 127.0.0.1 7009")
    redis("CLUSTER DELSLOTS 1")
    redis.advance(100)
    redis.engine.tick()
    assert seen == [(1, 3)], "three nodes to connect to"


# ---- time


def test_the_engines_timer_is_the_nodes(redis: Redis, port: NodePort) -> None:
    port.view.ok = False
    port.view.nodes[OTHER].link = port.view.links[1] = Link(1, OTHER, False, b"", True, 0)
    for _ in range(40):
        redis.advance(100)
        redis.engine.tick()
    assert port.view.cron_runs == 40
    assert said(redis, "SET b 1") == OK


def test_a_step_back_brings_the_view_back(redis: Redis, port: NodePort) -> None:
    before = port.freeze()
    freezer = Freezer(redis.engine)
    snapshot = freezer.freeze()
    redis("CLUSTER DELSLOTSRANGE 0 100")
    assert port.freeze() != before
    freezer.thaw(snapshot)
    port.thaw(before)
    assert port.freeze() == before
    assert port.view.owners[5] is port.view.myself


def test_without_a_bus_nothing_leaves(new_redis: Callable[..., Redis], disk: Disk) -> None:
    redis = new_redis()
    alone = ClusterState(new_node(ME, ME))
    NodePort(redis.engine, alone, Random(1), disk)
    redis.engine.tick()
    assert alone.links == {}
    with pytest.raises(CommandError, match="CLUSTERDOWN"):
        redis("GET a")
