"""What a lesson is: frozen data, read from Markdown by `parse.py`, played by `player.py`.

A lesson is steps, a step is items in reading order. Some items speak (prose, listings), some
wait for the learner (commands to run, a question, a task), some act on the screen or the clock
(panes, waits), and some stay behind the curtain until asked for (hints, the solution, what
runs before the step, attempts that must not pass).

Nothing here is a Python object of the author's: a lesson from a stranger holds text, commands
and numbers, and is safe to open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, Union

LETTERS: Final = "abcdef"
"""The options of a question are called by these."""

TomlValue = Union[None, bool, int, float, str, "list[TomlValue]", "dict[str, TomlValue]"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a lesson's files something stands. Lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command to run. `text` is as the author wrote it, without `> ` or `@client`.

    Attributes:
        client: Whose command it is in a script of several clients; "" for the learner's own.
    """

    place: Place
    argv: tuple[bytes, ...]
    text: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `ms` of simulated time pass: the line `:advance 30s`."""

    place: Place
    ms: int
    text: str


Act = Command | Wait


# Items that speak.


@dataclass(frozen=True, slots=True)
class Prose:
    """Text to read, one string per paragraph, list item or verbatim (indented) line."""

    place: Place
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines shown exactly as written: a drawing, a table of bytes."""

    place: Place
    lines: tuple[str, ...]


# Items that wait for the learner.


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands the learner runs, under a label such as "Add four players"."""

    place: Place
    label: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and the lines redis-cli prints for it. A wait prints none."""

    act: Act
    reply: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Commands with their replies, which `redlearn check` holds to the letter."""

    place: Place
    exchanges: tuple[Exchange, ...]

    @property
    def acts(self) -> tuple[Act, ...]:
        return tuple(exchange.act for exchange in self.exchanges)


@dataclass(frozen=True, slots=True)
class Script:
    """Commands of several clients in one order; each carries its client's name."""

    place: Place
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose.

    Attributes:
        text: What is shown: "1, as before".
        value: What the answer must be for this option to be right: "1".
        tag: The misconception that choosing it wrongly betrays, or "".
    """

    text: str
    value: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Predict:
    """A question asked before its command runs.

    Attributes:
        kind: "reply" when the answer is what a command says, "state" when it is inside.
        run: The command to be run on a fork before the probe looks, or None.
        probe: What to look at, in the language of `path.py`.
        answer: The author's answer, or None for "auto": computed by running.
        why: Shown after the choice, right or wrong.
    """

    place: Place
    kind: Literal["reply", "state"]
    ask: str
    run: Act | None
    probe: str
    answer: str | None
    options: tuple[Option, ...]
    why: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until the learner goes on."""

    place: Place


@dataclass(frozen=True, slots=True)
class Expect:
    """One thing that must be true. Exactly one of `cmd`, `probe`, `event` is given.

    Attributes:
        cmd: A command run on a fork; `reply` (or `error`, its beginning) is what it must say.
        probe: A look at the state; `reply` is what must be there.
        event: The name of an event that must have happened since the step began;
            `where` narrows it by field, `times` demands that many, None any number but 0.
        says: Told to the learner when it is not true yet; "" for a sentence made from the rest.
        done: Told when it is true. A probe or an event needs both: neither is made for learners.
    """

    place: Place
    cmd: Command | None = None
    probe: str = ""
    event: str = ""
    reply: TomlValue = None
    error: str = ""
    where: tuple[tuple[str, TomlValue], ...] = ()
    times: int | None = None
    says: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What makes a task done, and the fewest changing commands it takes (`golf`, 0 if unsaid)."""

    place: Place
    expects: tuple[Expect, ...]
    golf: int = 0


# Items that act on the screen or the clock.


@dataclass(frozen=True, slots=True)
class Note:
    """For the one who presents; a learner alone never sees it."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Pane:
    """Turn to a pane: `structure:board path=on` is name, subject, options."""

    place: Place
    name: str
    subject: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """Let `ms` of simulated time pass when the reader gets here."""

    place: Place
    ms: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A named moment on the timeline."""

    place: Place
    name: str


# Items behind the curtain.


@dataclass(frozen=True, slots=True)
class Hint:
    """Help with a task; a step's hints are given one by one, in order."""

    place: Place
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """One way to do the task. Seeing it does not count as having solved it."""

    place: Place
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """Runs before its step begins, unseen."""

    place: Place
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way that must not pass, and why a learner might try it."""

    because: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Attempts at a task that its check must not let pass."""

    place: Place
    attempts: tuple[Attempt, ...]


Item = (
    Prose | Listing | Commands | Transcript | Script | Predict | Check | Hint | Solution
    | Setup | Wrong | Pause | Note | Pane | Clock | Marker
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One `## ` section. Its items stand in reading order; the properties pick some out."""

    place: Place
    title: str
    items: tuple[Item, ...]

    @property
    def check(self) -> Check | None:
        return next((item for item in self.items if isinstance(item, Check)), None)

    @property
    def hints(self) -> tuple[Hint, ...]:
        return tuple(item for item in self.items if isinstance(item, Hint))

    @property
    def solution(self) -> Solution | None:
        return next((item for item in self.items if isinstance(item, Solution)), None)

    @property
    def setup(self) -> tuple[Act, ...]:
        return tuple(act for item in self.items if isinstance(item, Setup) for act in item.acts)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that must not pass."""
        wrongs = (item.attempts for item in self.items if isinstance(item, Wrong))
        return tuple(attempt for attempts in wrongs for attempt in attempts)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The engine a lesson wants.

    Attributes:
        config: CONFIG SET pairs, applied before the first step.
        seed: Of every random stream, so that the lesson runs the same each time.
        skiplist_levels: Heights of the first towers; the seed decides the later ones.
        clock: "virtual" stands still until moved; "real" runs.
    """

    config: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    skiplist_levels: tuple[int, ...] = ()
    clock: Literal["virtual", "real"] = "virtual"


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The cluster a lesson wants: how many primaries, and replicas for each of them."""

    primaries: int = 3
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A whole lesson.

    Attributes:
        file: The path it was read from, as given; errors name it.
        needs: Ids of lessons that come before.
        panes: Panes to open at the start, `name` or `name:subject`.
        see: Where the code that it teaches stands, as `module:Qualified.name`.
        intro: What stands between the title and the first step.
    """

    file: str
    id: str
    title: str
    steps: tuple[Step, ...]
    minutes: int = 10
    needs: tuple[str, ...] = ()
    panes: tuple[str, ...] = ()
    teaches: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    real: str = ""
    engine: EngineOptions = field(default_factory=EngineOptions)
    cluster: ClusterOptions | None = None
    intro: tuple[Item, ...] = ()
