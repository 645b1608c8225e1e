"""Records: the panes of what a session keeps on its disk, and where they find their views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redlearn.lines import Lines, Run, line
from redlearn.panes import lab as lab_pane
from redlearn.panes.rdb import per_row, rows_for
from redlearn.persistence.aof_write import with_selects
from redlearn.resp.text import printable
from redlearn.timeline.housed import Housed
from redlearn.timeline.lab import crash_view, last_crash
from redlearn.timeline.log import Acted
from redlearn.timeline.session import Session
from redlearn.tui.pane_host import Window
from redlearn.views import aof, files, rdb
from redlearn.views.aof import AofView
from redlearn.views.files import FilesView
from redlearn.views.lab import LabView
from redlearn.views.rdb import Book, RdbView

if TYPE_CHECKING:
    from redlearn.tui.desk import Desk

RESTART = "restart"
COORDINATED = ("reshard", "fix", "order")
TOLD = (*COORDINATED, "scenario")
NOTHING_SAID = "The server runs; there was nothing on the disk to load."
LOG_ALONE = "The server runs; appendonly is yes, so it looked for a log alone: {} was not read."
NOTICED = "The others notice as time passes: :advance 3s."
DONE = {
    "kill": f"{{}} is dead. {NOTICED}",
    "crash": f"{{}} has no power. {NOTICED}",
    "blackout": f"{{}} has no power. {NOTICED}",
    "restart": "{} runs again.",
    "stop": f"{{}} stands still. {NOTICED}",
    "cont": "{} goes on.",
    "partition": f"Nothing gets through there. {NOTICED}",
    "heal": "Nothing is cut off any more.",
    "loss": "Of 100 messages {} get lost from now on.",
    "delay": "Every message takes {} ms from now on.",
    "client": "From now on clients are {} ones.",
}
"""What is said of a deed in a cluster that nobody answers."""

LARGEST_LOG = 1 << 20
TABLE_WIDTH = 80
TABLE_ROWS = 12


class Records:
    """Views of the disk under the desk's session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._book: Book | None = None
        self._at_home: tuple[bytes, int, Book] | None = None
        self._home = (0, 0, 0, 1)
        self._lab: tuple[int, LabView] = (-1, LabView())

    @property
    def world(self) -> Housed | None:
        """The engine with its disk, or None where there is none: a cluster."""
        world = self._desk.session.world
        return world if isinstance(world, Housed) else None

    # ---- files ----

    def has_files(self) -> bool:
        """Whether anything was ever kept."""
        return self.world is not None and bool(self.world.disk.names())

    def files(self, window: Window) -> FilesView:
        """The data directory."""
        world = self.world
        if world is None:
            return FilesView()
        log = world.log
        policy, buffered = "", 0
        if log is not None:
            policy, buffered = log.options.appendfsync, log.tail.buffered
        manifest = files.manifest_on(world.disk) if log is None else log.manifest
        note = world.said[-1] if world.said and not world.down else ""
        return files.look_at(
            world.disk,
            manifest,
            policy,
            buffered,
            world.running,
            note,
            max(window.y, 0),
            world.down,
        )

    def aof(self, window: Window) -> AofView | None:
        """The log's last file, if a log is kept and the file is not too large to be walked."""
        world, session = self.world, self._desk.session
        name = "" if world is None else self._last_of_log(world)
        if world is None or not name:
            return None
        levels = world.disk.levels(name)
        if levels.written > LARGEST_LOG:
            return None
        point = session.points[session.position - 1] if session.position else None
        effects = () if point is None else point.effects
        commands = with_selects(effects, effects[0].db)[0] if effects else []
        new = _in_file(commands, 0 if world.log is None else world.log.tail.buffered)
        serial = 0 if point is None else point.serial
        data = world.disk.read(name)
        return aof.read_file(name.rpartition("/")[2], data, levels.durable, serial, new, window)

    def why_no_log(self) -> str:
        """Why `aof` gives nothing though a log is kept, as `AofView.instead` says it; else ""."""
        world = self.world
        if world is None:
            return ""
        if world.log is not None and world.log.mode == "waiting":
            return "begins"
        return "large" if self._last_of_log(world) else ""

    def _last_of_log(self, world: Housed) -> str:
        """The file that the log is appended to, or was before the server went down; "" for none."""
        log = world.log
        if log is not None:
            name = log.manifest.incrs[-1].name if log.manifest.incrs else ""
            return f"{log.options.appenddirname}/{name}" if name else ""
        left = files.all_files(world.disk) if world.down else []
        return next((name for name in reversed(left) if name.endswith(".incr.aof")), "")

    # ---- a snapshot, byte by byte ----

    def snapshot_name(self) -> str:
        """The file that the RDB pane shows: a snapshot, else the base of the log; "" if none."""
        world = self.world
        names = files.all_files(world.disk) if world is not None else []
        found = [name for name in names if name.endswith(".rdb") and "temp-" not in name]
        return next((name for name in found if "/" not in name), found[-1] if found else "")

    def has_snapshot(self) -> bool:
        """Whether there is a file that the RDB pane could show."""
        return bool(self.snapshot_name())

    def book(self) -> Book | None:
        """The file, its records found; found once for each content."""
        world, name = self.world, self.snapshot_name()
        if world is None or not name:
            return None
        data = world.disk.read(name)
        if self._book is None or (self._book.name, self._book.data) != (name, data):
            self._book = Book(name, data)
        return self._book

    def cursor(self, book: Book, window: Window) -> int:
        """The byte looked at: where the desk's key begins, moved by bytes and by rows from there.

        It goes to the key anew, wherever it was moved to, when another is looked at, and when the
        file is another one.
        """
        key, database = self._desk.key, self._desk.database
        row = per_row(window.width)
        if self._at_home != (key, database, book):
            home = max(book.place_of(key, database), 0)
            self._at_home, self._home = (key, database, book), (home, window.x, window.y, row)
        home, x, y, was = self._home
        at = home + (window.y - y) * was + window.x - x
        at = max(0, min(at, len(book.data) - 1))
        if row != was:  # the pane is wider or narrower: rows counted until now had other bytes
            self._home = (at, window.x, window.y, row)
        return at

    def rdb(self, window: Window) -> RdbView:
        """The bytes round the cursor."""
        book = self.book()
        if book is None:
            return RdbView()
        at = self.cursor(book, window)
        return rdb.look_at(book, at, rows_for(window.height), per_row(window.width))

    def keys(self) -> dict[str, Callable[[Window], tuple[str, ...]]]:
        """Enter looks at the structure that the byte under the cursor belongs to."""
        return {"enter": self._pin}

    def _pin(self, window: Window) -> tuple[str, ...]:
        book = self.book()
        place = book.place(self.cursor(book, window)) if book is not None else None
        if book is None or place is None or place.key is None:
            return ()
        self._at_home = (place.key, self._desk.database, book)  # the cursor stays where it is
        self._home = (place.at, window.x, window.y, per_row(window.width))
        return ("pin", place.key.decode("utf-8", "surrogateescape"))

    # ---- the crash lab ----

    def has_crashed(self) -> bool:
        """Whether the present line of history has a crash in it, up to now."""
        return last_crash(self._desk.session) > 0

    def lab(self, window: Window) -> LabView:
        """What each policy kept of the moment before the last crash."""
        session = self._desk.session
        number = last_crash(session)
        if not number:
            return LabView()
        serial = session.points[number - 1].serial
        if self._lab[0] != serial:
            self._lab = (serial, crash_view(session, number))
        return self._lab[1]


def _in_file(commands: Sequence[Sequence[bytes]], buffered: int) -> int:
    """How many of the latest commands are in the file: the last bytes may wait in the process."""
    new = len(commands)
    while new and buffered > 0:
        new -= 1
        buffered -= aof.resp_size(commands[new])
    return new


def restart_lines(session: Session) -> Lines:
    """What the server said when it was started at the present point, if it was."""
    world = session.world
    happened = session.points[session.position - 1].input if session.position else None
    if not isinstance(world, Housed) or not isinstance(happened, Acted):
        return ()
    if happened.words[0] != RESTART:
        return ()
    return tuple(
        line(Run(printable(each.encode("utf-8", "surrogateescape"), 400), "hint"))
        for each in world.said or (_nothing_said(world),)
    )


def _nothing_said(world: Housed) -> str:
    """What to say for a server that said nothing: a snapshot beside a log is passed over."""
    left = [name for name in world.disk.names() if name.endswith(".rdb") and "temp-" not in name]
    return LOG_ALONE.format(left[0]) if world.log is not None and left else NOTHING_SAID


def deed_lines(session: Session, words: Sequence[str]) -> Lines:
    """What was just done to a node of a cluster, or to its network, as a sentence."""
    says = DONE.get(words[0])
    if says is None or not session.world.nodes():
        return ()
    if tuple(words) == ("kill", "coordinator"):
        says = "The coordinator is dead, and a slot on the move stays half way; see :fix."
    return (line(Run(says.format(*words[1:2]), "hint")),)


def order_lines(session: Session) -> Lines:
    """What a coordinator said at the present point, or what came of a scenario's step."""
    happened = session.points[session.position - 1].input if session.position else None
    if not isinstance(happened, Acted) or happened.words[0] not in TOLD:
        return ()
    from redlearn.timeline.cluster_world import ClusterWorld

    assert isinstance(session.world, ClusterWorld)
    shown = (printable(each.encode("utf-8", "surrogateescape"), 400) for each in session.world.told)
    return tuple(line(Run(each.replace(r"\"", '"'), "hint")) for each in shown)


def crash_lines(session: Session) -> Lines:
    """What is to be printed of the present point, if it is a crash: the table."""
    number = last_crash(session)
    if not number or number != session.position:
        return ()
    return lab_pane.render(crash_view(session, number), TABLE_WIDTH, TABLE_ROWS)
