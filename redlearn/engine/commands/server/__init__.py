"""Server commands, by topic: the databases, CONFIG, and COMMAND."""

from redlearn.engine.commands.server import commands, config, databases  # noqa: F401
