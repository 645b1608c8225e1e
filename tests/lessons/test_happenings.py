from __future__ import annotations

from typing import get_args

import pytest

from redlearn.lessons import happenings
from redlearn.lessons.happenings import Happening, Request, Run, Say, Typed
from redlearn.lessons.model import Wait
from tests.lessons.samples import sample


@pytest.mark.parametrize("kind", [*get_args(Happening), *get_args(Request)])
def test_happenings_and_requests_are_frozen_and_documented(kind: type) -> None:
    assert kind.__doc__
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclasses have it
    assert "__slots__" in vars(kind)
    assert getattr(happenings, kind.__name__) is kind


def test_they_are_compared_by_value_so_that_a_player_can_be_tabled() -> None:
    assert Typed((b"GET", b"k")) == Typed((b"GET", b"k"))
    assert Say(("x",)) != Say(("x",), "hint")
    wait = Wait(sample().steps[0].place, 5, "")
    assert Run(wait) != Run(wait, unseen=True)
