"""String commands, by topic: whole values, counters, pieces, and what two have in common."""

from redlearn.engine.commands.string import counters, lcs, pieces, values  # noqa: F401
