"""What is put together at the edge: lessons found, progress kept, the prompt over the desk."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from redlearn.lessons.model import Lesson
from redlearn.lines import Line, plain
from redlearn.theme import DARK, MONO
from redlearn.timeline.session import Recipe, Session
from redlearn.tui import progress_file
from redlearn.tui.app import RedlearnApp
from redlearn.tui.desk import Desk
from redlearn.tui.launch import (
    find,
    find_scenario,
    greeter,
    prompt_of,
    school,
    setting,
    theme_for_this_terminal,
    wall_ms,
    wants_ascii,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("REDLEARN_HOME", str(folder))
    return folder


def test_a_lesson_is_found_by_number_and_id_or_refused_in_a_sentence() -> None:
    found = find("13")
    assert isinstance(found, Lesson)
    assert isinstance(find(found.id), Lesson)
    refusal = find("\x1b[2Jnope")
    assert isinstance(refusal, str) and "No lesson is called \\x1b[2Jnope" in refusal


def test_a_name_of_bytes_that_are_no_text_is_refused_in_a_sentence() -> None:
    """Out of a history that another terminal has written."""
    assert find("\udcff") == "No lesson is called \\xff; :lesson lists them."
    assert str(find_scenario("\udcff")).startswith("No scenario is called \\xff")


def test_a_broken_lesson_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("+++\nformat = 1\n+++\n")
    refusal = find(str(tmp_path / "bad.md"))
    assert isinstance(refusal, str) and "cannot be read" in refusal


def test_the_list_of_lessons_tells_how_far_one_is() -> None:
    assert "13  Inside a sorted set" in plain(school().listing())
    lesson = find("13")
    assert isinstance(lesson, Lesson)
    desk = Desk(Session(Recipe(start_ms=1)))
    tutor = school().begin(desk, lesson)
    tutor.open()
    assert "at step" not in plain(school().listing())
    tutor.next()
    assert "at step 1 of 8" in plain(school().listing())
    assert "at step" not in plain(school(remember=False).listing())


def test_a_session_can_be_handed_in_as_the_sandbox() -> None:
    session = Session(Recipe(start_ms=1))
    assert setting(remember=False, session=session).desk.session is session


async def test_a_greeting_is_said_without_control_characters() -> None:
    said: list[Line] = []
    await greeter(["one", "tw\x1b[2Jo"])(said.append)
    assert plain(said) == "one\ntw\\x1b[2Jo"


def test_what_a_lesson_builds_on_is_told_until_it_is_done() -> None:
    lesson = find("6")
    assert isinstance(lesson, Lesson)
    assert school().advice(lesson) == "It builds on lesson 5, Time to live."
    progress_file.keep("time-to-live", {"step": 8, "done": True})
    assert school().advice(lesson) == ""
    lesson = find("24")
    assert isinstance(lesson, Lesson)
    assert school().advice(lesson) == (
        "It builds on lesson 8, Lists and quicklists, and on lesson 16, Streams: the log."
    )


def test_a_lesson_done_and_begun_again_counts_as_done() -> None:
    lesson = find("31")
    assert isinstance(lesson, Lesson)
    progress_file.keep(lesson.id, {"step": 8, "done": True})
    tutor = school().begin(Desk(Session(Recipe(start_ms=1))), lesson)
    tutor.open()
    tutor.next()
    kept = progress_file.load()[lesson.id]
    assert (kept["step"], kept["done"], kept["finished"]) == (0, False, True)
    assert "✓ done" in plain(school().listing())


def test_a_lesson_begun_before_goes_on_where_it_was(home: Path) -> None:
    lesson = find("31")
    assert isinstance(lesson, Lesson)
    first = school().begin(Desk(Session(Recipe(start_ms=1))), lesson)
    first.open()
    first.next()
    again = school().begin(Desk(Session(Recipe(start_ms=1))), lesson)
    assert again.step == 1
    fresh = school(remember=False).begin(Desk(Session(Recipe(start_ms=1))), lesson)
    assert fresh.step == 0


def test_nothing_is_written_before_a_step_is_begun(home: Path) -> None:
    setting()
    school().listing()
    assert not (home / "progress.json").exists()


def test_the_prompt_tells_database_and_transaction() -> None:
    desk = Desk(Session(Recipe(start_ms=1)))
    prompt = prompt_of(desk, None)
    assert fragment_list_to_text(prompt.message()) == "redlearn> "
    desk.run("SELECT 2\nMULTI")
    assert fragment_list_to_text(prompt.message()) == "redlearn[2](TX)> "


def test_the_prompt_completes_keys_of_the_session_the_desk_has() -> None:
    desk = Desk(Session(Recipe(start_ms=1)))
    with create_pipe_input() as keys:
        session = prompt_of(desk, None).make(keys, DummyOutput())
    assert session.completer is not None

    def offers(text: str) -> list[str]:
        document = Document(text)
        found = session.completer.get_completions(document, CompleteEvent())
        return [completion.text.strip() for completion in found]

    desk.run("SET first 1")
    assert "first" in offers("GET f")
    desk.sit_down(Session(Recipe(start_ms=1)), "lesson")
    assert "first" not in offers("GET f")
    assert "advance" in " ".join(offers(":adv"))


def test_without_colours_wanted_the_theme_is_mono(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert theme_for_this_terminal() is DARK
    monkeypatch.setenv("NO_COLOR", "1")
    assert theme_for_this_terminal() is MONO


def test_ascii_is_for_those_who_ask_and_for_terminals_without_unicode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    monkeypatch.delenv("REDLEARN_ASCII", raising=False)
    assert not wants_ascii()
    monkeypatch.setenv("REDLEARN_ASCII", "1")
    assert wants_ascii()
    monkeypatch.delenv("REDLEARN_ASCII")
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert wants_ascii()


def test_the_wall_s_time_is_in_milliseconds() -> None:
    year_2020, year_2100 = 1_577_836_800_000, 4_102_444_800_000
    assert year_2020 < wall_ms() <= wall_ms() < year_2100


async def test_the_whole_of_it_runs() -> None:
    app = RedlearnApp(setting(remember=False, start_ms=1_000_000))
    async with app.run_test(size=(120, 36)) as pilot:
        await app.console_.type([*"ZADD board 50 ann", "enter"], pace=0)
        await pilot.pause()
        await pilot.pause()
        assert "board" in app.hosts["structure"].text()
        assert "ZADD board 50 ann" in app.hosts["aof"].text()
        assert app.console_.scrollback.text().endswith("(integer) 1")


async def test_a_lesson_given_at_the_start_is_open_when_the_screen_is() -> None:
    app = RedlearnApp(setting(remember=False, lesson="5"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "Time to live" in app.hosts["lesson"].text()
        assert app.tutor is not None


def test_the_lesson_to_go_on_with_is_the_one_begun_and_not_done() -> None:
    assert school().begun() == ""
    progress_file.keep("time-to-live", {"step": 8, "done": True})
    assert school().begun() == ""
    progress_file.keep("slots", {"step": 2, "done": False})
    assert school().begun() == "31"
    assert school(remember=False).begun() == ""


def test_a_first_lesson_is_offered_only_to_whom_no_lesson_is_known() -> None:
    assert ":lesson 1" in school().offer()
    progress_file.keep("slots", {"step": 2, "done": False})
    assert school().offer() == ""


async def test_a_pane_that_a_lesson_wants_comes_up_when_there_is_something_in_it() -> None:
    app = RedlearnApp(setting(remember=False, lesson="27"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not app.turn_to("files")
        app.action_zoom()
        assert app.zoomed in app.pane_ids  # what comes is not there to be zoomed yet
        app.action_zoom()
        app.desk.run("SAVE")
        await pilot.pause()
        await pilot.pause()
        assert app.hosts["files"] in app.in_sight
        assert "dump.rdb" in app.hosts["files"].text()
