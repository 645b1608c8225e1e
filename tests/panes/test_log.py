"""The log pane: headlines, sentences folded below them, the end in sight."""

from __future__ import annotations

from redlearn.panes import log
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits, board


def drawn(show: Showing, width: int = 78, height: int = 11) -> str:
    view = show.gallery.log(Window(width, height))
    return assert_fits(log.render(view, width, height), width, height)


def test_the_last_command_is_at_the_bottom_with_its_outcome() -> None:
    lines = drawn(Showing("SET a 1", "GET a")).splitlines()
    assert lines[-1] == '> GET a  "1"'


def test_a_refusal_has_its_own_sign() -> None:
    assert "! INCR x y  ERR wrong number" in drawn(Showing("INCR x y"))


def test_an_error_that_has_no_room_behind_its_command_stands_whole_below_it() -> None:
    text = drawn(Showing("SET a 1", "LPUSH a x"), 40)
    assert text.splitlines()[-3:] == [
        "! LPUSH a x",
        "    WRONGTYPE Operation against a key",
        "    holding the wrong kind of value",
    ]


def test_sentences_are_folded_at_blanks() -> None:
    text = drawn(board(), 40, 30)
    assert all(len(line) <= 40 for line in text.splitlines())
    assert "  The zset turns from listpack into" in text


def test_more_above_is_said() -> None:
    show = Showing(*[f"SET k{number} v" for number in range(20)])
    assert drawn(show).splitlines()[0] == "… more above"


def test_the_latest_command_stands_out() -> None:
    show = Showing("SET a 1", "SET b 2")
    view = show.gallery.log(Window(78, 20))
    styles = {run.text: run.style for line in log.render(view, 78, 20) for run in line}
    assert styles["SET b 2"] == "command"
    assert styles["SET a 1"] == "value"


def test_an_empty_log_says_so() -> None:
    show = Showing()
    show.session.seek(0)
    assert drawn(show) == "Nothing has happened yet."
