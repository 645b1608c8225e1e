"""Where lessons are: in the package when installed, in `/lessons` of a checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import LessonError, load

PACKAGE: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = (PACKAGE / "_lessons", PACKAGE.parent / "lessons")


def lesson_files() -> tuple[Path, ...]:
    """The lesson files that come with redlearn, `NN-title.md`, in order."""
    for folder in FOLDERS:
        if found := sorted(folder.glob("[0-9][0-9]-*.md")):
            return tuple(found)
    return ()


def number_of(path: Path) -> int:
    """The number a lesson's file name begins with."""
    return int(path.name[:2])


def find_lesson(wanted: str) -> Path | None:
    """The file of a lesson, given its number, its id, part of its file name, or a path.

    Args:
        wanted: `13`, `zset-skiplist`, `skiplist`, `13-skiplist.md` or `./my-lesson.md`.
    """
    path = Path(wanted)
    if path.suffix == ".md" and path.is_file():
        return path
    files = lesson_files()
    if wanted.isdigit():
        return next((file for file in files if number_of(file) == int(wanted)), None)
    named = [file for file in files if wanted in (file.name, file.stem, file.stem[3:])]
    return named[0] if named else next((file for file in files if _id_of(file) == wanted), None)


def shipped() -> tuple[Lesson, ...]:
    """Every lesson that comes with redlearn, read once.

    One that cannot be read is left out: see `check`.
    """
    return _read(lesson_files())


@lru_cache(maxsize=1)
def _read(files: tuple[Path, ...]) -> tuple[Lesson, ...]:
    lessons = []
    for file in files:
        try:
            lessons.append(load(file, f"lessons/{file.name}"))
        except LessonError:
            continue
    return tuple(lessons)


def _id_of(file: Path) -> str:
    try:
        return load(file).id
    except LessonError:
        return ""
