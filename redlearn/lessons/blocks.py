"""Fenced blocks and directives of a lesson, each turned into its item of `model.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from redlearn.lessons.acts import Acts
from redlearn.lessons.durations import duration_ms
from redlearn.lessons.limits import MAX_OPTIONS
from redlearn.lessons.model import (
    Attempt,
    Check,
    Clock,
    Command,
    Commands,
    Exchange,
    Expect,
    Hint,
    Item,
    Listing,
    Marker,
    Note,
    Option,
    Pane,
    Pause,
    Place,
    Predict,
    Script,
    Setup,
    Solution,
    Transcript,
    Wrong,
)  # fmt: skip
from redlearn.lessons.path import ProbeError, is_command, read_path
from redlearn.lessons.prose import paragraphs
from redlearn.lessons.schema import Table, fits, line_of, read_toml
from redlearn.lessons.source import Directive, Fence, Problems

PROMPTS: Final = ("> ", "redis> ")

PREDICT: Final = {
    "kind": "a string", "ask!": "a string", "run": "a string", "probe!": "a string",
    "answer": "a string", "options!": "a list", "why!": "a string", "tag": "a string",
}  # fmt: skip
OPTION: Final = {"text!": "a string", "is": "a string", "tag": "a string"}
CHECK: Final = {"expect!": "a list", "golf": "a whole number"}
EXPECT: Final = {
    "cmd": "a string", "probe": "a string", "event": "a string", "reply": "anything",
    "is": "anything", "error": "a string", "where": "a table", "times": "a whole number",
    "says": "a string", "done": "a string", "golf": "a whole number",
}  # fmt: skip


class Blocks:
    """Makes items out of fences and directives; None where one is wrong, and said so."""

    def __init__(
        self, problems: Problems, *, at_home: bool = False, simulated: bool = False
    ) -> None:
        """Args:
        at_home: The lesson has a cluster of its own.
        simulated: It runs on no real server.
        """
        self._problems = problems
        self._acts = Acts(problems, at_home=at_home, simulated=simulated)
        self._fences: Mapping[str, Callable[[Fence], Item | None]] = {
            "redis": lambda fence: Commands(fence.place, fence.label, self._acts.of(fence)),
            "transcript": self._transcript,
            "script": lambda fence: Script(fence.place, self._acts.script(fence)),
            "predict": self._predict,
            "check": self._check,
            "hint": lambda fence: Hint(fence.place, paragraphs(fence.lines)),
            "solution": lambda fence: Solution(fence.place, self._acts.of(fence)),
            "setup": lambda fence: Setup(fence.place, self._acts.of(fence)),
            "wrong": self._wrong,
            "text": lambda fence: Listing(fence.place, fence.lines),
        }
        self._directives: Mapping[str, Callable[[Directive], Item | None]] = {
            "pause": lambda directive: Pause(directive.place),
            "note": lambda directive: Note(directive.place, directive.value),
            "pane": self._pane,
            "clock": self._clock,
            "marker": self._marker,
        }

    def fence(self, fence: Fence) -> Item | None:
        """The item of a fenced block."""
        make = self._fences.get(fence.language)
        if make is None:
            self._problems.unknown(fence.place, "block", fence.language, list(self._fences))
            return None
        if not any(line.strip() for line in fence.lines):
            self._problems.add(fence.place, f"this '{fence.language}' block is empty")
            return None
        return make(fence)

    def directive(self, directive: Directive) -> Item | None:
        """The item of a directive."""
        make = self._directives.get(directive.name)
        if make is None:
            known = [*self._directives, "include"]
            self._problems.unknown(directive.place, "directive", directive.name, known)
            return None
        if bool(directive.value) == (directive.name == "pause"):
            needs = "takes no value" if directive.value else "needs a value"
            self._problems.add(directive.place, f"'{directive.name}' {needs}")
            return None
        return make(directive)

    # ------------------------------------------------------------------------------- commands

    def _transcript(self, fence: Fence) -> Item | None:
        exchanges: list[Exchange] = []
        for number, line in enumerate(fence.lines):
            prompt = next((prompt for prompt in PROMPTS if line.startswith(prompt)), "")
            if prompt:
                act = self._acts.one(line.removeprefix(prompt), fence.at(number))
                if act is None:
                    return None
                exchanges.append(Exchange(act, ()))
            elif exchanges:
                last = exchanges[-1]
                exchanges[-1] = Exchange(last.act, (*last.reply, line.rstrip()))
            elif line.strip():
                self._problems.add(fence.at(number), "a transcript begins with a line '> COMMAND'")
                return None
        return Transcript(fence.place, tuple(map(_without_trailing_blanks, exchanges)))

    def _wrong(self, fence: Fence) -> Item | None:
        """Attempts with a blank line between them; a remark above one says why it is made."""
        attempts: list[Attempt] = []
        because, acts = "", []
        for number, line in enumerate((*fence.lines, "")):
            text = line.strip()
            if text.startswith("#"):
                because = f"{because} {text.lstrip('# ')}".strip()
            elif text:
                acts.append(self._acts.one(text, fence.at(number)))
            elif acts:
                attempts.append(Attempt(because, tuple(act for act in acts if act is not None)))
                because, acts = "", []
        return Wrong(fence.place, tuple(attempts))

    # ------------------------------------------------------------------------------ questions

    def _predict(self, fence: Fence) -> Item | None:
        table = read_toml(fence, self._problems)
        if table is None or not fits(table, PREDICT, fence, self._problems):
            return None
        before = len(self._problems.found)
        probe, answer = table["probe"], table.get("answer", "auto")
        kind = table.get("kind", "reply" if is_command(probe) else "state")
        if kind not in ("reply", "state"):
            self._problems.unknown(line_of(fence, "kind"), "kind", kind, ["reply", "state"])
        self._probe(probe, line_of(fence, "probe"))
        options = self._options(table["options"], fence)
        if answer != "auto" and answer not in [option.value for option in options]:
            self._problems.add(line_of(fence, "answer"), f"no option is '{answer}'")
        run = self._act(table, "run", fence)
        if len(self._problems.found) > before:
            return None
        return Predict(
            fence.place, kind, table["ask"], run, probe, None if answer == "auto" else answer,
            options, table["why"], table.get("tag", ""),
        )  # fmt: skip

    def _options(self, rows: list[Any], fence: Fence) -> tuple[Option, ...]:
        place = line_of(fence, "options")
        options = [self._option(row, place, fence) for row in rows]
        if not 2 <= len(options) <= MAX_OPTIONS:
            self._problems.add(place, f"a question has 2 to {MAX_OPTIONS} options")
        values = [option.value for option in options]
        for value in sorted({value for value in values if values.count(value) > 1}):
            self._problems.add(place, f"two options are '{value}'")
        return tuple(options)

    def _option(self, row: object, place: Place, fence: Fence) -> Option:
        """An option: a string, whose value ends at its first ", ", or a table."""
        if isinstance(row, str):
            return Option(row, row.partition(", ")[0])
        if isinstance(row, dict) and fits(row, OPTION, fence, self._problems):
            text = str(row["text"])
            return Option(text, str(row.get("is", text)), str(row.get("tag", "")))
        if not isinstance(row, dict):
            self._problems.add(place, "an option is a string or a table with 'text' and 'is'")
        return Option("", "")

    def _check(self, fence: Fence) -> Item | None:
        table = read_toml(fence, self._problems)
        if table is None or not fits(table, CHECK, fence, self._problems):
            return None
        golf = table.get("golf", 0)
        expects: list[Expect] = []
        for nth, row in enumerate(table["expect"]):
            place = line_of(fence, "expect", nth)
            if not isinstance(row, dict):
                self._problems.add(place, "write each expectation under a line '[[expect]]'")
                return None
            golf = row.get("golf", golf)  # TOML puts a last line into the last table
            if fits(row, EXPECT, fence, self._problems) and (expect := self._expect(row, place)):
                expects.append(expect)
        if len(expects) < len(table["expect"]):
            return None
        return Check(fence.place, tuple(expects), golf)

    def _expect(self, row: Table, place: Place) -> Expect | None:
        given = [key for key in ("cmd", "probe", "event") if key in row]
        if len(given) != 1:
            self._problems.add(place, "an expectation has one of 'cmd', 'probe' and 'event'")
            return None
        says = [key for key in ("reply", "is", "error") if key in row]
        if given[0] != "event" and len(says) != 1:
            self._problems.add(place, f"'{given[0]}' needs one of 'reply', 'is' and 'error'")
            return None
        command = self._acts.one(row["cmd"], place) if "cmd" in row else None
        if "cmd" in row and not isinstance(command, Command):
            if command is not None:
                self._problems.add(place, "'cmd' is a command, not an act")
            return None
        if "probe" in row and not self._probe(row["probe"], place):
            return None
        return Expect(
            place, cast(Command | None, command), row.get("probe", ""), row.get("event", ""),
            row.get("reply", row.get("is")), row.get("error", ""),
            tuple(row.get("where", {}).items()), row.get("times"), row.get("says", ""),
            row.get("done", ""),
        )  # fmt: skip

    def _probe(self, probe: str, place: Place) -> bool:
        """Whether a probe can be read; a command must be one that a lesson may run."""
        if is_command(probe):
            return self._acts.one(probe, place) is not None
        try:
            read_path(probe)
        except ProbeError as error:
            self._problems.add(place, f"the probe: {error}")
            return False
        return True

    def _act(self, table: Table, key: str, fence: Fence) -> Any:
        return self._acts.one(table[key], line_of(fence, key)) if key in table else None

    # ----------------------------------------------------------------------------- directives

    def _pane(self, directive: Directive) -> Item | None:
        words = directive.value.split()
        name, _, subject = words[0].partition(":")
        options: list[tuple[str, str]] = []
        for word in words[1:]:
            key, is_pair, value = word.partition("=")
            if not is_pair:
                self._problems.add(directive.place, f"write an option as '{key}=on'")
                return None
            options.append((key, value))
        return Pane(directive.place, name, subject, tuple(options))

    def _clock(self, directive: Directive) -> Item | None:
        sign, value = directive.value[:1], directive.value[1:]
        ms = duration_ms(value) if sign == "+" else None
        if ms is None:
            self._problems.add(directive.place, "a clock moves as in '<!-- clock: +30s -->'")
            return None
        self._acts.wait(ms, directive.place)
        return Clock(directive.place, ms)

    def _marker(self, directive: Directive) -> Item | None:
        return Marker(directive.place, directive.value)


def _without_trailing_blanks(exchange: Exchange) -> Exchange:
    reply = exchange.reply
    while reply and not reply[-1]:
        reply = reply[:-1]
    return Exchange(exchange.act, reply)
