"""What a tape holds, a terminal shows: checked by replaying it on one."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from textual.strip import Strip

from redlearn.export.cast import Cast, dumps, loads
from redlearn.export.grid import Ink, Piece
from redlearn.lines import Line, Run, line
from redlearn.theme import DARK
from redlearn.tui.looks import Looks
from redlearn.tui.recorder import Tape, cells_of, span_of_change

LOOKS = Looks(DARK)
INK = Ink("#ffffff", "#000000")

words = st.text(st.sampled_from("ab 键e\u0301─●"), max_size=12)
styles = st.sampled_from(["", "key", "node", "path.node"])
screens = st.lists(
    st.lists(st.lists(st.builds(Run, words, styles), max_size=3).map(tuple), max_size=4),
    min_size=1,
    max_size=6,
)


def screen_of(rows: list[Line], width: int = 10, height: int = 4) -> list[Strip]:
    rows = [*rows, *[()] * (height - len(rows))]
    return [LOOKS.strip(row, width) for row in rows]


def replayed(cast: Cast) -> pyte.Screen:
    screen = pyte.Screen(cast.width, cast.height)
    stream = pyte.Stream(screen)
    for moment in cast.moments:
        if moment.code == "r":
            width, _, height = moment.data.partition("x")
            screen.resize(int(height), int(width))
        elif moment.code == "o":
            stream.feed(moment.data)
    return screen


def test_a_terminal_that_replays_the_tape_shows_the_last_screen() -> None:
    tape = Tape(DARK)
    tape.take(0, screen_of([line("one"), line("键 two")]))
    tape.take(500, screen_of([line("one"), line("a 键", Run("!", "node"))]))
    shown = replayed(tape.cast(900))
    assert [row.rstrip() for row in shown.display] == ["one", "a 键!", "", ""]
    node = DARK.look("node")
    assert "#" + shown.buffer[1][4].bg == node.bg


@given(screens)
def test_any_run_of_screens_ends_as_if_only_the_last_had_been_drawn(
    shown: list[list[Line]],
) -> None:
    tape, fresh = Tape(DARK), Tape(DARK)
    for at, rows in enumerate(shown):
        tape.take(at, screen_of(rows))
    fresh.take(0, screen_of(shown[-1]))
    one, other = replayed(tape.cast(99)), replayed(fresh.cast(99))
    for y in range(4):
        assert [one.buffer[y][x] for x in range(10)] == [other.buffer[y][x] for x in range(10)]


def test_what_did_not_change_is_not_sent_again() -> None:
    tape = Tape(DARK)
    tape.take(0, screen_of([line("redlearn> SE")]))
    tape.take(70, screen_of([line("redlearn> SE")]))
    tape.take(140, screen_of([line("redlearn> SET")], 10))
    tape.take(140, screen_of([line("redlearn? SET")], 10))
    moments = tape.cast(200).moments
    assert [moment.at for moment in moments] == [0, 0.14, 0.2]
    assert moments[1].data.startswith("\x1b[1;9H")
    assert "redlearn" not in moments[1].data


def test_another_size_is_a_resize_and_everything_is_drawn_again() -> None:
    tape = Tape(DARK)
    tape.take(0, screen_of([line("wide")], 20, 3))
    tape.take(10, screen_of([line("slim")], 6, 5))
    cast = tape.cast(20)
    assert (cast.width, cast.height) == (20, 3)
    assert [moment.data for moment in cast.moments if moment.code == "r"] == ["6x5"]
    assert replayed(cast).display[0] == "slim  "


def test_marks_and_times_are_the_performances() -> None:
    tape = Tape(DARK)
    tape.take(1000, screen_of([]))
    tape.mark(1000, "step 1")
    tape.take(400, screen_of([line("late")]))
    cast = tape.cast(2500, "A title")
    assert [moment.data for moment in cast.markers] == ["step 1"]
    assert [moment.at for moment in cast.moments] == [1, 1, 1, 2.5]
    assert (cast.title, cast.ink, cast.paper) == ("A title", DARK.foreground, DARK.background)
    assert loads(dumps(cast)) == cast


def test_cells_keep_accents_with_their_letter_and_wide_characters_whole() -> None:
    row = [Piece("a键e\u0301", INK)]
    assert [text for text, _ in cells_of(row)] == ["a", "键", "", "e\u0301"]
    before = list(cells_of([Piece("键键x", INK)]))
    after = list(cells_of([Piece("键abx", INK)]))
    assert span_of_change(before, before) == (0, 0)
    assert span_of_change(before, after) == (2, 4)
    assert span_of_change(before, list(cells_of([Piece("语键x", INK)]))) == (0, 2)
    assert span_of_change(before, [("x", INK)]) == (0, 1)
