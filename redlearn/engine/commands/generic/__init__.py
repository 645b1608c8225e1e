"""Generic commands, which work on keys whatever they hold, by topic."""

from redlearn.engine.commands.generic import (  # noqa: F401
    dump,
    expire,
    keys,
    migrate,
    objects,
    replicas,
    search,
    sort,
)
