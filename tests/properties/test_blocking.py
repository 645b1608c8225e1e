"""Many clients that wait: each element goes to one of them, and who came first is first."""

from __future__ import annotations

from collections import deque
from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine import blocking
from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.errors import UNBLOCKED
from redlearn.resp.reply import NULL_ARRAY, Failure, Reply

KEYS = [b"k%d" % number for number in range(7)]


class Queue:
    """A model: who waits for which keys, in the order of their coming."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, tuple[bytes, ...], int]] = deque()

    def leave(self, client: int) -> None:
        self.waiting = deque(row for row in self.waiting if row[0] != client)

    def first_for(self, key: bytes) -> int | None:
        return next((client for client, keys, _ in self.waiting if key in keys), None)

    def overdue(self, now_ms: int) -> list[int]:
        rows = [
            (until, n, row[0])
            for n, row in enumerate(self.waiting)
            if 0 < (until := row[2]) <= now_ms
        ]
        return [client for _, _, client in sorted(rows)]


class Crowd:
    """Clients of one engine, and what each must have got."""

    def __init__(self, seed: int, clients: int) -> None:
        self.rng = Random(seed)
        self.clock = VirtualClock(1_000_000)
        self.engine = Engine(self.clock, seed=seed)
        self.pusher = self.engine.connect()
        self.queue = Queue()
        self.clients: dict[int, Client] = {}
        self.expected: dict[int, list[Reply]] = {}
        self.kept: dict[bytes, list[bytes]] = {key: [] for key in KEYS}
        for _ in range(clients):
            self.come()

    def come(self) -> None:
        client = self.engine.connect()
        self.clients[client.id] = client
        self.expected[client.id] = []
        self.wait(client)

    def wait(self, client: Client) -> None:
        """Send a BLPOP: it gets an element that was left over, or waits."""
        keys = self.rng.sample(KEYS, self.rng.randrange(1, 4))
        seconds = self.rng.choice((0, 0, 1, 2, 5))
        self.engine.execute(client, [b"BLPOP", *keys, b"%d" % seconds])
        for key in keys:
            if self.kept[key]:
                self.expected[client.id].append([key, self.kept[key].pop(0)])
                return
        until_ms = self.clock.ms + seconds * 1000 if seconds else 0
        self.queue.waiting.append((client.id, tuple(keys), until_ms))

    def push(self, element: bytes) -> None:
        key = self.rng.choice(KEYS)
        self.engine.execute(self.pusher, [b"RPUSH", key, element])
        client = self.queue.first_for(key)
        if client is None:
            self.kept[key].append(element)
            return
        self.queue.leave(client)
        self.expected[client].append([key, element])

    def kill(self) -> None:
        client = self.clients.pop(self.rng.choice(list(self.clients)))
        self.queue.leave(client.id)
        self.expect(client)
        self.engine.disconnect(client)
        self.come()

    def unblock(self) -> None:
        client = self.clients[self.rng.choice(list(self.clients))]
        error = self.rng.random() < 0.5
        if blocking.unblock(self.engine.state, client, error=error):
            self.expected[client.id].append(Failure(UNBLOCKED) if error else NULL_ARRAY)
            self.queue.leave(client.id)
            self.wait(client)

    def pass_time(self) -> None:
        self.clock.advance(self.rng.randrange(300))
        for client in self.queue.overdue(self.clock.ms):
            self.expected[client].append(NULL_ARRAY)
            self.queue.leave(client)
        self.engine.tick()

    def come_back(self) -> None:
        """Those who were served wait again."""
        for client in self.clients.values():
            if client.wait is None:
                self.wait(client)

    def expect(self, client: Client) -> None:
        assert client.take() == self.expected.pop(client.id)

    def check(self) -> None:
        self.engine.check()
        assert {n for n, client in self.clients.items() if client.wait} == {
            row[0] for row in self.queue.waiting
        }
        for client in self.clients.values():
            self.expect(client)
            self.expected[client.id] = []


def run(seed: int, clients: int, pushes: int) -> None:
    crowd = Crowd(seed, clients)
    for number in range(pushes):
        crowd.push(b"%d" % number)
        match crowd.rng.randrange(12):
            case 0:
                crowd.kill()
            case 1:
                crowd.unblock()
            case 2:
                crowd.pass_time()
            case 3 if number % 50 == 3:
                crowd.come_back()
    crowd.check()


@pytest.mark.parametrize("seed", range(12))
def test_each_element_goes_to_whom_the_model_says(seed: int) -> None:
    run(seed, clients=30, pushes=150)


@pytest.mark.parametrize("seed", range(2))
def test_a_thousand_clients_and_a_thousand_pushes(seed: int) -> None:
    run(seed, clients=1000, pushes=1000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(50))
def test_fifty_rounds_of_a_thousand(seed: int) -> None:
    run(seed + 100, clients=1000, pushes=1000)
