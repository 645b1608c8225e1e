"""The two lines under the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.lines import cells
from redlearn.prompt.hints import IDLE, Fragments, Hints
from redlearn.prompt.talk import ACTS
from redlearn.timeline.snapshot import Freezer
from tests.prompt.rooms import Room, furnished
from tests.prompt.typing import lines

ROOM = furnished()
HINTS = Hints(ROOM.around, ACTS)


def text(pieces: Fragments) -> str:
    return "".join(piece for _, piece in pieces)


def marked(pieces: Fragments, style: str = "class:hint.current") -> str:
    return "".join(piece for each, piece in pieces if each == style)


@pytest.mark.parametrize(
    ("typed", "current"),
    [
        ("ZADD ", "key"),
        ("ZADD board ", "score"),
        ("ZADD board 10 ", "member"),
        ("ZADD board 10 ann ", "score"),
        ("SET k v EX ", "seconds"),
        ("ZRANGE board 0 ", "stop"),
        ("CONFIG GET ", "parameter"),
        ("SET k v e", "EX"),
        ("SET k v EXA", "EXAT"),
        ("SET k v zzz", "NX"),
        ("SET k ex", "value"),
        ("ZADD board n", "score"),
        ("ZADD board nx", "NX"),
        ("CONFIG ", "GET | HELP | RESETSTAT | REWRITE | SET"),
        ("PING x ", ""),
    ],
)
def test_the_argument_being_typed_is_marked(typed: str, current: str) -> None:
    assert marked(HINTS.lines(typed)[0]) == current


@pytest.mark.parametrize(
    ("typed", "cost"),
    [
        (
            "ZRANGE board 60 90 BYSCORE",
            "O(log N + M), M members returned   here N=5, M=3, listpack   a read, not in the AOF",
        ),
        ("zadd board ", "O(log N) for each member   here N=5, listpack"),
        ("GET k", "O(1)   a read, not in the AOF"),
        ("SET k v", "O(1)"),
        ("CONFIG SET ", "O(N) parameters"),
        ("DEL board", "O(N) keys, and O(M) for each value of M elements   here N=1, M=5, listpack"),
    ],
)
def test_the_cost_comes_with_the_numbers_of_the_data_that_is_there(typed: str, cost: str) -> None:
    assert text(HINTS.lines(typed)[1]) == cost


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("HGET board ", "the key holds a zset: this will be refused (WRONGTYPE)"),
        ("GET board", "the key holds a zset: this will be refused (WRONGTYPE)"),
        ("ZADD k ", "the key holds a string: this will be refused (WRONGTYPE)"),
        ("GET k x ", "too many arguments"),
        ("GET k x y", "too many arguments"),
        ("INCRBY k x ", "increment must be a number"),
    ],
)
def test_what_will_be_refused_is_said_before_it_is_sent(typed: str, complaint: str) -> None:
    assert HINTS.lines(typed)[1] == [("class:hint.error", complaint)]


@pytest.mark.parametrize("typed", ["SET board x", "MGET board", "DEL board", "ZRANGESTORE k board"])
def test_commands_that_take_any_type_are_not_warned_of(typed: str) -> None:
    assert not marked(HINTS.lines(typed)[1], "class:hint.error")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", IDLE),
        ("nosuch ", "no such command: the reply will be an error"),
        ("nosu", ""),
        (
            "CONFIG nosuch ",
            "CONFIG has no such subcommand; it has GET | HELP | RESETSTAT | REWRITE | SET",
        ),
        (":adv", ":advance 30s · let time pass, timers and all"),
        (":b", ":back [count] · go back in time by commands"),
        (":p", ":pause :play"),
        ("help x", "help COMMAND · help @GROUP: what a command takes, does and costs"),
        ("SET k " + "x" * 5000, "a long line: no hints while it is typed"),
    ],
)
def test_other_lines_have_a_hint_too(typed: str, said: str) -> None:
    first, second = HINTS.lines(typed)
    assert text(first) == said
    assert second == []


def test_a_long_syntax_line_is_shown_round_the_argument_being_typed() -> None:
    typed = "SET k v EXAT "
    whole = text(HINTS.lines(typed)[0])
    shown = HINTS.toolbar(typed, 60)
    first = text(shown).partition("\n")[0]
    assert len(whole) > 100
    assert cells(first) <= 60
    assert "unix-time-seconds" in marked(shown)
    assert first.startswith("SET …")
    assert first.endswith("…")


def test_what_fits_is_shown_whole() -> None:
    shown = text(HINTS.toolbar("ZRANGE board 0 -1", 200))
    assert "…" not in shown
    assert shown == "\n".join(text(pieces) for pieces in HINTS.lines("ZRANGE board 0 -1"))


def test_where_there_is_no_room_the_numbers_stay_longest() -> None:
    typed = "ZRANGE board 0 -1"
    rows = [text(HINTS.toolbar(typed, width)).split("\n")[1] for width in (80, 50, 30)]
    assert rows == [
        "O(log N + M), M members returned   here N=5, M=5, listpack",
        "O(log N + M), M members…   here N=5, M=5, listpack",
        "here N=5, M=5, listpack",
    ]


@given(typed=lines, width=st.integers(0, 200))
def test_whatever_is_typed_there_are_lines_that_fit(typed: str, width: int) -> None:
    shown = HINTS.toolbar(typed, width)
    if width:
        assert all(cells(row) <= max(width, 1) for row in text(shown).split("\n"))


def test_hundreds_of_hints_leave_no_trace_while_tables_are_being_rehashed() -> None:
    room = Room("CONFIG SET activerehashing no", **{"hash-max-listpack-entries": "0"})
    room.run("MSET " + " ".join(f"k{number} v" for number in range(64)))
    room.run("HSET h " + " ".join(f"f{number} v" for number in range(65)), "EXPIRE k1 100")
    assert room.around.database.keys.is_rehashing
    before = Freezer(room.session.engine).freeze()
    hints = Hints(room.around)
    for number in range(300):
        hints.toolbar(f"GET k{number}")
        hints.toolbar(f"HGET h f{number}")
        hints.toolbar(f"HGET k{number} f")
    assert Freezer(room.session.engine).freeze() == before
