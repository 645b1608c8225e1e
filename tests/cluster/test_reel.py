"""The history of a simulated cluster, wound back and forward."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster import reel as module
from redlearn.cluster.network import Conditions
from redlearn.cluster.reel import Reel
from redlearn.cluster.simulator import Crash, Cut, Heal, Pass, Pause, Restart, Resume, Tick
from tests.cluster.echo import talking

ROUGH = Conditions(delay_us=100, jitter_us=2_000, loss=0.1, duplicate=0.1, reorder=0.1)


def fresh(seed: int = 1) -> Reel:
    return Reel(talking(seed, conditions=ROUGH))


def told(seed: int = 1) -> Reel:
    """A history of some two thousand moves with acts in it."""
    reel = fresh(seed)
    reel.run_until(500)
    reel.act(Pause("1"))
    reel.run_until(800)
    reel.act(Resume("1"))
    reel.act(Cut(("1",), ("2",)))
    reel.run_until(2_000)
    reel.act(Heal())
    reel.act(Crash("3"))
    reel.run_until(4_000)
    reel.act(Restart("3"))
    reel.run_until(6_000)
    return reel


def moment(reel: Reel) -> tuple[object, ...]:
    simulator = reel.simulator
    logs = [m.log[:] if (m := simulator.member(name)) else None for name in "123"]
    return simulator.digest, simulator.now_us, simulator.clock.ms, logs


def test_a_step_back_and_forward_ends_where_it_began() -> None:
    reel = fresh()
    reel.run_until(300)
    here = moment(reel)
    reel.back()
    assert moment(reel) != here
    reel.forward()
    assert moment(reel) == here


def test_each_moment_is_the_same_however_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SNAPSHOT_MOVES", 97)
    reel = told()
    walked = fresh()
    moments = [moment(walked)]
    walked.acts, walked.length, walked._times = dict(reel.acts), reel.length, list(reel._times)
    while not walked.at_end:
        walked.forward()
        moments.append(moment(walked))
    rng = Random(2)
    for _ in range(60):
        place = rng.randrange(reel.length + 1)
        reel.seek(place)
        assert reel.position == place
        assert moment(reel) == moments[place]


def test_the_end_can_be_reached_again_from_the_beginning() -> None:
    reel = told()
    end = moment(reel)
    reel.seek(0)
    assert reel.simulator.now_us == 0
    reel.seek(reel.length)
    assert moment(reel) == end
    assert reel.at_end


def test_acts_are_moves_and_happen_again_at_their_places() -> None:
    reel = told()
    place = next(at for at, act in reel.acts.items() if act == Crash("3"))
    reel.seek(place)
    assert reel.simulator.member("3") is not None
    assert reel.forward() == Crash("3")
    assert reel.simulator.member("3") is None


def test_acting_in_the_past_puts_the_future_aside() -> None:
    reel = told()
    reel.seek_ms(1_000)
    reel.act(Heal())
    assert reel.at_end
    assert Crash("3") not in reel.acts.values()
    reel.run_until(6_000)
    assert reel.simulator.member("3").said == pytest.approx(120, abs=2)


def test_what_is_refused_is_no_part_of_history() -> None:
    reel = fresh()
    reel.run_until(100)
    reel.act(Crash("3"))
    length, digest = reel.length, reel.simulator.digest
    with pytest.raises(ValueError, match="1 runs already"):
        reel.act(Restart("1"))
    assert (reel.length, reel.simulator.digest) == (length, digest)
    assert Restart("1") not in reel.acts.values()


def test_time_can_be_sought_in_milliseconds() -> None:
    reel = told()
    for ms in (0, 499, 500, 3_333, 6_000):
        reel.seek_ms(ms)
        assert reel.simulator.now_ms <= ms
        assert reel.at_end or reel._times[reel.position] > ms * 1000


def test_running_to_a_moment_ends_there_and_is_no_other_history() -> None:
    reel = fresh()
    reel.run_until(1_234)
    assert reel.simulator.now_ms == 1_234
    assert list(reel.acts.values()) == [Pass(1_234)]
    plain = talking(1, conditions=ROUGH)
    plain.run_until(1_234)
    assert plain.steps == reel.simulator.steps
    assert plain.member("2").log == reel.simulator.member("2").log


def test_running_through_what_is_known_makes_nothing_new() -> None:
    reel = told()
    length = reel.length
    reel.seek(10)
    reel.run_until(6_000)
    assert reel.length == length


def test_forward_says_what_happened() -> None:
    reel = fresh()
    seen = [reel.forward() for _ in range(20)]
    assert any(isinstance(each, Tick) for each in seen)


def test_snapshots_of_a_long_history_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SNAPSHOT_MOVES", 5)
    monkeypatch.setattr(module, "MOST_SNAPSHOTS", 8)
    reel = told()
    assert len(reel._snapshots) <= 8
    assert reel._snapshots[0][0] == 0
    end = moment(reel)
    reel.seek(reel.length // 3)
    reel.seek(reel.length)
    assert moment(reel) == end
