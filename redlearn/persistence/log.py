"""The log of an engine, as its store sees it: none can be turned on yet."""

from __future__ import annotations

from collections.abc import Iterator

from redlearn.engine.engine import Engine


class Log:
    """A log that is off."""

    def __init__(self, engine: Engine) -> None:
        self._known = engine.state.durability

    def starting(self) -> Iterator[None]:
        """Load it, in steps."""
        return iter(())

    def reloading(self) -> Iterator[None]:
        """Load it once more, in steps."""
        return iter(())

    def shutdown(self, *, force: bool) -> bool:
        """Make it safe; whether the server may end."""
        return True

    def begin_rewrite(self) -> bool:
        """Begin to write it anew; whether that was possible."""
        return False

    def turn_on(self) -> bool:
        """Begin one; whether that was possible."""
        return False
