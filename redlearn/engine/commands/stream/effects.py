"""What is passed on for consumer groups.

Whom a group gives which entry depends on who asked first, and when: a replica could not find
that out by itself. So reading is passed on as its outcome: an XCLAIM for each entry, which
says whose it is, since when and how often, and an XGROUP SETID that says how far the group is.

Source: `t_stream.c` streamPropagateXCLAIM, streamPropagateGroupID,
streamPropagateConsumerCreation.
"""

from __future__ import annotations

from redlearn.engine.context import Context
from redlearn.engine.structures.stream_node import id_text
from redlearn.engine.values.stream_group import Group, Pending


def pass_on_claim(
    ctx: Context, key: bytes, name: bytes, group: Group, id: bytes, pending: Pending
) -> None:
    """Pass on who has an entry now. `name` is the group's, `id` as it is to be written."""
    ctx.propagate(
        b"XCLAIM", key, name, pending.consumer.name, b"0", id,
        b"TIME", b"%d" % pending.delivered_ms, b"RETRYCOUNT", b"%d" % pending.deliveries,
        b"FORCE", b"JUSTID", b"LASTID", id_text(group.last_id),
    )  # fmt: skip


def pass_on_position(ctx: Context, key: bytes, name: bytes, group: Group) -> None:
    """Pass on how far a group is."""
    ctx.propagate(
        b"XGROUP", b"SETID", key, name, id_text(group.last_id),
        b"ENTRIESREAD", b"%d" % group.entries_read,
    )  # fmt: skip


def pass_on_consumer(ctx: Context, key: bytes, name: bytes, consumer: bytes) -> None:
    """Pass on that there is a new consumer."""
    ctx.propagate(b"XGROUP", b"CREATECONSUMER", key, name, consumer)
