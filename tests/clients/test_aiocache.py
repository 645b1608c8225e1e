"""aiocache: a cache of what coroutines return."""

from __future__ import annotations

import asyncio

import pytest
from aiocache import Cache, cached
from aiocache.lock import OptimisticLock, OptimisticLockError, RedLock
from aiocache.serializers import PickleSerializer

from tests.clients.served import Served


async def test_a_result_is_computed_once_and_then_remembered(served: Served) -> None:
    computed: list[int] = []

    @cached(
        cache=Cache.REDIS, port=served.port, namespace="f", serializer=PickleSerializer(), ttl=60
    )
    async def double(number: int) -> dict[str, int]:
        computed.append(number)
        return {"double": 2 * number}

    for _ in range(3):
        assert [await double(number) for number in (1, 2)] == [{"double": 2}, {"double": 4}]
    assert computed == [1, 2]
    with served.connect() as client:
        keys = client.run(b"KEYS", b"f*")
        assert len(keys) == 2
        assert all(0 < client.run(b"TTL", key) <= 60 for key in keys)


async def test_a_cache_of_many_values(served: Served) -> None:
    async with Cache(Cache.REDIS, port=served.port, namespace="n:") as cache:
        assert await cache.multi_set([(f"k{number}", str(number)) for number in range(100)])
        assert await cache.multi_get(["k7", "k8", "none"]) == ["7", "8", None]
        assert await cache.add("new", "1")
        with pytest.raises(ValueError, match="already exists"):
            await cache.add("new", "2")
        assert await cache.increment("count", 5) == 5
        assert await cache.delete("k7") == 1
        assert not await cache.exists("k7")
        assert await cache.expire("k8", 100)


async def test_a_herd_waits_for_the_first_to_compute(served: Served) -> None:
    computed: list[int] = []
    async with Cache(Cache.REDIS, port=served.port) as cache:

        async def look_up() -> str:
            async with RedLock(cache, "k", lease=10):
                found = await cache.get("k")
                if found is None:
                    computed.append(1)
                return str(found)

        async with RedLock(cache, "k", lease=10):
            herd = [asyncio.create_task(look_up()) for _ in range(10)]
            await cache.set("k", "value")
        assert set(await asyncio.gather(*herd)) == {"value"}
        assert computed == []


async def test_whoever_writes_late_is_told_that_another_wrote(served: Served) -> None:
    async with Cache(Cache.REDIS, port=served.port) as cache:
        await cache.set("k", "old")
        async with OptimisticLock(cache, "k") as lock:
            assert await lock.cas("mine")
        async with OptimisticLock(cache, "k") as lock:
            await cache.set("k", "theirs")
            with pytest.raises(OptimisticLockError):
                await lock.cas("mine")
