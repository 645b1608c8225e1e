"""The benchmarks run, and measure what they say. Their figures are for `python -m tests.bench`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.bench import rdb, simulator
from tests.bench.burner import MISSING, available, burner, knows
from tests.bench.cases import Case, board, keys, moved, shuffled
from tests.bench.engine import CASES
from tests.bench.peers import Side, fakeredis, ours
from tests.bench.probe import Bare, bare, whole
from tests.bench.rdb import Figure
from tests.oracle.servers import redis_binary

ENGINE = Path(__file__).parents[2] / "redlearn" / "engine"


@pytest.mark.parametrize("make", [ours, fakeredis, whole, bare])
def test_each_side_runs_in_a_process_of_its_own_and_tells_the_time(make) -> None:
    calls = shuffled(10, 20, lambda n: [b"GET", b"key:%d" % n])
    with Side(make, lambda: keys(10), calls) as side:
        assert side.prepare(1) == 20
        assert side.time() > 0


def test_rounds_are_the_same_commands_for_both_and_differ_from_each_other() -> None:
    calls = moved(100, 50)
    assert calls(1) == calls(1) != calls(2)
    assert len(board(30)) == 30


@pytest.mark.skipif(not available(), reason=MISSING)
def test_the_reference_runs_every_case_that_it_has_the_methods_for() -> None:
    cases = [case for case in CASES if knows(case.setup()) and knows(case.calls(0))]
    assert "LPUSH LPOP, a queue of 50" in [case.name for case in cases]
    for case in cases:
        if len(case.setup()) <= 1_000:
            assert burner(case.setup())(case.calls(0)[:100]) > 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_commands_for_a_round(case: Case) -> None:
    assert len(case.calls(0)) >= 1_000
    assert case.target > 0


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_can_tell_the_probe_once_it_is_stripped(path: Path) -> None:
    tree = Bare().visit(ast.parse(path.read_text(encoding="utf-8")))
    left = ast.unparse(ast.fix_missing_locations(tree))
    for function in ast.walk(ast.parse(left)):
        if isinstance(function, ast.If):
            assert "emit" not in ast.unparse(function.test)


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("if emit:\n    emit(1)\nwork()", "work()"),
        ("if emit := self._probe.emit:\n    emit(1)\nwork()", "work()"),
        ("if a or self._probe.emit is not None:\n    slow()", "if a:\n    slow()"),
        ("if a and (emit := probe.emit):\n    emit(1)\nwork()", "work()"),
        ("if state.probe.emit is not None:\n    slow()\nelse:\n    fast()", "fast()"),
        ("x = 1 if emit else 2", "x = 2"),
        ("self._tell_hop(1)\nwork()", "work()"),
    ],
)
def test_what_is_left_if_nobody_ever_watches(source: str, left: str) -> None:
    assert ast.unparse(Bare().visit(ast.parse(source))) == left


@pytest.mark.skipif(redis_binary() is None, reason="redis-server is not on PATH")
def test_snapshot_files_are_measured_beside_those_of_redis() -> None:
    found = list(rdb.figures(2_000))
    assert [figure.name.split()[0] for figure in found] == ["save", "load", "BGSAVE", "a"]
    assert all(figure.ours > 0 for figure in found)


def test_of_a_few_times_the_shortest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(rdb, "perf_counter", iter([0.0, 3.0, 10.0, 12.0, 20.0, 24.0]).__next__)
    assert rdb.best(lambda: done.append(1)) == 2.0
    assert len(done) == rdb.BEST_OF


def test_a_figure_beyond_its_target_is_missed() -> None:
    assert not Figure("", 2.1, 1.0, 2).good
    assert "MISSED" in str(Figure("", 2.1, 1.0, 2))


def test_a_simulated_cluster_keeps_within_the_theory() -> None:
    growth = simulator.measure(6, seconds=10, warm_up_s=5)
    assert 1 < growth.heartbeats <= simulator.most_heartbeats(6)
    assert growth.carried / growth.heartbeats == pytest.approx(
        simulator.bytes_of_heartbeat(6), rel=0.01
    )
    assert growth.cpu_s > 0


def test_what_grows_is_fitted_through_three_points() -> None:
    rows = [
        simulator.Growth(n, 10, 10 * n * (3 + 2 * n + 0.5 * n * n), 0, 0, 0) for n in (10, 30, 100)
    ]
    assert simulator.fitted(rows) == pytest.approx([3, 2, 0.5])
