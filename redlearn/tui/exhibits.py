"""The exhibits: which panes there are, and where each finds its view on the desk."""

from __future__ import annotations

from dataclasses import replace

from redlearn.lines import Line, Run, clip
from redlearn.panes import (
    aof,
    clients,
    diff,
    files,
    keys,
    lab,
    log,
    loop,
    memory,
    rdb,
    slots,
    structure,
    ttl,
    wire,
)
from redlearn.resp.text import printable
from redlearn.timeline.log import Acted, Called
from redlearn.timeline.session import Moved, Point, Session
from redlearn.tui.annex import Annex, Later
from redlearn.tui.desk import Desk
from redlearn.tui.pane_host import Window
from redlearn.tui.records import Records
from redlearn.tui.setting import Exhibit
from redlearn.views.aof import AofView
from redlearn.views.clients import ClientsView
from redlearn.views.forms import following
from redlearn.views.gallery import Gallery
from redlearn.views.keys import KeysView
from redlearn.views.log import LogView, done_text
from redlearn.views.loop import LoopView
from redlearn.views.memory import MemoryView
from redlearn.views.slots import SlotsView
from redlearn.views.structure import Step, StructureView, step_of
from redlearn.views.ttl import TtlView
from redlearn.views.wire import WireView

ROUTE = Later("Route", "redlearn.panes.route")
NODES = Later("Nodes", "redlearn.panes.nodes")
GOSSIP = Later("Gossip", "redlearn.panes.gossip")


class Curator:
    """Views of whatever session the desk has, at the moment the desk looks at."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._session: Session | None = None
        self._gallery: Gallery | None = None
        self.annex = Annex(desk)
        self.records = Records(desk)
        desk.watchers.append(self._moved)

    @property
    def gallery(self) -> Gallery:
        """The gallery of the present session; another session gets a new one."""
        if self._gallery is None or self._session is not self._desk.session:
            self._session = self._desk.session
            self._gallery = Gallery(self._session)
        return self._gallery

    def _moved(self, moved: Moved) -> None:
        self.gallery.moved(moved)

    def step(self) -> Step | None:
        """The step that is looked at, if the command is walked through."""
        micro = self._desk.micro
        return None if micro is None else step_of(self._desk.steps(), micro)

    def structure(self, window: Window) -> StructureView:
        desk = self._desk
        view = self.gallery.structure(window, desk.key, desk.database, self.step(), desk.form)
        if not self.annex.is_there():
            return view
        elsewhere = () if view.kind else self.annex.holders(desk.key, desk.database)
        return replace(view, node=self.annex.front(), elsewhere=elsewhere)

    def turn_form(self) -> str:
        """Draw the value as the next thing it may be taken for; which, or "" if it is but one."""
        view = self.structure(Window(80, 12))
        self._desk.turn_to(following(view.forms, view.form))
        return self._desk.form

    def slots(self, window: Window) -> SlotsView:
        key = asked_for(self._desk.command) or self._desk.key
        if self.annex.is_there():
            return self.annex.slots(key)
        return self.gallery.slots(key, self._desk.database)

    def ttl(self, window: Window) -> TtlView:
        return self.gallery.ttl(window, self._desk.database, self._desk.title().clock)

    def aof(self, window: Window) -> AofView:
        kept, would_be = self.records.aof(window), self.gallery.aof(window)
        if kept is None:
            return self.annex.whose(replace(would_be, instead=self.records.why_no_log()))
        return replace(kept, silence=would_be.silence)

    def log(self, window: Window) -> LogView:
        return self.annex.named(self.gallery.log(window))

    def keys(self, window: Window) -> KeysView:
        return self.gallery.keys(window, self._desk.database, self._desk.key)

    def memory(self, window: Window) -> MemoryView:
        return self.gallery.memory(self._desk.key, self._desk.database, self.step())

    def clients(self, window: Window) -> ClientsView:
        names = self.annex.clients() if self.annex.is_there() else self._desk.names()
        return self.gallery.clients(window, names)

    def wire(self, window: Window) -> WireView:
        return self.gallery.wire(window, self._desk.names())

    def loop(self, window: Window) -> LoopView:
        return self.gallery.loop(window, self._desk.names())

    def someone_waits(self) -> bool:
        """Whether a client waits, and for how long is to be seen."""
        databases = self._desk.session.engine.state.databases
        return any(database.waiting for database in databases)

    def keys_grow_old(self) -> bool:
        """Whether keys have a time of idling that goes on."""
        return len(self._desk.session.engine.state.databases[self._desk.database]) > 0

    def changes(self, width: int) -> Line:
        """What the last command changed, in one line."""
        if self._desk.micro is not None and (step := self.step()):
            return (Run(self.annex.called(step.sentence), "hint"),)
        if not self._desk.session.position:  # nothing has happened that could have changed anything
            return ()
        changes, point = self.gallery.diff(), self._desk.point
        if not changes.changes and point is not None and isinstance(point.input, Acted):
            return clip((Run(f"! {done_text(point.input.words)}", "warn"),), width)
        rows = diff.render(changes, width, 1)
        return rows[0] if rows else ()

    def subject(self) -> str:
        """What the frame of the structure says: whether the key stays."""
        return f"pinned: {printable(self._desk.key, 24)}" if self._desk.pinned else ""

    def something_runs_out(self) -> bool:
        """Whether a key or a field of a hash has a deadline."""
        database = self._desk.session.engine.state.databases[self._desk.database]
        return len(database.expires) > 0 or len(database.hexpires) > 0

    def fields_run_out(self) -> bool:
        """Whether the structure shows fields that end, whose time counts down."""
        database = self._desk.session.engine.state.databases[self._desk.database]
        return database.hexpires.moment_of(self._desk.key) > 0


def asked_for(point: Point | None) -> bytes:
    """The key whose slot a command asked for, which need not exist; b"" for other commands."""
    argv = point.input.argv if point is not None and isinstance(point.input, Called) else ()
    words = [word.lower() for word in argv[:2]]
    return argv[2] if words == [b"cluster", b"keyslot"] and len(argv) == 3 else b""


def exhibits(curator: Curator) -> list[Exhibit]:
    """The panes in the order of their digits."""
    running, annex, records = curator.something_runs_out, curator.annex, curator.records
    return [
        Exhibit(
            "structure",
            structure,
            curator.structure,
            curator.subject,
            running=curator.fields_run_out,
        ),
        Exhibit("slots", slots, curator.slots, annex.node),
        Exhibit("ttl", ttl, curator.ttl, running=running),
        Exhibit("aof", aof, curator.aof),
        Exhibit("log", log, curator.log),
        Exhibit("keys", keys, curator.keys, running=running, ages=True),
        Exhibit("clients", clients, curator.clients, running=curator.someone_waits, ages=True),
        Exhibit("loop", loop, curator.loop, there=annex.is_alone),
        Exhibit("wire", wire, curator.wire, there=annex.is_alone),
        Exhibit(
            "memory",
            memory,
            curator.memory,
            running=curator.keys_grow_old,
            there=annex.is_alone,
        ),
        Exhibit("files", files, records.files, there=records.has_files, ages=True),
        Exhibit("rdb", rdb, records.rdb, there=records.has_snapshot, keys=records.keys()),
        Exhibit("lab", lab, records.lab, there=records.has_crashed),
        Exhibit("route", ROUTE, annex.route, there=annex.is_there),
        Exhibit("nodes", NODES, annex.nodes, there=annex.is_there, ages=True, keys=annex.keys()),
        Exhibit("gossip", GOSSIP, annex.gossip, annex.node, there=annex.is_there, ages=True),
    ]
