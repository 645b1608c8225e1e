"""The probe: where the engine and its structures say what they just did.

A structure is handed one `Probe` at birth. While nobody watches, `probe.emit` is None
and a step costs one test:

    if emit := self._probe.emit:
        emit(Hopped(level, member, score))

While somebody watches, `emit` is a function that takes the event. Events are facts in
the past tense, and hold values, never live objects: a node changes later, and an event
that kept it would not remember what was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redlearn.compiling import mypyc_attr


@mypyc_attr(allow_interpreted_subclasses=True)
@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as plain data. Subclasses live beside the code that emits them."""


@dataclass(frozen=True, slots=True)
class RecordCut(Event):
    """Whoever kept a record of a command stopped there; the command itself went on.

    Attributes:
        kept: How many of its steps are in the record.
    """

    kept: int


class Probe:
    """One watcher, or none.

    Attributes:
        emit: Takes an event, or None while nobody watches. Loops read it once, at the top.
    """

    __slots__ = ("emit",)

    def __init__(self, emit: Callable[[Event], None] | None = None) -> None:
        self.emit = emit

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Let nobody hear what happens meanwhile: it was told once already."""
        emit, self.emit = self.emit, None
        try:
            yield
        finally:
            self.emit = emit
