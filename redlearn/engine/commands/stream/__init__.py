"""Stream commands, by topic: entries, trimming, reading, groups, what is pending, what is known."""

from redlearn.engine.commands.stream import (  # noqa: F401
    entries,
    groups,
    info,
    pending,
    reading,
    trim,
)
