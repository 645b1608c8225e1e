"""What can happen to the player of a lesson, and what it can ask for: plain frozen data.

A front end turns keys and finished commands into happenings, and carries requests out. The
player in between (`player.py`) has no screen, no engine and no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from redlearn.lessons.checks import Verdict
from redlearn.lessons.model import Act, Check, Lesson, Pane, Predict, Step
from redlearn.probe import Event
from redlearn.resp.reply import Reply

# Happenings.


@dataclass(frozen=True, slots=True)
class Typed:
    """The learner entered a line, which has not run yet; with `client`, for somebody else."""

    argv: tuple[bytes, ...]
    client: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command ran, whoever asked for it.

    Attributes:
        events: All it caused, in order.
        verdicts: What the task's check says now; empty unless `awaited_check` gives one.
        wrote: Whether it changed data, for counting moves.
        client: Whose command it was; "" for the learner's own.
    """

    argv: tuple[bytes, ...]
    replies: tuple[Reply, ...] = ()
    events: tuple[Event, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    wrote: bool = False
    client: str = ""


@dataclass(frozen=True, slots=True)
class Waited:
    """Simulated time passed, by `:advance` or on request."""

    ms: int
    events: tuple[Event, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The learner chose option `choice`; `right` is the right one, None if none is any more."""

    choice: int
    right: int | None


@dataclass(frozen=True, slots=True)
class AskedHint:
    """The learner wants the next hint, and after the last one the solution."""


@dataclass(frozen=True, slots=True)
class Next:
    """Go on: type the next command for me, leave the pause, go to the next step."""


@dataclass(frozen=True, slots=True)
class Back:
    """To the beginning of this step, or from there to the beginning of the one before."""


Happening = Typed | Finished | Waited | Answered | AskedHint | Next | Back

# Requests.

Voice = Literal["title", "prose", "listing", "note", "hint", "solution", "right", "wrong", "aside"]


@dataclass(frozen=True, slots=True)
class Say:
    """Show paragraphs (marks and all: `prose.laid_out`); `voice` says what they are.

    With voice "listing" each paragraph is a line to be shown as it stands.
    """

    paragraphs: tuple[str, ...]
    voice: Voice = "prose"


@dataclass(frozen=True, slots=True)
class Begin:
    """A step begins: show its title, and mark this moment as "step N" on the timeline."""

    step: Step
    number: int


@dataclass(frozen=True, slots=True)
class Rewind:
    """Take the engine back to where step `number` began, before its setup ran."""

    number: int


@dataclass(frozen=True, slots=True)
class Run:
    """Run an act; then tell the player, `Finished` or `Waited`.

    Attributes:
        unseen: It prepares a step: not typed, not shown, and not to be reported back.
    """

    act: Act
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Show commands to be run, with those before `done` already run."""

    acts: tuple[Act, ...]
    label: str = ""
    done: int = 0


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not run what was typed, and say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question, and report `Answered`."""

    predict: Predict


@dataclass(frozen=True, slots=True)
class Challenge:
    """The task begins: from now on verdicts of `check` are wanted after each command."""

    check: Check


@dataclass(frozen=True, slots=True)
class Judged:
    """How the task stands after a command."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Focus:
    """Turn to a pane and a subject in it."""

    pane: Pane


@dataclass(frozen=True, slots=True)
class Highlight:
    """Light up what an answer was about: the structure of `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Name this moment on the timeline."""

    name: str


@dataclass(frozen=True, slots=True)
class Await:
    """Nothing more until the learner goes on.

    Attributes:
        why: "pause"; "step" at a step's end, "last" at that of the last one; "end" after all.
    """

    why: Literal["pause", "step", "last", "end"]


@dataclass(frozen=True, slots=True)
class Celebrate:
    """A task was solved, or with `lesson` the whole lesson is done.

    Attributes:
        moves: Changing commands it took.
        golf: The fewest the author knows of, 0 if unsaid.
    """

    moves: int
    golf: int = 0
    lesson: Lesson | None = None


Request = (
    Say | Begin | Rewind | Run | Offer | Refuse | Ask | Challenge | Judged | Focus | Highlight
    | Mark | Await | Celebrate
)  # fmt: skip
Requests = Sequence[Request]
