"""What a lesson may not do: the commands it may not run, and how large it may be.

A lesson is data from anybody, and may be checked against a server that somebody needs. So
it may not end the server, write its files, load code into it, or make it talk to others;
and it may not take more of a learner's machine than a lesson ever needs. Files are another
matter where no server is ever asked: they are on a disk that is only simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_FILE_BYTES: Final = 256 * 1024
MAX_STEPS: Final = 64
MAX_COMMANDS: Final = 500
MAX_COMMAND_BYTES: Final = 4096
MAX_INCLUDES: Final = 16
MAX_OPTIONS: Final = 6
MAX_SIMULATED_MS: Final = 400 * 86_400_000
"""A year and a bit: enough for every time to live a lesson could want to see end."""

DENIED: Final = {
    "AUTH": "a lesson has no use for passwords",
    "BGREWRITEAOF": "it writes files",
    "BGSAVE": "it writes files",
    "CLIENT PAUSE": "it stops every client",
    "CLUSTER FAILOVER": "it changes a cluster that is not the lesson's",
    "CLUSTER FORGET": "it changes a cluster that is not the lesson's",
    "CLUSTER MEET": "it connects servers",
    "CLUSTER RESET": "it changes a cluster that is not the lesson's",
    "CONFIG REWRITE": "it writes files",
    "DEBUG": "it can crash or stop a server",
    "FAILOVER": "it changes who is primary",
    "ACL": "it changes who may log in",
    "MIGRATE": "it connects servers",
    "MODULE": "it loads code",
    "MONITOR": "it never ends",
    "PSYNC": "it turns the connection into a replica's",
    "REPLCONF": "it turns the connection into a replica's",
    "REPLICAOF": "it connects servers",
    "SAVE": "it writes files",
    "SHUTDOWN": "it ends the server",
    "SLAVEOF": "it connects servers",
    "SWAPDB": "it changes databases that are not the lesson's",
    "SYNC": "it turns the connection into a replica's",
}
"""Commands, or commands with a subcommand, that no lesson may run, and why."""

AT_HOME: Final = frozenset(
    {"CLUSTER FAILOVER", "CLUSTER FORGET", "CLUSTER MEET", "CLUSTER RESET", "MIGRATE"}
)
"""What a lesson may do to a cluster that is its own: simulated, and gone with it."""

ALLOWED: Final = frozenset(
    {"ACL CAT", "ACL LIST", "ACL WHOAMI", "DEBUG HTSTATS-KEY", "DEBUG LISTPACK", "DEBUG OBJECT"}
)
"""What is harmless all the same among the subcommands of a denied command."""

ON_FILES: Final = frozenset({"BGREWRITEAOF", "BGSAVE", "DEBUG LOADAOF", "DEBUG RELOAD", "SAVE"})
"""What a lesson may run all the same that is true of no real server: its disk is simulated."""

NOTHING: Final[frozenset[str]] = frozenset()

LARGEST: Final = {
    "HRANDFIELD": (2, 10_000),
    "SETBIT": (2, 1 << 23),
    "SETRANGE": (2, 1 << 20),
    "SRANDMEMBER": (2, 10_000),
    "ZRANDMEMBER": (2, 10_000),
}
"""Arguments by which a few bytes of a lesson would become very many: their index and limit."""

DENIED_PARAMETERS: Final = frozenset(
    {
        "aclfile", "appenddirname", "appendfilename", "bind", "bgsave-cpulist", "daemonize",
        "dbfilename", "dir", "enable-debug-command", "enable-module-command",
        "enable-protected-configs", "loadmodule", "logfile", "masterauth", "masteruser",
        "pidfile", "port", "primaryauth", "primaryuser", "protected-mode", "replicaof",
        "requirepass", "save", "slaveof", "tls-port", "unixsocket", "user",
    }
)  # fmt: skip
"""Settings that reach beyond the data: files, network, passwords."""

PARAMETERS_OF_FILES: Final = frozenset({"save"})
"""Which of these a lesson may set whose disk is simulated."""


def refusal(argv: Sequence[bytes], *, at_home: bool = False, simulated: bool = False) -> str:
    """Why a lesson may not run `argv`, or "" if it may.

    Args:
        at_home: The lesson has a cluster of its own, and is never held against a real server.
        simulated: It is never held against a real server, so its disk is not one either.

    >>> refusal([b"shutdown", b"nosave"])
    'a lesson may not run SHUTDOWN: it ends the server'
    >>> refusal([b"SET", b"k", b"v"])
    ''
    """
    if sum(map(len, argv)) > MAX_COMMAND_BYTES:
        return f"a command may take {MAX_COMMAND_BYTES} bytes"
    words = [_upper(word) for word in argv[:2]]
    pair = " ".join(words)
    extra = ALLOWED | (AT_HOME if at_home else NOTHING) | (ON_FILES if simulated else NOTHING)
    for name in (words[0], pair):
        if name in DENIED and name not in extra and pair not in extra:
            return f"a lesson may not run {name}: {DENIED[name]}"
    if words[0] in LARGEST:
        index, most = LARGEST[words[0]]
        if _is_beyond(argv[index : index + 1], most):
            return f"in a lesson, {words[0]} goes up to {most}"
    if pair == "CONFIG SET":
        for parameter in argv[2::2]:
            name = parameter.decode("utf-8", "replace")
            if refused := parameter_refusal(name, simulated=simulated):
                return refused
    return ""


def parameter_refusal(name: str, *, simulated: bool = False) -> str:
    """Why a lesson may not set the parameter `name`, or ""."""
    if simulated and name.lower() in PARAMETERS_OF_FILES:
        return ""
    if name.lower() in DENIED_PARAMETERS:
        return f"a lesson may not set {name.lower()}: it reaches beyond the data"
    return ""


def _is_beyond(argument: Sequence[bytes], most: int) -> bool:
    """Whether an argument is a number beyond `most`, either way; other things are errors anyway."""
    digits = argument[0].lstrip(b"+-") if argument else b""
    return digits.isdigit() and (len(digits) > 20 or int(digits) > most)


def _upper(word: bytes) -> str:
    return word.decode("utf-8", "replace").upper()
