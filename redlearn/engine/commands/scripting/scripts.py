"""SCRIPT: which scripts are known, and the end of the one that runs."""

from __future__ import annotations

from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.commands.scripting.evaluate import learn
from redlearn.engine.context import Context
from redlearn.engine.scripting import kill_running
from redlearn.errors import (
    FLUSH_SCRIPTS,
    NO_SCRIPT,
    SCRIPT_DEBUG,
    SCRIPT_NO_DEBUGGER,
    CommandError,
)
from redlearn.resp.reply import OK, Reply

_ONE_IS_ENOUGH = ("request_policy:all_shards", "response_policy:one_succeeded")
_EVERYWHERE = ("request_policy:all_nodes", "response_policy:all_succeeded")

container("SCRIPT", "scripting", since="2.6.0", complexity="as the subcommand")


@command("SCRIPT LOAD", "script", arity=3, flags=Flags.NOSCRIPT | Flags.STALE, since="2.6.0",
         complexity="O(N) bytes of the script", tips=_EVERYWHERE)  # fmt: skip
def script_load(ctx: Context, argv: list[bytes]) -> Reply:
    """Remember a script without running it, and give its SHA-1."""
    return learn(ctx, argv[2], stays=True).sha


@command("SCRIPT EXISTS", "sha1 [sha1 ...]", arity=-3, flags=Flags.NOSCRIPT, since="2.6.0",
         complexity="O(N) digests",
         tips=("request_policy:all_shards", "response_policy:agg_logical_and"))  # fmt: skip
def script_exists(ctx: Context, argv: list[bytes]) -> Reply:
    """Say of each SHA-1 whether its script is known."""
    known = ctx.state.scripts.known
    return [int(sha.lower() in known) for sha in argv[2:]]


@command("SCRIPT FLUSH", "[flush-type=<ASYNC | SYNC>@6.2.0]", arity=-2, flags=Flags.NOSCRIPT,
         since="2.6.0", complexity="O(N) scripts", tips=_EVERYWHERE)  # fmt: skip
def script_flush(ctx: Context, argv: list[bytes]) -> Reply:
    """Forget all scripts."""
    if len(argv) > 3 or (len(argv) == 3 and argv[2].upper() not in (b"SYNC", b"ASYNC")):
        raise CommandError(FLUSH_SCRIPTS)
    ctx.state.scripts.flush()
    return OK


@command("SCRIPT KILL", "", arity=2, flags=Flags.NOSCRIPT | Flags.ALLOW_BUSY, since="2.6.0",
         complexity="O(1)", tips=_ONE_IS_ENOUGH)  # fmt: skip
def script_kill(ctx: Context, argv: list[bytes]) -> Reply:
    """End the script that runs, unless it has written."""
    return kill_running(ctx, is_eval=True)


@command("SCRIPT SHOW", "sha1", arity=3, flags=Flags.NOSCRIPT | Flags.STALE, since="valkey-8.0.0",
         complexity="O(1)")  # fmt: skip
def script_show(ctx: Context, argv: list[bytes]) -> Reply:
    """Give the text of a script that is known."""
    script = ctx.state.scripts.known.get(argv[2].lower())
    if script is None:
        raise CommandError(NO_SCRIPT)
    return script.source


@command("SCRIPT DEBUG", "mode=<YES | SYNC | NO>", arity=3, flags=Flags.NOSCRIPT, since="3.2.0",
         complexity="O(1)")  # fmt: skip
def script_debug(ctx: Context, argv: list[bytes]) -> Reply:
    """Switch the script debugger off; there is none to switch on."""
    mode = argv[2].upper()
    if mode not in (b"YES", b"SYNC", b"NO"):
        raise CommandError(SCRIPT_DEBUG)
    if mode != b"NO":
        raise CommandError(SCRIPT_NO_DEBUGGER)
    return OK


@command("SCRIPT HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="5.0.0",
         complexity="O(1)")  # fmt: skip
def script_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what SCRIPT can do."""
    return help_lines("SCRIPT")
