"""Triplets: a field, its value, and when it ends, the first to end in front."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.listpack import EntryVisited, Listpack
from redlearn.engine.structures.listpackex import ListpackEx
from redlearn.probe import Event, Probe


def triples(probe: Probe | None = None) -> ListpackEx:
    """Three fields: b ends at 20, c at 30, a never."""
    pairs = Listpack(Probe())
    pairs.append(b"a", b"1", b"b", b"2", b"c", b"3")
    made = ListpackEx.of_pairs(pairs, probe or Probe())
    made.set_moment(b"c", 30)
    made.set_moment(b"b", 20)
    return made


def fields_of(hash: ListpackEx) -> bytes:
    return b"".join(field for field, _, _ in hash.rows())


def test_pairs_become_triplets_that_never_end() -> None:
    pairs = Listpack(Probe())
    pairs.append(b"a", b"1", b"b", b"text")
    made = ListpackEx.of_pairs(pairs, Probe())
    assert made.rows() == [(b"a", b"1", 0), (b"b", b"text", 0)]
    assert (len(made), made.first_ms) == (2, 0)
    made.check()


def test_the_first_to_end_is_in_front_and_what_stays_is_last() -> None:
    made = triples()
    assert made.rows() == [(b"b", b"2", 20), (b"c", b"3", 30), (b"a", b"1", 0)]
    assert made.first_ms == 20
    made.set_moment(b"a", 25)
    assert fields_of(made) == b"bac"
    made.set_moment(b"b", 0)
    assert fields_of(made) == b"acb"


def test_of_two_that_end_together_the_later_comes_first() -> None:
    made = triples()
    made.add(b"d", b"4", 30)
    assert fields_of(made) == b"bdca"


def test_a_field_is_read_with_its_moment() -> None:
    made = triples()
    assert [made.row(field) for field in (b"c", b"a", b"1")] == [(b"3", 30), (b"1", 0), None]


@pytest.mark.parametrize(
    ("keep", "rows"),
    [
        (True, [(b"b", b"new", 20), (b"c", b"3", 30), (b"a", b"1", 0)]),
        (False, [(b"c", b"3", 30), (b"a", b"1", 0), (b"b", b"new", 0)]),
    ],
)
def test_a_new_value_keeps_the_moment_or_not(
    keep: bool, rows: list[tuple[bytes, bytes, int]]
) -> None:
    made = triples()
    assert not made.put(b"b", b"new", keep)
    assert made.rows() == rows
    assert made.put(b"d", b"4", keep)
    assert made.rows()[-1] == (b"d", b"4", 0)
    made.check()


@pytest.mark.parametrize(
    ("now_ms", "limit", "fields"), [(19, 9, b""), (30, 9, b"bc"), (99, 1, b"b")]
)
def test_what_is_due_lies_in_front(now_ms: int, limit: int, fields: bytes) -> None:
    made = triples()
    assert b"".join(field for _, field in made.due(now_ms, limit)) == fields
    made.drop_first(len(fields))
    assert len(made) == 3 - len(fields)
    made.check()


def test_the_walk_to_the_place_of_a_moment_can_be_watched() -> None:
    events: list[Event] = []
    made = triples(Probe(events.append))
    events.clear()
    made.add(b"d", b"4", 25)
    walked = [(e.index, e.matched) for e in events if isinstance(e, EntryVisited)]
    assert walked == [(2, False), (5, True)]


def test_watching_changes_nothing() -> None:
    assert triples().pack.freeze() == triples(Probe(lambda event: None)).pack.freeze()


def test_a_pack_from_outside_is_looked_through() -> None:
    good = triples().pack
    assert ListpackEx.load(good, Probe()).rows() == triples().rows()
    good.append(b"x")
    with pytest.raises(ValueError, match="no triplets"):
        ListpackEx.load(good, Probe())


def test_a_broken_order_is_found() -> None:
    made = triples()
    made.pack.append(b"z", b"1", b"10")
    with pytest.raises(AssertionError, match="order"):
        made.check()


def test_it_equals_a_plain_list_whatever_is_done() -> None:
    rng, made = Random(2), ListpackEx(Probe())
    model: dict[bytes, tuple[bytes, int]] = {}
    for _ in range(1500):
        field, moment = b"f%d" % rng.randrange(12), rng.choice((0, rng.randrange(1, 30)))
        kind = rng.randrange(4)
        if kind == 0:
            assert made.remove(field) == (model.pop(field, None) is not None)
        elif kind == 1:
            keep = rng.random() < 0.5
            assert made.put(field, b"%d" % moment, keep) == (field not in model)
            model[field] = b"%d" % moment, model[field][1] if keep and field in model else 0
        elif field in model:
            made.set_moment(field, moment)
            model[field] = model[field][0], moment
        made.check()
        assert {row[0]: row[1:] for row in made.rows()} == model
