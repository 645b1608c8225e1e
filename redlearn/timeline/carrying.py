"""Carrying: how an input is carried out, and whether that is under way.

A session changes its world in one place, which is this. A screen has it done by a thread, so as
to live on meanwhile (`tui/turns.py`); everybody else has it done here and now.
"""

from __future__ import annotations

from collections.abc import Callable

from redlearn.lua.runner import session_runner


def at_once(act: Callable[[], object]) -> None:
    """Carry something out here and now."""
    act()


class Carrying:
    """Carries acts out.

    Attributes:
        by: Who does; it comes back when the act is done, and may do something else meanwhile.
        busy: Whether one is under way: what the session holds is half done.
    """

    def __init__(self) -> None:
        self.by: Callable[[Callable[[], object]], None] = at_once
        self.busy = False

    def anew(self, act: Callable[[], object]) -> None:
        """Carry out what has not happened before, so that scripts run that were killed once."""
        runner = session_runner()
        runner.first_time = True
        try:
            self.again(act)
        finally:
            runner.first_time = False

    def again(self, act: Callable[[], object]) -> None:
        """Carry out what has happened before."""
        self.busy = True
        try:
            self.by(act)
        finally:
            self.busy = False
