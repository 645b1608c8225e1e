"""FUNCTION: libraries of functions come, go, are listed, and travel as bytes.

A library is data. What changes it is passed on like any write, and it comes back with the data
after a restart, where scripts have to be sent again.

Source: `functions.c`.
"""

from __future__ import annotations

import re

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.payload import (
    OLDEST,
    BadFooter,
    BadPayload,
    Reader,
    open_payload,
    seal,
)
from redlearn.engine.payload.wire import write_string
from redlearn.engine.scripting import Job, error_text, kill_running, prepare
from redlearn.engine.scripts import Function, Library
from redlearn.engine.structures.glob import matches
from redlearn.errors import (
    BAD_PAYLOAD_FOOTER,
    FLUSH_FUNCTIONS,
    FUNCTION_TAKEN,
    LIBRARY_BAD_METADATA,
    LIBRARY_BAD_NAME,
    LIBRARY_BAD_VALUE,
    LIBRARY_COMPILE,
    LIBRARY_EXISTS,
    LIBRARY_NAMED_TWICE,
    LIBRARY_NO_ENGINE,
    LIBRARY_NO_FUNCTIONS,
    LIBRARY_NO_METADATA,
    LIBRARY_NO_NAME,
    LIBRARY_NOT_FOUND,
    LIBRARY_REGISTERING,
    LIBRARY_SLOW,
    LIST_NO_NAME,
    LIST_UNKNOWN,
    LOAD_UNKNOWN,
    RESTORE_FAILED,
    RESTORE_POLICY,
    WRONG_SUBCOMMAND,
    CommandError,
    as_text,
)
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.reply import OK, Members, Reply, Status
from redlearn.resp.text import UnbalancedQuotes, split_args

LIBRARY_MARK = 245
"""What stands before a library in a payload (RDB_OPCODE_FUNCTION2)."""

_WRITES = Flags.NOSCRIPT | Flags.WRITE
_EVERYWHERE = ("request_policy:all_shards", "response_policy:all_succeeded")
_NAME = re.compile(rb"[A-Za-z0-9_]+")

container("FUNCTION", "scripting", since="7.0.0", complexity="as the subcommand")


@command("FUNCTION LOAD", "[REPLACE] function-code", arity=-3, flags=_WRITES | Flags.DENYOOM,
         since="7.0.0", complexity="O(N) bytes of the library", tips=_EVERYWHERE)  # fmt: skip
def function_load(ctx: Context, argv: list[bytes]) -> Reply:
    """Take in a library of functions, and give its name."""
    replace = False
    for word in argv[2:-1]:
        if word.upper() != b"REPLACE":
            raise CommandError(LOAD_UNKNOWN.format(as_text(word)))
        replace = True
    library = library_of(ctx, argv[-1], replace)
    ctx.state.scripts.add(library)
    ctx.state.dirty += 1
    return library.name


@command("FUNCTION DELETE", "library-name", arity=3, flags=_WRITES, since="7.0.0",
         complexity="O(1)", tips=_EVERYWHERE)  # fmt: skip
def function_delete(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete a library and all of its functions."""
    if not ctx.state.scripts.delete(argv[2]):
        raise CommandError(LIBRARY_NOT_FOUND)
    ctx.state.dirty += 1
    return OK


@command("FUNCTION FLUSH", "[flush-type=<ASYNC | SYNC>]", arity=-2, flags=_WRITES, since="7.0.0",
         complexity="O(N) libraries", tips=_EVERYWHERE)  # fmt: skip
def function_flush(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete all libraries."""
    if len(argv) > 3:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1]), "FUNCTION"))
    if len(argv) == 3 and argv[2].upper() not in (b"SYNC", b"ASYNC"):
        raise CommandError(FLUSH_FUNCTIONS)
    ctx.state.scripts.flush_functions()
    ctx.state.dirty += 1
    return OK


@command("FUNCTION DUMP", "", arity=2, flags=Flags.NOSCRIPT, since="7.0.0",
         complexity="O(N) libraries")  # fmt: skip
def function_dump(ctx: Context, argv: list[bytes]) -> Reply:
    """Give all libraries as bytes, for FUNCTION RESTORE here or on another server."""
    out = bytearray()
    for library in ctx.state.scripts.libraries.values():
        out.append(LIBRARY_MARK)
        write_string(out, library.code)
    return seal(bytes(out), OLDEST)


@command("FUNCTION RESTORE", "serialized-value [policy=<FLUSH | APPEND | REPLACE>]", arity=-3,
         flags=_WRITES | Flags.DENYOOM, since="7.0.0", complexity="O(N) libraries",
         tips=_EVERYWHERE)  # fmt: skip
def function_restore(ctx: Context, argv: list[bytes]) -> Reply:
    """Take in libraries as FUNCTION DUMP gave them: all, or none if one cannot be."""
    if len(argv) > 4:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1]), "FUNCTION"))
    policy = argv[3].upper() if len(argv) == 4 else b"APPEND"
    if policy not in (b"FLUSH", b"APPEND", b"REPLACE"):
        raise CommandError(RESTORE_POLICY)
    codes = _codes(argv[2])
    scripts = ctx.state.scripts
    before = tuple(scripts.libraries.values())
    if policy == b"FLUSH":
        scripts.flush_functions()
    try:
        for code in codes:
            scripts.add(library_of(ctx, code, policy == b"REPLACE"))
    except CommandError:
        scripts.flush_functions()
        for library in before:
            scripts.add(library)
        raise
    ctx.state.dirty += 1
    return OK


@command("FUNCTION LIST", "[LIBRARYNAME library-name-pattern:string] [WITHCODE]", arity=-2,
         flags=Flags.NOSCRIPT, since="7.0.0", complexity="O(N) functions",
         tips=("nondeterministic_output_order",))  # fmt: skip
def function_list(ctx: Context, args: Args) -> Reply:
    """List libraries with their functions, and with their code if asked for."""
    pattern: bytes | None = None
    with_code = False
    while args:
        word = args.next()
        if word.upper() == b"WITHCODE" and not with_code:
            with_code = True
        elif word.upper() == b"LIBRARYNAME" and pattern is None:
            if not args:
                raise CommandError(LIST_NO_NAME)
            pattern = args.next()
        else:
            raise CommandError(LIST_UNKNOWN.format(as_text(word)))
    libraries = ctx.state.scripts.libraries.values()
    return [
        _described(library, with_code)
        for library in libraries
        if pattern is None or matches(pattern, library.name, nocase=True)
    ]


@command("FUNCTION STATS", "", arity=2, flags=Flags.NOSCRIPT | Flags.ALLOW_BUSY, since="7.0.0",
         complexity="O(1)",
         tips=("nondeterministic_output", "request_policy:all_shards",
               "response_policy:special"))  # fmt: skip
def function_stats(ctx: Context, argv: list[bytes]) -> Reply:
    """Say which function runs, and how many there are."""
    scripts = ctx.state.scripts
    running: Reply = None
    if scripts.running is not None:
        running = {
            b"name": scripts.running.name,
            b"command": list(scripts.running.argv),
            b"duration_ms": max(0, ctx.clock.now_ms() - scripts.running.since_ms),
        }
    counts: Reply = {
        b"libraries_count": len(scripts.libraries),
        b"functions_count": len(scripts.functions),
    }
    return {b"running_script": running, b"engines": {b"LUA": counts}}


@command("FUNCTION KILL", "", arity=2, flags=Flags.NOSCRIPT | Flags.ALLOW_BUSY, since="7.0.0",
         complexity="O(1)",
         tips=("request_policy:all_shards", "response_policy:one_succeeded"))  # fmt: skip
def function_kill(ctx: Context, argv: list[bytes]) -> Reply:
    """End the function that runs, unless it has written."""
    return kill_running(ctx, is_eval=False)


@command("FUNCTION HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="7.0.0",
         complexity="O(1)")  # fmt: skip
def function_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what FUNCTION can do."""
    return help_lines("FUNCTION")


# ------------------------------------------------------------------------------------- libraries


def _described(library: Library, with_code: bool) -> Reply:
    functions: list[Reply] = [
        {
            b"name": function.name,
            b"description": function.description,
            b"flags": Members(Status(as_text(flag)) for flag in sorted(function.flags)),
        }
        for function in library.functions
    ]
    reply: dict[Reply, Reply] = {
        b"library_name": library.name,
        b"engine": b"LUA",
        b"functions": functions,
    }
    if with_code:
        reply[b"library_code"] = library.code
    return reply


def library_of(ctx: Context, code: bytes, replace: bool = True) -> Library:
    """A library out of its code, whose functions have been registered. It is not kept yet.

    Args:
        replace: One of the same name may be there already.

    Raises:
        CommandError: It is none, or its name or one of its functions' is taken.
    """
    engine, name, body = _metadata(code)
    if not _NAME.fullmatch(name):
        raise CommandError(LIBRARY_BAD_NAME)
    if engine.lower() != b"lua":
        raise CommandError(LIBRARY_NO_ENGINE.format(as_text(engine)))
    if name in ctx.state.scripts.libraries and not replace:
        raise CommandError(LIBRARY_EXISTS.format(as_text(name)))
    outcome = prepare(ctx, Job("load", body, name))
    library = Library(name, code, body, _registered(outcome))
    if not library.functions:
        raise CommandError(LIBRARY_NO_FUNCTIONS)
    taken = ctx.state.scripts.taken(library)
    if taken is not None:
        raise CommandError(FUNCTION_TAKEN.format(as_text(taken)))
    return library


def _metadata(code: bytes) -> tuple[bytes, bytes, bytes]:
    """The engine, the library's name and what Lua gets (`functionExtractLibMetaData`)."""
    if not code.startswith(b"#!"):
        raise CommandError(LIBRARY_NO_METADATA)
    end = code.find(b"\n")
    if end < 0:
        raise CommandError(LIBRARY_BAD_METADATA)
    try:
        engine, *words = split_args(code[:end])
    except UnbalancedQuotes:
        raise CommandError(LIBRARY_BAD_METADATA) from None
    name: bytes | None = None
    for word in words:
        if not word.lower().startswith(b"name="):
            raise CommandError(LIBRARY_BAD_VALUE.format(as_text(word)))
        if name is not None:
            raise CommandError(LIBRARY_NAMED_TWICE)
        name = word[5:]
    if name is None:
        raise CommandError(LIBRARY_NO_NAME)
    return engine.removeprefix(b"#!"), name, code[end:]


def _registered(outcome: bytes) -> tuple[Function, ...]:
    """The functions that a library has registered, out of the runner's last message."""
    kind, rest = outcome[:1], outcome[1:]
    if kind == b"S":
        raise CommandError(LIBRARY_COMPILE.format(as_text(rest)))
    if kind in b"EX":
        text = error_text(rest) if kind == b"E" else as_text(rest)
        raise CommandError(LIBRARY_REGISTERING.format(text))
    if kind != b"F":
        raise CommandError(LIBRARY_SLOW)
    (rows,) = ReplyDecoder().feed(rest)
    assert isinstance(rows, list)
    return tuple(_function(row) for row in rows)


def _function(row: object) -> Function:
    assert isinstance(row, list)
    name, description, flags = row
    assert isinstance(name, bytes)
    assert description is None or isinstance(description, bytes)
    assert isinstance(flags, list)
    return Function(name, description, frozenset(f for f in flags if isinstance(f, bytes)))


def _codes(payload: bytes) -> list[bytes]:
    """The libraries in a payload."""
    try:
        content, _ = open_payload(payload)
    except BadFooter:
        raise CommandError(BAD_PAYLOAD_FOOTER) from None
    reader = Reader(content)
    codes: list[bytes] = []
    try:
        while reader.left:
            if reader.byte() != LIBRARY_MARK:
                raise CommandError(RESTORE_FAILED)
            codes.append(reader.string())
    except BadPayload:
        raise CommandError(RESTORE_FAILED) from None
    return codes
