"""Colours while typing."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from prompt_toolkit.document import Document

from redlearn.engine.engine import Engine
from redlearn.prompt.lexer import RedisLexer, colour
from redlearn.resp.reply import Failure
from redlearn.resp.text import quoted
from tests.prompt.typing import lines
from tests.properties.programs import call, session


def styles(text: str, *, typing: bool = False) -> list[tuple[str, str]]:
    """The pieces that are not blank, with their class."""
    pieces = [(piece[0].removeprefix("class:"), piece[1]) for piece in colour(text, typing=typing)]
    return [piece for piece in pieces if piece[1].strip()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SET k v EX 5",
            [("command", "SET"), ("key", "k"), ("string", "v"), ("keyword", "EX"), ("number", "5")],
        ),
        ("object encoding k", [("command", "object"), ("command", "encoding"), ("key", "k")]),
        ("@a 3 PING", [("client", "@a"), ("number", " 3"), ("command", "PING")]),
        ("nosuch x", [("unknown", "nosuch"), ("", "x")]),
        ("OBJECT nosuch", [("command", "OBJECT"), ("unknown", "nosuch")]),
        (":advance 5s", [("act", ":advance 5s")]),
        ("help zadd", [("act", "help"), ("", "zadd")]),
        ("GET 'odd key'", [("command", "GET"), ("key", "'odd key'")]),
    ],
)
def test_each_word_has_the_colour_of_its_part(text: str, expected: list[tuple[str, str]]) -> None:
    assert styles(text) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("GET k x", "x"),
        ("GET k x y", "x y"),
        ("SET k v NX XX", "XX"),
        ("SET k v EX x", "x"),
        ("ZADD board x m", "x m"),
        ('GET "open', '"open'),
        ('GET "a"b', '"a"b'),
        ("PING a b", "b"),
        ("ZRANGE z 0 1 NOSUCH", "NOSUCH"),
    ],
)
def test_what_cannot_be_right_is_marked(text: str, wrong: str) -> None:
    assert " ".join(piece for style, piece in styles(text) if style == "error") == wrong


@pytest.mark.parametrize("text", ["GE", "SET k v N", "ZADD board 1 a x", 'GET "op', "OBJECT enc"])
def test_a_word_that_is_being_typed_is_not_yet_wrong(text: str) -> None:
    assert not {style for style, _ in styles(text, typing=True)} & {"error", "unknown"}


@pytest.mark.parametrize(
    "text",
    [
        "EXPIRE k 5 XX GT",
        "EXPIRE k 5 LT XX",
        "COPY a b REPLACE REPLACE",
        "SET k v EX 5 EX 6",
        "SET k v IFEQ old",
        "set k v get ifeq old",
        "SCAN 0 MATCH a* MATCH b*",
    ],
)
def test_what_redis_does_not_mind_is_not_marked(text: str) -> None:
    assert not {style for style, _ in styles(text)} & {"error", "unknown"}


@pytest.mark.parametrize("text", ["EXPIRE k 5 XX NX", "EXPIRE k 5 GT LT", "SET k v NX XX"])
def test_what_contradicts_itself_is_marked(text: str) -> None:
    assert "error" in {style for style, _ in styles(text)}


def test_what_the_engine_takes_is_never_marked_wrong() -> None:
    rng, room = Random(5), session()
    client = room.connect()
    taken = 0
    for _ in range(1500):
        argv = call(rng)
        replies = room.execute(client, argv)
        if not any(isinstance(reply, Failure) for reply in replies):
            text = " ".join(quoted(word) for word in argv)
            assert "error" not in {style for style, _ in styles(text)}, text
            taken += 1
    assert taken > 800
    assert isinstance(room.engine, Engine)


@given(text=lines)
def test_the_pieces_are_the_line_whatever_is_typed(text: str) -> None:
    assert "".join(piece[1] for piece in colour(text)) == text
    document = Document(text, len(text) // 2)
    line = RedisLexer().lex_document(document)
    for number, expected in enumerate(document.lines):
        assert "".join(piece[1] for piece in line(number)) == expected
    assert line(len(document.lines)) == []


def test_a_pasted_megabyte_has_no_colours() -> None:
    assert colour("SET k " + "x" * 10_000) == [("", "SET k " + "x" * 10_000)]


def test_each_line_of_a_pasted_block_is_a_command() -> None:
    line = RedisLexer().lex_document(Document("MULTI\nINCR n"))
    assert [line(0)[0][0], line(1)[0][0]] == ["class:command", "class:command"]
