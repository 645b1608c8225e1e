"""COMMAND: the table of commands, asked through a command.

Everything here is derived from the table (`command.py`) and from the syntax lines.
"""

from __future__ import annotations

from redlearn.engine import syntax
from redlearn.engine.args import Args
from redlearn.engine.command import (
    COMMANDS,
    Command,
    Flags,
    Keys,
    all_commands,
    command,
    container,
    find_command,
    help_lines,
)
from redlearn.engine.context import Context
from redlearn.engine.keys import keys_with_flags, takes_keys
from redlearn.engine.notation import Argument
from redlearn.engine.structures.glob import matches
from redlearn.errors import (
    KEYS_BAD_ARGUMENTS,
    KEYS_BAD_ARITY,
    KEYS_NO_COMMAND,
    KEYS_NONE,
    SYNTAX,
    CommandError,
)
from redlearn.resp.reply import Members, Reply, Status

_ASK = Flags.LOADING | Flags.STALE
_ANY_ORDER = ("nondeterministic_output_order",)

container(
    "COMMAND", "server", arity=-1, flags=_ASK, since="2.8.13", complexity="O(N) commands",
    tips=_ANY_ORDER,
)  # fmt: skip


def _command(ctx: Context, argv: list[bytes]) -> Reply:
    return [_facts(row) for row in COMMANDS.values()]


COMMANDS[b"COMMAND"].run = _command
COMMANDS[b"COMMAND"].categories = ("@connection", "@slow")
COMMANDS[b"COMMAND"].summary = "Describe every command: arity, flags, keys, categories."


@command("COMMAND COUNT", "", arity=2, flags=_ASK, since="2.8.13", complexity="O(1)",
         categories="@connection")  # fmt: skip
def command_count(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the commands, subcommands not included."""
    return len(COMMANDS)


@command("COMMAND INFO", "[command-name [command-name ...]]", arity=-2, flags=_ASK,
         since="2.8.13", complexity="O(N) commands asked for", categories="@connection",
         tips=_ANY_ORDER)  # fmt: skip
def command_info(ctx: Context, args: Args) -> Reply:
    """Describe the named commands, or all of them."""
    if not args:
        return _command(ctx, [])
    return [None if row is None else _facts(row) for row in map(_named, args.rest())]


@command("COMMAND DOCS", "[command-name [command-name ...]]", arity=-2, flags=_ASK,
         since="7.0.0", complexity="O(N) commands asked for", categories="@connection",
         tips=_ANY_ORDER)  # fmt: skip
def command_docs(ctx: Context, args: Args) -> Reply:
    """Document the named commands, or all of them: summary, arguments, history."""
    rows = map(_named, args.rest()) if args else COMMANDS.values()
    return {row.name.encode(): _docs(row) for row in rows if row is not None}


@command("COMMAND LIST", "[FILTERBY <MODULE module-name | ACLCAT category | "
         "PATTERN pattern>]", arity=-2, flags=_ASK, since="7.0.0", complexity="O(N) commands",
         categories="@connection", tips=_ANY_ORDER)  # fmt: skip
def command_list(ctx: Context, args: Args) -> Reply:
    """List the names of all commands, or of those in a category or matching a pattern."""
    if not args:
        return [row.name.encode() for row in COMMANDS.values()]
    if len(args) != 3 or not args.take(b"FILTERBY"):
        raise CommandError(SYNTAX)
    how, what = args.word(), args.peek(1)
    rows = all_commands()
    if how == b"MODULE":
        return []
    if how == b"ACLCAT":
        category = "@" + what.decode("latin-1").lower()
        return [row.name.encode() for row in rows if category in row.categories]
    if how == b"PATTERN":
        return [r.name.encode() for r in rows if matches(what, r.name.encode(), nocase=True)]
    raise CommandError(SYNTAX)


@command("COMMAND GETKEYS", "command [arg [arg ...]]", arity=-3, flags=_ASK, since="2.8.13",
         complexity="O(N) arguments", categories="@connection")  # fmt: skip
def command_getkeys(ctx: Context, argv: list[bytes]) -> Reply:
    """Return which arguments of a whole command would be its keys."""
    return [key for key, _ in _keys_of(argv[2:])]


@command("COMMAND GETKEYSANDFLAGS", "command [arg [arg ...]]", arity=-3, flags=_ASK,
         since="7.0.0", complexity="O(N) arguments", categories="@connection")  # fmt: skip
def command_getkeysandflags(ctx: Context, argv: list[bytes]) -> Reply:
    """Return which arguments of a whole command would be its keys, and what it does to each."""
    return [[key, Members(map(Status, flags.split()))] for key, flags in _keys_of(argv[2:])]


def _keys_of(call: list[bytes]) -> list[tuple[bytes, str]]:
    """The keys of a whole command, with the flags of each (`server.c getKeysSubcommandImpl`)."""
    row = find_command(call)
    if row is None or (row.subcommands and len(call) > 1):
        raise CommandError(KEYS_NO_COMMAND)
    if not takes_keys(row):
        raise CommandError(KEYS_NONE)
    if not row.low <= len(call) <= row.high:
        raise CommandError(KEYS_BAD_ARITY)
    found = keys_with_flags(row, call)
    if not found:
        if Flags.NO_MANDATORY_KEYS in row.flags:
            return []
        raise CommandError(KEYS_BAD_ARGUMENTS)
    return [(call[at], flags) for at, flags in found]


@command("COMMAND HELP", "", arity=2, flags=_ASK, since="5.0.0", complexity="O(1)",
         categories="@connection")  # fmt: skip
def command_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what COMMAND can do."""
    return help_lines("COMMAND")


def _named(name: bytes) -> Command | None:
    """The command of that name; a subcommand is written `config|get`."""
    head, _, sub = name.upper().partition(b"|")
    row = COMMANDS.get(head)
    return row.subcommands.get(sub) if row is not None and sub else row


def _facts(row: Command) -> Reply:
    """One row of COMMAND INFO (`server.c addReplyCommandInfo`)."""
    first, last, step = _first_last_step(row)
    return [
        row.name.encode(),
        row.arity,
        Members(Status(word) for word in flag_words(row)),
        first,
        last,
        step,
        Members(Status(category) for category in row.categories),
        [tip.encode() for tip in row.tips],
        [_key_spec(spec) for spec in row.keys],
        [_facts(sub) for sub in row.subcommands.values()],
    ]


def flag_words(row: Command) -> list[str]:
    """A command's flags as Redis writes them."""
    return [flag.name.lower() for flag in Flags if flag in row.flags and flag.name]


def _first_last_step(row: Command) -> tuple[int, int, int]:
    """Key positions in the older form: of the specifications that are plain ranges.

    Source: `server.c populateCommandLegacyRangeSpec`.
    """
    ranges = [k for k in row.keys if isinstance(k.begin, int) and k.keynum is None]
    if not ranges:
        return 0, 0, 0
    if len(row.keys) == 1:
        spec = ranges[0]
        assert isinstance(spec.begin, int)
        return spec.begin, spec.begin + spec.last if spec.last >= 0 else spec.last, spec.step
    first, last = 0, 0
    for spec in ranges:
        assert isinstance(spec.begin, int)
        if spec.step != 1 or (last and last != spec.begin - 1):
            continue
        first = first or spec.begin
        last = spec.begin + spec.last if spec.last >= 0 else spec.last
    return (first, last, 1) if first else (0, 0, 0)


def _key_spec(spec: Keys) -> Reply:
    begin: dict[Reply, Reply]
    match spec.begin:
        case int(index):
            begin = {b"type": b"index", b"spec": {b"index": index}}
        case (str(keyword), int(start)):
            where: Reply = {b"keyword": keyword.encode(), b"startfrom": start}
            begin = {b"type": b"keyword", b"spec": where}
        case _:
            begin = {b"type": b"unknown", b"spec": {}}
    find: dict[Reply, Reply]
    if spec.keynum is not None:
        names = (b"keynumidx", b"firstkey", b"keystep")
        find = {b"type": b"keynum", b"spec": dict(zip(names, spec.keynum, strict=True))}
    elif spec.begin is None:
        find = {b"type": b"unknown", b"spec": {}}
    else:
        shape: Reply = {b"lastkey": spec.last, b"keystep": spec.step, b"limit": spec.limit}
        find = {b"type": b"range", b"spec": shape}
    flags = Members(Status(word) for word in spec.flags.split())
    return {b"flags": flags, b"begin_search": begin, b"find_keys": find}


def _docs(row: Command) -> Reply:
    """One entry of COMMAND DOCS (`server.c addReplyCommandDocs`)."""
    docs: dict[Reply, Reply] = {
        b"summary": row.summary.encode(),
        b"since": row.since.encode(),
        b"group": row.group.encode(),
    }
    if row.complexity:
        docs[b"complexity"] = row.complexity.encode()
    doc_flags = ["deprecated"] * bool(row.deprecated_since) + ["syscmd"] * row.for_the_system
    if doc_flags:
        docs[b"doc_flags"] = Members(Status(flag) for flag in doc_flags)
    if row.deprecated_since:
        docs[b"deprecated_since"] = row.deprecated_since.encode()
        docs[b"replaced_by"] = row.replaced_by.encode()
    if arguments := syntax.of(row.syntax).arguments:
        docs[b"arguments"] = [_argument(argument) for argument in arguments]
    if row.subcommands:
        docs[b"subcommands"] = {sub.name.encode(): _docs(sub) for sub in row.subcommands.values()}
    return docs


def _argument(argument: Argument) -> Reply:
    shown: dict[Reply, Reply] = {b"name": argument.name.encode(), b"type": argument.type.encode()}
    if argument.type not in ("oneof", "block"):
        shown[b"display_text"] = (argument.display_text or argument.name).encode()
    if argument.key_spec_index is not None:
        shown[b"key_spec_index"] = argument.key_spec_index
    for name in ("token", "since", "deprecated_since"):
        if (text := getattr(argument, name)) is not None and (text or name == "token"):
            shown[name.encode()] = text.encode()
    if argument.flags:
        shown[b"flags"] = Members(Status(flag) for flag in argument.flags)
    if argument.arguments:
        shown[b"arguments"] = [_argument(inner) for inner in argument.arguments]
    return shown
