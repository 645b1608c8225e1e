"""A coordinator between a test and nodes that only the test plays."""

from __future__ import annotations

from redlearn.cluster.client import Address
from redlearn.cluster.coordinator import Coordinator, Fix, Reshard, Work
from redlearn.cluster.orders import Heed
from redlearn.resp.reply import Failure, Reply, Status

HOST = "127.0.0.1"
IDS = {7001: b"a" * 40, 7002: b"b" * 40, 7003: b"c" * 40}
SLOTS = {7001: "0-5460", 7002: "5461-10922", 7003: "10923-16383"}
OK = Status("OK")


def at(port: int) -> Address:
    return Address(HOST, port)


class Nodes:
    """What three primaries say.

    Attributes:
        slots: What each says it serves, with what it has open.
        keys: How many keys of a slot each has.
        silent: Those that do not answer.
        heard: Orders, as text, without those that only look.
    """

    def __init__(self, work: Work, **slots: str) -> None:
        self.slots = {**SLOTS, **{int(name[1:]): text for name, text in slots.items()}}
        self.keys: dict[int, int] = {}
        self.silent: set[int] = set()
        self.failed: set[int] = set()
        self.refusals: dict[bytes, str] = {}
        self.heard: list[str] = []
        self.digests: dict[int, bytes] = {}
        self.coordinator = Coordinator(at(7001), work)

    def nodes(self, asked: int) -> bytes:
        rows = []
        for port, node in IDS.items():
            flags = "myself,master" if port == asked else "master"
            slots = " ".join(w for w in self.slots[port].split() if w[0] != "[" or port == asked)
            failed = ",fail" if port in self.failed else ""
            rows.append(
                f"{node.decode()} {HOST}:{port}@{port + 10000} {flags}{failed} - 0 0 1 connected"
                f" {slots}\n".replace(" \n", "\n")
            )
        return "".join(rows).encode()

    def reply(self, port: int, argv: tuple[bytes, ...]) -> Reply:
        name = argv[1] if argv[0] == b"CLUSTER" else argv[0]
        if name in self.refusals:
            return Failure(self.refusals.pop(name))
        match name:
            case b"NODES":
                return self.nodes(port)
            case b"COUNTKEYSINSLOT":
                return self.keys.get(port, 0)
            case b"GETKEYSINSLOT":
                return [b"k%d" % n for n in range(min(self.keys.get(port, 0), 10))]
            case b"MIGRATE":
                moved = len(argv) - argv.index(b"KEYS") - 1
                self.keys[port] -= moved
                target = int(argv[2])
                self.keys[target] = self.keys.get(target, 0) + moved
            case b"DEBUG":
                return [self.digests[port]] * (len(argv) - 2)
            case b"EXEC":
                return [OK, OK, Status("BUMPED 9")]
        return OK

    def step(self) -> None:
        """One order."""
        order = self.coordinator.next
        assert order is not None
        if order.heed not in (Heed.FRIENDS, Heed.PRIMARY, Heed.REPLICA):
            self.heard.append(str(order).replace(f"{HOST}:", ""))
        if order.to.port in self.silent:
            self.coordinator.lost()
        else:
            replies = [self.reply(order.to.port, argv) for argv in order.commands]
            self.coordinator.answered(replies[-1])

    def run(self) -> Coordinator:
        """All orders."""
        while self.coordinator.next is not None:
            self.step()
        return self.coordinator


def reshard(*slots: int) -> Reshard:
    return Reshard(slots, at(7001), at(7002))


def orders(nodes: Nodes) -> list[str]:
    """What was said to whom, ids as letters."""
    heard = nodes.heard
    for node in IDS.values():
        heard = [text.replace(node.decode(), node[:1].decode().upper()) for text in heard]
    return [text.replace("CLUSTER ", "") for text in heard]


__all__ = ["Fix", "Nodes", "at", "orders", "reshard"]
