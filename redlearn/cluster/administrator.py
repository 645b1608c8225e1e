"""An administrator: a coordinator on a host of the simulator, with connections and patience.

It is a process like the nodes: its orders go over the network and take their time, it may be killed
in the midst of its work, and it goes on whenever time passes. Told to go step by step, it gives an
order only when it is allowed one.
"""

from __future__ import annotations

from typing import Any, Final

from redlearn.clock import Clock
from redlearn.cluster.caller import Caller, Wires
from redlearn.cluster.client import Address, Finished, NodeLost
from redlearn.cluster.coordinator import Coordinator, Work
from redlearn.cluster.network import News
from redlearn.cluster.orders import LOOKS, Order
from redlearn.probe import Event, Probe

NO_END: Final = -1
"""As many orders as it takes."""

LOOKING: Final = -2
"""As many as it takes to have asked all nodes how they are."""

MOST_TOLD: Final = 400
"""Facts of the work that are kept: what its film shows."""

Frozen = tuple[Any, ...]


class Administrator:
    """Carries out one piece of work.

    Attributes:
        coordinator: What there is to do.
        allowed: How many orders it may still give; NO_END for all, LOOKING for the first ones.
        told: What it sent and what came back, with the moments (ms); the last of it.
        untold: How much of that came before, and is not kept.
    """

    def __init__(
        self, wires: Wires, host: str, clock: Clock, seed: Address, work: Work,
        allowed: int = NO_END, probe: Probe | None = None,
    ) -> None:  # fmt: skip
        """Args:
        seed: The node that it is told of.
        allowed: How many orders it may give at first.
        """
        self.coordinator = Coordinator(seed, work, probe)
        self.allowed = allowed
        self.told: list[tuple[int, Event]] = []
        self.untold = 0
        self._caller = Caller(wires, host, clock, (seed,))

    @property
    def done(self) -> bool:
        """Whether nothing is left to be done."""
        return not self._caller.busy and self.coordinator.next is None

    @property
    def busy(self) -> bool:
        """Whether it will go on by itself: an order is under way, or it may give one."""
        return self._caller.busy or self._allowed_next() is not None

    def _allowed_next(self) -> Order | None:
        """The order that it may give now."""
        order = self.coordinator.next
        looks = order is not None and order.heed in LOOKS
        return order if self.allowed and (looks or self.allowed != LOOKING) else None

    def allow(self, orders: int) -> None:
        """Let it give so many orders, or NO_END of them, from now on: all it said was shown."""
        self.allowed, self.coordinator.aloud = orders, orders > 0
        self.coordinator.shown = self.coordinator.lines
        self._go_on()

    def _go_on(self) -> None:
        """Take what came of the last order, and give the next."""
        caller, coordinator = self._caller, self.coordinator
        if caller.finished:
            caller.finished = False
            facts = [pair for pair in caller.told if not isinstance(pair[1], Finished)]
            self.untold += max(len(self.told) + len(facts) - MOST_TOLD, 0)
            self.told = (self.told + facts)[-MOST_TOLD:]
            if any(isinstance(fact, NodeLost) for _, fact in caller.told):
                coordinator.lost()
            else:
                coordinator.answered(caller.reply)
        if caller.busy or (order := self._allowed_next()) is None:
            return
        self.allowed -= self.allowed > 0
        caller.send(order.commands, order.to)

    # ---- a member of the simulator ----

    def hear(self, news: News) -> None:
        """Something about a connection."""
        self._caller.hear(news)

    def cron(self) -> None:
        """Ten times a second: patience ends."""
        self._caller.cron()

    def settle(self) -> None:
        """Go on, if there is anything to go on with."""
        self._go_on()

    def freeze(self) -> Frozen:
        """All that it is."""
        told = self.untold, tuple(self.told)
        return self.coordinator.freeze(), self.allowed, told, self._caller.freeze()

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        coordinator, self.allowed, (self.untold, told), caller = frozen
        self.coordinator.thaw(coordinator)
        self.told = list(told)
        self._caller.thaw(caller)
