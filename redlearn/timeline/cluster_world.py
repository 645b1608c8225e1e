"""A cluster as a world: many nodes, their network, and clients, all of them one history.

What happens to it are inputs like any others: a client comes, sends a command, time passes, a node
is killed. Between them nothing is left to choose, since the simulator has one seed. So a step back
moves every node at once, with all that was on its way between them.

A command takes its time here: it goes over a connection to a node, perhaps on to another, and its
reply comes back. The input that sends it lasts until the reply is there; meanwhile heartbeats go
on. One that blocks lasts `BLOCKED_MS`, and its reply comes with a later input.

Panes look at the engine of one node: the one that answered last, or the one that was asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from redlearn.clock import VirtualClock
from redlearn.cluster.administrator import Administrator
from redlearn.cluster.caller import NO_REPLY, NOBODY, Caller
from redlearn.cluster.client import Address, Answered, Manner
from redlearn.cluster.door import Door
from redlearn.cluster.network import DATA, Flight, Network
from redlearn.cluster.simulator import (
    Cut,
    Happening,
    Leave,
    Pause,
    Restart,
    Resume,
    Simulator,
    Tell,
)
from redlearn.cluster.state import ClusterState
from redlearn.engine.client import Client, Wait
from redlearn.engine.effects import Sink
from redlearn.engine.engine import Engine
from redlearn.probe import Event
from redlearn.timeline import coordination, staging
from redlearn.timeline.cluster_acts import Amend, Done, act_of
from redlearn.timeline.coordination import COORDINATOR, Allow, Hire
from redlearn.timeline.log import (
    Acted,
    Called,
    Connected,
    Disconnected,
    Faced,
    Input,
    Passed,
    Ticked,
    Waited,
)
from redlearn.timeline.world import Tap

MOST_MS: Final = 30_000
"""How long a command may be under way, in virtual time, before its sender stops looking."""

MOST_WORK_MS: Final = 600_000
"""How long a coordinator may be at work within one input."""

BLOCKED_MS: Final = 50
"""How long one that blocks is looked at."""

HEARD_KEPT: Final = 200
"""How many messages of the bus are remembered that have arrived."""

WEIGHT_OF_PAIR: Final = 16
"""A node's view of another, its link and its connection, in elements of 100 bytes."""

CLIENTS_IP: Final = b"10.0.0.9"

NONE_RUNS: Final = "No node runs."
SCENARIO: Final = "scenario"
KILL_COORDINATOR: Final = ("kill", COORDINATOR)

Held = tuple[tuple[bytes, ...], str]
"""A command that was sent before the one before it had its reply, and the node it is for."""


class NodeMember(Protocol):
    """What the world looks at of a node that runs."""

    @property
    def engine(self) -> Engine: ...

    @property
    def state(self) -> ClusterState: ...

    @property
    def door(self) -> Door: ...


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """The whole cluster at one moment.

    Attributes:
        simulator: As it froze itself.
        clients: The ids of the clients that are connected, what each waits for, and what it sent
            meanwhile.
        next_client: The id that comes next.
        face: The node in front; "" before the first.
        pinned: Whether it stays in front.
        heard: The messages that arrived lately.
    """

    clock_ms: int
    simulator: Any
    clients: tuple[tuple[int, Wait | None, tuple[Held, ...]], ...]
    next_client: int
    face: str
    pinned: bool
    heard: tuple[Flight, ...]


class ClusterWorld:
    """Nodes, network and clients under one simulator.

    Attributes:
        clock: The timeline's; the simulator's own is kept in step with it.
        simulator: What runs everything.
        face: The node in front; `pinned` says that it stays there whoever answers.
        steps: How many things happened in the last input: what replaying it costs.
        heard: The messages of the bus that arrived lately, the last one last.
        told: What a coordinator said in the last input, or came of a scenario's step, by line.
    """

    def __init__(
        self, simulator: Simulator, clock: VirtualClock, seeds: tuple[Address, ...]
    ) -> None:
        """Args:
        simulator: With its nodes added; hosts whose name is a number are nodes.
        seeds: The nodes that a client is told of.
        """
        self.simulator = simulator
        simulator.notice = self._notice
        self.clock = clock
        self.face = ""
        self.pinned = False
        self.steps = 0
        self.heard: deque[Flight] = deque(maxlen=HEARD_KEPT)
        self.told: tuple[str, ...] = ()
        self._void = Engine(clock)
        self._seeds = seeds
        self._shadows: dict[int, Client] = {}
        self._held: dict[int, tuple[Held, ...]] = {}
        self._answered_ms: dict[int, int] = {}  # when the last input's first reply was there
        self._next_client = 1
        self._taps: list[tuple[list[Sink], Sink]] = []  # where each hangs
        clock.ms = simulator.clock.ms

    # ---- looking ----

    def nodes(self) -> list[str]:
        """The hosts that are nodes, those that crashed included, in their order."""
        return [name for name in self.simulator.hosts if name.isdigit()]

    def alive(self) -> frozenset[str]:
        """Those of them that did not crash."""
        return frozenset(name for name in self.nodes() if self.member(name) is not None)

    @property
    def down(self) -> str:
        """A client can always try."""
        return ""

    def member(self, name: str) -> NodeMember | None:
        """What runs on a node, None if it crashed."""
        found: NodeMember | None = self.simulator.member(name)
        return found

    def under_way(self) -> list[Flight]:
        """The messages of the bus that have not arrived yet, the last one sent last."""
        flying = [each for each in self.simulator.in_flight() if is_of_bus(each)]
        return sorted(flying, key=lambda each: (each.sent_us, each.number))

    def caller(self, client: int) -> Caller:
        """The client with that id."""
        found = self.simulator.member(host_of(client))
        assert isinstance(found, Caller)
        return found

    @property
    def coordinator(self) -> Administrator | None:
        """Who moves slots, or did so last; None before the first, and after it was killed."""
        return coordination.found(self.simulator)

    @property
    def engine(self) -> Engine:
        """Of the node in front; if that one crashed, of the first that runs; else an empty one."""
        for name in (self.face, *self.nodes()):
            if name and (member := self.member(name)) is not None:
                return member.engine
        return self._void

    @property
    def clients(self) -> Mapping[int, Client]:
        """Stand-ins for the clients: what was answered to them is in their outboxes."""
        return self._shadows

    def size(self) -> int:
        """The keys of all nodes."""
        members = [self.member(name) for name in self.nodes()]
        return sum(
            len(db) for each in members if each is not None for db in each.engine.state.databases
        )

    @property
    def weight(self) -> int:
        """What a snapshot copies: what nodes know of each other, 1.6 KB a pair; keys by slot."""
        return WEIGHT_OF_PAIR * len(self.nodes()) ** 2 + self.size() // 5

    # ---- going on ----

    def apply(self, happened: Input) -> None:
        """Let one input happen. O(what happens in the cluster meanwhile)."""
        before = self.simulator.steps
        self._answered_ms.clear()
        self.told = ()
        self._run_to(happened.at_ms)
        match happened:
            case Connected():
                self._connect()
            case Disconnected(_, client) if client in self._shadows:
                self.simulator.act(Leave(host_of(client)))
                del self._shadows[client]
                self._held.pop(client, None)
            case Called(_, client, argv, node) if client in self._shadows:
                self._call(client, argv, node)
            case Acted(_, words):
                self._act(words)
            case Faced(_, node):
                self.face, self.pinned = node or self.face, bool(node)
            case Passed() | Ticked() | Waited():
                pass  # time has passed already
        self._deliver()
        self.clock.ms = self.simulator.clock.ms
        self.steps = self.simulator.steps - before

    def cost_of(self, happened: Input) -> int:
        """What replaying the input just applied costs: every step of the simulator is one."""
        return 1 + self.steps

    def next_tick(self, now_ms: int) -> int | None:
        """None: heartbeats never end, so time passes as it is let to, and not by itself."""
        return None

    def _run_to(self, at_ms: int) -> None:
        """Let everything happen that is due by then."""
        self.simulator.run_until(at_ms - self.simulator.start_ms)

    def _notice(self, happened: Happening) -> None:
        if isinstance(happened, Flight) and is_of_bus(happened):
            self.heard.append(happened)

    def _connect(self) -> None:
        number = self._next_client
        self._next_client += 1
        self.simulator.add(host_of(number), CLIENTS_IP, (), self._build)
        self._shadows[number] = self._shadow(number)

    def _build(self, simulator: Simulator, host: str) -> Caller:
        network: Network = simulator.network
        return Caller(network, host, simulator.clock, self._seeds, probe=simulator.probe)

    def _shadow(self, number: int) -> Client:
        client = Client(number, self.engine.state.databases[0], self.simulator.clock.ms)
        client.address = "the simulator"
        return client

    def _call(self, client: int, argv: tuple[bytes, ...], node: str) -> None:
        """Send a command and let the cluster go on until its reply is there.

        What a client sends that waits is kept until it has got its reply.
        """
        if self.caller(client).busy:
            self._hold(client, (*self._held.get(client, ()), (argv, node)))
            return
        caller, simulator = self.caller(client), self.simulator
        begun_ms = simulator.clock.ms
        to = self._address(node) if node else None
        simulator.act(Tell(host_of(client), lambda caller: caller.call(argv, to)))
        if caller.blocks:
            self.simulator.run_while(lambda: caller.busy, BLOCKED_MS)
        else:
            self.simulator.run_while(lambda: caller.busy, MOST_MS)
        answered = [fact.address.port for _, fact in caller.told if isinstance(fact, Answered)]
        if answered and not self.pinned:
            self.face = str(answered[-1])
        shadow = self._shadows[client]
        if caller.busy:
            shadow.wait = self._parked(caller) or Wait(client, 0, (), "", 0, False, begun_ms, argv)

    def _parked(self, caller: Caller) -> Wait | None:
        """What a node says that a client waits for; None if its command is not parked anywhere."""
        if caller.awaited == NOBODY:
            return None
        for member in map(self.member, self.nodes()):
            number = None if member is None else member.door.client_at(caller.awaited ^ 1)
            if member is not None and number is not None:
                client = member.engine.state.clients.get(number)
                return None if client is None else client.wait
        return None

    def _hold(self, client: int, held: tuple[Held, ...]) -> None:
        self._held[client] = held
        self._shadows[client].held = tuple(argv for argv, _ in held)

    def _address(self, node: str) -> Address:
        host = self.simulator.hosts[node]
        return Address(host.ip.decode("ascii", "replace"), host.ports[0])

    def refusal(self, words: tuple[str, ...]) -> str:
        """Why that cannot be done now, as a sentence; "" if it can."""
        if words[:1] == ("face",):
            known = len(words) == 1 or (len(words) == 2 and words[1] in self.nodes())
            return "" if known else f"Look at which node? One of {', '.join(self.nodes())}."
        if words[:1] == (SCENARIO,):
            return staging.refusal(words[1:], self.nodes())
        if words == KILL_COORDINATOR:
            return "" if coordination.at_work(self.simulator) else coordination.NONE_AT_WORK
        try:
            act = act_of(words, self.nodes())
        except ValueError as why:
            return str(why)
        if isinstance(act, Hire | Allow):
            return coordination.refusal(act, self.simulator) if self._running() else NONE_RUNS
        return self._refusal_of(act, getattr(act, "host", ""))

    def _refusal_of(self, act: Done, host: str) -> str:
        """Why a node is not in a state for that, "" if it is, or if it is no matter of one node."""
        if not host:
            return ""
        process = self.simulator.hosts[host]
        runs, stands = process.member is not None, process.paused
        match act:
            case Restart():
                return f"{host} runs already." if runs else ""
            case _ if not runs:
                return f"{host} does not run."
            case Pause():
                return f"{host} stands still already." if stands else ""
            case Resume():
                return "" if stands else f"{host} does not stand still."
        return ""

    def _act(self, words: tuple[str, ...]) -> None:
        if words[:1] == (SCENARIO,):
            self.told = (staging.play(words[1], self.simulator, self.nodes()),)
            return
        if words == KILL_COORDINATOR:
            self.simulator.act(Leave(COORDINATOR))
            return
        act = act_of(words, self.nodes())
        if isinstance(act, Hire | Allow):
            self._coordinate(act)
        elif isinstance(act, Manner):
            for number in self._shadows:
                self.caller(number).client.manner = act
        elif isinstance(act, Amend):
            self.simulator.act(act.act(self.simulator.network.conditions))
        else:
            if isinstance(act, Cut):  # a line that is drawn anew, not one more
                act = replace(act, anew=True)
            self.simulator.act(act)

    def _running(self) -> str:
        """The node in front, or the first that runs; "" if none does."""
        names = (self.face, *self.nodes())
        return next((name for name in names if name and self.member(name) is not None), "")

    def _coordinate(self, deed: Hire | Allow) -> None:
        """Let a coordinator begin or go on, until it is done or may give no more orders."""
        worker = coordination.begin(deed, self.simulator, self._address(self._running()))
        self.simulator.run_while(lambda: worker.busy, MOST_WORK_MS)
        self.told = coordination.lines(worker)

    def _deliver(self) -> None:
        """Put what clients were answered into their outboxes."""
        for number in self._shadows:
            self._hand_over(number)
            while not self.caller(number).busy and (held := self._held.get(number)):
                self._hold(number, held[1:])
                self._call(number, *held[0])
                self._hand_over(number)

    def _hand_over(self, number: int) -> None:
        caller, shadow = self.caller(number), self._shadows[number]
        shadow.outbox.extend(caller.pushed)
        shadow.protocol = caller.protocol
        caller.pushed.clear()
        if caller.finished:
            caller.finished = False
            shadow.wait = None
            if caller.reply is not NO_REPLY:
                shadow.outbox.append(caller.reply)
            self._answered_ms.setdefault(number, caller.told[-1][0])

    def answered_ms(self, client: int) -> int:
        """The moment of the first reply, since much may have happened after it."""
        return self._answered_ms.get(client, self.clock.ms)

    # ---- being watched ----

    def watch(self, watcher: Callable[[Event], None] | None, sink: Tap | None = None) -> None:
        """Have all nodes tell, the network and the clients.

        A replica is silent about its primary's stream, and only primaries feed the sink: what a
        replica does there was done before.
        """
        for sinks, tap in self._taps:
            with suppress(ValueError):  # of an engine that began anew
                sinks.remove(tap)
        self._taps.clear()
        for name in self.nodes():
            member = self.member(name)
            if member is None:
                continue
            member.engine.watch(watcher)
            if sink is not None and member.state.myself.is_primary:
                sinks, tap = member.engine.state.sinks, partial(sink, node=name)
                sinks.append(tap)
                self._taps.append((sinks, tap))
        self.simulator.probe.emit = watcher

    # ---- time travel ----

    def freeze(self) -> ClusterSnapshot:
        """The whole of it. O(nodes x nodes), and the keys."""
        return ClusterSnapshot(
            self.simulator.clock.ms, self.simulator.freeze(),
            tuple((number, shadow.wait, self._held.get(number, ()))
                  for number, shadow in self._shadows.items()),
            self._next_client, self.face, self.pinned, tuple(self.heard),
        )  # fmt: skip

    def thaw(self, snapshot: ClusterSnapshot) -> None:
        """Be as it was."""
        self.simulator.thaw(snapshot.simulator)
        self.face, self.pinned = snapshot.face, snapshot.pinned
        self._next_client = snapshot.next_client
        self.heard = deque(snapshot.heard, HEARD_KEPT)
        self.told = ()
        self._shadows = {number: self._shadow(number) for number, *_ in snapshot.clients}
        self._held = {}
        for number, wait, held in snapshot.clients:
            self._shadows[number].wait = wait
            self._shadows[number].protocol = self.caller(number).protocol
            self._hold(number, held)
        self.clock.ms = snapshot.clock_ms

    def forget_replies(self) -> None:
        """Empty all outboxes."""
        for shadow in self._shadows.values():
            shadow.outbox.clear()


def is_of_bus(flight: Flight) -> bool:
    """Whether a flight is a message from node to node: not a client's, nor of replication, which
    go to a node's port for clients."""
    nodes = flight.source.isdigit() and flight.target.isdigit()
    if flight.kind != DATA or not nodes:
        return False
    return flight.port not in (int(flight.source), int(flight.target))


def host_of(client: int) -> str:
    """The name of the host that a client runs on."""
    return f"client {client}"
