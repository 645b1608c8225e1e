"""A session in front of a cluster: formed once, walked back and forth, killed and healed."""

from __future__ import annotations

from redlearn.cluster.formation import agreed
from redlearn.resp.reply import Failure, Reply
from redlearn.timeline.cluster_session import ClusterRecipe, open_cluster
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.session import Session


class Seat:
    """A session with three primaries and their replicas, and one client."""

    def __init__(self) -> None:
        self.session = open_cluster(3, 1)
        self.client = self.session.connect()

    def __call__(self, line: str, node: str = "") -> Reply:
        argv = tuple(word.encode() for word in line.split())
        return self.session.execute(self.client, argv, node)[-1]

    @property
    def world(self) -> ClusterWorld:
        world = self.session.world
        assert isinstance(world, ClusterWorld)
        return world

    def primary_of(self, slot: int, seen_from: str = "7001") -> str:
        member = self.world.member(seen_from)
        assert member is not None
        owner = member.state.owners[slot]
        return str(owner.port) if owner else ""


def test_the_nodes_agree_before_anybody_sits_down() -> None:
    seat = Seat()
    assert agreed(seat.world.simulator)
    assert seat.world.nodes() == [f"700{number}" for number in range(1, 7)]
    assert not seat.session.live


def test_commands_find_their_nodes_and_any_node_says_where_they_belong() -> None:
    seat = Seat()
    assert seat("SET foo bar")
    assert seat("GET foo") == b"bar"
    assert seat("GET foo", "7001") == Failure("MOVED 12182 127.0.0.1:7003")


def test_a_failover_is_lived_through_and_the_key_is_still_there() -> None:
    seat = Seat()
    seat("SET foo bar")
    seat.session.act("kill", "7003")
    assert seat("GET foo") == b"bar"  # after a while: the client asks until somebody serves it
    assert seat.primary_of(12182) == "7006"


def test_every_node_goes_back_together_and_forward_to_the_same() -> None:
    seat = Seat()
    seat("SET foo bar")
    before = seat.session.position
    seat.session.act("kill", "7003")
    seat.session.advance(8_000)
    end, digest = seat.session.position, seat.world.simulator.digest
    seat.session.seek(before)
    assert seat.primary_of(12182) == "7003"
    assert seat.world.member("7003") is not None
    seat.session.seek(end)
    assert seat.primary_of(12182) == "7006"
    assert seat.world.simulator.digest == digest


def test_two_sessions_of_one_recipe_are_the_same_and_do_not_touch_each_other() -> None:
    one, two = Seat(), Seat()
    one("SET foo bar")
    assert two("GET foo") is None
    two("SET foo bar")
    assert one.world.simulator.start_ms == two.world.simulator.start_ms


def test_a_fork_tries_what_the_session_does_not_do() -> None:
    seat = Seat()
    seat("SET foo bar")
    fork = seat.session.fork()
    fork.execute(seat.client, (b"DEL", b"foo"))
    assert seat("GET foo") == b"bar"


def test_another_shape_is_another_cluster() -> None:
    session = Session(ClusterRecipe(primaries=2, replicas=0))
    assert session.world.nodes() == ["7001", "7002"]
