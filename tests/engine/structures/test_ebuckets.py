"""What ends, in the order in which it ends."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.ebuckets import LATEST_MS, NO_TIME, Ebuckets


def order_of(**moments: int) -> Ebuckets:
    made = Ebuckets()
    for name, moment in moments.items():
        made.put(name.encode(), moment)
    return made


def test_the_first_to_end_is_known() -> None:
    order = order_of(a=30, b=10, c=20)
    assert (order.first_ms, len(order)) == (10, 3)
    assert order.rows() == [(10, b"b"), (20, b"c"), (30, b"a")]
    assert order.rows(1, 1) == [(20, b"c")]
    order.remove(b"b")
    assert order.first_ms == 20
    order.clear()
    assert (order.first_ms, len(order)) == (NO_TIME, 0)


def test_a_new_moment_takes_the_place_of_the_old() -> None:
    order = order_of(a=30, b=20)
    order.put(b"a", 10)
    assert order.rows() == [(10, b"a"), (20, b"b")]
    assert (order.moment_of(b"a"), order.moment_of(b"none")) == (10, NO_TIME)
    assert order.remove(b"a")
    assert not order.remove(b"a")


@pytest.mark.parametrize(
    ("now_ms", "limit", "names"), [(9, 9, ""), (10, 9, "a"), (25, 9, "ab"), (99, 2, "ab")]
)
def test_what_is_due_comes_from_the_front(now_ms: int, limit: int, names: str) -> None:
    order = order_of(c=30, a=10, b=20)
    assert [item.decode() for _, item in order.due(now_ms, limit)] == list(names)
    assert len(order) == 3


def test_what_ends_together_comes_in_the_order_of_its_bytes() -> None:
    assert order_of(b=5, a=5).rows() == [(5, b"a"), (5, b"b")]


def test_the_last_moment_is_that_of_redis() -> None:
    assert LATEST_MS == 70_368_744_177_663


def test_it_comes_back_as_it_was() -> None:
    order = order_of(a=30, b=10)
    again = Ebuckets.thaw(order.freeze())
    assert again.freeze() == order.freeze() == ((10, b"b"), (30, b"a"))
    again.check()


def test_it_stays_in_order_whatever_is_done() -> None:
    rng, order = Random(1), Ebuckets()
    model: dict[bytes, int] = {}
    for _ in range(2000):
        item = b"%d" % rng.randrange(40)
        if rng.random() < 0.3:
            assert order.remove(item) == (model.pop(item, None) is not None)
        else:
            model[item] = rng.randrange(1, 50)
            order.put(item, model[item])
        order.check()
        assert order.rows() == sorted((moment, name) for name, moment in model.items())
        assert order.first_ms == min(model.values(), default=NO_TIME)
