"""What somebody may try who means harm: doors that are shut, and secrets not for others."""

from __future__ import annotations

from contextlib import ExitStack

from tests.clients.served import Served
from tests.oracle.servers import Connection

Call = list[bytes]

SHUT: tuple[Call, ...] = (
    [b"CONFIG", b"SET", b"dir", b"/tmp"],
    [b"CONFIG", b"SET", b"dbfilename", b"x.rdb"],
    [b"CONFIG", b"SET", b"dbfilename", b"../x.rdb"],
    [b"CONFIG", b"SET", b"maxmemory", b"1mb", b"dir", b"/"],
    [b"CONFIG", b"SET", b"aclfile", b"/etc/passwd"],
    [b"CONFIG", b"SET", b"logfile", b"/tmp/x"],
    [b"CONFIG", b"SET", b"pidfile", b"/tmp/x"],
    [b"CONFIG", b"SET", b"unixsocket", b"/tmp/x"],
    [b"CONFIG", b"SET", b"appendfilename", b"x"],
    [b"CONFIG", b"SET", b"appenddirname", b"x"],
    [b"CONFIG", b"SET", b"enable-protected-configs", b"yes"],
    [b"CONFIG", b"SET", b"enable-debug-command", b"yes"],
    [b"CONFIG", b"SET", b"enable-module-command", b"yes"],
    [b"DEBUG", b"SLEEP", b"0"],
    [b"DEBUG", b"OBJECT", b"k"],
    [b"DEBUG", b"SEGFAULT"],
    [b"debug", b"help"],
    [b"MODULE", b"LOAD", b"/tmp/x.so"],
    [b"MODULE", b"LOADEX", b"/tmp/x.so"],
    [b"MODULE", b"UNLOAD", b"x"],
    [b"ACL", b"LOAD"],
    [b"ACL", b"SAVE"],
)
"""What takes leave from the start, which servers do not have."""

SECRET = b"s3cr3t"
TELLING: tuple[Call, ...] = (
    [b"AUTH", SECRET],
    [b"auth", b"default", SECRET],
    [b"AUTH", b"default", SECRET, SECRET],
    [b"HELLO", b"3", b"AUTH", b"default", SECRET, b"SETNAME", b"me"],
    [b"HELLO", b"2", b"SETNAME", b"me", b"auth", b"default", SECRET],
    [b"ACL", b"SETUSER", b"ann", b"on", b">" + SECRET],
    [b"acl", b"setuser", b"ann", b"<" + SECRET],
    [b"ACL", b"SETUSER", b"ann", b">" + SECRET, b"nonsense"],
    [b"CONFIG", b"SET", b"requirepass", SECRET],
    [b"CONFIG", b"SET", b"requirepass", b""],
    [b"config", b"set", b"hz", b"10", b"MasterAuth", SECRET],
    [b"CONFIG", b"SET", b"masterauth", SECRET, b"nonsense", b"1"],
    [b"CONFIG", b"SET", b"tls-key-file-pass", SECRET],
    [b"CONFIG", b"SET", b"masterauth", b"", b"tls-key-file-pass", b""],
    [b"MIGRATE", b"host", b"1", b"k", b"0", b"1", b"AUTH", SECRET],
    [b"MIGRATE", b"host", b"1", b"", b"0", b"1", b"AUTH2", b"ann", SECRET, b"KEYS", b"k"],
)
"""Calls with a secret in them."""

SEEN: tuple[Call, ...] = (
    [b"SLOWLOG", b"GET", b"-1"],
    [b"COMMANDLOG", b"GET", b"-1", b"slow"],
    [b"COMMANDLOG", b"GET", b"-1", b"large-request"],
    [b"COMMANDLOG", b"GET", b"-1", b"large-reply"],
    [b"CLIENT", b"LIST"],
    [b"ACL", b"LOG"],
    [b"ACL", b"LIST"],
    [b"INFO", b"everything"],
    [b"LATENCY", b"LATEST"],
)
"""Where others can look."""


def told(served: Served) -> str:
    """All that others can see after somebody has told secrets: alone, and in transactions."""
    with ExitStack() as stack:
        monitor, other, client = (stack.enter_context(served.connect()) for _ in range(3))
        log_all(other)
        monitor.run(b"MONITOR")
        for call in TELLING:
            client.run(*call)
            client.pipeline([[b"MULTI"], call, [b"EXEC"]])
        client.run(b"ECHO", b"the end")
        seen = [str(other.run(*call)) for call in SEEN]
        while "the end" not in (line := str(monitor.reply())):
            seen.append(line)
        return "\n".join(seen)


def log_all(client: Connection) -> None:
    """Let the logs take everything."""
    for name in (b"slowlog-log-slower-than", b"commandlog-request-larger-than",
                 b"commandlog-reply-larger-than"):  # fmt: skip
        client.run(b"CONFIG", b"SET", name, b"0")
