"""What `redis-cli --cluster` says and does about half-moved slots, beside our coordinator.

The same three primaries twice: real servers, and simulated ones. Both are brought into the same
state, `fix` is run on both, and what is said is compared line by line, then where the keys are.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Protocol

from redlearn.cluster.coordinator import Fix
from redlearn.cluster.formation import Shape
from redlearn.cluster.simulator import Tell
from redlearn.resp.reply import Verbatim
from redlearn.slots import slot_of
from tests.cluster.halfway import finished, hire
from tests.cluster.nodes import cluster, until_agreed
from tests.oracle.servers import LOOPBACK, Connection, Server, free_port, running

PRIMARIES: Final = 3
PATIENCE_S: Final = 20.0
POLL_S: Final = 0.01
"""Between two looks: real nodes gossip by their own timers, and do not say when they are done."""

TAG: Final = b"{bar}"
SLOT: Final = b"%d" % slot_of(TAG)
KEYS: Final = 25
QUESTION: Final = re.compile(
    r"The following uncovered slots .*?\(type 'yes' to accept\): ", re.DOTALL
)
"""One that we do not ask: who says fix wants it."""

COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


class Side(Protocol):
    """Three primaries, 0 to 2."""

    ids: list[bytes]

    def run(self, number: int, *argv: bytes) -> Any:
        """What a node answers."""
        ...

    def fix(self) -> list[str]:
        """Have it fixed; what was said, nodes called A, B and C."""
        ...

    def wait(self, holds: Callable[[], bool]) -> None:
        """Until something holds."""
        ...

    def port(self, number: int) -> bytes:
        """Where a node listens."""
        ...


class Real:
    """Real servers and the real tool."""

    def __init__(self, servers: list[Server], cli: str) -> None:
        self.servers, self.cli = servers, cli
        self.links: list[Connection] = [server.connect() for server in servers]
        self.ids: list[bytes] = [link.run(b"CLUSTER", b"MYID") for link in self.links]

    def run(self, number: int, *argv: bytes) -> Any:
        return self.links[number].run(*argv)

    def fix(self) -> list[str]:
        at = f"{LOOPBACK}:{self.servers[0].port}"
        done = subprocess.run(
            [self.cli, "--cluster", "fix", at],
            capture_output=True, text=True, timeout=60, input="yes\nyes\n",
        )  # fmt: skip
        text = QUESTION.sub("", COLOURS.sub("", done.stdout))
        for letter, server in zip("ABC", self.servers, strict=True):
            text = text.replace(f"{LOOPBACK}:{server.port}", letter)
        return text.splitlines()

    def wait(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, self.links[0].run(b"CLUSTER", b"NODES")
            time.sleep(POLL_S)

    def port(self, number: int) -> bytes:
        return b"%d" % self.servers[number].port


class Simulated:
    """Simulated nodes and our coordinator."""

    def __init__(self) -> None:
        self.simulator = cluster(1, PRIMARIES, 0, 2_000)
        self.names = list(self.simulator.hosts)
        for name in self.names:
            self.simulator.member(name).engine.state.config.set("enable-debug-command", "yes")
        self.ids: list[bytes] = [self.run(n, b"CLUSTER", b"MYID") for n in range(PRIMARIES)]
        self.times = 0

    def run(self, number: int, *argv: bytes) -> Any:
        self.simulator.act(Tell(self.names[number], lambda server: server.run(*argv)))
        said: Any = self.simulator.answer
        return said.data if isinstance(said, Verbatim) else said

    def fix(self) -> list[str]:
        self.times += 1
        name = f"coordinator {self.times}"
        hire(self.simulator, name, Fix(), seed=self.names[0])
        text = "\n".join(finished(self.simulator, name).said)
        for letter, port in zip("ABC", self.names, strict=True):
            text = text.replace(f"{LOOPBACK}:{port}", letter)
        return text.splitlines()

    def wait(self, holds: Callable[[], bool]) -> None:
        until_agreed(self.simulator)
        assert self.simulator.run_while(lambda: not holds(), 20_000)

    def port(self, number: int) -> bytes:
        return self.names[number].encode()


@contextmanager
def real(binary: str) -> Iterator[Real]:
    """Three primaries that have met, all slots shared out."""
    cli = shutil.which("redis-cli")
    assert cli is not None
    with ExitStack() as stack:
        ports = [free_port() for _ in range(PRIMARIES)]
        side = Real([
            stack.enter_context(running(
                binary, "--cluster-enabled", "yes", "--cluster-port", str(port),
                "--cluster-node-timeout", "2000", "--enable-debug-command", "yes",
            ))
            for port in ports
        ], cli)  # fmt: skip
        for number in range(PRIMARIES):
            slots = Shape(PRIMARIES, 0).slots_of(number)
            side.run(number, b"CLUSTER", b"ADDSLOTSRANGE", b"%d" % slots[0], b"%d" % slots[-1])
            side.run(number, b"CLUSTER", b"SET-CONFIG-EPOCH", b"%d" % (number + 1))
        for number in range(1, PRIMARIES):
            at = (LOOPBACK.encode(), side.port(number), b"%d" % ports[number])
            side.run(0, b"CLUSTER", b"MEET", *at)
        side.wait(lambda: all(_well(side, number) for number in range(PRIMARIES)))
        yield side


def _well(side: Side, number: int) -> bool:
    info = bytes(side.run(number, b"CLUSTER", b"INFO"))
    return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info


# ---- states ----


def begin(side: Side) -> None:
    """The slot is A's and closed, and has its keys; nobody else has any."""
    everybody = range(PRIMARIES)
    for number in everybody:
        side.run(number, b"FLUSHALL")
        set_slot(side, number, b"STABLE")
    if owner(side, 0) != side.ids[0]:
        set_slot(side, 0, b"IMPORTING", 1)
        set_slot(side, 0, b"NODE", 0)
    for number in everybody:
        set_slot(side, number, b"NODE", 0)
    side.wait(lambda: all(owner(side, n) == side.ids[0] and _well(side, n) for n in everybody))
    for number in range(KEYS):
        said = side.run(0, b"SET", b"%b:%d" % (TAG, number), b"v")
        assert said == b"OK" or "OK" in str(said), said


def owner(side: Side, number: int) -> bytes:
    """Whose the slot is, as a node sees it."""
    for first, last, node, *_ in side.run(number, b"CLUSTER", b"SLOTS"):
        if first <= int(SLOT) <= last:
            return bytes(node[2])
    return b""


def set_slot(side: Side, number: int, how: bytes, other: int | None = None) -> None:
    node = () if other is None else (side.ids[other],)
    side.run(number, b"CLUSTER", b"SETSLOT", SLOT, how, *node)


def both_open(side: Side) -> None:
    set_slot(side, 1, b"IMPORTING", 0)
    set_slot(side, 0, b"MIGRATING", 1)


def move(side: Side, keys: range) -> None:
    named = [b"%b:%d" % (TAG, number) for number in keys]
    at = (LOOPBACK.encode(), side.port(1), b"", b"0", b"1000")
    said = side.run(0, b"MIGRATE", *at, b"KEYS", *named)
    assert "OK" in str(said), said


def only_importing(side: Side) -> None:
    set_slot(side, 1, b"IMPORTING", 0)


def only_migrating(side: Side) -> None:
    set_slot(side, 0, b"MIGRATING", 1)


def a_few_keys_moved(side: Side) -> None:
    both_open(side)
    move(side, range(5))


def most_keys_moved(side: Side) -> None:
    both_open(side)
    move(side, range(20))


def all_keys_moved(side: Side) -> None:
    both_open(side)
    move(side, range(KEYS))


def target_told(side: Side) -> None:
    all_keys_moved(side)
    set_slot(side, 1, b"NODE", 1)
    side.wait(lambda: owner(side, 0) == owner(side, 2) == side.ids[1])


def key_at_both(side: Side) -> None:
    both_open(side)
    side.run(1, b"ASKING")
    side.run(1, b"SET", TAG + b":0", b"v")


def other_value_at_both(side: Side) -> None:
    both_open(side)
    side.run(1, b"ASKING")
    side.run(1, b"SET", TAG + b":0", b"another")


def two_importing(side: Side) -> None:
    both_open(side)
    set_slot(side, 2, b"IMPORTING", 0)


def meant_for_nobody(side: Side) -> None:
    set_slot(side, 0, b"MIGRATING", 1)
    set_slot(side, 2, b"IMPORTING", 0)


def nobodys_with_keys(side: Side) -> None:
    for number in range(PRIMARIES):
        side.run(number, b"CLUSTER", b"DELSLOTS", SLOT)


STATES: Final[tuple[Callable[[Side], None], ...]] = (
    only_importing, only_migrating, both_open, a_few_keys_moved, most_keys_moved, all_keys_moved,
    target_told, key_at_both, other_value_at_both, two_importing, meant_for_nobody,
    nobodys_with_keys,
)  # fmt: skip


def outcome(side: Side, state: Callable[[Side], None]) -> tuple[list[str], list[int], list[int]]:
    """What was said about a state, how many keys each node has then, and whose the slot is."""
    begin(side)
    state(side)
    said = side.fix()
    everybody = range(PRIMARIES)
    side.wait(lambda: b"" != owner(side, 0) == owner(side, 1) == owner(side, 2))
    begins = next(at for at, text in enumerate(said) if "Check for open slots" in text)
    keys = [int(side.run(n, b"CLUSTER", b"COUNTKEYSINSLOT", SLOT)) for n in everybody]
    owners = [side.ids.index(owner(side, n)) for n in everybody]
    return [plain(text) for text in said[begins:] if text.strip()], keys, owners


def plain(text: str) -> str:
    """A line without what may differ: the order of nodes, blanks at the end."""
    head, sign, names = text.rstrip().partition(" in: ")
    return f"{head}{sign}{','.join(sorted(names.split(',')))}" if sign else head
