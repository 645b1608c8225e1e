"""The annex: the panes that are there for a cluster only, and where they find their views.

A cluster's own panes look at its world: the map as the node in front believes it, the film of the
learner's last command, the bus. All of it is read off the simulator as it stands at the moment
looked at; nothing is kept here but the place where somebody has scrolled to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from redlearn.lines import Lines
from redlearn.resp.text import printable
from redlearn.timeline.log import Acted, Called
from redlearn.tui.desk import Desk
from redlearn.tui.pane_host import Window
from redlearn.tui.records import COORDINATED
from redlearn.views.aof import AofView
from redlearn.views.log import LogView
from redlearn.views.narration import counted
from redlearn.views.slots import KEYS_SHOWN, Moving, Owner, Slot, SlotsView, look_at_cluster

if TYPE_CHECKING:  # loaded with the first cluster, not on the way to the first prompt
    from redlearn.cluster.client import Address
    from redlearn.cluster.network import Flight
    from redlearn.cluster.state import ClusterState, Node
    from redlearn.timeline.cluster_world import ClusterWorld, NodeMember
    from redlearn.views.gossip import Flight as Seen
    from redlearn.views.gossip import GossipView
    from redlearn.views.nodes import NodeBox, NodesView
    from redlearn.views.route import RouteView

A_SECOND_US = 1_000_000
SLOW_US = 1_000


class Later:
    """A pane whose module is loaded when it is drawn for the first time.

    Attributes:
        TITLE: What its tab says.
    """

    def __init__(self, title: str, module: str) -> None:
        self.TITLE = title
        self._module = module

    def render(self, view: Any, width: int, height: int, /) -> Lines:
        """What the module's own `render` draws."""
        drawn: Lines = import_module(self._module).render(view, width, height)
        return drawn


class Annex:
    """Views of the cluster that the desk's session runs.

    Attributes:
        slot: The slot that was asked to be looked into, or -1.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.slot = -1

    @property
    def world(self) -> ClusterWorld | None:
        """The cluster, or None where there is none."""
        world = self._desk.session.world
        if not world.nodes():
            return None
        from redlearn.timeline.cluster_world import ClusterWorld

        return world if isinstance(world, ClusterWorld) else None

    def is_there(self) -> bool:
        """Whether there is a cluster."""
        return bool(self._desk.session.world.nodes())

    def is_alone(self) -> bool:
        """Whether there is one server: what is looked at most closely there has no tab here."""
        return not self.is_there()

    # ---- who is who ----

    def letters(self, world: ClusterWorld) -> dict[str, str]:
        """What each node is called, in the order of their ports: A, B ... Z, then A2."""
        names = world.nodes()
        return {
            name: chr(ord("A") + at % 26) + (str(at // 26 + 1) if at >= 26 else "")
            for at, name in enumerate(sorted(names, key=int))
        }

    def by_id(self, world: ClusterWorld) -> dict[bytes, str]:
        """The letters by node id; of one that does not run, as the others remember it."""
        letters = self.letters(world)
        found: dict[bytes, str] = {}
        for name in world.nodes():
            member = world.member(name)
            for node in member.state.nodes.values() if member is not None else ():
                if (letter := letters.get(str(node.port))) is not None:
                    found[node.id] = letter
        return found

    def named(self, view: LogView) -> LogView:
        """A log that calls nodes by letter and port, and not by the beginning of an id."""
        world = self.world
        if world is None:
            return view
        names, letters = self._ports(world), self.letters(world)

        def told(text: str) -> str:
            for short, name in names.items():
                text = text.replace(f"ode {short}", f"ode {letters[name]} {name}")
                text = re.sub(f"{short}[0-9a-f]*", letters[name], text)
            return text

        return replace(
            view, lines=tuple(replace(line, text=told(line.text)) for line in view.lines)
        )

    def called(self, sentence: str) -> str:
        """A sentence that calls nodes by letter alone, for where there is little room."""
        world = self.world
        if world is None:
            return sentence
        letters = self.letters(world)
        for short, name in self._ports(world).items():
            sentence = re.sub(f"([Nn]ode )?{short}[0-9a-f]*…?", letters[name], sentence)
        return sentence

    def _ports(self, world: ClusterWorld) -> dict[str, str]:
        """The nodes by the beginning of their ids, as sentences call them."""
        names: dict[str, str] = {}
        for name in world.nodes():
            member = world.member(name)
            for node in member.state.nodes.values() if member is not None else ():
                if str(node.port) in world.simulator.hosts:
                    names[node.id[:8].decode("latin-1")] = str(node.port)
        return names

    def whose(self, view: AofView) -> AofView:
        """What nodes would log, with the letter of each; without nodes, what there is."""
        world = self.world
        if world is None:
            return view
        letters = self.letters(world)
        rows = (replace(row, node=letters.get(row.node, row.node)) for row in view.rows)
        return replace(view, rows=tuple(rows), mixed=True)

    def faced(self, world: ClusterWorld) -> tuple[str, NodeMember | None]:
        """The node in front: its name, and what runs there."""
        for name in (world.face, *world.nodes()):
            if name and (member := world.member(name)) is not None:
                return name, member
        return world.nodes()[0], None

    def clients(self) -> dict[int, str]:
        """Who is behind the clients of the node in front, by the ids they have there."""
        world = self.world
        member = None if world is None else self.faced(world)[1]
        if world is None or member is None:
            return {}
        names = self._desk.names()
        return {
            here: names.get(number, f"client {number}")
            for number in world.clients
            for socket in world.caller(number).sockets
            if (here := member.door.client_at(socket ^ 1)) is not None
        }

    # ---- views ----

    def slots(self, key: bytes) -> SlotsView:
        """The map as the node in front believes it, with all keys there are."""
        world = self.world
        assert world is not None
        name, member = self.faced(world)
        if member is None:
            return SlotsView()
        letters, state = self.by_id(world), member.state
        belief = [None if node is None else letters.get(node.id, "?") for node in state.owners]
        owners = [
            Owner(letters.get(node.id, "?"), f"{node.port}: {node.slot_count}", node.is_failing)
            for node in sorted(state.nodes.values(), key=lambda node: node.port)
            if node.slot_count
        ]
        counts: dict[int, int] = {}
        for slot, count in self._counts(world):
            counts[slot] = counts.get(slot, 0) + count
        view = look_at_cluster(self.letters(world)[name], belief, owners, counts, key)
        moving = tuple(self._moving(world, letters))
        return replace(view, moving=moving, inside=self._inside(world, moving, belief))

    def _counts(self, world: ClusterWorld) -> Iterator[tuple[int, int]]:
        """Keys per slot, of all primaries."""
        for name in world.nodes():
            member = world.member(name)
            if member is not None and member.state.myself.is_primary:
                index = member.engine.state.databases[0].slot_keys
                for slot, row in index.rows.items() if index is not None else ():
                    yield slot, len(row)

    def _moving(self, world: ClusterWorld, letters: dict[bytes, str]) -> Iterator[Moving]:
        """Slots that some node says it is giving away, or taking in."""
        told: set[int] = set()
        for taking in (False, True):
            for name in world.nodes():
                member = world.member(name)
                if member is None:
                    continue
                state = member.state
                mine = letters.get(state.myself.id, "?")
                moves = (state.importing if taking else state.migrating).items()
                for slot, other in (*moves, *_whole(state, taking)):
                    if slot not in told:
                        told.add(slot)
                        theirs = letters.get(other.id, "?")
                        pair = (theirs, mine) if taking else (mine, theirs)
                        yield Moving(slot, *pair)

    def _inside(
        self, world: ClusterWorld, moving: tuple[Moving, ...], belief: list[str | None]
    ) -> Slot | None:
        """The slot asked for, else the first on the move: who holds which keys of it."""
        slot = self.slot if self.slot >= 0 else moving[0].slot if moving else -1
        if slot < 0:
            return None
        held = []
        letters = self.letters(world)
        for name in world.nodes():
            member = world.member(name)
            if member is None or not member.state.myself.is_primary:
                continue
            index = member.engine.state.databases[0].slot_keys
            if index is not None and (count := index.count(slot)):
                held.append((letters[name], count, tuple(index.keys(slot, KEYS_SHOWN))))
        return Slot(slot, belief[slot] or "", tuple(held))

    def route(self, window: Window) -> RouteView:
        """The film of the learner's last command, wound as far as it is stepped through."""
        from redlearn.views.route import RouteView, in_film, look_at, with_news, wound_to

        world, desk = self.world, self._desk
        if world is not None and (done := self._of_coordinator(world)):
            return done
        point = desk.command
        called = None if point is None else point.input
        if world is None or not isinstance(called, Called) or called.client not in world.clients:
            return RouteView()
        caller = world.caller(called.client)
        letters = {self.address(world, name): each for name, each in self.letters(world).items()}
        client = world.clients[called.client]
        # What was sent while a command waits is held: the film is still that of the one that waits.
        argv = client.wait.argv if client.held and client.wait is not None else called.argv
        events = [each.event for each in desk.steps()]
        told, names = with_news(caller.told, events), self.by_id(world)
        view = look_at(argv, caller.client.manner.value, told, letters, names=names)
        if desk.micro is None:
            return view
        hidden = sum(in_film(events)[desk.micro :])
        return wound_to(view, view.left_out + view.shown - hidden)

    def _of_coordinator(self, world: ClusterWorld) -> RouteView | None:
        """The film of a coordinator's orders, if the present point is one of its deeds."""
        from redlearn.cluster.coordinator import OrderGiven
        from redlearn.views.route import look_at, wound_to

        desk, session, worker = self._desk, self._desk.session, world.coordinator
        here = session.points[session.position - 1].input if session.position else None
        if worker is None or not isinstance(here, Acted) or here.words[0] not in COORDINATED:
            return None
        letters = {self.address(world, name): each for name, each in self.letters(world).items()}
        argv = [word.encode("utf-8", "surrogateescape") for word in here.words]
        view = look_at([b":" + argv[0], *argv[1:]], "", worker.told, letters, worker.untold)
        view = replace(view, sender="tool")
        if desk.micro is None:
            return view
        given = [isinstance(each.event, OrderGiven) for each in desk.steps()]
        return wound_to(view, view.left_out + view.shown - 2 * sum(given[desk.micro :]))

    def address(self, world: ClusterWorld, name: str) -> Address:
        """Where a node listens."""
        from redlearn.cluster.client import Address

        host = world.simulator.hosts[name]
        return Address(host.ip.decode("ascii", "replace"), host.ports[0])

    def gossip(self, window: Window) -> GossipView:
        """What the node in front believes, and the messages: those on their way first."""
        from redlearn.views.gossip import GossipView, look_at

        world = self.world
        name, member = ("", None) if world is None else self.faced(world)
        if world is None or member is None:
            return GossipView()
        flights = list(self._seen(world))
        opened = -1
        if window.y > 0:
            opened = flights[min(window.y, len(flights)) - 1].number if flights else -1
            flights = flights[max(window.y - 2, 0) :]
        now_ms = world.simulator.clock.ms
        sent = self._sent_lately(world, name)
        return look_at(member.state, self.by_id(world), flights, now_ms, opened, sent)

    def nodes(self, window: Window) -> NodesView:
        """The cluster from above; up and down select a node."""
        from redlearn.views.nodes import NodesView, look_at

        world = self.world
        if world is None:
            return NodesView()
        letters, simulator = self.letters(world), world.simulator
        manners = {world.caller(number).client.manner.value for number in world.clients}
        conditions = simulator.network.conditions
        says = [f"{conditions.loss:.0%} lost"] if conditions.loss else []
        if conditions.delay_us >= SLOW_US:
            says.append(f"each takes {conditions.delay_us // 1000} ms")
        return look_at(
            [self._box(world, name, letters[name]) for name in sorted(letters, key=int)],
            simulator.network.cuts, selected=window.y, now_ms=simulator.now_ms,
            clients=" and ".join(sorted(manners)), flying=len(world.under_way()),
            conditions=", ".join(says), coordinator=_progress(world), front=world.face,
        )  # fmt: skip

    def _box(self, world: ClusterWorld, name: str, letter: str) -> NodeBox:
        from redlearn.views.gossip import role_text
        from redlearn.views.nodes import NodeBox

        host, member = world.simulator.hosts[name], world.member(name)
        if member is None:
            dark = name in world.simulator.network.dark
            return NodeBox(letter, name, "dark" if dark else "dead")
        state = member.state
        return NodeBox(
            letter, name, "stopped" if host.paused else "runs",
            role_text(state.myself, self.by_id(world)), state.myself.slot_count,
            len(member.engine.state.databases[0]), state.myself.config_epoch,
            member.engine.state.replication.offset,
            "ok" if state.ok else state.reason,
        )  # fmt: skip

    def keys(self) -> dict[str, Callable[[Window], tuple[str, ...]]]:
        """What keys do to the selected node."""
        return {"k": self._kill, "s": self._stop, "p": self._partition, "enter": self._face}

    def _selected(self, window: Window) -> str:
        return self.nodes(window).selected

    def _kill(self, window: Window) -> tuple[str, ...]:
        name, world = self._selected(window), self.world
        runs = world is not None and world.member(name) is not None
        return ("kill" if runs else "restart", name)

    def _stop(self, window: Window) -> tuple[str, ...]:
        name, world = self._selected(window), self.world
        stopped = world is not None and world.simulator.hosts[name].paused
        return ("cont" if stopped else "stop", name)

    def _partition(self, window: Window) -> tuple[str, ...]:
        """Move the selected node to the other side of the cut; with nobody left there, heal."""
        world, name = self.world, self._selected(window)
        if world is None:
            return ()
        view = self.nodes(window)
        apart = {node.name for group in view.groups[1:] for node in group} ^ {name}
        if not apart or len(apart) == len(world.nodes()):
            return ("heal",)
        together = [each for each in world.nodes() if each not in apart]
        return ("partition", *together, "|", *sorted(apart, key=int))

    def _face(self, window: Window) -> tuple[str, ...]:
        world, name = self.world, self._selected(window)
        pinned = world is not None and world.pinned and world.face == name
        return ("face",) if pinned else ("face", name)

    def _seen(self, world: ClusterWorld) -> Iterator[Seen]:
        """Messages, the last one sent first."""
        letters = self.letters(world)
        for flight in [*reversed(world.under_way()), *reversed(world.heard)]:
            if (seen := _taken(flight, letters, world.simulator.start_ms)) is not None:
                yield seen

    def _sent_lately(self, world: ClusterWorld, name: str) -> int:
        """How many bytes a node sent over the bus within the last second."""
        now_us = world.simulator.now_us
        return sum(
            len(each.data)
            for each in (*world.heard, *world.under_way())
            if each.source == name and now_us - each.sent_us <= A_SECOND_US
        )

    def node(self) -> str:
        """What the frames of these panes say: which node is in front."""
        world = self.world
        return f"pinned: {self.front()}" if world is not None and world.pinned else self.front()

    def holders(self, key: bytes, database: int) -> tuple[str, ...]:
        """The nodes that have such a key, as `front` names them: primaries, then replicas."""
        world = self.world
        if world is None:
            return ()
        found = []
        for name, letter in self.letters(world).items():
            member = world.member(name)
            if member is None or database >= len(member.engine.state.databases):
                continue
            if member.engine.state.databases[database].keys.peek(key) is not None:
                called = f"{letter} {printable(name.encode())}"
                found.append((not member.state.myself.is_primary, int(name), called))
        return tuple(called for _, _, called in sorted(found))

    def front(self) -> str:
        """The node in front, by letter and name; "" without a cluster."""
        world = self.world
        if world is None:
            return ""
        name, _ = self.faced(world)
        return f"{self.letters(world)[name]} {printable(name.encode())}"


def _progress(world: ClusterWorld) -> str:
    """How far a coordinator has come that has something left to do."""
    worker = world.coordinator
    order = None if worker is None else worker.coordinator.next
    if worker is None or order is None:
        return ""
    return f"{counted(worker.coordinator.given, 'order')} given, next {order}"


def _whole(state: ClusterState, taking: bool) -> Iterator[tuple[int, Node]]:
    """Slots that a node gives, or takes, as a whole (MIGRATESLOTS), and the other node."""
    for slot, other in state.jobs.under_way(taking):
        if other in state.nodes:
            yield slot, state.nodes[other]


def _taken(flight: Flight, letters: dict[str, str], start_ms: int) -> Seen | None:
    """A flight as the pane sees it; None for one that is no message."""
    from redlearn.cluster.codec import BadMessage, decode
    from redlearn.views.gossip import Flight as Seen

    try:
        message = decode(flight.data)
    except BadMessage:
        return None
    arrives = start_ms + flight.due_us // 1000 if flight.due_us else -1
    return Seen(
        flight.number, start_ms + flight.sent_us // 1000, arrives,
        letters.get(flight.source, "?"), letters.get(flight.target, "?"), len(flight.data), message,
    )  # fmt: skip
