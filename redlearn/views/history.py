"""What views need of a session. It lives above them, so they know it by these protocols only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.probe import Event
from redlearn.resp.reply import Reply

T = TypeVar("T")


class Envelope(Protocol):
    """An event, and where it belongs: see `timeline.recording.Envelope`."""

    @property
    def seq(self) -> int: ...
    @property
    def key(self) -> bytes: ...
    @property
    def event(self) -> Event: ...


class Input(Protocol):
    """What entered the engine, and when. A command has `client` and `argv` as well."""

    @property
    def at_ms(self) -> int: ...


class Point(Protocol):
    """One input that happened: see `timeline.recording.Point`."""

    @property
    def number(self) -> int: ...
    @property
    def serial(self) -> int: ...
    @property
    def input(self) -> Input: ...
    @property
    def effects(self) -> tuple[Effect, ...]: ...
    @property
    def writers(self) -> tuple[str, ...]: ...
    @property
    def failed(self) -> bool: ...
    @property
    def key(self) -> bytes: ...


class History(Protocol):
    """A session: an engine, and what happened to it."""

    @property
    def engine(self) -> Engine: ...
    @property
    def now_ms(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def points(self) -> Sequence[Point]: ...

    def events(self, position: int) -> Sequence[Envelope]: ...

    def replies(self, position: int) -> Sequence[Reply]: ...

    def during(self, position: int, seq: int, look: Callable[[Engine], T]) -> T: ...


def argv_of(point: Point) -> tuple[bytes, ...]:
    """The command a point is, or () if it is something else, as a tick is."""
    argv: tuple[bytes, ...] = getattr(point.input, "argv", ())
    return argv
