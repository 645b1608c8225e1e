"""The command table: what each command is called, how it is written, and what runs it.

A command is a plain function with a decorator. The syntax line is data: hints, completion
and COMMAND DOCS are all derived from it (`syntax.py`).

    @command("STRLEN", "key", arity=2, flags=Flags.READONLY | Flags.FAST,
             keys=(Keys(1, "RO"),), since="2.2.0", complexity="O(1)")
    def strlen(ctx: Context, argv: list[bytes]) -> Reply:
        '''Return how many bytes a string has.'''

A function that names its second parameter `argv` gets the raw arguments, argv[0] being
the command's name: the short way, for commands of fixed shape. One that names it `args`
gets a cursor (`args.py`), already past the name.

Source: the fields are those of `server.h struct redisCommand`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Flag, auto
from typing import Any, Final

from redlearn.engine import syntax as syntax_lines
from redlearn.engine.args import Args
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply, Status

Run = Callable[[Context, list[bytes]], Reply]
Function = Callable[[Context, Any], Reply]


class Flags(Flag):
    """What Redis has to know about a command before it runs it; names as COMMAND INFO has them."""

    NONE = 0
    WRITE = auto()
    READONLY = auto()
    DENYOOM = auto()
    ADMIN = auto()
    PUBSUB = auto()
    NOSCRIPT = auto()
    BLOCKING = auto()
    LOADING = auto()
    STALE = auto()
    SKIP_MONITOR = auto()
    SKIP_SLOWLOG = auto()
    ASKING = auto()
    FAST = auto()
    NO_AUTH = auto()
    MOVABLEKEYS = auto()
    ALLOW_BUSY = auto()
    NO_ASYNC_LOADING = auto()
    NO_MULTI = auto()
    NO_MANDATORY_KEYS = auto()


MANY: Final = 2**30 - 2
"""More words than a command can have, and as many as Python compares at its quickest."""

GUARDED: Final = MANY + 1
"""`Command.least` of those that are never run without a closer look."""

RUN_INSIDE_MULTI = frozenset({"exec", "discard", "multi", "watch", "quit", "reset"})
"""What runs at once although a MULTI is open; everything else is queued."""

RUNS_SCRIPTS = frozenset({"eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"})
"""What runs a script, and may take as long as that wants."""

MEETS_ANY_KEY = frozenset({"scan", "randomkey"})
"""What may find keys expired that have nothing to do with each other: each goes its own way."""


class Keys:
    """Where the keys of a command stand among its arguments: one key specification.

    Attributes:
        begin: Index of the first key (argv[0] is the name), or (keyword, start) when the
            keys follow a keyword that is searched from index `start` (from the end if
            negative), or None when only running the command's own parser can tell.
        flags: Redis's words for what is done to the keys, as in "RW ACCESS UPDATE".
        last: Index of the last key counted from `begin`; negative counts from the end.
        step: Distance from key to key.
        limit: With last == -1: 2 means the keys fill half of the arguments, and so on.
        keynum: (index of the key count, index of the first key, step), all from `begin`;
            the count says how many keys there are. Replaces last, step and limit.
    """

    __slots__ = ("begin", "flags", "keynum", "last", "limit", "step")

    def __init__(
        self,
        begin: int | tuple[str, int] | None,
        flags: str,
        last: int = 0,
        step: int = 1,
        limit: int = 0,
        keynum: tuple[int, int, int] | None = None,
    ) -> None:
        self.begin = begin
        # As COMMAND INFO spells them: RW, but access.
        self.flags = " ".join(word if len(word) == 2 else word.lower() for word in flags.split())
        self.last = last
        self.step = step
        self.limit = limit
        self.keynum = keynum


class Command:
    """One row of the table.

    Attributes:
        name: Lower case; a subcommand's holds its container: "object|encoding".
        syntax: The arguments in the notation of `syntax.py`, without the name.
        run: Takes the context and the whole argv, gives the reply.
        arity: As Redis counts: with the name; negative means "at least".
        low, high: The same as a range of len(argv).
        least: `low`, or more than there can be if the command is `guarded`: one test for both.
        write: Whether it may change the data.
        runs_scripts: Whether it may take as long as a script wants.
        guarded: Whether dispatch has to look closer (`dispatch.admit`) before it may run.
        may_block: Whether it can end in waiting instead of a reply.
        queued: Whether it waits in an open MULTI; those that end or steer one do not.
        apart: Whether its effects are passed on one by one, not as a unit.
        categories: ACL categories, each with its "@".
        for_the_system: Made for Redis itself and for its tests, not for users.
        summary: One sentence of ours: the first line of the function's docstring.
    """

    __slots__ = (
        "apart", "arity", "categories", "complexity", "deprecated_since", "find_keys", "flags",
        "for_the_system", "group", "guarded", "high", "keys", "least", "low", "may_block", "name",
        "queued", "replaced_by", "run", "runs_scripts", "since", "subcommands",
        "summary", "syntax", "tips", "write",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        syntax: str,
        run: Run,
        *,
        group: str,
        summary: str,
        arity: int,
        flags: Flags = Flags.NONE,
        keys: tuple[Keys, ...] = (),
        since: str = "1.0.0",
        complexity: str = "",
        categories: tuple[str, ...] = (),
        tips: tuple[str, ...] = (),
        find_keys: Callable[[list[bytes]], list[int]] | None = None,
        deprecated_since: str = "",
        replaced_by: str = "",
        for_the_system: bool = False,
    ) -> None:
        self.name = name
        self.syntax = syntax
        self.run = run
        self.group = group
        self.summary = summary
        self.arity = arity
        self.low = abs(arity)
        self.high = arity if arity > 0 else MANY
        self.flags = flags
        self.keys = keys
        self.since = since
        self.complexity = complexity
        self.tips = tips
        self.find_keys = find_keys
        self.deprecated_since = deprecated_since
        self.replaced_by = replaced_by
        self.for_the_system = for_the_system
        self.write = Flags.WRITE in flags
        self.may_block = Flags.BLOCKING in flags
        listens = Flags.PUBSUB | Flags.NOSCRIPT in flags  # and may have several replies
        self.runs_scripts = name in RUNS_SCRIPTS
        # An EXEC of subcommands too: CLIENT has some that change how its client is answered.
        closely = self.may_block or listens or self.runs_scripts or Flags.NO_MULTI in flags
        self.guarded = closely or "|" in name
        self.least = GUARDED if self.guarded else self.low
        self.queued = name not in RUN_INSIDE_MULTI
        self.apart = name in MEETS_ANY_KEY
        self.subcommands: dict[bytes, Command] = {}
        self.categories = tuple(sorted({*categories, *_implied_categories(flags, group)}))

    def guard(self) -> None:
        """Have dispatch look closer at it from now on."""
        self.guarded, self.least = True, GUARDED

    def __repr__(self) -> str:
        return f"<Command {self.name}>"


COMMANDS: dict[bytes, Command] = {}
"""Every command by its upper-case name. Filled when `commands` is imported, then only read."""

GROUP_OF_MODULE = {
    "zset": "sorted-set",
    "acl": "server",
    "config": "server",
}
"""The documented group of a command module, where it is not the module's own name."""

_CATEGORY_OF_GROUP = {
    "string": "@string", "hash": "@hash", "list": "@list", "set": "@set",
    "sorted-set": "@sortedset", "stream": "@stream", "bitmap": "@bitmap",
    "hyperloglog": "@hyperloglog", "geo": "@geo", "generic": "@keyspace",
    "connection": "@connection", "transactions": "@transaction",
    "scripting": "@scripting",
}  # fmt: skip


def command(
    name: str, syntax: str, *, group: str = "", categories: str = "", **facts: Any
) -> Callable[[Function], Function]:
    """Put the decorated function into the table.

    Args:
        name: Upper case; "OBJECT ENCODING" is subcommand ENCODING of container OBJECT,
            which must have been declared with `container` before.
        syntax: The arguments, without the name.
        group: As COMMAND DOCS calls it; by default that of the module.
        categories: ACL categories beyond those that flags and group imply ("@dangerous").
        **facts: The other fields of Command.
    """

    def register(function: Function) -> Function:
        module = function.__module__.removeprefix("redlearn.engine.commands.").split(".")[0]
        row = Command(
            name.lower().replace(" ", "|"),
            syntax,
            _with_cursor(function, at=1 + name.count(" ")),
            group=group or GROUP_OF_MODULE.get(module, module),
            summary=(function.__doc__ or "").strip().split("\n")[0],
            categories=tuple(categories.split()),
            **facts,
        )
        _enter(name.encode(), row)
        return function

    return register


def container(name: str, group: str, **facts: Any) -> None:
    """Declare a command that only holds subcommands, such as OBJECT or CLIENT."""
    command(name, "", group=group, **{"arity": -2, **facts})(_no_subcommand)
    row = COMMANDS[name.encode()]
    row.guard()
    row.categories = ("@slow",)


def _no_subcommand(ctx: Context, argv: list[bytes]) -> Reply:
    raise AssertionError("dispatch resolves a container to one of its subcommands")


def all_commands() -> Iterator[Command]:
    """Every command and subcommand, containers before what they hold."""
    for row in COMMANDS.values():
        yield row
        yield from row.subcommands.values()


def find_command(argv: list[bytes]) -> Command | None:
    """The command that `argv` names, a subcommand where there is one, or None. O(1).

    A container is given back itself when the subcommand is unknown or not there.
    """
    row = COMMANDS.get(argv[0].upper())
    if row is not None and row.subcommands and len(argv) > 1:
        return row.subcommands.get(argv[1].upper(), row)
    return row


def help_lines(name: str) -> Reply:
    """What HELP of a container answers: each subcommand with what it does, in our words."""
    rows = COMMANDS[name.encode()].subcommands.items()
    return help_of(
        name,
        ((word, syntax_lines.of(row.syntax).display, row.summary) for word, row in rows),
    )


def help_of(name: str, rows: Iterable[tuple[bytes, str, str]]) -> Reply:
    """The lines of a HELP as servers lay them out (`networking.c` addReplyHelp).

    A line that names the command, two for each subcommand, HELP itself being the last.

    Args:
        rows: Subcommands: name, syntax of what follows it, summary.
    """
    lines: list[Reply] = [
        Status(f"{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
    ]
    for word, syntax, summary in sorted(rows):
        if word != b"HELP":
            lines += [Status(f"{word.decode()} {syntax}".strip()), Status(f"    {summary}")]
    return [*lines, Status("HELP"), Status("    Prints this help.")]


def _with_cursor(function: Function, at: int) -> Run:
    if "args" not in getattr(function, "__annotations__", {}):  # a compiled function has none
        return function

    def run(ctx: Context, argv: list[bytes]) -> Reply:
        return function(ctx, Args(argv, at))

    return run


def _enter(name: bytes, row: Command) -> None:
    head, _, sub = name.partition(b" ")
    table = COMMANDS[head].subcommands if sub else COMMANDS
    assert (sub or head) not in table, f"{name.decode()} is declared twice"
    table[sub or head] = row


def _implied_categories(flags: Flags, group: str) -> Iterator[str]:
    """ACL categories that follow from flags and group (`server.c setImplicitACLCategories`)."""
    if Flags.WRITE in flags:
        yield "@write"
    if Flags.READONLY in flags and group != "scripting":
        yield "@read"
    if Flags.ADMIN in flags:
        yield from ("@admin", "@dangerous")
    if Flags.PUBSUB in flags:
        yield "@pubsub"
    if Flags.BLOCKING in flags:
        yield "@blocking"
    yield "@fast" if Flags.FAST in flags else "@slow"
    if group in _CATEGORY_OF_GROUP:
        yield _CATEGORY_OF_GROUP[group]
