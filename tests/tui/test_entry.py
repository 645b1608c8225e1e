"""What is entered finds its way: to Redis, to redlearn, or to the lesson."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from redlearn.lessons.course import Chapter
from redlearn.lessons.model import Lesson
from redlearn.lines import Line, line, plain
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.housed import IS_DOWN
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.stage import open_stage
from redlearn.tui.acts import Work
from redlearn.tui.desk import Desk
from redlearn.tui.entry import Entry, School
from redlearn.tui.launch import begin_cluster, find_scenario
from redlearn.tui.tutor import Tutor
from redlearn.views.gallery import Gallery
from redlearn.views.window import Window


class Screen:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.works: list[Work] = []

    def say(self, *lines: Line) -> None:
        self.done.append(plain(lines))

    def do(self, action: str) -> None:
        self.done.append(action)

    def turn_to(self, pane: str) -> bool:
        self.done.append(pane)
        return True

    def wear(self, theme: str) -> None:
        self.done.append(theme)

    def save(self, path: str) -> str:
        return path

    def page_turned(self) -> None:
        self.done.append("page turned")

    def work(self, work: Work) -> bool:
        self.works.append(work)
        return len(self.works) == 1


def begin(desk: Desk, lesson: Lesson) -> Tutor:
    desk.sit_down(open_stage(lesson).session, lesson.title)
    return Tutor(desk, lesson)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def entry(small_lesson: Lesson, screen: Screen) -> Entry:
    school = School(
        find=lambda name: small_lesson if name == "small" else "There is no such lesson.",
        begin=begin,
        listing=lambda: (line("1  A small lesson"),),
    )
    return Entry(Desk(Session(Recipe(start_ms=1_000_000))), school, screen)


def enter(entry: Entry, text: str) -> str:
    return plain(entry.enter(text))


def test_redis_commands_go_to_redis(entry: Entry) -> None:
    assert enter(entry, "SET k v") == "OK"
    assert enter(entry, "   ") == ""


def test_a_colon_speaks_to_redlearn(entry: Entry) -> None:
    assert enter(entry, ":lesson") == "1  A small lesson"
    assert enter(entry, "  :advance 1s ") == "1s passed."


@pytest.mark.parametrize("word", ["exit", "QUIT"])
def test_leaving_needs_no_colon(entry: Entry, screen: Screen, word: str) -> None:
    assert enter(entry, word) == ""
    assert screen.done == ["quit"]


def test_a_lesson_that_is_not_there_leaves_the_sandbox_as_it_is(entry: Entry) -> None:
    enter(entry, "SET k v")
    assert enter(entry, ":lesson nope") == "There is no such lesson."
    assert entry.tutor is None
    assert enter(entry, "GET k") == '"v"'


def test_a_lesson_begins_on_a_session_of_its_own_with_its_panes_up(
    entry: Entry, screen: Screen
) -> None:
    enter(entry, "SET k v")
    enter(entry, ":lesson small")
    assert entry.tutor is not None
    assert enter(entry, "GET k") == "(nil)"
    assert screen.done[:3] == ["aof", "structure", "lesson"]
    assert entry.desk.key == b"count" and entry.desk.pinned


@pytest.mark.parametrize("ending", ["crash", "kill"])
def test_the_lab_comes_up_when_the_process_ends(entry: Entry, screen: Screen, ending: str) -> None:
    enter(entry, "SET k v")
    assert "AOF everysec" in enter(entry, f":{ending}")
    assert screen.done == ["lab"]
    assert enter(entry, f":{ending}") == IS_DOWN
    assert screen.done == ["lab"]


def test_a_start_tells_what_the_server_said_about_loading(entry: Entry, screen: Screen) -> None:
    for each in ("SET k v", "SAVE", ":crash"):
        enter(entry, each)
    screen.done.clear()
    assert enter(entry, ":restart") == "DB loaded from disk: 1 key"
    assert screen.done == []


def test_a_start_with_an_empty_disk_says_so(entry: Entry) -> None:
    enter(entry, ":kill")
    assert "nothing on the disk to load" in enter(entry, ":restart")


def test_a_start_tells_what_was_cut_off_the_log(entry: Entry) -> None:
    for each in ("CONFIG SET appendfsync no appendonly yes", ":advance 2s", "SET k v"):
        enter(entry, each)
    enter(entry, ":crash at 40")
    cut, loaded = enter(entry, ":restart").splitlines()
    assert "was cut to 23 bytes, 17 less" in cut
    assert loaded == "DB loaded from append only file"


def test_in_a_lesson_letters_answer_and_the_page_turns(entry: Entry, screen: Screen) -> None:
    enter(entry, ":lesson small")
    entry.go_on()
    enter(entry, "SET count 1\nINCR count")
    assert "No question" not in plain(entry.answer("b"))
    assert screen.done[-1] == "page turned"
    assert "No question is open" in plain(entry.answer("b"))


def test_in_a_lesson_bad_quotes_are_told_and_the_rest_of_a_paste_runs(entry: Entry) -> None:
    enter(entry, ":lesson small")
    entry.go_on()
    assert enter(entry, 'SET "x\nSET count 1') == "Invalid argument(s)\nOK"


def test_a_lesson_is_left_for_the_sandbox_as_it_was(entry: Entry, screen: Screen) -> None:
    enter(entry, "SET k v")
    assert "You are in the sandbox" in enter(entry, ":sandbox")
    enter(entry, ":lesson small")
    enter(entry, "SET k other")
    assert "In the sandbox again" in enter(entry, ":sandbox")
    assert entry.tutor is None and screen.done[-1] == "rearrange"
    assert enter(entry, "GET k") == '"v"'


def test_in_a_lesson_other_clients_are_named(entry: Entry) -> None:
    enter(entry, ":lesson small")
    assert enter(entry, "@a SET other 1") == "OK"
    assert enter(entry, "help incr").startswith("  INCR key")


def test_lesson_keys_say_in_the_sandbox_that_there_is_no_lesson(entry: Entry) -> None:
    for done in (entry.hint, entry.goal, entry.go_on, entry.go_back):
        assert plain(done()) == "No lesson is going on: :lesson lists them."


def test_lesson_keys_drive_the_lesson(entry: Entry) -> None:
    enter(entry, ":lesson small")
    entry.go_on()
    assert entry.tutor is not None and entry.tutor.step == 1
    assert plain(entry.go_on()) == "redlearn> SET count 1\nOK"
    entry.hint()
    assert "no task" in plain(entry.goal())
    entry.go_back()
    assert enter(entry, "GET count") == "(nil)"


def test_time_passes_in_and_out_of_lessons(entry: Entry) -> None:
    before = entry.desk.session.now_ms
    entry.advance(3000)
    assert entry.desk.session.now_ms == before + 3000
    enter(entry, ":lesson small")
    before = entry.desk.session.now_ms
    entry.advance(3000)
    assert entry.desk.session.now_ms == before + 3000


def test_at_the_end_going_on_begins_the_next_lesson(entry: Entry, small_lesson: Lesson) -> None:
    entry.open_lesson("small")
    first = entry.tutor
    assert first is not None
    first.following = lambda: Chapter(2, replace(small_lesson, id="small"))
    first.guide.progress = replace(first.guide.progress, step=len(small_lesson.steps))
    entry.go_on()
    assert entry.tutor is not first
    assert entry.tutor is not None and entry.tutor.step == 0


def test_what_a_lesson_builds_on_is_told_when_it_begins(
    small_lesson: Lesson, screen: Screen
) -> None:
    advice = "It builds on lesson 1, The one before."
    school = School(lambda name: small_lesson, begin, lambda: (), lambda lesson: advice)
    entry = Entry(Desk(Session(Recipe(start_ms=1_000_000))), school, screen)
    assert advice in plain(entry.open_lesson("small"))


def test_after_five_commands_a_first_lesson_is_offered_once(
    small_lesson: Lesson, screen: Screen
) -> None:
    school = School(lambda name: small_lesson, begin, lambda: (), offer=lambda: "Lesson 1 is next.")
    entry = Entry(Desk(Session(Recipe(start_ms=1_000_000))), school, screen)
    said = [enter(entry, "PING") for _ in range(9)]
    assert said == ["PONG"] * 4 + ["PONG\nLesson 1 is next."] + ["PONG"] * 4


def test_an_empty_first_line_goes_on_with_the_lesson_that_was_begun(
    small_lesson: Lesson, screen: Screen
) -> None:
    school = School(lambda name: small_lesson, begin, lambda: (), begun=lambda: "7")
    entry = Entry(Desk(Session(Recipe(start_ms=1_000_000))), school, screen)
    assert entry.ghost == ":lesson 7"
    enter(entry, "")
    assert entry.tutor is not None


def test_whoever_types_something_else_is_left_alone(small_lesson: Lesson, screen: Screen) -> None:
    school = School(lambda name: small_lesson, begin, lambda: (), begun=lambda: "7")
    entry = Entry(Desk(Session(Recipe(start_ms=1_000_000))), school, screen)
    assert enter(entry, "PING") == "PONG"
    assert enter(entry, "") == ""
    assert entry.tutor is None


def test_a_small_cluster_is_there_at_once_and_a_large_one_when_it_has_come_about(
    screen: Screen,
) -> None:
    desk = Desk(Session())
    grown: list[float] = []
    school = School(
        lambda name: name, begin, lambda: (), cluster=open_cluster,
        growth=lambda primaries, replicas: iter((0.5, float(primaries * (1 + replicas)))),
    )  # fmt: skip
    entry = Entry(desk, school, screen)
    assert plain(entry.begin_cluster(2, 0)).startswith("A cluster of 2 nodes")
    assert plain(entry.begin_cluster(20, 2)) == (
        "60 nodes get to know each other; ctrl+c gives it up."
    )
    assert len(desk.session.world.nodes()) == 2
    assert "already" in plain(entry.begin_cluster(20, 2))
    (work, _) = screen.works
    grown += work.pieces
    assert grown == [0.5, 60.0]
    assert work.name == "a cluster of 60 nodes"


def test_a_letter_that_is_no_answer_is_no_command_either(entry: Entry) -> None:
    enter(entry, ":lesson small")
    entry.go_on()
    enter(entry, "SET count 1\nINCR count")
    before = entry.desk.session.position
    assert enter(entry, "d") == "There is no answer d: a, b or c."
    assert entry.desk.session.position == before
    enter(entry, "b")
    assert "unknown command 'd'" in enter(entry, "d")  # nothing is asked any more


@pytest.fixture
def teller(screen: Screen) -> Entry:
    """An entry that knows where clusters and stories come from."""
    school = School(
        lambda name: "There is none.", begin, lambda: (),
        cluster=begin_cluster, scenario=find_scenario,
    )  # fmt: skip
    return Entry(Desk(Session()), school, screen)


def test_a_coordinator_s_work_is_printed(teller: Entry) -> None:
    enter(teller, ":cluster 3 0")
    enter(teller, "SET {bar}:1 one")
    printed = enter(teller, ":reshard 5061 7001 7002").splitlines()
    assert printed[-1] == "The coordinator is done after 11 orders."
    assert enter(teller, ":order").startswith("No coordinator is at work")
    assert enter(teller, ":fix").splitlines()[-2] == "[OK] All 16384 slots covered."


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (":kill 7002", "7002 is dead. The others notice as time passes: :advance 3s."),
        (":blackout 7002", "7002 has no power. The others notice as time passes: :advance 3s."),
        (":stop 7002", "7002 stands still. The others notice as time passes: :advance 3s."),
        (":partition 7001 | 7002", "Nothing gets through there. The others notice as time passes"),
        (":heal", "Nothing is cut off any more."),
        (":loss 20", "Of 100 messages 20 get lost from now on."),
        (":delay 50", "Every message takes 50 ms from now on."),
        (":client plain", "From now on clients are plain ones."),
        (":client quick", "What kind of client?"),
        (":cont 7002", "7002 does not stand still."),
    ],
)
def test_what_is_done_to_a_cluster_is_confirmed(teller: Entry, typed: str, says: str) -> None:
    enter(teller, ":cluster 3 0")
    assert enter(teller, typed).startswith(says)


def test_what_ends_a_node_s_trouble_is_confirmed_too(teller: Entry) -> None:
    enter(teller, ":cluster 3 0")
    enter(teller, ":stop 7002")
    assert enter(teller, ":cont 7002") == "7002 goes on."
    enter(teller, ":kill 7002")
    assert enter(teller, ":restart 7002") == "7002 runs again."
    enter(teller, ":reshard 5061 7001 7003 step")
    assert "stays half way; see :fix" in enter(teller, ":kill coordinator")


def test_a_scenario_is_played_in_front_of_the_learner_and_can_be_wound_back(teller: Entry) -> None:
    enter(teller, "SET k v")
    printed = enter(teller, ":scenario no-replica").splitlines()
    assert printed[0].startswith("Without a replica the slots of a dead primary are nobody's")
    assert printed[1] == "   4.00 s  crash 7003"
    assert printed[-1].startswith(":back and F7")
    heads = [each.text for each in Gallery(teller.desk.session).log(Window(80, 99)).lines]
    assert "crash 7003" in heads
    assert not any("{" in head for head in heads)
    enter(teller, ":back 3")
    enter(teller, ":advance 5s")
    assert "cluster_state:ok" in enter(teller, "@7001 CLUSTER INFO")
    enter(teller, ":sandbox")
    assert enter(teller, "GET k") == '"v"'


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (":scenario", ":scenario minority "),
        (":scenario nothing", "No scenario is called nothing, and no .toml file is there."),
        (":scenario pyproject.toml", "That scenario cannot be played: the file has '"),
    ],
)
def test_a_scenario_that_is_not_there_is_answered_with_those_that_are(
    teller: Entry, typed: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    printed = enter(teller, typed)
    assert says in printed
    assert says.startswith(":") or printed.splitlines()[-1].startswith(says), "where it is seen"
    assert ":scenario primary-dies       A primary dies, and its replica takes its place" in printed


def test_in_a_lesson_no_scenario_is_begun(entry: Entry) -> None:
    enter(entry, ":lesson small")
    assert enter(entry, ":scenario minority") == "A lesson is going on: :sandbox leaves it."
