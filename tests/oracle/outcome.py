"""What a run of the comparison found, and the table that tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from redlearn.engine.command import COMMANDS, find_command
from tests.oracle.calls import Call

UNKNOWN = "(unknown)"


@dataclass
class Outcome:
    """What a run found.

    Attributes:
        calls, messages, effects: How many were compared, by the command's group. Calls inside
            EXEC count where they were queued.
        waited, served: How often a client had to wait, and got its reply out of another one's
            call, by group.
        states: How many answers about keys were compared after sequences, by question.
        sequences: How many sequences there were.
        too_slow: Sequences that were given up: keys ended before they were to.
        explained: How often each named difference was met.
        unexplained: The first few that nobody explains, ready to print.
    """

    calls: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    sequences: int = 0
    too_slow: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """How many calls were compared."""
        return self.calls.total()

    def count(self, call: Call) -> None:
        """Count a call with all that came of it."""
        group = group_of(call.argv)
        self.calls[group] += 1
        self.messages[group] += len(call.messages)
        self.effects[group] += len(call.effects)
        self.waited[group] += call.parked
        if call.argv[0].upper() != b"CLIENT":  # that would be UNBLOCK
            self.served.update(group_of(served.argv) for _, served in call.served)

    def table(self) -> Iterator[str]:
        """The lines that tell it all."""
        heads = ("calls", "notifications", "effects", "waits", "served")
        yield _row("group", *heads)
        counters = (self.calls, self.messages, self.effects, self.waited, self.served)
        for group in sorted(self.calls):
            yield _row(group, *(counted[group] for counted in counters))
        yield _row("together", *(counted.total() for counted in counters))
        asked = ", ".join(f"{name} {times}" for name, times in self.states.most_common())
        yield f"states: {self.states.total()} answers after {self.sequences} sequences: {asked}"
        if self.too_slow:
            yield f"{self.too_slow} sequences given up: this machine was too slow for them"
        for name, times in self.explained.most_common():
            yield f"{times:9} x known: {name}"


def _row(name: str, *cells: int | str) -> str:
    return f"{name:14}" + "".join(f"{cell:>15}" for cell in cells)


def group_of(argv: list[bytes]) -> str:
    """The documented group of a command."""
    row = find_command(argv) or COMMANDS.get(argv[0].upper())
    return UNKNOWN if row is None else row.group
