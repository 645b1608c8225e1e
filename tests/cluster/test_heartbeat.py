"""Heartbeats as they are sent: what a node says of itself, and whom it gossips about."""

from __future__ import annotations

from collections import Counter

import pytest

from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.heartbeat import broadcast_pong, gossip_for, header, send_heartbeat
from redlearn.cluster.message import (
    CLUSTER_FAIL,
    CLUSTER_OK,
    FORGOTTEN_NODE,
    HOSTNAME,
    HUMAN_NODENAME,
    MESSAGE_EXTENDED,
    MESSAGE_FORCEACK,
    MESSAGE_PAUSED,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MYSELF,
    NODE_NOADDR,
    NODE_PFAIL,
    NODE_SLAVE,
    PING,
    PONG,
    SHARD_ID,
    Ping,
)
from redlearn.cluster.state import Node
from tests.cluster.desk import Desk, id_of

LETTERS = "abcdefghijklnopqrstuvwxyz"


# ---- the header ----


def test_a_primary_says_its_own_slots_and_epoch() -> None:
    desk = Desk("abc")
    desk.data.written = 4711
    said = header(desk.me, PING)
    assert said.sender == id_of("m")
    assert said.slots == bitmap_of(range(4096))
    assert (said.config_epoch, said.current_epoch, said.offset) == (1, 4, 4711)
    assert said.replica_of == b""
    assert said.flags == NODE_MASTER | NODE_MYSELF
    assert (said.port, said.bus_port, said.state) == (6379, 16379, CLUSTER_OK)
    assert said.mflags[0] == MESSAGE_EXTENDED


def test_a_replica_says_the_slots_and_the_epoch_of_its_primary() -> None:
    desk = Desk("ab")
    desk.be_replica_of("b")
    said = header(desk.me, PONG)
    assert said.replica_of == id_of("b")
    assert said.slots == desk["b"].bitmap()
    assert said.config_epoch == desk["b"].config_epoch
    assert said.flags & NODE_SLAVE


def test_the_slots_are_one_object_in_all_messages_while_they_stay_the_same() -> None:
    desk = Desk()
    assert header(desk.me, PING).slots is header(desk.me, PONG).slots


def test_an_address_is_said_only_if_one_is_announced() -> None:
    desk = Desk()
    assert header(desk.me, PING).ip == b""
    desk.config.set("cluster-announce-ip", "192.0.2.7")
    desk.config.set("cluster-announce-port", 7000)
    desk.config.set("cluster-announce-bus-port", 17001)
    said = header(desk.me, PING)
    assert (said.ip, said.port, said.bus_port) == (b"192.0.2.7", 7000, 17001)


def test_it_says_that_the_cluster_is_down_and_that_its_clients_wait() -> None:
    desk = Desk(ok=False)
    desk.state.manual.end_ms = 1
    said = header(desk.me, PING, MESSAGE_FORCEACK)
    assert said.state == CLUSTER_FAIL
    assert said.mflags[0] == MESSAGE_EXTENDED | MESSAGE_PAUSED | MESSAGE_FORCEACK


def test_a_replica_in_a_manual_failover_has_no_clients_that_wait() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.state.manual.end_ms = 1
    assert not header(desk.me, PING).mflags[0] & MESSAGE_PAUSED


# ---- pings and pongs ----


def test_a_ping_on_an_own_link_begins_to_wait_and_a_pong_does_not() -> None:
    desk = Desk()
    link = desk["a"].link
    assert link is not None
    send_heartbeat(desk.me, link, PONG)
    assert desk["a"].ping_sent_ms == 0
    send_heartbeat(desk.me, link, PING)
    assert desk["a"].ping_sent_ms == desk.clock.ms
    assert desk.state.sent == {PONG: 1, PING: 1}


def test_a_ping_on_the_others_link_does_not_wait() -> None:
    desk = Desk()
    link = desk["a"].inbound
    assert link is not None
    send_heartbeat(desk.me, link, PING)
    assert desk["a"].ping_sent_ms == 0


def test_a_pong_is_spread_to_all_with_a_link_who_are_known_by_name() -> None:
    desk = Desk("abcd")
    desk["b"].flags |= NODE_HANDSHAKE
    desk["c"].link = None
    broadcast_pong(desk.me)
    assert desk.to(PONG) == ["a", "d"]
    broadcast_pong(desk.me, [desk["a"]])
    assert desk.to(PONG) == ["a"]


# ---- gossip ----


def names(desk: Desk, receiver: Node | None = None) -> list[str]:
    return [desk.name_of(entry.name) for entry in gossip_for(desk.me, receiver)]


@pytest.mark.parametrize(
    ("nodes", "entries"), [(1, 0), (2, 1), (3, 2), (4, 3), (8, 3), (24, 3), (25, 3)]
)
def test_gossip_is_about_three_nodes_or_as_many_as_there_are(nodes: int, entries: int) -> None:
    desk = Desk(LETTERS[:nodes])
    seen = [len(names(desk, desk["a"])) for _ in range(200)]
    assert max(seen) == min(entries, nodes - 1)


def test_in_a_large_cluster_it_is_about_a_tenth() -> None:
    desk = Desk("")
    for at in range(99):
        desk.know(f"n{at:02}x")
    counts = Counter(len(gossip_for(desk.me, None)) for _ in range(300))
    assert counts == {10: 300}


def test_nobody_gossips_about_itself_or_about_the_receiver_or_twice() -> None:
    desk = Desk("abcd")
    for _ in range(300):
        found = names(desk, desk["a"])
        assert not {"m", "a"} & set(found)
        assert len(set(found)) == len(found)


def test_sooner_or_later_it_is_about_everybody() -> None:
    desk = Desk(LETTERS[:20])
    seen = Counter(name for _ in range(400) for name in names(desk, desk["a"]))
    assert set(seen) == set(LETTERS[1:20])
    assert max(seen.values()) < 2 * min(seen.values()), "and about all alike"


def test_those_in_a_handshake_without_address_or_out_of_reach_are_left_out() -> None:
    desk = Desk("abcdef")
    desk["b"].flags |= NODE_HANDSHAKE
    desk["c"].flags |= NODE_NOADDR
    desk["d"].link = None
    desk.know("e9")
    desk["e9"].link = None
    seen = {name for _ in range(300) for name in names(desk)}
    assert seen == {"a", "d", "e", "f"}, "d is out of reach, but it has slots"


def test_suspects_are_always_gossiped_about_once_cron_has_counted_them() -> None:
    desk = Desk(LETTERS[:12])
    for name in "bk":
        desk[name].flags |= NODE_PFAIL
    assert not {"b", "k"} & {name for _ in range(100) for name in names(desk)}
    desk.state.suspects = 2
    for _ in range(100):
        assert names(desk)[-2:] == ["b", "k"]
        assert len(names(desk)) <= 5


def test_gossip_says_times_in_seconds_and_flags_as_they_are_here() -> None:
    desk = Desk("ab")
    desk["b"].ping_sent_ms, desk["b"].pong_received_ms = 5999, 4001
    desk["b"].flags |= NODE_PFAIL
    desk.state.suspects = 1
    (entry,) = [each for each in gossip_for(desk.me, None) if each.name == id_of("b")]
    assert (entry.ping_sent_s, entry.pong_received_s) == (5, 4)
    assert entry.flags == NODE_MASTER | NODE_PFAIL
    assert (entry.ip, entry.port, entry.bus_port) == (desk["b"].ip, 6379, 16379)


# ---- extensions ----


def extensions(desk: Desk, to: str) -> dict[int, bytes]:
    link = desk[to].link
    assert link is not None
    desk.sent()
    send_heartbeat(desk.me, link, PONG)
    ((_, message),) = desk.sent()
    assert isinstance(message, Ping)
    return {each.kind: each.node if each.kind > 1 else each.text for each in message.extensions}


def test_who_does_not_understand_extensions_gets_none() -> None:
    desk = Desk("a")
    assert extensions(desk, "a") == {}


def test_who_does_gets_the_shard_and_what_names_there_are() -> None:
    desk = Desk("a")
    desk.hear("a")
    assert extensions(desk, "a") == {SHARD_ID: id_of("shardm")}
    desk.config.set("cluster-announce-hostname", "redis-1.local")
    desk.config.set("cluster-announce-human-nodename", "the first")
    desk.wait(100)
    assert extensions(desk, "a") == {
        HOSTNAME: b"redis-1.local",
        HUMAN_NODENAME: b"the first",
        SHARD_ID: id_of("shardm"),
    }


def test_whom_to_forget_is_told_until_it_is_over() -> None:
    desk = Desk("ab")
    desk.hear("a")
    desk.node.forget(id_of("b"))
    assert extensions(desk, "a")[FORGOTTEN_NODE] == id_of("b")
    desk.wait(60_100)
    assert FORGOTTEN_NODE not in extensions(desk, "a")
