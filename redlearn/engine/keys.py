"""Which of a command's arguments are keys.

Cluster routing, ACLs, hints and panes all need to know, before a command runs. Most
commands say it by position, in key specifications (`command.Keys`). Where one of these finds
no sense in the arguments, all of them are given up for a function that reads the arguments more
loosely, as the command itself would: its own (`Command.find_keys`), or, for commands that count
their keys, the one below.

Source: `db.c getKeysFromCommandWithSpecs`, `getKeysUsingKeySpecs`, `genericGetKeys`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from redlearn.engine.command import Command, Keys
from redlearn.resp.integer import INT64_MAX, parse_integer

NOT_THERE: Final = -1


def key_positions(command: Command, argv: list[bytes]) -> list[int]:
    """Indices into `argv` of the keys, in order; none if the arguments make no sense. O(argv)."""
    return [at for at, _ in keys_with_flags(command, argv)]


def keys_with_flags(command: Command, argv: list[bytes]) -> list[tuple[int, str]]:
    """`key_positions`, each with what is done to the key there, as in "RW access update".

    Of a command's own function the first key is what the first specification says, a second
    what the last one says: SORT stores under it. Who only counts keys says nothing of them.
    """
    found = _by_specification(command, argv)
    if found is None and command.find_keys:
        positions = command.find_keys(argv)
        others = command.keys[-1].flags.removesuffix(" incomplete")  # the function finds all
        said = [command.keys[0].flags, *[others] * len(positions)]
        found = [*zip(positions, said, strict=False)]
    elif found is None:
        found = [(at, "") for at in _counted(command.keys, argv)]
    return [(at, flags) for at, flags in found if at < len(argv)]


def _set_flags(argv: list[bytes]) -> str:
    """What SET does to its key depends on whether it also gets it (`db.c setGetKeys`)."""
    gets = any(word.upper() == b"GET" for word in argv[3:])
    return "RW access update" if gets else "OW update"


def _bitfield_flags(argv: list[bytes]) -> str:
    """BITFIELD with nothing but GETs reads only (`db.c bitfieldGetKeys`)."""
    at = 2
    while at < len(argv):
        behind = _READS.get(argv[at].upper())
        if behind is None or at + behind >= len(argv):
            return "RW access update"
        at += 1 + behind
    return "RO access"


_READS: Final = {b"GET": 2, b"OVERFLOW": 1}
_VARIABLE: Final[dict[str, Callable[[list[bytes]], str]]] = {
    "set": _set_flags,
    "bitfield": _bitfield_flags,
}
"""Commands whose arguments decide what they do to their keys."""


def routed_positions(command: Command, argv: list[bytes]) -> list[int]:
    """`key_positions`, and what counts as keys only where a cluster looks for a slot.

    That are shard channels, and the cursor of CLUSTERSCAN (`not_key`). O(argv).
    """
    found: list[int] = []
    for spec in command.keys:
        if "not_key" not in spec.flags:
            return key_positions(command, argv)
        first = _first(spec, argv)
        if first is not None and first != NOT_THERE:
            found += _follow(spec, first, argv) or ()
    return found


def takes_keys(command: Command) -> bool:
    """Whether the command can have keys at all."""
    return bool(command.find_keys) or any("not_key" not in spec.flags for spec in command.keys)


def _by_specification(command: Command, argv: list[bytes]) -> list[tuple[int, str]] | None:
    """What the specifications say together, or None if one of them finds no keys."""
    found: list[tuple[int, str]] = []
    for spec in command.keys:
        if "not_key" in spec.flags:
            continue
        first = _first(spec, argv)
        if first is None:
            return None
        if first == NOT_THERE:
            continue
        if "incomplete" in spec.flags:  # MIGRATE's KEYS may be its password
            return None
        positions = _follow(spec, first, argv)
        if positions is None:
            return None
        flags = _VARIABLE[command.name](argv) if "variable_flags" in spec.flags else spec.flags
        found += [(at, flags) for at in positions]
    return found


def _follow(spec: Keys, first: int, argv: list[bytes]) -> range | None:
    step = spec.step
    if spec.keynum is None:
        last = _last(spec, first, len(argv))
    else:
        count_at, first_key, step = spec.keynum
        word = argv[first + count_at] if first + count_at < len(argv) else b""
        count = parse_integer(word)
        if count is None or count < 0:
            return None
        first += first_key
        last = first + (count - 1) * step
    if first >= len(argv) or last >= len(argv) or last < first:
        return None
    return range(first, last + 1, step)


def _first(spec: Keys, argv: list[bytes]) -> int | None:
    """Where the keys begin, NOT_THERE without their keyword, or None if nobody can tell."""
    match spec.begin:
        case int(index):
            return index
        case (str(keyword), int(start)):
            # The last word cannot be it: a key is to follow.
            places = range(start, len(argv) - 1) if start > 0 else range(len(argv) + start, 1, -1)
            wanted = keyword.encode()
            return next((n + 1 for n in places if argv[n].upper() == wanted), NOT_THERE)
    return None


def _last(spec: Keys, first: int, count: int) -> int:
    if spec.last >= 0:
        return first + spec.last
    if spec.limit <= 1:
        return count + spec.last
    return first + (count - first) // spec.limit + spec.last


def _counted(keys: tuple[Keys, ...], argv: list[bytes]) -> list[int]:
    """Keys behind their number, read as loosely as `atoi` reads; behind them, those with a place.

    A command gives the error; this only has to find what may be keys.
    """
    found: list[int] = []
    for spec in reversed(keys):
        if not isinstance(spec.begin, int) or "not_key" in spec.flags:
            continue
        if spec.keynum is None:
            return [*found, spec.begin] if found else []
        count_at, first_key, step = spec.keynum
        first = spec.begin + first_key
        count = loose_int(argv[spec.begin + count_at]) if spec.begin + count_at < len(argv) else 0
        if 1 <= count <= (len(argv) - first) // step:
            found += range(first, first + count * step, step)
    return found


def loose_int(text: bytes) -> int:
    """The number a text begins with, cut to 32 bits; 0 without one (C's `atoi`).

    >>> [loose_int(text) for text in (b"2", b" +2x", b"-1", b"x", b"4294967297", b"9" * 30)]
    [2, 2, -1, 0, 1, -1]
    """
    found = _NUMBER.match(text)
    if found is None:
        return 0
    sign, digits = found.groups()
    number = min(int(digits[:20]), INT64_MAX)  # 20 digits are beyond 64 bits already
    number = -min(int(digits[:20]), INT64_MAX + 1) if sign == b"-" else number
    return (number + 2**31) % 2**32 - 2**31


_NUMBER: Final = re.compile(rb"[ \t-\r]*([+-]?)0*([0-9]+)")
