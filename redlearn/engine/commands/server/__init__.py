"""Server commands, by topic: the databases, CONFIG, COMMAND, DEBUG and MEMORY."""

from redlearn.engine.commands.server import (  # noqa: F401
    commands,
    config,
    databases,
    debug,
    debug_looks,
    memory,
    monitor,
)
