"""The entry: what becomes of a line that was entered.

A letter that answers the lesson's question, an act, a command for the lesson to look at
first, or plain Redis. Also everything else a learner does in a lesson, which comes down to
the same: the tutor says what follows, and the page is turned to where the news begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from redlearn.lessons.deeds import COLON
from redlearn.lessons.model import Lesson
from redlearn.lessons.model import Pane as Subject
from redlearn.lines import Line, Lines
from redlearn.prompt.entered import Entered
from redlearn.timeline.session import Session
from redlearn.tui.acts import Acts, Front, Work, refusal, remark, scenario_names
from redlearn.tui.desk import Desk, read_line
from redlearn.tui.records import crash_lines, deed_lines, order_lines, restart_lines
from redlearn.tui.turns import LEAVING
from redlearn.tui.tutor import Tutor

if TYPE_CHECKING:  # loaded with the first cluster
    from redlearn.timeline.stories import Story

LAB: Final = "lab"
STRUCTURE: Final = "structure"
NO_LESSON: Final = (refusal("No lesson is going on: :lesson lists them."),)
AT_ONCE: Final = 10
"""Nodes of a cluster that is there within the time of a command."""

OFFER_AFTER: Final = 5
"""Commands in the sandbox before a first lesson is offered, once."""


@dataclass(frozen=True, slots=True)
class School:
    """Where lessons come from.

    Attributes:
        find: The lesson that was asked for, or a sentence about why there is none.
        begin: Seats the desk in the lesson's own session.
        listing: The lines that list all lessons.
        advice: What a lesson builds on that the learner has not done, or "".
        offer: What to say to somebody who has tried a few commands and no lesson, or "".
        begun: The number of the lesson to go on with, or "".
        cluster: A session with a cluster of so many primaries, with so many replicas each.
        growth: What that takes long for, done in pieces beforehand: how much is done, 0 to 1.
        scenario: What was asked for, by name or path, or a sentence about why there is none.
    """

    find: Callable[[str], Lesson | str]
    begin: Callable[[Desk, Lesson], Tutor]
    listing: Callable[[], Lines]
    advice: Callable[[Lesson], str] = lambda lesson: ""
    offer: Callable[[], str] = lambda: ""
    begun: Callable[[], str] = lambda: ""
    cluster: Callable[[int, int], Session] = lambda primaries, replicas: Session()
    growth: Callable[[int, int], Iterator[float]] = lambda primaries, replicas: iter(())
    scenario: Callable[[str], Story | str] = lambda name: "There are no scenarios here."


class Entry:
    """Takes lines, and knows whether a lesson is going on.

    Attributes:
        tutor: The lesson's, or None in the sandbox.
        ghost: What an empty first line stands for: the lesson to go on with, or "".
    """

    def __init__(self, desk: Desk, school: School, front: Front) -> None:
        self.desk = desk
        self.tutor: Tutor | None = None
        self._school = school
        self._front = front
        self._acts = Acts(desk, self, front)
        self._sandbox: Session | None = None
        begun = school.begun()
        self.ghost = f":lesson {begun}" if begun else ""
        self._tried = 0

    def enter(self, text: str) -> Lines:
        """Do what a line says and give what is to be printed."""
        word, self.ghost = text.strip() or self.ghost, ""
        if not word:
            return ()
        if word.startswith(":"):
            return self._acts.run(word)
        if word.lower() in LEAVING:
            self._front.do("quit")
            return ()
        if self.tutor is None:
            return (*self.desk.run(text), *self._offer())
        if self.tutor.answers(word):
            return self._turned(self.tutor.answer(word))
        if refused := self.tutor.no_answer(word):
            return (refusal(refused),)
        return self._in_lesson(self.tutor, text)

    def _offer(self) -> Lines:
        """Once, after a few commands: the lesson about them."""
        self._tried += 1
        if self._tried != OFFER_AFTER:
            return ()
        offer = self._school.offer()
        return (remark(offer),) if offer else ()

    def _in_lesson(self, tutor: Tutor, text: str) -> Lines:
        printed: list[Line] = []
        for each in text.split("\n"):
            said = read_line(each)
            if not isinstance(said, Entered):
                printed += said
            elif said.client:
                printed += tutor.typed_by(said.client, said.argv)
            else:
                printed += tutor.typed(said.argv)
        return self._turned(tuple(printed))

    def _turned(self, printed: Lines) -> Lines:
        self._front.page_turned()
        return printed

    # What is done in a lesson by keys and acts.

    def open_lesson(self, name: str) -> Lines:
        """Begin a lesson, or list them all if `name` is empty."""
        if not name:
            return self._school.listing()
        found = self._school.find(name)
        if isinstance(found, str):
            return (refusal(found),)
        if self._sandbox is None:
            self._sandbox = self.desk.session
        self.tutor = self._school.begin(self.desk, found)
        self.tutor.turn_to = self._turn_to
        for wanted in reversed(found.panes):
            pane, _, key = wanted.partition(":")
            if key:
                self.desk.pin(key.encode())
            self._front.turn_to(pane)
        printed = self.tutor.open()
        self._front.turn_to("lesson")
        if self.tutor.step == 0 and (advice := self._school.advice(found)):
            printed = (*printed, remark(advice))
        return self._turned(printed)

    def leave_lesson(self) -> Lines:
        """Back to the sandbox, as it was left."""
        if self._sandbox is None:
            return (refusal("You are in the sandbox."),)
        left, self.tutor = self.tutor, None
        self.desk.sit_down(self._sandbox, "sandbox")
        self._sandbox = None
        self._front.do("rearrange")
        if left is None:
            return (remark("In the sandbox again."),)
        again, step = left.lesson.id, left.step
        where = f"step {step}" if step and not left.guide.progress.done else "the lesson"
        return (remark(f"In the sandbox again; :lesson {again} goes on with {where}."),)

    def deed(self, words: Sequence[str]) -> Lines:
        """Do something to a cluster or a disk, and tell the lesson."""
        if words[0] == "pin":
            self.desk.pin(" ".join(words[1:]).encode("utf-8", "surrogateescape"))
            self._front.turn_to(STRUCTURE)
            return ()
        if self.tutor is not None:
            argv = [word.encode("utf-8", "replace") for word in words]
            argv[0] = COLON + argv[0]
            return self._turned(self.tutor.typed(argv))
        refused = self.desk.session.act(*words)
        if refused:
            return (refusal(refused),)
        table = crash_lines(self.desk.session)
        if table:
            self._front.turn_to(LAB)
        session = self.desk.session
        done = (*restart_lines(session), *order_lines(session), *deed_lines(session, words))
        return (*table, *done, *self.desk.take_late())

    def begin_cluster(self, primaries: int, replicas: int) -> Lines:
        """Sit down in front of a new cluster, as soon as there is one; `:sandbox` leads back."""
        if self.tutor is not None:
            return (refusal("A lesson is going on: :sandbox leaves it."),)
        count = primaries * (1 + replicas)
        if count <= AT_ONCE:
            return self._sit_at_cluster(primaries, replicas)
        work = Work(
            f"a cluster of {count} nodes", self._school.growth(primaries, replicas),
            lambda: self._sit_at_cluster(primaries, replicas),
        )  # fmt: skip
        if not self._front.work(work):
            return (refusal("Something is being prepared already; ctrl+c gives it up."),)
        return (remark(f"{count} nodes get to know each other; ctrl+c gives it up."),)

    def _sit_at_cluster(self, primaries: int, replicas: int) -> Lines:
        if self.tutor is not None:
            return (remark("The cluster could begin, but a lesson is going on."),)
        if self._sandbox is None:
            self._sandbox = self.desk.session
        self.desk.sit_down(self._school.cluster(primaries, replicas), "cluster")
        self._front.do("rearrange")
        nodes = self.desk.session.world.nodes()
        several = f"A cluster of {len(nodes)} nodes, {nodes[0]} to {nodes[-1]}"
        says = several if len(nodes) > 1 else f"A cluster of one node, {nodes[0]}"
        says += "; :sandbox leads back."
        return (remark(says), remark(f"@{nodes[0]} PING goes to that node; :kill, :partition."))

    def begin_scenario(self, name: str) -> Lines:
        """Play a scenario to its end, each of its steps a point of history; or list them all."""
        if self.tutor is not None:
            return (refusal("A lesson is going on: :sandbox leaves it."),)
        story = self._school.scenario(name) if name else None
        if story is None or isinstance(story, str):
            said = (refusal(story),) if story else ()  # last, where it is seen
            return (*(remark(f"{each}  {title}") for each, title in self._stories()), *said)
        if self._sandbox is None:
            self._sandbox = self.desk.session
        self.desk.sit_down(story.session, "scenario")
        self._front.do("rearrange")
        printed = [remark(f"{story.title}.")]
        for text in story.lines:
            refused = story.session.act("scenario", text)
            printed += [refusal(refused)] if refused else order_lines(story.session)
        end = ":back and F7 lead to each of these moments, :sandbox back to where you were."
        return (*printed, remark(end))

    def _stories(self) -> list[tuple[str, str]]:
        widest = max((len(name) for name, _ in scenario_names()), default=0)
        return [(f":scenario {name:<{widest}}", title) for name, title in scenario_names()]

    def _turn_to(self, subject: Subject) -> None:
        self._front.turn_to(subject.name)
        if subject.subject:
            self.desk.pin(subject.subject.encode("utf-8", "surrogateescape"))

    def advance(self, ms: int) -> Lines:
        """Let simulated time pass, and tell the lesson."""
        if self.tutor is not None:
            return self._turned(self.tutor.wait(ms))
        self.desk.session.advance(ms)
        return ()

    def answer(self, text: str) -> Lines:
        """Answer the lesson's question."""
        if self.tutor is None or not self.tutor.answers(text):
            return (refusal("No question is open, or it has no such answer."),)
        return self._turned(self.tutor.answer(text))

    def give_up(self) -> Lines:
        """Give up what the learner's own client waits for, if it waits."""
        return self.desk.give_up()

    def hint(self) -> Lines:
        """The next hint."""
        return self._turned(self.tutor.hint()) if self.tutor else NO_LESSON

    def goal(self) -> Lines:
        """What the task still wants."""
        return self.tutor.goal() if self.tutor else NO_LESSON

    def go_on(self) -> Lines:
        """Do what the lesson waits for; at its end, begin the next."""
        if self.tutor is None:
            return NO_LESSON
        if self.tutor.guide.progress.done and (chapter := self.tutor.following()):
            return self.open_lesson(chapter.lesson.id)
        return self._turned(self.tutor.next())

    def go_back(self) -> Lines:
        """To the beginning of the step, or to the one before."""
        return self._turned(self.tutor.back()) if self.tutor else NO_LESSON
