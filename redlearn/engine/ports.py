"""Ports: what the edge hands in, so that the engine can ask for it without knowing what it is."""

from __future__ import annotations

from typing import Protocol


class ScriptRunner(Protocol):
    """Runs Lua, one script at a time, somewhere where it can do no harm.

    It is a conversation: a job goes in, a request comes out, its answer goes in, until what comes
    out is the outcome. The first byte of a message says what it is (`scripting.py`). Between two
    messages nothing of the engine moves.
    """

    def begin(self, job: bytes) -> bytes:
        """Start a script; its first message."""
        ...

    def go_on(self, answer: bytes) -> bytes:
        """Answer the last request; the next message."""
        ...

    def kill(self) -> None:
        """End the script that runs, if any; its next message says so."""
        ...


class AclFile(Protocol):
    """The file with one line for each user; who has a disk provides it."""

    name: str

    def read(self) -> bytes:
        """All of it. Raises OSError."""
        ...

    def write(self, text: bytes) -> None:
        """Put other text into its place, whole or not at all. Raises OSError."""
        ...


class Store(Protocol):
    """Keeps the data where it outlives the process; who has a disk provides it.

    How all this goes is written down in `State.durability`. What is refused here, and not by the
    commands, is refused because it cannot be: a disk that is full, or not there.
    """

    def save(self) -> bool:
        """Write a snapshot, now; whether that was possible."""
        ...

    def begin_save(self) -> bool:
        """Begin a snapshot of this moment, which is written while others are served."""
        ...

    def cancel_save(self) -> None:
        """Give up the snapshot under way, or the one that is scheduled."""
        ...

    def begin_rewrite(self) -> bool:
        """Begin to write the append-only file anew."""
        ...

    def reload(self, *, save: bool, flush: bool, merge: bool) -> bool:
        """Read the snapshot into the engine, whose data goes first unless `flush` is False.

        Args:
            save: Write one first.
            flush: Empty the engine before.
            merge: Keys that are there already are no error.

        Raises:
            CommandError: It cannot be written.
        """
        ...

    def reload_log(self) -> bool:
        """Empty the engine, and read the append-only file into it; whether that was possible."""
        ...

    def emptied(self) -> None:
        """All data was thrown away (FLUSHALL): a snapshot of it is old."""
        ...

    def refusal(self, name: str, value: object) -> str:
        """Take a new value of a parameter to heart before it is set; why it cannot be, or ""."""
        ...

    def configured(self, name: str) -> None:
        """A parameter has been set."""
        ...

    def before_sleep(self) -> None:
        """Commands have been run, and their replies are about to be sent."""
        ...

    def cron(self) -> None:
        """The engine's timer fires."""
        ...

    def freeze(self) -> object:
        """All that it remembers, for a snapshot of the timeline."""
        ...

    def thaw(self, frozen: object) -> None:
        """Take it back."""
        ...
