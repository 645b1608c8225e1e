"""The simulator: many hosts, one network, virtual time, one seed.

    simulator = Simulator(seed=7)
    simulator.add("7001", b"127.0.0.1", (7001, 17001), build)
    simulator.run_until(5_000)               virtual milliseconds
    simulator.act(Cut(("7001",), ("7002", "7003")))

What happens next is at the head of the agenda: something arrives, a host's timer fires, a stalled
connection breaks. `step` lets one of these happen: the clock is put there, the host concerned is
told, and what it sends goes on its way. What comes from outside is an `Act`. Between acts nothing
is left to choose, so the same seed and the same acts give the same history, which `digest` is a
hash of, and `freeze` and `thaw` bring any moment of it back.

A host that is paused is a process that was stopped (SIGSTOP): what comes for it waits in its
sockets, its timer does not fire; when it goes on it finds all of that at once. A host that crashed
is built anew when it is started again, from what it had on its disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from redlearn.clock import VirtualClock
from redlearn.cluster.agenda import Agenda
from redlearn.cluster.network import Conditions, Expiry, Flight, Network, News, Received
from redlearn.engine.chance import freeze_stream, thaw_stream
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.probe import Probe

CRON_US: Final = 100_000
START_MS: Final = 1_700_000_000_000
"""Virtual time begins here, so that dates look like dates."""

Frozen = tuple[Any, ...]


class Member(Protocol):
    """What runs on a host. It uses the network that `build` gave it."""

    def hear(self, news: News) -> None:
        """Something about a connection of this host."""
        ...

    def cron(self) -> None:
        """The timer fires, ten times a second."""
        ...

    def settle(self) -> None:
        """Send what is to be sent: called after each of the others."""
        ...

    def freeze(self) -> Frozen:
        """All that it is, as data that never change."""
        ...

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it, or another of the same host."""
        ...


class Tick(NamedTuple):
    """The timer of a host; one of a life that is over is ignored."""

    host: str
    life: int


class Free(NamedTuple):
    """What kept a host busy is over, unless something else does by now."""

    host: str
    life: int
    task: int


class Exit(NamedTuple):
    """The process on a host ends by itself."""

    host: str
    life: int


@dataclass(slots=True, eq=False)
class Host:
    """A place where a member runs.

    Attributes:
        name, ip, ports: Who it is, and where it listens.
        build: Makes its member, at the beginning and after each crash.
        disk: What is on it outlives the member; what was not made safe, not a cut of power.
        member: What runs there; None after a crash.
        life: How often it was started.
        paused: Whether it stands still.
        task: Which of all tasks its member does nothing beside (`Simulator.occupy`); 0 for none.
        inbox: What waits for it to go on.
    """

    name: str
    ip: bytes
    ports: tuple[int, ...]
    build: Callable[[Simulator, str], Member]
    disk: SimulatedDisk
    member: Member | None = None
    life: int = 0
    paused: bool = False
    task: int = 0
    inbox: list[News] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether nothing reaches its member at present."""
        return self.paused or self.task != 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop a process."""

    host: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Let it go on."""

    host: str


@dataclass(frozen=True, slots=True)
class Crash:
    """End a process without warning. With `power`, its machine goes dark, so nobody is told."""

    host: str
    power: bool = False


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again."""

    host: str


@dataclass(frozen=True, slots=True)
class Leave:
    """End a process for good: its host is not there any more."""

    host: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Nothing gets from any of these to any of those; nor back, if `both`.

    With `anew` this stands in the place of all cuts there were: what waits at one that is among the
    new ones too goes on waiting.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    both: bool = True
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Heal:
    """Undo the cuts between two groups, or all."""

    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weather:
    """Conditions are these now, from one host to another or, if none is named, everywhere."""

    conditions: Conditions
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Call something of a member: how a learner's command reaches a node.

    Attributes:
        what: Called with the member; its result is `Simulator.answer`. Must do the same each time.
    """

    host: str
    what: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Pass:
    """Let time pass until then, with all that happens meanwhile."""

    until_ms: int


Act: TypeAlias = Pause | Resume | Crash | Restart | Leave | Cut | Heal | Weather | Tell | Pass
Happening: TypeAlias = Flight | Tick | Expiry | Free | Exit


class Simulator:
    """Hosts and their network, in virtual time.

    Attributes:
        clock: What all members read; milliseconds since 1970.
        network: Connections, cuts, conditions.
        hosts: By name, in the order in which they were added.
        probe: Told what members and network report.
        happened: What the last step was, or None before the first.
        steps: How many there were.
        answer: What the last `Tell` gave.
        notice: Told of each step.
    """

    def __init__(
        self,
        seed: int,
        conditions: Conditions | None = None,
        start_ms: int = START_MS,
        probe: Probe | None = None,
    ) -> None:
        self.seed = seed
        self.start_ms = start_ms
        self.clock = VirtualClock(start_ms)
        self.probe = probe or Probe()
        self.agenda = Agenda()
        chance = Random(f"{seed} network")
        self.network = Network(self.agenda, chance, conditions or Conditions(), self.probe)
        self.hosts: dict[str, Host] = {}
        self.happened: Happening | None = None
        self.steps = 0
        self.answer: object = None
        self.notice: Callable[[Happening], None] = lambda happened: None
        self._tasks = 0
        self._chance = Random(f"{seed} timers")
        self._digest = hashlib.blake2b(digest_size=16)

    # ---- looking ----

    @property
    def now_us(self) -> int:
        """Virtual microseconds since the beginning."""
        return self.agenda.now_us

    @property
    def now_ms(self) -> int:
        """Virtual milliseconds since the beginning."""
        return self.agenda.now_us // 1000

    @property
    def digest(self) -> str:
        """A hash of all that happened until now."""
        return self._digest.hexdigest()

    def in_flight(self) -> list[Flight]:
        """What is under way, soonest first, and then what stalls at a cut."""
        flying = [entry.what for entry in self.agenda if isinstance(entry.what, Flight)]
        return flying + self.network.stalled()

    def member(self, host: str) -> Any:
        """What runs on a host, None if it crashed."""
        return self.hosts[host].member

    # ---- going on ----

    def add(
        self,
        name: str,
        ip: bytes,
        ports: Iterable[int],
        build: Callable[[Simulator, str], Member],
    ) -> None:
        """A host comes to be, and its member starts."""
        assert name not in self.hosts
        self.hosts[name] = Host(name, ip, tuple(ports), build, SimulatedDisk(self.clock))
        self._start(self.hosts[name])

    def step(self) -> Happening | None:
        """Let the next thing happen; None if nothing ever will."""
        if not len(self.agenda):
            return None
        entry = self.agenda.take()
        self._set_clock(entry.due_us)
        self.steps += 1
        what: Happening = entry.what
        self.happened = what
        self.notice(what)
        match what:
            case Flight():
                self._digest.update(b"%d %d" % (entry.due_us, what.socket))
                self._digest.update(what.data)
                for host, news in self.network.arrive(what):
                    self._tell(self.hosts[host], news)
            case Tick(name, life):
                if name in self.hosts:
                    self._tick(self.hosts[name], life)
            case Expiry():
                self._digest.update(b"%d break %d" % (entry.due_us, what.socket))
                for host, news in self.network.expire(what):
                    self._tell(self.hosts[host], news)
            case Free(name, life, task):
                self._free(name, life, task)
            case Exit(name, life):
                self._exit(name, life)
        return what  # others may have happened meanwhile: see `wait_for`

    def run_until(self, ms: int) -> None:
        """Let everything happen that is due by then, in milliseconds since the beginning."""
        end = ms * 1000
        while (due := self.agenda.next_us()) is not None and due <= end:
            self.step()
        self.agenda.now_us = max(self.agenda.now_us, end)
        self._set_clock(self.agenda.now_us)

    def run_while(self, holds: Callable[[], bool], most_ms: int) -> bool:
        """Go on while something holds, looked at after each step; whether it ended in time."""
        end = self.now_us + most_ms * 1000
        while holds():
            due = self.agenda.next_us()
            if due is None or due > end:
                return False
            self.step()
        return True

    # ---- a member that does one thing, and nothing beside it ----

    def occupy(self, name: str) -> None:
        """Let nothing reach a host's member until `release`: it is in the midst of something."""
        self._tasks += 1
        self.hosts[name].task = self._tasks

    def wait_for(self, name: str, socket: int, most_ms: int) -> News | None:
        """Let all others go on until there is news of a connection of a host that is occupied.

        None if there was none in that time. One of the others may wait likewise; if it began later
        it comes to its end first, however long that takes.
        """
        host, end_us = self.hosts[name], self.now_us + most_ms * 1000
        while True:
            for at, news in enumerate(host.inbox):
                if news.socket == socket:
                    came_us = news.flight.due_us if isinstance(news, Received) else self.now_us
                    return host.inbox.pop(at) if came_us <= end_us else None
            due = self.agenda.next_us()
            if due is None or due > end_us:
                self.agenda.now_us = max(self.now_us, end_us)
                self._set_clock(self.now_us)
                return None
            self.step()

    def release(self, name: str) -> None:
        """The host's member is done; it learns what came meanwhile as soon as it is out of this."""
        host = self.hosts[name]
        self.agenda.put(self.now_us, Free(name, host.life, host.task))

    def leave(self, name: str) -> None:
        """Let the process on a host end, behind what is going on there."""
        self.agenda.put(self.now_us, Exit(name, self.hosts[name].life))

    def _free(self, name: str, life: int, task: int) -> None:
        host = self.hosts.get(name)
        if host is not None and (host.life, host.task) == (life, task):
            host.task = 0
            self._go_on(host)

    def _exit(self, name: str, life: int) -> None:
        host = self.hosts.get(name)
        if host is not None and host.life == life and host.member is not None:
            self._digest.update(f"{self.now_us} exit {name}".encode())
            self._crash(host, power=False)

    # ---- from outside ----

    def act(self, act: Act) -> None:
        """Let something be done from outside, now. Raises ValueError if it cannot be done."""
        match act:
            case Pause(name):
                self.hosts[name].paused = True
            case Resume(name):
                self._resume(self.hosts[name])
            case Crash(name, power):
                self._crash(self.hosts[name], power)
            case Leave(name):
                self._crash(self.hosts.pop(name), False)
                self.network.leave(name)
            case Restart(name):
                self._start(self.hosts[name])
            case Tell(name, what):
                self._ask(self.hosts[name], what)
            case Pass(until_ms):
                self.run_until(until_ms)
            case _:
                self._disturb(act)
        self._digest.update(f"{self.now_us} {type(act).__name__}".encode())

    def _ask(self, host: Host, what: Callable[[Any], object]) -> None:
        """Call something of a member. Raises ValueError if it cannot answer."""
        if host.task and not host.paused:  # it is done, and about to learn what came
            self._free(host.name, host.life, host.task)
        if host.member is None or host.paused:
            raise ValueError(f"{host.name} {'stands still' if host.member else 'does not run'}")
        self.answer = what(host.member)
        host.member.settle()

    def _disturb(self, act: Cut | Heal | Weather) -> None:
        network = self.network
        match act:
            case Cut(sources, targets, both, anew):
                network.cut(sources, targets, both=both, anew=anew)
            case Heal(sources, targets):
                network.heal(sources, targets)
            case Weather(conditions, source, target) if source or target:
                network.set_conditions(source, target, conditions)
            case Weather(conditions):
                network.conditions = conditions

    # ---- how it is done ----

    def _set_clock(self, now_us: int) -> None:
        self.clock.ms = self.start_ms + now_us // 1000

    def _start(self, host: Host) -> None:
        if host.member is not None:
            raise ValueError(f"{host.name} runs already")
        host.life += 1
        host.paused, host.task, host.inbox = False, 0, []
        self.network.listen(host.name, host.ip, host.ports)
        self.network.get_power(host.name)
        host.member = host.build(self, host.name)
        first = self.now_us + self._chance.randrange(CRON_US)
        self.agenda.put(first, Tick(host.name, host.life))
        host.member.settle()

    def _crash(self, host: Host, power: bool) -> None:
        host.member = None
        host.task, host.inbox = 0, []
        if power:
            host.disk.crash()
            self.network.lose_power(host.name)
        else:
            host.disk.kill()
            self.network.die(host.name)

    def _resume(self, host: Host) -> None:
        host.paused = False
        self._go_on(host)

    def _go_on(self, host: Host) -> None:
        """Learn what came meanwhile; what has to wait again, waits in its order."""
        inbox, host.inbox = host.inbox, []
        for news in inbox:
            self._tell(host, news)

    def _tell(self, host: Host, news: News) -> None:
        if host.stands:
            host.inbox.append(news)
        elif host.member is not None:
            host.member.hear(news)
            host.member.settle()

    def _tick(self, host: Host, life: int) -> None:
        if host.life != life or host.member is None:
            return
        self._digest.update(b"%d %b" % (self.now_us, host.name.encode()))
        self.agenda.put(self.now_us + CRON_US, self.happened)
        if not host.stands:
            host.member.cron()
            host.member.settle()

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """Everything, members included."""
        hosts = tuple(
            (
                host.name, host.ip, host.ports, host.build, host.life, host.paused, host.task,
                tuple(host.inbox), None if host.member is None else host.member.freeze(),
                host.disk.freeze(),
            )
            for host in self.hosts.values()
        )  # fmt: skip
        return (
            self.agenda.freeze(), self.network.freeze(), hosts, self.happened, self.steps,
            self.answer, freeze_stream(self._chance), self._digest.copy(), self._tasks,
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        (
            agenda, network, hosts, self.happened, self.steps, self.answer, chance, digest,
            self._tasks,
        ) = frozen  # fmt: skip
        thaw_stream(self._chance, chance)
        self._digest = digest.copy()
        self.hosts = {row[0]: self._thawed(row) for row in hosts}
        # After the hosts: one that is built anew has not sent anything.
        self.agenda.thaw(agenda)
        self.network.thaw(network)
        self._set_clock(self.agenda.now_us)

    def _thawed(self, row: Frozen) -> Host:
        name, ip, ports, build, life, paused, task, inbox, member, disk = row
        old = self.hosts.get(name)
        store = SimulatedDisk(self.clock) if old is None else old.disk
        store.thaw(disk)
        host = Host(name, ip, ports, build, store, None, life, paused, task, list(inbox))
        if member is not None:
            # One of another life has another seed: by that it would not find its own keys.
            host.member = old.member if old is not None and old.life == life else None
            if host.member is None:
                self.hosts[name] = host
                host.member = build(self, name)
            host.member.thaw(member)
        return host
