"""A cluster as one world: commands take their time, and every node goes back together."""

from __future__ import annotations

from typing import Any, cast

import pytest

from redlearn.clock import VirtualClock
from redlearn.cluster.caller import Caller
from redlearn.cluster.door import Door
from redlearn.cluster.message import NODE_MASTER
from redlearn.cluster.network import DATA, Flight
from redlearn.cluster.simulator import Simulator
from redlearn.cluster.state import ClusterState, Node
from redlearn.engine.engine import Engine
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply
from redlearn.timeline.cluster_world import ClusterWorld, host_of, is_of_bus
from redlearn.timeline.log import Acted, Called, Connected, Disconnected, Faced, Passed, Waited
from tests.cluster.test_caller import IP, PORTS, TownNode
from tests.cluster.test_client import FOO, A, Town


class EngineNode(TownNode):
    """A node of a town with an engine that panes can look at; what it says is the town's."""

    def __init__(self, town: Town, simulator: Simulator, host: str) -> None:
        super().__init__(town, simulator, host)
        self.engine = Engine(simulator.clock)
        self.door = Door(self.engine, simulator.network, cast(Any, None))  # nobody uses it
        self.state = ClusterState(Node(host.encode() * 10, NODE_MASTER, port=int(host)))

    def freeze(self) -> tuple[Any, ...]:
        return (self.silent, self.state.freeze())

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        self.silent, state = frozen
        self.state.thaw(state)


class Play:
    """A world of three nodes, and its first client."""

    def __init__(self) -> None:
        self.town = Town()
        simulator = Simulator(seed=3)
        for port in PORTS:
            simulator.add(str(port), IP.encode(), (port,), self._node)
        self.world = ClusterWorld(simulator, VirtualClock(), (A,))
        self.world.apply(Connected(self.now))

    def _node(self, simulator: Simulator, host: str) -> EngineNode:
        return EngineNode(self.town, simulator, host)

    @property
    def now(self) -> int:
        return self.world.clock.ms

    def call(self, line: str, node: str = "") -> list[Reply]:
        argv = tuple(word.encode() for word in line.split())
        self.world.apply(Called(self.now, 1, argv, node))
        return self.world.clients[1].take()

    def act(self, words: str) -> None:
        self.world.apply(Acted(self.now, tuple(words.split())))


def test_a_command_has_its_reply_when_its_input_is_over_and_took_time() -> None:
    play = Play()
    before = play.now
    assert play.call("GET foo") == [b"from 7003"]
    assert play.now > before
    assert play.world.simulator.clock.ms == play.now


def test_the_node_that_answered_is_in_front_unless_another_was_asked_for() -> None:
    play = Play()
    play.call("GET foo")
    assert play.world.face == "7003"
    assert play.world.engine is play.world.member("7003").engine  # type: ignore[union-attr]
    play.world.apply(Faced(play.now, "7001"))
    play.call("GET foo")
    assert (play.world.face, play.world.pinned) == ("7001", True)
    play.world.apply(Faced(play.now, ""))
    play.call("GET foo")
    assert (play.world.face, play.world.pinned) == ("7003", False)


def test_a_command_for_a_chosen_node_goes_there() -> None:
    assert Play().call("GET foo", "7001") == [Failure(f"MOVED {FOO} 10.0.0.1:7003")]


def test_a_command_that_blocks_is_answered_by_a_later_input() -> None:
    play = Play()
    play.call("GET foo")
    play.world.simulator.member("7003").silent = True
    assert play.call("BLPOP foo 0") == []
    client = play.world.clients[1]
    assert client.wait is not None
    assert client.wait.argv == (b"BLPOP", b"foo", b"0")
    socket = play.world.caller(1)._sockets[play.world._address("7003")] ^ 1
    play.world.simulator.network.send(socket, b"+late\r\n")
    play.world.apply(Waited(play.now + 100, 100))
    assert [str(reply) for reply in play.world.clients[1].take()] == ["Status('late')"]
    assert play.world.clients[1].wait is None


def test_time_passes_when_it_is_let_to() -> None:
    play = Play()
    play.world.apply(Passed(play.now + 700))
    assert play.world.simulator.now_ms == 700
    assert play.world.next_tick(play.now) is None


def test_clients_come_and_go_with_ids_of_their_own() -> None:
    play = Play()
    play.world.apply(Connected(play.now))
    assert list(play.world.clients) == [1, 2]
    assert isinstance(play.world.simulator.member(host_of(2)), Caller)
    play.world.apply(Disconnected(play.now, 2))
    play.world.apply(Connected(play.now))
    assert list(play.world.clients) == [1, 3]
    assert play.world.nodes() == ["7001", "7002", "7003"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("kill 7009", "There is no node '7009'"),
        ("restart 7001", "7001 runs already."),
        ("cont 7001", "7001 does not stand still."),
        ("stop 7001", ""),
        ("face 7009", "Look at which node?"),
        ("face 7001", ""),
        ("kill 7001", ""),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(words: str, says: str) -> None:
    refused = Play().world.refusal(tuple(words.split()))
    assert refused.startswith(says)
    assert bool(refused) == bool(says)


def test_a_node_that_stands_still_is_not_stopped_again_but_goes_on_or_is_killed() -> None:
    play = Play()
    play.act("stop 7001")
    assert play.world.refusal(("stop", "7001")) == "7001 stands still already."
    assert play.world.refusal(("cont", "7001")) == play.world.refusal(("kill", "7001")) == ""


def test_a_node_that_was_killed_cannot_be_killed_again_and_leaves_the_front() -> None:
    play = Play()
    play.call("GET foo")
    play.act("kill 7003")
    for deed in ("kill", "stop", "cont"):
        assert play.world.refusal((deed, "7003")) == "7003 does not run."
    assert play.world.engine is play.world.member("7001").engine  # type: ignore[union-attr]
    for node in ("7001", "7002"):
        play.act(f"kill {node}")
    assert len(play.world.engine.state.databases[0]) == 0
    play.act("restart 7003")
    assert play.world.member("7003") is not None


def test_messages_may_be_late_and_get_lost_at_once() -> None:
    play = Play()
    play.act("loss 20")
    play.act("delay 40")
    conditions = play.world.simulator.network.conditions
    assert (conditions.loss, conditions.delay_us) == (0.2, 40_000)
    play.act("loss 0")
    assert play.world.simulator.network.conditions.delay_us == 40_000


def test_a_partition_takes_the_place_of_the_one_before() -> None:
    play = Play()
    play.act("partition 7001 | 7002 7003")
    play.act("partition 7002 | 7001 7003")
    cuts = play.world.simulator.network.cuts
    assert ("7001", "7002") in cuts
    assert ("7001", "7003") not in cuts
    play.act("heal")
    assert not play.world.simulator.network.cuts


def test_clients_change_their_manner() -> None:
    play = Play()
    play.act("client plain")
    assert play.call("GET foo") == [Failure(f"MOVED {FOO} 10.0.0.1:7003")]


def test_everything_goes_back_together_and_comes_to_the_same_end() -> None:
    def history(*, thawed: bool) -> tuple[list[Reply], str, int, str]:
        play = Play()
        play.call("GET foo")
        play.act("delay 30")
        snapshot = play.world.freeze()
        if thawed:
            play.call("GET bar")
            play.act("kill 7002")
            play.world.apply(Connected(play.now))
            play.world.thaw(snapshot)
        replies = play.call("GET bar")
        return replies, play.world.simulator.digest, play.now, play.world.face

    assert history(thawed=True) == history(thawed=False)


def test_what_was_held_is_held_no_more_before_its_client_came() -> None:
    play = Play()
    play.call("GET foo")
    before = play.world.freeze()
    play.world.apply(Connected(play.now))
    play.world.simulator.member("7003").silent = True
    for line in (b"BLPOP foo 0", b"GET bar"):
        play.world.apply(Called(play.now, 2, tuple(line.split()), ""))
    play.world.thaw(before)
    play.world.apply(Connected(play.now))
    assert list(play.world.clients[2].held) == []
    play.world.apply(Called(play.now, 2, (b"GET", b"foo"), ""))
    assert play.world.clients[2].take() == [b"from 7003"]


def test_watched_it_tells_what_clients_do() -> None:
    play = Play()
    told: list[Event] = []
    play.world.watch(told.append)
    play.call("GET foo")
    play.world.watch(None)
    count = len(told)
    assert {"KeyHashed", "Sent", "Finished"} <= {type(event).__name__ for event in told}
    play.call("GET foo")
    assert len(told) == count


def test_only_data_between_nodes_is_of_the_bus() -> None:
    def flight(kind: str, source: str, target: str, port: int = 17002) -> Flight:
        return Flight(1, kind, source, target, 0, 0, 0, port, b"")

    assert is_of_bus(flight(DATA, "7001", "7002"))
    assert not is_of_bus(flight(DATA, "7001", "7002", 7001))  # a replica's stream
    assert not is_of_bus(flight(DATA, "client 1", "7002"))
    assert not is_of_bus(flight("SYN", "7001", "7002"))


def test_what_an_input_cost_is_how_much_happened() -> None:
    play = Play()
    waited = Waited(play.now + 10_000, 10_000)
    play.world.apply(waited)
    long = play.world.cost_of(waited)
    play.world.apply(Passed(play.now))
    assert long > 100 > play.world.cost_of(Passed(play.now))
