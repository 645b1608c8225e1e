"""What one node believes, and what a message says: told as it stands in state and bytes."""

from __future__ import annotations

import pytest

from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.message import (
    AUTH_ACK,
    AUTH_REQUEST,
    MEET,
    MESSAGE_FORCEACK,
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_NOADDR,
    NODE_SLAVE,
    PUBLISH,
    UPDATE,
    AuthAck,
    AuthRequest,
    Fail,
    Gossip,
    Header,
    LightHeader,
    Message,
    Ping,
    Publish,
    Unknown,
    Update,
)
from redlearn.cluster.state import Election
from redlearn.views.gossip import (
    MESSAGES_SHOWN,
    Flight,
    GossipView,
    gist,
    look_at,
    type_name,
)
from tests.views.bus import IDS, LETTERS, flights, seen_by_a

NOW = 9_010


def seen(opened: int = -1, now_ms: int = NOW) -> GossipView:
    state = seen_by_a()
    return look_at(state, LETTERS, flights(state), now_ms, opened)


def test_each_node_has_a_row_with_role_health_epoch_and_when_it_was_heard() -> None:
    rows = [(row.letter, row.role, row.health, row.epoch, row.heard_ms) for row in seen().nodes]
    assert rows == [
        ("A", "primary", "ok", 1, -1),
        ("B", "primary", "ok", 2, 110),
        ("C", "primary", "fail?", 3, 210),
        ("D", "replica of A", "ok", 4, 310),
    ]


def test_who_reports_a_failure_is_named_beside_the_majority_that_it_takes() -> None:
    view = seen()
    assert view.nodes[2].reporters == ("A", "B")  # A's own word counts: it is a primary
    assert view.majority == 2


def test_a_handshake_and_a_failure_agreed_on_are_told_apart() -> None:
    state = seen_by_a()
    state.nodes[IDS["C"]].flags |= NODE_FAIL
    state.nodes[IDS["B"]].flags |= NODE_HANDSHAKE
    rows = look_at(state, LETTERS, [], NOW).nodes
    assert [row.role for row in rows][:2] == ["primary", "handshake"]
    assert rows[2].health == "fail"


@pytest.mark.parametrize(
    ("election", "says"),
    [
        (Election(), ""),
        (Election(at_ms=9_700, rank=1), "stands for election at 9.70 s, rank 1"),
        (Election(at_ms=9_000, asked=True, epoch=7, voters=(b"v" * 40,)),
         "asked for votes in epoch 7: 1 of 2"),
        (Election(blocked="data too old"), "does not stand: data too old"),
    ],
)  # fmt: skip
def test_a_candidacy_is_told_with_its_votes(election: Election, says: str) -> None:
    state = seen_by_a()
    state.election = election
    assert look_at(state, LETTERS, [], NOW).election == ""  # a primary's is past
    state.myself.flags = NODE_SLAVE
    assert look_at(state, LETTERS, [], NOW).election == says


def test_messages_fly_until_they_arrive_or_are_lost() -> None:
    assert [row.state for row in seen().messages] == ["flying", "lost"]
    assert [row.state for row in seen(now_ms=9_031).messages] == ["arrived", "lost"]
    assert [row.took_ms for row in seen().messages] == [31, -1]


def test_only_as_many_messages_are_read_as_are_shown() -> None:
    state = seen_by_a()
    one = flights(state)[0]
    many = iter([one] * 1000)
    assert len(look_at(state, LETTERS, many, NOW).messages) == MESSAGES_SHOWN
    assert len(list(many)) == 1000 - MESSAGES_SHOWN - 1


def test_a_message_taken_apart_shows_header_bitmap_and_gossip() -> None:
    inside = seen(opened=9).inside
    assert inside is not None
    assert inside.title == "PING B → A, 2,568 bytes"
    assert dict(inside.fields) == {
        "sender": "B bbbbbbbb…",
        "epochs": "current 6, config 2",
        "offset": "100",
        "role": "primary",
        "state": "ok",
        "ports": "7002 for clients, 17002 for nodes",
    }
    assert sum(inside.bars) == 5461
    assert inside.share == 2048
    assert inside.gossip == (
        "C 127.0.0.1:7003 fail?, unanswered for 4 s, last heard 5 s before",
        "D 127.0.0.1:7004 ok, last heard 1 s before",
    )


def test_nothing_is_taken_apart_unasked() -> None:
    assert seen().inside is None
    assert seen(opened=77).inside is None


def test_a_light_message_has_no_state_to_show() -> None:
    state = seen_by_a()
    light = Flight(1, 0, 1, "A", "B", 40, Publish(LightHeader(PUBLISH), b"ch", b"hi"))
    inside = look_at(state, LETTERS, [light], NOW, opened=1).inside
    assert inside is not None
    assert inside.fields == (("header", "light: 16 bytes"),)
    assert inside.bars == ()


def head(kind: int, flags: bytes = b"\0\0\0") -> Header:
    return Header(kind, IDS["B"], 7, 2, mflags=flags)


@pytest.mark.parametrize(
    ("message", "name", "says"),
    [
        (Ping(head(0)), "PING", "about nobody"),
        (Ping(head(MEET)), "MEET", "asks to be let in; about nobody"),
        (Ping(head(1), (Gossip(IDS["X"], 0, 0, b"", 0, 0, NODE_MASTER),)), "PONG", "about ?"),
        (Fail(head(3), IDS["C"]), "FAIL", "C has failed"),
        (AuthRequest(head(AUTH_REQUEST)), "AUTH-REQ", "asks for a vote in epoch 7"),
        (AuthAck(head(AUTH_ACK)), "AUTH-ACK", "votes for it in epoch 7"),
        (Update(head(UPDATE), 9, IDS["D"], bitmap_of(range(5))), "UPDATE",
         "D has 5 slots since epoch 9"),
        (Publish(head(PUBLISH), b"ch\x1b", b"hi"), "PUBLISH", "ch\\x1b: hi"),
        (Unknown(head(77), b"?"), "TYPE 77", ""),
    ],
)  # fmt: skip
def test_every_type_of_message_says_what_it_is_about(
    message: Message, name: str, says: str
) -> None:
    assert (type_name(message), gist(message, LETTERS)) == (name, says)


def test_gossip_about_many_is_counted() -> None:
    many = tuple(Gossip(IDS["C"], 0, 0, b"", 0, 0, NODE_FAIL) for _ in range(10))
    assert gist(Ping(head(0), many), LETTERS).endswith("C fail C fail and 2 more")


def test_flags_of_a_manual_failover_and_of_an_unknown_address_are_told() -> None:
    state = seen_by_a()
    odd = Gossip(IDS["C"], 0, 0, b"", 0, 0, NODE_NOADDR)
    flight = Flight(1, 0, 1, "B", "A", 1, Ping(head(0, bytes([MESSAGE_FORCEACK, 0, 0])), (odd,)))
    inside = look_at(state, LETTERS, [flight], NOW, opened=1).inside
    assert inside is not None
    assert ("force", "vote though the primary is not known to fail") in inside.fields
    assert inside.gossip == ("C no address:0 ok no address",)


def test_a_stranger_is_a_question_mark() -> None:
    state = seen_by_a()
    assert {row.letter for row in look_at(state, {}, [], NOW).nodes} == {"?"}
