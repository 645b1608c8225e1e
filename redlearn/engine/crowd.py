"""Crowd: what concerns clients as a whole, and none of them alone.

Kept apart from `State` because it hangs together: all of it is empty on a server that nobody
monitors, pauses, or keeps copies from; and then no command pays for it.
"""

from __future__ import annotations

Frozen = tuple[object, ...]


class Crowd:
    """Monitors, a pause, and who keeps copies of what.

    Attributes:
        alert: Every client is guarded at present: something has to see all their commands.
        by_turns: Somebody calls `Engine.before_sleep` after each turn of a loop, and those with
            BCAST are told then; else after each command. Not for snapshots: who serves sets it.
        busy: A script takes long, and all but its end has to wait. Not for snapshots: in a session
            a script is over before anything else happens.
        monitored_ms: What monitors are told of the time while it is held (`Engine.hold_time`); 0
            otherwise. Not for snapshots either.
        monitors: Ids of the clients that said MONITOR (`monitor.py`).
        pauses: For what clients wait (`clients.py`), in INFO's words: until when, and whether only
            who writes does.
        paused_until_ms: When the last of these ends; 0 for no pause.
        paused_writes_only: They stop only what may write.
        postponed: Ids of clients that a pause has stopped, in that order.
        tracked: Ids of those who have read a key and keep a copy (`tracking.py`).
        tracked_prefixes: Ids of those who want to know of all keys that begin so.
        tracked_changes: Keys with such a prefix that the present command, or turn, has changed, and
            whose command it was, 0 for nobody's.
        tracking_clients: How many clients want to be told of changes.
    """

    __slots__ = (
        "alert", "busy", "by_turns", "monitored_ms", "monitors", "paused_until_ms",
        "paused_writes_only", "pauses", "postponed", "tracked", "tracked_changes",
        "tracked_prefixes", "tracking_clients",
    )  # fmt: skip

    def __init__(self) -> None:
        self.alert = False
        self.busy = self.by_turns = False
        self.monitored_ms = 0
        self.monitors: dict[int, None] = {}
        self.pauses: dict[str, tuple[int, bool]] = {}
        self.paused_until_ms = 0
        self.paused_writes_only = False
        self.postponed: list[int] = []
        self.tracked: dict[bytes, dict[int, None]] = {}
        self.tracked_prefixes: dict[bytes, dict[int, None]] = {}
        self.tracked_changes: dict[bytes, int] = {}
        self.tracking_clients = 0

    def sum_up_pauses(self) -> None:
        """All of them together last as long as the longest, and are as strict as the strictest."""
        self.paused_until_ms = max((until_ms for until_ms, _ in self.pauses.values()), default=0)
        self.paused_writes_only = bool(self.pauses) and all(
            writes_only for _, writes_only in self.pauses.values()
        )

    def freeze(self) -> Frozen:
        """All of it that clients do not hold themselves, for a snapshot."""
        return (
            self.alert,
            tuple(self.monitors),
            tuple(self.pauses.items()),
            tuple(self.postponed),
            tuple((key, tuple(readers)) for key, readers in self.tracked.items()),
        )

    def thaw(self, frozen: Frozen) -> None:
        """Take it back; what follows from the clients is worked out by `tracking.rebuild`."""
        alert, monitors, pauses, postponed, tracked = frozen
        assert isinstance(alert, bool)
        assert isinstance(pauses, tuple)
        assert isinstance(monitors, tuple)
        assert isinstance(postponed, tuple)
        assert isinstance(tracked, tuple)
        self.alert = alert
        self.monitors = dict.fromkeys(monitors)
        self.pauses = dict(pauses)
        self.sum_up_pauses()
        self.postponed = list(postponed)
        self.tracked = {key: dict.fromkeys(readers) for key, readers in tracked}
