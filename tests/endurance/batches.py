"""Batches in which those who wait are served, killed and woken, all before anything is written.

A client that has been handed an element and is killed in the same batch never sees it, and the
element is gone with it: that is what "at most once" means, on a real server too. Nothing else is
lost, nothing comes twice, and whoever is next in turn gets what was not handed out.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

from tests.endurance.crowds import element_of, until_clients
from tests.oracle.servers import Connection, pack

WAITS = (
    [b"BLPOP", b"q", b"0"], [b"BLMPOP", b"0", b"1", b"q", b"LEFT"],
    [b"BLMOVE", b"q", b"taken", b"LEFT", b"RIGHT", b"0"], [b"BRPOPLPUSH", b"q", b"taken", b"0"],
)  # fmt: skip
Call = list[bytes]


@dataclass
class Ending:
    """How a batch ended.

    Attributes:
        told: Its replies.
        got: By client: its element, "killed", "woken", or "waits".
        left, taken: What is in the two lists.
    """

    told: list[str]
    got: list[str]
    left: list[bytes]
    taken: list[bytes]

    def elements(self) -> list[str]:
        """All that somebody has got, or can get."""
        seen = [each for each in self.got if each.isdigit()]
        return seen + [each.decode() for each in self.left]


def compare(port: int, other: int, seeds: range) -> set[str]:
    """Assert that batches end alike on two servers, nothing twice; all the ends there were.

    "lost" among them: an element that was moved aside for somebody who did not live to see it.
    """
    ends: set[str] = set()
    for seed in seeds:
        ours, theirs = ending(port, seed), ending(other, seed)
        assert ours == theirs, f"seed {seed}: {ours} instead of {theirs}"
        found = ours.elements()
        assert len(found) == len(set(found)), f"seed {seed}: {ours}"
        ends |= set(ours.got)
        if any(each.decode() not in found for each in ours.taken):
            ends.add("lost")
    return ends


def ending(port: int, seed: int) -> Ending:
    """Let clients wait, send one batch, and see what has become of each of them."""
    rng = Random(seed)
    count = rng.randint(2, 8)
    with Connection(port) as control, ExitStack() as stack:
        control.run(b"FLUSHALL")
        until_clients(control, 1)
        waiting, ids = [], []
        for number in range(count):
            client = stack.enter_context(Connection(port))
            ids.append(client.run(b"CLIENT", b"ID"))
            client.sock.sendall(pack(rng.choice(WAITS)))
            until_clients(control, number + 1, b"b")
            waiting.append(client)
        batch, killed = batch_of(rng, ids)
        told = [str(reply) for reply in control.pipeline(batch)]
        until_clients(control, 1 + count - len(killed))
        got = [
            "killed" if at in killed else fate(control, client, ids[at])
            for at, client in enumerate(waiting)
        ]
        assert all(last_words(waiting[at]) == b"" for at in killed)
        left, taken = control.pipeline([[b"LRANGE", key, b"0", b"-1"] for key in (b"q", b"taken")])
        return Ending(told, got, left, taken)


def batch_of(rng: Random, ids: list[int]) -> tuple[list[Call], set[int]]:
    """Pushes, kills and wakings of the clients with these ids; which of those are killed."""
    batch: list[Call] = []
    killed: set[int] = set()
    for element in range(rng.randint(3, 12)):
        at = rng.randrange(len(ids))
        word = b"%d" % element
        match rng.randrange(6):
            case 0 | 1:
                some = [[b"RPUSH", b"q", word]]
            case 2:
                some = [[b"EVAL", b"return redis.call('RPUSH', 'q', ARGV[1])", b"0", word]]
            case 3:
                how = rng.choice((b"TIMEOUT", b"ERROR"))
                some = [[b"CLIENT", b"UNBLOCK", b"%d" % ids[at], how]]
            case 4 if at not in killed:
                killed.add(at)
                some = [[b"CLIENT", b"KILL", b"ID", b"%d" % ids[at]]]
            case _:
                some = [[b"RPUSH", b"q", word], [b"LPOP", b"q"]]
        batch += [[b"MULTI"], *some, [b"EXEC"]] if rng.random() < 0.4 else some
    return batch, killed


def fate(control: Connection, client: Connection, number: int) -> str:
    """What has become of one that lives: woken by us, it was waiting until now."""
    was_waiting = control.run(b"CLIENT", b"UNBLOCK", b"%d" % number) == 1
    reply = client.reply()
    if was_waiting:
        return "waits"
    if reply is None or isinstance(reply, Exception):
        return "woken"
    return (reply if isinstance(reply, bytes) else element_of(reply)).decode()


def last_words(client: Connection) -> bytes:
    """What one that was killed still got."""
    client.sock.settimeout(10)
    try:
        return client.sock.recv(4096)
    except (TimeoutError, ConnectionError) as error:
        assert isinstance(error, ConnectionError)
        return b""
