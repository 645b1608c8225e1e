"""Every deed has an id and a sentence; keys are no trouble for multiplexers."""

from __future__ import annotations

from textual.binding import Binding

from redlearn.tui.bindings import DEEDS, bindings, footer_deeds, footer_names, key_names

# Multiplexers' prefixes, and keys that terminals send as Tab, Enter, Backspace and Escape.
TAKEN = {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+space", "ctrl+i", "ctrl+m", "ctrl+j", "ctrl+h"}


def test_ids_are_unique_so_that_a_keymap_can_name_each() -> None:
    ids = [binding.id for binding in bindings() if isinstance(binding, Binding)]
    assert None not in ids
    assert len(set(ids)) == len(ids)


def test_no_key_is_bound_twice() -> None:
    keys = [
        key
        for binding in bindings()
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    ]
    assert len(set(keys)) == len(keys)


def test_keys_that_terminals_or_multiplexers_take_are_left_alone() -> None:
    assert not TAKEN & {key for deed in DEEDS for key in deed.keys.split(",")}


def test_every_deed_has_a_name_and_a_sentence() -> None:
    assert all(deed.name and deed.help.endswith(".") for deed in DEEDS)


def test_what_prints_something_acts_only_in_panes() -> None:
    for deed in DEEDS:
        if deed.where == "anywhere":
            assert all(len(key) > 1 for key in deed.keys.split(",") if key)


def test_keys_are_named_as_people_write_them() -> None:
    assert key_names("comma") == ","
    assert key_names("right_square_bracket,l") == "] l"
    assert key_names("f1") == "f1"


def test_the_footer_offers_what_there_is_where_the_keys_go() -> None:
    names = [deed.id for deed in footer_deeds(on_pane=False, in_lesson=False)]
    assert "hint" not in names
    assert "back" in names
    assert "hint" in [deed.id for deed in footer_deeds(on_pane=False, in_lesson=True)]
    on_pane = footer_deeds(on_pane=True, in_lesson=False)
    assert footer_names(on_pane, on_pane=True)[0] == ("esc", "Prompt")
    assert ("f7", "Back") in footer_names(
        footer_deeds(on_pane=False, in_lesson=True), on_pane=False
    )
