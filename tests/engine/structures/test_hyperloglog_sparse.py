"""The sparse form: runs of registers, split where one is raised, and merged again."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.hyperloglog_sparse import (
    HEADER,
    REGISTERS,
    VALUE_MOST,
    RegisterRaised,
    Run,
    RunMap,
    RunReplaced,
    RunsMerged,
    RunVisited,
    empty_runs,
    raise_all,
    raise_register,
    registers_of,
    runs_of,
    values,
    zeros,
)
from redlearn.probe import Event, Probe

PLENTY = 1 << 20


def data_of(*runs: bytes) -> bytearray:
    return bytearray(bytes(HEADER) + b"".join(runs))


def told(data: bytearray) -> str:
    """The runs in a line: z:9 v:2,1 Z:16374."""
    return " ".join(
        f"v:{run.value},{run.span}" if run.value else f"{'zZ'[run.size - 1]}:{run.span}"
        for run in runs_of(data)
    )


def test_runs_take_one_byte_or_two() -> None:
    assert [zeros(count).hex() for count in (1, 64, 65, 16384)] == ["00", "3f", "4040", "7fff"]
    assert [values(*run).hex() for run in ((1, 1), (1, 4), (32, 4), (3, 2))] == [
        "80", "83", "ff", "89",
    ]  # fmt: skip
    assert list(runs_of(data_of(empty_runs()))) == [Run(HEADER, 2, 0, REGISTERS, 0)]


@pytest.mark.parametrize(
    ("before", "index", "value", "after"),
    [
        ("Z:16384", 9, 2, "z:9 v:2,1 Z:16374"),
        ("Z:16384", 0, 1, "v:1,1 Z:16383"),
        ("Z:16384", 16383, 1, "Z:16383 v:1,1"),
        ("Z:16384", 64, 1, "z:64 v:1,1 Z:16319"),
        ("Z:16384", 65, 1, "Z:65 v:1,1 Z:16318"),
        ("v:1,1 Z:16383", 0, 32, "v:32,1 Z:16383"),
        ("v:1,1 z:1 Z:16382", 1, 5, "v:1,1 v:5,1 Z:16382"),
        ("v:1,4 Z:16380", 2, 9, "v:1,2 v:9,1 v:1,1 Z:16380"),
        ("z:9 v:2,1 Z:16374", 10, 2, "z:9 v:2,2 Z:16373"),
        ("z:9 v:2,3 Z:16372", 8, 2, "z:8 v:2,4 Z:16372"),
        ("z:9 v:2,4 Z:16371", 8, 2, "z:8 v:2,1 v:2,4 Z:16371"),
        ("v:1,1 v:2,1 v:1,1 Z:16381", 0, 2, "v:2,2 v:1,1 Z:16381"),
        ("v:2,1 v:1,1 v:2,2 Z:16380", 1, 2, "v:2,4 Z:16380"),
        ("v:2,2 v:1,1 v:2,2 Z:16379", 2, 2, "v:2,3 v:2,2 Z:16379"),
    ],
)
def test_a_register_is_raised(before: str, index: int, value: int, after: str) -> None:
    data = data_of(*map(written, before.split()))
    assert raise_register(data, index, value, PLENTY, Probe()) == 1
    assert told(data) == after


def written(word: str) -> bytes:
    kind, _, numbers = word.partition(":")
    if kind == "v":
        value, count = numbers.split(",")
        return values(int(value), int(count))
    return zeros(int(numbers))


def test_a_register_that_is_as_high_stays() -> None:
    data = data_of(values(5, 3), zeros(16381))
    for value in (1, 5):
        assert raise_register(data, 1, value, PLENTY, Probe()) == 0
    assert told(data) == "v:5,3 Z:16381"


def test_there_must_be_room_to_split() -> None:
    data = data_of(empty_runs())
    assert raise_register(data, 9, 2, HEADER + 3, Probe()) == -1
    assert told(data) == "Z:16384"
    assert raise_register(data, 9, 2, HEADER + 4, Probe()) == 1
    assert raise_register(data, 9, 3, 0, Probe()) == 1  # in its place: no room is needed


@pytest.mark.parametrize("seed", range(6))
def test_random_raises_agree_with_a_list_watched_or_not(seed: int) -> None:
    rng = Random(seed)
    quiet, watched = data_of(empty_runs()), data_of(empty_runs())
    model = bytearray(REGISTERS)
    width = rng.choice((50, 3000, REGISTERS))
    for _ in range(600):
        index, value = rng.randrange(width), min(int(rng.expovariate(0.7)) + 1, 32)
        raised = int(value > model[index])
        assert raise_register(quiet, index, value, PLENTY, Probe()) == raised
        assert raise_register(watched, index, value, PLENTY, Probe(lambda e: None)) == raised
        model[index] = max(model[index], value)
    assert quiet == watched
    assert registers_of(quiet) == model
    assert sum(run.span for run in runs_of(quiet)) == REGISTERS


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("most", [PLENTY, 300])
def test_raising_all_at_once_is_raising_one_after_the_other(seed: int, most: int) -> None:
    rng = Random(seed)
    width = rng.choice((40, 600, REGISTERS))
    one_by_one, at_once = data_of(empty_runs()), data_of(empty_runs())
    for _ in range(3):
        registers = bytearray(REGISTERS)
        for _ in range(rng.randrange(200)):
            registers[rng.randrange(width)] = rng.randrange(1, 4)
        outcomes = []
        for index, value in enumerate(registers):
            if value:
                outcomes.append(raise_register(one_by_one, index, value, most, Probe()))
                if outcomes[-1] < 0:
                    break
        assert raise_all(at_once, registers, most, Probe()) == (-1 not in outcomes)
        assert at_once == one_by_one
        if -1 in outcomes:
            break


def test_a_value_too_great_stops_raising_all() -> None:
    registers = bytearray(REGISTERS)
    registers[7] = 33
    assert not raise_all(data_of(empty_runs()), registers, PLENTY, Probe())


def test_the_walk_the_split_and_the_merge_are_told() -> None:
    data = data_of(zeros(9), values(2, 1), zeros(16374))
    seen: list[Event] = []
    raise_register(data, 10, 2, PLENTY, Probe(seen.append))
    assert seen == [
        RunVisited(16, 1, 0, 9, 0),
        RunVisited(17, 1, 9, 1, 2),
        RunVisited(18, 2, 10, 16374, 0),
        RegisterRaised(10, 0, 2),
        RunReplaced(18, zeros(16374), values(2, 1) + zeros(16373)),
        RunsMerged(17, 2, 2),
    ]


@pytest.mark.parametrize(
    "runs",
    [
        (),
        (zeros(16383),),
        (zeros(16384), zeros(1)),
        (values(1, 4), zeros(16384)),
        (zeros(16383), values(1, 2)),
        (b"\x7f",),
    ],
)
def test_runs_that_do_not_cover_all_registers_are_broken(runs: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match=r"cover|cut off"):
        registers_of(data_of(*runs))


def test_a_register_behind_the_last_run_is_not_there() -> None:
    with pytest.raises(ValueError, match="too early"):
        raise_register(data_of(zeros(64)), 64, 1, PLENTY, Probe())


@pytest.mark.parametrize("seed", range(6))
def test_what_is_noted_of_runs_changes_no_byte(seed: int) -> None:
    rng = Random(seed)
    plain, noted, runs = data_of(empty_runs()), data_of(empty_runs()), RunMap()
    for number in range(1_500):
        index = rng.choice([rng.randrange(REGISTERS), rng.randrange(64), REGISTERS - 1])
        value = min(rng.choice([1, 1, 1, 2, 3, rng.randrange(1, VALUE_MOST + 1)]), VALUE_MOST)
        told = raise_register(plain, index, value, PLENTY, Probe())
        if number % 50 == 49:  # somebody else writes them: the notes are no longer of these bytes
            noted[:] = plain
            continue
        assert raise_register(noted, index, value, PLENTY, Probe(), runs) == told
        assert noted == plain


def test_runs_that_end_too_early_are_found_out_with_notes_too() -> None:
    data = data_of(zeros(64))
    with pytest.raises(ValueError, match="too early"):
        raise_register(data, 64, 1, PLENTY, Probe(), RunMap())
    with pytest.raises(ValueError, match="cut off"):
        raise_register(data + b"\x40", 64, 1, PLENTY, Probe(), RunMap())
