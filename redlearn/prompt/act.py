"""Acts: lines that begin with a colon, and speak to redlearn instead of Redis.

`:advance 30s`, `:back`. No Redis command begins with a colon, so none is ever shadowed.
What acts there are, each front end says itself; how one is found by its name is here. Two
words do without the colon because redis-cli has them so: `help` and `exit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

OWN_WORDS = {
    "help": "help COMMAND · help @GROUP: what a command takes, does and costs",
    "?": "? COMMAND · ? @GROUP: what a command takes, does and costs",
    "exit": "leave",
}
"""What is understood at the prompt though it is no command, with what the hint line says."""

Offers = Callable[[], Iterable[tuple[str, str]]]
"""What may follow an act: each word, and what it means."""


def is_own_word(word: bytes) -> bool:
    """Whether a first word is one of `OWN_WORDS`, in any case."""
    return len(word) <= 4 and word.decode("latin-1").lower() in OWN_WORDS


class Act(Protocol):
    """What the prompt has to know of an act: its name, what follows it, what it does; and what
    completes it.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes(self) -> str: ...

    @property
    def help(self) -> str: ...

    @property
    def offers(self) -> Offers: ...


class Described(NamedTuple):
    """An act and nothing else: how it is written, and what it does."""

    name: str
    takes: str
    help: str
    offers: Offers = tuple


def acts_like(acts: Iterable[Act], name: str) -> list[Act]:
    """The act of that name; else all whose name begins so (none for an empty name)."""
    known = list(acts)
    exact = [act for act in known if act.name == name]
    return exact or [act for act in known if name and act.name.startswith(name)]
