"""Transactions: WATCH bookkeeping, shared by commands and by the engine.

MULTI opens a queue, EXEC runs it whole, and WATCH makes EXEC conditional: a client that
watches a key is marked as soon as anybody changes that key, and a marked client's EXEC
runs nothing. It is optimistic locking: nobody waits, the loser tries again.

Nothing is ever rolled back. A command that fails inside EXEC reports its error in its
place of the reply, and the others stand.

Source: `multi.c`.
"""

from __future__ import annotations

from redlearn.engine.client import Client
from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.state import State


def watch(state: State, client: Client, db: Database, key: bytes) -> None:
    """Mark `client` as soon as `key` changes (`multi.c watchForKey`). O(1)."""
    watchers = db.watched.setdefault(key, set())
    if client.id in watchers:
        return
    watchers.add(client.id)
    client.watched.append((db, key, is_expired(db, key, state.now_ms)))
    state.watching += 1
    if not state.attentive:
        state.pay_attention()


def forget_watches(state: State, client: Client) -> None:
    """Stop watching everything (`multi.c unwatchAllKeys`)."""
    if not client.watched:
        return
    for db, key, _ in client.watched:
        watchers = db.watched[key]
        watchers.discard(client.id)
        if not watchers:
            del db.watched[key]
    state.watching -= len(client.watched)
    client.watched.clear()
    state.pay_attention()


def mark_watchers(state: State, db: Database, key: bytes) -> None:
    """Let EXEC fail for every client that watches `key` (`multi.c touchWatchedKey`).

    A marked client has nothing more to learn, so its watches end. A key that was stale when
    it was watched may be deleted, for nothing is lost; it must not come into being again.
    """
    for client_id in tuple(db.watched.get(key, ())):
        client = state.clients[client_id]
        watches = client.watched
        if (db, key, True) in watches:
            if key not in db.keys:
                watches[watches.index((db, key, True))] = (db, key, False)
        else:
            client.dirty_cas = True
            forget_watches(state, client)


def watched_key_expired(state: State, client: Client) -> bool:
    """Whether a watched key's time ended since WATCH (`multi.c isWatchedKeyExpired`).

    A key that was stale already when it was watched does not count.
    """
    return any(
        not was_expired and is_expired(db, key, state.now_ms)
        for db, key, was_expired in client.watched
    )


def is_expired(db: Database, key: bytes, now_ms: int) -> bool:
    """Whether the key is past its time but still there."""
    at_ms = db.expiry_of(key)
    return at_ms != NO_EXPIRY and at_ms <= now_ms


def end_multi(state: State, client: Client) -> None:
    """Close the queue and forget the watches (`multi.c discardTransaction`)."""
    client.queue = None
    client.dirty_exec = False
    client.dirty_cas = False
    if client.guarded:  # perhaps for what was in the queue
        client.guard()
    if client.watched:
        forget_watches(state, client)
