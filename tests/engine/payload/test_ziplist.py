"""Ziplists and zipmaps, which only old payloads hold."""

from __future__ import annotations

import pytest

from redlearn.engine.payload.wire import BadPayload
from redlearn.engine.payload.ziplist import ziplist_items, zipmap_pairs

DRAWN = bytes.fromhex("15000000 10000000 0300 00026869 04f6 02c02c01 ff")


def ziplist(*entries: str | bytes) -> bytes:
    """A ziplist of entries, given as encoding and data: what is before each is put in front."""
    body, last, before = b"", 10, 0
    for entry in entries:
        data = bytes.fromhex(entry) if isinstance(entry, str) else entry
        front = bytes((before,)) if before < 254 else b"\xfe" + before.to_bytes(4, "little")
        last = 10 + len(body)
        body += front + data
        before = len(front) + len(data)
    size = 11 + len(body)
    header = size.to_bytes(4, "little") + last.to_bytes(4, "little")
    return header + len(entries).to_bytes(2, "little") + body + b"\xff"


def test_the_one_that_is_drawn() -> None:
    assert ziplist_items(DRAWN) == [b"hi", b"5", b"300"]


@pytest.mark.parametrize(
    ("entry", "item"),
    [
        ("00", b""),
        ("f1", b"0"),
        ("fd", b"12"),
        ("fe80", b"-128"),
        ("c00080", b"-32768"),
        ("f0000080", b"-8388608"),
        ("d000000080", b"-2147483648"),
        ("e0ffffffffffffff7f", b"9223372036854775807"),
        (b"\x40\x40" + b"x" * 64, b"x" * 64),
        (b"\x80\x00\x00\x40\x00" + b"x" * 16384, b"x" * 16384),
    ],
)
def test_every_encoding_is_read(entry: str | bytes, item: bytes) -> None:
    assert ziplist_items(ziplist("0161", entry, "0162")) == [b"a", item, b"b"]


def test_no_entries_at_all() -> None:
    assert ziplist_items(ziplist()) == []


def test_a_count_that_does_not_fit_its_bytes_is_not_looked_at() -> None:
    data = bytearray(DRAWN)
    data[8:10] = b"\xff\xff"
    assert len(ziplist_items(bytes(data))) == 3


def test_every_changed_byte_of_the_frame_is_refused() -> None:
    frame = [*range(10), 10, 14, 16, 20]  # header, sizes of what is before, end
    for at in frame:
        for mask in (0x01, 0x80, 0xFF):
            data = bytearray(DRAWN)
            data[at] ^= mask
            with pytest.raises(BadPayload):
                ziplist_items(bytes(data))


def test_every_beginning_of_it_is_refused() -> None:
    for size in range(len(DRAWN)):
        with pytest.raises(BadPayload):
            ziplist_items(DRAWN[:size])


@pytest.mark.parametrize("entry", ["05 61", "40 ff 61", "80 ff ff ff ff 61", "c1", "ff 00", "90"])
def test_a_broken_entry_is_refused(entry: str) -> None:
    with pytest.raises(BadPayload):
        ziplist_items(ziplist(entry))


def test_a_zipmap() -> None:
    data = b"\x02\x03key\x03\x00one\x01k\xfe\x02\x00\x00\x00\x01v!\x00\xff"
    assert zipmap_pairs(data) == [(b"key", b"one"), (b"k", b"v!")]
    assert zipmap_pairs(b"\x00\xff") == []


@pytest.mark.parametrize(
    "broken",
    ["", "00", "01 ff", "01 01 6b ff", "01 01 6b 01 00 76", "01 01 6b 01 00 76 ff 00",
     "02 01 6b 01 00 76 ff", "01 fe ff ff ff 7f 6b ff", "01 01 6b 01 09 76 ff"],
)  # fmt: skip
def test_a_broken_zipmap_is_refused(broken: str) -> None:
    with pytest.raises(BadPayload):
        zipmap_pairs(bytes.fromhex(broken))
