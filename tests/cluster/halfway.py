"""C10: a slot is being moved, and somebody dies: source, target or coordinator, after any step.

    crash points    7 steps of the move x 3 who may die = 21; half_moved(seed) takes point seed % 21
    then            replicas take over where a primary died, the dead come back, somebody runs fix
    at the end      one map, no open slot, every key once, at the owner of its slot, none lost

A process that dies has sent what it wrote, and a machine that goes dark lost nothing that was on
the wire, so nothing may be lost here: keys whose replica knew less are what `losses.py` counts.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from redlearn.cluster.administrator import Administrator
from redlearn.cluster.caller import Caller
from redlearn.cluster.client import Address
from redlearn.cluster.coordinator import Coordinator, Fix, Reshard, Work
from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Crash, Restart, Simulator, Tell
from redlearn.resp.reply import Failure, Reply
from redlearn.slots import slot_of
from tests.cluster.nodes import cluster, until_agreed

HERE: Final = b"10.0.0.9"
TAG: Final = b"{06S}"  # slot 0, which 7001 has
SLOT: Final = slot_of(TAG)
SOURCE, TARGET = "7001", "7002"
KEYS: Final = 25
"""So many that three MIGRATEs are needed."""

STEPS: Final = (
    "IMPORTING", "MIGRATING", "first GETKEYSINSLOT", "first MIGRATE", "last MIGRATE",
    "NODE at the target", "NODE at the source",
)  # fmt: skip
ORDERS: Final = (1, 2, 3, 4, 8, 10, 11)
"""How many orders of the move have been answered by then."""

VICTIMS: Final = (SOURCE, TARGET, "coordinator")
HEIRS: Final = {SOURCE: "7004", TARGET: "7005"}
POINTS: Final = len(STEPS) * len(VICTIMS)


def address(name: str) -> Address:
    return Address("127.0.0.1", int(name))


def hire(
    simulator: Simulator, name: str, work: Work, *, seed: str = SOURCE, allowed: int = -1
) -> Administrator:
    """An administrator on a host of its own."""
    simulator.add(
        name, HERE, (),
        lambda sim, host: Administrator(
            sim.network, host, sim.clock, address(seed), work, allowed, sim.probe
        ),
    )  # fmt: skip
    found: Administrator = simulator.member(name)
    return found


def finished(simulator: Simulator, name: str, most_ms: int = 60_000) -> Coordinator:
    """Go on until an administrator has nothing left to do; what it did."""
    member: Administrator = simulator.member(name)
    assert simulator.run_while(lambda: not member.done, most_ms), "it does not come to an end"
    return member.coordinator


def fill(simulator: Simulator) -> dict[bytes, tuple[bytes, ...]]:
    """Keys of five types in the slot that is to move; how each is read."""
    made: dict[bytes, tuple[bytes, ...]] = {}
    kinds: tuple[tuple[tuple[bytes, ...], tuple[bytes, ...]], ...] = (
        ((b"SET", b"%", b"v"), (b"GET", b"%")),
        ((b"RPUSH", b"%", b"a", b"b"), (b"LRANGE", b"%", b"0", b"-1")),
        ((b"HSET", b"%", b"f", b"1"), (b"HGETALL", b"%")),
        ((b"ZADD", b"%", b"1.5", b"m"), (b"ZRANGE", b"%", b"0", b"-1")),
        ((b"SADD", b"%", b"7", b"8"), (b"SMEMBERS", b"%")),
    )
    for number in range(KEYS):
        key = b"%b:%d" % (TAG, number)
        write, read = (tuple(key if w == b"%" else w for w in each) for each in kinds[number % 5])
        simulator.act(Tell(SOURCE, lambda server, write=write: server.run(*write)))
        made[key] = read
    return made


def ask(simulator: Simulator, client: Caller, *commands: tuple[bytes, ...], to: str) -> Reply:
    """What a node answers to the last of some commands."""
    simulator.act(Tell("client", lambda member: member.send(commands, address(to))))
    assert simulator.run_while(lambda: client.busy, 5_000)
    return client.reply


def half_moved(seed: int) -> dict[str, int]:
    """One move, one death, one fix."""
    chance = Random(f"half moved {seed}")
    step, victim = seed % POINTS % len(STEPS), VICTIMS[seed % POINTS // len(STEPS)]
    jitter_us = chance.choice((0, 100, 1_000, 5_000))
    simulator = cluster(seed, 3, 1, 1_000, Conditions(delay_us=200, jitter_us=jitter_us))
    for name in list(simulator.hosts):
        simulator.member(name).engine.state.config.set("enable-debug-command", "yes")
    simulator.add("client", HERE, (), lambda sim, host: Caller(
        sim.network, host, sim.clock, [address("7003"), address(TARGET)]))  # fmt: skip
    client: Caller = simulator.member("client")
    reads = fill(simulator)
    before = {key: read_by(simulator, client, read) for key, read in reads.items()}
    simulator.run_until(simulator.now_ms + chance.randrange(200, 1_200))

    mover = hire(simulator, "coordinator", Reshard((SLOT,), address(SOURCE), address(TARGET)))
    orders = 6 + ORDERS[step]  # CLUSTER NODES at all six comes first
    assert simulator.run_while(lambda: mover.coordinator.given < orders, 5_000)
    keys_here = count(simulator, SOURCE)
    assert (count(simulator, TARGET) > 0, keys_here == 0) == (step > 2, step > 3)
    if victim == "coordinator" and step == STEPS.index("first MIGRATE"):
        simulator.act(Crash(victim))
        neither_has_all(simulator, client, list(reads))
    else:
        simulator.run_until(simulator.now_ms + chance.choice((0, 0, 1)))
        simulator.act(Crash(victim, power=chance.random() < 0.5 and victim != "coordinator"))
    if victim in HEIRS:
        succeeded(simulator, victim)
    simulator.run_until(simulator.now_ms + chance.randrange(6_000, 12_000))
    if victim in HEIRS:
        simulator.act(Restart(victim))
        simulator.member(victim).engine.state.config.set("enable-debug-command", "yes")
    until_agreed(simulator)
    simulator.run_until(simulator.now_ms + 2_000)

    hire(simulator, "fix", Fix(), seed=chance.choice(("7001", "7002", "7003")))
    fix = finished(simulator, "fix")
    assert not fix.trouble, f"{STEPS[step]}, {victim}: {fix.trouble}\n" + "\n".join(fix.said)
    until_agreed(simulator)
    simulator.run_until(simulator.now_ms + 2_000)
    whole(simulator)
    after = {key: read_by(simulator, client, read) for key, read in reads.items()}
    assert after == before, f"{STEPS[step]}, {victim}: {changed(before, after)}"
    hire(simulator, "again", Fix())
    again = finished(simulator, "again")
    assert len(again.said) == 5, f"something was left to be fixed: {again.said}"
    return {"orders": fix.given, "moved": int(owner(simulator) == "7002")}


def succeeded(simulator: Simulator, victim: str) -> None:
    """Go on until a replica is in its place: whoever comes back without data would take theirs.

    A source that migrates to a machine that is dark has no vote until its connection breaks.
    """
    heir = simulator.member(HEIRS[victim]).node.state.myself
    assert simulator.run_while(lambda: not heir.is_primary, 60_000), "nobody took over"


def read_by(simulator: Simulator, client: Caller, read: tuple[bytes, ...]) -> Reply:
    simulator.act(Tell("client", lambda member: member.call(read)))
    assert simulator.run_while(lambda: client.busy, 20_000), f"no answer to {read!r}"
    return in_order(client.reply) if read[0] == b"SMEMBERS" else client.reply


def in_order(reply: Reply) -> Reply:
    """The members of a set in an order of ours."""
    return sorted(reply, key=repr) if isinstance(reply, list) else reply


def changed(before: dict[bytes, Reply], after: dict[bytes, Reply]) -> str:
    return ", ".join(f"{key!r} was {old!r}, is {after[key]!r}" for key, old in before.items()
                     if after[key] != old)  # fmt: skip


def neither_has_all(simulator: Simulator, client: Caller, keys: list[bytes]) -> None:
    """With keys at both ends neither serves a command that needs one of each."""
    everything = (b"DEL", *keys)
    at_source = ask(simulator, client, everything, to=SOURCE)
    at_target = ask(simulator, client, (b"ASKING",), everything, to=TARGET)
    for reply in (at_source, at_target):
        assert isinstance(reply, Failure) and reply.text.startswith("TRYAGAIN"), reply
    unasked = ask(simulator, client, everything, to=TARGET)
    assert isinstance(unasked, Failure) and unasked.text.startswith("MOVED"), unasked


def count(simulator: Simulator, name: str) -> int:
    """How many keys of the slot a node has."""
    member: Any = simulator.member(name)
    return int(member.engine.state.databases[0].slot_keys.count(SLOT))


def owner(simulator: Simulator) -> str:
    """Whose the slot is, as its owner says."""
    for name in simulator.hosts:
        if name.isdigit():
            state = simulator.member(name).node.state
            if state.owners[SLOT] is state.myself:
                return name
    raise AssertionError("the slot is nobody's")


def whole(simulator: Simulator) -> None:
    """No slot is open, and each key is at one primary, the owner of its slot."""
    nodes = {name: simulator.member(name) for name in simulator.hosts if name.isdigit()}
    holders: dict[bytes, list[str]] = {}
    for name, member in nodes.items():
        state = member.node.state
        assert not (state.migrating or state.importing), f"{name} has open slots"
        if not state.myself.is_primary:
            continue
        for entry in member.engine.state.databases[0].keys.entries():
            holders.setdefault(entry.key, []).append(name)
            assert state.owners[slot_of(entry.key)] is state.myself, f"{entry.key!r} at {name}"
    twice = {key: names for key, names in holders.items() if len(names) > 1}
    assert not twice, f"keys in two owners: {twice}"
