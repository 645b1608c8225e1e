"""A snapshot is exact: what comes back is the engine that was frozen, bucket for bucket."""

import ast
from pathlib import Path
from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline.snapshot import _CLIENT_PROPERTIES, Freezer
from tests.properties.programs import play, session


def run(engine: Engine, line: str) -> None:
    client = engine.state.clients.get(1) or engine.connect()
    engine.execute(client, [word.encode() for word in line.split()])


def test_a_thawed_engine_freezes_to_an_equal_snapshot() -> None:
    played = session()
    play(played, Random(1), 120)
    frozen = Freezer(played.engine).freeze()
    fresh = played.recipe.make(VirtualClock())
    freezer = Freezer(fresh)
    freezer.thaw(frozen)
    assert Freezer(fresh).freeze().databases == frozen.databases
    fresh.check()


@pytest.mark.parametrize("members", [3, 2000])
def test_a_skiplist_of_any_length_comes_back_tower_for_tower(members: int) -> None:
    engine = Engine(VirtualClock(), seed=5)
    freezer = Freezer(engine)
    for number in range(members):
        run(engine, f"ZADD board {number * 7 % 101} member{number}")
    before = freezer.freeze()
    run(engine, "DEL board")
    freezer.thaw(before)
    assert freezer.freeze() == before
    engine.check()


def test_an_unused_key_is_shared_between_snapshots_and_a_used_one_is_not() -> None:
    engine = Engine(VirtualClock())
    freezer = Freezer(engine)
    run(engine, "HSET still a 1")
    run(engine, "HSET moving a 1")
    first = freezer.freeze()
    run(engine, "HSET moving a 2")
    second = freezer.freeze()
    pages = [snapshot.databases[0].keys.pages[0] for snapshot in (first, second)]
    rows = [
        {key: value for page in some if page for key, value in zip(page[0], page[1], strict=True)}
        for some in pages
    ]
    assert rows[0][b"still"] is rows[1][b"still"]
    assert rows[0][b"moving"] != rows[1][b"moving"]


def test_a_half_done_rehash_comes_back_half_done() -> None:
    engine = Engine(VirtualClock(), seed=3)
    freezer = Freezer(engine)
    for number in range(1025):
        run(engine, f"HSET key{number} f v")
    keys = engine.state.databases[0].keys
    assert keys.is_rehashing
    before, at = freezer.freeze(), keys.rehash_index
    run(engine, "FLUSHALL")
    freezer.thaw(before)
    assert engine.state.databases[0].keys.rehash_index == at
    engine.check()


def test_clients_come_back_with_their_queue_their_watches_and_their_database() -> None:
    engine = Engine(VirtualClock())
    freezer = Freezer(engine)
    for line in ("SELECT 2", "WATCH k", "MULTI", "HSET k a 1"):
        run(engine, line)
    before = freezer.freeze()
    for line in ("DISCARD", "SELECT 0"):
        run(engine, line)
    freezer.thaw(before)
    client = engine.state.clients[1]
    assert client.db.index == 2
    assert [argv for _, argv in client.queue or []] == [[b"HSET", b"k", b"a", b"1"]]
    assert engine.state.databases[2].watched == {b"k": {1}}
    run(engine, "EXEC")
    assert client.take()[-1] == [1]


def test_the_coin_goes_on_from_where_it_was() -> None:
    engine = Engine(VirtualClock(), seed=9)
    freezer = Freezer(engine)
    run(engine, "CONFIG SET zset-max-listpack-entries 0")
    before = freezer.freeze()
    heights = []
    for _ in range(2):
        freezer.thaw(before)
        for number in range(50):
            run(engine, f"ZADD board {number} m{number}")
        skiplist = engine.state.databases[0].value_of(b"board").skiplist  # type: ignore[union-attr]
        heights.append([node.height for node in skiplist])
    assert heights[0] == heights[1]
    assert len(set(heights[0])) > 1


def test_no_property_of_a_client_is_taken_for_an_attribute() -> None:
    """Compiled, they look alike: it is the source that tells."""
    path = Path(__file__).parents[2] / "redlearn" / "engine" / "client.py"
    nodes = ast.walk(ast.parse(path.read_text()))
    (client,) = [each for each in nodes if isinstance(each, ast.ClassDef) and each.name == "Client"]
    properties = [
        each.name for each in client.body
        if isinstance(each, ast.FunctionDef) and "property" in map(ast.unparse, each.decorator_list)
    ]  # fmt: skip
    assert sorted(properties) == sorted(_CLIENT_PROPERTIES)
