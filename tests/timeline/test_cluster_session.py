"""A session in front of a cluster: formed once, walked back and forth, killed and healed."""

from __future__ import annotations

from functools import partial

from redlearn.cluster.client import MapCorrected, Redirected
from redlearn.cluster.formation import agreed
from redlearn.engine.structures.hashtable import Inserted
from redlearn.resp.reply import NULL_ARRAY, OK, Failure, Push, Reply, Status
from redlearn.timeline.cluster_session import ClusterRecipe, open_cluster
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.session import START_MS, Session


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


def test_a_wait_ends_when_its_node_says_and_not_when_the_input_ends() -> None:
    seat = Seat()
    session = seat.session
    began = session.now_ms
    assert session.execute(seat.client, (b"BLPOP", b"foo", b"2.5")) == []
    wait = session.clients[seat.client].wait
    assert wait is not None
    assert began + 2500 <= wait.until_ms <= began + 2520
    session.advance(9000)
    assert session.take_late() == [(seat.client, NULL_ARRAY)]
    assert wait.until_ms <= session.answered_ms(seat.client) <= wait.until_ms + 150
    assert session.now_ms > session.answered_ms(seat.client) + 5000


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


def test_what_a_replica_does_again_is_not_told_twice() -> None:
    seat = Seat()
    seat("SET foo bar")
    seat("GET nothing")  # while the replica of foo's owner follows
    told = seat.session.events(seat.session.position)
    assert not [each for each in told if isinstance(each.event, Inserted)]
    replica = seat.world.member("7006")
    assert replica is not None
    assert len(replica.engine.state.databases[0]) == 1


def test_a_channel_confirms_in_resp3_and_messages_come_later() -> None:
    seat = Seat()
    seat("HELLO 3", "7001")
    assert seat("SUBSCRIBE news", "7001") == [b"subscribe", b"news", 1]
    other = seat.session.connect()
    seat.session.execute(other, (b"PUBLISH", b"news", b"hi"), "7002")
    seat.session.advance(200)
    assert [reply for _, reply in seat.session.take_late()] == [[b"message", b"news", b"hi"]]


def test_channels_confirm_in_their_order() -> None:
    seat = Seat()
    replies = seat.session.execute(seat.client, (b"SUBSCRIBE", b"a", b"b", b"c"), "7001")
    assert list(replies) == [
        [b"subscribe", b"a", 1],
        [b"subscribe", b"b", 2],
        [b"subscribe", b"c", 3],
    ]
    replies = seat.session.execute(seat.client, (b"UNSUBSCRIBE",), "7001")
    assert [reply[2] for reply in replies if isinstance(reply, list)] == [2, 1, 0]


def test_shard_channels_are_looked_for_where_their_slot_is() -> None:
    seat = Seat()
    seat("SSUBSCRIBE foo", "7003")
    other = seat.session.connect()
    seat.session.execute(other, (b"PING",), "")
    assert seat.session.execute(other, (b"SPUBLISH", b"foo", b"hi"), "")[-1] == 1
    facts = [fact for _, fact in seat.world.caller(other).told]
    assert not [fact for fact in facts if isinstance(fact, Redirected | MapCorrected)]


def test_who_waits_in_the_past_waits_for_the_same() -> None:
    seat = Seat()
    seat.session.execute(seat.client, (b"BLPOP", b"q", b"0"), "")
    parked = seat.world.clients[seat.client].wait
    assert parked is not None
    assert parked.keys == (b"q",)
    before = seat.session.position
    seat.session.advance(1_000)
    seat.session.seek(before)
    assert seat.world.clients[seat.client].wait == parked


def test_what_is_sent_while_one_waits_is_kept_until_there_is_the_reply() -> None:
    seat = Seat()
    seat.session.execute(seat.client, (b"BLPOP", b"foo", b"0"), "")
    assert seat.session.execute(seat.client, (b"SET", b"a", b"1"), "") == []
    assert seat.session.execute(seat.client, (b"GET", b"foo"), "7001") == []
    assert seat.world.clients[seat.client].held == ((b"SET", b"a", b"1"), (b"GET", b"foo"))
    other = seat.session.connect()
    assert seat.session.execute(other, (b"RPUSH", b"foo", b"v"), "")[-1] == 1
    seat.session.advance(100)
    late = [reply for client, reply in seat.session.take_late() if client == seat.client]
    assert late == [[b"foo", b"v"], OK, Failure("MOVED 12182 127.0.0.1:7003")]
    assert seat.world.clients[seat.client].held == ()


def test_what_was_kept_is_kept_in_the_past_too() -> None:
    seat = Seat()
    seat.session.execute(seat.client, (b"BLPOP", b"foo", b"0"), "")
    seat.session.execute(seat.client, (b"SET", b"a", b"1"), "")
    before = seat.session.position
    other = seat.session.connect()
    seat.session.execute(other, (b"RPUSH", b"foo", b"v"), "")
    seat.session.advance(100)
    digest, end = seat.world.simulator.digest, seat.session.position
    seat.session.seek(before)
    assert seat.world.clients[seat.client].held == ((b"SET", b"a", b"1"),)
    seat.session.seek(end)
    assert seat.world.simulator.digest == digest
    assert seat("GET a") == b"1"


def test_what_was_said_of_the_protocol_holds_for_every_node() -> None:
    seat = Seat()
    assert seat("HELLO 3")
    assert seat.session.clients[seat.client].protocol == 3
    seat("HSET h a 1")
    assert seat("HGETALL h") == {b"a": b"1"}
    seat("HSET foo a 1")
    assert seat("HGETALL foo") == {b"a": b"1"}  # another node, another connection
    assert seat("HELLO 4") == Failure("NOPROTO unsupported protocol version")
    assert seat("HGETALL foo") == {b"a": b"1"}
    seat("RESET")
    assert seat("HGETALL h") == [b"a", b"1"]
    seat.session.step(-2)
    assert seat.session.clients[seat.client].protocol == 3


def test_who_wants_no_replies_gets_none_and_need_not_wait() -> None:
    seat = Seat()
    execute = lambda line: seat.session.execute(seat.client, line.split(b" "), "7001")  # noqa: E731
    assert execute(b"CLIENT REPLY SKIP") == []
    assert execute(b"PING a") == []
    assert execute(b"PING b") == [b"b"]
    assert execute(b"CLIENT REPLY OFF") == []
    assert execute(b"SET bar v") == []
    assert seat.session.now_ms < START_MS + 4_000
    assert execute(b"CLIENT REPLY ON") == [OK]
    assert execute(b"GET bar") == [b"v"]


def test_who_says_psync_is_sent_the_stream_and_may_go_on_asking() -> None:
    seat = Seat()
    replica = seat.session.connect()
    (answer,) = seat.session.execute(replica, (b"PSYNC", b"?", b"-1"), "7001")
    assert isinstance(answer, Status)
    assert answer.text.startswith("FULLRESYNC ")
    seat.session.advance(1_000)
    assert seat("SET bar v") == OK
    seat.session.advance(1_000)
    assert seat.session.late_replies(replica) == [
        Push([b"SELECT", b"0"]), Push([b"SET", b"bar", b"v"]),
    ]  # fmt: skip
    assert seat.session.execute(replica, (b"GET", b"bar"), "7001") == [b"v"]


def test_shutdown_ends_a_node_and_restart_brings_it_back_as_a_replica() -> None:
    seat = Seat()
    seat("SET foo bar")
    assert seat.session.execute(seat.client, (b"SHUTDOWN",), "7003") == []
    assert seat.world.member("7003") is None
    assert seat("GET foo") == b"bar"  # of the replica, once it was promoted
    assert seat.session.act("restart", "7003") == ""
    seat.session.advance(3_000)
    role = seat("ROLE", "7003")
    assert isinstance(role, list)
    assert role[:3] == [b"slave", b"127.0.0.1", 7006]


def test_shutdown_without_a_node_ends_one_node_and_not_all_in_turn() -> None:
    seat = Seat()
    assert seat.session.execute(seat.client, (b"SHUTDOWN",)) == []
    assert sum(seat.world.member(name) is None for name in seat.world.nodes()) == 1


def test_a_client_that_has_gone_leaves_no_host_behind() -> None:
    seat = Seat()
    before = len(seat.world.simulator.hosts)
    for _ in range(3):
        guest = seat.session.connect()
        seat.session.execute(guest, (b"GET", b"foo"))
        seat.session.disconnect(guest)
    seat.session.advance(1_000)
    assert len(seat.world.simulator.hosts) == before
    seat.session.seek(3)  # while the first of them was there
    assert len(seat.world.simulator.hosts) == before + 1


def test_a_key_that_migrates_travels() -> None:
    seat = Seat()
    seat("SET foo bar")
    seat.session.act("delay", "50")
    before = seat.session.now_ms
    answer = seat("MIGRATE 127.0.0.1 7001 foo 0 1000 REPLACE", "7003")
    assert isinstance(answer, Failure)  # who is no importer says MOVED
    assert seat.session.now_ms - before >= 300


def test_a_cluster_comes_about_in_pieces_that_say_how_far_it_is() -> None:
    recipe = ClusterRecipe(primaries=2, replicas=1, seed=77)
    shares = list(recipe.growth())
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] <= 1
    assert list(recipe.growth()) == []  # it has, already


def test_the_first_who_sits_down_and_the_next_find_the_same_cluster() -> None:
    recipe = ClusterRecipe(primaries=2, replicas=1, seed=78)
    first, second = Session(recipe), Session(recipe)
    for session in (first, second):
        session.advance(1_000)
    digests = []
    for session in (first, second):
        assert isinstance(session.world, ClusterWorld)
        digests.append(session.world.simulator.digest)
    assert digests[0] == digests[1]


def test_slots_of_a_node_that_was_reset_are_nobodys_and_the_client_is_told_at_once() -> None:
    seat = Seat()
    assert seat("CLUSTER RESET HARD", "7003") == OK
    seat.session.advance(3_000)
    before = seat.session.now_ms
    assert seat("GET foo") == Failure("MOVED 12182 :0")
    assert seat.session.now_ms - before < 1_000


def test_who_gets_no_reply_has_waited_since_the_command_was_sent() -> None:
    seat = Seat()
    begun_ms = seat.session.now_ms
    for name in seat.world.nodes():
        seat.session.act("blackout", name)
    assert seat.session.execute(seat.client, (b"GET", b"foo")) == []
    wait = seat.session.clients[seat.client].wait
    assert wait is not None
    assert wait.since_ms == begun_ms
    assert seat.session.now_ms - begun_ms > 20_000


def test_what_goes_to_a_log_says_which_node_it_comes_from_also_after_that_node_began_anew() -> None:
    seat = Seat()
    seat("SET foo 1")
    seat("MSET {bar}a 1 {bar}b 2")
    seat("GET foo")
    written = [point for point in seat.session.points if point.effects]
    assert [(point.effects[0].argv[0], point.writers) for point in written] == [
        (b"SET", ("7003",)), (b"MSET", ("7001",)),
    ]  # fmt: skip
    for deed in (("kill", "7006"), ("restart", "7006")):
        assert seat.session.act(*deed) == ""
    seat("SET foo 2")
    assert seat.session.points[seat.session.position - 1].writers == ("7003",)
    for node in seat.world.nodes():
        member = seat.world.member(node)
        assert member is not None
        assert not any(isinstance(sink, partial) for sink in member.engine.state.sinks)
