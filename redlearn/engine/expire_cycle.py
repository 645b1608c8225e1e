"""The expiry cycle: a piece of work, at each tick, on keys and fields whose time is over.

Which keys a round looks at, and when it stops, says `expiry.py`; here they are deleted. A piece is
a number of keys and fields, not a time, so that a replay deletes just what the first run did.

Source: `expire.c` activeExpireCycle, activeExpireHashFieldCycle; `server.c` databasesCron.
"""

from __future__ import annotations

from collections.abc import Callable

from redlearn.engine import expiry
from redlearn.engine.context import Context
from redlearn.engine.keyspace import Database
from redlearn.engine.values.hash import Hash


def run(context: Context, flush: Callable[[], None]) -> None:
    """Look for what is over in the next databases, within a budget of keys.

    Args:
        flush: Passes on what waits to be: each key and field that goes is one by itself.
    """
    state = context.state
    budget = expiry.KEYS_PER_CYCLE
    for _ in range(min(expiry.DATABASES_PER_CALL, len(state.databases))):
        expire_fields(context, flush)
        db = state.databases[state.expire_db % len(state.databases)]
        state.expire_db = (state.expire_db + 1) % len(state.databases)
        if len(db.expires):
            budget -= _expire_keys(context, flush, db, budget)
        if budget <= 0:
            return


def expire_fields(context: Context, flush: Callable[[], None]) -> None:
    """Take out fields that are over, of the hashes of one database, the first to end first.

    A database is left once all of its fields that are over are gone.

    Source: `expire.c` activeExpireHashFieldCycle; `t_hash.c` hashTypeDbActiveExpire.
    """
    state = context.state
    db = state.databases[state.field_db % len(state.databases)]
    quota = limit = expiry.fields_per_call(state.fields_behind)
    while quota and (found := db.hexpires.due(state.now_ms, 1)):
        context.db = db
        quota -= _expire_fields_of(context, flush, found[0][1], quota)
    if quota:
        state.fields_behind = 0
        state.field_db = (state.field_db + 1) % len(state.databases)
    else:
        state.fields_behind += limit


def _expire_fields_of(context: Context, flush: Callable[[], None], key: bytes, limit: int) -> int:
    """Take up to `limit` fields out of one hash; how many it were."""
    db, state = context.db, context.state
    context.observe(key, changing=True)
    hash = db.value_of(key)
    assert isinstance(hash, Hash)
    rows = hash.due(state.now_ms, limit)
    hash.expire([field for _, field in rows])
    for at_ms, field in rows:
        context.field_expired(key, field, at_ms, "active")
        flush()
    context.fields_expired(key, hash)
    return len(rows)


def _expire_keys(context: Context, flush: Callable[[], None], db: Database, budget: int) -> int:
    """Rounds over one database until few of the keys seen are stale; how many were seen."""
    state = context.state
    effort = state.config.number("active-expire-effort")
    seen = 0
    while len(db.expires) and seen < budget:
        round_ = expiry.sample(db, state.now_ms, effort)
        seen += max(round_.sampled, 1)
        context.db = db
        for key, at_ms in round_.stale:
            context.expire(key, at_ms, "active")
            flush()
        expiry.note_average_ttl(db, round_)
        if (emit := state.probe.emit) and round_.sampled:
            emit(expiry.ExpireRound(db.index, round_.sampled, len(round_.stale)))
        if not expiry.goes_on(db, round_, effort):
            break
    return seen
