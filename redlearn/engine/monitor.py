r"""MONITOR: every command that runs, told to those who asked, as a line of text.

    1339518083.107412 [0 127.0.0.1:60866] "set" "k" "v\n"

Told after the command has run, as Redis does, and not for commands of administrators, whose
arguments may be secrets.

Source: `replication.c` replicationFeedMonitors.
"""

from __future__ import annotations

from redlearn.engine.client import Client
from redlearn.engine.command import Command, Flags
from redlearn.engine.pubsub import hand
from redlearn.engine.state import State
from redlearn.redaction import redacted
from redlearn.resp.reply import Status

NOT_TOLD = Flags.SKIP_MONITOR | Flags.ADMIN

_NAMED = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
_SHOWN = [
    _NAMED.get(byte, bytes([byte]) if 32 <= byte < 127 else b"\\x%02x" % byte)
    for byte in range(256)
]


def tell(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Let all monitors see a command that has run. O(its length, and monitors)."""
    if command.flags & NOT_TOLD:
        return
    tell_of_script(state, client, argv)


def tell_of_script(state: State, client: Client, argv: list[bytes]) -> None:
    """Let monitors see that a script is called, before they see what it calls."""
    line = line_of(state, client, argv)
    for client_id in tuple(state.crowd.monitors):
        if not state.clients[client_id].closing:  # nothing follows the last reply
            hand(state, client_id, line, client)


def line_of(state: State, client: Client, argv: list[bytes]) -> Status:
    """What monitors are told of a command."""
    seconds, ms = divmod(state.crowd.monitored_ms or state.now_ms, 1000)
    words = b" ".join(quoted(word) for word in redacted(argv))
    caller = b"lua" if state.scripts.running is not None else client.address.encode()
    place = b"%d %s" % (client.db.index, caller)
    line = b"%d.%06d [%s] %s" % (seconds, ms * 1000, place, words)
    return Status(line.decode("utf-8", "surrogateescape"))


def quoted(word: bytes) -> bytes:
    r"""A word in quotes, with all that is not plain ASCII escaped (`sds.c` sdscatrepr).

    >>> quoted(b'a"\n\xff')
    b'"a\\"\\n\\xff"'
    """
    return b'"%s"' % b"".join([_SHOWN[byte] for byte in word])
