"""Snapshots written in slices while others write: each is of the moment it began at.

Random commands of all kinds run between the slices, on the very keys that wait to be written. What
the file holds in the end is loaded by another engine, and must come to the digest of the beginning.
"""

from __future__ import annotations

from random import Random

from redlearn.engine.digest import digest_of_dataset
from redlearn.persistence.job import SlicedJob
from tests.oracle.programs import everything
from tests.persistence.stored import Stored

AVOIDED = {b"DEBUG", b"CONFIG", b"FLUSHALL", b"CLIENT", b"HELLO", b"QUIT", b"SAVE", b"BGSAVE"}


def differs(seed: int, commands: int = 400) -> str:
    """What is not as it was when the snapshot began; "" if all is."""
    rng = Random(seed)
    stored = Stored()
    _write(stored, rng, commands)
    before, keys = stored.digest(), stored("DBSIZE")
    stored("BGSAVE")
    job = stored.store.snapshots.job
    assert isinstance(job, SlicedJob)
    job._at_once = rng.choice((1, 3, 20))
    slices = 0
    while stored.store.busy:
        _write(stored, rng, rng.randrange(8))
        stored.store.poll()
        slices += 1
    if not stored.known.save_ok:
        return f"it failed: {stored.said}"
    stored.kill()
    after = digest_of_dataset(stored.engine.state.databases)
    return "" if after == before else f"seed {seed}: {keys} keys, {slices} slices, another digest"


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
