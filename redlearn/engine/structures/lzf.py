"""LZF: the quick compression that Redis squeezes list nodes and long strings with.

Text repeats itself. Where three bytes or more have been seen before, LZF writes how far back
and for how long, instead of the bytes:

    in    < a b c d e f g h a b c d e f g h > !           19 bytes
    out   08 < a b c d e f g h   c0 07   01 > !           15 bytes
          nine as they are       8 long, two as they are
                                 8 back

Each piece of the output begins with a byte that tells its kind by its upper three bits:

    000lllll                    l + 1 bytes follow as they are, at most 32
    LLLooooo oooooooo           L + 2 bytes again, from o + 1 back; L is 1 to 6
    111ooooo LLLLLLLL oooooooo  the same for longer runs, of L + 9 bytes, at most 264

How does the search know what was seen before? By a table of 65,536 slots: three bytes,
hashed, give a slot, and the slot the place where such bytes were seen last. Others may hash
to the same slot, so the bytes are compared; what was overwritten is missed. That makes it a
little worse than the best, and very fast.

Which runs are found depends on every detail: the hash, and which places are entered into the
table after a run. They are as in Redis here, so that the bytes are equal too, as a DUMP shows.

Cost: O(N) to compress, O(output) to expand.

Source: M. Lehmann's liblzf, `lzf_c.c` lzf_compress and `lzf_d.c` lzf_decompress, in the fast
form that Redis builds.
"""

from __future__ import annotations

from typing import Final

LONGEST_PLAIN: Final = 32
FARTHEST: Final = 1 << 13
LONGEST_RUN: Final = 264
UNROLLED: Final = 16  # bytes compared before the end is thought of


def compress(data: bytes, most: int) -> bytes | None:
    """`data` in at most `most` bytes, or None if that cannot be done. O(N).

    >>> compress(b"<abcdefghabcdefgh>!", 19).hex(" ")
    '08 3c 61 62 63 64 65 66 67 68 c0 07 01 3e 21'
    """
    if not data or not most:
        return None
    seen: dict[int, int] = {}  # the table: most strings are short and use few slots of it
    out = bytearray()
    plain = at = 0  # `plain`: where the bytes begin that are written as they are
    end = len(data) - 2
    while at < end:
        slot = _slot(data, at)
        before = seen.get(slot, 0)
        seen[slot] = at
        back = at - before - 1
        if not (
            0 < before < at and back < FARTHEST and data[before : before + 3] == data[at : at + 3]
        ):
            if len(out) + 1 + at - plain >= most:
                return None
            at += 1
            if at - plain == LONGEST_PLAIN:
                _write_plain(out, data, plain, at)
                plain = at
            continue
        if len(out) + (at > plain) + at - plain + 4 >= most:
            return None
        _write_plain(out, data, plain, at)
        length = _length_of_run(data, before, at)
        _write_run(out, back, length)
        at = plain = at + length
        if at >= end:
            break
        seen[_slot(data, at - 2)] = at - 2  # of the places within the run, just the last two
        seen[_slot(data, at - 1)] = at - 1
    return _finished(out, data, plain, at, most)


def _slot(data: bytes, at: int) -> int:
    """The slot of the three bytes at `at`."""
    three = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
    return ((three >> 8) - three * 5) & 0xFFFF


def _length_of_run(data: bytes, before: int, at: int) -> int:
    """How many bytes at `at` are those at `before`; three of them are known to be.

    The original compares sixteen bytes without looking where the end is, if it is beyond
    them, so a run may be one or two longer than its limit says.
    """
    most = min(len(data) - at - 2, LONGEST_RUN)
    length = 2
    if most > UNROLLED:
        for _ in range(UNROLLED):
            length += 1
            if data[before + length] != data[at + length]:
                return length
    length += 1
    while length < most and data[before + length] == data[at + length]:
        length += 1
    return length


def _write_plain(out: bytearray, data: bytes, start: int, stop: int) -> None:
    if stop > start:
        out.append(stop - start - 1)
        out += data[start:stop]


def _write_run(out: bytearray, back: int, length: int) -> None:
    """`length` bytes from `back + 1` bytes ago."""
    length -= 2
    if length < 7:
        out += bytes((back >> 8 | length << 5, back & 0xFF))
    else:
        out += bytes((back >> 8 | 0xE0, length - 7, back & 0xFF))


def _finished(out: bytearray, data: bytes, plain: int, at: int, most: int) -> bytes | None:
    """The output with the last bytes as they are, if there is room for three more at `at`."""
    if len(out) + 1 + at - plain + 3 > most:
        return None
    while plain < len(data):
        stop = min(plain + LONGEST_PLAIN, len(data))
        _write_plain(out, data, plain, stop)
        plain = stop
    return bytes(out)


def expand(squeezed: bytes, size: int) -> bytes:
    """What `compress` made `squeezed` of, which has `size` bytes. O(size).

    Raises:
        ValueError: The bytes are cut off, point before the beginning, or give another size.
    """
    out = bytearray()
    at, end = 0, len(squeezed)
    try:
        while at < end and len(out) <= size:
            head = squeezed[at]
            at += 1
            if head < LONGEST_PLAIN:
                if at + head >= end:
                    raise ValueError("the compressed bytes are cut off")
                out += squeezed[at : at + head + 1]
                at += head + 1
                continue
            length = (head >> 5) + 2
            if length == 9:
                length += squeezed[at]
                at += 1
            start = len(out) - ((head & 0x1F) << 8 | squeezed[at]) - 1
            at += 1
            _repeat(out, start, length)
    except IndexError:
        raise ValueError("the compressed bytes are cut off") from None
    if len(out) != size:
        raise ValueError(f"{size} bytes were promised, there are {len(out)}")
    return bytes(out)


def _repeat(out: bytearray, start: int, length: int) -> None:
    """Append `length` bytes from `start` on; those being appended may be among them."""
    if start < 0:
        raise ValueError("a run begins before the beginning")
    piece = bytes(out[start : start + length])
    while len(piece) < length:
        piece += piece
    out += piece[:length]
