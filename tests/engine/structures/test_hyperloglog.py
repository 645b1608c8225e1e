"""HyperLogLogs: registers in two forms, and the estimate made of them."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.hyperloglog import (
    BEYOND,
    DENSE_SIZE,
    SEED,
    Estimated,
    Hashed,
    HyperLogLog,
    Promoted,
    RegistersMerged,
    estimate_of,
    merged,
    packed,
    place_of,
    unpacked,
)
from redlearn.engine.structures.hyperloglog_sparse import (
    HEADER,
    REGISTERS,
    RegisterKept,
    RegisterRaised,
)
from redlearn.engine.structures.murmur import murmur64a
from redlearn.probe import Event, Probe


def new(limit: int = 3000, probe: Probe | None = None) -> HyperLogLog:
    return HyperLogLog(HyperLogLog.empty(), probe or Probe(), limit)


def seen(count: int, limit: int = 3000) -> HyperLogLog:
    made = new(limit)
    for number in range(count):
        made.add(b"%d" % number)
    made.check()
    return made


def test_an_empty_one_has_the_bytes_of_redis() -> None:
    made = new()
    assert made.data.hex() == "48594c4c01" + "00" * 11 + "7fff"
    assert made.estimate() == 0


def test_three_elements_have_the_bytes_of_redis() -> None:
    made = new()
    for element in (b"a", b"b", b"c"):
        assert made.add(element)
    # What a server told of them: Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603
    assert made.data[HEADER:].hex() == "60f38050b1844bfb80425a"
    assert [made.add(element) for element in (b"a", b"b", b"c")] == [False] * 3


def test_an_element_has_a_register_and_an_ending() -> None:
    places = [place_of(b"%d" % number) for number in range(4000)]
    assert {index for index, _ in places} <= set(range(REGISTERS))
    endings = [ending for _, ending in places]
    assert min(endings) == 1
    for ending in (1, 2, 3):  # half of them, a quarter, an eighth
        assert 0.85 < endings.count(ending) * 2**ending / 4000 < 1.15


@pytest.mark.parametrize("count", [100, 1000, 5000, 40_000])
def test_the_estimate_is_near(count: int) -> None:
    assert abs(seen(count).estimate() - count) < 4 * 0.0081 * count


def test_the_standard_error_is_what_it_should_be() -> None:
    """Over many samples the relative error has a standard deviation of 0.81 %."""
    rng, errors = Random(1), []
    for _ in range(25):
        registers = bytearray(REGISTERS)
        for _ in range(6000):
            index, ending = place_of(rng.randbytes(8))
            registers[index] = max(registers[index], ending)
        errors.append(estimate_of(registers) / 6000 - 1)
    spread = (sum(error**2 for error in errors) / len(errors)) ** 0.5
    assert 0.002 < spread < 0.0115


def test_both_forms_see_alike() -> None:
    sparse, dense = seen(900, limit=1 << 20), seen(900, limit=0)
    assert (sparse.is_sparse, dense.is_sparse) == (True, False)
    assert sparse.registers() == dense.registers()
    assert sparse.estimate() == dense.estimate()
    assert len(dense.data) == DENSE_SIZE


def test_the_estimate_is_kept_until_a_register_changes() -> None:
    for limit in (3000, 0):
        made = seen(10, limit)
        assert made.kept_estimate() is None
        assert made.estimate() == made.kept_estimate() == 10
        made.add(b"5")
        assert made.kept_estimate() == 10
        assert made.add(b"something new")
        assert made.kept_estimate() is None


@pytest.mark.parametrize("limit", [20, 200, 3000])
def test_the_sparse_form_grows_up_to_its_limit(limit: int) -> None:
    made, number, largest = new(limit), 0, 0
    while made.is_sparse:
        largest = max(largest, len(made.data))
        made.add(b"%d" % number)
        number += 1
    assert limit - 3 <= largest <= limit
    assert len(made.data) == DENSE_SIZE
    assert made.registers() == seen(number, limit=1 << 20).registers()


def test_a_number_too_great_for_the_sparse_form_promotes() -> None:
    seen_events: list[Event] = []
    made = new(probe=Probe(seen_events.append))
    assert made.raise_to(5, 32)
    assert made.is_sparse
    seen_events.clear()
    assert made.raise_to(5, 33)
    assert seen_events == [
        Promoted(20, DENSE_SIZE, "a register of 33 > 32"),
        RegisterRaised(5, 32, 33),
    ]
    assert made.registers()[5] == 33


def test_an_element_is_told_with_its_hash() -> None:
    events: list[Event] = []
    made = HyperLogLog(seen(5, limit=0).data, Probe(events.append))
    made.add(b"x")
    index, ending = place_of(b"x")
    assert events == [
        Hashed(b"x", murmur64a(b"x", SEED), index, ending),
        RegisterRaised(index, 0, ending),
    ]


def test_promotion_on_request_keeps_the_registers_and_the_estimate() -> None:
    made = seen(50)
    registers, estimate = made.registers(), made.estimate()
    assert made.promote()
    assert not made.promote()
    assert (made.registers(), made.kept_estimate()) == (registers, estimate)


@pytest.mark.parametrize("seed", range(5))
def test_packing_is_undone_by_unpacking(seed: int) -> None:
    registers = bytearray(Random(seed).choices(range(64), k=REGISTERS))
    data = packed(registers)
    assert len(data) == DENSE_SIZE - HEADER
    assert unpacked(data) == registers
    number = int.from_bytes(data, "little")  # registers from the lowest bits up
    assert [number >> 6 * at & 63 for at in range(64)] == list(registers[:64])


def test_each_register_of_a_dense_one_can_be_raised_alone() -> None:
    made = seen(0)
    made.promote()
    model = bytearray(REGISTERS)
    rng = Random(3)
    for index in [*range(9), REGISTERS - 1, *(rng.randrange(REGISTERS) for _ in range(500))]:
        value = rng.randrange(1, 52)
        assert made.raise_to(index, value) == (value > model[index])
        model[index] = max(model[index], value)
    assert made.registers() == model


def test_merging_sees_what_both_have_seen() -> None:
    one, other = new(), new()
    for number in range(1000):
        (one if number < 600 else other).add(b"%d" % number)
        if number >= 400:
            other.add(b"%d" % number)
    assert merged(one.registers(), other.registers()) == seen(1000).registers()


@pytest.mark.parametrize("limit", [3000, 300, 0])
def test_raising_all_registers_is_seeing_all_that_raised_them(limit: int) -> None:
    made, other = new(limit), seen(400)
    made.add(b"0")
    made.add(b"something else")
    made.raise_all(other.registers())
    assert made.registers() == merged(seen(400).registers(), made.registers())
    assert made.is_sparse == (limit == 3000)
    made.check()


def test_the_estimate_of_extreme_registers_is_defined() -> None:
    assert estimate_of(bytearray(REGISTERS)) == 0
    assert estimate_of(bytearray([51]) * REGISTERS) == BEYOND
    assert estimate_of(bytearray([63]) * REGISTERS) == BEYOND


@pytest.mark.parametrize(
    ("data", "recognised"),
    [
        (b"HYLL\x01" + bytes(13), True),
        (b"HYLL\x01" + bytes(10), False),
        (b"HYLL\x02" + bytes(13), False),
        (b"hyll\x01" + bytes(13), False),
        (b"HYLL\x00" + bytes(DENSE_SIZE - 5), True),
        (b"HYLL\x00" + bytes(DENSE_SIZE - 4), False),
        (b"", False),
    ],
)
def test_the_header_tells_what_passes_for_one(data: bytes, recognised: bool) -> None:
    assert HyperLogLog.recognises(data[:HEADER], len(data)) == recognised


def test_an_element_seen_again_leaves_its_register_and_says_so() -> None:
    for dense in (False, True):
        events: list[Event] = []
        seen = HyperLogLog(HyperLogLog.empty(), Probe())
        if dense:
            seen.promote()
        seen.add(b"x")
        index, ending = place_of(b"x")
        watched = HyperLogLog(seen.data, Probe(events.append))
        assert not watched.add(b"x")
        assert events[-1] == RegisterKept(index, ending, ending)


def test_an_estimate_is_told_and_the_second_time_it_was_kept() -> None:
    events: list[Event] = []
    seen = HyperLogLog(HyperLogLog.empty(), Probe(events.append))
    seen.add(b"x")
    seen.estimate()
    seen.estimate()
    assert events[-2:] == [Estimated(1, False), Estimated(1, True)]


def test_a_merge_of_dense_ones_tells_how_many_registers_rose() -> None:
    events: list[Event] = []
    seen = HyperLogLog(HyperLogLog.empty(), Probe(events.append))
    seen.promote()
    seen.raise_all(bytearray([3, 0, 5] + [0] * (REGISTERS - 3)))
    assert events[-1] == RegistersMerged(2)
