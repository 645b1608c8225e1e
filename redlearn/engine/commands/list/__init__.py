"""List commands, by topic: at the ends, in the middle, from one list to another, waiting."""

from redlearn.engine.commands.list import ends, middle, moves, waiting  # noqa: F401
