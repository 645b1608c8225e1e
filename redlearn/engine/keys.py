"""Which of a command's arguments are keys.

Cluster routing, ACLs, hints and panes all need to know, before a command runs. Most
commands say it by position, in a key specification (`command.Keys`); the rest bring a
function that reads their arguments.

Source: `db.c getKeysFromCommandWithSpecs`.
"""

from __future__ import annotations

from redlearn.engine.command import Command, Flags, Keys
from redlearn.resp.integer import parse_integer


def key_positions(command: Command, argv: list[bytes]) -> list[int] | None:
    """Indices into `argv` of the keys, in order; None when the arguments make no sense. O(argv)."""
    if command.find_keys is not None:
        return command.find_keys(argv)
    found: list[int] = []
    for spec in command.keys:
        if "not_key" in spec.flags:
            continue
        positions = _follow(spec, argv)
        if positions is None or (spec.keynum and not positions and needs_keys(command)):
            return None
        found += positions
    return found


def takes_keys(command: Command) -> bool:
    """Whether the command can have keys at all."""
    return bool(command.find_keys) or any("not_key" not in spec.flags for spec in command.keys)


def needs_keys(command: Command) -> bool:
    """Whether a call without any key would be wrong."""
    return takes_keys(command) and Flags.NO_MANDATORY_KEYS not in command.flags


def _follow(spec: Keys, argv: list[bytes]) -> list[int] | None:
    first = _first(spec, argv)
    if first is None:
        return []
    if spec.keynum is not None:
        return _counted(spec.keynum, first, argv)
    last = _last(spec, first, len(argv))
    if first >= len(argv) or last >= len(argv) or last < first:
        return None
    return list(range(first, last + 1, spec.step))


def _first(spec: Keys, argv: list[bytes]) -> int | None:
    match spec.begin:
        case int(index):
            return index
        case (str(keyword), int(start)):
            places = range(start, len(argv)) if start > 0 else range(len(argv) + start, 0, -1)
            wanted = keyword.encode()
            return next((n + 1 for n in places if argv[n].upper() == wanted), None)
    return None


def _last(spec: Keys, first: int, count: int) -> int:
    if spec.last >= 0:
        return first + spec.last
    if spec.limit <= 1:
        return count + spec.last
    return first + (count - first) // spec.limit + spec.last


def _counted(keynum: tuple[int, int, int], first: int, argv: list[bytes]) -> list[int] | None:
    count_at, first_key, step = keynum
    if first + count_at >= len(argv):
        return None
    count = parse_integer(argv[first + count_at])
    if count is None or count < 0:
        return None
    positions = list(range(first + first_key, first + first_key + count * step, step))
    return positions if not positions or positions[-1] < len(argv) else None
