"""Slots that move as a whole while somebody writes to them and something goes wrong.

A writer on a host of its own sets keys of one slot, follows MOVED, and notes what was answered. The
slot moves; at a step drawn by the seed a trouble happens, and ends. Then all nodes have to agree
again, no slot may have two owners, and what was answered has to be where the slot is, unless a
node lost its data, the source says that it let its clients write again too early, or somebody
cancelled what had been granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from redlearn.cluster.formation import IP
from redlearn.cluster.network import Closed, Conditions, News, Opened, Received
from redlearn.cluster.simulator import Crash, Cut, Heal, Pause, Restart, Resume, Simulator
from redlearn.cluster.slot_jobs import CANCELLED, EXPORT, UNPAUSED_TOO_EARLY
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import OK, Failure
from tests.cluster.nodes import NeverBack, cluster, node, until_agreed
from tests.cluster.servers import run

TAG = b"{06S}"  # slot 0: 7001 has it
SLOTS = "0 99"
SOURCE, TARGET, THIRD = "7001", "7002", "7003"


class Trouble(Enum):
    """What happens in the midst of it.

    APART: source and target do not hear each other. ALONE: the target hears nobody; LEFT: nor does
    the source. STOPPED, STUCK: the process of the target, or of the source, stands still.
    DEAD, GONE: it ends and begins anew, without its data. LOSSY: messages get lost.
    CANCELLED: somebody has thought better of it.
    """

    NONE = "none"
    APART = "apart"
    ALONE = "alone"
    LEFT = "left"
    STOPPED = "stopped"
    STUCK = "stuck"
    DEAD = "dead"
    GONE = "gone"
    LOSSY = "lossy"
    CANCELLED = "cancelled"


LOSES_DATA = {Trouble.DEAD, Trouble.GONE, Trouble.LOSSY}
"""After these nobody promises anything about data: no disk keeps them, no TCP repeats them."""


class Writer(NeverBack):
    """Sets one key after the other, at whoever is said to have the slot.

    Attributes:
        done: The keys whose SET was answered with OK.
        moved: How often it was sent elsewhere.
    """

    def __init__(self, simulator: Simulator, name: str) -> None:
        self._network, self._name = simulator.network, name
        self._port = int(SOURCE)
        self._socket = -1
        self._number = 0
        self._waits = 0
        self.done: list[bytes] = []
        self.moved = 0

    def hear(self, news: News) -> None:
        if news.socket != self._socket:
            return
        match news:
            case Received(_, flight):
                (reply,) = ReplyDecoder().feed(flight.data)
                self._hear_reply(reply)
            case Closed():
                self._socket = -1
            case Opened():
                self._next()

    def _hear_reply(self, reply: object) -> None:
        self._waits = 0
        if isinstance(reply, Failure) and reply.text.startswith("MOVED"):
            self.moved += 1
            self._port = int(reply.text.rpartition(":")[2])
            self._dial()
        elif isinstance(reply, Failure):
            self._hang_up()  # and come again with the next tick
        else:
            self.done.append(b"%b%d" % (TAG, self._number))
            self._next()

    def _next(self) -> None:
        self._number += 1
        key = b"%b%d" % (TAG, self._number)
        self._network.send(self._socket, encode_command([b"SET", key, b"v"]))

    def _dial(self) -> None:
        self._hang_up()
        self._socket = self._network.connect(self._name, IP, self._port)

    def _hang_up(self) -> None:
        if self._socket >= 0:
            self._network.close(self._socket)
        self._socket = -1

    def cron(self) -> None:
        self._waits += 1
        if self._socket < 0 or self._waits > 30:  # whoever does not answer may not be there
            if self._waits > 30:
                self._port = int(SOURCE) if self._port != int(SOURCE) else int(TARGET)
                self._waits = 0
            self._dial()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a move came to.

    Attributes:
        state, message: Of the source's job; "" if it forgot it.
        owner: Who has the slots at the end.
        answered, lost: How many writes were answered, and how many of those are gone.
    """

    state: str
    message: str
    owner: str
    answered: int
    lost: int


def move(seed: int, trouble: Trouble) -> Outcome:
    """Move slots from 7001 to 7002, let something happen meanwhile, and look what is left.

    Raises:
        AssertionError: A slot has two owners, keys lie about, a job does not end, or a write
            that was answered is gone and nobody has said that this may be.
    """
    rng = Random(f"{seed} {trouble.value}")
    jitter_us = rng.choice((100, 1_000, 10_000))
    conditions = Conditions(delay_us=200, jitter_us=jitter_us)
    simulator = cluster(seed, 3, 0, 1_000, conditions, repl_timeout="5")
    for number in range(rng.choice((0, 10, 300))):
        run(simulator, SOURCE, f"RPUSH {TAG.decode()}old{number} a b c")
    simulator.add("writer", IP, [9999], Writer)
    for name in (SOURCE, TARGET, THIRD):
        run(simulator, name, "CLUSTER SAVECONFIG")
        far = Conditions(delay_us=4_000, jitter_us=1_000)
        simulator.network.set_conditions("writer", name, far)
        simulator.network.set_conditions(name, "writer", far)
    simulator.run_until(simulator.now_ms + 300)
    _order(simulator)
    simulator.run_until(simulator.now_ms + rng.randrange(130))
    for _ in range(rng.randrange(12)):
        simulator.step()
    _disturb(simulator, rng, trouble)
    simulator.run_until(simulator.now_ms + 15_000)
    if trouble is Trouble.LOSSY:  # both may wait for ever for a word that was lost
        run(simulator, SOURCE, "CLUSTER CANCELSLOTMIGRATIONS")
    until_agreed(simulator)
    simulator.run_until(simulator.now_ms + 2_000)
    return _judge(simulator, trouble)


def _order(simulator: Simulator) -> None:
    target = node(simulator, TARGET).state.myself.id.decode()
    answer = run(simulator, SOURCE, f"CLUSTER MIGRATESLOTS SLOTSRANGE {SLOTS} NODE {target}")
    assert answer == OK, answer


def _disturb(simulator: Simulator, rng: Random, trouble: Trouble) -> None:
    ms = rng.choice((200, 1_500, 4_000, 12_000))
    before = simulator.network.conditions
    match trouble:
        case Trouble.APART:
            simulator.act(Cut((SOURCE,), (TARGET,)))
        case Trouble.ALONE:
            simulator.act(Cut((TARGET,), (SOURCE, THIRD)))
        case Trouble.LEFT:
            simulator.act(Cut((SOURCE,), (TARGET, THIRD)))
        case Trouble.STOPPED | Trouble.STUCK:
            simulator.act(Pause(TARGET if trouble is Trouble.STOPPED else SOURCE))
        case Trouble.DEAD | Trouble.GONE:
            simulator.act(Crash(TARGET if trouble is Trouble.DEAD else SOURCE))
        case Trouble.LOSSY:
            simulator.network.conditions = Conditions(loss=0.2, duplicate=0.05, reorder=0.1)
        case Trouble.CANCELLED:
            run(simulator, SOURCE, "CLUSTER CANCELSLOTMIGRATIONS")
    simulator.run_until(simulator.now_ms + ms)
    match trouble:
        case Trouble.STOPPED | Trouble.STUCK:
            simulator.act(Resume(TARGET if trouble is Trouble.STOPPED else SOURCE))
        case Trouble.DEAD | Trouble.GONE:
            simulator.act(Restart(TARGET if trouble is Trouble.DEAD else SOURCE))
    simulator.network.conditions = before
    simulator.act(Heal())


def _judge(simulator: Simulator, trouble: Trouble) -> Outcome:
    nodes = {name: node(simulator, name).state for name in (SOURCE, TARGET, THIRD)}
    seen = [
        {slot for slot, owner in enumerate(s.owners) if owner is s.myself} for s in nodes.values()
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 16384, "a slot has two owners, or none"
    (owner,) = (name for name, state in nodes.items() if state.owners[0] is state.myself)
    for name, state in nodes.items():
        assert all(job.ended for job in state.jobs), f"{name} still moves slots"
        server = simulator.member(name).engine.state
        assert not server.coming
        assert not server.crowd.paused_until_ms
        rows = server.databases[0].slot_keys.rows
        assert name == owner or not any(slot in rows for slot in range(100)), "keys lie about"
    return _outcome(simulator, trouble, owner)


def _outcome(simulator: Simulator, trouble: Trouble, owner: str) -> Outcome:
    jobs = [job for job in node(simulator, SOURCE).state.jobs if job.kind == EXPORT]
    state, message = (jobs[0].state, jobs[0].message) if jobs else ("", "")
    done = simulator.member("writer").done
    kept = simulator.member(owner).engine.state.databases[0].keys
    lost = [key for key in done if kept.find(key) is None]
    too_late = state == CANCELLED and owner == TARGET  # it was granted, and on its way
    if trouble not in LOSES_DATA and message != UNPAUSED_TOO_EARLY and not too_late:
        assert not lost, f"{len(lost)} writes are gone, {message!r}"
    return Outcome(state, message, owner, len(done), len(lost))
