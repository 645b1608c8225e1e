"""A few nodes of a cluster and a network between them, small enough to read: for tests of rules.

    village = Village(primaries=3, replicas=1)      formed, healthy, at virtual time 0
    village.run(5000)                               five seconds later
    village.kill("a")                               primaries are a, b, c ...; a's replicas a1, a2

The network takes a millisecond or two, keeps the order on each link, and loses nothing, unless it
is told otherwise (`Faults`). Data are a counter of writes, which replicas follow; see `TinyData`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.local import Close, Connect, Send
from redlearn.cluster.message import NODE_MASTER, NODE_SLAVE, Message
from redlearn.cluster.node import CRON_MS, ClusterNode, new_node
from redlearn.cluster.state import ClusterState, Election, ManualFailover, Node
from redlearn.engine.config import Config
from redlearn.probe import Event, Probe
from redlearn.slots import SLOTS

START_MS = 1_700_000_000_000


@dataclass(slots=True)
class Faults:
    """What the network does to messages; shares are from 0 to 1."""

    drop: float = 0.0
    duplicate: float = 0.0
    delay_ms: int = 2
    in_order: bool = True


class TinyData:
    """The data of a node: which slots have keys, and how many writes there were.

    A replica that can reach its primary has what the primary has a moment later.
    """

    def __init__(self) -> None:
        self.keys: dict[int, int] = {}
        self.written = 0
        self.last_contact_ms = START_MS
        self.now: Callable[[], int] = lambda: START_MS
        self.following: bytes = b""
        self.pauses: dict[str, int] = {}
        self.lost_slots: list[int] = []
        self.hidden: set[int] = set()
        self.silent_ms = 0
        self.answers: list[tuple[int, str]] = []
        self.dismissed: list[int] = []
        self.passed_on: list[str] = []
        self.delivered: list[tuple[bytes, bytes, bool]] = []
        self.saves: list[bool] = []
        self.on_save: Callable[[], None] = lambda: None

    def count_keys_in(self, slot: int) -> int:
        return self.keys.get(slot, 0)

    def delete_keys_in(self, slot: int) -> int:
        return self.keys.pop(slot, 0)

    def is_empty(self) -> bool:
        return not self.keys

    def flush(self) -> None:
        self.keys.clear()

    def slot_lost(self, slot: int) -> None:
        self.lost_slots.append(slot)

    def pause(self, until_ms: int, why: str) -> None:
        self.pauses[why] = until_ms

    def unpause(self, why: str) -> None:
        self.pauses.pop(why, None)

    def is_paused(self, why: str = "") -> bool:
        return (self.pauses.get(why, 0) if why else self.paused_until_ms) > self.now()

    @property
    def paused_until_ms(self) -> int:
        return max(self.pauses.values(), default=0)

    def hide(self, slots: Iterable[int]) -> None:
        self.hidden |= set(slots)

    def show(self, slots: Iterable[int]) -> None:
        self.hidden -= set(slots)

    def silence_ms(self, client: int) -> int:
        return self.silent_ms

    def answer(self, client: int, argv: list[bytes]) -> None:
        self.answers.append((client, b" ".join(argv).decode()))

    def dismiss(self, client: int) -> None:
        self.dismissed.append(client)

    def pass_on(self, argv: list[bytes]) -> None:
        self.passed_on.append(b" ".join(argv).decode())

    def deliver(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        self.delivered.append((channel, message, sharded))

    def save_config(self, *, fsync: bool) -> None:
        self.saves.append(fsync)
        self.on_save()

    def offset(self) -> int:
        return self.written

    def data_age_ms(self) -> int:
        return self.now() - self.last_contact_ms

    def follow(self, primary: Node) -> None:
        self.following = primary.id

    def stop_following(self) -> None:
        self.following = b""


@dataclass(eq=False)
class House:
    """A node with its data, what it keeps on disk, and what connects it."""

    name: str
    node: ClusterNode
    data: TinyData
    ip: bytes
    alive: bool = True
    frozen_until_ms: int = 0
    disk: Any = None
    ends: dict[int, tuple[House, int]] = field(default_factory=dict)
    waiting: dict[int, list[Message]] = field(default_factory=dict)

    @property
    def state(self) -> ClusterState:
        return self.node.state

    @property
    def id(self) -> bytes:
        return self.node.state.myself.id

    @property
    def is_primary(self) -> bool:
        return self.state.myself.is_primary

    @property
    def takes_writes(self) -> bool:
        """Whether a client's write to a slot of this node would be accepted now."""
        state = self.state
        return self.alive and state.ok and self.is_primary and state.myself.slot_count > 0


class Village:
    """Nodes, a network, and one clock."""

    def __init__(
        self,
        primaries: int = 3,
        replicas: int = 1,
        *,
        seed: int = 0,
        timeout_ms: int = 2000,
        formed: bool = True,
        settled: bool = True,
    ) -> None:
        self.clock = VirtualClock(START_MS)
        self.chance = Random(f"village {seed}")
        self.seed = seed
        self.timeout_ms = timeout_ms
        self.faults = Faults()
        self.blocked: set[tuple[str, str]] = set()
        self.houses: dict[str, House] = {}
        self.events: list[tuple[int, Event]] = []
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0
        self.last_due: dict[tuple[int, int], int] = {}
        self.watchers: list[Callable[[], None]] = []
        self.messages = 0
        self.keeps_disks = True
        names = [chr(ord("a") + at) if primaries <= 26 else f"p{at}." for at in range(primaries)]
        self.shards = {n: [n, *(f"{n}{k}" for k in range(1, replicas + 1))] for n in names}
        for name in [member for shard in self.shards.values() for member in shard]:
            self.build(name)
        if formed:
            self.form()
        if settled and formed:
            self.run(2500)
            self.events.clear()

    # ---- building ----

    def build(self, name: str) -> House:
        """A node that knows nobody."""
        at = len(self.houses) + 1
        ip = b"10.0.%d.%d" % divmod(at, 250)
        node_id = b"%040x" % self.chance.getrandbits(160)
        data = TinyData()
        data.now = self.clock.now_ms
        state = ClusterState(new_node(node_id, b"%040x" % at, ip=ip, port=6379, bus_port=16379))
        config = Config(16)
        config.set("cluster-node-timeout", self.timeout_ms)
        node = ClusterNode(
            state, self.clock, Random(f"{self.seed} {name}"), config, data, data,
            Probe(self._hear),
        )  # fmt: skip
        house = House(name, node, data, ip)
        data.on_save = lambda: self._save(house)
        self.houses[name] = house
        self._at(self.chance.randrange(CRON_MS), lambda: self._cron(house))
        return house

    def form(self) -> None:
        """Let all know all, with the slots shared out, as after `redis-cli --cluster create`."""
        names = list(self.shards)
        bounds = [SLOTS * at // len(names) for at in range(len(names) + 1)]
        shares = {n: range(bounds[at], bounds[at + 1]) for at, n in enumerate(names)}
        for house in self.houses.values():
            self._introduce_all(house, shares)
            self._save(house)

    def _introduce_all(self, house: House, shares: dict[str, range]) -> None:
        state = house.state
        for other in self.houses.values():
            if other is not house:
                there = other.state.myself
                state.add(Node(other.id, 0, other.ip, 6379, 0, 16379, created_ms=START_MS))
                state.nodes[other.id].shard_id = there.shard_id
        for epoch, (name, members) in enumerate(self.shards.items(), 1):
            primary, *replicas = (state.nodes[self.houses[member].id] for member in members)
            primary.flags |= NODE_MASTER
            primary.config_epoch = epoch
            share = shares[name]
            primary.slots = bytearray(bitmap_of(share))
            primary.slot_count = len(share)
            state.owners[share.start : share.stop] = [primary] * len(share)
            for replica in replicas:
                replica.flags = replica.flags & ~NODE_MASTER | NODE_SLAVE
                replica.shard_id = primary.shard_id
                state.set_primary_of(replica, primary)
                if replica is state.myself:
                    house.data.follow(primary)
        state.current_epoch = len(self.shards)

    # ---- looking ----

    def __getitem__(self, name: str) -> House:
        return self.houses[name]

    def alive(self) -> list[House]:
        return [house for house in self.houses.values() if house.alive]

    def view(self, at: str, of: str) -> Node:
        """A node as another one sees it."""
        return self[at].state.nodes[self[of].id]

    def named(self, node_id: bytes) -> str:
        return next(name for name, house in self.houses.items() if house.id == node_id)

    def happened(self, kind: type[Event], **wanted: object) -> list[Any]:
        """Events of a kind with these values."""
        return [
            event
            for _, event in self.events
            if isinstance(event, kind)
            and all(getattr(event, key) == value for key, value in wanted.items())
        ]

    def when(self, kind: type[Event], **wanted: object) -> int:
        """When the first such event happened."""
        found = self.happened(kind, **wanted)
        return next(at for at, event in self.events if found and event is found[0])

    @property
    def now(self) -> int:
        return self.clock.ms

    def agreed(self) -> bool:
        """Whether all who live have the same map, and it is whole."""
        maps = [
            {node.id: node.bitmap() for node in house.state.nodes.values() if node.slot_count}
            for house in self.alive()
        ]
        whole = self.alive()[0].state.slots_assigned() == SLOTS
        return whole and all(one == maps[0] for one in maps)

    def healthy(self) -> bool:
        return all(house.state.ok for house in self.alive())

    def check(self) -> None:
        for house in self.houses.values():
            house.state.check()

    # ---- time ----

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.clock.ms + ms
        while self.queue and self.queue[0][0] <= end:
            due, _, act = heapq.heappop(self.queue)
            self.clock.ms = due
            act()
        self.clock.ms = end

    def run_until(self, done: Callable[[], bool], limit_ms: int = 60_000) -> int:
        """Let time pass, ten milliseconds at a time, until something holds; how much did."""
        start = self.clock.ms
        while not done():
            assert self.clock.ms - start < limit_ms, f"not within {limit_ms} ms"
            self.run(10)
        return self.clock.ms - start

    def _at(self, in_ms: int, act: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.queue, (self.clock.ms + in_ms, self.count, act))

    def _cron(self, house: House) -> None:
        self._at(CRON_MS, lambda: self._cron(house))
        if house.alive and self.clock.ms >= house.frozen_until_ms:
            self._replicate(house)
            house.node.cron()
            self.flush(house)
        for watch in self.watchers:
            watch()

    def _replicate(self, house: House) -> None:
        """A replica takes over what its primary has, if they can talk to each other."""
        for other in self.houses.values() if house.data.following else ():
            if other.id == house.data.following and other.alive and self._joined(house, other):
                house.data.written = other.data.written
                house.data.keys = dict(other.data.keys)
                house.data.last_contact_ms = self.clock.ms

    def _joined(self, one: House, other: House) -> bool:
        pairs = {(one.name, other.name), (other.name, one.name)}
        return not pairs & self.blocked

    # ---- trouble ----

    def kill(self, name: str) -> None:
        """Stop a node, as if its process ended: its connections are closed."""
        house = self[name]
        house.alive = False
        for other, number in list(house.ends.values()):
            other.ends.pop(number, None)
            if other.alive:
                self._at(1, lambda other=other, number=number: self._closed(other, number))
        house.ends.clear()
        house.waiting.clear()

    def restart(self, name: str) -> None:
        """Start it again with what it had written down."""
        house = self[name]
        assert not house.alive
        assert house.disk is not None
        wake_up(house.state, house.disk)
        house.node.outbox.clear()
        house.alive = True

    def _save(self, house: House) -> None:
        if self.keeps_disks:
            house.disk = house.state.freeze()

    def freeze(self, name: str, ms: int) -> None:
        """Let a node do nothing for a while; what comes meanwhile waits."""
        self[name].frozen_until_ms = self.clock.ms + ms

    def block(self, sender: str, receiver: str) -> None:
        """Lose all that one sends to the other."""
        self.blocked.add((sender, receiver))

    def cut(self, *groups: Iterable[str]) -> None:
        """Let each group hear only its own members."""
        sides = [set(group) for group in groups]
        self.blocked |= {
            (one, other)
            for side in sides
            for one in side
            for other in self.houses
            if other not in side
        }
        self.blocked |= {(other, one) for one, other in self.blocked}

    def heal(self) -> None:
        self.blocked.clear()
        self.faults = Faults()

    # ---- the network ----

    def flush(self, house: House) -> None:
        """Let the node go to sleep, and do what it wants done."""
        house.node.before_sleep()
        outbox = house.node.outbox
        acts, outbox[:] = list(outbox), []
        for act in acts:
            match act:
                case Connect(number, ip, _):
                    self._connect(house, number, ip)
                case Close(number):
                    self._hang_up(house, number)
                case Send(number, message):
                    self.messages += 1
                    self._send(house, number, message)

    def _connect(self, house: House, number: int, ip: bytes) -> None:
        house.waiting[number] = []
        other = next((each for each in self.houses.values() if each.ip == ip), None)
        if other is not None and other.alive and self._joined(house, other):
            self._at(self._delay(), lambda: self._connected(house, number, other))
        elif other is None or (not other.alive and self._joined(house, other)):
            self._at(self._delay(), lambda: self._closed(house, number))

    def _connected(self, house: House, number: int, other: House) -> None:
        if not (house.alive and other.alive) or number not in house.node.state.links:
            return
        theirs = other.node.accepted(house.ip, other.ip)
        house.ends[number] = (other, theirs)
        other.ends[theirs] = (house, number)
        house.node.connected(number)
        self.flush(house)
        for message in house.waiting.pop(number, []):
            self._send(house, number, message)

    def _hang_up(self, house: House, number: int) -> None:
        house.waiting.pop(number, None)
        other, theirs = house.ends.pop(number, (None, 0))
        if other is not None and self._joined(house, other):
            other.ends.pop(theirs, None)
            self._at(self._delay(), lambda: self._closed(other, theirs))

    def _closed(self, house: House, number: int) -> None:
        if house.alive:
            house.node.closed(number)
            self.flush(house)

    def _send(self, house: House, number: int, message: Message) -> None:
        if number in house.waiting:
            house.waiting[number].append(message)
            return
        other, theirs = house.ends.get(number, (None, 0))
        if other is None or (house.name, other.name) in self.blocked:
            return
        if self.faults.drop and self.chance.random() < self.faults.drop:
            return
        copies = 2 if self.chance.random() < self.faults.duplicate else 1
        for _ in range(copies):
            due = self.clock.ms + self._delay()
            if self.faults.in_order:
                due = max(due, self.last_due.get((id(other), theirs), 0))
                self.last_due[id(other), theirs] = due
            self._at(due - self.clock.ms, lambda: self._receive(house, other, theirs, message))

    def _receive(self, sender: House, house: House, number: int, message: Message) -> None:
        if not house.alive or (sender.name, house.name) in self.blocked:
            return
        if self.clock.ms < house.frozen_until_ms:
            wait_ms = house.frozen_until_ms - self.clock.ms
            self._at(wait_ms, lambda: self._receive(sender, house, number, message))
            return
        house.node.receive(message, number)
        self.flush(house)

    def _delay(self) -> int:
        return 1 + int(self.chance.random() * self.faults.delay_ms)

    def _hear(self, event: Event) -> None:
        self.events.append((self.clock.ms, event))


def wake_up(state: ClusterState, disk: Any) -> None:
    """Begin with what was written down: no links, no pings, no reports, no health."""
    state.thaw(disk)
    for node in state.nodes.values():
        node.link = node.inbound = None
        node.ping_sent_ms = node.data_received_ms = node.pong_received_ms = 0
        node.reports.clear()
    state.links.clear()
    state.todo.clear()
    state.ok, state.started_ms, state.minority_ms = False, 0, 0
    state.election, state.manual = Election(), ManualFailover()
