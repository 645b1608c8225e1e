"""redis-py, the client most Python programs use: what it builds on commands, not the commands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_py
from redis.cache import CacheConfig

from tests.clients.served import Served

PATIENCE = 10


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(served: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    with new_client(served, protocol=request.param) as made:
        yield made


def new_client(served: Served, **options: Any) -> Any:
    return redis_py.Redis(
        port=served.port, decode_responses=True, socket_timeout=PATIENCE, **options
    )


def test_pipelines_answer_in_order_and_keep_errors_in_place(client: Any) -> None:
    pipe = client.pipeline(transaction=False)
    for number in range(1_000):
        pipe.set(f"k{number}", number)
        pipe.get(f"k{number}")
    assert pipe.execute()[1::2] == [str(number) for number in range(1_000)]
    pipe.set("s", "text").incr("s").get("s")
    done = pipe.execute(raise_on_error=False)
    assert done[0] is True and done[2] == "text"
    assert isinstance(done[1], redis_py.ResponseError)


def test_an_optimistic_transaction_is_tried_again_until_nobody_interferes(client: Any) -> None:
    client.set("stock", 5)
    tries = []

    def take(pipe: Any) -> None:
        left = int(pipe.get("stock"))
        tries.append(left)
        if len(tries) == 1:
            client.set("stock", 4)  # from another connection, between WATCH and EXEC
        pipe.multi()
        pipe.set("stock", left - 1)

    client.transaction(take, "stock")
    assert tries == [5, 4]
    assert client.get("stock") == "3"


def test_messages_reach_channels_and_patterns(client: Any) -> None:
    with client.pubsub() as pubsub:
        pubsub.subscribe("a")
        pubsub.psubscribe("b*")
        assert [pubsub.get_message(timeout=PATIENCE)["type"] for _ in range(2)] == [
            "subscribe", "psubscribe",
        ]  # fmt: skip
        assert client.publish("a", "one") == client.publish("bee", "two") == 1
        got = [pubsub.get_message(timeout=PATIENCE) for _ in range(2)]
    assert [(each["type"], each["channel"], each["data"]) for each in got] == [
        ("message", "a", "one"), ("pmessage", "bee", "two"),
    ]  # fmt: skip


def test_a_thread_takes_what_another_pushes(client: Any) -> None:
    taken: list[str] = []

    def work() -> None:
        while (job := client.blpop("jobs", timeout=PATIENCE)) and job[1] != "end":
            taken.append(job[1])

    worker = threading.Thread(target=work)
    worker.start()
    jobs = [f"job {number}" for number in range(100)]
    for job in [*jobs, "end"]:
        client.rpush("jobs", job)
    worker.join(PATIENCE)
    assert taken == jobs


def test_locks_let_one_in_at_a_time(served: Served, client: Any) -> None:
    inside, most = [0], [0]

    def enter() -> None:
        for _ in range(10):
            with client.lock("lock", timeout=PATIENCE, sleep=0.001):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                client.incr("entered")
                inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * PATIENCE)
    assert client.get("entered") == "50"
    assert most == [1]
    assert client.exists("lock") == 0


def test_a_lock_that_has_ended_is_not_given_back_by_whoever_had_it(
    served: Served, client: Any
) -> None:
    lock = client.lock("lock", timeout=PATIENCE)
    assert lock.acquire()
    assert lock.extend(5)
    client.set("lock", "another's")
    with pytest.raises(redis_py.exceptions.LockError):
        lock.release()


def test_copies_on_the_clients_side_are_dropped_when_others_write(served: Served) -> None:
    with (
        new_client(served, protocol=3, cache_config=CacheConfig()) as reader,
        new_client(served) as writer,
    ):
        writer.set("k", "old")
        assert reader.get("k") == "old"
        assert reader.get_cache().size == 1
        assert reader.get("k") == "old"
        writer.set("k", "new")
        reader.ping()  # what was sent before its reply has come
        assert reader.get("k") == "new"


def test_every_key_field_and_member_is_found_by_the_iterators(client: Any) -> None:
    names = {f"n{number}" for number in range(1_000)}
    client.mset(dict.fromkeys(names, "v"))
    assert set(client.scan_iter(count=50)) == names
    client.flushdb()
    client.hset("h", mapping=dict.fromkeys(names, "v"))
    assert dict(client.hscan_iter("h")) == dict.fromkeys(names, "v")
    client.sadd("s", *names)
    assert set(client.sscan_iter("s")) == names
    client.zadd("z", dict.fromkeys(names, 1.5))
    assert dict(client.zscan_iter("z")) == dict.fromkeys(names, 1.5)


def test_a_consumer_group_shares_a_stream_and_claims_what_was_left(client: Any) -> None:
    client.xgroup_create("s", "g", "0", mkstream=True)
    ids = [client.xadd("s", {"n": number}) for number in range(10)]
    read = client.xreadgroup("g", "ann", {"s": ">"}, count=6)
    mine = entries(read)
    assert [entry for entry, _ in mine] == ids[:6]
    assert client.xack("s", "g", *ids[:4]) == 4
    assert client.xpending("s", "g")["pending"] == 2
    claimed = client.xautoclaim("s", "g", "bob", min_idle_time=0)[1]
    assert [entry for entry, _ in claimed] == ids[4:6]
    assert len(entries(client.xreadgroup("g", "bob", {"s": ">"}, block=PATIENCE * 1000))) == 4
    assert client.xinfo_groups("s")[0]["entries-read"] == 10


def entries(read: Any) -> list[Any]:
    """Entries of the only stream, whichever way this protocol says them."""
    if isinstance(read, dict):
        found = read["s"]
        return list(found[0] if found and isinstance(found[0][0], (list, tuple)) else found)
    return list(read[0][1])


def test_every_byte_comes_back_as_it_went(served: Served) -> None:
    with redis_py.Redis(port=served.port) as raw:
        every = bytes(range(256))
        raw.set(every, every * 1_000)
        assert raw.get(every) == every * 1_000
        assert raw.keys() == [every]


def test_a_connection_that_was_cut_is_made_again(served: Served, client: Any) -> None:
    first = client.client_id()
    with new_client(served) as other:
        assert other.client_kill_filter(_id=first) == 1
    assert client.client_id() != first


def test_info_is_read(served: Served, client: Any) -> None:
    client.set("k", "v", ex=100)
    said = client.info()
    assert said["redis_version"].startswith("7.4.")
    assert said["db0"]["keys"] == said["db0"]["expires"] == 1
