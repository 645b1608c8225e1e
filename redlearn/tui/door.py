"""Door: lets clients over TCP into the sandbox, so that a program of one's own is seen here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from redlearn.lines import Line, Run, line
from redlearn.server.endpoints import Endpoints
from redlearn.server.guests import HASTE_S, SLICE_S, SessionHost
from redlearn.server.listener import Listener
from redlearn.server.log import Log
from redlearn.timeline.session import Session

ON_ITS_WAY_S: Final = 0.1
"""How long a key that was pressed is given until it is painted, if nobody says that it is."""


class Door:
    """A listener in front of a session.

    Attributes:
        port: Where it listens once it is open, or 0.
    """

    def __init__(self, session: Session, port: int, now_ms: Callable[[], int]) -> None:
        """Args:
        session: Who is visited.
        port: Where to listen, on 127.0.0.1; -1 for any free port.
        now_ms: The time of the wall.
        """
        self.port = 0
        self._wanted = port
        self._host = SessionHost(session, now_ms)
        self._listener: Listener | None = None
        self._calm: asyncio.TimerHandle | None = None

    @property
    def held(self) -> int:
        """How many programs wait for the screen to come back to the present."""
        return self._listener.held if self._listener is not None else 0

    def hurry(self) -> None:
        """A key was pressed: programs let the screen have its turn often until it is painted."""
        self.calm()
        self._host.slice_s = HASTE_S
        self._calm = asyncio.get_running_loop().call_later(ON_ITS_WAY_S, self.calm)

    def calm(self) -> None:
        """It is painted: more turns cost programs a tenth of their time."""
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
            self._host.slice_s = SLICE_S

    async def open(self, say: Callable[[Line], None]) -> None:
        """Listen; says where, or why not."""

        def write(sentence: str, level: str) -> None:
            say(line(Run(sentence.rstrip(), "warn")))

        log = Log(write)
        listener = Listener(self._host, log)
        try:
            await listener.open(Endpoints(port=self._wanted))
        except OSError as error:
            log(f"Nobody can connect: {error.strerror or error}")
            return
        self._listener = listener
        self.port = listener.ports[0]
        say(line(Run(f"Programs can connect to 127.0.0.1:{self.port}.", "hint")))
