"""HGETEX, HSETEX, HGETDEL: values and their ends in one call. Refusals were seen on Valkey 9.1."""

from __future__ import annotations

import pytest

from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused, told

COUNT = "ERR numfields should be greater than 0 and match the provided number of fields"
SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"


@pytest.fixture
def fields(redis: Redis) -> Redis:
    """A hash `h` of f, g and k, of which k ends in 50 s, and a string `s`."""
    redis("HSET h f v g w k x")
    redis("HEXPIRE h 50 FIELDS 1 k")
    redis("SET s text")
    return redis


@pytest.mark.parametrize(
    ("command", "left", "effect", "event"),
    [
        ("HGETEX h FIELDS 2 f none", -1, None, None),
        ("HGETEX h EX 10 FIELDS 2 f none", 10, "HPEXPIREAT h 1010000 FIELDS 1 f", "hexpire h"),
        ("HGETEX h PX 1500 FIELDS 1 f", 2, "HPEXPIREAT h 1001500 FIELDS 1 f", "hexpire h"),
        ("HGETEX h EXAT 1010 FIELDS 1 f", 10, "HPEXPIREAT h 1010000 FIELDS 1 f", "hexpire h"),
        ("HGETEX h PXAT 1000001 FIELDS 1 f", 1, "HPEXPIREAT h 1000001 FIELDS 1 f", "hexpire h"),
        ("HGETEX h EX 0 FIELDS 2 f none", -2, "HDEL h f", "hexpired h"),
        ("HGETEX h PERSIST FIELDS 1 f", -1, None, None),
    ],
)
def test_hgetex(
    fields: Redis, command: str, left: int, effect: str | None, event: str | None
) -> None:
    fields("COPY h again")
    reply = fields(command.replace(" h ", " again "))
    assert isinstance(reply, list)
    assert reply[0] == b"v"
    assert fields("HTTL again FIELDS 1 f") == [left]
    fields("COPY h again REPLACE")
    assert told(fields, command.replace(" h ", " again ")) == (
        [event.replace(" h", " again")] if event else []
    )
    assert passed_on(fields, command) == ([effect] if effect else [])
    fields.engine.check()


def test_hgetex_persists_what_was_to_end(fields: Redis) -> None:
    assert passed_on(fields, "HGETEX h PERSIST FIELDS 3 f k none") == ["HPERSIST h FIELDS 1 k"]
    assert fields("HTTL h FIELDS 1 k") == [-1]


def test_hgetex_of_the_last_fields_deletes_the_key(fields: Redis) -> None:
    assert told(fields, "HGETEX h EXAT 1 FIELDS 3 f g k") == ["hexpired h", "del h"]
    assert fields("HGETEX h FIELDS 2 f g") == [None, None]


@pytest.mark.parametrize(
    ("command", "effect", "events"),
    [
        ("HSETEX h FIELDS 1 f 1", "HSETEX h FIELDS 1 f 1", ["hset"]),
        ("HSETEX h EX 10 FIELDS 1 f 1", "HSETEX h PXAT 1010000 FIELDS 1 f 1", ["hset", "hexpire"]),
        ("HSETEX h FXX FIELDS 1 f 1", "HSETEX h FIELDS 1 f 1", ["hset"]),
        ("HSETEX h KEEPTTL FIELDS 1 k 1", "HSETEX h KEEPTTL FIELDS 1 k 1", ["hset"]),
        ("HSETEX h XX FIELDS 1 f 1", "HSETEX h FIELDS 1 f 1", ["hset"]),
        ("HSETEX h EX 0 FIELDS 2 f 1 z 2", "HDEL h f", ["hset", "hexpire", "hexpired"]),
    ],
)
def test_hsetex(fields: Redis, command: str, effect: str, events: list[str]) -> None:
    before = fields("DUMP h")
    assert isinstance(before, bytes)
    assert passed_on(fields, command) == [effect]
    fields(b"RESTORE", b"h", b"0", before, b"REPLACE")
    assert told(fields, command) == [f"{event} h" for event in events]
    fields(b"RESTORE", b"h", b"0", before, b"REPLACE")
    assert fields(command) == 1
    fields.engine.check()


@pytest.mark.parametrize(
    "command",
    [
        "HSETEX h FNX FIELDS 2 f 1 new 2", "HSETEX h FXX FIELDS 2 f 1 new 2",
        "HSETEX h NX FIELDS 1 new 2", "HSETEX none XX FIELDS 1 f 1", "HSETEX none FXX FIELDS 1 f 1",
    ],
)  # fmt: skip
def test_hsetex_is_all_or_nothing(fields: Redis, command: str) -> None:
    assert passed_on(fields, command) == []
    assert fields(command) == 0
    assert (fields("HLEN h"), fields("EXISTS none")) == (3, 0)


def test_hsetex_lets_ends_be_or_takes_them_away(fields: Redis) -> None:
    fields("HSETEX h KEEPTTL FIELDS 2 k 1 f 1")
    assert fields("HTTL h FIELDS 2 k f") == [50, -1]
    fields("HSETEX h FIELDS 1 k 2")
    assert fields("HTTL h FIELDS 1 k") == [-1]


def test_a_field_that_is_over_is_new_to_hsetex(fields: Redis) -> None:
    fields.clock.ms += 50_001
    assert passed_on(fields, "HSETEX h KEEPTTL FIELDS 1 k 1") == [
        "MULTI", "HDEL h k", "HSETEX h KEEPTTL FIELDS 1 k 1", "EXEC"]  # fmt: skip
    assert fields("HTTL h FIELDS 1 k") == [-1]


def test_hsetex_of_what_is_past_makes_no_key(redis: Redis) -> None:
    assert told(redis, "HSETEX n PXAT 1 FIELDS 1 f v") == [
        "new n", "hset n", "hexpire n", "hexpired n", "del n"]  # fmt: skip
    assert (redis("EXISTS n"), passed_on(redis, "HSETEX n PXAT 1 FIELDS 1 f v")) == (0, [])


def test_hgetdel(fields: Redis) -> None:
    assert fields("HGETDEL h FIELDS 3 f f none") == [b"v", None, None]
    assert told(fields, "HGETDEL h FIELDS 1 none") == []
    assert passed_on(fields, "HGETDEL h FIELDS 2 g none") == ["HGETDEL h FIELDS 2 g none"]
    assert told(fields, "HGETDEL h FIELDS 1 k") == ["hdel h", "del h"]
    assert fields("HGETDEL h FIELDS 2 a b") == [None, None]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("HGETEX h EX 10 FIELDS", COUNT),
        ("HGETEX h a b c", COUNT),
        ("HGETEX h FIELDS 0 f", COUNT),
        ("HGETEX h FIELDS 2 f", COUNT),
        ("HGETEX h FIELDS -1 f", COUNT),
        ("HGETEX h FIELDS x f", NOT_AN_INTEGER),
        ("HGETEX h NO FIELDS 1 f", SYNTAX),
        ("HGETEX h KEEPTTL FIELDS 1 f", SYNTAX),
        ("HGETEX h EX FIELDS 1 f", SYNTAX),
        ("HGETEX h EX 1 PX 1 FIELDS 1 f", SYNTAX),
        ("HGETEX h PERSIST EX 1 FIELDS 1 f", SYNTAX),
        ("HGETEX h EX 1 PERSIST FIELDS 1 f", SYNTAX),
        ("HGETEX h EX x FIELDS 1 f", NOT_AN_INTEGER),
        ("HGETEX h EX -1 FIELDS 1 f", "ERR invalid expire time in 'hgetex' command"),
        ("HGETEX h PXAT 70368744177664 FIELDS 1 f", "ERR invalid expire time in 'hgetex' command"),
        ("HGETEX none EX -1 FIELDS 1 f", "ERR invalid expire time in 'hgetex' command"),
        ("HGETEX s EX x FIELDS 1 f", "WRONGTYPE"),
        ("HGETEX s NO FIELDS 1 f", SYNTAX),
        ("HSETEX h FIELDS 2 f v", COUNT),
        ("HSETEX h FIELDS 0 f v", COUNT),
        ("HSETEX h FIELDS x f v", NOT_AN_INTEGER),
        ("HSETEX h FNX FXX FIELDS 1 f v", SYNTAX),
        ("HSETEX h NX XX FIELDS 1 f v", SYNTAX),
        ("HSETEX h EX 1 KEEPTTL FIELDS 1 f v", SYNTAX),
        ("HSETEX h PERSIST FIELDS 1 f v", SYNTAX),
        ("HSETEX h EX -5 FIELDS 1 f v", "ERR invalid expire time in 'hsetex' command"),
        ("HSETEX s EX x FIELDS 1 f v", "WRONGTYPE"),
        ("HSETEX h FIELDS 1 f", "ERR wrong number of arguments for 'hsetex' command"),
        ("HGETDEL h NO 1 f", SYNTAX),
        ("HGETDEL h FIELDS 2 f", COUNT),
        ("HGETDEL h FIELDS x f", NOT_AN_INTEGER),
        ("HGETDEL s FIELDS 1 f", "WRONGTYPE"),
    ],
)
def test_refusals(fields: Redis, command: str, text: str) -> None:
    assert refused(fields, command).startswith(text)
