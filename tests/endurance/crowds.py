"""Many clients at once over real sockets: those who wait, who listen, and who die.

Nothing is slept for: what the server has noticed is asked of the server.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

from tests.clients.served import Served, serving
from tests.oracle.servers import LOOPBACK, Connection, pack

ASKED_AT_MOST = 2_000
WAITS = ([b"BLPOP", b"q", b"0"], [b"BLMPOP", b"0", b"1", b"q", b"LEFT"])


def until_clients(control: Connection, count: int, flag: bytes = b"") -> None:
    """Until so many clients are there, or so many with this flag in CLIENT LIST."""
    for _ in range(ASKED_AT_MOST):
        lines = control.run(b"CLIENT", b"LIST").splitlines()
        flags = [dict(word.split(b"=", 1) for word in line.split())[b"flags"] for line in lines]
        if sum(flag in each for each in flags) == count:
            return
    raise AssertionError(f"there are never {count} clients with {flag!r}")


def drop(client: Connection) -> None:
    """Hang up with a reset, as when a machine dies and comes back."""
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def element_of(reply: object) -> bytes:
    """What a pop gave, whichever command it was."""
    assert isinstance(reply, list), reply
    return bytes(reply[1][0] if isinstance(reply[1], list) else reply[1])


def served_in_turn(served: Served, count: int, seed: int) -> None:
    """Clients wait for one key; some hang up; pushes serve the others, in order, each once."""
    rng = Random(seed)
    with served.connect() as control, ExitStack() as stack:
        waiting: list[Connection] = []
        for _ in range(count):
            client = stack.enter_context(served.connect())
            client.run(b"PING")  # it has been let in
            client.sock.sendall(pack(rng.choice(WAITS)))
            waiting.append(client)
            control.run(b"PING")  # so that each is read before the next
        until_clients(control, count, b"b")
        for client in rng.sample(waiting, count // 10):
            waiting.remove(client)
            drop(client)
        until_clients(control, len(waiting), b"b")
        elements = [b"%d" % number for number in range(len(waiting))]
        _push(control, elements, rng)
        assert [element_of(client.reply()) for client in waiting] == elements
        assert control.run(b"EXISTS", b"q") == 0


def _push(control: Connection, elements: list[bytes], rng: Random) -> None:
    """One by one or in transactions: whoever waits is served in the same order."""
    left = list(elements)
    while left:
        count = rng.randint(1, 5)
        some, left = left[:count], left[count:]
        pushes = [[b"RPUSH", b"q", element] for element in some]
        if rng.random() < 0.3:
            pushes = [[b"MULTI"], *pushes, [b"EXEC"]]
        control.pipeline(pushes)


def killed_while_served(served: Served, count: int, seed: int) -> None:
    """The next in turn is killed just before something is pushed: it goes to who is after him."""
    rng = Random(seed)
    with served.connect() as control, ExitStack() as stack:
        calls: list[list[bytes]] = []
        survivors: list[Connection] = []
        for _ in range(count):
            client = stack.enter_context(served.connect())
            number = client.run(b"CLIENT", b"ID")
            client.sock.sendall(pack([b"BLPOP", b"q", b"0"]))
            control.run(b"PING")  # so that each is read before the next
            if rng.random() < 0.5:
                calls.append([b"CLIENT", b"KILL", b"ID", b"%d" % number])
            else:
                calls.append([b"RPUSH", b"q", b"%d" % len(survivors)])
                survivors.append(client)
        until_clients(control, count, b"b")
        control.pipeline(calls)
        elements = [b"%d" % number for number in range(len(survivors))]
        assert [element_of(client.reply()) for client in survivors] == elements
        until_clients(control, 1 + len(survivors))
        assert control.run(b"EXISTS", b"q") == 0


@dataclass(frozen=True)
class Flood:
    """How many messages each listener got in order, and whether the stalled one was cut off."""

    complete: int
    cut_off: bool


def flood(listeners: int, messages: int) -> Flood:
    """Messages for many listeners, one of whom never reads."""
    batch, size = 100, 1_000
    with serving("--client-output-buffer-limit", "pubsub 1mb 0 0") as served, ExitStack() as stack:
        control = stack.enter_context(served.connect())
        crowd = [stack.enter_context(served.connect()) for _ in range(listeners + 1)]
        for client in crowd:
            client.run(b"SUBSCRIBE", b"news")
        stalled = crowd.pop()
        stalled.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        complete = set(range(listeners))
        for first in range(0, messages, batch):
            words = [b"%d" % (first + n) + b" " * size for n in range(min(batch, messages - first))]
            control.pipeline([b"PUBLISH", b"news", word] for word in words)
            for number, client in enumerate(crowd):
                if [client.reply()[2] for _ in words] != words:
                    complete.discard(number)
        subscribers = control.run(b"PUBSUB", b"NUMSUB", b"news")[1]
        return Flood(len(complete), subscribers == listeners)


def killed_in_the_middle(served: Served, count: int) -> None:
    """A process with many connections dies by kill -9, in the middle of all it was doing."""
    with served.connect() as control:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.endurance.crowds", str(served.port), str(count)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            until_clients(control, count, b"b")
            process.kill()
        until_clients(control, 1)
        assert control.run(b"RPUSH", b"q", b"e") == 1  # nobody there to take it
        assert control.run(b"PUBLISH", b"news", b"m") == 0
        assert control.run(b"GET", b"half") is None


def main() -> None:
    """Be the process that dies: wait, listen, and be in the middle of commands."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    held = []
    for number in range(3 * count):
        sock = socket.create_connection((LOOPBACK, port))
        held.append(sock)
        if number % 3 == 0:
            sock.sendall(pack([b"BLPOP", b"q", b"0"]))
        elif number % 3 == 1:
            sock.sendall(pack([b"SUBSCRIBE", b"news"]))
            assert sock.recv(100)
        else:
            sock.sendall(pack([b"MULTI"]) + pack([b"SET", b"half", b"done"]) + b"*2\r\n$3\r\nGE")
            assert sock.recv(100)
    print("ready", flush=True)
    held[0].recv(1)  # which never comes


if __name__ == "__main__":
    main()
