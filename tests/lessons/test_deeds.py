"""Deeds are commands that no server is sent."""

from __future__ import annotations

from redlearn.engine.command import COMMANDS
from redlearn.lessons.deeds import DEEDS, is_deed, words_of
from redlearn.tui.acts import ACTS


def test_a_colon_makes_a_command_a_deed() -> None:
    assert is_deed([b":kill", b"7002"])
    assert not is_deed([b"KILL", b"7002"])
    assert not is_deed([])


def test_its_words_come_without_the_colon() -> None:
    assert words_of([b":partition", b"7001", b"|", b"7002"]) == ("partition", "7001", "|", "7002")


def test_no_command_of_redis_is_shadowed_by_one() -> None:
    assert not any(name.startswith(b":") for name in COMMANDS)


def test_every_deed_can_be_typed_at_the_prompt() -> None:
    known = {act.name: act.takes for act in ACTS}
    assert {name: deed.takes for name, deed in DEEDS.items()}.items() <= known.items()
