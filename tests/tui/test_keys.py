"""Textual keys become prompt_toolkit's, and wait their turn."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from redlearn.tui.keys import PASSED_ON, KeyInput, key_presses


@pytest.mark.parametrize(
    ("name", "character", "keys"),
    [
        ("a", "a", ["a"]),
        ("A", "A", ["A"]),
        ("left_square_bracket", "[", ["["]),
        ("space", " ", [" "]),
        ("enter", "\r", [Keys.ControlM]),
        ("tab", "\t", [Keys.ControlI]),
        ("shift+tab", None, [Keys.BackTab]),
        ("backspace", "\x7f", [Keys.ControlH]),
        ("ctrl+r", "\x12", [Keys.ControlR]),
        ("ctrl+r", None, [Keys.ControlR]),
        ("ctrl+left", None, [Keys.ControlLeft]),
        ("ctrl+shift+left", None, [Keys.ControlShiftLeft]),
        ("up", None, [Keys.Up]),
        ("home", None, [Keys.Home]),
        ("delete", None, [Keys.Delete]),
        ("alt+f", "f", [Keys.Escape, "f"]),
        ("alt+shift+f", "F", [Keys.Escape, "F"]),
        ("alt+backspace", None, [Keys.Escape, Keys.ControlH]),
        ("escape", "\x1b", [Keys.Escape]),
        ("cjk", "键", ["键"]),
        ("joiner", "\u200d", ["\u200d"]),
        ("no_such_key", None, []),
        ("ctrl+no_such_key", None, []),
    ],
)
def test_each_key_has_its_counterpart(
    name: str, character: str | None, keys: list[Keys | str]
) -> None:
    assert [press.key for press in key_presses(name, character)] == keys


def test_enter_carries_a_return_so_that_vi_replace_mode_can_insert_it() -> None:
    assert key_presses("enter", None) == (KeyPress(Keys.ControlM, "\r"),)


def test_function_keys_and_leaving_are_not_for_the_prompt() -> None:
    assert {"f1", "f6", "f12", "ctrl+q", "ctrl+z", "ctrl+p"} <= PASSED_ON


def test_keys_typed_while_nobody_reads_wait_for_the_next_reader() -> None:
    keys = KeyInput()
    keys.feed(key_presses("a", "a"))
    keys.feed(key_presses("b", "b"))
    assert [press.data for press in keys.read_keys()] == ["a", "b"]
    assert keys.read_keys() == []


async def test_a_reader_is_told_of_keys_and_of_those_that_came_before_it() -> None:
    keys = KeyInput()
    told: list[int] = []
    with keys.attach(lambda: told.append(len(keys.read_keys()))):
        keys.feed(key_presses("a", "a"))
        assert told == [1]
        await asyncio.sleep(0)
        assert told == [1, 0]
    keys.feed(key_presses("b", "b"))
    assert told == [1, 0]


def test_there_is_no_file_to_read_from() -> None:
    with pytest.raises(NotImplementedError):
        KeyInput().fileno()
    assert KeyInput().typeahead_hash() != ""
    assert not KeyInput().closed
