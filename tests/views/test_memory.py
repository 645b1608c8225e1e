"""Views of memory: the parts of a key sum to MEMORY USAGE, and the pool is the engine's."""

from __future__ import annotations

import pytest

from redlearn.engine.eviction import KeyEvicted, KeySampled
from redlearn.views.memory import KeyMemory, key_size
from redlearn.views.structure import step_of
from tests.views.showing import Showing


def key_memory(show: Showing, key: bytes = b"k") -> KeyMemory:
    found = show.gallery.memory(key).key
    assert found is not None
    return found


@pytest.mark.parametrize(
    "line",
    [
        "SET k 7", "SET k hello", f"SET k {'x' * 100}", "APPEND k x",
        "SETBIT k 9999 1", "PFADD k a", "RPUSH k a b", f"RPUSH k {'a ' * 3000}",
        f"RPUSH k {'x' * 9000} b", "SADD k 1 2 3",
        "SADD k a b", "SADD k " + " ".join(f"m{n}" for n in range(200)), "HSET k f v",
        "HSET k f " + "x" * 99, "ZADD k 1 a", "ZADD k 1 " + "x" * 99, "XADD k 1-1 f v",
    ],
)  # fmt: skip
def test_the_parts_sum_to_what_memory_usage_says(line: str) -> None:
    show = Showing(line)
    found = key_memory(show)
    assert sum(part.size for part in found.parts) == found.total == show("MEMORY USAGE k")[0]
    assert all(part.size >= 0 for part in found.parts)
    assert 0 < found.stored < found.total


def test_a_deadline_costs_an_entry_that_memory_usage_leaves_out() -> None:
    show = Showing("SET k v")
    before = key_memory(show)
    show("EXPIRE k 100")
    after = key_memory(show)
    assert (before.deadline, after.deadline) == (0, 24)
    assert before.total == after.total


def test_what_is_not_there_takes_nothing() -> None:
    assert Showing("SET k v").gallery.memory(b"nope").key is None


def test_the_policy_decides_what_is_told_of_use() -> None:
    show = Showing("SET k v")
    show.session.advance(7000)
    assert key_memory(show).used == "idle 7 s"
    show("CONFIG SET maxmemory-policy allkeys-lfu")
    show("SET new v")
    assert key_memory(show, b"new").used == "freq 5"


def test_many_keys_without_a_limit_are_not_walked_over() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(2001)))
    assert show.gallery.memory(b"k1").used == -1
    show("CONFIG SET maxmemory 1gb")
    assert show.gallery.memory(b"k1").used == show.session.engine.state.used_memory()


def full() -> Showing:
    show = Showing("CONFIG SET maxmemory 2kb maxmemory-policy allkeys-lru")
    for number in range(30):
        show.session.advance(1000)
        show("SET", f"key:{number}", "x" * 50)
    return show


def test_the_pool_is_shown_best_first_with_the_latest_victims() -> None:
    show = full()
    view = show.gallery.memory(b"key:29")
    state = show.session.engine.state
    assert list(view.pool) == state.pool[::-1]
    assert view.evicted == state.evicted > 10
    assert len(view.victims) == 6
    assert view.over is not None


def test_travelling_back_takes_victims_back() -> None:
    show = full()
    last = show.gallery.memory(b"key:29").victims[0]
    show.session.step(-1)
    assert last not in show.gallery.memory(b"key:29").victims


def test_an_eviction_is_walked_through_step_by_step() -> None:
    """Sampling first: with each key drawn the pool fills; then the victim goes."""
    show = full()
    steps = show.steps()
    kinds = [type(each.event) for each in steps]
    sampled, gone = kinds.index(KeySampled), kinds.index(KeyEvicted)
    assert sampled < gone
    at_first = show.gallery.memory(b"key:29", 0, step_of(steps, sampled + 1))
    assert len(at_first.sampled) == 1
    victim = steps[gone].event
    assert isinstance(victim, KeyEvicted)
    before = show.gallery.memory(victim.key, 0, step_of(steps, gone))
    after = show.gallery.memory(victim.key, 0, step_of(steps, gone + 1))
    assert victim not in before.victims
    assert after.victims[0] == victim
    assert after.key is None


def test_key_size_is_what_the_command_says() -> None:
    show = Showing("SADD k a b c")
    value = show.session.engine.state.databases[0].value_of(b"k")
    assert value is not None
    assert key_size(b"k", value) == show("MEMORY USAGE k")[0]
