"""HyperLogLog commands: what they answer, keep, tell and pass on."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

EMPTY = b"HYLL\x01" + bytes(10) + b"\x80\x7f\xff"
NO_HLL = "WRONGTYPE Key is not a valid HyperLogLog string value."


def add(redis: Redis, key: str, start: int, stop: int) -> None:
    redis("PFADD", key, *[b"%d" % number for number in range(start, stop)])


def test_elements_are_seen_once(redis: Redis) -> None:
    assert redis("PFADD h a b c") == 1
    assert redis("PFADD h a c") == 0
    assert redis("PFCOUNT h") == 3
    assert redis("TYPE h") == Status("string")
    assert redis("OBJECT ENCODING h") == b"raw"
    assert redis("STRLEN h") == 27


def test_an_empty_one_can_be_made(redis: Redis) -> None:
    assert told(redis, "PFADD h") == ["new h", "pfadd h"]
    assert redis("GET h") == EMPTY
    assert redis("PFADD h") == 0
    assert told(redis, "PFADD h") == []
    assert redis("PFCOUNT h") == redis("PFCOUNT none") == 0


def test_only_what_raises_a_register_counts_as_a_change(redis: Redis) -> None:
    assert changes(redis, "PFADD h a b c") == 4  # the key is one
    assert changes(redis, "PFADD h a b c d") == 1
    assert passed_on(redis, "PFADD h a b") == []
    assert passed_on(redis, "PFADD h e") == ["PFADD h e"]


def test_a_count_is_kept_in_the_key_and_passed_on_though_it_only_reads(redis: Redis) -> None:
    redis("PFADD h a b c")
    before = redis("GET h")
    assert told(redis, "PFCOUNT h") == []
    after = redis("GET h")
    assert isinstance(before, bytes) and isinstance(after, bytes)
    assert (before[8:16].hex(), after[8:16].hex()) == ("0000000000000080", "0300000000000000")
    redis("PFADD h d")
    assert passed_on(redis, "PFCOUNT h") == ["PFCOUNT h"]
    assert passed_on(redis, "PFCOUNT h") == []
    redis("PFADD h e")
    assert changes(redis, "PFCOUNT h") == 1


def test_a_kept_count_is_believed(redis: Redis) -> None:
    redis(b"SET", b"h", b"HYLL\x01" + bytes(3) + b"\x2a" + bytes(7) + b"\x7f\xff")
    assert redis("PFCOUNT h") == 42
    assert redis("PFCOUNT h none") == 0  # of several keys the registers are looked at


def test_several_keys_are_counted_together_and_stay_as_they_are(redis: Redis) -> None:
    add(redis, "one", 0, 600)
    add(redis, "two", 300, 900)
    before = redis("GET one")
    together = redis("PFCOUNT one two none")
    assert isinstance(together, int)
    assert abs(together - 900) < 40
    assert redis("GET one") == before
    assert passed_on(redis, "PFCOUNT one two") == []


def test_keys_are_merged_into_the_first(redis: Redis) -> None:
    add(redis, "one", 0, 600)
    add(redis, "two", 300, 900)
    together = redis("PFCOUNT one two")
    assert told(redis, "PFMERGE target one two none") == [
        "keymiss target", "keymiss none", "new target", "pfadd target",
    ]  # fmt: skip
    assert redis("PFCOUNT target") == together
    assert redis("PFMERGE one two") == OK
    assert redis("PFCOUNT one") == together
    assert changes(redis, "PFMERGE one") == 1
    assert redis("PFMERGE empty") == OK
    assert redis("GET empty") == EMPTY


def test_a_merge_with_a_dense_one_is_dense(redis: Redis) -> None:
    redis("PFADD sparse a")
    redis("PFADD dense b")
    redis("PFDEBUG TODENSE dense")
    redis("PFMERGE target sparse")
    assert redis("PFDEBUG ENCODING target") == Status("sparse")
    redis("PFMERGE target dense")
    assert redis("PFDEBUG ENCODING target") == Status("dense")
    assert redis("PFCOUNT target") == 2


def test_a_merge_into_a_full_sparse_one_promotes_it(redis: Redis) -> None:
    redis("CONFIG SET hll-sparse-max-bytes 200")
    add(redis, "one", 0, 60)
    add(redis, "two", 100, 160)
    assert redis("PFDEBUG ENCODING one") == Status("sparse")
    redis("PFMERGE one two")
    assert redis("PFDEBUG ENCODING one") == Status("dense")
    assert redis("STRLEN one") == 12304


def test_ten_thousand_elements_make_it_dense(redis: Redis) -> None:
    add(redis, "h", 0, 10_000)
    assert redis("STRLEN h") == 12304
    count = redis("PFCOUNT h")
    assert isinstance(count, int)
    assert abs(count - 10_000) < 330


def test_it_is_a_string_that_can_be_copied_and_put_elsewhere(redis: Redis) -> None:
    redis("PFADD h a b")
    data = redis("GET h")
    assert isinstance(data, bytes)
    redis(b"SET", b"copy", data)
    assert redis("PFADD copy a") == 0
    assert redis("PFADD copy c") == 1
    assert redis("PFCOUNT h") == 2
    assert redis("PFCOUNT copy") == 3


def test_the_inside_is_shown(redis: Redis) -> None:
    redis("PFADD h a b c")
    runs = b"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"  # as a server told it
    assert redis("PFDEBUG DECODE h") == runs
    assert redis("PFDEBUG encoding h") == Status("sparse")
    assert changes(redis, "PFDEBUG DECODE h") == 0
    assert changes(redis, "PFDEBUG TODENSE h") == 1
    assert redis("PFDEBUG TODENSE h") == 0
    registers = redis("PFDEBUG GETREG h")
    assert isinstance(registers, list)
    assert len(registers) == 16384
    assert [at for at, value in enumerate(registers) if value] == [8436, 12711, 15780]
    assert registers[12711] == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("PFADD text a", NO_HLL),
        ("PFADD number a", NO_HLL),
        ("PFCOUNT text", NO_HLL),
        ("PFCOUNT h text", NO_HLL),
        ("PFMERGE h text", NO_HLL),
        ("PFMERGE text h", NO_HLL),
        ("PFDEBUG ENCODING text", NO_HLL),
        ("PFDEBUG ENCODING none", "ERR The specified key does not exist"),
        ("PFDEBUG NOPE h", "ERR Unknown PFDEBUG subcommand 'NOPE'"),
        ("PFDEBUG DECODE dense", "ERR HLL encoding is not sparse"),
        ("PFADD broken b", "INVALIDOBJ Corrupted HLL object detected"),
        ("PFCOUNT broken", "INVALIDOBJ Corrupted HLL object detected"),
        ("PFCOUNT h broken", "INVALIDOBJ Corrupted HLL object detected"),
        ("PFMERGE h broken text", "INVALIDOBJ Corrupted HLL object detected"),
        ("PFDEBUG GETREG broken", "INVALIDOBJ Corrupted HLL object detected"),
    ],
)
def test_what_is_none_is_refused(redis: Redis, line: str, message: str) -> None:
    redis("SET text HYLL")
    redis("SET number 12345678901234567")
    redis("PFADD h a")
    redis("PFADD dense a")
    redis("PFDEBUG TODENSE dense")
    redis(b"SET", b"broken", EMPTY[:-2] + b"\x00")
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message
    assert redis("PFCOUNT h") == 1


@pytest.mark.parametrize(
    "line", ["PFADD k a", "PFCOUNT k", "PFCOUNT k k", "PFMERGE k", "PFDEBUG ENCODING k"]
)
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    redis("HSET k f v")
    with pytest.raises(CommandError, match=r"^WRONGTYPE Operation"):
        redis(line)


def test_the_self_test_passes(redis: Redis) -> None:
    assert redis("PFSELFTEST") == OK


@pytest.mark.parametrize(
    ("most", "holds"),
    [(0, True), (3, True), (4, False), (20, False), (100, True), (250, False), (300, True)],
)
def test_the_self_test_fails_where_few_elements_are_too_many_to_be_sparse(
    redis: Redis, most: int, holds: bool
) -> None:
    # As Redis 7.0 answered.
    redis(f"CONFIG SET hll-sparse-max-bytes {most}")
    if holds:
        assert redis("PFSELFTEST") == OK
    else:
        assert refused(redis, "PFSELFTEST") == "ERR TESTFAILED sparse encoding not used"
