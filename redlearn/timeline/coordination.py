"""A coordinator beside a cluster's nodes: `reshard`, `fix` and `order`, as a world does them.

It is one host of the simulator. Without `step` it works until it is done, within one input; with
it, an input gives as many orders as are asked for, and anything may happen between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.cluster.administrator import LOOKING, NO_END, Administrator
from redlearn.cluster.client import Address
from redlearn.cluster.coordinator import Fix, Reshard, Work
from redlearn.cluster.simulator import Leave, Simulator, Tell
from redlearn.slots import SLOTS
from redlearn.views.narration import counted

COORDINATOR: Final = "coordinator"
HOST_IP: Final = b"10.0.0.8"

WHICH_SLOTS: Final = (
    "Which slots, from whom, to whom? :reshard 5061 7001 7002, :reshard 0-99,200 7001 7002"
)
HOW_TO_FIX: Final = "fix takes force, which goes on though primaries are missing, and step."
HOW_MANY: Final = "How many orders? A number, or all."
AT_WORK: Final = "A coordinator is at work: :order gives its next order, :kill coordinator ends it."
NONE_AT_WORK: Final = (
    "No coordinator is at work: :reshard or :fix begins with step, :order goes on."
)

MOST_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Hire:
    """Begin a piece of work; `steps`: only look around, and wait to be told to go on."""

    work: Work
    steps: bool


@dataclass(frozen=True, slots=True)
class Allow:
    """Let so many orders be given."""

    orders: int


Deed = Hire | Allow


def read_reshard(words: Sequence[str], nodes: Sequence[str], host: str) -> Hire:
    """`5061 7001 7002`, `0-99,200 7001 7002 step`. Raises ValueError with a sentence."""
    rest = [word for word in words if word != "step"]
    if len(rest) != 3:
        raise ValueError(WHICH_SLOTS)
    slots = read_slots(rest[0])
    for name in rest[1:]:
        if name not in nodes:
            raise ValueError(f"There is no node {name!a}: there are {', '.join(nodes)}.")
    if rest[1] == rest[2]:
        raise ValueError(f"From {rest[1]} to itself nothing would move.")
    source, target = (Address(host, int(name)) for name in rest[1:])
    return Hire(Reshard(slots, source, target), "step" in words)


def read_slots(text: str) -> tuple[int, ...]:
    """Slots in order, each once: `5061`, `0-99,200`. Raises ValueError with a sentence."""
    slots: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        ends = [_number(end) for end in (first, last or first)]
        if ends[0] is None or ends[1] is None or not 0 <= ends[0] <= ends[1] < SLOTS:
            raise ValueError(WHICH_SLOTS)
        slots.update(range(ends[0], ends[1] + 1))
    return tuple(sorted(slots))


def read_fix(words: Sequence[str]) -> Hire:
    """Nothing, `force`, `step`. Raises ValueError with a sentence."""
    if len(set(words)) != len(words) or not set(words) <= {"force", "step"}:
        raise ValueError(HOW_TO_FIX)
    return Hire(Fix("force" in words), "step" in words)


def read_order(words: Sequence[str]) -> Allow:
    """Nothing for one, a number, `all`. Raises ValueError with a sentence."""
    if tuple(words) == ("all",):
        return Allow(NO_END)
    orders = _number(words[0]) if len(words) == 1 else None if words else 1
    if not orders:
        raise ValueError(HOW_MANY)
    return Allow(orders)


def _number(word: str) -> int | None:
    fits = word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS
    return int(word) if fits else None


# ---- the host ----


def found(simulator: Simulator) -> Administrator | None:
    """The coordinator, if there is one; it may have nothing left to do."""
    host = simulator.hosts.get(COORDINATOR)
    member = None if host is None else host.member
    return member if isinstance(member, Administrator) else None


def at_work(simulator: Simulator) -> bool:
    """Whether there is one with something left to do."""
    member = found(simulator)
    return member is not None and not member.done


def refusal(deed: Deed, simulator: Simulator) -> str:
    """Why that cannot be done now, as a sentence; "" if it can."""
    if isinstance(deed, Hire):
        return AT_WORK if at_work(simulator) else ""
    return "" if at_work(simulator) else NONE_AT_WORK


def begin(deed: Deed, simulator: Simulator, seed: Address) -> Administrator:
    """Do it; whoever called lets time pass while the coordinator is busy.

    Args:
        seed: The node that it is told of.
    """
    if isinstance(deed, Allow):
        simulator.act(Tell(COORDINATOR, lambda member: member.allow(deed.orders)))
    else:
        _hire(simulator, deed, seed)
    member = found(simulator)
    assert member is not None
    return member


def _hire(simulator: Simulator, hire: Hire, seed: Address) -> None:
    def build(within: Simulator, host: str) -> Administrator:
        allowed = LOOKING if hire.steps else NO_END
        return Administrator(
            within.network, host, within.clock, seed, hire.work, allowed, within.probe
        )

    if COORDINATOR in simulator.hosts:
        simulator.act(Leave(COORDINATOR))
    simulator.add(COORDINATOR, HOST_IP, (), build)


def lines(worker: Administrator) -> tuple[str, ...]:
    """What is to be told of its work: what it said since it was last allowed to, how it stands."""
    coordinator = worker.coordinator
    told = coordinator.fresh()
    order = coordinator.next
    if coordinator.trouble:
        told.append(f"The coordinator gives up: {coordinator.trouble}")
    elif order is None:
        told.append(f"The coordinator is done after {counted(coordinator.given, 'order')}.")
    else:
        told.append(f"Next: {order}   (:order)")
    return tuple(told)
