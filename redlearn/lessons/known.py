"""What a real server may say otherwise than a lesson, and why.

A lesson speaks of Redis 7.4, the transcripts that it shows are ours, and servers differ. What is
here is shown to whoever compares, and is no mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that has its reason.

    Attributes:
        file: The lesson's.
        server: "redis" or "valkey", "" for both.
        pattern: What is reported, as a regular expression.
        why: The reason, as a sentence goes on.
    """

    file: str
    server: str
    pattern: str
    why: str


KNOWN: Final = (
    Known(
        "02-strings.md",
        "valkey",
        r"`MEMORY USAGE \w+` prints .*",
        "Valkey keeps a key's name in the same block as its value",
    ),
    Known(
        "02-strings.md",
        "valkey",
        r"`OBJECT ENCODING text` prints '.embstr.'.* not '.raw.'",
        "Valkey embeds longer strings than Redis",
    ),
    Known(
        "06-expiry.md",
        "",
        r"`DBSIZE` prints '\(integer\) 32' on line 1, not '\(integer\) 34'",
        "which 20 of 33 keys a round of the cycle meets hangs on the server's hash seed",
    ),
    Known(
        "09-hashes.md",
        "valkey",
        r"`OBJECT ENCODING .* not '.listpackex.'",
        "Valkey has no form of its own for small hashes whose fields end: a hash table it is",
    ),
    Known(
        "09-hashes.md",
        "valkey",
        r"`HLEN session:9` prints '\(integer\) 3'.*",
        "Valkey takes no field out on reading: one whose time is over is its cycle's affair",
    ),
    Known(
        "09-hashes.md",
        "valkey",
        r"`HGETALL .*",
        "in Valkey it is a hash table, and that has an order of its own",
    ),
    Known(
        "22-scripts.md",
        "valkey",
        r"`EVAL .*error\('stop'\).*` prints '\(error\) .*stop.*",
        "Valkey puts an ERR of its own into the words of a script that fails on purpose",
    ),
)


def reason(file: str, server: str, message: str) -> str:
    """Why a server says otherwise than a lesson, or "" if nobody knows a reason."""
    for each in KNOWN:
        is_there = each.file == file and each.server in ("", server)
        if is_there and re.fullmatch(each.pattern, message):
            return each.why
    return ""
