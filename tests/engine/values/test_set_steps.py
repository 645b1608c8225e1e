"""What set algebra tells: which way was chosen, who was asked, and what is about which key."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from redlearn.engine.structures.intset import Halved, NumberInserted
from redlearn.engine.values.set_steps import (
    DifferenceWeighed,
    MemberAsked,
    MemberSettled,
    ResultBegun,
    SetsGathered,
    SetWalked,
)
from redlearn.probe import Event
from redlearn.timeline.session import Envelope, Session

STEPS = (DifferenceWeighed, MemberAsked, MemberSettled, ResultBegun, SetsGathered, SetWalked)


def run(*lines: str) -> Sequence[Envelope]:
    """The envelopes of the last of some commands."""
    session = Session()
    client = session.connect()
    for line in lines:
        session.execute(client, [word.encode() for word in line.split()])
    return session.events(session.position)


def steps(*lines: str) -> list[Event]:
    return [each.event for each in run(*lines) if isinstance(each.event, STEPS)]


def test_the_smallest_is_walked_and_the_others_are_asked() -> None:
    assert steps("SADD a x y", "SADD b y z w", "SINTER b a") == [
        SetsGathered("intersection", (b"b", b"a"), (3, 2)),
        SetWalked(b"a", 2, "the smallest"),
        MemberAsked(b"b", b"x", False),
        MemberSettled(b"x", False),
        MemberAsked(b"b", b"y", True),
        MemberSettled(b"y", True),
    ]


def test_a_missing_set_ends_an_intersection_before_it_begins() -> None:
    assert steps("SADD a x", "SINTER a none") == [
        SetsGathered("intersection", (b"a", b"none"), (1, -1))
    ]


@pytest.mark.parametrize(
    ("others", "weighed", "walked"),
    [
        (["b"], DifferenceWeighed(3, 5), ["each is asked for"]),
        (["c", "c", "c", "c"], DifferenceWeighed(7, 7), ["each is asked for"]),
        (["c"] * 7, DifferenceWeighed(12, 10), ["copied", *["taken out"] * 7]),
    ],
)
def test_the_cheaper_way_to_a_difference_is_chosen(
    others: list[str], weighed: DifferenceWeighed, walked: list[str]
) -> None:
    said = steps("SADD a x y z", "SADD b x y", "SADD c x", f"SDIFF a {' '.join(others)}")
    assert said[1] == weighed
    assert [each.why for each in said if isinstance(each, SetWalked)] == walked


def test_what_a_set_is_asked_is_told_of_its_own_key() -> None:
    told = run("SADD a 1 5", "SADD b 2 3 4 5", "SADD c 0 5 9", "SINTER a b c")
    halved = {each.key for each in told if isinstance(each.event, Halved)}
    assert halved == {b"b", b"c"}


def test_a_result_is_nobodys_until_it_is_stored() -> None:
    told = run("SADD a 1", "SADD b 2", "SUNIONSTORE d a b")
    assert {each.key for each in told if isinstance(each.event, NumberInserted)} == {b""}
    assert told[-2].key == b"d"


def test_what_moves_is_told_of_the_key_it_leaves_and_of_the_one_it_comes_to() -> None:
    told = run("SADD a 1 2", "SADD b 7", "SMOVE a b 2")
    assert [each.key for each in told if isinstance(each.event, NumberInserted)] == [b"b"]
    assert [each.key for each in told if type(each.event).__name__ == "NumberRemoved"] == [b"a"]
