"""Lines of a lesson that do something: a command, `:advance 30s`, a deed such as `:kill 7002`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from redlearn.lessons.deeds import COLON, DEEDS
from redlearn.lessons.durations import duration_ms, duration_text
from redlearn.lessons.limits import MAX_COMMANDS, MAX_SIMULATED_MS, refusal
from redlearn.lessons.model import Act, Command, Place, Wait
from redlearn.lessons.source import Fence, Problems
from redlearn.resp.text import UnbalancedQuotes, split_args

DURATIONS: Final = "30s, 1500ms or 1m30s"

_CLIENT: Final = re.compile(r"@([A-Za-z][\w-]{0,15}(?:@[0-9]{4,5})?|[0-9]{4,5})\s+(.*)$")


class Acts:
    """Reads act lines, and keeps count of how much a lesson runs and waits altogether."""

    def __init__(
        self, problems: Problems, *, at_home: bool = False, simulated: bool = False
    ) -> None:
        """Args:
        at_home: The lesson has a cluster of its own, to which it may do more.
        simulated: It runs on no real server, so its files are nobody's.
        """
        self._problems = problems
        self._at_home, self._simulated = at_home, simulated
        self._commands = 0
        self._simulated_ms = 0

    def of(self, fence: Fence) -> tuple[Act, ...]:
        """The acts of a block, one a line. Blank lines and remarks (`# ...`) are passed over."""
        acts = (self.one(line, fence.at(number)) for number, line in enumerate(fence.lines))
        return tuple(act for act in acts if act is not None)

    def script(self, fence: Fence) -> tuple[Act, ...]:
        """The acts of a script, whose lines begin with a client: `@a SET k v`."""
        acts: list[Act] = []
        for number, line in enumerate(fence.lines):
            if line.strip() and line.strip()[0] not in "#:" and not _CLIENT.match(line.strip()):
                what = "a line of a script begins with its client, as in '@a PING'"
                self._problems.add(fence.at(number), what)
            elif (act := self.one(line, fence.at(number))) is not None:
                acts.append(act)
        return tuple(acts)

    def one(self, line: str, place: Place) -> Act | None:
        """The act of one line, or None if there is none or it is wrong.

        `@a GET k` is a command of the client a; without a name it is the learner's own. In a
        cluster `@7001 GET k` goes to that node, `@a@7001 GET k` is a's and goes there.
        """
        text = line.strip()
        if found := _CLIENT.match(text):
            text = found[2].strip()
        if not text or text.startswith("#"):
            return None
        if text.startswith(":"):
            return self._colon(text, place)
        try:
            argv = tuple(split_args(text))
        except UnbalancedQuotes:
            self._problems.add(place, "the quotes do not balance")
            return None
        if refused := refusal(argv, at_home=self._at_home, simulated=self._simulated):
            self._problems.add(place, refused)
            return None
        self._commands += 1
        if self._commands == MAX_COMMANDS + 1:
            self._problems.add(place, f"a lesson may have {MAX_COMMANDS} commands")
        return Command(place, argv, text, found[1] if found else "")

    def wait(self, ms: int, place: Place) -> None:
        """Count simulated time that a lesson spends."""
        before, self._simulated_ms = self._simulated_ms, self._simulated_ms + ms
        if before <= MAX_SIMULATED_MS < self._simulated_ms:
            most = duration_text(MAX_SIMULATED_MS)
            self._problems.add(place, f"a lesson may let {most} pass altogether")

    def _colon(self, text: str, place: Place) -> Act | None:
        name, _, value = text[1:].partition(" ")
        if name in DEEDS:
            argv = (COLON + name.encode(), *(word.encode() for word in value.split()))
            return Command(place, argv, text)
        if name != "advance":
            self._problems.unknown(place, "act", f":{name}", [":advance", *DEEDS])
            return None
        ms = duration_ms(value.strip())
        if ms is None:
            self._problems.add(place, f"'{value.strip()}' is no duration: write {DURATIONS}")
            return None
        self.wait(ms, place)
        return Wait(place, ms, text)


def script_line(act: Act) -> str:
    """An act as the one line it is typed as, its client in front."""
    if isinstance(act, Command) and act.client:
        return f"@{act.client} {act.text}"
    return act.text


def asked(probe: str) -> tuple[str, tuple[bytes, ...]]:
    """Who asks a probe that is a command, and its words; `@7001 GET k` asks that node.

    >>> asked("GET k"), asked("@7001 GET k")
    (('', (b'GET', b'k')), ('7001', (b'GET', b'k')))
    """
    found = _CLIENT.match(probe)
    client, text = (found[1], found[2]) if found else ("", probe)
    return client, tuple(split_args(text))


def addressed(name: str) -> tuple[str, str]:
    """Who sends a command, and to which node of a cluster: "" for the learner, and for any.

    >>> addressed("a"), addressed("7001"), addressed("a@7001"), addressed("")
    (('a', ''), ('', '7001'), ('a', '7001'), ('', ''))
    """
    client, _, node = name.rpartition("@")
    if node.isdigit():
        return client, node
    return name, ""


def is_same(argv: Sequence[bytes], command: Command, client: str = "") -> bool:
    """Whether typed words are a command: its name in any case, its arguments exactly.

    Args:
        client: Who typed them; "" is the learner.
    """
    name, *arguments = command.argv
    is_theirs = client == command.client
    return is_theirs and argv[0].upper() == name.upper() and list(argv[1:]) == arguments
