"""A session with something in it, for the tests of the prompt."""

from __future__ import annotations

from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.text import split_args
from redlearn.timeline.session import Recipe, Session

FURNITURE = (
    "ZADD board 50 ann 20 bob 90 cy 70 dee 60 eve",
    "HSET user:1 name ann age 25",
    "SET k v EX 20",
    "SET 'odd key' 1",
    r'SET "\x00\xff" binary',
    "SET café 1",
)


class Room:
    """A session, its one client, and what that client is surrounded by."""

    def __init__(self, *lines: str, **config: str) -> None:
        self.session = Session(Recipe(config=config))
        self.client = self.session.connect()
        self.around = Surroundings.of(lambda: self.session, lambda: self.client)
        self.run(*lines)

    def run(self, *lines: str) -> None:
        for line in lines:
            self.session.execute(self.client, split_args(line))


def furnished() -> Room:
    """The room most tests are in: one key of each type, and some with odd names."""
    return Room(*FURNITURE)
