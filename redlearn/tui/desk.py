"""The desk: a session as the one in front of it uses it, without any screen.

It runs what is entered and says what to print; it walks in time, command by command, write
by write, or through the events of one command; it knows which key is being looked at. The
application draws what the desk knows, and tests drive it without an application.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from redlearn.engine.client import NO_ADDRESS, Wait
from redlearn.errors import UNKILLABLE
from redlearn.lessons.acts import addressed
from redlearn.lines import Line, Lines, Run, line
from redlearn.prompt.entered import Entered, Refused, entered
from redlearn.prompt.late import held_text, late_text, paused_text, unwanted_text, waiting_text
from redlearn.prompt.manual import is_help, manual
from redlearn.redaction import redacted
from redlearn.resp.reply import Push
from redlearn.resp.text import printable, safe_text
from redlearn.timeline.carrying import at_once
from redlearn.timeline.log import Called, Input, Ticked, Waited
from redlearn.timeline.session import BOOKKEEPING, Envelope, Moved, Point, Session
from redlearn.tui.bars import Kind, Stop, Timeline, Title
from redlearn.tui.replies import misspelt, reply_lines
from redlearn.views.narration import counted

MOST_TIMES: Final = 1000
"""How often one line may repeat its command; more would hold up the screen."""

NO_SCRIPT: Final = "Redis ends nothing but scripts: this goes on to its end. ctrl+q leaves."
NOT_NOW: Final = "The script is in the midst of a long command: ctrl+c again, in a while."

MOST_PRINTED: Final = 2000
"""How many lines of what DEBUG LISTPACK prints are shown."""

FAR: Final = 300
"""How many stops either side of the present the timeline bar is given."""


class Desk:
    """One learner's session.

    Attributes:
        session: The session. Replaced as a whole when a lesson begins or ends.
        name: "sandbox", or the title of the lesson.
        key: The key being looked at: the one touched last, or the pinned one.
        pinned: Whether `key` stays when other keys are touched.
        form: What the value is to be drawn as, or "" for what it was used as last.
        micro: How many steps of the present command are shown, or None for all.
        watchers: Told of everything that happens in whatever session there is, first of all.
        changed: Called after everything that may change what is shown.
        held: Tells how many programs wait for the present, while the past is looked at.
        carry: Carries inputs out (`Carrying.by`), in whatever session there is.
    """

    def __init__(self, session: Session, name: str = "sandbox") -> None:
        self.watchers: list[Callable[[Moved], None]] = []
        self.changed: Callable[[Moved], None] = lambda moved: None
        self.held: Callable[[], int] = lambda: 0
        self.carry: Callable[[Callable[[], object]], None] = at_once
        self.pinned = False
        self.sit_down(session, name)

    def sit_down(self, session: Session, name: str) -> None:
        """Take another session; what was pinned in the old one is forgotten."""
        self.session, self.name = session, name
        session.carrying.by = lambda act: self.carry(act)
        if not self.client:
            session.connect(name="")
        self._waits: dict[int, Wait] = {}
        self._late: list[Line] = []
        self.key, self.pinned = b"", False
        self.form = ""
        self.micro: int | None = None
        self._known_partings: tuple[object, set[int]] = None, set()
        session.subscribe(self._moved)

    # Running.

    def run(self, text: str) -> Lines:
        """Run an entered line, or several (a paste), and give what is to be printed."""
        printed: list[Line] = []
        for each in text.split("\n"):
            if each.strip():
                printed += self._run_line(each)
        return tuple(printed)

    def _run_line(self, text: str) -> Lines:
        said = read_line(text)
        if not isinstance(said, Entered):
            return said
        printed: list[Line] = []
        for _ in range(min(said.times, MOST_TIMES)):
            printed += self.execute(said.argv, said.client)
        if said.times > MOST_TIMES:
            printed.append(line(Run(f"… {MOST_TIMES} times are enough for one line", "warn")))
        return tuple(printed)

    def execute(self, argv: Sequence[bytes], name: str = "") -> Lines:
        """Run a command and give the lines of its replies, after a word about a fork if any.

        Args:
            name: Which client sends it, "" being the learner's own, and in a cluster to which
                node: "a", "7001", "a@7001".
        """
        name, node = addressed(name)
        if refused := self.session.world.down or self.no_node(node):
            return (line(Run(refused, "warn")),)
        session, client = self.session, self.client_named(name)
        branch = session.timeline.branch
        alive = session.world.alive()
        state = session.engine.state
        state.printed = b""
        replies = session.execute(client, argv, node)
        printed: list[Line] = []
        if session.timeline.branch != branch:
            printed.append(forked_line(branch, session.timeline.branch))
        for said in safe_text(state.printed).splitlines()[:MOST_PRINTED]:
            printed.append(line(Run(said.expandtabs(4))))
        known = session.clients.get(client)
        for reply in replies:
            if isinstance(reply, Push):
                printed.append(line(Run("push", "label")))
            printed += reply_lines(reply, argv, known.protocol if known else 2)
            printed += misspelt(reply, argv)
        if not replies:
            printed += self.unanswered(client)
        for ended in sorted(alive - session.world.alive()):
            says = f"{ended} has ended; :restart {ended} starts it again."
            printed.append(line(Run(says, "warn")))
        if session.world.down:
            printed.append(line(Run(session.world.down, "warn")))
        elif known is None or known.closing:
            printed.append(line(Run("Connection closed by the server; connected anew.", "warn")))
            self._reconnect(name, client)
        return tuple(printed)

    def no_node(self, node: str) -> str:
        """Why nothing can be sent to a node of that name, as a sentence; "" if it can.

        The name "" stands for whichever node the client itself would ask.
        """
        nodes = self.session.world.nodes()
        if not node:
            return ""
        if not nodes:
            return f"There is no node {node}: there is no cluster here. :cluster 3 1 begins one."
        return "" if node in nodes else f"There is no node {node}: there are {', '.join(nodes)}."

    def unanswered(self, client: int) -> Lines:
        """What there is to say of a command that has no reply yet; nothing if none is to come."""
        known = self.session.clients.get(client)
        name, state = self.name_of(client), self.session.engine.state
        if known is not None and known.postponed:
            said = paused_text(name, state.crowd.paused_until_ms - state.now_ms)
            return (line(Run(said, "hint")),)
        if known is not None and known.reply_mode != "on":
            said = unwanted_text(known.reply_mode, waits=known.wait is not None)
            return (line(Run(said, "hint")),)
        if known is None or known.wait is None:
            return ()
        if known.held:
            return (line(Run(held_text(name, len(known.held)), "warn")),)
        return (line(Run(waiting_text(name, known.wait, self.session.now_ms), "hint")),)

    def take_late(self) -> Lines:
        """What reached clients that had been waiting, since the last call."""
        late, self._late = self._late, []
        return tuple(late)

    def give_up(self) -> Lines:
        """End the learner's own wait: the connection is closed, and another one made."""
        if not self.session.is_waiting(self.client):
            return ()
        before = self.session.clients[self.client]
        number, protocol = before.db.index, before.protocol
        self._reconnect("", self.client)
        if protocol == 3:
            self.session.execute(self.client, (b"HELLO", b"3"))
        if number:
            self.session.execute(self.client, (b"SELECT", b"%d" % number))
        return (line(Run(f"Given up: connected anew, as client {self.client}.", "hint")),)

    def end_script(self, hold: Callable[[Callable[[], Lines]], Lines | None]) -> Lines:
        """End the script that goes on, as SCRIPT KILL would; what there is to say of it.

        Args:
            hold: Calls what it is given while the script waits, or gives None if it never does.
        """
        if self.session.engine.state.scripts.running is None:
            return (line(Run(NO_SCRIPT, "warn")),)
        said = hold(self._end_script)
        return (line(Run(NOT_NOW, "warn")),) if said is None else said

    def _end_script(self) -> Lines:
        scripts = self.session.engine.state.scripts
        if scripts.running is None or scripts.runner is None:
            return ()
        if scripts.running.wrote:
            return (line(Run(f"(error) {UNKILLABLE}", "error")),)
        scripts.runner.kill()
        return ()

    def names(self) -> dict[int, str]:
        """What the clients with a name are called, by their ids."""
        return {id: f"@{name}" if name else "you" for id, name in self.session.names().items()}

    def name_of(self, client: int) -> str:
        """What a client is called: "" for the learner's own, "@a", or by its number."""
        name = self.names().get(client, f"client {client}")
        return "" if name == "you" else name

    def _hear(self) -> None:
        """Put what came late into words, and note who waits now."""
        session, clients = self.session, self.session.clients
        for client, reply in session.take_late():
            wait = None if isinstance(reply, Push) else self._waits.pop(client, None)
            said = late_text(self.name_of(client), wait, reply, session.answered_ms(client))
            self._late.append(line(Run(said, "hint")))
            known = clients.get(client)
            self._late += reply_lines(reply, (), known.protocol if known else 2)
        self._waits = {each.id: each.wait for each in clients.values() if each.wait is not None}

    def client_named(self, name: str) -> int:
        """The id of a client, who is connected when first named, or not there at this moment."""
        return self.session.client_named(name) or self.session.connect(name=name)

    def _reconnect(self, name: str, client: int) -> None:
        self.session.disconnect(client)
        if not name:
            self.session.connect(name="")

    @property
    def client(self) -> int:
        """The id of the learner's own client, 0 if it is not connected at this moment."""
        return self.session.client_named("")

    @property
    def protocol(self) -> int:
        """What the learner's client speaks: 2 or 3."""
        known = self.session.clients.get(self.client)
        return known.protocol if known else 2

    @property
    def database(self) -> int:
        """The number of the database that the learner's client has selected."""
        known = self.session.clients.get(self.client)
        return known.db.index if known else 0

    def by_program(self, moved: Moved) -> bool:
        """Whether it was a command of a program's, that came over a connection."""
        happened = moved.point.input if moved.point is not None else None
        known = self.session.clients.get(happened.client) if isinstance(happened, Called) else None
        return known is not None and known.address != NO_ADDRESS

    def _moved(self, moved: Moved) -> None:
        self.micro = None
        if self._waits or moved.late or self._may_wait(moved):
            self._hear()
        for watcher in self.watchers:
            watcher(moved)
        if not self.pinned:
            self._follow(moved)
        self.changed(moved)

    def _may_wait(self, moved: Moved) -> bool:
        """Whether anybody may have begun to wait: all but those who send commands do not."""
        happened = moved.point.input if moved.point is not None else None
        if not isinstance(happened, Called):
            return True
        known = self.session.clients.get(happened.client)
        return known is None or known.wait is not None

    def _follow(self, moved: Moved) -> None:
        if moved.point is None:
            self._look_at(self.session.last_key())
        elif moved.point.key:  # else it is the key before: what just happened is the last of all
            self._look_at(moved.point.key)

    def _look_at(self, key: bytes) -> None:
        if self.key != key:
            self.key, self.form = key, ""

    def pin(self, key: bytes) -> None:
        """Look at `key` until told otherwise; b"" follows the key touched last again."""
        self.pinned = bool(key)
        self._look_at(key or self.session.last_key())
        self._tell()

    def turn_to(self, form: str) -> None:
        """Draw the value in that form until another key is looked at; "" as it was used last."""
        self.form = form
        self._tell()

    # Looking.

    @property
    def point(self) -> Point | None:
        """The last thing that happened, or None at the beginning."""
        session = self.session
        return session.points[session.position - 1] if session.position else None

    @property
    def command(self) -> Point | None:
        """The last point that is a command, or None before the first."""
        points = self.session.points
        for number in range(self.session.position, max(self.session.position - FAR, 0), -1):
            if isinstance(points[number - 1].input, Called):
                return points[number - 1]
        return None

    def steps(self) -> tuple[Envelope, ...]:
        """The steps of the present point: its events without bookkeeping."""
        if not self.session.position:
            return ()
        happened = self.session.events(self.session.position)
        return tuple(each for each in happened if not isinstance(each.event, BOOKKEEPING))

    def title(self) -> Title:
        """What the title bar shows."""
        session = self.session
        known = session.clients.get(self.client)
        queue = known.queue if known else None
        clock = "past" if session.in_past else "" if session.live else "paused"
        return Title(
            name=self.name,
            database=self.database,
            passed_ms=session.now_ms - session.recipe.start_ms,
            clock=clock,
            queued=None if queue is None else len(queue),
            held=self.held(),
        )

    def timeline(self, marks: frozenset[int] = frozenset()) -> Timeline:
        """What the timeline bar shows: the stops round the present; `marks` begin steps."""
        session = self.session
        stops, partings = session.stops(), self._partings()
        here = bisect_right(stops, session.position)
        low = max(here - FAR, 0)
        return Timeline(
            stops=[self._stop(number, partings, marks) for number in stops[low : here + FAR]],
            first=low,
            here=here,
            total=len(stops),
            micro=None if self.micro is None else (self.micro, len(self.steps())),
            branch=session.timeline.branch,
            others=len(session.branches),
            start_forked=any(at < (stops[0] if stops else 1) for at in partings),
        )

    def stops(self) -> Sequence[int]:
        """The positions worth stopping at, in order."""
        return self.session.stops()

    def _stop(self, number: int, partings: set[int], marks: frozenset[int]) -> Stop:
        point = self.session.points[number - 1]
        return Stop(kind_of(point), number in partings, number in marks)

    def _partings(self) -> set[int]:
        """The positions at which other branches leave the present one; they stay where they are."""
        session = self.session
        state = id(session), session.timeline.branch, len(session.branches)
        if self._known_partings[0] != state:
            mine = session.timeline.inputs
            self._known_partings = state, {parting(mine, each.inputs) for each in session.branches}
        return self._known_partings[1]

    # Walking in time.

    def go(self, by: int) -> bool:
        """`by` commands forward, or back if negative; whether there was anywhere to go."""
        if by < 0 and self.micro is not None:
            self.micro = None
        return self.session.step(by)

    def go_by_writes(self, by: int) -> bool:
        """Back to before the last write (-1: undo), or forward past the next (+1: redo)."""
        session = self.session
        writes = [point.number for point in session.points if point.wrote]
        here = bisect_right(writes, session.position)
        if by < 0:
            if not here:
                return False
            session.seek(writes[here - 1] - 1)
            return True
        if here >= len(writes):
            return False
        is_last = writes[here] >= self.stops()[-1]
        session.seek(session.length if is_last else writes[here])
        return True

    def go_to(self, number: int) -> bool:
        """To just after the `number`th stop, counted from 1; 0 is the beginning."""
        if not 0 <= number <= len(self.stops()):
            return False
        self.session.seek(self.session.position_of(number))
        return True

    def go_to_end(self) -> None:
        """To the present: behind all that happened on this branch."""
        self.session.seek(self.session.length)

    def go_micro(self, by: int) -> bool:
        """One step of the present command forward or back, on into its neighbours."""
        count = len(self.steps())
        shown = count if self.micro is None else self.micro
        if by < 0 and (shown == 0 or not count):
            return self.session.step(-1)
        if by > 0 and shown >= count:
            if not self.session.step(1):
                return False
            shown, count = -1, len(self.steps())
        shown += by
        self.micro = None if shown >= count else shown
        self._tell()
        return True

    def take_branch(self, number: int) -> bool:
        """Take up branch `number` of `branch_lines`, counted from 1, at its end."""
        if not 1 <= number <= len(self.session.branches):
            return False
        self.session.switch(number - 1)
        return True

    def branch_lines(self) -> Lines:
        """The other branches, numbered, with where each parts and how it ends."""
        session = self.session
        points = counted(len(self.stops()), "point")
        rows = [line(Run(f"on {session.timeline.branch}", "ok"), f", {points}")]
        for number, branch in enumerate(session.branches, 1):
            last = next(
                (each for each in reversed(branch.inputs) if isinstance(each, Called)), None
            )
            end = f", ends with {shown_argv(last.argv)}" if last else ""
            name = Run(f"{number}) {branch.name}", "time.fork")
            rows.append(line(name, f", {counted(len(branch.inputs), 'input')}{end}"))
        if not session.branches:
            rows.append(line(Run("no others: go back (f7) and type something else", "dim")))
        return tuple(rows)

    def _tell(self) -> None:
        self.changed(Moved(None, (), ()))


def read_line(text: str) -> Entered | Lines:
    """What an entered line asks for, or, if there is nothing to run, what is to be printed."""
    try:
        said = entered(text.encode("utf-8", "surrogateescape"))
    except Refused as refused:
        return (line(Run(str(refused), "error")),)
    if not said.argv and said.client:
        return (line(Run(f"What should {said.client} send? @{said.client} PING", "error")),)
    if not said.argv:
        return ()
    if is_help(list(said.argv)):
        return tuple(line(Run(row, "value")) for row in manual(list(said.argv[1:])))
    return said


def kind_of(point: Point) -> Kind:
    """What a point's dot looks like."""
    if isinstance(point.input, Ticked | Waited):
        return "write" if point.wrote else "time"
    if point.failed:
        return "failed"
    return "write" if point.wrote else "read"


def parting(mine: Sequence[Input], other: Sequence[Input]) -> int:
    """How many inputs two branches have in common."""
    pairs = enumerate(zip(mine, other, strict=False))
    return next((at for at, (one, two) in pairs if one is not two), min(len(mine), len(other)))


def forked_line(old: str, new: str) -> Line:
    """What is said when a command typed in the past starts a branch."""
    return line(
        Run(f"{new} begins here. ", "time.fork"),
        Run(f"What lay ahead is kept as {old} (:branch shows all)", "hint"),
    )


def shown_argv(argv: Sequence[bytes], limit: int = 40) -> str:
    """A command as one short printable text, its passwords hidden."""
    text = " ".join(printable(word, limit) for word in redacted(argv)[:12])
    return text if len(text) <= limit * 2 else text[: limit * 2] + "…"
