"""Hash commands, by topic: fields and values, when fields end, and both in one call.

Source: `t_hash.c`.
"""

from redlearn.engine.commands.hash import fields  # noqa: F401  (the plain ones come first)

# isort: split
from redlearn.engine.commands.hash import combined, expire  # noqa: F401
