"""Settings: what a redis.conf and the words of a command line ask for.

    redlearn serve redis.conf --port 7000 --save "" --hash-max-listpack-entries 4

Each `--name` begins a parameter, and all words up to the next one are its value. They count
as further lines of the file, and the last of several lines for the same parameter wins.

Source: `config.c` loadServerConfigFromString, `server.c` main.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from redlearn.engine.clients import be_alert
from redlearn.engine.config import PARAMETERS, BadSetting, parameter
from redlearn.engine.state import State
from redlearn.engine.users import Selector
from redlearn.errors import ACL_DUPLICATE_USER, as_text
from redlearn.resp.text import UnbalancedQuotes, split_args
from redlearn.server.acl_file import BadUsers, begin_with, user_of

MOST_INCLUDES = 16

CLASSROOM_MEMORY = 256 * 1024 * 1024
"""What `maxmemory` is in a classroom where nobody has said anything else, in bytes."""


class BadSettings(Exception):
    """What is wrong, with the line it stands in; a sentence for whoever wrote it."""


@dataclass
class Settings:
    """Parameters with their values as text, in the order they were given.

    Attributes:
        file: Where they stood, if in a file.
        users: The `user` lines: a name and its rules.
    """

    values: dict[str, str] = field(default_factory=dict)
    users: list[tuple[bytes, list[bytes]]] = field(default_factory=list)
    seed: int = 0
    file: Path | None = None

    @property
    def databases(self) -> int:
        """How many databases there are to be."""
        row = parameter("databases")
        assert row is not None
        number = row.read(self.values.get("databases", "16"))
        assert isinstance(number, int)
        return number

    def apply(self, state: State) -> None:
        """Give an engine these values, immutable ones too: it has just been made.

        Raises:
            BadSettings: The users are wrong.
        """
        for name, text in self.values.items():
            row = parameter(name)
            assert row is not None
            if row.name != "databases":
                # As CONFIG SET has it: a character for each byte.
                state.configure(row, row.read(as_bytes(text).decode("latin-1")))
        memory = parameter("maxmemory")
        if state.config.flag("classroom-mode") and "maxmemory" not in self.values and memory:
            state.configure(memory, CLASSROOM_MEMORY)
        be_alert(state)
        try:
            begin_with(state, self.users)
        except BadUsers as reason:
            raise BadSettings(str(reason)) from None


def as_bytes(text: str) -> bytes:
    """What stood in the file, or on the command line."""
    return text.encode("utf-8", "surrogateescape")


def read_settings(words: Sequence[str]) -> Settings:
    """The settings that a command line asks for: a file's name, if any, then parameters.

    Raises:
        BadSettings: Something in it no redis-server would take.
        OSError: The file cannot be read.
    """
    settings = Settings()
    rest = list(words)
    if rest and not rest[0].startswith("--"):
        settings.file = Path(rest.pop(0))
        _read_file(settings, settings.file, 0)
    for line in _lines_of(rest):
        _take(settings, line, f'>>> "{shlex.join(line)}"')
    return settings


def _lines_of(words: list[str]) -> list[list[str]]:
    lines: list[list[str]] = []
    for word in words:
        if word.startswith("--") and len(word) > 2:
            lines.append([word[2:]])
        elif lines:
            lines[-1].append(word)
        else:
            raise BadSettings(f"{word!r} stands where a parameter such as --port is expected")
    return lines


def _read_file(settings: Settings, path: Path, depth: int) -> None:
    if depth > MOST_INCLUDES:
        raise BadSettings(f"{path}: files include each other too deeply")
    text = path.read_bytes()
    for number, raw in enumerate(text.split(b"\n"), 1):
        line = raw.strip()
        if not line or line[:1] == b"#":
            continue
        place = f"{path}, line {number}"
        try:
            words = [word.decode("utf-8", "surrogateescape") for word in split_args(line)]
        except UnbalancedQuotes:
            raise BadSettings(f"{place}: Unbalanced quotes in configuration line") from None
        if words and words[0].lower() == "include":
            for included in _files_of(path.parent, words[1:]):
                _read_file(settings, included, depth + 1)
        elif words:
            _take(settings, words, place)


def _files_of(folder: Path, names: list[str]) -> Iterator[Path]:
    """The files that an include means; where it has wildcards, none is right too."""
    for name in names:
        if any(sign in name for sign in "*?["):
            yield from map(Path, sorted(glob(str(folder / name))))
        else:
            yield folder / name


def _take(settings: Settings, words: list[str], place: str) -> None:
    """Take one line: a parameter's name and its value's words."""
    name, values = words[0].lower(), words[1:]
    if name in OUT_OF_USE and len(words) == 2:
        return
    if name in ELSEWHERE:
        raise BadSettings(f"{place}: {name}: {ELSEWHERE[name]}")
    if name == "user" and values:
        _take_user(settings, [as_bytes(value) for value in values], place)
        return
    row = parameter(name)
    if row is None:
        raise BadSettings(f"{place}: there is no parameter {name!r}")
    if not values:
        raise BadSettings(f"{place}: {name} needs a value")
    if len(values) > 1 and not row.words:
        raise BadSettings(f"{place}: wrong number of arguments")
    text = " ".join(values)
    try:
        row.read(text)
    except BadSetting as reason:
        raise BadSettings(f"{place}: {reason}") from None
    if row.name in ADD_UP and settings.values.get(row.name):
        text = f"{settings.values[row.name]} {text}".strip()
    settings.values[row.name] = text


def _take_user(settings: Settings, words: list[bytes], place: str) -> None:
    """Take a `user` line, whose rules make sense whatever else is configured."""
    name, *rules = words
    if any(name == known for known, _ in settings.users):
        shown = as_text(name)
        raise BadSettings(f"{place}: Error in user declaration '{shown}': {ACL_DUPLICATE_USER}")
    try:
        user_of(name, rules, Selector())
    except BadUsers as reason:
        raise BadSettings(f"{place}: {reason}") from None
    settings.users.append((name, rules))


ADD_UP = ("save", "client-output-buffer-limit")
"""Parameters of which several lines count together."""

OUT_OF_USE = ("list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands")
"""What old files may say, and no server listens to any more."""

ELSEWHERE = {
    "loadmodule": "modules are machine code, which this server does not load",
    "rename-command": "a user without a command (ACL SETUSER) does as well, and can be undone",
    "sentinel": "sentinel directive while not in sentinel mode",
}
"""What a file may say although it is no parameter, and what is said to it here."""


def explanation() -> list[str]:
    """The parameters that are kept and do nothing, with the reason; by reason."""
    reasons: dict[str, list[str]] = {}
    for row in PARAMETERS.values():
        if row.idle:
            reasons.setdefault(row.idle, []).append(row.name)
    lines = ["These parameters are accepted, kept and shown, and do nothing here:"]
    for reason, names in sorted(reasons.items()):
        lines += ["", f"{reason}:", *(f"  {name}" for name in names)]
    idle = sum(map(len, reasons.values()))
    return [*lines, "", f"{idle} of {len(PARAMETERS)} parameters."]
