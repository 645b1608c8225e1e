"""Snapshots written in slices while others write: each is of the moment it began at.

Random commands of all kinds run between the slices, on the very keys that wait to be written. What
the file holds in the end is loaded by another engine, and must come to the digest of the beginning.
"""

from __future__ import annotations

from random import Random
from unittest.mock import patch

from redlearn.engine.digest import digest_of_value
from redlearn.engine.transactions import is_expired
from redlearn.persistence.job import SlicedJob
from tests.oracle.programs import everything
from tests.persistence.stored import Stored

AVOIDED = {b"DEBUG", b"CONFIG", b"FLUSHALL", b"CLIENT", b"HELLO", b"QUIT", b"SAVE", b"BGSAVE"}


def differs(seed: int, commands: int = 400) -> str:
    """What is not as it was when the snapshot began; "" if all is."""
    rng = Random(seed)
    stored = Stored()
    _write(stored, rng, commands)
    before = _alive(stored)
    stored("BGSAVE")
    job = stored.store.snapshots.job
    assert isinstance(job, SlicedJob)
    job._at_once = rng.choice((1, 3, 20))
    slices = 0
    with patch("redlearn.persistence.snapshot.LOOKED_AT", rng.choice((4, 32, 4096))):
        while stored.store.busy:
            _write(stored, rng, rng.randrange(8))
            stored.store.poll()
            slices += 1
    if not stored.known.save_ok:
        return f"it failed: {stored.said}"
    stored.kill()
    after = _alive(stored)
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return f"seed {seed}: {changed} of {len(before)} in {slices} slices" if changed else ""


def those_that_differ(first: int, end: int) -> list[str]:
    """What differs in runs of these seeds."""
    return [wrong for seed in range(first, end) if (wrong := differs(seed))]


def _alive(stored: Stored) -> dict[tuple[int, bytes], tuple[str, int]]:
    """The digest and the end of every key whose time is not over: a load leaves those out."""
    return {
        (db.index, entry.key): (digest_of_value(db, entry.key), db.expiry_of(entry.key))
        for db in stored.engine.state.databases
        for entry in db.keys.entries()
        if not is_expired(db, entry.key, stored.clock.ms)
    }


def _write(stored: Stored, rng: Random, count: int) -> None:
    """Run so many random commands, whatever they are answered."""
    client = stored.engine.connect()
    for _ in range(count):
        argv = everything.draw(rng)
        if argv[0].upper() in AVOIDED:
            continue
        stored.engine.execute(client, argv)
        if client.wait is not None or client.closing:
            stored.engine.disconnect(client)
            client = stored.engine.connect()
    stored.engine.disconnect(client)
