"""One entry of a listpack: the bytes of each encoding, at its limits."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.listpack_entry import (
    COUNTS,
    END_MARK,
    HEADER,
    SIZE_BY_HEAD,
    backlen,
    encode,
    encode_integer,
    encoding_name,
    items_of,
    long_size,
    shape,
    validated,
    value_at,
)


@pytest.mark.parametrize(
    ("data", "hexed", "name"),
    [
        (b"0", "00 01", "7-bit number"),
        (b"127", "7f 01", "7-bit number"),
        (b"128", "c0 80 02", "13-bit number"),
        (b"-1", "df ff 02", "13-bit number"),
        (b"4095", "cf ff 02", "13-bit number"),
        (b"-4096", "d0 00 02", "13-bit number"),
        (b"4096", "f1 00 10 03", "16-bit number"),
        (b"-4097", "f1 ff ef 03", "16-bit number"),
        (b"32767", "f1 ff 7f 03", "16-bit number"),
        (b"32768", "f2 00 80 00 04", "24-bit number"),
        (b"-8388608", "f2 00 00 80 04", "24-bit number"),
        (b"8388608", "f3 00 00 80 00 05", "32-bit number"),
        (b"2147483648", "f4 00 00 00 80 00 00 00 00 09", "64-bit number"),
        (b"-9223372036854775808", "f4 00 00 00 00 00 00 00 80 09", "64-bit number"),
        (b"", "80 01", "6-bit text"),
        (b"hi", "82 68 69 03", "6-bit text"),
        (b"012", "83 30 31 32 04", "6-bit text"),
        (b"-0", "82 2d 30 03", "6-bit text"),
    ],
)
def test_each_value_takes_the_shortest_encoding(data: bytes, hexed: str, name: str) -> None:
    piece = encode(data)
    assert piece.hex(" ") == hexed
    assert encoding_name(piece[0]) == name


@pytest.mark.parametrize(
    ("size", "head", "tail"),
    [
        (63, "bf", "40"),
        (64, "e0 40", "42"),
        (125, "e0 7d", "7f"),
        (126, "e0 7e", "01 80"),
        (4095, "ef ff", "20 81"),
        (4096, "f0 00 10 00 00", "20 85"),
    ],
)
def test_text_has_a_longer_head_and_backlen_as_it_grows(size: int, head: str, tail: str) -> None:
    piece = encode(b"x" * size)
    assert piece.startswith(bytes.fromhex(head) + b"x")
    assert piece.endswith(b"x" + bytes.fromhex(tail))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_number_beyond_64_bits_is_text_and_nothing_else(number: int) -> None:
    assert value_at(encode(b"%d" % number), 0) == b"%d" % number
    with pytest.raises(ValueError, match="does not fit"):
        encode_integer(number)


@pytest.mark.parametrize(
    ("size", "width"),
    [
        (1, 1), (127, 1), (128, 2), (16382, 2), (16383, 3), (2097150, 3), (2097151, 4),
        (268435454, 4), (268435455, 5),
    ],
)  # fmt: skip
def test_a_backlen_widens_one_before_it_must_as_redis_does(size: int, width: int) -> None:
    tail = backlen(size)
    assert len(tail) == width
    assert [byte >= 0x80 for byte in tail] == [False] + [True] * (width - 1)
    value = 0
    for byte in tail:
        value = value << 7 | byte & 0x7F
    assert value == size


@pytest.mark.parametrize("data", [b"5", b"-300", b"70000", b"text", b"x" * 100, b"x" * 5000])
def test_an_entry_can_be_measured_and_read_where_it_lies(data: bytes) -> None:
    piece = encode(data)
    packed = b"\xff\xff" + piece + b"\xff"
    size = SIZE_BY_HEAD[piece[0]] or long_size(packed, 2)
    head, body = shape(packed, 2)
    assert size == len(piece) == head + body + len(backlen(head + body))
    read = piece[0] if piece[0] < 0x80 else value_at(packed, 2)
    assert (read if isinstance(read, bytes) else b"%d" % read) == data


def test_five_first_bytes_begin_no_entry() -> None:
    for head in (0xF5, 0xFA, 0xFE, 0xFF):
        assert SIZE_BY_HEAD[head] == 0
        with pytest.raises(ValueError, match=f"0x{head:02x}, at offset 0"):
            shape(bytes((head,)), 0)


def packed_of(body: bytes, count: int) -> bytes:
    return COUNTS.pack(len(body) + 7, count) + body + b"\xff"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no end mark at offset 0"),
        (b"\x07\0\0\0\0\0\0", "no end mark at offset 6"),
        (b"\x08\0\0\0\0\0\xff", "header says 8 bytes, there are 7, at offset 0"),
        (packed_of(b"\x05\x01", 2), "header says 2 entries, there are 1, at offset 4"),
        (packed_of(b"\x05\x02", 1), "backlen is wrong, at offset 7"),
        (packed_of(b"\x05\x01\x83ab\x04", 2), "runs over the end, at offset 8"),
        (packed_of(b"\xf0\x05", 1), "cut off, at offset 6"),
        (packed_of(b"\xf9\x01", 1), "0xf9, at offset 6"),
        (packed_of(b"\xff\x01", 1), "0xff, at offset 6"),
        (packed_of(b"\xf0\xff\xff\xff\xff", 1), "cut off|runs over the end"),
    ],
)
def test_broken_bytes_are_refused_with_their_place(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validated(data)


def test_any_single_byte_changed_is_refused_or_still_well_formed() -> None:
    good = packed_of(b"".join(map(encode, (b"12", b"abc", b"-5000", b"x" * 70))), 4)
    for place in range(len(good)):
        for bit in range(8):
            broken = bytearray(good)
            broken[place] ^= 1 << bit
            try:
                pieces, _ = validated(bytes(broken))
            except ValueError:
                continue
            assert len(pieces) <= 4


def test_an_entry_longer_than_it_needs_to_be_is_told_and_shortened() -> None:
    long_five = b"\xf1\x05\x00\x03"
    pieces, shortest = validated(packed_of(encode(b"a") + long_five + b"\x8212\x03", 3))
    assert pieces == [encode(b"a"), encode(b"5"), encode(b"12")]
    assert not shortest


def test_the_narrower_backlen_of_valkey_9_is_taken_and_widened() -> None:
    entry = encode(b"x" * 16378)
    assert entry.endswith(b"x\x00\xff\xff")
    narrow = entry[:-3] + b"\x7f\xff"
    for following in (b"", encode(b"5")):
        count = 2 if following else 1
        pieces, shortest = validated(packed_of(narrow + following, count))
        assert pieces[0] == entry
        assert not shortest


@pytest.mark.parametrize("size", [0, 1, 3, 63, 64])
@pytest.mark.parametrize("alike", [1, 2, 8, 9, 40])
def test_texts_as_long_as_each_other_are_read_like_others(size: int, alike: int) -> None:
    texts = [b"t" * size] * alike + [b"ann", b"7", b"t" * size, b"300", b"x" * 5000]
    packed = bytes(HEADER) + b"".join(map(encode, texts)) + END_MARK
    for count in (0, 1, alike, alike + 1, alike + 5, 1000):
        assert items_of(packed, HEADER, count) == texts[:count]
    behind = HEADER + len(encode(texts[0]))
    assert items_of(packed, behind) == texts[1:]
