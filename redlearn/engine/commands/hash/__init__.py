"""Hash commands, by topic: fields and values, when fields end, and both in one call.

Source: `t_hash.c`.
"""

from redlearn.engine.commands.hash import combined, expire, fields  # noqa: F401
