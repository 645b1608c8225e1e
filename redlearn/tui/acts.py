"""Acts: lines that begin with a colon, and speak to redlearn instead of Redis.

`:advance 30s`, `:pin board`, `:lesson skiplist`. No Redis command begins with a colon, so
none is ever shadowed. Whatever an act cannot do it says in one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final, Protocol

from redlearn.lessons.deeds import DEEDS
from redlearn.lessons.durations import duration_ms, duration_text
from redlearn.lines import Line, Lines, Run, line
from redlearn.prompt.act import Offers
from redlearn.resp.text import printable, split_args
from redlearn.theme import THEMES
from redlearn.timeline.world import most_ms
from redlearn.tui.desk import Desk
from redlearn.views.narration import counted

CLOSE: Final = 0.65
"""How like a name must be to what was typed, from 0 to 1, to be what was meant."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that takes long, to be done while the screen lives on.

    Attributes:
        name: What is being made.
        pieces: Does it, a hundredth of a second or so at a time; how much is done, 0 to 1.
        then: Called at its end; what is to be printed.
    """

    name: str
    pieces: Iterator[float]
    then: Callable[[], Lines]


class Front(Protocol):
    """What acts ask of the screen."""

    def say(self, *lines: Line) -> None:
        """Print lines in the log."""
        ...

    def do(self, action: str) -> None:
        """Do one of the deeds by the name of its action."""
        ...

    def turn_to(self, pane: str) -> bool:
        """Bring a pane up; whether there is one of that name."""
        ...

    def wear(self, theme: str) -> None:
        """Put another theme on."""
        ...

    def save(self, path: str) -> str:
        """Write the screen to a file and give a sentence about it."""
        ...

    def page_turned(self) -> None:
        """The lesson has said something: show where it begins."""
        ...

    def work(self, work: Work) -> bool:
        """Do something that takes long, bit by bit; False if something else is under way."""
        ...


class Teaching(Protocol):
    """What acts ask of the lesson."""

    def advance(self, ms: int) -> Lines:
        """Let simulated time pass, and give what there is to say about it."""
        ...

    def open_lesson(self, name: str) -> Lines:
        """Begin a lesson, or list them all if `name` is empty."""
        ...

    def answer(self, text: str) -> Lines:
        """Answer the lesson's question."""
        ...

    def leave_lesson(self) -> Lines:
        """Back to the sandbox."""
        ...

    def deed(self, words: Sequence[str]) -> Lines:
        """Do something to a cluster or a disk."""
        ...

    def begin_cluster(self, primaries: int, replicas: int) -> Lines:
        """Sit down in front of a cluster of its own."""
        ...

    def begin_scenario(self, name: str) -> Lines:
        """Play a scenario, or list them all if `name` is empty."""
        ...


@dataclass(frozen=True, slots=True)
class Act:
    """An act's name, what follows it, what it does, how, and what completes it."""

    name: str
    takes: str
    help: str
    run: Callable[[Acts, str], Lines]
    offers: Offers = tuple


class Acts:
    """Carries out acts on a desk and the screen in front of it."""

    def __init__(self, desk: Desk, teaching: Teaching, front: Front) -> None:
        self.desk = desk
        self.teaching = teaching
        self.front = front

    def run(self, text: str) -> Lines:
        """Carry out an act, colon and all, and give what is to be printed."""
        name, _, rest = text.strip().removeprefix(":").strip().partition(" ")
        found = [act for act in ACTS if act.name == name]
        found = found or [act for act in ACTS if name and act.name.startswith(name)]
        if len(found) != 1:
            return (self._unknown(name, [act.name for act in found]),)
        return found[0].run(self, rest.strip())

    def _unknown(self, name: str, found: list[str]) -> Line:
        near = found or get_close_matches(name, [act.name for act in ACTS], 2, CLOSE)
        meant = " or ".join(f":{each}" for each in near)
        hint = f"did you mean {meant}?" if meant else ":help lists what there is."
        called = printable(name.encode("utf-8", "surrogateescape"), 20)
        return refusal(f"There is no :{called}; {hint}")

    # Time.

    def advance(self, rest: str) -> Lines:
        ms = duration_ms(rest)
        if ms is None:
            return (refusal("How long? :advance 30s, :advance 1500ms, :advance 1m30s"),)
        nodes = len(self.desk.session.world.nodes())
        if nodes and ms > (most := most_ms(nodes)):
            says = f"{counted(nodes, 'node')} never rest: {duration_text(most)} at once at most."
            return (refusal(says),)
        return (remark(f"{duration_text(ms)} passed."), *self.teaching.advance(ms))

    def pause(self, rest: str) -> Lines:
        self.desk.session.live = False
        self.front.do("repaint")
        return (remark("The clock stands still; :advance moves it, :play lets it run."),)

    def play(self, rest: str) -> Lines:
        self.desk.session.live = True
        self.front.do("repaint")
        return (remark("The clock runs."),)

    def back(self, rest: str) -> Lines:
        return self._travel(-1, rest)

    def forward(self, rest: str) -> Lines:
        return self._travel(1, rest)

    def _travel(self, direction: int, rest: str) -> Lines:
        count = _number(rest or "1")
        if count is None:
            return (refusal("How many commands? A number, please."),)
        if not self.desk.go(direction * count):
            return (refusal("There is nothing further that way."),)
        return ()

    def goto(self, rest: str) -> Lines:
        number = _number(rest)
        if number is None or not self.desk.go_to(number):
            return (refusal(f"Go where? A number from 0 to {len(self.desk.stops())}."),)
        return ()

    def branch(self, rest: str) -> Lines:
        if not rest:
            return self.desk.branch_lines()
        number = _number(rest)
        if number is None or not self.desk.take_branch(number):
            return (refusal("There is no such branch."), *self.desk.branch_lines())
        return (remark(f"On {self.desk.session.timeline.branch} again, at its end."),)

    def giveup(self, rest: str) -> Lines:
        if not self.desk.session.is_waiting(self.desk.client):
            return (refusal("You wait for nothing."),)
        self.front.do("give_up")
        return ()

    # Looking.

    def pin(self, rest: str) -> Lines:
        key = rest.encode("utf-8", "surrogateescape")
        if rest[:1] in ('"', "'"):
            try:
                (key,) = split_args(key)
            except ValueError:  # quotes without an end, or more than one word
                return (refusal("A key in quotes is one word, as in a command."),)
        self.desk.pin(key)
        if not key:
            return (remark("Following the key touched last."),)
        return (remark(f"Looking at {printable(key)}."),)

    def pane(self, rest: str) -> Lines:
        if rest and self.front.turn_to(rest.lower()):
            return ()
        return (refusal("Which pane? Its name or number, as in :pane ttl or :pane 3."),)

    def zoom(self, rest: str) -> Lines:
        self.front.do("zoom")
        return ()

    def theme(self, rest: str) -> Lines:
        if rest not in THEMES:
            return (remark("Themes: " + ", ".join(THEMES)),)
        self.front.wear(rest)
        return ()

    def ascii(self, rest: str) -> Lines:
        self.front.do("signs")
        return ()

    def save(self, rest: str) -> Lines:
        return (remark(self.front.save(rest or "redlearn.svg")),)

    # Lessons.

    def lesson(self, rest: str) -> Lines:
        return self.teaching.open_lesson(rest)

    def hint(self, rest: str) -> Lines:
        self.front.do("hint")
        return ()

    def next(self, rest: str) -> Lines:
        self.front.do("lesson(1)")
        return ()

    def again(self, rest: str) -> Lines:
        self.front.do("lesson(-1)")
        return ()

    def answer(self, rest: str) -> Lines:
        return self.teaching.answer(rest)

    def sandbox(self, rest: str) -> Lines:
        return self.teaching.leave_lesson()

    # A cluster, a disk.

    def cluster(self, rest: str) -> Lines:
        numbers = [_number(word) for word in rest.split()] or [3, 1]
        primaries, replicas = (*numbers, 0)[:2]
        if len(numbers) > 2 or not primaries or replicas is None:
            return (refusal("How many primaries, and replicas of each? :cluster 3 1"),)
        if primaries * (1 + replicas) > MOST_NODES:
            return (refusal(f"{MOST_NODES} nodes are the most that can be watched here."),)
        return self.teaching.begin_cluster(primaries, replicas)

    def scenario(self, rest: str) -> Lines:
        return self.teaching.begin_scenario(rest)

    # The rest.

    def help(self, rest: str) -> Lines:
        self.front.do("help(1)")
        return ()

    def vi(self, rest: str) -> Lines:
        self.front.do("vi")
        return ()

    def clear(self, rest: str) -> Lines:
        self.front.do("clear_log")
        return ()

    def quit(self, rest: str) -> Lines:
        self.front.do("quit")
        return ()


MOST_NODES: Final = 60


@cache
def scenario_names() -> tuple[tuple[str, str], ...]:
    """The stories that come with redlearn, each with what it is about.

    Their files are read once: a completion asks at each letter.
    """
    from redlearn.timeline.stories import names, title_of

    return tuple((name, title_of(name)) for name in names())


def _deed(name: str) -> Callable[[Acts, str], Lines]:
    return lambda acts, rest: acts.teaching.deed((name, *rest.split()))


ACTS: Final = (
    Act("advance", "30s", "let simulated time pass, timers and all", Acts.advance),
    Act("giveup", "", "give up waiting, as ctrl+c does", Acts.giveup),
    Act("pause", "", "stop the clock", Acts.pause),
    Act("play", "", "let the clock run", Acts.play),
    Act("back", "[count]", "go back in time by commands", Acts.back),
    Act("forward", "[count]", "go forward in time by commands", Acts.forward),
    Act("goto", "number", "go to just after that command; 0 is the start", Acts.goto),
    Act("branch", "[number]", "list the branches of history, or take one up", Acts.branch),
    Act("pin", "[key]", "keep looking at a key, or follow again", Acts.pin),
    Act("pane", "name", "bring a pane up", Acts.pane),
    Act("zoom", "", "give the pane in front all the room, or take it back", Acts.zoom),
    Act("theme", "name", "dark, light, high-contrast or mono", Acts.theme),
    Act("ascii", "", "draw with ASCII's signs only, or with all again", Acts.ascii),
    Act("lesson", "[id]", "list the lessons, or begin one", Acts.lesson),
    Act("sandbox", "", "leave the lesson, back to where you were", Acts.sandbox),
    Act("cluster", "[3 1]", "begin a cluster: primaries, replicas of each", Acts.cluster),
    Act(
        "scenario",
        "[name]",
        "play what happens to a cluster, or list such stories",
        Acts.scenario,
        scenario_names,
    ),
    *(Act(name, deed.takes, deed.help, _deed(name)) for name, deed in DEEDS.items()),
    Act("hint", "", "the lesson's next hint", Acts.hint),
    Act("next", "", "go on in the lesson", Acts.next),
    Act("again", "", "begin the lesson's step anew, or the one before", Acts.again),
    Act("answer", "a", "answer the lesson's question", Acts.answer),
    Act("save", "[file]", "the screen as .svg, .png, .html, .ansi or .txt", Acts.save),
    Act("vi", "", "edit with vi's keys, or emacs's again", Acts.vi),
    Act("clear", "", "empty the log", Acts.clear),
    Act("help", "", "keys and acts", Acts.help),
    Act("quit", "", "leave", Acts.quit),
)


def remark(text: str) -> Line:
    """A line of our own in the log."""
    return line(Run(text, "hint"))


def refusal(text: str) -> Line:
    """A line that says why not."""
    return line(Run(text, "warn"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
