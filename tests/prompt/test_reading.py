"""Reading a line while it is typed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redlearn.prompt.reading import LONGEST_READ, prefixes, read


def current(text: str) -> str | None:
    """The placeholder the next word would fill."""
    match = read(text).match
    place = None if match is None else match.current
    return None if place is None else place.argument.name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GET ", "key"),
        ("GET k", "key"),
        ("SET k ", "value"),
        ("ZADD board 10 ", "member"),
        ("ZADD board NX 1", "score"),
        ("config get ", "parameter"),
        ("@a GET ", "key"),
        ("5 INCR ", "key"),
        ("@a 5 incrby n ", "increment"),
        ("PING hi ", None),
    ],
)
def test_the_word_being_typed_is_known(text: str, name: str | None) -> None:
    assert current(text) == name


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("get", "get"),
        ("OBJECT ENCODING k", "object|encoding"),
        ("@a zadd b", "zadd"),
        ("3 PING", "ping"),
        ("nosuch", None),
        ("OBJECT nosuch k", None),
        ("3", None),
        ("", None),
    ],
)
def test_the_command_is_known(text: str, command: str | None) -> None:
    found = read(text).command
    assert (found.name if found else None) == command


def test_a_container_waits_for_its_subcommand() -> None:
    reading = read("config ")
    assert reading.container is not None
    assert reading.container.name == "config"
    assert reading.finished == 1


@pytest.mark.parametrize(
    ("text", "typing"),
    [("GET k", b"k"), ("GET k ", None), ('GET "a b', b"a b"), ('GET "a b"', b"a b"), ("", None)],
)
def test_a_word_is_being_typed_until_a_blank_follows(text: str, typing: bytes | None) -> None:
    word = read(text).typing
    assert (word.value if word else None) == typing


def test_words_know_where_they_stand_in_the_line() -> None:
    text = "@a 5 SET 'x y' v"
    assert [text[word.start : word.end] for word in read(text).words] == ["SET", "'x y'", "v"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [("GET k", (0, 0)), ("@a GET", (2, 2)), ("5 GET", (0, 1)), ("@a 5 GET", (2, 4)), ("@", (0, 0)),
     ("@a", (2, 2)), ("@a5x-1_ P", (7, 7)), ("5", (0, 0)), ("5x P", (0, 0))],
)  # fmt: skip
def test_what_stands_before_a_command_is_told_from_it(text: str, ends: tuple[int, int]) -> None:
    assert prefixes(text) == ends


def test_a_pasted_megabyte_is_not_looked_at() -> None:
    assert read("SET k " + "x" * LONGEST_READ).too_long


@given(st.text())
@example("\0")
@example("GET \ud800")
@example("@a @a")
def test_no_text_is_refused(text: str) -> None:
    reading = read(text)
    assert 0 <= reading.finished <= len(reading.words)
    assert all(text[word.start : word.end] for word in reading.words)
