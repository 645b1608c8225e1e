"""Jobs: what a node keeps of slots that move as a whole."""

from __future__ import annotations

import pytest

from redlearn.cluster.slot_jobs import (
    CANCELLED,
    CLEANING_UP,
    CONNECTING,
    EXPORT,
    FAILED,
    GRANTED,
    IMPORT,
    ON_PRIMARY,
    RECEIVING_SNAPSHOT,
    SUCCESS,
    Job,
    Jobs,
    as_words,
    named_ranges,
)
from tests.cluster.desk import id_of


def job(name: str = "j", kind: str = EXPORT, state: str = CONNECTING, *slots: int) -> Job:
    ranges = tuple((slot, slot) for slot in slots) or ((0, 2), (9, 9))
    return Job(id_of(name), kind, ranges, id_of("a"), id_of("b"), 1_700_000_000_123, state)


def test_it_is_told_as_a_real_server_tells_it() -> None:
    assert job().told() == {
        b"name": id_of("j"),
        b"operation": b"EXPORT",
        b"slot_ranges": b"0-2 9-9",
        b"target_node": id_of("b"),
        b"source_node": id_of("a"),
        b"create_time": 1_700_000_000,
        b"last_update_time": 1_700_000_000,
        b"last_ack_time": 1_700_000_000,
        b"state": b"connecting",
        b"message": b"",
        b"cow_size": 0,
        b"remaining_repl_size": 0,
    }


def test_its_slots_are_those_of_its_ranges() -> None:
    assert list(job().slots) == [0, 1, 2, 9]
    assert [slot for slot in range(12) if job().has(slot)] == [0, 1, 2, 9]


@pytest.mark.parametrize(
    ("state", "ended", "goes_on"),
    [
        (CONNECTING, False, True),
        (GRANTED, False, True),
        (CLEANING_UP, False, False),
        (SUCCESS, True, False),
        (FAILED, True, False),
        (CANCELLED, True, False),
    ],
)
def test_what_is_only_to_be_cleaned_up_does_not_go_on(
    state: str, ended: bool, goes_on: bool
) -> None:
    found = job(state=state)
    assert (found.ended, found.goes_on) == (ended, goes_on)


def jobs() -> Jobs:
    all_jobs = Jobs()
    for each in (
        job("1", EXPORT, SUCCESS, 1), job("2", IMPORT, RECEIVING_SNAPSHOT, 2),
        job("3", EXPORT, CONNECTING, 3), job("4", IMPORT, ON_PRIMARY, 4),
    ):  # fmt: skip
        all_jobs.add(each)
    return all_jobs


def names(found: object) -> str:
    return "".join(each.name.decode()[0] for each in found)  # type: ignore[attr-defined]


def test_the_newest_comes_first() -> None:
    assert names(jobs()) == "4321"
    assert len(jobs()) == 4


def test_those_that_have_ended_move_nothing() -> None:
    assert names(jobs().of(EXPORT)) == "3"
    assert names(jobs().of(IMPORT)) == "42"
    assert not jobs().moves(EXPORT, 1)
    assert jobs().moves(EXPORT, 3)
    assert not jobs().moves(IMPORT, 3)
    assert jobs().named(id_of("1")) is None
    assert jobs().named(id_of("3")) is not None


def test_what_a_replica_only_repeats_is_not_on_its_way_to_it() -> None:
    assert list(jobs().under_way(taking=True)) == [(2, id_of("a"))]
    assert list(jobs().under_way(taking=False)) == [(3, id_of("b"))]


def test_an_import_is_known_by_its_client() -> None:
    found = jobs()
    next(iter(found)).client = 7
    assert found.of_client(7) is next(iter(found))
    assert found.of_client(0) is None
    assert found.of_client(8) is None


def test_the_oldest_of_those_that_have_ended_are_forgotten() -> None:
    found = jobs()
    found.forget_old(3)
    assert names(found) == "432"
    found.forget_old(0)
    assert names(found) == "432"


def test_it_comes_back_as_it_was() -> None:
    found, other = jobs(), Jobs()
    frozen = found.freeze()
    next(iter(found)).state = FAILED
    other.thaw(frozen)
    assert names(other) == "4321"
    assert next(iter(other)).state == ON_PRIMARY
    next(iter(other)).state = SUCCESS
    found.thaw(frozen)
    assert next(iter(found)).state == ON_PRIMARY


def test_what_the_two_say_to_each_other_is_a_command() -> None:
    assert as_words("FINISH", b"x") == [b"CLUSTER", b"SYNCSLOTS", b"FINISH", b"x"]
    assert named_ranges(((0, 2), (9, 9))) == [b"0", b"2", b"9", b"9"]
