"""Repeated: commands that another server has run, and that run here at no time.

A replica repeats its primary's, a node of a cluster those that bring it slots. It is 1 January 1970
for them (`Engine.hold_time`): nothing is over, as the other has decided what was. But who looks
when a key was used last should not see that.
"""

from __future__ import annotations

from collections.abc import Iterable

from redlearn.engine.access import LFU_START, access_counted
from redlearn.engine.command import Command
from redlearn.engine.keys import key_positions
from redlearn.engine.keyspace import Database
from redlearn.engine.state import State


def use_now(state: State, db: Database, calls: Iterable[tuple[Command, list[bytes]]]) -> None:
    """Keys that commands have made at no time count as used now. O(keys named)."""
    old, new = 0, state.now_ms
    if state.counts_uses:
        old, new = access_counted(LFU_START, 0), access_counted(LFU_START, state.now_ms)
    for command, argv in calls:
        for at in key_positions(command, argv):
            entry = db.keys.find(argv[at])
            if entry is not None and entry.access == old:
                entry.access = new
