"""The recorder: a driver that keeps what Textual would have sent to a terminal.

The application runs as it does on a screen, without one. Every piece of output gets the
time that `now` says, which need not be the wall's: a recording of a lesson is stamped by the
lesson's own pace, however fast the machine makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.app import App
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver

from redlearn.export.cast import Cast, Moment

# What a terminal is asked, or told about its mouse and keyboard: no part of the picture.
_ENTER_SCREEN: Final = "\x1b[?1049h\x1b[?25l"


class Tape:
    """What was recorded.

    Attributes:
        now: Seconds since the recording began.
        moments: Everything so far.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.moments: list[Moment] = [Moment(0.0, "o", _ENTER_SCREEN)]

    def add(self, code: str, data: str) -> None:
        """Something happened now. Times never go back."""
        at = max(self.now(), self.moments[-1].at)
        last = self.moments[-1]
        if code == "o" and last.code == "o" and last.at == at:
            self.moments[-1] = Moment(at, "o", last.data + data)
        else:
            self.moments.append(Moment(at, code, data))

    def mark(self, name: str) -> None:
        """Name this moment: players can jump to it."""
        self.add("m", name)

    def cast(self, width: int, height: int, title: str) -> Cast:
        """The recording, as what is written to a file."""
        return Cast(width, height, tuple(self.moments), title)


def recording_driver(tape: Tape) -> type[Driver]:
    """A driver class whose output goes onto a tape."""

    class RecordingDriver(HeadlessDriver):
        """Says that it is a terminal, so that Textual draws; and writes to the tape."""

        def __init__(
            self,
            app: App[object],
            *,
            debug: bool = False,
            mouse: bool = True,
            size: tuple[int, int] | None = None,
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)

        @property
        def is_headless(self) -> bool:
            return False

        def write(self, data: str) -> None:
            tape.add("o", data)

    return RecordingDriver
