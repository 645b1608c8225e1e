"""The pane host draws any pane, no more than it must, and survives one that raises."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from textual.app import App, ComposeResult

from redlearn.lines import Lines, Run, line
from redlearn.theme import DARK, LIGHT
from redlearn.tui.looks import Looks
from redlearn.tui.pane_host import PaneHost, Tab, Window, error_card


@dataclass(frozen=True)
class Rows:
    """A view: which rows of a long picture the window shows."""

    first: int = 0
    word: str = "row"


class RowsPane:
    """A pane of numbered rows, which can be told to fail."""

    TITLE = "Rows"

    def __init__(self) -> None:
        self.renders = 0
        self.broken = False
        self.odd: int | None = None  # the only row that then depends on the view

    def render(self, view: Rows, width: int, height: int) -> Lines:
        self.renders += 1
        if self.broken:
            raise ValueError("tower [bold]without[/bold] \x1b[31m nodes")
        if self.odd is not None:
            return tuple(
                line(Run(f"row {n + view.first if n == self.odd else n}", "key"))
                for n in range(height)
            )
        return tuple(line(Run(f"{view.word} {view.first + n}", "key")) for n in range(height))


class Stage(App[None]):
    """One host, filling the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.pane, self.word = RowsPane(), "row"
        self.host = PaneHost(self.pane, self.source, Looks(DARK), id="rows")
        self.clicked: list[str] = []

    def source(self, window: Window) -> Rows:
        return Rows(window.y, self.word)

    def compose(self) -> ComposeResult:
        yield self.host

    def on_pane_host_tab_clicked(self, message: PaneHost.TabClicked) -> None:
        self.clicked.append(message.pane_id)


def frame_of(host: PaneHost) -> list[str]:
    return [host.render_line(y).text for y in range(host.size.height)]


async def test_a_pane_is_drawn_inside_its_frame() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)):
        top, *body, bottom = frame_of(app.host)
        assert top.startswith("╭─") and "Rows" in top and top.endswith("╮")
        assert body == [f"│{f'row {n}':<18}│" for n in range(3)]
        assert bottom == "╰" + "─" * 18 + "╯"


async def test_without_a_box_there_is_one_line_on_top_and_all_the_width() -> None:
    app = Stage()
    async with app.run_test(size=(20, 3)):
        app.host.dress([Tab("rows", "Rows", 1)], "board zset", frame="top")
        assert frame_of(app.host)[1:] == [f"{'row 0':<20}", f"{'row 1':<20}"]
        assert "1 Rows" in frame_of(app.host)[0]


async def test_an_equal_view_is_not_drawn_again() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)):
        before = app.pane.renders
        app.host.update_view()
        assert app.pane.renders == before
        app.word = "line"
        app.host.update_view()
        assert app.pane.renders == before + 1
        assert app.host.text().startswith("line 0")


async def test_only_the_lines_that_changed_are_painted_again() -> None:
    app = Stage()
    async with app.run_test(size=(20, 6)):
        app.pane.odd = 2
        old = list(app.host._strips)
        app.host.pan(0, 2)  # another view, of which only the third line differs
        changed = [y for y, strip in enumerate(app.host._strips) if strip is not old[y]]
        assert changed == [3]


async def test_a_picture_out_of_sight_is_not_moved() -> None:
    app = Stage()
    async with app.run_test(size=(20, 6)) as pilot:
        app.host.focus()
        await pilot.press("down")
        app.host.styles.display = "none"
        await pilot.pause()
        app.host.pan(0, 20)
        app.host.styles.display = "block"
        await pilot.pause()
        app.host.focus()
        await pilot.pause()
        await pilot.press("down")
        assert app.host.text().startswith("row 2\n")


async def test_a_pane_that_raises_shows_a_card_and_recovers() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)):
        app.pane.broken, app.word = True, "other"
        app.host.update_view()
        assert "The pane 'Rows' could not be drawn" in app.host.text()
        assert "tower [bold]without[/bold] \\x1b[31m nodes" in app.host.text()
        assert isinstance(app.host.failure, ValueError)
        app.pane.broken = False
        app.host.update_view()
        assert app.host.text().startswith("other 0")
        assert app.host.failure is None


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 2), (200, 3), (40, 50)])
def test_an_error_card_fits_any_size(width: int, height: int) -> None:
    card = error_card("Rows", ValueError("x" * 300), width, height)
    assert len(card) <= height
    assert all(sum(len(run.text) for run in row) <= width for row in card)


async def test_arrow_keys_move_the_window_and_never_before_the_beginning() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)) as pilot:
        app.host.focus()
        await pilot.press("down", "down", "right", "up", "left", "left")
        assert (app.host.window.x, app.host.window.y) == (0, 1)
        assert app.host.text().startswith("row 1")
        await pilot.press("pagedown")
        assert app.host.window.y == 3
        app.host.move_to(0, 0)
        assert app.host.window.y == 0


async def test_focus_shows_in_the_frame() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)) as pilot:
        app.screen.set_focus(None)
        await pilot.pause()
        unfocused = app.host.render_line(0)
        app.host.focus()
        await pilot.pause()
        assert app.host.render_line(0) != unfocused
        assert app.host.render_line(0).text == unfocused.text


async def test_tabs_show_their_numbers_and_what_changed_and_can_be_clicked() -> None:
    app = Stage()
    async with app.run_test(size=(40, 5)) as pilot:
        app.host.dress([Tab("rows", "Rows", 1), Tab("ttl", "TTL", 2, changed=True)])
        top = frame_of(app.host)[0]
        assert "1 Rows │•2 TTL " in top
        await pilot.click(PaneHost, offset=(top.index("TTL"), 0))
        assert app.clicked == ["ttl"]


async def test_too_many_tabs_are_shown_by_their_digits_and_can_be_clicked() -> None:
    app = Stage()
    async with app.run_test(size=(18, 5)) as pilot:
        tabs = [Tab("rows", "Rows", 1), Tab("ttl", "Time to live", 2), Tab("aof", "Log", 3)]
        app.host.dress(tabs, "pinned: board")
        top = frame_of(app.host)[0]
        assert "1 Rows│ 2│ 3" in top and "pinned" not in top
        await pilot.click(PaneHost, offset=(top.index("3"), 0))
        assert app.clicked == ["aof"]
        await pilot.resize_terminal(20, 5)
        assert "1 Rows│ 2 Tim│ 3╮" in frame_of(app.host)[0]  # the nearest has letters
        await pilot.click(PaneHost, offset=(frame_of(app.host)[0].index("3"), 0))
        assert app.clicked == ["aof", "aof"]
        await pilot.resize_terminal(30, 5)
        assert "1 Rows│ 2 Time│ 3 Log" in frame_of(app.host)[0]
        await pilot.resize_terminal(34, 5)
        assert "1 Rows│ 2 Time to live│ 3 Log" in frame_of(app.host)[0]


async def test_a_subject_is_shortened_where_there_is_no_room_for_all_of_it() -> None:
    app = Stage()
    async with app.run_test(size=(24, 5)):
        app.host.dress([Tab("rows", "Rows", 1)], "pinned: board")
        assert "pinned: board" not in frame_of(app.host)[0]
        assert " pinned " in frame_of(app.host)[0]


async def test_another_theme_repaints_without_drawing_again() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)):
        renders, before = app.pane.renders, app.host.render_line(1)
        app.host.look_like(Looks(LIGHT))
        assert app.host.render_line(1) != before
        assert app.pane.renders == renders


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 1), (1, 9)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    app = Stage()
    async with app.run_test(size=(30, 9)) as pilot:
        await pilot.resize_terminal(*size)
        assert [strip.cell_length for strip in app.host._strips] == [size[0]] * size[1]
        await pilot.resize_terminal(30, 9)
        assert app.host.text().startswith("row 0")


async def test_selected_text_can_be_copied() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.mouse_down(PaneHost, offset=(1, 1))
        await pilot.hover(PaneHost, offset=(6, 1))
        await pilot.mouse_up(PaneHost, offset=(6, 1))
        assert (app.screen.get_selected_text() or "").strip() == "row 0"
