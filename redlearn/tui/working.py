"""Working: something that takes long, done between two drawings of the screen.

A cluster of sixty nodes takes ten seconds to come about. Each piece of that is short; between
pieces whatever was typed is taken and drawn, as everything here happens in one loop. How far it is
stands in the title, ctrl+c gives it up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from redlearn.lines import Lines
from redlearn.tui.acts import Work, remark

SLICE_S = 0.015
"""How long it works before others have their turn: two such pieces are less than a frame."""


class Working:
    """At most one piece of work, and how far it is.

    Attributes:
        share: How much is done, 0 to 1.
        waits: Tells whether it has to: what comes of it is for nobody at the moment.
    """

    def __init__(self, say: Callable[[Lines], None], show: Callable[[], None]) -> None:
        """Args:
        say: Prints lines.
        show: Called when `text` has changed.
        """
        self._say = say
        self._show = show
        self.waits: Callable[[], bool] = lambda: False
        self._work: Work | None = None
        self.share = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is something under way."""
        return self._work is not None

    @property
    def text(self) -> str:
        """What is under way, and how far it is; "" for nothing."""
        return f"{self._work.name}: {self.share:.0%}" if self._work is not None else ""

    def begin(self, work: Work) -> None:
        """Take it up; `run` does it."""
        self._work, self.share = work, 0.0

    async def run(self) -> None:
        """Do it to its end, unless it is given up."""
        work = self._work
        while work is not None and self._work is work:
            if not self.waits() and not self._do_some(work):
                self._work = None
                self._show()
                self._say(work.then())
                return
            self._show()
            await asyncio.sleep(0.001)

    def give_up(self) -> bool:
        """Stop, for good; whether there was something to stop."""
        work, self._work = self._work, None
        if work is None:
            return False
        self._show()
        self._say((remark(f"Given up: {work.name}."),))
        return True

    def _do_some(self, work: Work) -> bool:
        """Some pieces; False if there are no more."""
        until = perf_counter() + SLICE_S
        while perf_counter() < until:
            share = next(work.pieces, None)
            if share is None:
                return False
            self.share = share
        return True
