"""Hash commands: every option, every refusal, what each tells and passes on."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK, Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_LONG = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)
INT64_MAX = 2**63 - 1


@pytest.fixture(params=["listpack", "hashtable"])
def h(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """A hash `h` of three fields, in either structure."""
    if request.param == "hashtable":
        redis("CONFIG SET hash-max-listpack-entries 0")
    redis("HSET h a 1 b two c ''")
    assert redis("OBJECT ENCODING h") == request.param.encode()
    return redis


# --- Setting --------------------------------------------------------------------------------


def test_hset_counts_new_fields_and_changes_old_ones(h: Redis) -> None:
    assert h("HSET h a 9 d 4 d 5") == 1
    assert h("HMGET h a d") == [b"9", b"5"]


def test_hset_counts_each_pair_as_a_change(h: Redis) -> None:
    assert changes(h, "HSET h a 1 b 2") == 2
    assert told(h, "HSET h a 1 z 2") == ["hset h"]
    assert passed_on(h, "hset h a 1 b 2") == ["hset h a 1 b 2"]


def test_hmset_does_the_same_and_says_ok(h: Redis) -> None:
    assert h("HMSET h a 9 d 4") == OK
    assert h("HMGET h a d") == [b"9", b"4"]
    assert told(h, "HMSET h a 1") == ["hset h"]


def test_hsetnx_sets_only_what_is_not_there(h: Redis) -> None:
    assert h("HSETNX h a 9") == 0
    assert told(h, "HSETNX h a 9") == []
    assert h("HSETNX h d 4") == 1
    assert told(h, "HSETNX h e 5") == ["hset h"]
    assert h("HMGET h a d") == [b"1", b"4"]
    assert h("HSETNX new f v") == 1


@pytest.mark.parametrize("line", ["HSET new f v", "HMSET new f v", "HSETNX new f v"])
def test_a_new_hash_is_told_of(redis: Redis, line: str) -> None:
    assert told(redis, line) == ["new new", "hset new"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("HSET h a", "ERR wrong number of arguments for 'hset' command"),
        ("hset h a 1 b", "ERR wrong number of arguments for 'hset' command"),
        ("HMSET h a 1 b", "ERR wrong number of arguments for 'hmset' command"),
        ("HSETNX h a", "ERR wrong number of arguments for 'hsetnx' command"),
        ("HINCRBY h a x", NOT_AN_INTEGER),
        ("HINCRBY h b 1", "ERR hash value is not an integer"),
        ("HINCRBY h c 1", "ERR hash value is not an integer"),
        ("HINCRBY h a 9223372036854775807", "ERR increment or decrement would overflow"),
        ("HINCRBYFLOAT h a x", "ERR value is not a valid float"),
        ("HINCRBYFLOAT h a ''", "ERR value is not a valid float"),
        ("HINCRBYFLOAT h a inf", "ERR value is NaN or Infinity"),
        ("HINCRBYFLOAT h b 1", "ERR hash value is not a float"),
        ("HRANDFIELD h x", NOT_AN_INTEGER),
        ("HRANDFIELD h 1 WITHSCORES", "ERR syntax error"),
        ("HRANDFIELD h 1 WITHVALUES x", "ERR syntax error"),
        ("HRANDFIELD h -9223372036854775808", NOT_A_LONG),
        ("HRANDFIELD h 9223372036854775807 WITHVALUES", "ERR value is out of range"),
        ("HRANDFIELD h -4611686018427387904 WITHVALUES", "ERR value is out of range"),
        ("HSCAN h x", "ERR invalid cursor"),
        ("HSCAN h 0 COUNT 0", "ERR syntax error"),
        ("HSCAN h 0 COUNT x", NOT_AN_INTEGER),
        ("HSCAN h 0 TYPE hash", "ERR syntax error"),
        ("HSCAN h 0 NOSCORES", "ERR NOSCORES option can only be used in ZSCAN"),
    ],
)
def test_hash_commands_refuse_without_changing_anything(h: Redis, line: str, text: str) -> None:
    assert refused(h, line) == text


@pytest.mark.parametrize(
    "line",
    [
        "HSET s f v", "HMSET s f v", "HSETNX s f v", "HGET s f", "HMGET s f", "HGETALL s",
        "HKEYS s", "HVALS s", "HLEN s", "HEXISTS s f", "HSTRLEN s f", "HDEL s f",
        "HINCRBY s f 1", "HINCRBYFLOAT s f 1", "HRANDFIELD s", "HRANDFIELD s 2", "HSCAN s 0",
    ],
)  # fmt: skip
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    redis("SET s v")
    assert refused(redis, line) == WRONG_TYPE


def test_a_bad_number_is_told_before_a_wrong_type(redis: Redis) -> None:
    redis("SET s v")
    assert refused(redis, "HINCRBY s f x") == NOT_AN_INTEGER
    assert refused(redis, "HINCRBYFLOAT s f x") == "ERR value is not a valid float"
    assert refused(redis, "HSCAN s x") == "ERR invalid cursor"


# --- Reading --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "there", "missing"),
    [
        ("HGET {} a", b"1", None),
        ("HGET {} nope", None, None),
        ("HMGET {} a nope c a", [b"1", None, b"", b"1"], [None] * 4),
        ("HGETALL {}", {b"a": b"1", b"b": b"two", b"c": b""}, {}),
        ("HLEN {}", 3, 0),
        ("HEXISTS {} c", 1, 0),
        ("HEXISTS {} nope", 0, 0),
        ("HSTRLEN {} b", 3, 0),
        ("HSTRLEN {} c", 0, 0),
        ("HSTRLEN {} nope", 0, 0),
    ],
)
def test_reading(h: Redis, line: str, there: Reply, missing: Reply) -> None:
    assert h(line.format("h")) == there
    assert h(line.format("none")) == missing
    assert passed_on(h, line.format("h")) == []


def test_fields_and_values_come_out_in_one_order(h: Redis) -> None:
    fields, values = h("HKEYS h"), h("HVALS h")
    assert dict(zip(fields, values, strict=True)) == {b"a": b"1", b"b": b"two", b"c": b""}
    assert h("HKEYS none") == h("HVALS none") == []


# --- Removing -------------------------------------------------------------------------------


def test_hdel_counts_what_was_there(h: Redis) -> None:
    assert h("HDEL h a nope a") == 1
    assert told(h, "HDEL h nope") == []
    assert told(h, "HDEL h b") == ["hdel h"]
    assert h("HLEN h") == 1
    assert h("HDEL none a") == 0


def test_the_last_field_takes_the_key_along(h: Redis) -> None:
    h("EXPIRE h 100")
    assert told(h, "HDEL h a b c") == ["hdel h", "del h"]
    assert h("EXISTS h") == 0
    h.engine.check()


# --- Counting up ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "step", "total"),
    [("a", "5", 6), ("a", "-3", -2), ("new", "7", 7), ("a", str(INT64_MAX - 1), INT64_MAX)],
)
def test_hincrby(h: Redis, field: str, step: str, total: int) -> None:
    assert h(f"HINCRBY h {field} {step}") == total
    assert h(f"HGET h {field}") == b"%d" % total


def test_hincrby_makes_what_is_not_there(redis: Redis) -> None:
    assert told(redis, "HINCRBY new f 3") == ["new new", "hincrby new"]
    assert passed_on(redis, "HINCRBY new f 3") == ["HINCRBY new f 3"]
    assert changes(redis, "HINCRBY new f 3") == 1


@pytest.mark.parametrize(
    ("before", "step", "total"),
    [
        ("10.5", "0.1", b"10.6"), ("5.0e3", "2.0e2", b"5200"), ("1", "-1", b"0"),
        ("0.1", "0.2", b"0.3"), ("3", "1.5e-3", b"3.0015"),
    ],
)  # fmt: skip
def test_hincrbyfloat(redis: Redis, before: str, step: str, total: bytes) -> None:
    redis(f"HSET h f {before}")
    assert redis(f"HINCRBYFLOAT h f {step}") == total
    assert redis("HGET h f") == total


def test_hincrbyfloat_is_passed_on_as_its_outcome(redis: Redis) -> None:
    assert passed_on(redis, "HINCRBYFLOAT h f 0.5") == ["HSET h f 0.5"]
    assert told(redis, "HINCRBYFLOAT h f 0.5") == ["hincrbyfloat h"]
    assert changes(redis, "HINCRBYFLOAT h f 0.5") == 1


def test_hincrbyfloat_never_ends_in_infinity(redis: Redis) -> None:
    redis("HSET h f 1.1e4932")
    assert refused(redis, "HINCRBYFLOAT h f 1.1e4932") == (
        "ERR increment would produce NaN or Infinity"
    )


# --- Drawing --------------------------------------------------------------------------------


def test_one_field_by_chance(h: Redis) -> None:
    assert {h("HRANDFIELD h") for _ in range(50)} == {b"a", b"b", b"c"}
    assert h("HRANDFIELD none") is None


@pytest.mark.parametrize(("count", "size"), [(0, 0), (2, 2), (3, 3), (99, 3)])
def test_different_fields(h: Redis, count: int, size: int) -> None:
    drawn = h(f"HRANDFIELD h {count}")
    assert len(drawn) == len({*drawn}) == size
    assert h(f"HRANDFIELD none {count}") == []


def test_fields_that_may_come_twice(h: Redis) -> None:
    drawn = h("HRANDFIELD h -20")
    assert len(drawn) == 20
    assert {*drawn} == {b"a", b"b", b"c"}


def test_fields_with_their_values(h: Redis) -> None:
    assert isinstance(h("HRANDFIELD h 2 withvalues"), Pairs)
    assert dict(h("HRANDFIELD h 5 WITHVALUES")) == {b"a": b"1", b"b": b"two", b"c": b""}
    assert len(h("HRANDFIELD h -7 WITHVALUES")) == 7


# --- Scanning -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", [b"a", b"1", b"b", b"two", b"c", b""]),
        ("MATCH [ab]", [b"a", b"1", b"b", b"two"]),
        ("MATCH nope", []),
        ("COUNT 100 MATCH *", [b"a", b"1", b"b", b"two", b"c", b""]),
        ("NOVALUES", [b"a", b"b", b"c"]),
        ("novalues MATCH c", [b"c"]),
    ],
)
def test_hscan(h: Redis, options: str, found: list[bytes]) -> None:
    cursor, page = h(f"HSCAN h 0 COUNT 100 {options}")
    assert cursor == b"0"
    assert sorted(page) == sorted(found)


def test_hscan_of_nothing_ends_at_once(h: Redis) -> None:
    assert h("HSCAN none 0") == [b"0", []]
    assert h("HSCAN none 0 NONSENSE") == [b"0", []]  # as Redis: the key is looked at first


def test_hscan_goes_through_a_large_hash_page_by_page(redis: Redis) -> None:
    for number in range(700):
        redis(f"HSET h f{number} {number}")
    assert redis("OBJECT ENCODING h") == b"hashtable"
    cursor, seen, pages = b"0", set(), 0
    while True:
        cursor, page = redis(b"HSCAN", b"h", cursor, b"COUNT", b"50", b"NOVALUES")
        seen |= {*page}
        pages += 1
        if cursor == b"0":
            break
    assert seen == {b"f%d" % number for number in range(700)}
    assert 8 <= pages <= 20


# --- Encoding -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["HSET h a 1 b 2"], b"listpack"),
        (["HSET h a 1 b 2 c 3"], b"hashtable"),
        (["HSET h a 1 b 2 a 3"], b"hashtable"),  # as many pairs, though two fields only
        (["HSET h a 1 b 2", "HSET h a 9"], b"listpack"),
        (["HSET h a 1 b 2", "HSET h c 3"], b"hashtable"),
        (["HSET h a 123456"], b"hashtable"),
        (["HSET h 123456 a"], b"hashtable"),
        (["HSET h a 1", "HSETNX h b 123456"], b"hashtable"),
        (["HSET h a 1", "HINCRBY h a 99999"], b"hashtable"),
        (["HSET h a 1 b 2 c 3", "HDEL h b c"], b"hashtable"),
    ],
)
def test_limits_convert_one_way(redis: Redis, lines: list[str], encoding: bytes) -> None:
    redis("CONFIG SET hash-max-listpack-entries 2 hash-max-listpack-value 5")
    for line in lines:
        redis(line)
    assert redis("OBJECT ENCODING h") == encoding
    redis.engine.check()
