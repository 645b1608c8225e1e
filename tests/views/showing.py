"""What tests of views and panes share: a session with a gallery, driven by command lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redlearn.engine.context import KeyUsed
from redlearn.engine.effects import Propagated
from redlearn.engine.engine import CommandFinished, CommandStarted
from redlearn.lines import Lines, plain, width_of
from redlearn.probe import Event
from redlearn.resp.reply import Reply
from redlearn.resp.text import split_args
from redlearn.timeline.session import Envelope, Recipe, Session
from redlearn.views.gallery import Gallery

BOOKKEEPING = (CommandStarted, CommandFinished, KeyUsed, Propagated)

SMALL_ZSETS = {"zset-max-listpack-entries": "4"}
SMALL_HASHES = {"hash-max-listpack-entries": "2"}


class Showing:
    """A session, its gallery, and one client.

    Calling it runs a line, or ready-made arguments: `show("SET k v")`, `show(b"SET", b"\\x00")`.
    """

    def __init__(
        self, *lines: str, config: Mapping[str, str] | None = None, towers: Sequence[int] = ()
    ) -> None:
        self.session = Session(Recipe(config=config or {}, towers=towers))
        self.gallery = Gallery(self.session)
        self.session.subscribe(self.gallery.moved)
        self.client = self.session.connect()
        for line in lines:
            self(line)

    def __call__(self, *command: str | bytes) -> list[Reply]:
        if len(command) == 1 and isinstance(command[0], str):
            argv = split_args(command[0])
        else:
            argv = [part.encode() if isinstance(part, str) else part for part in command]
        return self.session.execute(self.client, argv)

    def steps(self) -> tuple[Envelope, ...]:
        """The steps of the last command, as the desk counts them."""
        events = self.session.events(self.session.position)
        return tuple(each for each in events if not isinstance(each.event, BOOKKEEPING))

    def events(self) -> list[Event]:
        """Every event of the last command."""
        return [envelope.event for envelope in self.session.events(self.session.position)]


def board() -> Showing:
    """Five players with scripted towers: ann has three lanes, cy two, the others one."""
    return Showing(
        "ZADD board 50 ann 20 bob 90 cy 70 dee",
        "ZADD board 60 eve",
        config=SMALL_ZSETS,
        towers=[1, 3, 1, 2, 1, 2, 1],
    )


def assert_fits(lines: Lines, width: int, height: int) -> str:
    """The text of `lines`, which must fit a window and hold nothing that moves a cursor."""
    assert len(lines) <= height
    for each in lines:
        assert width_of(each) <= width, (width, each)
        for run in each:
            assert run.text.isprintable() or not run.text, run
    return plain(lines)
