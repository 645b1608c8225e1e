"""Set commands: members, chance, and several sets made into one."""

from redlearn.engine.commands.set import chance, combine, members  # noqa: F401
