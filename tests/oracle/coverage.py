"""What the programs draw: every command, subcommand and option word, and how often.

    python -m tests.oracle.coverage                 what is drawn seldom or never
    python -m tests.oracle.coverage --all           everything
    python -m tests.oracle.coverage --count 200000

No server is asked: the calls run on the engine alone, which says whether each is a good one.
The words are those of the syntax trees. A word counts for a call if it stands among its
arguments; a call counts as good if its reply is no error, or if it waits.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

from redlearn.engine import syntax
from redlearn.engine.command import Command, all_commands, find_command
from redlearn.engine.notation import Argument
from tests.oracle.calls import Call, Ours
from tests.oracle.sequences import programs, sequence

NOW_MS = 1_700_000_000_000
SELDOM = 3

DATA_GROUPS = frozenset(
    {
        "string", "hash", "list", "set", "sorted-set", "stream", "bitmap", "hyperloglog", "geo",
        "generic", "transactions",
    }
)  # fmt: skip
"""The groups of which every command must be drawn."""


@dataclass
class Drawn:
    """How often commands and their words were drawn, and how often in a good call."""

    calls: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    good_words: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, call: Call) -> None:
        """Count a call."""
        row = find_command(call.argv)
        if row is None:
            return
        good = call.parked or call.reply[:1] not in (b"-", b"!")
        said = {word.upper().decode("latin-1") for word in call.argv[1:]}
        self.calls[row.name] += 1
        self.good[row.name] += good
        for word in words_of(row) & said:
            self.words[row.name, word] += 1
            self.good_words[row.name, word] += good


def words_of(row: Command) -> set[str]:
    """The option words of a command's syntax, in upper case."""
    return {word.upper() for each in syntax.of(row.syntax).arguments for word in _words(each)}


def _words(argument: Argument) -> Iterator[str]:
    if argument.token is not None:
        yield argument.token
    for each in argument.arguments:
        yield from _words(each)


def drawn(count: int, seed: int = 1) -> Drawn:
    """What at least `count` calls of all programs together contain."""
    found = Drawn()
    among = _all_programs()
    number = calls = 0
    while calls < count:
        one = sequence(seed, number, among)
        ours = Ours(NOW_MS, number, one.protocols)
        for argv in one.prologue:
            ours.run(argv, NOW_MS)
        for client, argvs in one.parts[0]:
            for argv in argvs:
                if not ours.waits(client):
                    found.count(ours.run(argv, NOW_MS, client))
                    calls += 1
        number += 1
    return found


def _all_programs() -> list[ModuleType]:
    """Those for either server."""
    found = programs("valkey")
    return found + [one for one in programs("redis") if one not in found]


def drawn_words(count: int, seed: int = 1) -> Drawn:
    """What `count` sequences contain, without running them: all of it counts as not good."""
    found = Drawn()
    among = _all_programs()
    for number in range(count):
        for _, argvs in sequence(seed, number, among).parts[0]:
            for argv in argvs:
                found.count(Call(argv, b"-"))
    return found


def gaps(found: Drawn, least: int = 1) -> list[str]:
    """The commands and words that stood in fewer than `least` good calls."""
    lines = [row.name for row in data_commands() if found.good[row.name] < least]
    for row in data_commands():
        lines += [
            f"{row.name} {word}"
            for word in sorted(words_of(row))
            if found.good_words[row.name, word] < least
        ]
    return lines


def data_commands() -> list[Command]:
    """The commands and subcommands of the groups that hold data."""
    return [row for row in all_commands() if not row.subcommands and row.group in DATA_GROUPS]


def main() -> None:
    """The report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    found = drawn(options.count)
    if options.all:
        for row in sorted(all_commands(), key=lambda row: (row.group, row.name)):
            print(f"{row.group:13} {row.name:28}{found.calls[row.name]:7}{found.good[row.name]:7}")
            for word in sorted(words_of(row)):
                at = row.name, word
                print(f"{'':13}     {word:24}{found.words[at]:7}{found.good_words[at]:7}")
    others = {row.name for row in all_commands() if row.group not in DATA_GROUPS}
    print(f"{found.calls.total()} calls, {found.good.total()} good, of {len(found.calls)} commands")
    print("Seldom or never in a good call:", ", ".join(gaps(found, SELDOM)) or "none")
    print("Never drawn, of other groups:", ", ".join(sorted(others - {*found.calls})) or "none")


if __name__ == "__main__":
    main()
