"""Generic commands, which work on keys whatever they hold, by topic."""

from redlearn.engine.commands.generic import dump, expire, keys, objects, search  # noqa: F401
