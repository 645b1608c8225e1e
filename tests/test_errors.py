"""Error texts: in Redis's words, once each, and safe to fill in."""

from __future__ import annotations

from string import Formatter

import pytest

from redlearn import cluster_errors, errors
from redlearn.errors import CommandError, as_text
from redlearn.resp.encode import encode
from redlearn.resp.reply import Failure
from tests.oracle.servers import Server

TEXTS = {
    name: text
    for module in (errors, cluster_errors)
    for name, text in vars(module).items()
    if name.isupper()
}

PARTS = {
    "ACL_CHANNEL_AFTER_ALL", "ACL_DUPLICATE_USER", "ACL_FILE_REFUSED", "ACL_KEY_AFTER_ALL",
    "ACL_FIRST_ARG_OF_SUBCOMMAND", "ACL_NO_SUCH_PASSWORD", "ACL_NOT_A_HASH", "ACL_SYNTAX",
    "ACL_UNKNOWN_NAME", "DENIED_CHANNEL", "DENIED_COMMAND", "DENIED_KEY", "DENIED_NAMED",
}  # fmt: skip
"""Texts that stand inside others, or in what ACL DRYRUN replies: they have no code of their own."""


def test_there_are_texts_to_speak_of() -> None:
    assert len(TEXTS) > 20


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - PARTS))
def test_a_text_is_one_line_that_begins_with_its_code(name: str) -> None:
    text = TEXTS[name]
    code = text.split(" ")[0]
    assert code.isalpha()
    assert code.isupper()
    assert "\r" not in text
    assert "\n" not in text
    assert "-" not in text[:1]


@pytest.mark.parametrize("name", TEXTS)
def test_fields_are_filled_in_order(name: str) -> None:
    """Named or numbered fields, conversions and attributes would be traps for what clients send."""
    fields = [(field, how, cast) for _, field, how, cast in Formatter().parse(TEXTS[name])]
    assert {each for each in fields if each[0] is not None} <= {("", "", None)}


def test_each_text_is_written_once() -> None:
    names = {}
    for name, text in TEXTS.items():
        names.setdefault(text, []).append(name)
    assert [twice for twice in names.values() if len(twice) > 1] == []


def test_a_refusal_carries_its_text() -> None:
    error = CommandError(errors.WRONG_TYPE)
    assert error.text == str(error) == errors.WRONG_TYPE


@pytest.mark.parametrize("data", [b"k", b"\xff\xc3", "naïve".encode(), b"{0.__class__}", b""])
def test_what_a_client_sent_is_quoted_byte_for_byte(data: bytes) -> None:
    text = errors.WRONG_ARITY.format(as_text(data))
    assert encode(Failure(text)) == (
        b"-ERR wrong number of arguments for '" + data + b"' command\r\n"
    )


REFUSALS = [
    ("WRONG_TYPE", (), "INCR list"),
    ("NOT_AN_INTEGER", (), "INCRBY n x"),
    ("NOT_A_FLOAT", (), "INCRBYFLOAT n x"),
    ("SYNTAX", (), "SET n 1 NONSENSE"),
    ("NO_SUCH_KEY", (), "RENAME nokey other"),
    ("WRONG_ARITY", ("get",), "GET"),
    ("UNKNOWN_COMMAND", ("NOSUCH", "'a' 'b' "), "NOSUCH a b"),
    ("UNKNOWN_SUBCOMMAND", ("nosuch", "OBJECT"), "OBJECT nosuch"),
    ("INVALID_EXPIRE", ("set",), "SET n 1 EX 0"),
    ("INVALID_EXPIRE", ("expire",), "EXPIRE n 9223372036854775807"),
    ("EXPIRE_GT_LT", (), "EXPIRE n 1 GT LT"),
    ("EXPIRE_NX", (), "EXPIRE n 1 NX GT"),
    ("UNSUPPORTED_OPTION", ("x",), "EXPIRE n 1 x"),
    ("DB_OUT_OF_RANGE", (), "SELECT 99"),
    ("INVALID_CURSOR", (), "SCAN x"),
    ("MUST_BE_POSITIVE", (), "SPOP s -1"),
    ("BAD_OFFSET", (), "SETRANGE n -1 x"),
    ("DECREMENT_OVERFLOW", (), "DECRBY n -9223372036854775808"),
    ("INCREMENT_OVERFLOW", (), "INCRBY n 9223372036854775807"),
    ("INCREMENT_NOT_FINITE", (), "INCRBYFLOAT n inf"),
    ("DISCARD_WITHOUT_MULTI", (), "DISCARD"),
    ("EXEC_WITHOUT_MULTI", (), "EXEC"),
    ("NO_PROTOCOL", (), "HELLO 9"),
    ("BAD_PROTOCOL", (), "HELLO x"),
    ("NO_PASSWORD_SET", (), "AUTH x"),
    ("HASH_NOT_AN_INTEGER", (), "HINCRBY h f 1"),
    ("HASH_NOT_A_FLOAT", (), "HINCRBYFLOAT h f 1"),
    ("NAN_OR_INFINITY", (), "HINCRBYFLOAT h g inf"),
    ("BAD_LEX_RANGE", (), "ZRANGEBYLEX z a b"),
    ("BAD_SCORE_RANGE", (), "ZRANGEBYSCORE z a b"),
    ("GT_LT_NX", (), "ZADD z GT LT 1 m"),
    ("XX_WITH_NX", (), "ZADD z NX XX 1 m"),
    ("INCR_ONE_PAIR", (), "ZADD z INCR 1 m 2 n"),
    ("LEX_WITH_SCORES", (), "ZRANGE z [a [b BYLEX WITHSCORES"),
    ("LIMIT_BY_RANK", (), "ZRANGE z 0 1 LIMIT 0 1"),
    ("SCORE_IS_NAN", (), "ZINCRBY z -inf infinite"),
    ("WEIGHT_NOT_A_FLOAT", (), "ZUNION 1 z WEIGHTS x"),
    ("NO_INPUT_KEY", ("zunion",), "ZUNION 0 z"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "line"), REFUSALS, ids=lambda value: str(value))
def test_real_redis_refuses_in_the_same_words(
    redis_server: Server, name: str, fields: tuple[str, ...], line: str
) -> None:
    with redis_server.connect() as client:
        client.pipeline(
            command.split()
            for command in (
                b"RPUSH list a", b"SET n 1", b"HSET h f x g 1", b"ZADD z inf infinite 1 m",
            )
        )  # fmt: skip
        assert str(client.run(*line.encode().split())) == TEXTS[name].format(*fields)
