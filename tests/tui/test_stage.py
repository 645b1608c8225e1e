"""The stage puts widgets where it is told, and is a picture of itself."""

from __future__ import annotations

from textual.app import App, ComposeResult

from redlearn.lines import Line, line
from redlearn.theme import DARK, LIGHT
from redlearn.tui.layouts import Rect
from redlearn.tui.looks import Looks
from redlearn.tui.stage import Bar, Stage


class Play(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.words = {"one": "first", "two": "second", "three": "third"}
        self.clicked: list[tuple[str, int]] = []
        self.arranged = 0
        self.bars = [Bar(self.source(name), Looks(DARK), id=name) for name in self.words]
        self.stage = Stage(self.arrange, self.on_arranged, self.bars)

    def source(self, name: str):  # type: ignore[no-untyped-def]  # a closure for a test
        def draw(width: int) -> Line:
            return line(self.words[name])

        return draw

    def arrange(self, width: int, height: int) -> dict[str, Rect]:
        half = width // 2
        if height < 2:
            return {"one": Rect(0, 0, width, height)}
        return {
            "one": Rect(0, 0, half, 1),
            "two": Rect(half, 0, width - half, 1),
            "three": Rect(0, 1, width, height - 1),
        }

    def on_arranged(self) -> None:
        self.arranged += 1

    def compose(self) -> ComposeResult:
        yield self.stage

    def on_bar_clicked(self, message: Bar.Clicked) -> None:
        self.clicked.append((message.bar, message.x))


def rows(app: Play) -> list[str]:
    return [strip.text.rstrip() for strip in app.stage.rows()]


async def test_widgets_stand_where_the_arrangement_says() -> None:
    app = Play()
    async with app.run_test(size=(20, 3)):
        assert app.bars[1].region.x == 10
        assert app.bars[2].region.y == 1
        assert app.arranged >= 1


async def test_the_stage_is_a_picture_of_what_stands_on_it() -> None:
    app = Play()
    async with app.run_test(size=(20, 3)):
        assert rows(app) == ["first     second", "third", ""]
        assert all(strip.cell_length == 20 for strip in app.stage.rows())


async def test_what_is_not_mentioned_is_not_shown() -> None:
    app = Play()
    async with app.run_test(size=(20, 3)) as pilot:
        await pilot.resize_terminal(20, 1)
        assert rows(app) == ["first"]
        await pilot.resize_terminal(20, 3)
        assert rows(app)[1] == "third"


async def test_a_bar_is_drawn_again_only_when_it_changed() -> None:
    app = Play()
    async with app.run_test(size=(20, 3)):
        bar = app.bars[0]
        before = bar.render_line(0)
        bar.update()
        assert bar.render_line(0) is before
        app.words["one"] = "other"
        bar.update()
        assert rows(app)[0].startswith("other")
        bar.look_like(Looks(LIGHT))
        assert bar.render_line(0) != before


async def test_a_bar_that_cannot_be_drawn_says_why_and_the_rest_goes_on() -> None:
    app = Play()
    async with app.run_test(size=(40, 3)):
        del app.words["one"]
        app.bars[0].update()
        assert rows(app)[0].startswith("KeyError: 'one'")
        assert rows(app)[1] == "third"


async def test_a_click_on_a_bar_tells_the_column() -> None:
    app = Play()
    async with app.run_test(size=(20, 3)) as pilot:
        await pilot.click(app.bars[1], offset=(4, 0))
        assert app.clicked == [("two", 4)]
