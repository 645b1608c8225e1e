"""Transactions of many clients that race each other, and the check that they are in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.clients.served import Served
from tests.endurance.transfers import Done, Race, disorder


async def test_no_money_is_lost_and_the_history_has_one_order(served: Served) -> None:
    race = Race(served.port, seed=1)
    await race.run()
    assert len([each for each in race.done if each.changed]) == 16 * 20
    assert race.lost > 0, "nobody was ever in another's way"
    assert disorder(race.done, race.accounts) == ""


GOOD = [
    Done(1, 1.0, 2.0, {"account:0": 1000, "account:1": 1000}, {"account:0": -5, "account:1": 5}),
    Done(1, 1.5, 2.5, {"account:0": 995, "account:1": 1005}, {}),
    Done(2, 3.0, 4.0, {"account:0": 995, "account:1": 1005}, {"account:0": 1, "account:1": -1}),
]


@pytest.mark.parametrize(
    ("at", "changed", "found"),
    [
        (0, {}, ""),
        (2, {"version": 3}, "a version is missing"),
        (2, {"saw": {"account:0": 1000}}, "saw what never was"),
        (1, {"saw": {"account:0": 1000, "account:1": 1005}}, "saw what never was"),
        (2, {"changed": {"account:0": 1}}, "money is lost"),
        (2, {"asked": 0.1, "answered": 0.2}, "was answered before"),
    ],
)
def test_each_kind_of_disorder_is_found(at: int, changed: dict[str, object], found: str) -> None:
    history = list(GOOD)
    history[at] = replace(history[at], **changed)
    said = disorder(history, 2)
    assert found in said and bool(said) == bool(found)
