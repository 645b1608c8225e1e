"""What can be done to a cluster from outside, as words: `kill 7002`, `partition 7001 | 7002 7003`.

The same words stand behind a colon at the prompt and in lessons. They become acts of the simulator,
or a manner for its clients; what cannot be understood is answered with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redlearn.cluster.client import Manner
from redlearn.cluster.formation import IP
from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import (
    Act,
    Crash,
    Cut,
    Heal,
    Pause,
    Restart,
    Resume,
    Weather,
)
from redlearn.timeline.coordination import Allow, Hire, read_fix, read_order, read_reshard

HOST: Final = IP.decode("ascii")
MOST_DELAY_MS: Final = 60_000
MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Amend:
    """One of the conditions is that now, everywhere; None: it stays, and so do all others."""

    loss: float | None = None
    delay_us: int | None = None

    def act(self, now: Conditions) -> Weather:
        """The act, for a network whose conditions are these."""
        if self.loss is not None:
            now = replace(now, loss=self.loss)
        if self.delay_us is not None:
            now = replace(now, delay_us=self.delay_us)
        return Weather(now)


Done = Act | Manner | Hire | Allow | Amend
Read = Callable[[Sequence[str], Sequence[str]], Done]


def act_of(words: Sequence[str], nodes: Sequence[str]) -> Done:
    """What the words mean to a cluster of these nodes.

    Raises:
        ValueError: Nothing; the message is a sentence that says what would.
    """
    name, *rest = words or ("",)
    read = READERS.get(name)
    if read is None:
        raise ValueError(f"Nothing called {name!a} can be done to a cluster.")
    return read(rest, nodes)


def _one(kind: Callable[[str], Act], verb: str) -> Read:
    """A deed that names one node."""

    def read(words: Sequence[str], nodes: Sequence[str]) -> Act:
        if len(words) != 1:
            raise ValueError(f"{verb} which node? One of {', '.join(nodes)}.")
        _check(words, nodes)
        return kind(words[0])

    return read


def _partition(words: Sequence[str], nodes: Sequence[str]) -> Act:
    """`7001 | 7002 7003`, or `7001 > 7002`: one way only. One group: from all others."""
    for sign, both in (("|", True), (">", False)):
        if sign in words:
            at = list(words).index(sign)
            near, far = tuple(words[:at]), tuple(words[at + 1 :])
            _check((*near, *far), nodes)
            if not near or not far or set(near) & set(far):
                break
            return Cut(near, far, both)
    else:
        near = tuple(words)
        _check(near, nodes)
        far = tuple(node for node in nodes if node not in near)
        if near and far:
            return Cut(near, far)
    raise ValueError("Between whom? :partition 7001 | 7002 7003, or 7001 > 7002 for one way.")


def _heal(words: Sequence[str], nodes: Sequence[str]) -> Act:
    if words:
        raise ValueError("heal takes nothing: it undoes every partition.")
    return Heal()


def _loss(words: Sequence[str], nodes: Sequence[str]) -> Amend:
    percent = _number(words, 100, "How many percent are to get lost? A number up to 100.")
    return Amend(loss=percent / 100)


def _delay(words: Sequence[str], nodes: Sequence[str]) -> Amend:
    says = f"How many milliseconds? A number up to {MOST_DELAY_MS}."
    return Amend(delay_us=1000 * _number(words, MOST_DELAY_MS, says))


def _client(words: Sequence[str], nodes: Sequence[str]) -> Manner:
    names = [manner.value for manner in Manner]
    if len(words) != 1 or words[0] not in names:
        raise ValueError(f"What kind of client? One of {', '.join(names)}.")
    return Manner(words[0])


def _number(words: Sequence[str], most: int, says: str) -> int:
    word = words[0] if len(words) == 1 else ""
    if not (word.isascii() and word.isdecimal()) or len(word) > MOST_DIGITS or int(word) > most:
        raise ValueError(says)
    return int(word)


def _check(names: Sequence[str], nodes: Sequence[str]) -> None:
    for name in names:
        if name not in nodes:
            raise ValueError(f"There is no node {name!a}: there are {', '.join(nodes)}.")


READERS: Final[dict[str, Read]] = {
    "kill": _one(Crash, "Kill"),
    "crash": _one(lambda name: Crash(name, True), "Cut the power of"),
    "blackout": _one(lambda name: Crash(name, True), "Cut the power of"),
    "restart": _one(Restart, "Start"),
    "stop": _one(Pause, "Stop"),
    "cont": _one(Resume, "Continue"),
    "partition": _partition,
    "heal": _heal,
    "loss": _loss,
    "delay": _delay,
    "reshard": lambda words, nodes: read_reshard(words, nodes, HOST),
    "fix": lambda words, nodes: read_fix(words),
    "order": lambda words, nodes: read_order(words),
    "client": _client,
}
"""What each deed means (`lessons/deeds.py` says what they are)."""
