from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.lessons import library
from redlearn.lessons.library import find_lesson, lesson_files, number_of, shipped
from redlearn.lessons.model import Prose


def test_lessons_come_in_the_order_of_their_numbers() -> None:
    numbers = [number_of(path) for path in lesson_files()]
    assert numbers == sorted(numbers)
    assert {5, 13, 31} <= set(numbers)


@pytest.mark.parametrize(
    "wanted", ["13", "zset-skiplist", "skiplist", "13-skiplist", "13-skiplist.md"]
)
def test_a_lesson_is_found_by_number_id_or_name(wanted: str) -> None:
    found = find_lesson(wanted)
    assert found is not None
    assert found.name == "13-skiplist.md"


@pytest.mark.parametrize("wanted", ["99", "nothing", "", "13-skip", "../13", "/", "x.md"])
def test_what_is_no_lesson_is_not_found(wanted: str) -> None:
    assert find_lesson(wanted) is None


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("")
    assert find_lesson(str(path)) == path


USE_CASES = {
    "sessions": "sessions", "profiles": "sessions", "rate limits": "limits",
    "leaderboards": "leaderboard", "job queues": "job-queues", "unique visitors": "limits",
    "messages": "pubsub", "dashboards": "limits", "locks": "locks", "places nearby": "geo",
}  # fmt: skip


@pytest.mark.parametrize("use", USE_CASES)
def test_what_redis_is_used_for_ends_with_what_breaks_at_scale(use: str) -> None:
    lesson = next(each for each in shipped() if each.id == USE_CASES[use])
    last = lesson.steps[-2]
    said = [text for item in last.items if isinstance(item, Prose) for text in item.paragraphs]
    assert any("What breaks" in text for text in [last.title, *said])


def test_ids_are_unique_and_files_are_named_as_in_the_checkout() -> None:
    lessons = shipped()
    assert len({lesson.id for lesson in lessons}) == len(lessons) == len(lesson_files())
    assert all(lesson.file.startswith("lessons/") for lesson in lessons)


def test_an_installed_package_brings_its_own_and_a_broken_one_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "_lessons"
    inside.mkdir()
    (inside / "01-broken.md").write_text("no lesson")
    (inside / "02-good.md").write_text(lesson_files()[0].read_text())
    (inside / "notes.md").write_text("not numbered")
    monkeypatch.setattr(library, "FOLDERS", (inside, *library.FOLDERS))
    assert [path.name for path in lesson_files()] == ["01-broken.md", "02-good.md"]
    assert [lesson.file for lesson in shipped()] == ["lessons/02-good.md"]


def test_without_any_lessons_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "FOLDERS", (tmp_path,))
    assert lesson_files() == ()
    assert find_lesson("13") is None
