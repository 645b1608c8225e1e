"""C9 in virtual time: slots move while clients read and write, and no client notices.

Each client writes keys of its own, so it knows what it has to read; counters belong to all. Keys
are of five types; some commands name three keys of one tag, which may be at both ends of a move.

    a command that fails          nothing here may, as nothing but the owners changes
    a write that is lost          read back at once, and again at the end
    a read of the wrong owner     what it gives is not what was written last
    a write that is done twice    the counters tell
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from redlearn.cluster.caller import Caller
from redlearn.cluster.client import Answered
from redlearn.cluster.coordinator import Reshard
from redlearn.cluster.network import Conditions, News
from redlearn.cluster.simulator import Simulator, Tell
from redlearn.resp.reply import Failure, Reply
from redlearn.slots import slot_of
from tests.cluster.halfway import HERE, address, finished, hire, in_order, whole
from tests.cluster.nodes import NeverBack, cluster, until_agreed

CLIENTS: Final = 3
SLOTS_MOVED: Final = 6
SHARED: Final = b"counter"
FILLING: Final = 25
"""Further keys of each slot, so that a move takes its time."""

Check = Callable[[Reply], object]
Op = tuple[tuple[bytes, ...], Check]


def tags_of(primary: int, count: int, chance: Random) -> list[bytes]:
    """Tags of as many slots among those of one of three primaries."""
    found: dict[int, bytes] = {}
    while len(found) < count:
        tag = b"{%d}" % chance.randrange(10**6)
        if slot_of(tag) * 3 // 16384 == primary:
            found.setdefault(slot_of(tag), tag)
    return list(found.values())


class Load(NeverBack):
    """A client that always has something to do.

    Attributes:
        done: How many commands were answered.
        counted: By key: how often it was told that it has counted.
        wrong: The first thing that was not as it should be, or "".
        asked: The redirections and refusals that its client has dealt with, by their code.
        going: Whether it begins another command.
    """

    def __init__(self, simulator: Simulator, host: str, tags: list[bytes], seed: str) -> None:
        self._chance = Random(f"{seed} {host}")
        self._caller = Caller(
            simulator.network, host, simulator.clock, [address("7003"), address("7001")]
        )
        self._name, self._tags = host.encode(), tags
        self._model: dict[bytes, Any] = {}
        self._check: Check = lambda reply: True
        self._argv: tuple[bytes, ...] = ()
        self.done = 0
        self.counted: dict[bytes, int] = {}
        self.wrong = ""
        self.asked: dict[str, int] = {}
        self.going = True

    @property
    def busy(self) -> bool:
        return self._caller.busy

    def settle(self) -> None:
        if self._caller.finished:
            self._caller.finished = False
            self._answered(self._caller.reply)
        if self.going and not self._caller.busy and not self.wrong:
            self._argv, self._check = self._draw()
            self._caller.call(self._argv)

    def _answered(self, reply: Reply) -> None:
        self.done += 1
        for _, fact in self._caller.told:
            if isinstance(fact, Answered) and isinstance(fact.reply, Failure):
                code = fact.reply.text.split(" ")[0]
                self.asked[code] = self.asked.get(code, 0) + 1
        if isinstance(reply, Failure) or self._check(reply) is False:
            self.wrong = f"{self._argv!r} gave {reply!r}"

    def hear(self, news: News) -> None:
        self._caller.hear(news)

    def cron(self) -> None:
        self._caller.cron()

    # ---- what it does ----

    def _draw(self) -> Op:
        kinds = (
            self._string, self._string, self._list, self._hash, self._zset, self._set,
            self._several, self._several, self._count,
        )  # fmt: skip
        return self._chance.choice(kinds)(self._chance.choice(self._tags))

    def _key(self, tag: bytes, kind: bytes) -> bytes:
        return b"%b:%b:%b:%d" % (tag, self._name, kind, self._chance.randrange(3))

    def _value(self) -> bytes:
        return b"%d" % self._chance.randrange(10**9)

    def _string(self, tag: bytes) -> Op:
        key, value = self._key(tag, b"s"), self._value()
        known = self._model.get(key)
        match self._chance.randrange(4):
            case 0:
                return (b"GET", key), lambda reply: reply == known
            case 1:
                self._model.pop(key, None)
                return (b"DEL", key), lambda reply: reply == (known is not None)
        self._model[key] = value
        return (b"SET", key, value, b"GET"), lambda reply: reply == known

    def _list(self, tag: bytes) -> Op:
        key, value = self._key(tag, b"l"), self._value()
        rows = self._model.setdefault(key, [])
        if self._chance.random() < 0.4:
            expected = list(rows)
            return (b"LRANGE", key, b"0", b"-1"), lambda reply: reply == expected
        rows.append(value)
        length = len(rows)
        return (b"RPUSH", key, value), lambda reply: reply == length

    def _hash(self, tag: bytes) -> Op:
        key, field = self._key(tag, b"h"), b"f%d" % self._chance.randrange(5)
        rows, value = self._model.setdefault(key, {}), self._value()
        if self._chance.random() < 0.4:
            expected = rows.get(field)
            return (b"HGET", key, field), lambda reply: reply == expected
        new = field not in rows
        rows[field] = value
        return (b"HSET", key, field, value), lambda reply: reply == new

    def _zset(self, tag: bytes) -> Op:
        key, member = self._key(tag, b"z"), b"m%d" % self._chance.randrange(5)
        rows = self._model.setdefault(key, {})
        expected, score = rows.get(member), self._value()
        if self._chance.random() < 0.4:
            return (b"ZSCORE", key, member), lambda reply: reply == expected
        rows[member] = score
        return (b"ZADD", key, b"CH", score, member), lambda reply: reply == (score != expected)

    def _set(self, tag: bytes) -> Op:
        key, member = self._key(tag, b"t"), b"m%d" % self._chance.randrange(8)
        rows = self._model.setdefault(key, set())
        if self._chance.random() < 0.4:
            expected = sorted(rows)
            return (b"SMEMBERS", key), lambda reply: in_order(reply) == expected
        new = member not in rows
        rows.add(member)
        return (b"SADD", key, member), lambda reply: reply == new

    def _several(self, tag: bytes) -> Op:
        """Three keys at once: all of them from one moment."""
        keys = [b"%b:%b:m:%d" % (tag, self._name, number) for number in range(3)]
        if self._chance.random() < 0.5:
            expected = [self._model.get(key) for key in keys]
            return (b"MGET", *keys), lambda reply: reply == expected
        value = self._value()
        self._model.update(dict.fromkeys(keys, value))
        words = tuple(word for key in keys for word in (key, value))
        return (b"MSET", *words), lambda reply: True

    def _count(self, tag: bytes) -> Op:
        key = tag + SHARED

        def counted(reply: Reply) -> bool:
            self.counted[key] = self.counted.get(key, 0) + 1
            return isinstance(reply, int) and reply >= self.counted[key]

        return (b"INCR", key), counted


def under_load(seed: int) -> dict[str, int]:
    """Slots of 7001 move to the others, and some of them on, while clients are at work."""
    chance = Random(f"under load {seed}")
    replicas = chance.choice((0, 1))
    simulator = cluster(seed, 3, replicas, 2_000, weather(chance, replicas))
    tags = tags_of(0, SLOTS_MOVED + 2, chance)
    for number in range(FILLING):
        words = [(b"SET", b"%b:filling:%d" % (tag, number), b"v") for tag in tags]
        for argv in words:
            simulator.act(Tell("7001", lambda server, argv=argv: server.run(*argv)))
    names = [f"load {number}" for number in range(CLIENTS)]
    for name in names:
        simulator.add(name, HERE, (), lambda sim, host: Load(sim, host, tags, str(seed)))
    loads: list[Load] = [simulator.member(name) for name in names]
    simulator.run_until(simulator.now_ms + 100)

    slots = [slot_of(tag) for tag in tags[:SLOTS_MOVED]]
    for number, (part, source, target) in enumerate(
        ((slots, "7001", "7002"), (slots[:2], "7002", "7003"), (slots[1:2], "7003", "7001"))
    ):
        name = f"coordinator {number}"
        hire(simulator, name, Reshard(tuple(part), address(source), address(target)))
        trouble = finished(simulator, name).trouble
        assert not trouble, trouble
        nothing_wrong(loads)
        until_agreed(simulator)
    simulator.run_until(simulator.now_ms + 50)
    for load in loads:
        load.going = False
    assert simulator.run_while(lambda: any(load.busy for load in loads), 10_000)
    simulator.run_until(simulator.now_ms + 1_000)
    nothing_wrong(loads)
    whole(simulator)
    counters_are_exact(simulator, loads)
    asked = {
        code.lower(): sum(load.asked.get(code, 0) for load in loads)
        for code in ("MOVED", "ASK", "TRYAGAIN")
    }
    return {"commands": sum(load.done for load in loads), **asked}


def weather(chance: Random, replicas: int) -> Conditions:
    """How long messages take. Out of order only where no replica follows a stream, which is TCP."""
    jitter_us = chance.choice((0, 100, 1_000, 5_000))
    reorder = 0.0 if replicas else chance.choice((0.0, 0.2))
    return Conditions(delay_us=200, jitter_us=jitter_us, reorder=reorder)


def nothing_wrong(loads: list[Load]) -> None:
    for load in loads:
        assert not load.wrong, load.wrong


def counters_are_exact(simulator: Simulator, loads: list[Load]) -> None:
    """Every count that was answered is there once, and all that the owners have was answered."""
    total: dict[bytes, int] = {}
    for load in loads:
        for key, times in load.counted.items():
            total[key] = total.get(key, 0) + times
    for name in simulator.hosts:
        if not name.isdigit() or not simulator.member(name).node.state.myself.is_primary:
            continue
        server = simulator.member(name)
        for key in [key for key in total if server.engine.state.databases[0].keys.peek(key)]:
            found = server.run(b"GET", key)
            assert int(found) == total.pop(key), f"{key!r} is {found!r}"
    assert not total, f"lost: {total}"
