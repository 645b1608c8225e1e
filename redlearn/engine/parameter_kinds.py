"""Kinds of parameters: how the text of a value becomes a value, and a value text again.

    _yes_no("yes") -> True          show(True) -> "yes"
    memory(0, 2**63)("1mb") -> 1048576

A kind is a pair of functions, `read` and `show`. What `read` does not take raises BadSetting
with the sentence that Redis has for it; `table` of all parameters is in `parameters.py`.

Source: `config.c` boolConfigSet, numericParseString, numericBoundaryCheck, enumConfigSet, and the
set functions of the special ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redlearn.engine.notifications import parse_classes, print_classes
from redlearn.resp.double import parse_double
from redlearn.resp.integer import parse_integer

Setting = int | bool | str | frozenset[str]
Read = Callable[[str], Setting]


class BadSetting(Exception):
    """A value that a parameter does not take; the message says why, in Redis's words."""


UINT64: Final = 2**64

# ----------------------------------------------------------------------------------- numbers


def number(low: int, high: int) -> Read:
    """A whole number within bounds."""

    def read(text: str) -> Setting:
        found = parse_integer(text.encode("latin-1"))
        if found is None:
            raise BadSetting("argument couldn't be parsed into an integer")
        return _within(found, low, high)

    return read


def memory(low: int, high: int) -> Read:
    """A size in bytes, perhaps with a unit. What 64 bits cannot hold wraps around, as in C."""

    def read(text: str) -> Setting:
        found = parse_memory(text)
        if found is None:
            raise BadSetting("argument must be a memory value")
        return _within(_signed(found) if high < UINT64 - 1 else found, low, high)

    return read


def memory_or_percent(high: int) -> Read:
    """A size, or a share of maxmemory, which is kept as a negative number: 20% as -20."""

    def read(text: str) -> Setting:
        found = parse_memory(text)
        if found is not None:
            return _within(_signed(found), 0, high)
        share = parse_integer(text[:-1].encode("latin-1")) if text.endswith("%") else None
        if share is None or share < 0:
            raise BadSetting("argument must be a memory or percent value")
        if share > 100:
            raise BadSetting("percentage argument must be less or equal to 100")
        return -share

    return read


def octal(text: str) -> Setting:
    """The permissions of a file, as chmod takes them."""
    if not text or any(digit not in "01234567" for digit in text):
        raise BadSetting("argument couldn't be parsed as an octal number")
    if int(text, 8) > 0o777:
        raise BadSetting("argument must be between 0 and 777 inclusive")
    return int(text, 8)


def _within(found: int, low: int, high: int) -> int:
    if not low <= found <= high:
        raise BadSetting(f"argument must be between {low} and {high} inclusive")
    return found


def _signed(found: int) -> int:
    return found - UINT64 if found >= UINT64 // 2 else found


_UNITS: Final = {
    "": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3, "gb": 1024**3,
}  # fmt: skip


MOST_DIGITS: Final = 128
"""Digits of a size that are looked at."""


def parse_memory(text: str) -> int | None:
    """A size as redis.conf writes it, in bytes (`util.c memtoull`).

    What 64 bits cannot hold counts as the most they can, and a unit wraps it around, as in C.

    >>> [parse_memory(text) for text in ("100", "1k", "1kb", "2MB", "x")]
    [100, 1000, 1024, 2097152, None]
    """
    digits = text.rstrip("bBkKmMgG")
    unit = _UNITS.get(text[len(digits) :].lower())
    if not unit or len(digits) >= MOST_DIGITS or (digits and not _are_digits(digits)):
        return None
    size = min(int(digits or "0"), UINT64 - 1)  # no digits are none wrong
    return size * unit % UINT64


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


# ------------------------------------------------------------------------------------- words


def yes_no(text: str) -> Setting:
    """A switch."""
    if text.lower() not in ("yes", "no"):
        raise BadSetting("argument must be 'yes' or 'no'")
    return text.lower() == "yes"


def one_of(*words: str, same: tuple[str, str] = ("", "")) -> Read:
    """One of several words, in any case. Of two that are the `same`, the second is shown."""

    def read(text: str) -> Setting:
        word = text.lower()
        if word not in words:
            raise BadSetting(_not_one_of(words))
        return same[1] if word == same[0] else word

    return read


def some_of(*words: str) -> Read:
    """Several words; of no use together are `save` and `nosave`."""

    def read(text: str) -> Setting:
        chosen = text.lower().split(" ")
        if not set(chosen) <= set(words):
            raise BadSetting(_not_one_of(words))
        if "save" in chosen and "nosave" in chosen:
            raise BadSetting("shutdown options SAVE and NOSAVE can't be used simultaneously")
        bits = [word for word in words[1:] if word in chosen]
        return " ".join(bits) if bits else words[0]

    return read


def _not_one_of(words: tuple[str, ...]) -> str:
    return f"argument(s) must be one of the following: {', '.join(words)}"


def any_text(text: str) -> Setting:
    """Whatever it is."""
    return text


def base_name(name: str, what: str, *, empty: bool = True) -> Read:
    """The name of a file in the working directory; `what` it is, a filename or a dirname."""

    def read(text: str) -> Setting:
        if not text and not empty:
            raise BadSetting(f"{name} can't be empty")
        if "/" in text or "\\" in text:
            raise BadSetting(f"{name} can't be a path, just a {what}")
        return text

    return read


HOST_LENGTH: Final = 256


def host_name(text: str) -> Setting:
    """A name that a node of a cluster announces."""
    if len(text) >= HOST_LENGTH:
        raise BadSetting(f"Hostnames must be less than {HOST_LENGTH} characters")
    if not all(sign.isascii() and (sign.isalnum() or sign in "-.") for sign in text):
        raise BadSetting("Hostnames may only contain alphanumeric characters, hyphens or dots")
    return text


_VARIABLES: Final = (
    "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file",
)  # fmt: skip


def title_template(text: str) -> Setting:
    """What `ps` is to show of the process, with variables in braces."""
    rest = text.replace("{title}", "")  # which may be empty, unlike the others
    for variable in _VARIABLES:
        rest = rest.replace("{" + variable + "}", "x")
    if not rest or "{" in rest or "}" in rest:
        raise BadSetting("template format is invalid or contains unknown variables")
    return text


def locale_name(text: str) -> Setting:
    """How texts are to be ordered: as bytes, which is what is done here."""
    if text not in ("", "C", "POSIX"):
        raise BadSetting("Invalid locale name")
    return text


def event_classes(text: str) -> Setting:
    """The letters of notify-keyspace-events."""
    chosen = parse_classes(text)
    if chosen is None:
        raise BadSetting("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return chosen


# ------------------------------------------------------------------------------- several words


def save_points(text: str) -> Setting:
    """Pairs of seconds and changes, or nothing at all (`config.c setConfigSaveOption`)."""
    words = text.split(" ") if text else []
    if len(words) % 2:
        raise BadSetting("Invalid save parameters")
    for at, word in enumerate(words):
        found = parse_integer(word.encode("latin-1"))
        if found is None or found < 1 - at % 2:
            raise BadSetting("Invalid save parameters")
    return " ".join(words)


def adjustments(text: str) -> Setting:
    """Three numbers between -2000 and 2000, for the kernel's out-of-memory killer."""
    words = text.split(" ")
    if len(words) != 3:
        raise BadSetting("wrong number of arguments")
    numbers = [parse_integer(word.encode("latin-1")) for word in words]
    if any(each is None or not -2000 <= each <= 2000 for each in numbers):
        raise BadSetting("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
    return " ".join(words)


def percentiles(text: str) -> Setting:
    """Which percentiles INFO latencystats shows: `50 99 99.9`, or none."""
    shown = []
    for word in text.split(" ") if text else []:
        found = parse_double(word.encode("latin-1"))
        if found is None:
            raise BadSetting("Invalid latency-tracking-info-percentiles parameters")
        if not 0 <= found <= 100:
            raise BadSetting(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
            )
        shown.append(trimmed(found))
    return " ".join(shown)


def trimmed(fraction: float) -> str:
    """Six digits after the point, without the zeros at the end (`util.c trimDoubleString`)."""
    return f"{fraction:f}".rstrip("0").rstrip(".")


MOST_ADDRESSES: Final = 16


def addresses(text: str) -> Setting:
    """Where to listen; one that begins with "-" may be missing."""
    if text.count(" ") >= MOST_ADDRESSES:
        raise BadSetting("Too many bind addresses specified.")
    return text


def master(text: str) -> Setting:
    """The host and port of a master, or `no one`."""
    words = text.split(" ")
    if len(words) != 2:
        raise BadSetting("wrong number of arguments")
    if [word.lower() for word in words] == ["no", "one"]:
        return ""
    port = parse_integer(words[1].encode("latin-1"))
    if port is None or not 0 <= port <= 65535:
        raise BadSetting("Invalid master port")
    return text


_OUTPUT_CLASSES: Final = {"normal": "normal", "slave": "slave", "replica": "slave",
                          "pubsub": "pubsub"}  # fmt: skip
OUTPUT_DEFAULTS: Final = (
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
)  # fmt: skip


def output_limits(text: str) -> Setting:
    """Fours of class, hard limit, soft limit, seconds, of all classes or only some.

    Source: `config.c` updateClientOutputBufferLimit.
    """
    words = text.split(" ") if text else []
    if len(words) % 4:
        raise BadSetting("Wrong number of arguments in buffer limit configuration.")
    limits: list[str] = []
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
        limits += [kind, str(hard), str(soft), str(seconds)]
    return " ".join(limits)


def overlaid(text: str, given: str) -> str:
    """The limits of `text`, with those that are `given` in their places.

    >>> overlaid("normal 0 0 0 pubsub 1 2 3", "pubsub 9 8 7")
    'normal 0 0 0 pubsub 9 8 7'
    """
    limits: dict[str, list[str]] = {}
    for words in (text.split(), given.split()):
        for at in range(0, len(words), 4):
            limits[words[at]] = words[at + 1 : at + 4]
    return " ".join(" ".join([kind, *three]) for kind, three in limits.items())


# ----------------------------------------------------------------------------------- showing


def show(value: Setting) -> str:
    """A value as CONFIG GET prints it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return print_classes(value)
    return str(value)


def show_octal(value: Setting) -> str:
    """Permissions."""
    return f"{value:o}" if isinstance(value, int) else str(value)


def show_share(value: Setting) -> str:
    """A size, or a share where it is negative."""
    return f"{-value}%" if isinstance(value, int) and value < 0 else str(value)


def show_rate(value: Setting) -> str:
    """Hertz, of which Redis makes no fewer than 1 and no more than 500 (`config.c updateHZ`)."""
    assert isinstance(value, int)
    return str(max(1, min(500, value)))
