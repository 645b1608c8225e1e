"""SHUTDOWN and MODULE: what concerns the process round an engine.

Sources: `db.c` shutdownCommand; `module.c` moduleCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.edge import Shutdown
from redlearn.errors import (
    MODULE_NOT_LOADED,
    MODULE_UNKNOWN,
    NO_SHUTDOWN,
    SYNTAX,
    CommandError,
)
from redlearn.resp.reply import OK, Reply, Several

_STALE = Flags.LOADING | Flags.STALE
_LOAD = Flags.ADMIN | Flags.NOSCRIPT | Flags.NO_ASYNC_LOADING


@command(
    "SHUTDOWN", "[save-selector=<NOSAVE | SAVE>] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0", arity=-1,
    flags=Flags.ADMIN | Flags.NOSCRIPT | _STALE | Flags.NO_MULTI | Flags.ALLOW_BUSY,
    complexity="O(N) keys when saving",
)  # fmt: skip
def shutdown(ctx: Context, args: Args) -> Reply:
    """End the server, and hang up on all clients."""
    words = [word.upper() for word in args.rest()]
    how = set(words)
    if not how <= {b"NOSAVE", b"SAVE", b"NOW", b"FORCE", b"ABORT"} or {b"NOSAVE", b"SAVE"} <= how:
        raise CommandError(SYNTAX)
    if b"ABORT" in how and len(how) > 1:
        raise CommandError(SYNTAX)
    if b"ABORT" in how:
        if not ctx.state.edge.abort_shutdown():
            raise CommandError(NO_SHUTDOWN)
        return OK
    save = "save" if b"SAVE" in how else "nosave" if b"NOSAVE" in how else ""
    reply = ctx.state.edge.shutdown(Shutdown(save, b"NOW" in how, b"FORCE" in how))
    if isinstance(reply, Several):  # nothing at all is said: the end has come
        ctx.client.closing = not ctx.state.edge.is_about_to_end
    return reply


container("MODULE", "server", since="4.0.0")


@command("MODULE LIST", "", arity=2, flags=Flags.ADMIN | Flags.NOSCRIPT, since="4.0.0",
         complexity="O(N) modules", tips=("nondeterministic_output_order",))  # fmt: skip
def module_list(ctx: Context, argv: list[bytes]) -> Reply:
    """List the modules that are loaded: none, since they are machine code."""
    return []


@command(
    "MODULE LOAD", "path [arg [arg ...]]", arity=-3, flags=_LOAD, since="4.0.0", complexity="O(1)"
)
def module_load(ctx: Context, argv: list[bytes]) -> Reply:
    """Load a module: none can be."""
    raise CommandError(MODULE_NOT_LOADED)


@command(
    "MODULE LOADEX",
    "path [CONFIG configs=(name value) [CONFIG configs=(name value) ...]] [ARGS args [args ...]]",
    arity=-3, flags=_LOAD, since="7.0.0", complexity="O(1)",
)  # fmt: skip
def module_load_ex(ctx: Context, argv: list[bytes]) -> Reply:
    """Load a module with settings of its own: none can be."""
    raise CommandError(MODULE_NOT_LOADED)


@command("MODULE UNLOAD", "name", arity=3, flags=_LOAD, since="4.0.0", complexity="O(1)")
def module_unload(ctx: Context, argv: list[bytes]) -> Reply:
    """Unload a module: there is none."""
    raise CommandError(MODULE_UNKNOWN)


@command("MODULE HELP", "", arity=2, flags=_STALE, since="5.0.0", complexity="O(1)")
def module_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what MODULE can do."""
    return help_lines("MODULE")
