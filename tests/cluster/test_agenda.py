"""The agenda of virtual time."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster.agenda import Agenda


def taken(agenda: Agenda) -> list[tuple[int, object]]:
    return [
        (entry.due_us, entry.what)
        for entry in iter(lambda: agenda.take() if len(agenda) else None, None)
    ]


def test_the_soonest_comes_first() -> None:
    agenda = Agenda()
    for due in (30, 10, 20):
        agenda.put(due, f"at {due}")
    assert taken(agenda) == [(10, "at 10"), (20, "at 20"), (30, "at 30")]


def test_entries_of_one_moment_come_in_the_order_in_which_they_were_put_down() -> None:
    agenda = Agenda()
    for what in ("first", "second", "third"):
        agenda.put(5, what)
    assert [what for _, what in taken(agenda)] == ["first", "second", "third"]


def test_what_cannot_be_compared_can_be_put_down() -> None:
    agenda = Agenda()
    agenda.put(5, {"a": 1})
    agenda.put(5, object())
    assert len(taken(agenda)) == 2


def test_taking_an_entry_puts_the_time_there() -> None:
    agenda = Agenda(now_us=3)
    agenda.put(70, "x")
    agenda.take()
    assert agenda.now_us == 70
    assert agenda.next_us() is None


def test_nothing_is_put_down_for_the_past() -> None:
    with pytest.raises(AssertionError):
        Agenda(now_us=10).put(9, "late")


def test_a_frozen_agenda_comes_back_with_its_time_and_order() -> None:
    rng, agenda = Random(1), Agenda()
    for number in range(200):
        agenda.put(rng.randrange(50), number)
    for _ in range(20):
        agenda.take()
    frozen = agenda.freeze()
    rest = taken(agenda)
    agenda.thaw(frozen)
    agenda.put(agenda.now_us, "new")
    assert [pair for pair in taken(agenda) if pair[1] != "new"] == rest
