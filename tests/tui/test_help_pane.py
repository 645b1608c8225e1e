"""The help names every key and every act, and can be scrolled through."""

from __future__ import annotations

from redlearn.lines import plain, width_of
from redlearn.tui.acts import ACTS
from redlearn.tui.bindings import DEEDS
from redlearn.tui.help_pane import HelpView, all_rows, render

PANES = ("Structure", "Slots")


def test_every_deed_with_a_key_and_every_act_is_there() -> None:
    text = plain(all_rows(PANES, 200))
    for deed in DEEDS:
        assert not deed.keys or deed.help in text
    for act in ACTS:
        assert f":{act.name}" in text and act.help in text


def test_panes_are_named_with_their_digits() -> None:
    assert "1 Structure, 2 Slots" in plain(all_rows(PANES, 100))


def test_long_rows_are_wrapped_behind_their_names() -> None:
    for width in (44, 78):
        rows = all_rows(PANES, width)
        assert all(width_of(row) <= width for row in rows)
        words = " ".join(plain(rows).split())
        assert "at the end of time, on in the lesson." in words


def test_the_window_moves_and_stops_at_both_ends() -> None:
    rows = all_rows(PANES, 80)
    assert render(HelpView(PANES), 80, 5)[:4] == tuple(rows[:4])
    assert render(HelpView(PANES, first=7), 80, 5)[:4] == tuple(rows[7:11])
    assert plain(render(HelpView(PANES), 80, 5)).endswith("ctrl+down ▾")
    assert render(HelpView(PANES, first=9999), 80, 5) == tuple(rows[-5:])
    assert render(HelpView(PANES, first=-3), 80, 5)[:4] == tuple(rows[:4])
