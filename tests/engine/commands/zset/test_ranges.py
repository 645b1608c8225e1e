"""Sorted sets by range: of ranks, of scores, of members."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.zset.ranges import clamp, parse_members, parse_scores
from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.errors import CommandError
from redlearn.resp.reply import Pairs
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
BAD_SCORE = "ERR min or max is not a float"
BAD_MEMBER = "ERR min or max not valid string range item"


@pytest.fixture(params=["listpack", "skiplist"])
def z(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """`z` with scores 1 to 5, and `l` whose members all have the score 0."""
    if request.param == "skiplist":
        redis("CONFIG SET zset-max-listpack-entries 0")
    redis("ZADD z 1 a 2 b 3 c 4 d 5 e")
    redis("ZADD l 0 a 0 b 0 c 0 d 0 e")
    return redis


def letters(reply: object) -> str:
    """Members of one letter each, as one word."""
    assert isinstance(reply, list)
    return b"".join(reply).decode()


@pytest.mark.parametrize(
    ("start", "stop", "length", "span"),
    [
        (0, -1, 5, (0, 5)), (1, 2, 5, (1, 3)), (-2, 99, 5, (3, 5)), (-99, 0, 5, (0, 1)),
        (4, 1, 5, (0, 0)), (5, 9, 5, (0, 0)), (0, -6, 5, (0, 0)), (0, -1, 0, (0, 0)),
        (-(2**63), 2**63 - 1, 5, (0, 5)),
    ],
)  # fmt: skip
def test_ranks_are_clamped(start: int, stop: int, length: int, span: tuple[int, int]) -> None:
    assert clamp(start, stop, length) == span


@pytest.mark.parametrize(
    ("low", "high", "scores"),
    [
        (b"1", b"2", ScoreRange(1, 2)),
        (b"(1", b"(2.5", ScoreRange(1, 2.5, True, True)),
        (b"-inf", b"+inf", ScoreRange(float("-inf"), float("inf"))),
        (b"(-inf", b"inf", ScoreRange(float("-inf"), float("inf"), True)),
        (b"(", b"", ScoreRange(0, 0, True)),  # C reads nothing as 0
    ],
)
def test_ranges_of_scores_are_read(low: bytes, high: bytes, scores: ScoreRange) -> None:
    assert parse_scores(low, high) == scores


@pytest.mark.parametrize("text", [b"x", b"(x", b"nan", b"(nan", b"[1", b"1x", b"((1"])
def test_other_words_are_no_scores(text: bytes) -> None:
    for ends in ((text, b"1"), (b"1", text)):
        with pytest.raises(CommandError) as error:
            parse_scores(*ends)
        assert error.value.text == BAD_SCORE


@pytest.mark.parametrize(
    ("low", "high", "members"),
    [
        (b"-", b"+", LexRange(Extreme.LOWEST, Extreme.HIGHEST)),
        (b"[a", b"(b", LexRange(b"a", b"b", False, True)),
        (b"(", b"[", LexRange(b"", b"", True, False)),
        (b"[\xff", b"+", LexRange(b"\xff", Extreme.HIGHEST)),
    ],
)
def test_ranges_of_members_are_read(low: bytes, high: bytes, members: LexRange) -> None:
    assert parse_members(low, high) == members


@pytest.mark.parametrize("text", [b"", b"a", b"--", b"+x", b" [a"])
def test_other_words_are_no_members(text: bytes) -> None:
    with pytest.raises(CommandError) as error:
        parse_members(text, b"+")
    assert error.value.text == BAD_MEMBER


# --- Reading --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ZRANGE z 0 -1", "abcde"),
        ("ZRANGE z 1 3", "bcd"),
        ("ZRANGE z -2 -1", "de"),
        ("ZRANGE z 3 1", ""),
        ("ZRANGE z 9 10", ""),
        ("ZRANGE none 0 -1", ""),
        ("ZREVRANGE none 0 -1", ""),
        ("ZRANGEBYLEX none - +", ""),
        ("ZRANGE z 0 1 rev", "ed"),
        ("ZREVRANGE z 0 1", "ed"),
        ("ZREVRANGE z -2 -1", "ba"),
        ("ZRANGE z 2 4 BYSCORE", "bcd"),
        ("ZRANGE z (2 (4 BYSCORE", "c"),
        ("ZRANGE z 4 2 BYSCORE", ""),
        ("ZRANGE z 4 2 REV BYSCORE", "dcb"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 2", "bc"),
        ("ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2", "dc"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 3 -1", "de"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 0 0", ""),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 9 1", ""),
        ("ZRANGEBYSCORE z 2 4", "bcd"),
        ("ZRANGEBYSCORE z (2 +inf LIMIT 1 1", "d"),
        ("ZREVRANGEBYSCORE z 4 2", "dcb"),
        ("ZREVRANGEBYSCORE z +inf (2 LIMIT 1 2", "dc"),
        ("ZRANGE l [b [d BYLEX", "bcd"),
        ("ZRANGE l (b (d BYLEX", "c"),
        ("ZRANGE l - + BYLEX LIMIT 1 2", "bc"),
        ("ZRANGE l + - BYLEX REV LIMIT 1 2", "dc"),
        ("ZRANGE l [d [b BYLEX REV", "dcb"),
        ("ZRANGE l + - BYLEX", ""),
        ("ZRANGEBYLEX l [b +", "bcde"),
        ("ZRANGEBYLEX l - (b LIMIT 0 9", "a"),
        ("ZREVRANGEBYLEX l (d [b", "cb"),
        ("ZREVRANGEBYLEX l + - LIMIT 4 1", "a"),
    ],
)
def test_members_of_a_range(z: Redis, line: str, found: str) -> None:
    assert letters(z(line)) == found
    assert passed_on(z, line) == []


@pytest.mark.parametrize(
    "line",
    [
        "ZRANGE z 1 2 WITHSCORES", "ZRANGE z 2 3 BYSCORE WITHSCORES",
        "ZRANGEBYSCORE z 2 9 withscores LIMIT 0 2", "ZRANGEBYSCORE z 2 9 LIMIT 0 2 WITHSCORES",
        "ZRANGE z 2 9 LIMIT 0 2 WITHSCORES BYSCORE",
    ],
)  # fmt: skip
def test_scores_come_along_when_asked_for(z: Redis, line: str) -> None:
    reply = z(line)
    assert isinstance(reply, Pairs)
    assert reply == Pairs([(b"b", 2.0), (b"c", 3.0)])


def test_a_range_backwards_keeps_its_scores(z: Redis) -> None:
    assert z("ZREVRANGE z 0 0 WITHSCORES") == Pairs([(b"e", 5.0)])
    assert z("ZREVRANGEBYSCORE z 2 1 WITHSCORES") == Pairs([(b"b", 2.0), (b"a", 1.0)])


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("ZCOUNT z -inf +inf", 5), ("ZCOUNT z (1 3", 2), ("ZCOUNT z 4 2", 0),
        ("ZCOUNT none 0 1", 0),
        ("ZLEXCOUNT l - +", 5), ("ZLEXCOUNT l (a [c", 2), ("ZLEXCOUNT l + -", 0),
        ("ZLEXCOUNT none - +", 0),
    ],
)  # fmt: skip
def test_counting_a_range(z: Redis, line: str, count: int) -> None:
    assert z(line) == count


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ZRANGE z x 1", NOT_AN_INTEGER),
        ("ZRANGE z 0 1.5", NOT_AN_INTEGER),
        ("ZRANGE z 0 1 NOPE", "ERR syntax error"),
        ("ZRANGE z 0 1 REV REV", "ERR syntax error"),
        ("ZRANGE z 0 1 BYSCORE BYLEX", "ERR syntax error"),
        ("ZRANGE z 0 1 LIMIT 0", "ERR syntax error"),
        ("ZRANGE z 0 1 BYSCORE LIMIT x 1", NOT_AN_INTEGER),
        ("ZRANGE z 0 1 BYSCORE LIMIT 0 x", NOT_AN_INTEGER),
        ("ZRANGE z 0 1 LIMIT 0 1", "ERR syntax error, LIMIT is only supported in combination "
                                   "with either BYSCORE or BYLEX"),
        ("ZREVRANGE z 0 1 LIMIT 0 1", "ERR syntax error, LIMIT is only supported in combination "
                                      "with either BYSCORE or BYLEX"),
        ("ZRANGE z - + BYLEX WITHSCORES", "ERR syntax error, WITHSCORES not supported in "
                                          "combination with BYLEX"),
        ("ZRANGEBYLEX l - + WITHSCORES", "ERR syntax error, WITHSCORES not supported in "
                                         "combination with BYLEX"),
        ("ZREVRANGE z 0 1 REV", "ERR syntax error"),
        ("ZRANGEBYSCORE z 0 1 BYLEX", "ERR syntax error"),
        ("ZRANGE z x 1 BYSCORE", BAD_SCORE),
        ("ZRANGEBYSCORE z (nan 1", BAD_SCORE),
        ("ZRANGE l a + BYLEX", BAD_MEMBER),
        ("ZCOUNT z x 1", BAD_SCORE),
        ("ZLEXCOUNT l a b", BAD_MEMBER),
        ("ZRANGE s 0 -1", WRONG_TYPE),
        ("ZRANGE s x -1", NOT_AN_INTEGER),
        ("ZRANGEBYSCORE s 0 1", WRONG_TYPE),
        ("ZCOUNT s 0 1", WRONG_TYPE),
        ("ZLEXCOUNT s - +", WRONG_TYPE),
        ("ZRANGESTORE d s 0 -1", WRONG_TYPE),
        ("ZRANGESTORE d z 0 -1 WITHSCORES", "ERR syntax error"),
        ("ZRANGESTORE d z x -1", NOT_AN_INTEGER),
        ("ZREMRANGEBYRANK z x 1", NOT_AN_INTEGER),
        ("ZREMRANGEBYRANK s 0 1", WRONG_TYPE),
        ("ZREMRANGEBYSCORE z x 1", BAD_SCORE),
        ("ZREMRANGEBYSCORE s 0 1", WRONG_TYPE),
        ("ZREMRANGEBYLEX z a b", BAD_MEMBER),
        ("ZREMRANGEBYLEX s - +", WRONG_TYPE),
    ],
)  # fmt: skip
def test_ranges_refuse_without_changing_anything(z: Redis, line: str, text: str) -> None:
    z("SET s v")
    assert refused(z, line) == text


# --- Storing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "count", "found"),
    [
        ("1 3", 3, [(b"b", 2.0), (b"c", 3.0), (b"d", 4.0)]),
        ("0 1 REV", 2, [(b"d", 4.0), (b"e", 5.0)]),
        ("4 2 BYSCORE REV LIMIT 0 1", 1, [(b"d", 4.0)]),
        ("(1 2 BYSCORE", 1, [(b"b", 2.0)]),
    ],
)
def test_a_range_can_be_stored(
    z: Redis, options: str, count: int, found: list[tuple[bytes, float]]
) -> None:
    z("SET d v EX 100")
    assert z(f"ZRANGESTORE d z {options}") == count
    assert z("ZRANGE d 0 -1 WITHSCORES") == Pairs(found)
    assert z("TTL d") == -1
    z.engine.check()


def test_a_stored_range_may_replace_its_source(z: Redis) -> None:
    assert z("ZRANGESTORE z z 0 1") == 2
    assert letters(z("ZRANGE z 0 -1")) == "ab"


def test_storing_tells_and_passes_on(z: Redis) -> None:
    assert told(z, "ZRANGESTORE d z 0 1") == ["new d", "zrangestore d"]
    assert told(z, "ZRANGESTORE d z 0 1") == ["zrangestore d"]
    assert passed_on(z, "ZRANGESTORE d z 0 1") == ["ZRANGESTORE d z 0 1"]
    assert changes(z, "ZRANGESTORE d z 0 1") == 1


def test_storing_nothing_deletes_what_was_there(z: Redis) -> None:
    z("SET d v")
    assert told(z, "ZRANGESTORE d z 9 9") == ["del d"]
    assert told(z, "ZRANGESTORE d none 0 1") == ["keymiss none"]
    assert z("ZRANGESTORE d z 9 9") == 0
    assert passed_on(z, "ZRANGESTORE d z 9 9") == []


def test_storing_nothing_does_not_ask_whether_what_was_there_is_stale(z: Redis) -> None:
    z("SET d v PX 5")
    z.advance(5)
    assert passed_on(z, "ZRANGESTORE d z 9 9") == ["ZRANGESTORE d z 9 9"]


# --- Removing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "count", "left"),
    [
        ("ZREMRANGEBYRANK z 0 1", 2, "cde"),
        ("ZREMRANGEBYRANK z -2 -1", 2, "abc"),
        ("ZREMRANGEBYRANK z 9 10", 0, "abcde"),
        ("ZREMRANGEBYSCORE z (1 3", 2, "ade"),
        ("ZREMRANGEBYSCORE z 8 9", 0, "abcde"),
        ("ZREMRANGEBYRANK none 0 -1", 0, "abcde"),
        ("ZREMRANGEBYSCORE none 0 1", 0, "abcde"),
        ("ZREMRANGEBYLEX none - +", 0, "abcde"),
    ],
)
def test_a_range_can_be_removed(z: Redis, line: str, count: int, left: str) -> None:
    z("COPY z twin")
    assert changes(z, line) == count
    z("COPY twin z REPLACE")
    assert z(line) == count
    assert letters(z("ZRANGE z 0 -1")) == left
    z.engine.check()


def test_members_can_be_removed_by_their_bytes(z: Redis) -> None:
    assert z("ZREMRANGEBYLEX l [b (d") == 2
    assert letters(z("ZRANGE l 0 -1")) == "ade"


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("ZREMRANGEBYRANK z 0 {}", "zremrangebyrank z"),
        ("ZREMRANGEBYSCORE z 1 {}", "zremrangebyscore z"),
    ],
)
def test_removing_tells_and_takes_an_empty_key_along(z: Redis, line: str, event: str) -> None:
    assert told(z, line.format(1)) == [event]
    assert told(z, line.format(99)) == [event, "del z"]
    assert told(z, line.format(99)) == []
    assert z("EXISTS z") == 0


def test_removing_by_bytes_tells_too(z: Redis) -> None:
    assert told(z, "ZREMRANGEBYLEX l - [a") == ["zremrangebylex l"]
    assert passed_on(z, "ZREMRANGEBYLEX l - [a") == []
    assert told(z, "ZREMRANGEBYLEX l - +") == ["zremrangebylex l", "del l"]


# --- A negative offset ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ZRANGEBYSCORE z 1 4 LIMIT -1 9", "d"),
        ("ZRANGEBYSCORE z 1 4 LIMIT -2 1", "c"),
        ("ZRANGEBYSCORE z 2 4 LIMIT -3 9", "bcd"),
        ("ZRANGEBYSCORE z 2 4 LIMIT -4 9", ""),
        ("ZREVRANGEBYSCORE z 4 1 LIMIT -1 1", "a"),
        ("ZRANGEBYLEX l [a [d LIMIT -1 1", "d"),
    ],
)
def test_a_negative_offset_counts_from_the_other_end_of_a_skiplist(
    z: Redis, line: str, found: str
) -> None:
    """Nobody promises this, but 7.4 does it; a listpack has nothing before its beginning."""
    in_skiplist = z("OBJECT ENCODING z") == b"skiplist"
    assert letters(z(line)) == (found if in_skiplist else "")
