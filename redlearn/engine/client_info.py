"""What CLIENT LIST says of a client; the ACL log says it of who was refused.

Source: `networking.c` catClientInfoString, getClientType.
"""

from __future__ import annotations

from redlearn.engine.client import Client
from redlearn.engine.state import State
from redlearn.errors import as_text


def describe(state: State, client: Client) -> bytes:
    """One line of CLIENT LIST, without its end (`networking.c` catClientInfoString)."""
    asked, unread = state.edge.waiting(client.id)
    fields = {
        "id": client.id, "addr": client.address, "laddr": client.local_address, "fd": client.socket,
        "name": as_text(client.name),
        "age": (state.now_ms - client.created_ms) // 1000,
        "idle": (state.now_ms - client.last_ms) // 1000,
        "flags": _flag_letters(state, client), "db": client.db.index,
        "sub": len(client.subscriptions["channels"]),
        "psub": len(client.subscriptions["patterns"]),
        "ssub": len(client.subscriptions["shards"]),
        "multi": -1 if client.queue is None else len(client.queue),
        "watch": len(client.watched), "qbuf": asked, "qbuf-free": 0, "argv-mem": 0, "multi-mem": 0,
        "rbs": 0, "rbp": 0, "obl": 0, "oll": int(unread > 0), "omem": unread,
        "tot-mem": asked + unread, "events": "r",
        "cmd": client.last_command or "NULL", "user": as_text(client.user),
        "redir": -1 if client.tracking is None else client.tracking.redirect,
        "resp": client.protocol, "lib-name": as_text(client.library_name),
        "lib-ver": as_text(client.library_version),
    }  # fmt: skip
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode()


def type_of(client: Client) -> bytes:
    """What CLIENT LIST TYPE calls it (`networking.c` getClientType)."""
    if client.obeyed:
        return b"master"
    if client.follows:
        return b"slave"
    return b"pubsub" if client.listens else b"normal"


def _flag_letters(state: State, client: Client) -> str:
    tracking = client.tracking
    letters = (
        ("O", client.id in state.crowd.monitors),
        ("S", client.follows),
        ("M", client.obeyed),
        ("P", client.listens),
        ("x", client.queue is not None),
        ("b", client.wait is not None),
        ("t", tracking is not None),
        ("R", tracking is not None and tracking.broken),
        ("B", tracking is not None and tracking.bcast),
        ("d", client.dirty_cas),
        ("c", client.closing),
        ("U", client.address.startswith("/")),
        ("r", client.read_only),
        ("e", client.no_evict),
        ("T", client.no_touch),
    )
    return "".join(letter for letter, applies in letters if applies) or "N"
