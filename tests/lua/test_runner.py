"""Runners: a worker that is killed comes back, and what was said is said again."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from redlearn.lua.runner import KILLED, LOST, OUT_OF_TIME, Remembering, WorkerRunner
from tests.lua.jobs import begin


@pytest.fixture
def runner() -> Iterator[WorkerRunner]:
    made = WorkerRunner(steps=2_000_000, seconds=1.0)
    yield made
    made.close()


def test_a_script_gives_its_result(runner: WorkerRunner) -> None:
    assert begin(runner, "return 1 + 1") == b"R:2\r\n"


def test_a_request_waits_for_its_answer(runner: WorkerRunner) -> None:
    assert begin(runner, "return redis.call('GET', 'k')") == b"C2*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    assert runner.go_on(b"$1\r\nv\r\n") == b"R$1\r\nv\r\n"


def test_an_endless_loop_ends_by_the_count_of_its_steps(runner: WorkerRunner) -> None:
    assert begin(runner, "while true do end") == b"Ksteps"
    assert begin(runner, "return 3") == b"R:3\r\n"


@pytest.mark.parametrize(
    "source",
    [
        "while true do pcall(function() while true do end end) end",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "coroutine.resume(coroutine.create(function() while true do end end))",
        "local function f() return xpcall(f, f) end while true do f() end",
    ],
)
def test_nothing_holds_on_beyond_the_steps(runner: WorkerRunner, source: str) -> None:
    assert begin(runner, source) == b"Ksteps"


def test_what_takes_long_in_one_step_ends_by_the_clock(runner: WorkerRunner) -> None:
    bomb = "return string.find(('a'):rep(30), ('a?'):rep(30) .. ('a'):rep(30))"
    assert begin(runner, bomb) == OUT_OF_TIME
    assert begin(runner, "return 3") == b"R:3\r\n"


def test_time_in_which_a_script_does_not_run_does_not_count() -> None:
    """A worker takes longer than that to start, and so may a machine with much else to do."""
    made = WorkerRunner(seconds=0.005)
    try:
        assert begin(made, "return redis.call('PING')")[:1] == b"C"
        assert made.go_on(b"+PONG\r\n") == b"R+PONG\r\n"
        assert begin(made, "while true do end") == OUT_OF_TIME
    finally:
        made.close()


def test_a_worker_that_does_nothing_at_all_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("redlearn.lua.runner.PATIENCE", 1)
    made = WorkerRunner(seconds=0.2)
    try:
        made._start()
        assert made._process is not None
        made._process.send_signal(signal.SIGSTOP)
        assert begin(made, "return 3") == OUT_OF_TIME
    finally:
        made.close()


@pytest.mark.parametrize(
    "source",
    [
        "return #string.rep('x', 1e9)",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local s = 'x' while true do s = s .. s end",
    ],
)
def test_memory_is_bounded(runner: WorkerRunner, source: str) -> None:
    assert b"not enough memory" in begin(runner, source) or runner._process is None
    assert begin(runner, "return 3") == b"R:3\r\n"


def test_a_worker_that_died_is_replaced(runner: WorkerRunner) -> None:
    assert begin(runner, "return redis.call('PING')")[:1] == b"C"
    assert runner._process is not None
    runner._process.kill()
    runner._process.wait()
    assert runner.go_on(b"+PONG\r\n") == LOST
    assert begin(runner, "return 3") == b"R:3\r\n"


def test_a_script_left_in_its_midst_does_not_disturb_the_next(runner: WorkerRunner) -> None:
    assert begin(runner, "return redis.call('PING')")[:1] == b"C"
    assert begin(runner, "return 3") == b"R:3\r\n"


class Counted(WorkerRunner):
    """A worker that counts what it is asked, and may be killed when it has been asked so often."""

    asked = 0
    killed_at = 0

    def _exchange(self, frame: bytes) -> bytes:
        self.asked += 1
        if self.asked == self.killed_at:
            self.kill()
        return super()._exchange(frame)


@pytest.fixture
def counted() -> Iterator[Counted]:
    made = Counted(steps=2_000_000, seconds=1.0)
    yield made
    made.close()


def test_the_same_conversation_is_held_once(counted: Counted) -> None:
    memory = Remembering(counted)
    for _ in range(3):
        assert begin(memory, "return redis.call('INCR', 'k')")[:1] == b"C"
        assert memory.go_on(b":1\r\n") == b"R:1\r\n"
    assert counted.asked == 2


def test_a_script_that_is_killed_while_its_beginning_is_told_again_has_ended(
    counted: Counted,
) -> None:
    memory = Remembering(counted)
    source = "redis.call('GET', 'a') redis.call('GET', 'b') return redis.call('GET', 'c')"
    begin(memory, source)
    memory.go_on(b"$1\r\n1\r\n")
    begin(memory, source)
    memory.go_on(b"$1\r\n1\r\n")
    counted.killed_at = counted.asked + 2
    assert memory.go_on(b"$1\r\n2\r\n") == KILLED
    assert begin(memory, "return 1") == b"R:1\r\n"


def test_what_is_said_in_place_of_a_kill_takes_its_room(counted: Counted) -> None:
    memory = Remembering(counted)
    memory.first_time = True
    for _ in range(3):
        counted.killed_at = counted.asked + 1
        assert begin(memory, "return 1") == KILLED
    assert begin(memory, "return 1") == b"R:1\r\n"
    assert memory._size == len(b"R:1\r\n") + 100


def test_another_answer_is_another_conversation(counted: Counted) -> None:
    memory = Remembering(counted)
    for number in (b"1", b"2", b"3"):
        assert begin(memory, "return redis.call('INCR', 'k')")[:1] == b"C"
        assert memory.go_on(b":%b\r\n" % number) == b"R:%b\r\n" % number


def test_a_death_by_the_clock_is_remembered(counted: Counted) -> None:
    memory = Remembering(counted)
    bomb = "return string.find(('a'):rep(30), ('a?'):rep(30) .. ('a'):rep(30))"
    assert begin(memory, bomb) == begin(memory, bomb) == OUT_OF_TIME
    assert counted.asked == 1


def test_time_does_not_show_where_steps_are_counted(runner: WorkerRunner) -> None:
    source = "local a = os.clock() for i = 1, 1e5 do end return tostring(os.clock() - a)"
    assert begin(runner, source) == begin(runner, source)
