"""Damaged snapshot files and values, a few of many. All: `rdb_faults.py`, or `-m long`."""

from __future__ import annotations

import pytest

from redlearn.engine.payload.reading import READERS
from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_read import load
from redlearn.persistence.rdb_records import BadRdb, Key, records
from tests.persistence.files import contents, filled, loaded, recorded, resealed, save, sealed
from tests.properties.rdb_faults import (
    COUNT,
    MASKS,
    MOST_BYTES,
    MOST_SECONDS,
    Outcome,
    flips,
    mutations,
    samples,
    small_file,
    told,
)

ALL_MASKS = tuple(range(1, 256))
LONG = pytest.mark.long


def well(outcome: Outcome) -> bool:
    """Nothing broke, nothing took long, and nothing took much memory."""
    assert not outcome.wrong, "\n".join(told(outcome))
    assert outcome.slowest < MOST_SECONDS
    assert outcome.grown <= MOST_BYTES
    return True


@pytest.mark.parametrize("masks", [MASKS, pytest.param(ALL_MASKS, marks=LONG)], ids=["few", "all"])
def test_a_file_with_any_byte_changed_is_refused_and_nothing_has_changed(
    masks: tuple[int, ...],
) -> None:
    data = small_file()
    outcome = flips(data, masks)
    assert well(outcome)
    assert outcome.refused == len(data) * len(masks)


@pytest.mark.parametrize("masks", [MASKS, pytest.param(ALL_MASKS, marks=LONG)], ids=["few", "all"])
def test_without_a_checksum_nothing_breaks_and_what_is_taken_is_in_order(
    masks: tuple[int, ...],
) -> None:
    outcome = flips(small_file()[:-8] + bytes(8), masks)
    assert well(outcome)
    assert outcome.taken
    assert outcome.refused > outcome.taken


def test_the_file_holds_a_key_of_every_form_that_is_written_today() -> None:
    data = small_file()
    kinds = {record.type for record in records(data) if isinstance(record, Key)}
    assert kinds == {0, 2, 4, 5, 11, 16, 17, 18, 20, 21, 24, 25}
    assert len(data) < 700


@pytest.mark.parametrize("whole", [small_file(), recorded("redis-7.4")], ids=["small", "recorded"])
def test_a_file_that_is_cut_off_anywhere_is_refused_and_nothing_has_changed(whole: bytes) -> None:
    redis = filled("SET old 1")
    held = contents(redis)
    for checked in (True, False):
        data = whole if checked else whole[:-8] + bytes(8)
        for at in range(0, len(data), max(1, len(data) // 300)):
            with pytest.raises(BadRdb):
                load(redis.engine.state, data[:at], keep_expired=True)
    assert contents(redis) == held


def test_a_flip_is_found_at_its_place_where_the_walk_stumbles_over_it() -> None:
    data = small_file()
    key = next(record for record in records(data) if isinstance(record, Key) and record.key == b"l")
    at = key.value_start + 1  # the container of the list's first node
    with pytest.raises(BadRdb, match="a list has no container 66") as caught:
        load(filled().engine.state, data[:at] + b"\x40\x42" + data[at + 2 :])
    assert at <= caught.value.at <= at + 2


@pytest.mark.parametrize("count", [20_000, pytest.param(COUNT, marks=LONG)])
def test_broken_values_are_refused_or_are_none(count: int) -> None:
    outcome = mutations(count)
    assert well(outcome)
    assert outcome.count == count
    assert outcome.refused > outcome.taken > count // 20
    assert len(outcome.reasons) > 30


def test_the_broken_values_are_of_every_type() -> None:
    assert {sample.type for sample in samples()} >= set(READERS) - {15, 23}


def file_of(content: str) -> bytes:
    """A file with one key of this type and value."""
    raw = bytes.fromhex(content)
    return sealed(magic_of(11) + raw[:1] + b"\x01k" + raw[1:])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("04 02 01 66 01 61 01 66 01 62", "a field is there twice"),
        ("02 02 01 61 01 61", "a member is there twice"),
        ("05 02 01 61 000000000000f03f 01 61 000000000000f03f", "a member is there twice"),
        ("01 81 80 00 00 00 00 00 00 00", "9223372036854775808 were promised"),
        ("00 c3 03 81 00 00 00 10 00 00 00 00 00 61 e0", "cut off"),
        ("00 c3 04 80 ff ff ff ff 00 61 e0 ff", "cut off"),
        ("00 c3 05 80 ff ff ff ff 00 61 e0 ff 00", "4294967295 bytes were promised, there are 265"),
        ("10 07 08 00 00 00 00 00 ff", "the header says"),
        ("0b 05 03 00 00 00 00", "intset"),
    ],
)
def test_treacherous_values_of_note_are_refused(content: str, reason: str) -> None:
    with pytest.raises(BadRdb, match=reason):
        loaded(file_of(content))


@pytest.mark.parametrize("content", ["12 00", "01 00", "04 00", "10 07 07 00 00 00 00 00 ff"])
def test_empty_values_are_passed_over(content: str) -> None:
    assert loaded(file_of(content))("DBSIZE") == 0


def test_an_entry_pending_to_two_consumers_is_refused() -> None:
    """One object for both would be freed twice (CVE-2026-63639)."""
    redis = filled("XADD x 1-1 a 1", "XGROUP CREATE x g 0", "XREADGROUP GROUP g ann STREAMS x >")
    redis("XGROUP CREATECONSUMER x g bob")
    data = save(redis, 11)
    pending = (1).to_bytes(8) + (1).to_bytes(8)
    assert data.count(pending) >= 2
    at = data.rindex(b"\x03bob") + 4 + 16
    assert data[at] == 0
    doubled = data[:at] + b"\x01" + pending + data[at + 1 :]
    with pytest.raises(BadRdb, match="a consumer has what is not pending, or another has"):
        loaded(resealed(doubled))
