"""Acts do what they say, and what they cannot do they say in a line."""

from __future__ import annotations

import pytest

from redlearn.lines import Line, Lines, line, plain
from redlearn.prompt import talk
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.session import Recipe, Session
from redlearn.tui.acts import ACTS, Acts, Work
from redlearn.tui.desk import Desk


class Screen:
    """A screen that remembers what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.works: list[Work] = []
        self.desk: Desk | None = None

    def say(self, *lines: Line) -> None:
        self.done.append(f"say {plain(lines)}")

    def do(self, action: str) -> None:
        self.done.append(action)

    def turn_to(self, pane: str) -> bool:
        self.done.append(f"turn to {pane}")
        return pane == "aof"

    def wear(self, theme: str) -> None:
        self.done.append(f"wear {theme}")

    def save(self, path: str) -> str:
        return f"Saved as {path}."

    def page_turned(self) -> None:
        self.done.append("page turned")

    def work(self, work: Work) -> bool:
        self.works.append(work)
        return len(self.works) == 1

    def advance(self, ms: int) -> Lines:
        assert self.desk is not None
        self.desk.session.advance(ms)
        return ()

    def open_lesson(self, name: str) -> Lines:
        return (line(f"lesson {name}"),)

    def answer(self, text: str) -> Lines:
        return (line(f"answer {text}"),)

    def leave_lesson(self) -> Lines:
        return (line("sandbox"),)


class Stage:
    def __init__(self) -> None:
        self.desk = Desk(Session(Recipe(start_ms=1_000_000)))
        self.screen = Screen()
        self.screen.desk = self.desk
        self.acts = Acts(self.desk, self.screen, self.screen)

    def __call__(self, text: str) -> str:
        return plain(self.acts.run(text))


@pytest.fixture
def act() -> Stage:
    return Stage()


def test_time_passes_by_a_duration(act: Stage) -> None:
    act.desk.run("SET k v EX 20")
    assert act(":advance 30s") == "30s passed."
    assert plain(act.desk.run("EXISTS k")) == "(integer) 0"


@pytest.mark.parametrize("text", [":advance", ":advance soon", ":advance -5s"])
def test_time_does_not_pass_by_nonsense(act: Stage, text: str) -> None:
    before = act.desk.session.now_ms
    assert "How long?" in act(text)
    assert act.desk.session.now_ms == before


def test_in_a_cluster_no_more_time_passes_at_once_than_the_screen_can_wait_for(act: Stage) -> None:
    act.desk.sit_down(open_cluster(3, 1), "cluster")
    before = act.desk.session.now_ms
    assert act(":advance 100000d") == "6 nodes never rest: 46m17s at once at most."
    assert act.desk.session.now_ms == before
    assert act(":advance 2s") == "2s passed."


def test_an_act_of_bytes_that_are_no_text_is_unknown(act: Stage) -> None:
    assert act(":nosuch\udcff").startswith("There is no :nosuch\\xff; ")


def test_the_clock_stops_and_runs(act: Stage) -> None:
    act(":pause")
    assert not act.desk.session.live
    act(":play")
    assert act.desk.session.live
    assert act.screen.done == ["repaint", "repaint"]


def test_one_can_walk_in_time_by_counts_and_numbers(act: Stage) -> None:
    act.desk.run("SET a 1\nSET b 1\nSET c 1")
    for text, here in ((":back", 2), (":back 2", 0), (":forward 3", 3), (":goto 1", 1)):
        assert act(text) == ""
        assert act.desk.timeline().here == here


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (":back x", "A number"),
        (":back", "nothing further"),
        (":goto 9", "from 0 to 0"),
        (":goto", "from 0 to 0"),
        (":branch 1", "no such branch"),
        (":pane nowhere", "Which pane?"),
        (":theme pink", "dark, light, high-contrast, mono"),
        (":nonsense", "no :nonsense"),
        (":", ":help"),
        (":advanc 1s", "1s passed"),
        (":p", ":pause or :play or"),
        (":banrch", ":branch"),
        (":\x1b[2J", "\\x1b[2J"),
    ],
)
def test_what_cannot_be_done_is_said(act: Stage, text: str, says: str) -> None:
    assert says in act(text)


def test_a_key_is_pinned_and_let_go(act: Stage) -> None:
    act.desk.run("SET a 1\nSET b 1")
    assert act(":pin a") == "Looking at a."
    assert act.desk.key == b"a"
    act(":pin")
    assert act.desk.key == b"b"


def test_a_key_of_any_bytes_is_pinned_in_quotes(act: Stage) -> None:
    assert act(r':pin "a b\x00\xff"') == r"Looking at a b\x00\xff."
    assert act.desk.key == b"a b\x00\xff"
    for wrong in (r':pin "a', ":pin 'a' b"):
        assert act(wrong) == "A key in quotes is one word, as in a command."
    assert act.desk.key == b"a b\x00\xff"


def test_one_point_of_a_branch_is_one(act: Stage) -> None:
    act.desk.run("SET a 1")
    assert "on main, 1 point\n" in act(":branch")


def test_branches_are_listed_and_taken_up(act: Stage) -> None:
    act.desk.run("SET a 1\nSET a 2")
    act(":back")
    act.desk.run("SET a 3")
    assert "1) main" in act(":branch")
    assert "On main again" in act(":branch 1")


@pytest.mark.parametrize(
    ("text", "done"),
    [
        (":help", "help(1)"),
        (":clear", "clear_log"),
        (":vi", "vi"),
        (":zoom", "zoom"),
        (":ascii", "signs"),
        (":quit", "quit"),
        (":hint", "hint"),
        (":next", "lesson(1)"),
        (":again", "lesson(-1)"),
        (":theme light", "wear light"),
        (":pane AOF", "turn to aof"),
    ],
)
def test_the_screen_is_asked_for_what_it_can_do(act: Stage, text: str, done: str) -> None:
    assert act(text) == ""
    assert act.screen.done == [done]


def test_lessons_and_pictures_answer_for_themselves(act: Stage) -> None:
    assert act(":lesson 13") == "lesson 13"
    assert act(":answer b") == "answer b"
    assert act(":sandbox") == "sandbox"
    assert act(":save") == "Saved as redlearn.svg."


def test_every_act_has_a_name_of_its_own_and_a_help(act: Stage) -> None:
    assert len({each.name for each in ACTS}) == len(ACTS)
    assert all(each.help and each.name.isidentifier() for each in ACTS)


def test_the_line_mode_knows_which_acts_only_the_screen_has() -> None:
    assert {act.name for act in ACTS} - {act.name for act in talk.ACTS} == talk.ON_THE_SCREEN
