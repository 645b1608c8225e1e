"""The film of a command: which steps a client's facts become, and how it is wound."""

from __future__ import annotations

import pytest

from redlearn.cluster.client import (
    BYTES_TOLD,
    KEYS_TOLD,
    Address,
    Answered,
    ClusterClient,
    Done,
    Finished,
    KeyHashed,
    KeysDisagreed,
    Manner,
    MapCorrected,
    MapLearned,
    NodeLost,
    NoKey,
    OwnerLookedUp,
    Redirected,
    Sent,
    Unanswered,
    Wait,
    Waited,
)
from redlearn.cluster.failover import ElectionWon
from redlearn.probe import Event, Probe
from redlearn.resp.reply import Failure, Reply
from redlearn.views.route import (
    MOST_STEPS,
    answer_text,
    look_at,
    news_of,
    wound_to,
)

A, B, C = (Address("10.0.0.1", port) for port in (7001, 7002, 7003))
LETTERS = {A: "A", B: "B", C: "C"}


def hashed(key: bytes) -> list[Event]:
    """What a client tells of one key."""
    told: list[Event] = []
    client = ClusterClient([A], Manner.FOLLOWING, Probe(told.append))
    client.begin([b"GET", key])
    end = next(at for at, fact in enumerate(told) if isinstance(fact, KeyHashed))
    return told[: end + 1]


def said(*facts: Event) -> list[tuple[str, str]]:
    view = look_at([b"GET", b"k"], "smart", [(0, fact) for fact in facts], LETTERS)
    return [(step.kind, step.says) for step in view.steps]


def test_a_key_becomes_its_bytes_each_row_of_the_table_and_the_remainder() -> None:
    assert said(*hashed(b"foo")) == [
        ("key", "key foo: all of it counts"),
        ("crc", "f (66): row 00 xor 66 = 66 holds 0c60; 0000 xor 0c60 = 0c60"),
        ("crc", "o (6f): row 0c xor 6f = 63 holds 5cc5; 6000 xor 5cc5 = 3cc5"),
        ("crc", "o (6f): row 3c xor 6f = 53 holds 6a96; c500 xor 6a96 = af96"),
        ("crc", "CRC16 = af96 = 44950, mod 16384 = slot 12182"),
    ]


def test_what_each_row_says_can_be_checked_by_hand() -> None:
    for _, says in said(*hashed(b"user:1001"))[1:-1]:
        left, entry, result = says.split("; ")[1].replace("=", "xor").split(" xor ")
        assert int(left, 16) ^ int(entry, 16) == int(result, 16)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (b"{user:1}:cart", "key {user:1}:cart: only its tag counts, user:1"),
        (b"foo{}{bar}", "key foo{}{bar}: no tag that holds anything, so all of it counts"),
        (b"{open", "key {open: no tag that holds anything, so all of it counts"),
        (b"", 'key "": all of it counts'),
    ],
)
def test_the_first_step_says_which_bytes_count(key: bytes, says: str) -> None:
    assert said(*hashed(key))[0] == ("key", says)


def test_a_long_key_is_not_walked_to_its_end() -> None:
    steps = said(*hashed(b"x" * 1000))
    assert len(steps) == BYTES_TOLD + 2
    assert steps[-1][1].startswith("992 more bytes the same way; CRC16 = ")


@pytest.mark.parametrize(
    ("fact", "step"),
    [
        (OwnerLookedUp(7, A, True), ("map", "slot 7: by the client's map that is 10.0.0.1:7001")),
        (OwnerLookedUp(7, None, True),
         ("map", "slot 7: the map knows no owner, the client tries a node")),
        (OwnerLookedUp(7, None, False),
         ("map", "slot 7: this client keeps no map, and tries a node")),
        (NoKey(), ("map", "the command names no key: any node will do")),
        (KeysDisagreed((1, 2)),
         ("turn", "the keys are in several slots (1, 2): no node takes that")),
        (KeysDisagreed((1, 2, 3, 4, 5)),
         ("turn", "the keys are in several slots (1, 2, 3, 4, …): no node takes that")),
        (MapLearned(A, 16384, 3), ("map", "a map of 16,384 slots, 3 of them new to it")),
        (Sent(A, ((b"ASKING",), (b"GET", b"k"))), ("send", "ASKING + GET k")),
        (Answered(A, b"v"), ("reply", '"v"')),
        (NodeLost(A), ("lost", "no answer")),
        (Redirected("MOVED", 7, B), ("turn", "slot 7 is not there: its owner is 10.0.0.1:7002")),
        (Redirected("ASK", 7, B),
         ("turn", "slot 7 is on the move: for this once to 10.0.0.1:7002")),
        (MapCorrected(7, A, B),
         ("map", "the map is corrected: slot 7, 10.0.0.1:7001 → 10.0.0.1:7002")),
        (MapCorrected(7, None, B),
         ("map", "the map is corrected: slot 7, nobody → 10.0.0.1:7002")),
        (Waited(100, "nobody serves it"), ("wait", "nobody serves it: wait 100 ms or more")),
        (Finished(b"v", 1), ("done", 'the application gets "v", straight away')),
        (Finished(b"v", 3),
         ("done", 'the application gets "v", after 3 questions to one node')),
        (Finished(b"v", 21, 3),
         ("done", 'the application gets "v", after 21 questions to 3 nodes')),
        (Finished(Failure("CROSSSLOT Keys in request don't hash to the same slot")),
         ("done", "the application gets the error CROSSSLOT, straight away")),
        (Unanswered(A),
         ("done", "no reply comes to this one, and the client does not wait for any")),
    ],
)  # fmt: skip
def test_each_fact_has_its_sentence(fact: Event, step: tuple[str, str]) -> None:
    assert said(fact) == [step]


def test_facts_of_others_are_no_part_of_the_film() -> None:
    assert said(Event(), NoKey(), Event()) == said(NoKey())


def test_only_nodes_that_play_a_part_have_a_lane_in_the_order_of_their_ports() -> None:
    told = [(0, Sent(C, ((b"GET", b"k"),))), (1, Answered(C, None)), (2, Sent(A, ((b"PING",),)))]
    assert look_at([b"GET", b"k"], "smart", told, LETTERS).lanes == ((A, "A"), (C, "C"))
    assert look_at([b"GET", b"k"], "smart", told, {}).lanes == ((A, "?"), (C, "?"))


def test_it_is_wound_forward_and_back_and_no_further_than_its_ends() -> None:
    view = look_at(
        [b"GET", b"foo"], "smart", [*((5, fact) for fact in hashed(b"foo")), (9, NoKey())], LETTERS
    )
    assert view.shown == len(view.steps) == 6
    back = wound_to(view, 1)
    assert back.now == view.steps[0]
    assert back.steps == view.steps
    assert wound_to(back, 99) == view
    assert wound_to(view, -3).now is None


def test_every_step_remembers_its_moment_and_its_slot() -> None:
    view = look_at(
        [b"GET", b"foo"], "smart", [*((5, fact) for fact in hashed(b"foo")), (9, NoKey())], LETTERS
    )
    assert {(step.at_ms, step.slot) for step in view.steps} == {(5, 12182), (9, -1)}


def test_of_a_film_without_an_end_the_last_steps_are_kept_and_counted_from_the_first() -> None:
    told: list[tuple[int, Event]] = [(at, NoKey()) for at in range(MOST_STEPS + 50)]
    view = look_at([b"PING"], "smart", told, LETTERS)
    assert len(view.steps) == view.shown == MOST_STEPS
    assert (view.steps[0].at_ms, view.left_out) == (50, 50)
    assert (now := wound_to(view, 60).now) is not None
    assert now.at_ms == 59
    assert wound_to(view, 50).now is wound_to(view, 3).now is None
    later = look_at([b"PING"], "smart", told[:10], LETTERS, untold=400)
    assert (len(later.steps), later.left_out) == (10, 400)


def test_no_film_of_a_client_is_too_long_to_be_kept() -> None:
    told: list[tuple[int, Event]] = []
    client = ClusterClient([A, B], Manner.SMART, Probe(lambda fact: told.append((0, fact))))
    keys = [b"a long key, number %d" % number for number in range(KEYS_TOLD + 1)]
    action = client.begin([b"MGET", *keys])
    down = Failure("CLUSTERDOWN Hash slot not served")
    map_of_a = [[0, 16383, [b"10.0.0.1", 7001, b"id", []]]]
    while not isinstance(action, Done):
        if isinstance(action, Wait):
            action = client.woken()
        else:
            action = client.answered([map_of_a if action.commands[0][0] == b"CLUSTER" else down])
    view = look_at([b"MGET", *keys], "smart", told, LETTERS)
    assert view.steps[0].kind == "key"
    assert view.steps[-1].kind == "done"


def test_a_node_is_called_by_the_first_digits_of_its_id() -> None:
    order = (b"CLUSTER", b"SETSLOT", b"7", b"NODE", b"38ed7661bbf9f7395ecf4612c1a51ce36e999537")
    assert said(Sent(A, (order,))) == [("send", "CLUSTER SETSLOT 7 NODE 38ed7661…")]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ([[0, 5460, [b"h", 1]], [5461, 16383, [b"h", 2]]], "a map of 2 ranges"),
        (b"a" * 40 + b" 10.0.0.1:7001@17001,, myself,master - 0 0 1 connected 0-5460\n"
         + b"b" * 40 + b" 10.0.0.1:7002@17002,, master - 0 9 2 connected 5461-16383\n",
         "what it knows of 2 nodes"),
        (b"a" * 40 + b" and more", f'"{"a" * 32}…"'),
        (Failure("MOVED 7 h:1"), "MOVED 7 h:1"),
        (Failure("ERR \x1b[2J"), "ERR \\x1b[2J"),
        (b"\x1b]0;x\x07", '"\\x1b]0;x\\a"'),
        (3, "3"),
        (None, "nil"),
    ],
)  # fmt: skip
def test_replies_are_told_in_few_words_and_without_control_bytes(reply: Reply, says: str) -> None:
    assert answer_text(reply) == says


@pytest.mark.parametrize(
    ("voters", "by"), [((b"a", b"c"), "A and C"), ((b"a", b"b", b"c", b"d"), "4 primaries")]
)
def test_who_is_elected_is_told_with_all_who_voted(voters: tuple[bytes, ...], by: str) -> None:
    names = {b"a": "A", b"b": "B", b"c": "C", b"d": "D", b"e": "E"}
    step = news_of(ElectionWon(b"e", 4, voters, 2), names)
    assert step is not None and step.says == f"meanwhile E is elected in epoch 4 by {by}"
