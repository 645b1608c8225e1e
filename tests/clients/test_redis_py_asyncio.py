"""redis-py's asyncio client: many connections and tasks at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as redis_asyncio

from tests.clients.served import Served

PATIENCE = 10


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
async def client(served: Served, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    made = redis_asyncio.Redis(port=served.port, decode_responses=True, protocol=request.param)
    try:
        yield made
    finally:
        await made.aclose()


async def test_pipelines_of_many_tasks_at_once(client: Any) -> None:
    async def fill(task: int) -> list[Any]:
        async with client.pipeline(transaction=True) as pipe:
            for number in range(100):
                pipe.set(f"{task}:{number}", number).incr("total")
            return list(await pipe.execute())

    done = await asyncio.gather(*(fill(task) for task in range(20)))
    assert await client.get("total") == "2000"
    for replies in done:
        totals = replies[1::2]
        assert totals == list(range(totals[0], totals[0] + 100))  # nobody came in between


async def test_a_watched_key_that_changes_ends_the_transaction(client: Any) -> None:
    async with client.pipeline() as pipe:
        await pipe.watch("k")
        await client.set("k", "theirs")
        pipe.multi()
        pipe.set("k", "mine")
        with pytest.raises(redis_asyncio.WatchError):
            await pipe.execute()
    assert await client.get("k") == "theirs"


async def test_messages_reach_every_subscriber_in_order(client: Any) -> None:
    async def listen(pubsub: Any) -> list[str]:
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE):
            async for message in pubsub.listen():
                if message["type"] == "message":
                    heard.append(message["data"])
                if heard[-1:] == ["end"]:
                    return heard[:-1]
        return heard

    async with client.pubsub() as first, client.pubsub() as second:
        for each in (first, second):
            await each.subscribe("news")
            assert (await each.get_message(timeout=PATIENCE))["type"] == "subscribe"
        tasks = [asyncio.create_task(listen(each)) for each in (first, second)]
        words = [f"word {number}" for number in range(200)]
        for word in [*words, "end"]:
            assert await client.publish("news", word) == 2
        assert await asyncio.gather(*tasks) == [words, words]


async def test_those_who_wait_are_served_in_the_order_they_came(client: Any) -> None:
    served: list[int] = []

    async def wait(number: int) -> None:
        assert await client.blpop(["q"], timeout=PATIENCE)
        served.append(number)

    tasks = []
    for number in range(20):
        tasks.append(asyncio.create_task(wait(number)))
        await blocked(client, number + 1)
    for number in range(20):
        await client.rpush("q", number)
        await tasks[number]
    assert served == list(range(20))


async def blocked(client: Any, count: int) -> None:
    """Until so many clients wait for the queue."""
    async with asyncio.timeout(PATIENCE):
        while [each["cmd"] for each in await client.client_list()].count("blpop") < count:
            pass


async def test_locks_let_one_task_in_at_a_time(served: Served, client: Any) -> None:
    async def enter() -> None:
        async with client.lock("lock", timeout=PATIENCE, sleep=0.001):
            seen = int(await client.get("n") or 0)
            await client.set("n", seen + 1)  # lost, if two were in here

    await asyncio.gather(*(enter() for _ in range(30)))
    assert await client.get("n") == "30"


async def test_a_stream_is_followed_while_it_is_written(client: Any) -> None:
    async def follow() -> list[str]:
        last, seen = "0", []
        async with asyncio.timeout(PATIENCE):
            while len(seen) < 50:
                read = await client.xread({"s": last}, block=PATIENCE * 1000)
                found = read["s"] if isinstance(read, dict) else read[0][1]
                if found and isinstance(found[0][0], (list, tuple)):
                    found = found[0]
                seen += [fields["n"] for _, fields in found]
                last = found[-1][0]
        return seen

    task = asyncio.create_task(follow())
    for number in range(50):
        await client.xadd("s", {"n": number})
    assert await task == [str(number) for number in range(50)]


async def test_all_keys_are_found_by_the_iterator(client: Any) -> None:
    await client.mset({f"k{number}": number for number in range(500)})
    assert len({key async for key in client.scan_iter(count=20)}) == 500
