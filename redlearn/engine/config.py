"""Config: the parameters of CONFIG GET and SET, as a table.

Each parameter has a name, a kind that knows how to read and print its values, a default,
and whether it can change while the engine runs. Values are kept parsed; `apply` in the
engine carries thresholds to where they are used (`State.kit`).

Source: `config.c static_configs`; the sentences a wrong value gets are Redis's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.notifications import parse_classes, print_classes
from redlearn.resp.integer import INT64_MAX, parse_integer

Setting = int | bool | str | frozenset[str]


class BadSetting(Exception):
    """A value that a parameter does not take; the message says why, in Redis's words."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table.

    Attributes:
        read: Parses what a client sent; raises BadSetting.
        show: Prints a value for CONFIG GET.
        alias: The parameter's other name, or "".
        immutable: Only a start can set it.
    """

    name: str
    default: Setting
    read: Callable[[str], Setting]
    show: Callable[[Setting], str]
    alias: str = ""
    immutable: bool = False


def _integer(low: int, high: int, *, memory: bool = False) -> Callable[[str], Setting]:
    def read(text: str) -> Setting:
        number = parse_memory(text) if memory else parse_integer(text.encode("latin-1"))
        if number is None:
            what = "must be a memory value" if memory else "couldn't be parsed into an integer"
            raise BadSetting(f"argument {what}")
        if not low <= number <= high:
            raise BadSetting(f"argument must be between {low} and {high} inclusive")
        return number

    return read


def _yes_no(text: str) -> Setting:
    if text.lower() not in ("yes", "no"):
        raise BadSetting("argument must be 'yes' or 'no'")
    return text.lower() == "yes"


def _classes(text: str) -> Setting:
    chosen = parse_classes(text)
    if chosen is None:
        raise BadSetting("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return chosen


def _one_of(*words: str) -> Callable[[str], Setting]:
    def read(text: str) -> Setting:
        if text.lower() not in words:
            raise BadSetting(f"argument(s) must be one of the following: {', '.join(words)}")
        return text.lower()

    return read


def _any_text(text: str) -> Setting:
    return text


_OUTPUT_CLASSES: Final = {"normal": "normal", "slave": "slave", "replica": "slave",
                          "pubsub": "pubsub"}  # fmt: skip
OUTPUT_DEFAULTS: Final = (
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
)  # fmt: skip


def _output_limits(text: str) -> Setting:
    """Fours of class, hard limit, soft limit, seconds; classes left out keep their defaults.

    Source: `config.c` updateClientOutputBufferLimit.
    """
    words = text.split()
    if len(words) % 4 or not words:
        raise BadSetting("Wrong number of arguments in buffer limit configuration.")
    defaults = OUTPUT_DEFAULTS.split()
    limits = {defaults[at]: defaults[at + 1 : at + 4] for at in range(0, 12, 4)}
    for at in range(0, len(words), 4):
        kind = _OUTPUT_CLASSES.get(words[at].lower())
        hard, soft = parse_memory(words[at + 1]), parse_memory(words[at + 2])
        seconds = parse_integer(words[at + 3].encode("latin-1"))
        if kind is None:
            raise BadSetting("Invalid client class specified in buffer limit configuration.")
        if hard is None or soft is None or seconds is None or seconds < 0:
            raise BadSetting(
                "Error in hard, soft or soft_seconds setting in buffer limit configuration."
            )
        limits[kind] = [str(hard), str(soft), str(seconds)]
    return " ".join(" ".join([kind, *three]) for kind, three in limits.items())


def _octal(text: str) -> Setting:
    if not text or any(digit not in "01234567" for digit in text) or int(text, 8) > 0o777:
        raise BadSetting("argument must be between 0 and 777 inclusive")
    return int(text, 8)


def _show(value: Setting) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return print_classes(value)
    return str(value)


_UNITS: Final = {
    "": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3, "gb": 1024**3,
}  # fmt: skip


def parse_memory(text: str) -> int | None:
    """A size as redis.conf writes it, in bytes (`util.c memtoull`).

    >>> [parse_memory(text) for text in ("100", "1k", "1kb", "2MB", "x")]
    [100, 1000, 1024, 2097152, None]
    """
    digits = text.rstrip("bBkKmMgG")
    unit = _UNITS.get(text[len(digits) :].lower())
    return int(digits) * unit if unit and digits.isascii() and digits.isdigit() else None


POLICIES: Final = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru",
    "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip
"""What maxmemory-policy may be, in Redis's order."""


def _number(
    name: str, default: int, low: int, high: int, *, alias: str = "", immutable: bool = False
) -> Parameter:
    return Parameter(name, default, _integer(low, high), _show, alias, immutable)


def _size(name: str, default: int, low: int, high: int, *, alias: str = "") -> Parameter:
    return Parameter(name, default, _integer(low, high, memory=True), _show, alias)


def _switch(name: str, default: bool) -> Parameter:
    return Parameter(name, default, _yes_no, _show)


_CHANNELS_AT_FIRST: Final = _one_of("allchannels", "resetchannels")

PARAMETERS: Final = {
    row.name: row
    for row in (
        Parameter("acl-pubsub-default", "resetchannels", _CHANNELS_AT_FIRST, _show),
        Parameter("aclfile", "", _any_text, _show, immutable=True),
        _number("acllog-max-len", 128, 0, INT64_MAX),
        _number("active-expire-effort", 1, 1, 10),
        _switch("activerehashing", True),
        Parameter("bind", "127.0.0.1 -::1", _any_text, _show),
        Parameter("client-output-buffer-limit", OUTPUT_DEFAULTS, _output_limits, _show),
        _size("client-query-buffer-limit", 1024**3, 1024**2, INT64_MAX),
        _number("databases", 16, 1, 2**31 - 1, immutable=True),
        Parameter(
            "enable-debug-command", "no", _one_of("no", "yes", "local"), _show, immutable=True
        ),
        _number("hash-max-listpack-entries", 512, 0, INT64_MAX, alias="hash-max-ziplist-entries"),
        _size("hash-max-listpack-value", 64, 0, INT64_MAX, alias="hash-max-ziplist-value"),
        _size("hll-sparse-max-bytes", 3000, 0, INT64_MAX),
        _number("hz", 10, -(2**31), 2**31 - 1),
        _switch("lazyfree-lazy-eviction", False),
        _switch("lazyfree-lazy-expire", False),
        _switch("lazyfree-lazy-server-del", False),
        _switch("lazyfree-lazy-user-del", False),
        _switch("lazyfree-lazy-user-flush", False),
        _number("lfu-decay-time", 1, 0, 2**31 - 1),
        _number("lfu-log-factor", 10, 0, 2**31 - 1),
        _number("list-compress-depth", 0, 0, 2**31 - 1),
        _number("list-max-listpack-size", -2, -(2**31), 2**31 - 1, alias="list-max-ziplist-size"),
        _number("maxclients", 10000, 1, 2**32 - 1),
        _size("maxmemory", 0, 0, 2**64 - 1),
        _number("maxmemory-eviction-tenacity", 10, 0, 100),
        Parameter("maxmemory-policy", "noeviction", _one_of(*POLICIES), _show),
        _number("maxmemory-samples", 5, 1, 64),
        Parameter("notify-keyspace-events", frozenset(), _classes, _show),
        _number("port", 6379, 0, 65535),
        _switch("protected-mode", True),
        _size("proto-max-bulk-len", 512 * 1024**2, 1024**2, INT64_MAX),
        Parameter("requirepass", "", _any_text, _show),
        _number("set-max-intset-entries", 512, 0, INT64_MAX),
        _number("set-max-listpack-entries", 128, 0, INT64_MAX),
        _size("set-max-listpack-value", 64, 0, INT64_MAX),
        _size("stream-node-max-bytes", 4096, 0, INT64_MAX),
        _number("stream-node-max-entries", 100, 0, INT64_MAX),
        _number("tcp-backlog", 511, 0, 2**31 - 1, immutable=True),
        _number("tcp-keepalive", 300, 0, 2**31 - 1),
        _number("timeout", 0, 0, 2**31 - 1),
        _number("tracking-table-max-keys", 1000000, 0, 2**64 - 1),
        _number("tls-port", 0, 0, 65535),
        Parameter("unixsocket", "", _any_text, _show, immutable=True),
        Parameter("unixsocketperm", 0, _octal, lambda mode: f"{mode:o}", immutable=True),
        _number("zset-max-listpack-entries", 128, 0, INT64_MAX, alias="zset-max-ziplist-entries"),
        _size("zset-max-listpack-value", 64, 0, INT64_MAX, alias="zset-max-ziplist-value"),
    )
}
"""Every parameter by its name."""

ALIASES: Final = {row.alias: row.name for row in PARAMETERS.values() if row.alias}


class Config:
    """The settings of one engine.

    Attributes:
        notify: The classes of notify-keyspace-events; kept apart because every change asks.
    """

    __slots__ = ("_values", "notify")

    def __init__(self, databases: int) -> None:
        self._values: dict[str, Setting] = {row.name: row.default for row in PARAMETERS.values()}
        self._values["databases"] = databases
        self.notify: frozenset[str] = frozenset()

    def number(self, name: str) -> int:
        """A numeric parameter's value."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def flag(self, name: str) -> bool:
        """A yes/no parameter's value."""
        return self._values[name] is True

    def text(self, name: str) -> str:
        """The value of a parameter that is one of several words."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def show(self, name: str) -> str:
        """A parameter's value as CONFIG GET prints it."""
        return PARAMETERS[name].show(self._values[name])

    def set(self, name: str, value: Setting) -> None:
        """Take a value that the parameter's `read` has parsed."""
        self._values[name] = value
        if isinstance(value, frozenset):
            self.notify = value

    def freeze(self) -> tuple[tuple[str, Setting], ...]:
        """All values, for a snapshot."""
        return tuple(self._values.items())

    def thaw(self, frozen: tuple[tuple[str, Setting], ...]) -> None:
        """Take back all values."""
        for name, value in frozen:
            self.set(name, value)


def parameter(name: str) -> Parameter | None:
    """The parameter of that name or alias, in any case, or None."""
    name = name.lower()
    return PARAMETERS.get(ALIASES.get(name, name))
