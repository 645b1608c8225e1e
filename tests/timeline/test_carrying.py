"""Carrying inputs out: here and now, or by somebody else, and what is under way meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.lua.runner import session_runner
from redlearn.timeline.carrying import Carrying
from redlearn.timeline.session import Session


def test_while_an_input_is_carried_out_the_session_is_busy_and_only_the_first_time_is_told() -> (
    None
):
    carrying, runner, seen = Carrying(), session_runner(), list[tuple[bool, bool]]()

    def look() -> None:
        seen.append((carrying.busy, runner.first_time))

    carrying.anew(look)
    carrying.again(look)
    look()
    assert seen == [(True, True), (True, False), (False, False)]


def test_what_goes_wrong_leaves_nothing_under_way() -> None:
    carrying = Carrying()
    with pytest.raises(ZeroDivisionError):
        carrying.anew(lambda: 1 // 0)
    assert not carrying.busy
    assert not session_runner().first_time


def test_a_session_has_all_that_changes_its_world_carried_out() -> None:
    session, carried = Session(), list[int]()

    def by(act: Callable[[], object]) -> None:
        act()
        carried.append(session.position)

    session.carrying.by = by
    client = session.connect()
    session.execute(client, [b"SET", b"k", b"v"])
    session.seek(1)
    assert carried == [1, 2, 1]
