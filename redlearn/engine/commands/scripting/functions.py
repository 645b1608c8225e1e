"""FCALL and FCALL_RO: run a function of a library, by its name."""

from __future__ import annotations

from redlearn.engine.command import Flags, command
from redlearn.engine.commands.scripting.evaluate import facts, feed_monitors, keys_and_arguments
from redlearn.engine.context import Context
from redlearn.engine.scripting import Job, run
from redlearn.errors import FUNCTION_BAD_KEYS, FUNCTION_NOT_FOUND, CommandError
from redlearn.resp.reply import Reply


@command(
    "FCALL",
    "function numkeys [key [key ...]] [arg [arg ...]]",
    **facts(Flags.NONE, "RW access update", "7.0.0"),
)
def call_function(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a function of a library, with nobody in between."""
    return _call(ctx, argv, read_only=False)


@command(
    "FCALL_RO",
    "function numkeys [key [key ...]] [arg [arg ...]]",
    **facts(Flags.READONLY, "RO access", "7.0.0"),
)
def call_function_reading(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a function that may only read."""
    return _call(ctx, argv, read_only=True)


def _call(ctx: Context, argv: list[bytes], read_only: bool) -> Reply:
    """Both of them (`functions.c` fcallCommandGeneric)."""
    feed_monitors(ctx, argv)
    found = ctx.state.scripts.functions.get(argv[1].lower())
    if found is None:
        raise CommandError(FUNCTION_NOT_FOUND)
    library, function = found
    keys, arguments = keys_and_arguments(argv, FUNCTION_BAD_KEYS)
    job = Job(
        "call", library.body, function.name, function.flags, keys, arguments, read_only
    )  # fmt: skip
    return run(ctx, job, argv)
