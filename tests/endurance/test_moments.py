"""Snapshots of one moment, whatever is written meanwhile: a few of the many."""

from __future__ import annotations

import pytest

from tests.endurance.moments import differs


@pytest.mark.parametrize("seed", range(12))
def test_a_snapshot_is_of_the_moment_it_began_at(seed: int) -> None:
    assert differs(seed) == ""
