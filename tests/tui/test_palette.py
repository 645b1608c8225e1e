"""The palette lists everything, and nothing twice."""

from __future__ import annotations

from redlearn.tui.palette import palette


def test_no_two_entries_of_the_palette_have_the_same_name() -> None:
    done: list[str] = []
    found = list(palette({"aof": "AOF", "help": "Help"}, done.append, done.append, done.append))
    names = [each.title for each in found]
    assert len(set(names)) == len(names)
    assert {"Help", "Pane: Help", "Pane: AOF", "Theme: dark", "Back"} <= set(names)


def test_each_entry_does_what_it_says() -> None:
    done: list[str] = []
    for each in palette({"aof": "AOF"}, done.append, done.append, done.append):
        if each.title in ("Zoom", "Pane: AOF", "Theme: light"):
            each.callback()
    assert done == ["zoom", "aof", "light"]
