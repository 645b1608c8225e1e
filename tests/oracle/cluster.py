"""One node of a cluster beside a real one: both are told of the same other nodes, and do the same.

    python -m tests.oracle.cluster --server redis               20,000 commands beside Redis
    python -m tests.oracle.cluster --server valkey --seed 7
    python -m tests.oracle.cluster --server redis --role replica

Both begin with the same nodes.conf: this node, a primary with most of the slots, or a replica of
one; two others that nobody can reach; one slot on its way to one of them, one on its way from
there; some that nobody serves, in half of the runs. Then come random commands on keys in all of
these slots, with and without ASKING, READONLY, MULTI, scripts; slots that open, close, come and go.
Replies are compared byte for byte, except for what `explain` names, with the reason.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from redlearn.cluster.local import Connect, Dial
from redlearn.cluster.nodes_conf import read, write
from redlearn.cluster.port import NodePort
from redlearn.engine.client import Client
from redlearn.engine.config import parameter
from redlearn.engine.engine import Engine
from redlearn.engine.payload.footer import crc64
from redlearn.lua.runner import WorkerRunner
from redlearn.resp.encode import encode
from redlearn.server.courier import SocketCourier
from redlearn.server.host import WallClock
from redlearn.slots import slot_of, tag_for
from tests.oracle.cluster_conf import (
    ALSO,
    COMING,
    LEAVING,
    ME,
    MINE,
    NOBODYS,
    OTHER,
    THEIRS,
    THIRD,
    first_conf,
)
from tests.oracle.servers import (
    Server,
    free_port,
    redis_binary,
    running,
    valkey_binary,
)

TAGS: Final = (MINE, MINE, ALSO, LEAVING, LEAVING, COMING, COMING, THEIRS, NOBODYS)
NEVER_MS: Final = b"600000000"
PATIENCE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.01  # a real node does what it does by its own timer, and tells nobody
ENOUGH: Final = 20
"""Differences after which there is no sense in going on."""


# ---------------------------------------------------------------------------------- what is drawn


class Draw:
    """Draws commands of one run."""

    def __init__(self, rng: Random, server: str, role: str, closed_port: int) -> None:
        self.rng = rng
        self.server = server
        self.role = role
        self.in_multi = False
        self.payload = b"\x00\x01v\x06\x00"  # a string, as the oldest servers dump it
        self.payload += crc64(self.payload).to_bytes(8, "little")
        self.closed_port = closed_port
        self.kinds: list[tuple[int, Callable[[], list[bytes]]]] = [
            (30, self.simple), (14, self.several), (8, self.script), (6, self.said),
            (6, self.transaction), (8, self.slots), (6, self.looks), (3, self.one_database),
            (4, self.restore), (1, self.setting), (4, self.shard), (3, self.refused),
            (2, self.sort), (1, self.migrate),
        ]  # fmt: skip
        if server == "valkey":
            self.kinds += [(4, self.scan), (4, self.move)]

    def __call__(self) -> list[bytes]:
        weights, draws = zip(*self.kinds, strict=True)
        while True:
            (draw,) = self.rng.choices(draws, weights)
            argv = draw()
            if not self._goes_other_ways(argv):
                self.in_multi = argv[0] == b"MULTI" or (
                    self.in_multi and argv[0] not in (b"EXEC", b"DISCARD")
                )
                return argv  # type: ignore[no-any-return]

    def _goes_other_ways(self, argv: list[bytes]) -> bool:
        """What the server does in a way of its own, after which both would be apart.

        A replica with slots is nothing that comes to be by itself. Redis 7.0 does not see channels
        in an EXEC. Valkey refuses MULTI and WATCH
        in MULTI and aborts it, looks for keys of MOVE and COPY in the other database, moves no slot
        to itself, and takes keys that a script has not declared for another node's at times.
        """
        if self.role == "replica" and argv[1:2] in ([b"ADDSLOTS"], [b"ADDSLOTSRANGE"]):
            return True
        masked_ones = (b"NODES", b"INFO", b"SHARDS", b"REPLICAS", b"GETSLOTMIGRATIONS")
        if self.in_multi and argv[1:] and argv[1] in (*masked_ones, b"MIGRATESLOTS"):
            return True  # what is masked is not in EXEC's reply; nor is anybody called within it
        if self.server != "valkey":
            return self.in_multi and argv[0] in (b"PUBLISH", b"SPUBLISH")
        if argv[0] == b"MULTI" and self.in_multi:
            return True
        to_itself = argv[1:2] == [b"SETSLOT"] and argv[3] != b"NODE" and argv[4:] == [ME]
        body = argv[1].rpartition(b"\n")[2] if argv[0] in (b"EVAL", b"EVAL_RO") else b"return 1"
        undeclared = body != b"return 1" and (b"KEYS[1]" not in body or argv[2] == b"0")
        elsewhere = argv[0] in (b"WATCH", b"MOVE") or argv[-2:] == [b"DB", b"1"]
        return to_itself or undeclared or elsewhere

    def key(self, tag: bytes = b"") -> bytes:
        tag = tag or self.rng.choice(TAGS)
        return self.rng.choice((tag, b"{%b}1" % tag, b"x{%b}" % tag))

    def keys(self, least: int = 1, most: int = 3) -> list[bytes]:
        """Some keys, of one slot as a rule."""
        rng = self.rng
        tag = rng.choice(TAGS) if rng.random() < 0.8 else b""
        return [self.key(tag) for _ in range(rng.randint(least, most))]

    def simple(self) -> list[bytes]:
        rng, key = self.rng, self.key()
        value = b"%d" % rng.randrange(9)
        return rng.choice((
            [b"GET", key], [b"SET", key, value], [b"SET", key, value], [b"DEL", key],
            [b"INCR", key], [b"APPEND", key, value], [b"EXISTS", key], [b"TYPE", key],
            [b"STRLEN", key], [b"GETDEL", key], [b"OBJECT", b"ENCODING", key], [b"TTL", key],
            [b"SET", key], [b"PERSIST", key], [b"GETRANGE", key, b"0", b"-1"], [b"DUMP", b"zz"],
        ))  # fmt: skip

    def several(self) -> list[bytes]:
        rng, keys = self.rng, self.keys(2)
        return rng.choice((
            [b"MGET", *keys], [b"MSET", *(word for key in keys for word in (key, b"v"))],
            [b"DEL", *keys], [b"EXISTS", *keys], [b"RENAME", *keys[:2]], [b"COPY", *keys[:2]],
            [b"TOUCH", *keys], [b"UNLINK", *keys], [b"PFCOUNT", *keys], [b"WATCH", *keys],
            [b"SINTERCARD", b"%d" % len(keys), *keys], [b"LMOVE", *keys[:2], b"LEFT", b"LEFT"],
            [b"MSETNX", *(word for key in keys for word in (key, b"v"))],
            [b"BITOP", b"OR", *keys], [b"LCS", *keys[:2]],
        ))  # fmt: skip

    def script(self) -> list[bytes]:
        rng, keys, other = self.rng, self.keys(0, 2), self.key()
        head = rng.choice((b"", b"", b"#!lua\n", b"#!lua flags=allow-cross-slot-keys\n",
                           b"#!lua flags=no-writes\n", b"#!lua flags=no-cluster\n"))  # fmt: skip
        body = rng.choice((
            b"return 1", b"return redis.call('GET', KEYS[1] or '%b')" % other,
            b"return redis.call('SET', '%b', 'v')" % other,
            b"redis.call('GET', '%b') return redis.call('GET', '%b')" % (self.key(), other),
            b"return redis.pcall('MGET', '%b', '%b')" % (self.key(), other),
            b"return redis.pcall('SET', '%b', 'v').err" % other,
        ))  # fmt: skip
        word = rng.choice((b"EVAL", b"EVAL", b"EVAL_RO"))
        return [word, head + body, b"%d" % len(keys), *keys]

    def said(self) -> list[bytes]:
        return [self.rng.choice((b"ASKING", b"ASKING", b"ASKING", b"READONLY", b"READWRITE"))]

    def transaction(self) -> list[bytes]:
        return [self.rng.choice((b"MULTI", b"EXEC", b"EXEC", b"DISCARD", b"UNWATCH"))]

    def slot(self) -> bytes:
        if self.rng.random() < 0.04:
            return self.rng.choice((b"x", b"-1", b"16384"))
        return b"%d" % (slot_of(self.rng.choice(TAGS)) if self.rng.random() < 0.8 else 7)

    def node(self) -> bytes:
        return self.rng.choice((ME, OTHER, OTHER, THIRD, b"nobody"))

    def slots(self) -> list[bytes]:
        rng, slot = self.rng, self.slot()
        return [b"CLUSTER", *rng.choice((
            [b"SETSLOT", slot, b"MIGRATING", self.node()],
            [b"SETSLOT", slot, b"MIGRATING", self.node()],
            [b"SETSLOT", slot, b"IMPORTING", self.node()],
            [b"SETSLOT", slot, b"IMPORTING", self.node()],
            [b"SETSLOT", slot, b"STABLE"], [b"SETSLOT", slot, b"NODE", self.node()],
            [b"ADDSLOTS", slot], [b"ADDSLOTS", slot, self.slot()], [b"DELSLOTS", slot],
            [b"ADDSLOTSRANGE", b"7", b"8"], [b"DELSLOTSRANGE", b"7", b"8"],
            [b"ADDSLOTSRANGE", slot, self.slot()], [b"SETSLOT", slot, b"NOSUCH"],
        ))]  # fmt: skip

    def looks(self) -> list[bytes]:
        rng, slot = self.rng, self.slot()
        return [b"CLUSTER", *rng.choice((
            [b"COUNTKEYSINSLOT", slot], [b"COUNTKEYSINSLOT", slot],
            [b"GETKEYSINSLOT", slot, rng.choice((b"0", b"1", b"10", b"-1", b"x"))],
            [b"GETKEYSINSLOT", slot, b"10"], [b"KEYSLOT", self.key()], [b"MYID"], [b"SLOTS"],
            [b"NODES"], [b"INFO"], [b"SHARDS"], [b"LINKS"], [b"REPLICAS", self.node()],
            [b"COUNT-FAILURE-REPORTS", self.node()], [b"SLAVES", b"nobody"], [b"NOSUCH"],
        ))]  # fmt: skip

    def one_database(self) -> list[bytes]:
        rng, key = self.rng, self.key()
        return rng.choice((
            [b"SELECT", b"0"], [b"SELECT", b"1"], [b"SELECT", b"x"], [b"MOVE", key, b"1"],
            [b"SWAPDB", b"0", b"1"], [b"COPY", key, key, b"DB", b"1"], [b"DBSIZE"],
            [b"COPY", *self.keys(2, 2), b"DB", b"0"], [b"RANDOMKEY", b"x"],
        ))  # fmt: skip

    def restore(self) -> list[bytes]:
        word = self.rng.choice((b"RESTORE", b"RESTORE-ASKING", b"RESTORE-ASKING"))
        return [word, self.key(), b"0", self.payload, *[b"REPLACE"] * self.rng.randrange(2)]

    def setting(self) -> list[bytes]:
        name = self.rng.choice((
            b"cluster-allow-reads-when-down", b"cluster-require-full-coverage",
            b"cluster-allow-pubsubshard-when-down",
        ))  # fmt: skip
        return [b"CONFIG", b"SET", name, self.rng.choice((b"yes", b"no"))]

    def shard(self) -> list[bytes]:
        rng = self.rng
        return rng.choice((
            [b"SPUBLISH", self.key(), b"m"], [b"PUBLISH", self.key(), b"m"],
            [b"PUBSUB", b"SHARDNUMSUB", self.key()], [b"SPUBLISH", self.key(), b"m"],
        ))  # fmt: skip

    def refused(self) -> list[bytes]:
        rng = self.rng
        return [b"CLUSTER", *rng.choice((
            [b"FORGET", rng.choice((ME, b"nobody"))], [b"FLUSHSLOTS", b"x"],
            [b"REPLICATE", rng.choice((ME, b"nobody"))], [b"RESET", b"NOSUCH"],
            [b"FAILOVER", b"NOSUCH"], [b"SET-CONFIG-EPOCH", rng.choice((b"5", b"-1", b"x"))],
            [b"MEET", b"nowhere", b"7000"], [b"MEET", b"127.0.0.1", b"0"],
            [b"RESET", b"HARD", b"x"], [b"KEYSLOT"],
        ))]  # fmt: skip

    def sort(self) -> list[bytes]:
        key, pattern = self.key(), self.rng.choice((b"w_*", b"{a}w_*", b"nosort", b"{l}*"))
        return self.rng.choice((
            [b"SORT", key, b"BY", pattern], [b"SORT", key, b"GET", pattern],
            [b"SORT_RO", key, b"ALPHA"], [b"SORT", key, b"STORE", self.key()],
        ))  # fmt: skip

    def migrate(self) -> list[bytes]:
        rng, port = self.rng, b"%d" % self.closed_port
        many = [b"", b"0", b"100", b"KEYS", *self.keys()]
        one = rng.choice((many, [self.key(), b"0", b"100"], [self.key(), b"0", b"x"]))
        return [b"MIGRATE", b"127.0.0.1", port, *one]

    def move(self) -> list[bytes]:
        """Whole slots, to nodes that nobody can reach; from there only what is refused."""
        rng, slot = self.rng, self.slot()
        ranges = rng.choice((
            [slot, slot], [slot, slot], [slot, slot], [slot, self.slot()], [b"7", b"8"], [slot],
            [b"7", b"7", b"7", b"8"], [], [b"x", slot], [slot, b"x"],
        ))  # fmt: skip
        node = [rng.choice((b"NODE", b"NODE", b"NODE", b"node", b"FOO")), self.node()]
        name = rng.choice((b"q" * 40, b"q"))
        establish = [b"ESTABLISH", b"SOURCE", self.node(), b"NAME", name]
        return [b"CLUSTER", *rng.choice((
            [b"MIGRATESLOTS", b"SLOTSRANGE", *ranges, *node],
            [b"MIGRATESLOTS", b"SLOTSRANGE", *ranges, *node],
            [b"MIGRATESLOTS", b"SLOTSRANGE", *ranges, *node, b"SLOTSRANGE", slot, slot, *node],
            [b"MIGRATESLOTS", b"SLOTSRANGE", *ranges, *node, b"FOO"],
            [b"MIGRATESLOTS", b"FOO", *ranges, *node], [b"GETSLOTMIGRATIONS"],
            [b"GETSLOTMIGRATIONS", b"x"], [b"CANCELSLOTMIGRATIONS"],
            [b"SYNCSLOTS", rng.choice((b"ACK", b"PAUSED", b"FINISH", b"request-pause", b"x"))],
            establish, [*establish, b"SLOTSRANGE"], [*establish, b"SLOTSRANGE", slot],
            [*establish, b"SLOTSRANGE", b"9", b"8"], [*establish, b"FOO", b"x"],
        ))]  # fmt: skip

    def scan(self) -> list[bytes]:
        """CLUSTERSCAN, with pages that have room for all there is."""
        rng, tag = self.rng, tag_for(int(slot_of(self.rng.choice(TAGS))))
        cursor = rng.choice((
            b"0", b"0-{%b}-0" % tag, b"0-{%b}-0" % tag, b"0-{%b}-0" % tag, b"zz-{%b}- 7" % tag,
            b"-{%b}-18446744073709551615" % tag, b"0-{%b}-0x" % tag, b"0-{%b}--1" % tag, b"00",
            b"{%b}-0" % tag, b"0-{%b}-" % tag, b"0{%b}-0" % tag, b"0-0-{%b}-0" % tag,
            b"x{%b}-{%b}-0" % (tag, tag_for(7)),
        ))  # fmt: skip
        options: list[list[bytes]] = [
            [], [], [b"SLOT", self.slot()], [b"MATCH", self.key()], [b"MATCH", b"{l}*"],
            [b"MATCH", b"*1"], [b"TYPE", rng.choice((b"string", b"HASH", b"nosuch"))],
            [b"COUNT", rng.choice((b"0", b"x", b"-1"))], [b"NOVALUES"], [b"NOSUCH"], [b"SLOT"],
        ]  # fmt: skip
        words = [word for option in rng.choices(options, k=2) for word in option]
        return [b"CLUSTERSCAN", cursor, b"COUNT", b"1000", *words]


# ------------------------------------------------------------------------------------- side by side


@dataclass
class Tally:
    """What a run came to.

    Attributes:
        compared: How many replies.
        codes: How often each kind of reply was ours: its error code, or its first byte.
        explained: How often each known difference was met.
        wrong: What differed otherwise, each with the command before it.
    """

    compared: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Pair:
    """Our node and a real one."""

    def __init__(self, server: Server, conf: bytes, tally: Tally) -> None:
        self.server = server
        self.theirs = server.connect()
        view = read(conf, int(time.time() * 1000))
        assert view is not None
        view.myself.port = server.port
        self.runner = WorkerRunner()
        self.engine = Engine(WallClock(), scripts=self.runner)
        self.port = NodePort(self.engine, view, Random(1), lambda text, fsync: None)
        self.port.carry = self._hang_up
        self.engine.state.courier = SocketCourier(self.engine.clock)
        row = parameter("cluster-node-timeout")
        assert row is not None
        self.engine.state.configure(row, row.read(NEVER_MS.decode()))
        self.client, self.watcher = self.engine.connect(), self.engine.connect()
        self.theirs_aside = server.connect()
        self.tally = tally
        self.before: list[list[bytes]] = []

    def _hang_up(self) -> None:
        wanted, self.port.node.outbox[:] = list(self.port.node.outbox), []
        for each in wanted:
            if isinstance(each, Connect):
                self.port.node.closed(each.link)
            elif isinstance(each, Dial):
                self.port.moves.lost(each.job)
        self.port.node.outbox.clear()  # what hangs up on nobody

    def settle(self) -> None:
        """Let both be as they will be: a primary takes no commands in its first two seconds.

        Where a slot is nobody's it is never well, so for a moment that must not matter.
        """
        for whole in (b"no", b"yes"):
            self._aside(b"CONFIG", b"SET", b"cluster-require-full-coverage", whole)
            well = whole == b"no" or None not in self.port.view.owners
            self._wait(lambda well=well: self._well() == (well, well))

    def look_again(self) -> None:
        """Let both see to their health, as they do with their timers."""
        runs = self.port.view.cron_runs
        self._wait(lambda: self.port.view.cron_runs > runs)
        self._wait(lambda: len(set(self._well())) == 1)

    def _well(self) -> tuple[bool, bool]:
        """Whether ours and theirs find the cluster well."""
        ours, theirs = self._aside(b"CLUSTER", b"INFO")
        return b"cluster_state:ok" in ours, b"cluster_state:ok" in theirs

    def _aside(self, *argv: bytes) -> tuple[bytes, bytes]:
        """What both say to somebody else: what is compared is not to be disturbed."""
        return self._run_as(self.watcher, list(argv)), self.theirs_aside.raw(*argv)

    def _wait(self, holds: Callable[[], bool]) -> None:
        """Until something holds; who never comes to agree is found by what comes after."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds() and time.monotonic() < deadline:
            self.engine.tick()
            time.sleep(POLL_SECONDS)

    def ours(self, argv: list[bytes]) -> bytes:
        return self._run_as(self.client, argv)

    def _run_as(self, client: Client, argv: list[bytes]) -> bytes:
        self.engine.execute(client, list(argv))
        self.engine.before_sleep()
        replies = client.take()
        return b"".join(encode(reply, 2) for reply in replies)

    def run(self, argv: list[bytes]) -> None:
        """Run a command on both sides, and compare."""
        self.before = [*self.before[-11:], argv]
        theirs, ours = self.theirs.raw(*argv), self.ours(argv)
        self.tally.compared += 1
        code = ours[1:20].split(b" ")[0] if ours[:1] == b"-" else ours[:1]
        self.tally.codes[code.decode()] += 1
        if ours != theirs and masked(argv, ours) != masked(argv, theirs):
            reason = explain(self.server, argv, ours, theirs)
            if reason:
                self.tally.explained[reason] += 1
            else:
                self._report(argv, ours, theirs)

    def _report(self, argv: list[bytes], ours: bytes, theirs: bytes) -> None:
        story = "\n".join(f"      {b' '.join(each)!r}" for each in self.before[:-1])
        self.tally.wrong.append(
            f"{story}\n    > {b' '.join(argv)!r}\n    ours   {ours!r}\n    theirs {theirs!r}"
        )

    def close(self) -> None:
        self.theirs.close()
        self.theirs_aside.close()
        self.runner.close()


_TIMES: Final = re.compile(rb" (?:\d+) (?:\d+) (\d+) (?:dis)?connected")
_SLOTS: Final = b"*4\r\n$5\r\nslots"
_SHARD_ID: Final = re.compile(rb"\$2\r\nid\r\n\$40\r\n[^\r]{40}\r\n(\*|$)")
"""Valkey tells it, behind the nodes of a shard."""
_JOB_NAMES: Final = re.compile(rb"(name\r\n\$40\r\n)[0-9a-f]{40}")
_CALLING: Final = re.compile(
    rb"\$10\r\nconnecting\r\n\$7\r\nmessage\r\n\$0\r\n\r\n"
    rb"|\$6\r\nfailed\r\n\$7\r\nmessage\r\n\$52\r\nUnable to connect to target node: [^\r]*\r\n"
)
"""Nobody is there; a node knows it once its timer came round."""
_STATISTICS: Final = re.compile(rb"cluster_(?:stats|nodes|voting)_[^\r]*\r\n")


def masked(argv: list[bytes], reply: bytes) -> bytes | list[bytes]:
    """A reply without what no two servers agree on: times, statistics, the order of a table."""
    words = [word.upper() for word in argv[:2]]
    if words in ([b"CLUSTER", b"NODES"], [b"CLUSTER", b"REPLICAS"]):
        return sorted(_TIMES.sub(rb" 0 0 \1 -", reply).split(b"\n")[1:])
    if words == [b"CLUSTER", b"INFO"]:
        return _STATISTICS.sub(b"", reply).partition(b"\r\n")[2]
    if words == [b"CLUSTER", b"SHARDS"]:
        return sorted(_SHARD_ID.sub(rb"\1", reply.replace(b"*6\r\n$5\r\nslots", _SLOTS)).split())
    if words == [b"CLUSTER", b"GETSLOTMIGRATIONS"]:
        nameless = _JOB_NAMES.sub(rb"\1", re.sub(rb":[1-9]\d{9}\r\n", b"", reply))
        return _CALLING.sub(b"calling ", nameless)
    if words[0] == b"CLUSTERSCAN":
        return sorted(reply.split(b"\r\n"))
    if words == [b"CLUSTER", b"LINKS"]:  # to nobody: each is there only until it is refused
        return reply[:1]
    return reply.partition(b" script: ")[0]


def explain(server: Server, argv: list[bytes], ours: bytes, theirs: bytes) -> str:
    """Why a difference is none, in a few words; "" if it is one."""
    known = _OF_REDIS_7_0 if server.name == "redis" else _OF_VALKEY
    for reason, mine, other in known:
        if re.search(mine, ours) and re.search(other, theirs):
            return reason
    words = [word.upper() for word in argv[:2]]
    if words == [b"CLUSTER", b"GETKEYSINSLOT"] and server.name == "valkey":
        same = ours.count(b"$") == theirs.count(b"$")
        return "Valkey names keys by the buckets of a table" if same else ""
    return ""


_OF_REDIS_7_0: Final = (
    ("7.0 denies SORT any pattern", rb"^",
     rb"option of SORT denied in Cluster mode\."),
    ("7.0 says TCP port", rb"Invalid b", rb"Invalid TCP b"),
)  # fmt: skip
_OF_VALKEY: Final = (
    ("Valkey has a setting for several databases",
     rb"not allowed in cluster mode", rb"DB index is out of range"),
    ("Valkey says primary", rb"master", rb"primar"),
    ("Valkey's scripts have other words, and ask for slots first", rb"^-|ERR Script",
     rb"ERR (?:Script a|A)ttempted|Can not execute a command"),
    ("Valkey looks for keys of open slots at EXEC", rb"^-(?:ASK|TRYAGAIN)", rb"^\+QUEUED"),
    ("Valkey looks for keys of open slots at EXEC", rb"^-EXECABORT",
     rb"^-(?:ASK|TRYAGAIN|CROSSSLOT)"),
    ("Valkey aborts EXEC before it looks where it belongs", rb"^-", rb"^-EXECABORT"),
    ("Valkey looks first whether keys are in one slot", rb"^-CLUSTERDOWN Hash slot not served",
     rb"^-CROSSSLOT"),
    ("Valkey's ports have limits of their own", rb"Invalid node address",
     rb"Port number is out of range"),
    ("Valkey's ports have limits of their own", rb"Invalid node address",
     rb"Cluster bus port number is out of range"),
)  # fmt: skip


@contextmanager
def real_node(name: str, conf: bytes, bus_port: int) -> Iterator[Server | None]:
    """A real server that begins with that file."""
    binary = valkey_binary() if name == "valkey" else redis_binary()
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nodes.conf"
        path.write_bytes(conf)
        with running(
            binary, "--cluster-enabled", "yes", "--cluster-config-file",
            str(path), "--cluster-port", str(bus_port), "--cluster-node-timeout",
            NEVER_MS.decode(),
        ) as server:  # fmt: skip
            yield server


def compare(
    name: str, count: int, seed: int = 1, role: str = "primary", gaps: bool = False
) -> Tally | None:
    """Run `count` commands on both sides; None if there is no such server here."""
    rng = Random(f"{seed} {role} {gaps}")
    tally = Tally()
    bus_port = free_port()
    conf = first_conf(rng, role, gaps, bus_port)
    if name == "valkey":  # which does not expect to be alone in no shard, and dies of it
        conf = _with_shards(conf)
    with real_node(name, conf, bus_port) as server:
        if server is None:
            return None
        pair = Pair(server, conf, tally)
        try:
            _go(pair, rng, role, count)
        finally:
            pair.close()
    return tally


def _with_shards(conf: bytes) -> bytes:
    view = read(conf, 0)
    assert view is not None
    return write(view)


def _go(pair: Pair, rng: Random, role: str, count: int) -> None:
    pair.settle()
    draw = Draw(rng, pair.server.name, role, free_port())
    for at in range(count):
        argv = draw()
        pair.run(argv)
        if argv[0] == b"CONFIG":
            pair.look_again()
        elif at % 20 == 0:
            pair.engine.tick()
        if len(pair.tally.wrong) >= ENOUGH:
            return


def compare_these(name: str, lines: list[str], role: str = "primary") -> Tally | None:
    """Run certain commands on both sides; None if there is no such server here."""
    bus_port = free_port()
    conf = _with_shards(first_conf(Random(1), role, True, bus_port))
    with real_node(name, conf, bus_port) as server:
        if server is None:
            return None
        pair = Pair(server, conf, tally := Tally())
        try:
            pair.settle()
            for line in lines:
                pair.run(line.encode().split())
                pair.engine.tick()
        finally:
            pair.close()
    return tally


def compare_lines(name: str, lines: list[str]) -> list[str] | None:
    """What a real node says to these; None if there is no such server here."""
    bus_port = free_port()
    conf = _with_shards(first_conf(Random(1), "primary", False, bus_port))
    with real_node(name, conf, bus_port) as server:
        if server is None:
            return None
        with server.connect() as client:
            return [str(client.run(*line.encode().split())) for line in lines]


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=("valkey", "redis"), default="redis")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=("primary", "replica", "both"), default="both")
    options = parser.parse_args()
    roles = ("primary", "replica") if options.role == "both" else (options.role,)
    runs = [(role, gaps) for role in roles for gaps in (False, True)]
    wrong = 0
    for role, gaps in runs:
        tally = compare(options.server, options.count // len(runs), options.seed, role, gaps)
        if tally is None:
            print(f"There is no {options.server} server here to compare with.")
            return 2
        wrong += len(tally.wrong)
        print(f"{tally.compared} commands to a {role}{' with gaps' if gaps else ''} compared with"
              f" {options.server}: {len(tally.wrong)} differ")  # fmt: skip
        print("  replies  ", ", ".join(f"{code} {n}" for code, n in tally.codes.most_common()))
        for reason, times in tally.explained.most_common():
            print(f"  {times:6} {reason}")
        for report in tally.wrong:
            print(report)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
