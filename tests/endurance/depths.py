"""Calls that nest as deep as they can: scripts, JSON, patterns, rules, transactions.

Each is answered within a second of work, with an error or a value, and the server goes on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.clients.served import Served

Call = list[bytes]
DEEP: Final = 100_000
SECOND: Final = 1.0


def script(source: str) -> list[Call]:
    return [[b"EVAL", source.encode(), b"0"]]


DEPTHS: dict[str, tuple[list[Call], str]] = {
    "MULTI in MULTI": ([[b"MULTI"]] * 3000, "can not be nested"),
    "a script in a script": (
        script("return redis.call('EVAL', \"return redis.call('EVAL', 'return 1', '0')\", '0')"),
        "not allowed from script",
    ),
    "JSON, opened": (script(f"return cjson.decode(('['):rep({DEEP}))"), "Found too many nested"),
    "JSON, maps": (
        script(f"return cjson.decode(('{{\"a\":'):rep({DEEP}))"), "Found too many nested",
    ),
    "JSON, whole": (
        script(f"return cjson.decode(('['):rep({DEEP}) .. (']'):rep({DEEP}))"),
        "Found too many nested",
    ),
    "JSON of a deep table": (
        script(f"local t = {{}} for i = 1, {DEEP} do t = {{t}} end return cjson.encode(t)"),
        "excessive nesting",
    ),
    "JSON of a table in itself": (
        script("local t = {} t[1] = t return cjson.encode(t)"), "excessive nesting",
    ),
    "MessagePack of a table in itself": (
        script("local t = {} t[1] = t return #cmsgpack.pack(t)"), "17",
    ),
    "MessagePack, opened": (
        script(f"return cmsgpack.unpack(('\\145'):rep({DEEP}))"), "stack overflow",
    ),
    "a function in itself": (
        script("local function f() return 1 + f() end return f()"), "stack overflow",
    ),
    "a metatable in itself": (
        script("local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x"),
        "stack overflow",
    ),
    "parentheses": (script("return " + "(" * DEEP + "1" + ")" * DEEP), "too many syntax levels"),
    "braces": (script("return " + "{" * DEEP + "}" * DEEP), "too many syntax levels"),
    "blocks": (script("do " * DEEP + "end " * DEEP), "too many syntax levels"),
    "a chain of strings": (script("return " + "'a' .. " * DEEP + "'a'"), "too many syntax levels"),
    "captures": (
        script("return string.find(('a'):rep(9), ('('):rep(40) .. 'a' .. (')'):rep(40))"),
        "too many captures",
    ),
    "a library": (
        [[b"FUNCTION", b"LOAD", b"#!lua name=deep\n" + b"(" * DEEP]], "too many syntax levels",
    ),
    "stars and any": ([[b"KEYS", b"*?" * 20_000]], "[]"),
    "stars and letters": ([[b"KEYS", b"*a" * 900 + b"b"]], "[]"),
    "brackets": ([[b"KEYS", b"[" * 50_000 + b"]" * 50_000]], "[]"),
    "stars and brackets": ([[b"KEYS", b"*[" * 20_000]], "[]"),
    "backslashes": ([[b"KEYS", b"\\" * 100_001]], "[]"),
    "a sort by stars": ([[b"SORT", b"list", b"BY", b"*" * 10_000, b"GET", b"*->" * 10_000]], "[]"),
    "many patterns": ([[b"CONFIG", b"GET", *[b"*"] * 3_000]], "maxmemory"),
    "a selector in a selector": (
        [[b"ACL", b"SETUSER", b"deep", b"(" * 5_000 + b"+get" + b")" * 5_000]],
        "Error in ACL SETUSER modifier",
    ),
    "selectors never closed": (
        [[b"ACL", b"SETUSER", b"deep", *[b"("] * 1_000]], "Unmatched parenthesis",
    ),
    "a user of a thousand selectors": (
        [[b"ACL", b"SETUSER", b"wide", *[b"(+get ~x)"] * 1_000],
         [b"ACL", b"DRYRUN", b"wide", b"GET", b"y"]],
        "no permissions",
    ),
    "a key pattern of stars": (
        [[b"ACL", b"SETUSER", b"deep", b"on", b"nopass", b"+@all", b"~" + b"*?" * 5_000],
         [b"ACL", b"DRYRUN", b"deep", b"GET", b"a" * 9_000]],
        "no permissions",
    ),
    "keys of a command about keys of a command": (
        [[b"COMMAND", b"GETKEYS"] + [b"COMMAND", b"GETKEYS"] * 500 + [b"GET", b"k"]],
        "no key arguments",
    ),
    "more keys than there can be": (
        [[b"COMMAND", b"GETKEYS", b"ZUNIONSTORE", b"d", b"9223372036854775807", b"k"]],
        "Invalid arguments",
    ),
}  # fmt: skip


def work_of(pid: int) -> float:
    """Seconds of work that a process and the one that runs its scripts have done."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def answered(served: Served, name: str) -> tuple[str, float]:
    """The last answer to some calls, and how much work they were."""
    calls, _ = DEPTHS[name]
    before = work_of(served.pid)
    with served.connect() as client, served.connect() as other:
        reply = client.pipeline(calls)[-1]
        took = work_of(served.pid) - before
        assert other.run(b"PING") == b"PONG"
        return str(reply), took
