"""Connection commands: who a client is, what it wants, and who has to leave."""

from redlearn.engine.commands.connection import clients, ending, session, tracking  # noqa: F401
