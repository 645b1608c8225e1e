"""Slots: hash tags, CRC16, and the arithmetic the pane shows."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import pytest

from redlearn.slots import (
    SLOTS,
    TAG_SIGNS,
    Crc16Step,
    crc16,
    crc16_steps,
    hash_tag,
    slot_of,
    slot_of_pattern,
    tag_for,
    tag_span,
)
from tests.oracle.servers import valkey_binary


@pytest.mark.parametrize(
    ("key", "slot", "counts"),
    [
        (b"", 0, b""),
        (b"123456789", 12739, b"123456789"),
        (b"foo", 12182, b"foo"),
        (b"bar", 5061, b"bar"),
        (b"somekey", 11058, b"somekey"),
        (b"foobar", 12325, b"foobar"),
        (b"{user1000}.following", 3443, b"user1000"),
        (b"foo{}{bar}", 8363, b"foo{}{bar}"),
        (b"abc{}{def}", 1851, b"abc{}{def}"),
        (b"{}foo", 9500, b"{}foo"),
        (b"{}", 15257, b"{}"),
        (b"foo{{bar}}zap", 4015, b"{bar"),
        (b"{{}", 4092, b"{"),
        (b"{{}x", 4092, b"{"),
        (b"foo{bar}{zap}", 5061, b"bar"),
        (b"foo{bar}", 5061, b"bar"),
        (b"{bar}bar", 5061, b"bar"),
        (b"{bar", 4015, b"{bar"),
        (b"foo{", 7673, b"foo{"),
        (b"foo{bar", 15278, b"foo{bar"),
        (b"{", 4092, b"{"),
        (b"}", 12090, b"}"),
        (b"foo}bar{baz}", 4813, b"baz"),
        (b"{ }", 9314, b" "),
        (b"\xff\xfe", 3374, b"\xff\xfe"),
    ],
)
def test_a_key_belongs_to_the_slot_redis_measured(key: bytes, slot: int, counts: bytes) -> None:
    assert slot_of(key) == slot
    assert hash_tag(key) == counts
    start, end = tag_span(key)
    assert key[start:end] == counts


def test_the_crc_is_that_of_xmodem() -> None:
    assert crc16(b"123456789") == 0x31C3


def test_the_steps_lead_to_the_crc() -> None:
    rng = Random(1)
    for _ in range(200):
        data = rng.randbytes(rng.randrange(1, 30))
        steps = list(crc16_steps(data))
        assert [step.byte for step in steps] == list(data)
        assert steps[-1].crc == crc16(data)
        assert [step.before for step in steps] == [0, *(step.crc for step in steps[:-1])]
        for step in steps:
            assert step.row == (step.before >> 8) ^ step.byte
            assert step.crc == ((step.before << 8) & 0xFFFF) ^ step.entry


def test_one_step_is_the_table_entry_of_the_byte() -> None:
    assert list(crc16_steps(b"1")) == [Crc16Step(0x31, 0, 0x31, 0x2672, 0x2672)]


def test_no_bytes_no_steps() -> None:
    assert list(crc16_steps(b"")) == []


def test_slots_are_evenly_filled() -> None:
    counts = [0] * 16
    for number in range(16_000):
        counts[slot_of(b"key:%d" % number) * 16 // SLOTS] += 1
    assert max(counts) < 1200
    assert min(counts) > 800


@pytest.mark.parametrize(
    ("pattern", "slot"),
    [
        (b"foo", slot_of(b"foo")),
        (b"", 0),
        (b"foo*", None),
        (b"*", None),
        (b"{foo}*", slot_of(b"foo")),
        (b"a{foo}?[x]\\", slot_of(b"foo")),
        (b"{fo*}x", None),
        (b"*{foo}", None),
        (b"{}*", None),
        (b"{}{foo}*", None),
        (b"{}{foo}", slot_of(b"{}{foo}")),
        (b"{foo", slot_of(b"{foo")),
        (b"\\{foo}", None),
    ],
)
def test_a_glob_may_say_in_which_slot_its_keys_are(pattern: bytes, slot: int | None) -> None:
    assert slot_of_pattern(pattern) == slot


def test_each_slot_has_a_tag_of_its_own_which_is_the_shortest() -> None:
    tags = [tag_for(slot) for slot in range(SLOTS)]
    assert [slot_of(tag) for tag in tags] == list(range(SLOTS))
    short = {slot_of(bytes(signs)) for n in (1, 2) for signs in product(TAG_SIGNS, repeat=n)}
    assert all((len(tag) < 3) == (slot in short) for slot, tag in enumerate(tags))


def test_tags_are_those_of_a_real_server() -> None:
    """It has them in a table, four bytes each."""
    binary = valkey_binary()
    if binary is None:
        pytest.skip("there is no valkey server here")
    table = b"".join(tag_for(slot).ljust(4, b"\0") for slot in range(SLOTS))
    assert table in Path(binary).read_bytes()
