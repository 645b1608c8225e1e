"""Many hosts in virtual time, with members that answer each word with the same word."""

from __future__ import annotations

import pytest

from redlearn.cluster.network import Conditions, Flight
from redlearn.cluster.simulator import (
    CRON_US,
    Crash,
    Cut,
    Heal,
    Leave,
    Pass,
    Pause,
    Restart,
    Resume,
    Simulator,
    Tell,
    Tick,
    Weather,
)
from tests.cluster.echo import PORT, Echo, address, talking

ROUGH = Conditions(delay_us=100, jitter_us=2_000, loss=0.1, duplicate=0.1, reorder=0.1)


def replies(simulator: Simulator, name: str) -> list[str]:
    echo: Echo = simulator.member(name)
    return echo.heard("heard yes")


def test_every_host_s_timer_fires_ten_times_a_second() -> None:
    simulator = talking(1)
    simulator.run_until(10_000)
    for name in "123":
        assert simulator.member(name).said == 200  # two peers, a hundred ticks


def test_timers_of_different_hosts_do_not_fire_at_one_moment() -> None:
    simulator = talking(1, count=5)
    ticks = {}
    while len(ticks) < 5:
        happened = simulator.step()
        if isinstance(happened, Tick):
            ticks[happened.host] = simulator.now_us
    assert len(set(ticks.values())) == 5
    assert max(ticks.values()) < CRON_US


def test_members_talk_over_the_network_and_get_their_answers_in_order() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(2_000)
    assert replies(simulator, "1") == [f"yes 1 {n}" for n in range(1, 21)]


def test_the_clock_of_members_is_virtual_time() -> None:
    simulator = talking(1, start_ms=1_000)
    simulator.run_until(250)
    assert simulator.clock.ms == 1_250
    times = [at for at, _ in simulator.member("1").log]
    assert times
    assert all(1_000 <= at <= 1_250 for at in times)


def test_running_until_a_moment_ends_at_that_moment() -> None:
    simulator = talking(1)
    simulator.run_until(123)
    assert simulator.now_ms == 123


def test_running_while_something_holds_says_whether_it_ended_in_time() -> None:
    simulator = talking(1)
    assert simulator.run_while(lambda: not replies(simulator, "1"), most_ms=1_000)
    assert simulator.now_ms < 300
    assert not simulator.run_while(lambda: True, most_ms=500)


def test_what_is_under_way_can_be_looked_at() -> None:
    simulator = talking(1, conditions=Conditions(delay_us=50_000, jitter_us=0))
    simulator.run_until(400)
    flights = simulator.in_flight()
    assert flights
    assert all(flight.sent_us <= 400_000 < flight.due_us for flight in flights)
    assert [f.due_us for f in flights] == sorted(f.due_us for f in flights)


def test_the_same_seed_gives_the_same_history_and_another_seed_another() -> None:
    digests = []
    for seed in (7, 7, 8):
        simulator = talking(seed, conditions=ROUGH)
        simulator.run_until(3_000)
        digests.append(simulator.digest)
    assert digests[0] == digests[1] != digests[2]


def test_the_history_does_not_depend_on_how_it_is_stepped_through() -> None:
    one, other = talking(3), talking(3)
    one.run_until(1_000)
    for ms in range(0, 1_001, 7):
        other.run_until(ms)
    other.run_until(1_000)
    assert (one.digest, one.steps) == (other.digest, other.steps)


# ---- acts ----


def test_a_paused_host_finds_everything_when_it_goes_on() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.act(Pause("2"))
    before = len(replies(simulator, "1"))
    simulator.run_until(3_000)
    assert len(replies(simulator, "1")) <= before + 1
    simulator.act(Resume("2"))
    simulator.run_until(3_050)
    assert replies(simulator, "1")[:28] == [f"yes 1 {n}" for n in range(1, 29)]


def test_a_paused_host_s_timer_does_not_fire() -> None:
    simulator = talking(1)
    simulator.act(Pause("2"))
    simulator.run_until(2_000)
    assert simulator.member("2").said == 0
    simulator.act(Resume("2"))
    simulator.run_until(3_000)
    assert simulator.member("2").said == 20


def test_the_kernel_of_a_paused_host_takes_connections() -> None:
    simulator = talking(1, count=2)
    simulator.act(Pause("2"))
    simulator.run_until(1_000)
    assert "opened" in [what for _, what in simulator.member("1").log]


def test_a_crash_closes_what_was_open_and_refuses_what_comes() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.act(Crash("2"))
    simulator.run_until(1_500)
    assert simulator.member("2") is None
    told = [what for at, what in simulator.member("1").log if at > simulator.start_ms + 1_000]
    assert told.count("closed") >= 5
    assert "opened" not in told


def test_a_host_that_is_started_again_is_built_anew_and_found_again() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.act(Crash("2"))
    simulator.run_until(2_000)
    simulator.act(Restart("2"))
    simulator.run_until(3_000)
    assert simulator.hosts["2"].life == 2
    assert simulator.member("2").said == 10
    assert replies(simulator, "1")[-1] == f"yes 1 {simulator.member('1').said}"


def test_the_timer_of_a_former_life_does_not_fire_in_the_next() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(50)
    for _ in range(3):
        simulator.act(Crash("2"))
        simulator.act(Restart("2"))
    simulator.run_until(1_050)
    assert simulator.member("2").said == 10


def test_a_power_cut_is_not_told_to_anybody() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.act(Crash("2", power=True))
    simulator.run_until(3_000)
    later = [what for at, what in simulator.member("1").log if at > simulator.start_ms + 1_001]
    assert later == []


def test_a_cut_stalls_and_its_healing_brings_everything() -> None:
    simulator = talking(1, count=3)
    simulator.run_until(1_000)
    simulator.act(Cut(("1",), ("2", "3")))
    simulator.run_until(3_000)
    assert simulator.network.stalled()
    simulator.act(Heal())
    simulator.run_until(3_500)
    assert not simulator.network.stalled()
    words = {int(word.split()[-1]) for word in replies(simulator, "1")}
    assert words >= set(range(1, 65))


def test_the_weather_can_change_everywhere_or_in_one_direction() -> None:
    simulator = talking(1, count=2)
    simulator.act(Weather(Conditions(loss=1.0), "1", "2"))
    simulator.run_until(1_000)
    assert simulator.member("2").heard("heard 1") == []
    assert simulator.member("1").heard("heard 2") != []
    simulator.act(Weather(Conditions(loss=1.0)))
    before = len(simulator.member("1").log)
    simulator.run_until(2_000)
    assert len(simulator.member("1").log) <= before + 1


def test_a_member_can_be_told_something_and_sends_what_it_has_to_say() -> None:
    simulator = talking(1, count=2)
    simulator.act(Tell("1", lambda echo: echo.cron() or "done"))
    assert simulator.answer == "done"
    assert [flight.kind for flight in simulator.in_flight()] == ["SYN"]


@pytest.mark.parametrize(
    ("act", "why"), [(Pause("2"), "2 stands still"), (Crash("2"), "2 does not run")]
)
def test_who_cannot_answer_is_not_told_anything(act: Pause | Crash, why: str) -> None:
    simulator = talking(1, count=2)
    simulator.act(act)
    with pytest.raises(ValueError, match=why):
        simulator.act(Tell("2", lambda echo: None))


def test_letting_time_pass_is_an_act_too() -> None:
    simulator = talking(1)
    simulator.act(Pass(500))
    assert simulator.now_ms == 500
    assert simulator.member("1").said == 10


def test_where_nobody_has_a_timer_nothing_happens() -> None:
    assert Simulator(1).step() is None


# ---- time travel ----


def disturbed(seed: int) -> Simulator:
    simulator = talking(seed, count=4, conditions=ROUGH)
    simulator.run_until(1_000)
    for act in (Pause("1"), Crash("2"), Cut(("3",), ("4",), both=False)):
        simulator.act(act)
    simulator.run_until(1_500)
    return simulator


def test_a_frozen_simulator_goes_on_in_the_same_way_each_time() -> None:
    simulator = disturbed(5)
    frozen = simulator.freeze()
    seen = []
    for _ in range(3):
        simulator.thaw(frozen)
        assert simulator.now_ms == 1_500
        for act in (Resume("1"), Restart("2"), Heal()):
            simulator.act(act)
        simulator.run_until(3_000)
        logs = [tuple(simulator.member(name).log) for name in "1234"]
        seen.append((simulator.digest, simulator.steps, simulator.clock.ms, logs))
    assert seen[0] == seen[1] == seen[2]


def test_thawing_brings_a_crashed_host_back_and_takes_a_new_one_away() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(500)
    frozen = simulator.freeze()
    simulator.act(Crash("2"))
    simulator.add("9", address("9"), [PORT], Echo)
    simulator.run_until(1_000)
    simulator.thaw(frozen)
    assert list(simulator.hosts) == ["1", "2"]
    simulator.run_until(1_000)
    undisturbed = talking(1, count=2)
    undisturbed.run_until(1_000)
    assert simulator.digest == undisturbed.digest
    assert simulator.member("2").log == undisturbed.member("2").log


def test_a_frozen_moment_is_not_changed_by_what_happens_later() -> None:
    simulator = disturbed(6)
    frozen = simulator.freeze()
    copy = (frozen[0], frozen[1][2], frozen[2])
    simulator.run_until(4_000)
    assert (frozen[0], frozen[1][2], frozen[2]) == copy
    assert all(isinstance(e.what, Flight | Tick | tuple) for e in frozen[0][2])


def test_a_host_that_leaves_is_gone_and_what_it_had_under_way_finds_nobody() -> None:
    simulator = talking(1, count=3)
    simulator.run_until(1_000)
    frozen = simulator.freeze()
    simulator.act(Leave("2"))
    simulator.run_until(3_000)
    assert list(simulator.hosts) == ["1", "3"]
    told = [what for at, what in simulator.member("1").log if at > simulator.start_ms + 1_000]
    assert "closed" in told
    simulator.thaw(frozen)
    simulator.run_until(2_000)
    assert replies(simulator, "1")[-1] == f"yes 1 {simulator.member('1').said - 1}"


def test_what_comes_for_an_occupied_host_waits_and_its_timer_does_not_fire() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.occupy("2")
    simulator.run_until(2_000)
    before = list(simulator.member("2").log)
    said = simulator.member("2").said
    simulator.release("2")
    simulator.run_until(2_001)
    assert simulator.member("2").said == said
    assert len(simulator.member("2").log) >= len(before) + 10


def test_an_occupied_host_that_was_paused_too_goes_on_when_both_are_over() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.occupy("2")
    simulator.act(Pause("2"))
    simulator.release("2")
    simulator.run_until(2_000)
    log = list(simulator.member("2").log)
    simulator.act(Resume("2"))
    simulator.run_until(2_001)
    assert len(simulator.member("2").log) > len(log)


def test_a_process_may_end_by_itself_but_not_that_of_its_next_life() -> None:
    simulator = talking(1, count=2)
    simulator.run_until(1_000)
    simulator.leave("2")
    simulator.act(Crash("2"))
    simulator.act(Restart("2"))
    simulator.run_until(1_500)
    assert simulator.member("2") is not None
    simulator.leave("2")
    simulator.run_until(1_600)
    assert simulator.member("2") is None


def test_a_cut_drawn_anew_lets_go_what_it_does_not_cut_and_nothing_else() -> None:
    simulator = talking(1, count=3)
    simulator.run_until(1_000)
    simulator.act(Cut(("1",), ("2", "3")))
    simulator.run_until(2_000)
    simulator.act(Cut(("1",), ("2",), both=False, anew=True))
    assert simulator.network.cuts == {("1", "2")}
    simulator.run_until(3_000)
    heard = [what for at, what in simulator.member("2").log if at > simulator.start_ms + 1_100]
    assert not any(what.startswith("heard 1 ") for what in heard)
    heard = [what for at, what in simulator.member("3").log if at > simulator.start_ms + 1_100]
    assert any(what.startswith("heard 1 ") for what in heard)
