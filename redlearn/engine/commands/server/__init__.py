"""Server commands, by topic: the databases, CONFIG, COMMAND and DEBUG."""

from redlearn.engine.commands.server import commands, config, databases, debug  # noqa: F401
