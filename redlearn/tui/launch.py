"""Launching: the parts from everywhere, put together into the application.

This is the edge: the wall clock, the folder for what is remembered and the lesson files
come in here, and nowhere below.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_toolkit.formatted_text import StyleAndTextTuples

from redlearn.lessons.course import Kept, begun, course, following, invitation, missing, rows
from redlearn.lessons.library import find_lesson
from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import LessonError, load
from redlearn.lessons.prose import ended
from redlearn.lines import Line, Lines, Run, line
from redlearn.prompt.home import history_file, vi_wanted
from redlearn.prompt.session import Prompt
from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.text import printable
from redlearn.theme import DARK, MONO, Theme
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.stage import open_session
from redlearn.timeline.wall import wall_ms
from redlearn.tui import pasted, progress_file, vanished
from redlearn.tui.acts import ACTS
from redlearn.tui.app import RedlearnApp
from redlearn.tui.desk import Desk
from redlearn.tui.door import Door
from redlearn.tui.entry import School
from redlearn.tui.exhibits import Curator, exhibits
from redlearn.tui.setting import Setting
from redlearn.tui.turns import PATIENCE_S
from redlearn.tui.tutor import Tutor

if TYPE_CHECKING:  # loaded with the first cluster
    from redlearn.timeline.stories import Story

OFFER: Final = "Lesson 1 is about what you just did. :lesson 1 begins it."


def run(
    lesson: str | Path = "",
    listen: int = 0,
    session: Session | None = None,
    greeting: Sequence[str] = (),
) -> int:
    """Show the application until its user leaves; the exit status.

    Args:
        lesson: What to open at once: a number, an id or a path. "" opens the sandbox.
        listen: A port of 127.0.0.1 that clients may come to, or 0; -1 for any free one.
        session: The sandbox; None for an empty one.
        greeting: Sentences for the log, once the screen is up.
    """
    chosen = setting(lesson=str(lesson), session=session)
    chosen.patience_s = PATIENCE_S
    if greeting:
        chosen.begin = greeter(greeting)
    app = RedlearnApp(chosen)
    if listen:
        door = Door(chosen.desk.session, listen, wall_ms)
        chosen.begin = door.open
        chosen.desk.held = lambda: door.held
        app.turns.pressed = hurrying(door, app)
        app.console_.drawn = door.calm
    return on_terminal(app)


def hurrying(door: Door, app: RedlearnApp) -> Callable[[], None]:
    """What is done when a key is pressed: programs and panes leave time for it to be painted."""

    def hurry() -> None:
        door.hurry()
        app.pace.pressed()

    return hurry


def on_terminal(app: RedlearnApp) -> int:
    """Show an application on this terminal until its user leaves; the exit status.

    Whatever is pasted there, and whenever it is closed: see `pasted` and `vanished`.
    """
    pasted.install()
    vanished.install()
    app.run()
    return 1 if app.return_code is None else app.return_code  # None: it was not left, it broke


def greeter(sentences: Sequence[str]) -> Callable[[Callable[[Line], None]], Awaitable[None]]:
    """What says them."""

    async def greet(say: Callable[[Line], None]) -> None:
        for sentence in sentences:
            say(line(Run(shown(sentence, 400), "hint")))

    return greet


def setting(
    *,
    lesson: str = "",
    history: Path | None = None,
    remember: bool = True,
    start_ms: int = 0,
    session: Session | None = None,
) -> Setting:
    """All that an application needs.

    Args:
        lesson: What to open at once, or "".
        history: The prompt's history; the user's own if `remember` says so.
        remember: Keep history and progress. Recordings and tests do not.
        start_ms: When the sandbox begins; 0 is now.
        session: The sandbox; None for an empty one.
    """
    desk = Desk(session or Session(Recipe(start_ms=start_ms or wall_ms())))
    if remember and history is None:
        history = history_file()
    curator = Curator(desk)
    return Setting(
        desk=desk,
        exhibits=exhibits(curator),
        changes=curator.changes,
        turn_form=curator.turn_form,
        make_session=prompt_of(desk, history).make,
        now_ms=wall_ms,
        school=school(remember=remember),
        theme=theme_for_this_terminal(),
        ascii_signs=remember and wants_ascii(),
        lesson=lesson,
    )


def theme_for_this_terminal() -> Theme:
    """Mono where the user wants no colours (no-color.org), else dark."""
    return MONO if os.environ.get("NO_COLOR") else DARK


def wants_ascii() -> bool:
    """Whether this terminal can do without our signs: asked for, or not known to show them."""
    encoding = getattr(sys.stdout, "encoding", None) or ""
    return bool(os.environ.get("REDLEARN_ASCII")) or "utf" not in encoding.lower()


def prompt_of(desk: Desk, history: Path | None) -> Prompt:
    """The prompt over whatever session the desk has."""

    def message() -> StyleAndTextTuples:
        number = f"[{desk.database}]" if desk.database else ""
        waits = desk.session.is_waiting(desk.client)
        mark = "(waits)" if waits else "(TX)" if desk.title().queued is not None else ""
        return [("class:prompt", f"redlearn{number}{mark}> ")]

    return Prompt(
        Surroundings.of(lambda: desk.session, lambda: desk.client),
        message=message,
        history=history,
        acts=ACTS,
        vi=history is not None and vi_wanted(),  # recordings are the same whoever makes them
    )


def school(*, remember: bool = True) -> School:
    """The lessons that come with redlearn, and files of the same form."""

    def known() -> Kept:
        return progress_file.load() if remember else {}

    def begin(desk: Desk, lesson: Lesson) -> Tutor:
        desk.sit_down(open_session(lesson), lesson.title)
        kept = progress_file.load().get(lesson.id) if remember else None
        unfinished = kept if kept and not kept.get("done") else None
        tutor = Tutor(desk, lesson, unfinished)
        if remember:
            tutor.step_done = lambda progress: _keep(lesson, progress)
        tutor.following = lambda: following(course(), lesson, known())
        return tutor

    return School(
        find,
        begin,
        listing=lambda: listing(known()),
        advice=lambda lesson: advice(lesson, known()),
        offer=lambda: "" if known() else OFFER,
        begun=lambda: to_go_on_with(known()),
        cluster=begin_cluster,
        growth=cluster_growth,
        scenario=find_scenario,
    )


def begin_cluster(primaries: int, replicas: int) -> Session:
    """A session with a cluster; what it takes is loaded with the first one."""
    from redlearn.timeline.cluster_session import open_cluster

    return open_cluster(primaries, replicas)


def cluster_growth(primaries: int, replicas: int) -> Iterator[float]:
    """What `begin_cluster` takes long for, in pieces: how much of it is done, 0 to 1."""
    from redlearn.timeline.cluster_session import growth

    return growth(primaries, replicas)


def find_scenario(name: str) -> Story | str:
    """A story at its beginning, or a sentence about why there is none."""
    from redlearn.cluster.scenario import BadScenario
    from redlearn.timeline.stories import find, open_story

    path = find(name)
    if path is None:
        return f"No scenario is called {shown(name, 40)}, and no .toml file is there."
    try:
        return open_story(path)
    except (BadScenario, OSError) as error:
        return f"That scenario cannot be played: {shown(str(error), 200)}"


def shown(text: str, limit: int) -> str:
    """Text that may stand for bytes which are no UTF-8, as one short printable text."""
    return printable(text.encode("utf-8", "surrogateescape"), limit)


def to_go_on_with(kept: Kept) -> str:
    """The number of the lesson that was begun and not finished, or ""."""
    if all(each.get("done") or each.get("finished") for each in kept.values()):
        return ""  # without reading any lesson: this is on the way to the first prompt
    chapter = begun(course(), kept)
    return str(chapter.number) if chapter else ""


def _keep(lesson: Lesson, progress: dict[str, object]) -> None:
    before = progress_file.load().get(lesson.id, {})
    if before.get("done") or before.get("finished"):
        progress = {**progress, "finished": True}  # read again, it stays done
    progress_file.keep(lesson.id, progress)


def find(name: str) -> Lesson | str:
    """The lesson that was asked for, or a sentence about why there is none."""
    path = find_lesson(name)
    if path is None:
        return f"No lesson is called {shown(name, 40)}; :lesson lists them."
    try:
        return load(path)
    except (LessonError, OSError) as error:
        return f"That lesson cannot be read: {shown(str(error), 200)}"


ABOVE: Final = "Page up shows what is above."


def listing(kept: Kept) -> Lines:
    """All lessons: number, title, minutes, how far the learner is, and what to do next."""
    chapters = course()
    if not chapters:
        return (line(Run("There are no lessons here.", "warn")),)
    return (
        *rows(chapters, kept),
        line(Run(f"{invitation(chapters, kept, ':lesson')} {ABOVE}", "hint")),
    )


def advice(lesson: Lesson, kept: Kept) -> str:
    """What a lesson builds on that the learner has not done, as a sentence, or ""."""
    before = [each.name for each in missing(course(), lesson, kept)]
    return ended(f"It builds on lesson {', and on lesson '.join(before)}") if before else ""
