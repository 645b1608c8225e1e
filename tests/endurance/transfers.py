"""Money moves between accounts, by many clients at once, with WATCH and MULTI; is it all in order?

Each transfer watches two accounts, reads them, and moves a sum in a transaction, in which it also
counts up `version`. So the history has an order of its own, which can be checked twice:

    it explains what everybody saw   the balances that each transfer read, and all that a reader
                                     saw in a transaction, are those of the versions before it
    it agrees with the clock         who was answered before another asked comes before him

Together that is what linearizable means (Herlihy and Wing 1990), where the order is known.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

import redis.asyncio as redis_asyncio
from redis.exceptions import WatchError

START = 1_000
PATIENCE = 60


@dataclass(frozen=True)
class Done:
    """One transaction that took place.

    Attributes:
        version: What it counted to; a reader saw it and counted nothing.
        asked, answered: When its client sent EXEC and had the reply, in seconds.
        saw: The balances that it acted on.
        changed: What it added to which accounts; empty for a reader.
    """

    version: int
    asked: float
    answered: float
    saw: dict[str, int]
    changed: dict[str, int]


@dataclass
class Race:
    """So many clients that make so many transfers each.

    Attributes:
        done: What took place.
        lost: How many transactions were tried in vain, since another came in between.
    """

    port: int
    seed: int
    accounts: int = 10
    clients: int = 16
    transfers: int = 20
    done: list[Done] = field(default_factory=list)
    lost: int = 0

    async def run(self) -> None:
        """Let them all loose, and wait until they are through."""
        self.names = [f"account:{number}" for number in range(self.accounts)]
        async with self._client() as client:
            await client.flushdb()
            await client.mset(dict.fromkeys(self.names, START))
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for number in range(self.clients):
                group.create_task(self._transfer(Random(f"{self.seed} {number}")))
            for _ in range(2):
                group.create_task(self._read())

    def _client(self) -> Any:
        return redis_asyncio.Redis(port=self.port, decode_responses=True)

    async def _transfer(self, rng: Random) -> None:
        async with self._client() as client, client.pipeline() as pipe:
            for _ in range(self.transfers):
                while not await self._try(pipe, *rng.sample(self.names, 2), rng.randint(1, 100)):
                    self.lost += 1

    async def _try(self, pipe: Any, giver: str, taker: str, amount: int) -> bool:
        """One attempt at a transfer; whether it came through."""
        await pipe.watch(giver, taker)
        saw = {name: int(await pipe.get(name)) for name in (giver, taker)}
        pipe.multi()
        pipe.decrby(giver, amount).incrby(taker, amount).incr("version")
        asked = time.monotonic()
        try:
            left, has, version = await pipe.execute()
        except WatchError:
            return False
        changed = {giver: -amount, taker: amount}
        assert {giver: left, taker: has} == {name: saw[name] + changed[name] for name in saw}
        self.done.append(Done(version, asked, time.monotonic(), saw, changed))
        return True

    async def _read(self) -> None:
        async with self._client() as client:
            for _ in range(self.transfers):
                asked = time.monotonic()
                pipe = client.pipeline(transaction=True)
                balances, version = await pipe.mget(self.names).get("version").execute()
                saw = dict(zip(self.names, map(int, balances), strict=True))
                self.done.append(Done(int(version or 0), asked, time.monotonic(), saw, {}))


def disorder(done: list[Done], accounts: int) -> str:
    """What is wrong with a history; "" if nothing."""
    history = sorted(done, key=lambda each: (each.version, not each.changed))
    changes = [each for each in history if each.changed]
    if [each.version for each in changes] != list(range(1, len(changes) + 1)):
        return "a version is missing, or was given twice"
    balances = {f"account:{number}": START for number in range(accounts)}
    latest = 0.0
    for each in history:
        if any(balances[name] != amount for name, amount in each.saw.items()):
            return f"{each} saw what never was: {balances}"
        for name, amount in each.changed.items():
            balances[name] += amount
        if each.answered < latest:
            return f"{each} was answered before one that comes before it had asked"
        latest = max(latest, each.asked)
    return "" if sum(balances.values()) == accounts * START else f"money is lost: {balances}"
