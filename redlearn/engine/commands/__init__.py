"""Commands: what a client may ask. One module per group; importing this fills the table."""

from redlearn.engine.commands import (  # noqa: F401
    acl,
    bitmap,
    cluster,
    connection,
    generic,
    geo,
    hash,
    hyperloglog,
    list,
    pubsub,
    scripting,
    server,
    set,
    stream,
    string,
    transactions,
    zset,
)
