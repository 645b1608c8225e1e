"""What real servers say about their commands: facts only, one command a line of a JSON file.

The facts are those of Redis 7.4.1; a command it does not have says in "from" whose they are.
"variants" holds what Valkey 9.1 or Redis 8 say differently.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from redlearn.engine.notation import Argument

FILE = Path(__file__).parent / "data" / "command_facts.json"


@cache
def command_facts() -> dict[str, dict[str, Any]]:
    """The facts of every command by its lower-case name; subcommands as "object|encoding"."""
    facts: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return facts


def argument_tree(arguments: list[dict[str, Any]]) -> tuple[Argument, ...]:
    """The "arguments" of a command, or of a variant of it, as our argument tree."""
    return tuple(_argument(**facts) for facts in arguments)


def _argument(
    flags: tuple[str, ...] = (), arguments: tuple[dict[str, Any], ...] = (), **facts: Any
) -> Argument:
    given: dict[str, Any] = dict.fromkeys(flags, True)
    return Argument(arguments=argument_tree([*arguments]), **given, **facts)
