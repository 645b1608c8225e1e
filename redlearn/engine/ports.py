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
