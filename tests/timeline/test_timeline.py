"""The timeline goes back and forth exactly, and keeps what was put aside."""

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline import timeline as timeline_module
from redlearn.timeline import world as world_module
from redlearn.timeline.log import Called, Connected, Input
from redlearn.timeline.timeline import MOST_SNAPSHOTS, Timeline
from redlearn.timeline.world import Alone


def timeline() -> Timeline:
    made = Timeline(lambda clock: Alone(Engine(clock, seed=1), clock), VirtualClock())
    made.append(Connected(0))
    return made


def call(line: str, at_ms: int = 0) -> Called:
    return Called(at_ms, 1, tuple(word.encode() for word in line.split()))


def fields(engine: Engine, key: bytes = b"h") -> dict[bytes, bytes]:
    value = engine.state.databases[0].value_of(key)
    return {} if value is None else dict(value.pairs())  # type: ignore[attr-defined]


def test_seek_goes_back_to_the_state_after_so_many_inputs() -> None:
    line = timeline()
    for number in range(10):
        line.append(call(f"HSET h f{number} {number}"))
    line.seek(4)
    assert len(fields(line.engine)) == 3
    line.seek(11)
    assert len(fields(line.engine)) == 10


def test_an_input_in_the_past_puts_the_future_aside() -> None:
    line = timeline()
    line.append(call("HSET h a 1"))
    line.append(call("HSET h b 2"))
    line.seek(2)
    line.append(call("HSET h c 3"))
    assert fields(line.engine) == {b"a": b"1", b"c": b"3"}
    assert [branch.name for branch in line.branches] == ["main"]
    assert line.branch == "branch 1"


def test_a_branch_can_be_taken_up_again_and_the_other_one_is_kept() -> None:
    line = timeline()
    for text in ("HSET h a 1", "HSET h b 2"):
        line.append(call(text))
    line.seek(2)
    line.append(call("HSET h c 3"))
    line.switch(0)
    line.seek(len(line.inputs))
    assert fields(line.engine) == {b"a": b"1", b"b": b"2"}
    assert [branch.name for branch in line.branches] == ["branch 1"]


def test_branches_that_part_at_different_places_keep_their_own_past() -> None:
    line = timeline()
    for text in ("HSET h a 1", "HSET h b 2", "HSET h c 3"):
        line.append(call(text))
    line.seek(3)
    line.append(call("HSET h d 4"))  # branch 1: a b d
    line.seek(1)
    line.append(call("HSET h e 5"))  # branch 2: e
    ends = {}
    for _ in range(3):
        line.seek(len(line.inputs))
        ends[line.branch] = "".join(field.decode() for field in fields(line.engine))
        line.switch(0)
    assert ends == {"main": "abc", "branch 1": "abd", "branch 2": "e"}


def test_an_engine_at_a_moment_is_separate_from_the_one_that_runs() -> None:
    line = timeline()
    for number in range(5):
        line.append(call(f"HSET h f{number} {number}"))
    engine = line.world_at(3).engine
    engine.execute(engine.state.clients[1], [b"HSET", b"h", b"mine", b"1"])
    assert len(fields(engine)) == 3
    assert len(fields(line.engine)) == 5


def test_the_clock_stands_where_the_input_stood() -> None:
    clock = VirtualClock()
    line = Timeline(lambda clock: Alone(Engine(clock), clock), clock)
    line.append(Connected(10))
    line.append(call("HSET h a 1", at_ms=500))
    line.append(call("HSET h a 2", at_ms=900))
    line.seek(2)
    assert clock.ms == 500


def test_snapshots_stay_bounded_however_long_the_session() -> None:
    line = timeline()
    for number in range(40_000):
        line.append(call(f"HSET h f {number}"))
    assert len(line._snapshots) <= MOST_SNAPSHOTS + 1
    line.seek(20_001)
    assert fields(line.engine) == {b"f": b"19999"}


def test_snapshots_of_a_large_value_are_rare_and_their_weight_is_bounded() -> None:
    line = timeline()
    members = " ".join(f"{number} m{number}" for number in range(20_000))
    line.append(call(f"ZADD board {members}"))
    for number in range(3_000):
        line.append(call(f"ZINCRBY board 1 m{number}"))
    assert 2 <= len(line._snapshots) <= 12
    line.seek(1_000)
    line.engine.check()
    line.seek(len(line.inputs))
    line.engine.check()


def test_old_snapshots_go_when_all_together_weigh_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeline_module, "MOST_WEIGHT", 3_000)
    monkeypatch.setattr(timeline_module, "WORK_BETWEEN_SNAPSHOTS", 5)
    line = timeline()
    for number in range(1_000):
        line.append(call(f"HSET h f{number} v"))
    assert line._weight() <= 3_000 + 1_000
    line.seek(500)
    assert len(fields(line.engine)) == 499


def test_an_input_that_breaks_off_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    line = timeline()
    line.append(call("HSET h a 1"))

    apply = world_module.apply

    def breaks_off(engine: Engine, clock: VirtualClock, happened: Input) -> None:
        apply(engine, clock, happened)
        if happened == stopped:
            raise KeyboardInterrupt

    stopped = call("HSET h b 2")
    monkeypatch.setattr(world_module, "apply", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        line.append(stopped)
    assert len(line.inputs) == len(line.notes) == 2
    assert fields(line.engine) == {b"a": b"1"}
