"""What the clients pane sees: who is connected, who waits for what, and who is served next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from redlearn.engine.client import Client, Wait
from redlearn.engine.state import State
from redlearn.engine.users import DEFAULT

SORTED_UP_TO: Final = 500
"""Up to so many clients those that wait come first; more than that in order of arrival."""

KEYS_KEPT: Final = 4
"""Watched keys, and keys waited for, that are copied of one client; the rest is counted."""

LINES_KEPT: Final = 8
"""Keys whose waiting lines are copied, and clients of each line."""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client.

    Attributes:
        name: What the front end or CLIENT SETNAME calls it, or "".
        idle_ms: Since it last sent something.
        last: The last command that was not refused.
        wait: What it waits for, or None.
        held: How many commands it sent meanwhile.
        queued: Commands in its MULTI, or None outside of one.
        doomed: Why its EXEC will run nothing: "watched", "refused", or "".
        watched: Some of the keys it watches, and how many there are in all.
        channels: Some of the channels and patterns it listens to; `listens` is how many.
        user: Whom it has proved to be; "" for the default user, "?" while it is a stranger.
    """

    id: int
    name: str
    db: int
    idle_ms: int
    last: str = ""
    wait: Wait | None = None
    held: int = 0
    queued: int | None = None
    doomed: str = ""
    watched: tuple[bytes, ...] = ()
    watching: int = 0
    channels: tuple[bytes, ...] = ()
    listens: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Who waits for one key, the one that is served next at the front; `more` are left out."""

    db: int
    key: bytes
    clients: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ClientsView:
    """Some clients.

    Attributes:
        total, waiting: How many there are, and how many of them wait.
        first: Index of the first one shown.
        now_ms: The moment looked at.
        lines: Keys that are waited for; `more` others are.
    """

    rows: tuple[ClientRow, ...]
    total: int
    waiting: int
    first: int
    now_ms: int
    lines: tuple[WaitingLine, ...] = ()
    more: int = 0
    names: Mapping[int, str] = field(default_factory=dict)


def look_at(
    state: State, now_ms: int, first: int, count: int, names: Mapping[int, str]
) -> ClientsView:
    """Copy out `count` clients from `first` on. O(visible + waiting) where there are many.

    Args:
        state: Of the engine; nothing in it is touched.
        names: What the front end calls clients, by id.
    """
    clients = list(state.clients.values()) if len(state.clients) <= SORTED_UP_TO else None
    waiting = len({id for db in state.databases for ids in db.waiting.values() for id in ids})
    if clients is None:
        shown = list(islice(state.clients.values(), max(first, 0), max(first, 0) + count))
    else:
        clients.sort(key=_urgency)
        first = max(min(first, len(clients) - count), 0)
        shown = clients[first : first + count]
    lines, more = _lines(state, names)
    rows = tuple(_row(client, now_ms, names) for client in shown)
    return ClientsView(
        rows, len(state.clients), waiting, max(first, 0), now_ms, lines, more, dict(names)
    )


def _urgency(client: Client) -> tuple[int, int]:
    """Those that wait come first, in the order they are served; then MULTI; then the others."""
    if client.wait is not None:
        return 0, client.wait.ticket
    return (1 if client.queue is not None or client.watched else 2), client.id


def _row(client: Client, now_ms: int, names: Mapping[int, str]) -> ClientRow:
    doomed = "watched" if client.dirty_cas else "refused" if client.dirty_exec else ""
    return ClientRow(
        id=client.id,
        name=name_of(client, names),
        db=client.db.index,
        idle_ms=max(now_ms - client.last_ms, 0),
        last=client.last_command,
        wait=client.wait,
        held=len(client.held),
        queued=None if client.queue is None else len(client.queue),
        doomed=doomed,
        watched=tuple(key for _, key, _ in client.watched[:KEYS_KEPT]),
        watching=len(client.watched),
        channels=tuple(islice(chain(*client.subscriptions.values()), KEYS_KEPT)),
        listens=sum(map(len, client.subscriptions.values())),
        user=_user_of(client),
    )


def _user_of(client: Client) -> str:
    if client.stranger:
        return "?"
    return "" if client.user == DEFAULT else client.user[:32].decode("utf-8", "backslashreplace")


def name_of(client: Client, names: Mapping[int, str]) -> str:
    """What a client is called: by the front end, else by itself, else not at all."""
    return names.get(client.id) or client.name[:32].decode("utf-8", "backslashreplace")


def _lines(state: State, names: Mapping[int, str]) -> tuple[tuple[WaitingLine, ...], int]:
    """The first keys that are waited for, each with its line; and how many more there are."""
    total = sum(len(db.waiting) for db in state.databases)
    found: list[WaitingLine] = []
    for db in state.databases:
        for key, ids in islice(db.waiting.items(), LINES_KEPT - len(found)):
            first = tuple(
                name_of(state.clients[id], names) or f"client {id}"
                for id in islice(ids, LINES_KEPT)
            )
            found.append(WaitingLine(db.index, key, first, len(ids) - len(first)))
    return tuple(found), total - len(found)
