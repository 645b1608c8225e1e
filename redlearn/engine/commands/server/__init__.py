"""Server commands, by topic: the databases, CONFIG, COMMAND, DEBUG, and what a server tells."""

from redlearn.engine.commands.server import (  # noqa: F401
    commands,
    config,
    databases,
    debug,
    debug_looks,
    info,
    latency,
    logs,
    memory,
    monitor,
    persistence,
    process,
)
