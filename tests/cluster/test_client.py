"""The client's four steps, against a small made-up cluster that answers as nodes do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from redlearn.cluster.client import (
    BYTES_TOLD,
    KEYS_TOLD,
    MOST_HOPS,
    MOST_TRIES,
    MOST_WAITS,
    Action,
    Address,
    Answered,
    ClusterClient,
    CrcStepped,
    Done,
    Finished,
    KeyHashed,
    KeysDisagreed,
    KeyTaken,
    Manner,
    MapCorrected,
    MapLearned,
    NodeLost,
    NoKey,
    OwnerLookedUp,
    Redirected,
    Send,
    Sent,
    Wait,
    Waited,
    keys_of,
    read_map,
)
from redlearn.probe import Event, Probe
from redlearn.resp.reply import OK, Failure, Reply
from redlearn.slots import CRC16_TABLE, SLOTS, slot_of

A, B, C = (Address("10.0.0.1", port) for port in (7001, 7002, 7003))
FOO, BAR = 12182, 5061


class Town:
    """Three nodes with a third of the slots each, who answer as nodes do."""

    def __init__(self) -> None:
        self.owners = [A] * 5461 + [B] * 5462 + [C] * 5461
        self.dead: set[Address] = set()
        self.moving: dict[int, Address] = {}  # slot -> where its keys went already
        self.down = False
        self.log: list[tuple[Address, tuple[bytes, ...]]] = []

    def answer(self, send: Send) -> list[Reply] | None:
        """What the commands get, or None if the node does not answer."""
        if send.address in self.dead:
            return None
        asking, replies = False, list[Reply]()
        for argv in send.commands:
            self.log.append((send.address, argv))
            replies.append(self.one(send.address, argv, asking))
            asking = argv == (b"ASKING",)
        return replies

    def one(self, here: Address, argv: tuple[bytes, ...], asking: bool) -> Reply:
        if argv == (b"CLUSTER", b"SLOTS"):
            return self.map()
        if argv == (b"ASKING",):
            return OK
        slots = {slot_of(key) for key in keys_of(argv)}
        if len(slots) > 1:
            return Failure("CROSSSLOT Keys in request don't hash to the same slot")
        for slot in slots:
            if self.down:
                return Failure("CLUSTERDOWN Hash slot not served")
            if self.owners[slot] != here and not (asking and self.moving.get(slot) == here):
                return Failure(f"MOVED {slot} {self.owners[slot]}")
            if self.owners[slot] == here and slot in self.moving:
                return Failure(f"ASK {slot} {self.moving[slot]}")
        return b"from %d" % here.port

    def map(self) -> Reply:
        rows: list[Reply] = []
        first = 0
        for slot in range(1, SLOTS + 1):
            if slot == SLOTS or self.owners[slot] != self.owners[first]:
                owner = self.owners[first]
                rows.append([first, slot - 1, [owner.host.encode(), owner.port, b"id", []]])
                first = slot
        return rows


class Teller:
    """A client in a town, and what it told."""

    def __init__(self, manner: Manner = Manner.SMART, seeds: Sequence[Address] = (A,)) -> None:
        self.town, self.told = Town(), list[Event]()
        self.client = ClusterClient(seeds, manner, Probe(self.told.append))
        self.waited_ms = 0

    def run(self, *argv: bytes) -> Reply:
        """A command, to its reply; what was told of earlier ones is forgotten."""
        self.told.clear()
        for action in self.steps(*argv):
            if isinstance(action, Done):
                return action.reply
        raise AssertionError

    def steps(self, *argv: bytes) -> Iterator[Action]:
        action = self.client.begin(argv)
        while True:
            yield action
            match action:
                case Send():
                    replies = self.town.answer(action)
                    action = (
                        self.client.lost() if replies is None else self.client.answered(replies)
                    )
                case Wait(ms):
                    self.waited_ms += ms
                    action = self.client.woken()
                case Done():
                    return

    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.told]

    def decided(self) -> list[Event]:
        """What was told behind the arithmetic of the key."""
        arithmetic = (KeyTaken, CrcStepped, KeyHashed)
        return [event for event in self.told if not isinstance(event, arithmetic)]

    def asked(self) -> list[int]:
        return [address.port for address, _ in self.town.log]


def test_the_first_command_of_a_smart_client_asks_for_the_map_and_then_the_owner() -> None:
    teller = Teller()
    assert teller.run(b"GET", b"foo") == b"from 7003"
    assert teller.kinds() == [
        KeyTaken, CrcStepped, CrcStepped, CrcStepped, KeyHashed,
        Sent, Answered, MapLearned, OwnerLookedUp, Sent, Answered, Finished,
    ]  # fmt: skip
    assert teller.told[0] == KeyTaken(b"foo", 0, 3)
    assert teller.told[4] == KeyHashed(b"foo", 0, 44950, FOO)
    assert teller.told[7] == MapLearned(A, SLOTS, SLOTS)


def test_a_known_slot_costs_one_question() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    assert teller.run(b"GET", b"bar") == b"from 7001"
    assert [type(event) for event in teller.decided()] == [
        OwnerLookedUp, Sent, Answered, Finished,
    ]  # fmt: skip
    assert teller.decided()[0] == OwnerLookedUp(BAR, A, True)
    assert teller.told[-1] == Finished(b"from 7001", 1)


def test_moved_corrects_one_slot_of_the_map_and_the_command_goes_there() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    teller.town.owners[FOO] = A
    assert teller.run(b"GET", b"foo") == b"from 7001"
    assert teller.decided()[3] == Redirected("MOVED", FOO, A)
    assert teller.decided()[4] == MapCorrected(FOO, C, A)
    assert teller.told[-1] == Finished(b"from 7001", 2, 2)
    assert teller.client.owners[FOO] == A
    assert teller.client.owners[FOO + 1] == C
    teller.town.log.clear()
    teller.run(b"GET", b"foo")
    assert teller.asked() == [7001]


def test_ask_is_followed_once_with_asking_and_the_map_stays_as_it_is() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    teller.town.moving[FOO] = B
    teller.town.log.clear()
    assert teller.run(b"GET", b"foo") == b"from 7002"
    assert teller.town.log == [(C, (b"GET", b"foo")), (B, (b"ASKING",)), (B, (b"GET", b"foo"))]
    assert teller.client.owners[FOO] == C
    assert MapCorrected not in teller.kinds()


def test_a_following_client_goes_there_and_forgets() -> None:
    teller = Teller(Manner.FOLLOWING)
    for _ in range(2):
        teller.town.log.clear()
        assert teller.run(b"GET", b"foo") == b"from 7003"
        assert teller.asked() == [7001, 7003]
    assert teller.client.owners == [None] * SLOTS


def test_a_plain_client_hands_the_redirection_on() -> None:
    teller = Teller(Manner.PLAIN)
    assert teller.run(b"GET", b"foo") == Failure(f"MOVED {FOO} {C}")
    assert teller.asked() == [7001]
    assert teller.run(b"GET", b"bar") == b"from 7001"


def test_a_client_that_keeps_no_map_any_more_does_not_ask_for_one_first() -> None:
    teller = Teller()
    teller.client.manner = Manner.PLAIN
    teller.run(b"GET", b"foo")
    assert teller.asked() == [7001]
    teller.client.manner = Manner.SMART
    assert teller.run(b"GET", b"foo") == b"from 7003"
    assert [event for event in teller.told if isinstance(event, MapLearned)]


def test_only_the_tag_of_a_key_counts() -> None:
    teller = Teller()
    teller.run(b"GET", b"{foo}.x")
    assert teller.told[0] == KeyTaken(b"{foo}.x", 1, 4)
    assert KeyHashed(b"{foo}.x", 0, 44950, FOO) in teller.told


def test_each_row_of_the_table_that_was_read_is_told_up_to_a_bound() -> None:
    teller = Teller()
    teller.run(b"GET", b"0123456789")
    steps = [event for event in teller.told if isinstance(event, CrcStepped)]
    assert len(steps) == BYTES_TOLD
    for before, after in pairwise(steps):
        assert after.before == before.crc
        assert after.crc == ((after.before << 8) & 0xFFFF) ^ CRC16_TABLE[after.row]
    hashed = next(event for event in teller.told if isinstance(event, KeyHashed))
    assert hashed.untold == 2


def test_of_many_keys_the_first_few_are_worked_out() -> None:
    teller = Teller()
    teller.run(b"MGET", *(b"k%d" % number for number in range(20)))
    assert teller.kinds().count(KeyTaken) == KEYS_TOLD


def test_keys_of_several_slots_are_told_and_refused_by_the_node() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    reply = teller.run(b"MGET", b"foo", b"bar")
    assert isinstance(reply, Failure)
    assert reply.text.startswith("CROSSSLOT")
    assert KeysDisagreed((FOO, BAR)) in teller.told


def test_a_command_without_a_key_goes_to_any_node() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    assert teller.run(b"PING") == b"from 7001"
    assert teller.kinds() == [NoKey, Sent, Answered, Finished]


def test_a_dead_node_makes_it_wait_ask_another_for_the_map_and_try_again() -> None:
    teller = Teller()
    teller.run(b"GET", b"foo")
    teller.town.dead.add(C)
    steps = teller.steps(b"GET", b"foo")
    assert isinstance(next(steps), Send)
    assert isinstance(next(steps), Wait)
    teller.town.owners[FOO] = B  # the failover
    assert list(steps)[-1] == Done(b"from 7002")
    assert NodeLost(C) in teller.told
    assert Waited(100, "the node does not answer") in teller.told


def test_a_map_is_asked_for_of_each_node_in_turn_until_one_answers() -> None:
    teller = Teller(seeds=(C, A, B))
    teller.town.dead |= {C}
    assert teller.run(b"GET", b"bar") == b"from 7001"
    assert teller.asked() == [7001, 7001]


def test_a_cluster_that_is_down_is_asked_again_until_it_is_up() -> None:
    teller = Teller()
    teller.town.down = True
    steps = teller.steps(b"GET", b"foo")
    while not isinstance(next(steps), Wait):
        pass
    teller.town.down = False
    assert list(steps)[-1] == Done(b"from 7003")


def test_keys_that_stay_on_their_way_are_not_waited_for_for_long() -> None:
    client = ClusterClient([A], Manner.FOLLOWING)
    action, waits = client.begin([b"MGET", b"{k}1", b"{k}2"]), 0
    again = Failure("TRYAGAIN Multiple keys request during rehashing of slot")
    while not isinstance(action, Done):
        waits += isinstance(action, Wait)
        action = client.woken() if isinstance(action, Wait) else client.answered([again])
    assert action == Done(again)
    assert waits == MOST_TRIES


@pytest.mark.parametrize("manner", list(Manner))
def test_patience_ends(manner: Manner) -> None:
    teller = Teller(manner)
    teller.town.down = True
    assert teller.run(b"GET", b"bar") == Failure("CLUSTERDOWN Hash slot not served")
    assert teller.waited_ms <= MOST_WAITS * 100
    assert not teller.client.busy


def test_nodes_that_point_at_each_other_are_not_followed_forever() -> None:
    client = ClusterClient([A], Manner.FOLLOWING)
    action, asked = client.begin([b"GET", b"foo"]), 0
    while isinstance(action, Send):
        asked += 1
        there = B if action.address == A else A
        action = client.answered([Failure(f"MOVED {FOO} {there}")])
    assert isinstance(action, Done)
    assert asked == MOST_HOPS


def test_an_error_of_the_command_itself_is_its_reply() -> None:
    client = ClusterClient([A], Manner.FOLLOWING)
    client.begin([b"INCR", b"foo"])
    wrong = Failure("WRONGTYPE Operation against a key holding the wrong kind of value")
    assert client.answered([wrong]) == Done(wrong)


def test_a_redirection_that_cannot_be_read_is_the_reply() -> None:
    for text in ("MOVED", "MOVED x 1:2", f"MOVED {SLOTS} h:1", "ASK 3 nowhere", "MOVED 3 h:p"):
        client = ClusterClient([A], Manner.FOLLOWING)
        client.begin([b"GET", b"foo"])
        assert client.answered([Failure(text)]) == Done(Failure(text))


def test_an_empty_or_unknown_host_is_the_one_that_was_asked() -> None:
    for host in ("", "?"):
        client = ClusterClient([A], Manner.FOLLOWING)
        client.begin([b"GET", b"foo"])
        send = client.answered([Failure(f"MOVED {FOO} {host}:7009")])
        assert isinstance(send, Send)
        assert send.address == Address(A.host, 7009)
    owners = read_map([[0, 1, [None, 7005]], [2, 2, [b"", 7006]]], "here")
    assert owners is not None
    assert owners[:4] == [Address("here", 7005)] * 2 + [Address("here", 7006), None]


@pytest.mark.parametrize(
    "reply",
    [
        OK, b"x", [1], [[0, 1]], [[0, SLOTS, [b"h", 1]]], [[5, 4, [b"h", 1]]], [[-1, 4, [b"h", 1]]],
        [[0, 1, b"h"]], [[0, 1, [b"h"]]], [[0, 1, [b"h", b"1"]]], [[b"0", 1, [b"h", 1]]],
    ],
)  # fmt: skip
def test_what_is_no_map_is_not_taken_for_one(reply: Reply) -> None:
    assert read_map(reply, "h") is None


def test_a_node_that_gives_no_map_is_asked_again_later_and_in_the_end_given_up() -> None:
    client = ClusterClient([A])
    action = client.begin([b"GET", b"foo"])
    for _ in range(2 * MOST_WAITS + 1):
        if isinstance(action, Done):
            break
        wrong = Failure("ERR This instance has cluster support disabled")
        action = client.answered([wrong]) if isinstance(action, Send) else client.woken()
    assert action == Done(wrong)


def test_a_stale_map_is_one_that_was_right_once() -> None:
    teller = Teller()
    teller.client.remember([A] * SLOTS)
    assert teller.run(b"GET", b"foo") == b"from 7003"
    assert teller.asked() == [7001, 7003]
    with pytest.raises(ValueError, match="16384"):
        teller.client.remember([A])
    teller.client.refresh()
    teller.run(b"PING")
    assert MapLearned in teller.kinds()


def test_frozen_in_the_midst_of_a_command_it_goes_on_the_same_way() -> None:
    whole, parts = Teller(), Teller()
    for teller in (whole, parts):
        teller.run(b"GET", b"bar")
        teller.town.owners[FOO] = A
        teller.town.moving[FOO] = B
        teller.told.clear()
    expected = list(whole.steps(b"GET", b"foo"))
    told = list(whole.told)
    client = parts.client
    action = client.begin([b"GET", b"foo"])
    for step in expected:
        assert action == step
        twin = ClusterClient([A], probe=client.probe)
        twin.thaw(client.freeze())
        client = twin
        if isinstance(action, Send):
            replies = parts.town.answer(action)
            assert replies is not None
            action = client.answered(replies)
    assert parts.told == told


def test_one_command_at_a_time() -> None:
    client = ClusterClient([A])
    with pytest.raises(RuntimeError, match="not busy"):
        client.answered([OK])
    client.begin([b"GET", b"foo"])
    with pytest.raises(RuntimeError, match="is busy"):
        client.begin([b"GET", b"foo"])
    client.give_up()
    client.begin([b"GET", b"foo"])


def test_a_client_needs_somebody_to_ask() -> None:
    with pytest.raises(ValueError, match="one node"):
        ClusterClient([])


def test_unwatched_it_does_the_same() -> None:
    watched = Teller()
    quiet = Teller()
    quiet.client.probe.emit = None
    for argv in ([b"GET", b"foo"], [b"MGET", b"a", b"b"], [b"PING"], [b"NOSUCH", b"x"], []):
        if argv:
            assert list(watched.steps(*argv)) == list(quiet.steps(*argv))


def test_keys_are_those_the_command_table_names() -> None:
    assert keys_of([b"mset", b"a", b"1", b"b", b"2"]) == [b"a", b"b"]
    assert keys_of([b"OBJECT", b"ENCODING", b"k"]) == [b"k"]
    assert keys_of([b"EVAL", b"return 1", b"2", b"x", b"y", b"z"]) == [b"x", b"y"]
    assert keys_of([b"PING"]) == keys_of([b"NOSUCH", b"a"]) == keys_of([]) == []


def test_who_has_no_port_is_no_owner_and_a_redirection_there_is_the_reply() -> None:
    assert read_map([[0, 16383, [b"", 0, b"x" * 40]]], "10.0.0.1") == [None] * 16384
    client = ClusterClient([A], Manner.FOLLOWING)
    client.begin((b"GET", b"foo"))
    assert client.answered([Failure("MOVED 12182 :0")]) == Done(Failure("MOVED 12182 :0"))
