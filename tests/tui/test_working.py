"""What takes long: done bit by bit, shown, given up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from redlearn.lines import Lines, line, plain
from redlearn.tui.acts import Work
from redlearn.tui.working import SLICE_S, Working


class Screen:
    """What was said, and what the title said in between."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[str] = []
        self.working = Working(self.say, lambda: self.shown.append(self.working.text))

    def say(self, lines: Lines) -> None:
        self.said.append(plain(lines))


def long(pieces: int = 40) -> Iterator[float]:
    """Each piece takes a tenth of a slice."""
    for number in range(pieces):
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - begun < SLICE_S / 10:
            pass
        yield number / pieces


def test_it_says_how_far_it_is_and_in_the_end_what_came_of_it() -> None:
    async def play() -> Screen:
        screen = Screen()
        screen.working.begin(Work("a mill", long(), lambda: (line("it mills"),)))
        await screen.working.run()
        return screen

    screen = asyncio.run(play())
    assert screen.said == ["it mills"]
    assert screen.shown[-1] == ""
    shares = [int(text.removeprefix("a mill: ").removesuffix("%")) for text in screen.shown[:-1]]
    assert len(shares) >= 2
    assert shares == sorted(shares)
    assert not screen.working.busy


def test_others_have_their_turn_in_between() -> None:
    async def play() -> list[str]:
        screen, turns = Screen(), []
        screen.working.begin(Work("a mill", long(), tuple))
        running = asyncio.create_task(screen.working.run())
        while not running.done():
            turns.append(screen.working.text)
            await asyncio.sleep(0)
        return turns

    assert len(asyncio.run(play())) >= 3


def test_what_is_given_up_ends_where_it_is_and_nothing_comes_of_it() -> None:
    async def play() -> Screen:
        screen = Screen()
        screen.working.begin(Work("a mill", long(4000), lambda: (line("it mills"),)))
        running = asyncio.create_task(screen.working.run())
        await asyncio.sleep(0)
        assert screen.working.give_up()
        await running
        return screen

    screen = asyncio.run(play())
    assert screen.said == ["Given up: a mill."]
    assert not screen.working.give_up()


def test_it_waits_while_what_comes_of_it_is_for_nobody() -> None:
    async def play() -> list[str]:
        screen, waits = Screen(), [True]
        screen.working.waits = lambda: waits[0]
        screen.working.begin(Work("a mill", long(), lambda: (line("it mills"),)))
        running = asyncio.create_task(screen.working.run())
        for _ in range(5):
            await asyncio.sleep(0.001)
        assert screen.working.text == "a mill: 0%"
        waits[0] = False
        await running
        return screen.said

    assert asyncio.run(play()) == ["it mills"]
