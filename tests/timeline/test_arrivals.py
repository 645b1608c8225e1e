from __future__ import annotations

import pytest

from redlearn.timeline.arrivals import Arrivals


@pytest.fixture
def came() -> Arrivals:
    """ "a" is 2 and comes again as 3; after a restart a stranger is 2, and "b" is 3."""
    made = Arrivals()
    for number, client, name in ((1, 1, ""), (4, 2, "a"), (6, 3, "a"), (9, 2, None), (10, 3, "b")):
        made.came(number, client, name)
    return made


def test_a_name_is_whoever_came_last_under_it_up_to_that_moment(came: Arrivals) -> None:
    assert [came.client("a", position) for position in (3, 4, 5, 6, 9)] == [0, 2, 2, 3, 3]


def test_it_is_nobodys_once_somebody_else_came_with_the_id(came: Arrivals) -> None:
    assert came.client("a", 10) == 0
    assert came.client("b", 10) == 3


def test_who_never_came_is_nobody(came: Arrivals) -> None:
    assert came.client("z", 10) == 0
    assert Arrivals().names(5) == {}


def test_ids_have_the_names_of_that_moment(came: Arrivals) -> None:
    assert came.names(0) == {}
    assert came.names(8) == {1: "", 2: "a", 3: "a"}
    assert came.names(10) == {1: "", 3: "b"}
