"""Whatever comes over the bus, a node's view stays in order, and the node does not fall over."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster import message as m
from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.codec import decode, encode
from redlearn.cluster.message import Extension, Gossip, Header, Message
from redlearn.errors import CommandError
from tests.cluster.desk import Desk, id_of

NAMES = ("m", "a", "b", "c", "a1", "b1", "x", "y")
EPOCHS = (0, 1, 2, 3, 4, 5, 9, 2**63, 2**64 - 1)


class Liar:
    """Says anything, well formed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def an_id(self) -> bytes:
        return id_of(self.chance.choice(NAMES))

    def slots(self, desk: Desk) -> bytes:
        some = self.chance.randrange(16384)
        if self.chance.random() < 0.05:
            return bitmap_of(range(16384))
        return self.chance.choice((
            bitmap_of([]), bitmap_of([some]), bitmap_of(range(some, min(some + 200, 16384))),
            desk.state.nodes[self.chance.choice(list(desk.state.nodes))].bitmap(),
        ))  # fmt: skip

    def header(self, desk: Desk, kind: int, sender: bytes) -> Header:
        chance = self.chance
        return Header(
            kind, sender, chance.choice(EPOCHS), chance.choice(EPOCHS), chance.choice(EPOCHS),
            self.slots(desk), self.an_id() if chance.random() < 0.5 else b"",
            chance.choice((b"", b"10.1.2.3", b"::1", b"nonsense")), chance.randrange(65536),
            chance.randrange(65536), chance.randrange(65536), chance.getrandbits(16),
            chance.randrange(2), bytes((chance.choice((0, 4, 5, 7)), 0, 0)),
        )  # fmt: skip

    def gossip(self) -> tuple[Gossip, ...]:
        chance = self.chance
        return tuple(
            Gossip(
                self.an_id(), chance.getrandbits(32), chance.getrandbits(32),
                chance.choice((b"", b"10.1.2.3")), chance.randrange(65536),
                chance.randrange(65536), chance.getrandbits(16), chance.randrange(65536),
            )
            for _ in range(chance.randrange(5))
        )  # fmt: skip

    def extensions(self) -> tuple[Extension, ...]:
        chance = self.chance
        choices = (
            m.text_extension(m.HOSTNAME, b"h"), m.shard_extension(self.an_id()),
            m.forgotten_extension(self.an_id(), chance.choice((0, 60, 2**63))),
            Extension(chance.randrange(9), b"12345678"),
        )  # fmt: skip
        return tuple(chance.sample(choices, chance.randrange(3)))

    def message(self, desk: Desk, sender: bytes) -> Message:
        kind = self.chance.randrange(11)
        header = self.header(desk, kind, sender)
        if kind in (m.PING, m.PONG, m.MEET):
            more = self.extensions() if header.mflags[0] & m.MESSAGE_EXTENDED else ()
            return m.Ping(header, self.gossip(), more)
        if kind == m.UPDATE:
            return m.Update(header, self.chance.choice(EPOCHS), self.an_id(), self.slots(desk))
        if kind in (m.PUBLISH, m.PUBLISHSHARD):
            return m.Publish(header, b"channel", b"text")
        if kind == m.MODULE:
            return m.Module(header, 1, 2, b"data")
        plain = {m.AUTH_REQUEST: m.AuthRequest, m.AUTH_ACK: m.AuthAck, m.MFSTART: m.ManualStart}
        return m.Fail(header, self.an_id()) if kind == m.FAIL else plain[kind](header)

    def lie(self, desk: Desk) -> None:
        """One message, on a link of anybody's, or on a fresh one."""
        chance = self.chance
        links = list(desk.state.links.values())
        if not links or chance.random() < 0.1:
            links = [desk.state.links[desk.node.accepted(b"10.6.6.6", b"10.0.0.1")]]
        link = chance.choice(links)
        honest = link.node and chance.random() < 0.8
        sender = link.node if honest else self.an_id()
        desk.node.receive(self.message(desk, sender), link.number)


def something_else(desk: Desk, chance: Random) -> None:
    """Time passes, links break, somebody gives orders."""
    act = chance.randrange(6)
    links = list(desk.state.links)
    some = id_of(chance.choice(NAMES))
    if act == 0 and links:
        desk.node.closed(chance.choice(links))
    elif act == 1 and links:
        desk.node.connected(chance.choice(links))
    elif act == 2:
        desk.node.meet(b"10.7.7.%d" % chance.randrange(9), 7000, 17000)
    elif act == 3:
        orders = (
            lambda: desk.node.forget(some), lambda: desk.node.replicate(some),
            lambda: desk.node.failover(takeover=True), lambda: desk.node.failover(force=True),
            lambda: desk.node.set_slot_importing(9000, some),
            lambda: desk.node.set_slot_node(9000, desk.state.myself.id),
            lambda: desk.node.set_slot_node(9000, some), lambda: desk.node.reset(hard=False),
            lambda: desk.node.add_slots([chance.randrange(16384)]),
        )  # fmt: skip
        try:
            chance.choice(orders)()
        except CommandError:
            return
    else:
        desk.clock.advance(chance.choice((1, 100, 100, 3000)))
        desk.node.cron()


def a_desk() -> Desk:
    desk = Desk("abc")
    desk.replica("a1", "a")
    desk.replica("b1", "b")
    return desk


@pytest.mark.parametrize("seed", range(8))
def test_the_view_stays_in_order_whatever_is_said(seed: int) -> None:
    desk, liar = a_desk(), Liar(seed)
    for _ in range(150):
        if liar.chance.random() < 0.25:
            something_else(desk, liar.chance)
        else:
            liar.lie(desk)
        desk.node.before_sleep()
        desk.state.check()
        desk.node.outbox.clear()


@pytest.mark.parametrize("seed", range(5))
def test_all_that_a_node_says_under_nonsense_can_be_sent(seed: int) -> None:
    desk, liar = a_desk(), Liar(100 + seed)
    sent = 0
    for _ in range(100):
        liar.lie(desk)
        something_else(desk, liar.chance)
        desk.node.before_sleep()
        for _, message in desk.sent():
            assert decode(encode(message)) == message
            sent += 1
    assert sent


@pytest.mark.parametrize("seed", range(5))
def test_nobody_becomes_this_node_and_it_stays_itself(seed: int) -> None:
    desk, liar = a_desk(), Liar(200 + seed)
    myself = desk.state.myself
    for _ in range(100):
        liar.lie(desk)
        assert desk.state.myself is myself
        assert desk.state.nodes[id_of("m")] is myself
        assert myself.link is myself.inbound is None
        assert sum(node.flags & m.NODE_MYSELF != 0 for node in desk.state.nodes.values()) == 1
