"""A cluster in virtual time beside a real one: what is measured, and how it is told."""

from __future__ import annotations

import pytest

from tests.bench.cluster import Figures, measure_virtual, summary, table


@pytest.mark.parametrize("timeout_ms", [1000, 2000])
def test_the_figures_of_a_simulated_cluster_are_within_what_the_rules_allow(
    timeout_ms: int,
) -> None:
    seen = measure_virtual(timeout_ms, seed=1, idle_s=4.0)
    assert timeout_ms <= seen.detect <= 1.5 * timeout_ms + timeout_ms / 2 + 1200
    assert 500 <= seen.elect - seen.detect <= 1400
    assert seen.elect <= seen.write <= seen.elect + 200
    assert seen.redirect <= 300
    assert seen.map <= 300
    assert seen.bytes_s > 5 * 2 * 2256 * 1000 / timeout_ms, "each other node, both ways"


def test_a_row_has_median_least_and_greatest() -> None:
    measured = [Figures(n, n, n, n, n, 1000.0 * n) for n in (3.0, 1.0, 2.0)]
    assert summary(measured)[0] == "2 (1-3)"
    assert summary(measured)[5] == "2,000 (1,000-3,000)"
    assert "| 1000 | redlearn, virtual | 3 | 2 (1-3) |" in table(
        [(1000, "redlearn, virtual", measured)]
    )
