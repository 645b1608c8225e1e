"""Guests: clients over TCP of a session that somebody watches on a screen.

Whatever they do is a point of the session's timeline like what is typed at its prompt. While
the screen looks at the past, the session is not there for them: a reply that has been sent
cannot be unsent, and the future must not be lost. They wait until the screen comes back. So
they do while a command that was typed takes long, and the screen lives on (`tui/turns.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from redlearn.engine.client import NO_ADDRESS, Client
from redlearn.engine.engine import Engine
from redlearn.resp.reply import Reply
from redlearn.server.host import Deliver, to_nobody
from redlearn.timeline.session import Moved, Session

SLICE_S: Final = 0.004
"""For how long a guest that sends thousands of commands holds the screen up."""

HASTE_S: Final = 0.0005
"""For how long while a key is on its way, which takes a dozen turns of the loop to be painted."""


class SessionHost:
    """A session as connections see it.

    Attributes:
        session: The session.
        deliver, resume, pipeline, slice_s: See `Host`.
    """

    pipeline: Final = None  # each command is an input of the session

    def __init__(self, session: Session, now_ms: Callable[[], int]) -> None:
        """Args:
        session: Whose engine the guests talk to.
        now_ms: The time of the wall, which the session follows while it is live.
        """
        self.session = session
        self.deliver: Deliver = to_nobody
        self.resume: Callable[[], None] = lambda: None
        self.slice_s = SLICE_S
        self._now_ms = now_ms
        self._was_away = self._was_busy = False
        self._guests: set[int] = set()
        session.subscribe(self._moved)

    @property
    def engine(self) -> Engine:
        """The session's engine, in the state that the screen shows."""
        return self.session.engine

    @property
    def ready(self) -> bool:
        """Whether the session is in its present, and nothing happens in it at this moment."""
        if self.session.carrying.busy:
            self._was_busy = True  # and whoever asked waits
            return False
        return not self.session.in_past

    def connect(self, address: str, local: str, socket: int) -> Client:
        """A new client; ConnectionRefusedError while the session's server is down."""
        if down := self.session.world.down:
            raise ConnectionRefusedError(down)
        self.session.catch_up(self._now_ms())
        client_id = self.session.connect(address, local)
        self._guests.add(client_id)
        return self.engine.state.clients[client_id]

    def disconnect(self, client_id: int) -> None:
        """A client has gone. In the past that is remembered until the present is back."""
        self._guests.discard(client_id)
        if self.ready and client_id in self.engine.state.clients:
            self.session.disconnect(client_id)

    def execute(self, client: Client, argv: list[bytes]) -> Sequence[Reply]:
        """Run a command; what there is to answer at once."""
        self.session.catch_up(self._now_ms())
        return self.session.execute(client.id, argv)

    def settle(self) -> None:
        """Nothing: a session tells of late replies as soon as there are any."""

    def tick(self) -> None:
        """Let the session's clock go on, if it runs, and those who waited for a long command."""
        if self.session.carrying.busy:
            return
        self.session.catch_up(self._now_ms())
        if self._was_busy and self.ready:
            self._was_busy = False
            self._part_with_the_gone()
            self.resume()

    def next_timeout_ms(self) -> int | None:
        """When the next blocked client gives up, or a pause ends."""
        if self.session.carrying.busy or not self.session.live or self.session.in_past:
            return None
        return self.engine.state.next_due_ms()

    def _moved(self, moved: Moved) -> None:
        for client_id, reply in moved.late:
            if client_id in self._guests:
                self.session.late_replies(client_id)
                self.deliver(client_id, (reply,))
        for client_id in self._guests - self.engine.state.clients.keys() if self.ready else ():
            self.deliver(client_id, ())  # it was sent away
        if self._was_away and self.ready:
            self._part_with_the_gone()
            self.resume()
        self._was_away = not self.ready

    def _part_with_the_gone(self) -> None:
        """Those who hung up while the screen was in the past leave now."""
        self._was_away = False
        for client in list(self.engine.state.clients.values()):
            if client.address != NO_ADDRESS and client.id not in self._guests:
                self.session.disconnect(client.id)
