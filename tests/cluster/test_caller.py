"""A client with connections, on a simulated network, among nodes that answer as nodes do."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.cluster.caller import TIMEOUT_MS, Caller
from redlearn.cluster.client import (
    Address,
    Answered,
    Finished,
    Manner,
    MapLearned,
    NodeLost,
    Redirected,
    Sent,
)
from redlearn.cluster.network import News, Received
from redlearn.cluster.simulator import Crash, Cut, Heal, Pause, Resume, Simulator, Tell
from redlearn.resp.decode import RequestDecoder
from redlearn.resp.encode import encode
from redlearn.resp.reply import Failure, Push, Reply
from tests.cluster.test_client import FOO, Town

PORTS = (7001, 7002, 7003)
IP = "10.0.0.1"
A, B, C = (Address(IP, port) for port in PORTS)


class TownNode:
    """One node of a `Town` on a host: reads requests, answers as the town says."""

    def __init__(self, town: Town, simulator: Simulator, host: str) -> None:
        self.town, self.wires, self.here = town, simulator.network, Address(IP, int(host))
        self.silent = False

    def hear(self, news: News) -> None:
        if not isinstance(news, Received) or self.silent:
            return
        out, asking = [], False
        for argv in RequestDecoder().feed(news.flight.data):
            reply = self.town.one(self.here, tuple(argv), asking)
            asking = argv == [b"ASKING"]
            out.append(encode(reply, 2))
        self.wires.send(news.socket, b"".join(out))

    def cron(self) -> None: ...

    def settle(self) -> None: ...

    def freeze(self) -> tuple[Any, ...]:
        return (self.silent,)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        (self.silent,) = frozen


class World:
    """Three nodes of a town, and a client called "you"."""

    def __init__(self, manner: Manner = Manner.SMART) -> None:
        self.town = Town()
        self.simulator = Simulator(seed=1)
        for port in PORTS:
            self.simulator.add(str(port), IP.encode(), (port,), self._node)
        self.simulator.add(
            "you", b"10.0.0.9", (),
            lambda simulator, host: Caller(
                simulator.network, host, simulator.clock, [A], manner
            ),
        )  # fmt: skip

    def _node(self, simulator: Simulator, host: str) -> TownNode:
        return TownNode(self.town, simulator, host)

    @property
    def caller(self) -> Caller:
        caller = self.simulator.member("you")
        assert isinstance(caller, Caller)
        return caller

    def begin(self, *argv: bytes, to: Address | None = None) -> None:
        self.simulator.act(Tell("you", lambda caller: caller.call(argv, to)))

    def run(self, *argv: bytes, to: Address | None = None) -> Reply:
        self.begin(*argv, to=to)
        assert self.simulator.run_while(lambda: self.caller.busy, 60_000)
        return self.caller.reply

    def kinds(self) -> list[type]:
        return [type(fact) for _, fact in self.caller.told]


def test_a_command_reaches_its_node_and_the_reply_comes_back() -> None:
    world = World()
    assert world.run(b"GET", b"foo") == b"from 7003"
    assert world.run(b"GET", b"bar") == b"from 7001"


def test_every_fact_has_its_moment_and_the_moments_rise() -> None:
    world = World()
    world.simulator.run_until(500)
    world.run(b"GET", b"foo")
    moments = [at for at, _ in world.caller.told]
    assert moments == sorted(moments)
    assert moments[0] >= world.simulator.start_ms + 500


def test_a_redirection_is_followed_over_another_connection() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.town.owners[FOO] = B
    assert world.run(b"GET", b"foo") == b"from 7002"
    assert Redirected in world.kinds()


def test_asking_and_the_command_go_in_one_piece_and_the_second_reply_counts() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.town.moving[FOO] = B
    assert world.run(b"GET", b"foo") == b"from 7002"
    sent = [fact for _, fact in world.caller.told if isinstance(fact, Sent)]
    assert sent[-1].commands == ((b"ASKING",), (b"GET", b"foo"))


def test_a_command_may_be_sent_straight_to_a_node_that_says_what_it_says() -> None:
    world = World()
    assert world.run(b"GET", b"foo", to=A) == Failure(f"MOVED {FOO} {C}")
    assert world.kinds() == [Sent, Answered, Finished]
    assert world.caller.client.owners[FOO] is None


def test_a_node_that_died_is_found_out_at_once_as_its_kernel_says_so() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.simulator.act(Crash("7003"))
    world.town.owners[FOO] = B
    before = world.simulator.now_ms
    assert world.run(b"GET", b"foo") == b"from 7002"
    assert NodeLost in world.kinds()
    assert world.simulator.now_ms - before < TIMEOUT_MS


def test_a_node_that_says_nothing_is_given_up_after_a_while() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.simulator.act(Pause("7003"))
    world.town.owners[FOO] = B
    before = world.simulator.now_ms
    assert world.run(b"GET", b"foo") == b"from 7002"
    assert world.simulator.now_ms - before >= TIMEOUT_MS


def test_what_a_node_says_too_late_is_nobodys_reply() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.simulator.act(Pause("7003"))
    world.town.owners[FOO] = B
    world.run(b"GET", b"foo")
    world.simulator.act(Resume("7003"))
    world.simulator.run_until(world.simulator.now_ms + 2_000)
    assert world.caller.reply == b"from 7002"
    assert world.run(b"GET", b"bar") == b"from 7001"


def test_behind_a_cut_it_waits_and_goes_on_when_the_cut_has_healed() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.simulator.act(Cut(("you",), ("7001", "7002", "7003")))
    world.begin(b"GET", b"foo")
    assert not world.simulator.run_while(lambda: world.caller.busy, 3_000)
    world.simulator.act(Heal())
    assert world.simulator.run_while(lambda: world.caller.busy, 60_000)
    assert world.caller.reply == b"from 7003"


def test_straight_to_a_dead_node_says_that_it_does_not_answer() -> None:
    world = World()
    world.simulator.act(Crash("7003"))
    assert world.run(b"GET", b"foo", to=C) == Failure(f"ERR no answer from {C}")
    assert world.kinds()[-2:] == [NodeLost, Finished]


def test_a_command_that_blocks_may_take_as_long_as_it_likes() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.simulator.member("7003").silent = True
    world.begin(b"BLPOP", b"foo", b"0")
    world.simulator.run_until(world.simulator.now_ms + 30_000)
    assert world.caller.busy
    assert world.caller.blocks


def test_the_map_is_not_waited_for_as_long_as_a_command_that_blocks() -> None:
    world = World()
    world.simulator.member("7001").silent = True
    world.begin(b"BLPOP", b"foo", b"0")
    world.simulator.run_until(TIMEOUT_MS + 500)
    assert NodeLost in world.kinds()
    world.simulator.member("7001").silent = False
    world.simulator.run_until(3 * TIMEOUT_MS)
    assert MapLearned in world.kinds()
    assert world.caller.reply == b"from 7003"


def test_giving_up_closes_the_connections_and_the_next_command_opens_others() -> None:
    world = World()
    world.run(b"GET", b"foo")
    world.begin(b"GET", b"foo")
    world.simulator.act(Tell("you", lambda caller: caller.give_up()))
    assert not world.caller.busy
    assert world.run(b"GET", b"bar") == b"from 7001"


def test_one_command_at_a_time() -> None:
    world = World()
    world.begin(b"GET", b"foo")
    with pytest.raises(ValueError, match="no reply yet"):
        world.begin(b"GET", b"foo")


def test_what_comes_unasked_is_kept_apart() -> None:
    world = World()
    world.run(b"GET", b"foo")
    node = world.simulator.member("7003")
    socket = world.caller._sockets[C] ^ 1
    node.wires.send(socket, encode(Push([b"message", b"ch", b"hi"]), 3))
    world.simulator.run_until(world.simulator.now_ms + 100)
    assert world.caller.pushed == [Push([b"message", b"ch", b"hi"])]


@pytest.mark.parametrize("stop", range(0, 14, 3))
def test_frozen_at_any_step_it_comes_to_the_same_end(stop: int) -> None:
    def history(*, thawed: bool) -> tuple[Reply, list[Any], str]:
        world = World()
        world.begin(b"GET", b"foo")
        for _ in range(stop):
            world.simulator.step()
        if thawed:
            frozen = world.simulator.freeze()
            world.simulator.run_until(world.simulator.now_ms + 1_000)
            world.simulator.thaw(frozen)
        world.simulator.run_while(lambda: world.caller.busy, 10_000)
        return world.caller.reply, world.caller.told, world.simulator.digest

    assert history(thawed=True) == history(thawed=False)


def test_the_first_command_learns_the_map() -> None:
    world = World()
    world.run(b"PING")
    assert MapLearned in world.kinds()
    assert world.caller.client.owners[FOO] == C
