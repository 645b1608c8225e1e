"""Tracking beside real servers: who is told what, over random programs of several clients.

The moment within a read differs: Redis tells those with BCAST before it sleeps, we after each
command. So what reached a client is compared without its order; `tests/engine/test_tracking.py`
holds the order.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.conftest import Redis
from tests.oracle.pairs import Pair, split
from tests.oracle.servers import Server

CLIENTS = 3
KEYS = ("a", "ab", "b", "abc")


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def pairs(redis: Redis, server: Server) -> Iterator[list[Pair]]:
    made = [Pair(redis, server) for _ in range(CLIENTS)]
    yield made
    for pair in made:
        pair.theirs.close()


def drawn(rng: Random) -> str:
    key, other = rng.choice(KEYS), rng.choice(KEYS)
    return rng.choice([
        "CLIENT TRACKING on", "CLIENT TRACKING on NOLOOP", "CLIENT TRACKING on OPTIN",
        "CLIENT TRACKING on OPTOUT NOLOOP", f"CLIENT TRACKING on BCAST PREFIX {key}",
        "CLIENT TRACKING on BCAST", "CLIENT TRACKING on BCAST NOLOOP PREFIX x PREFIX b",
        "CLIENT TRACKING off", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "CLIENT CACHING yes",
        "CLIENT CACHING no", f"CLIENT TRACKING on BCAST PREFIX {key} PREFIX {other}",
        "CLIENT TRACKING on PREFIX a", "CLIENT TRACKING on OPTIN OPTOUT",
        f"GET {key}", f"MGET {key} {other}", f"EXISTS {key}", f"STRLEN {key}", f"GET {other}",
        f"SET {key} 1", f"MSET {key} 1 {other} 2", f"DEL {key} {other}", f"APPEND {key} x",
        f"EXPIRE {key} 100", f"RENAME {key} {other}", f"COPY {key} {other} REPLACE",
        f"GETDEL {key}", f"GETEX {key} PERSIST", "FLUSHALL",
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_same_clients_are_told_of_the_same_keys(pairs: list[Pair], seed: int) -> None:
    rng = Random(seed)
    for pair in pairs[: CLIENTS - seed % 2]:  # in half of the programs one speaks RESP2
        pair.send("HELLO 3")
    story = []
    for _ in range(300):
        at, line = rng.randrange(CLIENTS), drawn(rng)
        story.append(f"{at}: {line}")
        pair = pairs[at]
        for each in (pair, *(other for other in pairs if other is not pair)):
            ours, theirs = each.send(line if each is pair else "PING")
            assert sorted(split(ours)) == sorted(split(theirs)), "\n".join(story[-30:])
