"""Bitmap commands: bits, ranges of them, operations on whole strings, and fields."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


def test_a_bit_is_set_and_the_string_grows_to_hold_it(redis: Redis) -> None:
    assert redis("SETBIT k 7 1") == 0
    assert redis("SETBIT k 7 0") == 1
    assert redis("SETBIT k 20 1") == 0
    assert redis("GET k") == b"\x00\x00\x08"
    assert [redis(f"GETBIT k {offset}") for offset in (20, 21, 100)] == [1, 0, 0]
    assert redis("GETBIT none 3") == 0
    assert redis("OBJECT ENCODING k") == b"raw"


def test_only_a_change_counts_as_one(redis: Redis) -> None:
    assert told(redis, "SETBIT k 9 0") == ["new k", "setbit k"]
    assert told(redis, "SETBIT k 9 0") == []
    assert passed_on(redis, "SETBIT k 9 0") == []
    assert changes(redis, "SETBIT k 9 1") == 1
    assert changes(redis, "SETBIT k 16 0") == 1  # longer by a byte


def test_bits_of_a_number_are_those_of_its_digits(redis: Redis) -> None:
    redis("SET k 1")  # 0x31
    assert [redis(f"GETBIT k {offset}") for offset in range(8)] == [0, 0, 1, 1, 0, 0, 0, 1]
    assert redis("BITCOUNT k") == 3
    redis("SETBIT k 6 1")
    assert redis("GET k") == b"3"
    assert redis("OBJECT ENCODING k") == b"raw"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("BITCOUNT k", 26),
        ("BITCOUNT k 0 0", 4),
        ("BITCOUNT k 1 1", 6),
        ("BITCOUNT k 1 1 BYTE", 6),
        ("BITCOUNT k 5 30 BIT", 17),
        ("BITCOUNT k 0 -1 bit", 26),
        ("BITCOUNT k -2 -1", 7),
        ("BITCOUNT k -8 -1 BIT", 4),
        ("BITCOUNT k 5 4", 0),
        ("BITCOUNT k -1 -2", 0),
        ("BITCOUNT k 6 9", 0),
        ("BITCOUNT k -100 100", 26),
        ("BITCOUNT k 3 3 BIT", 0),
        ("BITCOUNT none", 0),
        ("BITCOUNT none 0 1 BIT", 0),
    ],
)
def test_bits_are_counted_in_bytes_or_bits(redis: Redis, line: str, count: int) -> None:
    redis("SET k foobar")
    assert redis(line) == count


@pytest.mark.parametrize(
    ("data", "rest", "found"),
    [
        (b"\xff\xf0\x00", "0", 12),
        (b"\x00\xff\xf0", "1", 8),
        (b"\x00\xff\xf0", "1 0", 8),
        (b"\x00\xff\xf0", "1 2", 16),
        (b"\x00\xff\xf0", "1 2 -1 BYTE", 16),
        (b"\x00\xff\xf0", "1 7 15 BIT", 8),
        (b"\x00\xff\xf0", "0 9 -1 BIT", 20),
        (b"\x00\xff\xf0", "1 20 -1 BIT", -1),
        (b"\x00\x00", "1", -1),
        (b"\xff\xff", "0", 16),
        (b"\xff\xff", "0 1", 16),
        (b"\xff\xff", "0 0 -1", -1),
        (b"\xff\xff", "0 3 9 BIT", -1),
        (b"\xff\xff", "0 5", -1),
        (b"\xff\xff", "1 1 0", -1),
        (b"", "0", -1),
        (b"", "1", -1),
    ],
)
def test_the_first_bit_is_found(redis: Redis, data: bytes, rest: str, found: int) -> None:
    redis(b"SET", b"k", data)
    assert redis("BITPOS", b"k", *rest.split()) == found


def test_what_is_not_there_is_all_zeros(redis: Redis) -> None:
    assert redis("BITPOS none 0") == 0
    assert redis("BITPOS none 1") == -1
    assert redis("BITPOS none 0 3 7 BIT") == 0


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("BITOP AND t a b", b"`bc`ab"),
        ("BITOP OR t a b", b"goofev"),
        ("BITOP xor t a a", b"\x00" * 6),
        ("BITOP AND t a none", b"\x00" * 6),
        ("BITOP OR t a short", b"g" + b"oobar"),
        ("BITOP OR t a", b"foobar"),
        ("BITOP NOT t short", b"\x98"),
    ],
)
def test_strings_are_combined_and_stored(redis: Redis, line: str, result: bytes) -> None:
    redis("SET a foobar")
    redis("SET b abcdef")
    redis("SET short g")
    redis("SET t before EX 100")
    assert told(redis, line)[-1:] == ["set t"]
    assert redis(line) == len(result)
    assert redis("GET t") == result
    assert redis("TTL t") == -1
    assert redis("OBJECT ENCODING t") == b"raw"


def test_an_empty_result_deletes_the_target(redis: Redis) -> None:
    redis("SET t x")
    redis(b"SET", b"empty", b"")
    assert told(redis, "BITOP NOT t empty") == ["del t"]
    assert redis("BITOP OR t none empty") == 0
    assert redis("EXISTS t") == 0
    assert changes(redis, "BITOP OR t none") == 0
    redis("SET t x PX 10")
    redis.advance(10)
    assert told(redis, "BITOP NOT t empty") == ["del t"]


@pytest.mark.parametrize(
    ("steps", "replies"),
    [
        ("SET u8 0 200 GET u8 0 GET i8 0", [0, 200, -56]),
        ("SET u4 #1 15 GET u8 0", [0, 15]),
        ("INCRBY i5 100 1 GET u4 0", [1, 0]),
        ("SET i8 0 -1 SET i8 0 7", [0, -1]),
        ("SET u8 0 255 INCRBY u8 0 2", [0, 1]),
        ("OVERFLOW SAT INCRBY u8 0 300 INCRBY u8 0 -300", [255, 0]),
        ("OVERFLOW FAIL INCRBY i8 0 128 GET i8 0", [None, 0]),
        ("OVERFLOW SAT INCRBY i8 0 200 OVERFLOW WRAP INCRBY i8 0 1", [127, -128]),
        ("INCRBY i64 0 9223372036854775807 INCRBY i64 0 1", [2**63 - 1, -(2**63)]),
        ("OVERFLOW sat SET u8 0 -5 GET u8 0", [0, 255]),
        ("set u63 3 9223372036854775807 get u63 3", [0, 2**63 - 1]),
        ("", []),
    ],
)
def test_fields_are_read_set_and_added_to(redis: Redis, steps: str, replies: list[Reply]) -> None:
    assert redis(f"BITFIELD k {steps}") == replies


def test_only_steps_that_change_something_count(redis: Redis) -> None:
    assert changes(redis, "BITFIELD k SET u8 0 1 SET u8 8 0") == 2  # the key is new
    assert changes(redis, "BITFIELD k SET u8 0 1 SET u8 8 0") == 0
    assert changes(redis, "BITFIELD k SET u8 0 2 INCRBY u8 8 1 GET u8 0") == 2
    assert changes(redis, "BITFIELD k OVERFLOW FAIL INCRBY u8 0 300") == 0
    assert told(redis, "BITFIELD k INCRBY u8 8 1") == ["setbit k"]
    assert passed_on(redis, "BITFIELD k GET u8 0") == []


def test_reading_makes_no_key_and_writing_makes_room(redis: Redis) -> None:
    assert redis("BITFIELD k GET u8 100") == [0]
    assert redis("BITFIELD_RO k GET u8 100 GET i4 #2") == [0, 0]
    assert redis("EXISTS k") == 0
    redis("BITFIELD k OVERFLOW FAIL INCRBY u8 100 300")
    assert redis("STRLEN k") == 14
    redis("SET n 12")
    assert redis("BITFIELD_RO n GET u8 #1") == [0x32]


OFFSET = "ERR bit offset is not an integer or out of range"
TYPE = (
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
    " i64 is."
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SETBIT k -1 1", OFFSET),
        ("SETBIT k 4294967296 1", OFFSET),
        ("SETBIT k #1 1", OFFSET),
        ("GETBIT k x", OFFSET),
        ("SETBIT k 0 2", "ERR bit is not an integer or out of range"),
        ("SETBIT k 0 x", "ERR bit is not an integer or out of range"),
        ("BITCOUNT k 1", "ERR syntax error"),
        ("BITCOUNT k 1 2 NIBBLE", "ERR syntax error"),
        ("BITCOUNT k 1 x NIBBLE", "ERR value is not an integer or out of range"),
        ("BITPOS k 2", "ERR The bit argument must be 1 or 0."),
        ("BITPOS k x", "ERR value is not an integer or out of range"),
        ("BITPOS k 1 0 x", "ERR value is not an integer or out of range"),
        ("BITPOS k 1 0 x NIBBLE", "ERR syntax error"),
        ("BITPOS k 1 0 1 BIT 3", "ERR syntax error"),
        ("BITOP NAND t k", "ERR syntax error"),
        ("BITOP NOT t k k", "ERR BITOP NOT must be called with a single source key."),
        ("BITFIELD k GET u64 0", TYPE),
        ("BITFIELD k GET i65 0", TYPE),
        ("BITFIELD k GET u0 0", TYPE),
        ("BITFIELD k GET U8 0", TYPE),
        ("BITFIELD k GET u8 -1", OFFSET),
        ("BITFIELD k GET u8 #4294967296", OFFSET),
        ("BITFIELD k SET u8 0 x", "ERR value is not an integer or out of range"),
        ("BITFIELD k OVERFLOW NEVER", "ERR Invalid OVERFLOW type specified"),
        ("BITFIELD k SET u8 0", "ERR syntax error"),
        ("BITFIELD k TAKE u8 0", "ERR syntax error"),
        ("BITFIELD k SET u8 0 5 GET u8", "ERR syntax error"),
        ("BITFIELD_RO k SET u8 0 5", "ERR BITFIELD_RO only supports the GET subcommand"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_done(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message
    assert redis("EXISTS k t") == 0


@pytest.mark.parametrize(
    "line",
    [
        "SETBIT h 0 1", "GETBIT h 0", "BITCOUNT h", "BITPOS h 1", "BITOP OR t h",
        "BITFIELD h", "BITFIELD h SET u8 0 1", "BITFIELD_RO h GET u8 0",
    ],
)  # fmt: skip
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    redis("HSET h f v")
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis(line)
