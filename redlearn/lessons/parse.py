"""Reading a lesson: Markdown with TOML front matter, `## ` for each step, blocks and directives.

    +++                                 front matter: what the lesson is, the engine it wants
    id = "zset-skiplist"
    +++
    # Inside a sorted set               the title
    What comes before the first step.
    ## 1. Four players                  a step
    Prose.
    ```redis Add four players           a block: see `blocks.py`
    ZADD board 50 ann
    ```
    <!-- pause -->                      a directive

All that is wrong with a file is told at once, each as `file:line: what`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from redlearn.lessons.blocks import Blocks
from redlearn.lessons.limits import MAX_FILE_BYTES, MAX_STEPS, parameter_refusal
from redlearn.lessons.model import (
    ClusterOptions,
    EngineOptions,
    Item,
    Lesson,
    Place,
    Prose,
    Step,
)
from redlearn.lessons.prose import paragraphs
from redlearn.lessons.schema import Table, fits, line_of, read_toml, strings, whole
from redlearn.lessons.source import (
    Directive,
    Fence,
    Heading,
    Piece,
    Pieces,
    Problem,
    Problems,
    Read,
    Text,
    front_matter,
)

FORMAT: Final = 1
MAX_TOWER: Final = 32

FRONT: Final = {
    "format!": "a whole number", "id!": "a string", "title!": "a string",
    "minutes": "a whole number", "needs": "a list", "panes": "a list", "teaches": "a list",
    "see": "a list", "real": "a string", "engine": "a table", "cluster": "a table",
}  # fmt: skip
ENGINE: Final = {
    "config": "a table", "seed": "a whole number", "skiplist_levels": "a list",
    "clock": "a string",
}  # fmt: skip
CLUSTER: Final = {"primaries": "a whole number", "replicas": "a whole number"}

_SEE: Final = re.compile(r"[\w.]+:[\w.]+")
_REAL: Final = re.compile(r"(>=|<=|==|>|<)\d+(\.\d+)*")


class LessonError(Exception):
    """A lesson that cannot be read. `problems` holds everything wrong with it, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(path: Path, shown_as: str = "") -> Lesson:
    """Read the lesson in a file; what it includes must be beside it.

    Args:
        path: The file.
        shown_as: What errors call it; `path` as given by default.

    Raises:
        LessonError: If anything is wrong with it, or it cannot be read at all.
    """
    name = shown_as or path.as_posix()
    try:
        text = _read(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LessonError([Problem(Place(name, 1), f"cannot read it: {reason}")]) from None
    folder = path.parent.resolve()
    return parse(text, name, lambda beside: _read_beside(folder, beside))


def parse(text: str, file: str, read: Read | None = None) -> Lesson:
    """Read a lesson from its text.

    Args:
        text: All of the file.
        file: What errors call it.
        read: Gives the text of an included file; without one, nothing can be included.

    Raises:
        LessonError: If anything is wrong with it.
    """
    problems = Problems()
    if len(text.encode("utf-8", "replace")) > MAX_FILE_BYTES:
        problems.add(Place(file, 1), f"a lesson may take {MAX_FILE_BYTES // 1024} KiB")
        raise LessonError(problems.found)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    _refuse_controls(lines, file, problems)
    front, first = front_matter(lines, file, problems)
    table = read_toml(front, problems) or {}
    pieces = Pieces(problems, read or _nothing_beside)
    builder = _Builder(problems, at_home="cluster" in table, simulated="real" not in table)
    for piece in pieces.of(lines[first:], file, first + 1):
        builder.take(piece)
    lesson = _lesson(file, table, front, builder, problems)
    if problems.found:
        raise LessonError(sorted(problems.found, key=_in_file_order))
    return lesson


def _refuse_controls(lines: list[str], file: str, problems: Problems) -> None:
    """Say where characters are that a terminal might obey; commands can spell them out."""
    for number, text in enumerate(lines, 1):
        for each in text:
            if not each.isprintable() and each != "\t":
                what = f"the character U+{ord(each):04X} is not for reading"
                problems.add(Place(file, number), what)
                break


def _in_file_order(problem: Problem) -> tuple[str, int]:
    return problem.place.file, problem.place.line


class _Builder:
    """Gathers pieces into steps."""

    def __init__(self, problems: Problems, *, at_home: bool, simulated: bool) -> None:
        self._problems = problems
        self._blocks = Blocks(problems, at_home=at_home, simulated=simulated)
        self._items: list[Item] = []
        self._heading: Heading | None = None
        self.intro: tuple[Item, ...] = ()
        self.steps: list[Step] = []

    def take(self, piece: Piece) -> None:
        match piece:
            case Heading(level=1):
                if self._heading or self._items:
                    self._problems.add(piece.place, "a '# ' title stands before all else")
            case Heading(level=2):
                self.finish()
                self._heading = piece
            case Heading(place, _, text):
                self._items.append(Prose(place, (f"**{text}**",)))
            case Text(place, lines):
                self._items.append(Prose(place, paragraphs(lines)))
            case Fence():
                self._add(self._blocks.fence(piece))
            case Directive():
                self._add(self._blocks.directive(piece))

    def finish(self) -> None:
        """Close the step that was open, or the introduction."""
        items, self._items = tuple(self._items), []
        if self._heading is None:
            self.intro = items
        else:
            self.steps.append(Step(self._heading.place, self._heading.text, items))

    def _add(self, item: Item | None) -> None:
        if item is not None:
            self._items.append(item)


def _lesson(file: str, table: Table, front: Fence, builder: _Builder, problems: Problems) -> Lesson:
    builder.finish()
    fits(table, FRONT, front, problems)
    if table.get("format", FORMAT) != FORMAT:
        problems.add(line_of(front, "format"), f"this reads lessons of format {FORMAT} only")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(table.get("id", "x"))):
        problems.add(line_of(front, "id"), "an id is small letters, digits and single hyphens")
    if not re.fullmatch(_REAL, str(table.get("real", ">=7.0"))):
        problems.add(line_of(front, "real"), "'real' is a range of versions, as in '>=7.0'")
    if "cluster" in table and "real" in table:
        what = "a lesson with a cluster of its own is of no real server: leave 'real' out"
        problems.add(line_of(front, "real"), what)
    see = strings(table, "see", front, problems)
    for name in see:
        if not _SEE.fullmatch(name):
            problems.add(line_of(front, "see"), f"write '{name}' as module:Qualified.name")
    _judge_steps(builder.steps, front.place, problems)
    return Lesson(
        file=file,
        id=str(table.get("id")),
        title=str(table.get("title")),
        steps=tuple(builder.steps),
        minutes=whole(table, "minutes", 1, 120, front, problems) or 10,
        needs=strings(table, "needs", front, problems),
        panes=strings(table, "panes", front, problems),
        teaches=strings(table, "teaches", front, problems),
        see=see,
        real=str(table.get("real", "")),
        engine=_engine(table.get("engine", {}), front, problems, simulated="real" not in table),
        cluster=_cluster(table.get("cluster"), front, problems),
        intro=builder.intro,
    )


def _judge_steps(steps: list[Step], place: Place, problems: Problems) -> None:
    if not steps:
        problems.add(place, "a lesson has at least one step, which begins with '## '")
    if len(steps) > MAX_STEPS:
        problems.add(steps[MAX_STEPS].place, f"a lesson may have {MAX_STEPS} steps")
    for step in steps:
        kinds = [type(item).__name__ for item in step.items]
        for kind in ("Check", "Solution"):
            if kinds.count(kind) > 1:
                problems.add(step.place, f"a step may have one {kind.lower()}")
        for kind in ("Solution", "Hint", "Wrong"):
            if kind in kinds and "Check" not in kinds:
                problems.add(step.place, f"a step with a {kind.lower()} needs a check")
        if "Check" in kinds and "Solution" not in kinds:
            problems.add(step.place, "a step with a check needs a solution")


def _engine(table: Any, front: Fence, problems: Problems, *, simulated: bool) -> EngineOptions:
    if not isinstance(table, dict) or not fits(table, ENGINE, front, problems):
        return EngineOptions()
    levels = table.get("skiplist_levels", [])
    if not all(isinstance(level, int) and 1 <= level <= MAX_TOWER for level in levels):
        problems.add(line_of(front, "skiplist_levels"), f"a tower is 1 to {MAX_TOWER} high")
        levels = []
    clock = table.get("clock", "virtual")
    if clock not in ("virtual", "real"):
        problems.unknown(line_of(front, "clock"), "clock", clock, ["virtual", "real"])
    for name in table.get("config", {}):
        if refused := parameter_refusal(name, simulated=simulated):
            problems.add(line_of(front, "config"), refused)
    config = tuple((name, _setting(value)) for name, value in table.get("config", {}).items())
    return EngineOptions(config, table.get("seed", 0), tuple(levels), clock)


def _setting(value: object) -> str:
    """A TOML value as CONFIG SET takes it: true is "yes"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _cluster(table: Any, front: Fence, problems: Problems) -> ClusterOptions | None:
    if not isinstance(table, dict) or not fits(table, CLUSTER, front, problems):
        return None
    return ClusterOptions(
        whole(table, "primaries", 1, 16, front, problems) or 3,
        whole(table, "replicas", 0, 4, front, problems) or 0,
    )


def _read(path: Path) -> str:
    """The text of a file, of which no more is read than a lesson may have."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"it takes more than {MAX_FILE_BYTES // 1024} KiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None


def _read_beside(folder: Path, name: str) -> str:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):  # a link may lead out of the folder
        raise ValueError("it is not inside the lesson's folder")
    return _read(path)


def _nothing_beside(name: str) -> str:
    raise ValueError("there are no files beside this lesson")
