"""What happens to lists and sets is told in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from redlearn.views.list_sentences import ALGEBRA, LISTS, SETS
from redlearn.views.narration import sentence
from tests.views.showing import Showing

THREE = {"list-max-listpack-size": "3"}


def told(*lines: str, config: Mapping[str, str] = THREE) -> list[str]:
    """The sentences that the last of some commands leads to."""
    show = Showing(*lines, config=config)
    return [sentence(event) for event in show.events() if type(event) in (LISTS | SETS | ALGEBRA)]


def test_a_push_tells_whether_the_node_had_room() -> None:
    assert told("RPUSH q a b c d", "RPUSH q e") == [
        "Node 1 holds 1 element in 10 bytes: one more of 1 byte fits."
    ]
    assert told("RPUSH q a b c d e f", "RPUSH q g") == [
        "Node 1 holds 3 elements in 16 bytes: one more of 1 byte does not fit.",
        "Node 2 is linked in.",
    ]


def test_a_pop_tells_what_it_takes_and_a_trim_how_many() -> None:
    assert told("RPUSH q a b c d", "RPOP q")[0] == "Element 0 of node 1 is taken out."
    assert "2 elements of node 0 are taken out, from 0 on." in told("RPUSH q a b c d", "LPOP q 2")


def test_an_element_of_one_listpack_is_reached_past_others() -> None:
    assert told("RPUSH q a b c", "LINDEX q 1") == ["Element 1, at byte 9, is reached past 1 other."]


def test_a_widening_says_from_what_to_what() -> None:
    said = told("SADD s 1", "SADD s 70000")
    assert said == [
        "All 1 numbers are widened from 2 to 4 bytes.",
        "70000 goes to place 1; 0 move up.",
    ]


def test_an_intersection_is_told_question_by_question() -> None:
    assert told("SADD a x y", "SADD b y z w", "SINTER b a") == [
        "The intersection of b (3), a (2) is wanted.",
        "The 2 members of a are gone through: it is the smallest.",
        "b is asked for x: no.",
        "So x is not in the result.",
        "b is asked for y: it has it.",
        "So y is in the result.",
    ]


def test_a_difference_tells_what_both_ways_cost() -> None:
    said = told("SADD a x y", "SADD b y z w", "SDIFF a b")
    assert said[1] == (
        "Two ways: asking for each member costs 2 at most, copying and taking out 5; "
        "the first is taken."
    )
