"""EVAL and its kin: run a script, by its text or by its SHA-1."""

from __future__ import annotations

from typing import Any

from redlearn.engine import monitor
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.scripting import Job, failure_of, prepare, run
from redlearn.engine.scripts import SHA_LENGTH, Script, read_script, sha_of
from redlearn.errors import (
    KEYS_NEGATIVE,
    NO_SCRIPT,
    NOT_AN_INTEGER,
    TOO_FEW_KEYS,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

RUNS = (
    Flags.NOSCRIPT
    | Flags.SKIP_MONITOR
    | Flags.STALE
    | Flags.NO_MANDATORY_KEYS
    | (Flags.MOVABLEKEYS)
)


def facts(flags: Flags, keys: str, since: str) -> dict[str, Any]:
    """What is said of all commands that run a script."""
    return {
        "arity": -3,
        "flags": RUNS | flags,
        "keys": (Keys(2, keys, keynum=(0, 1, 1)),),
        "since": since,
        "complexity": "depends on the script",
    }


WRITES = facts(Flags.NONE, "RW access update", "2.6.0")
READS = facts(Flags.READONLY, "RO access", "7.0.0")


@command("EVAL", "script numkeys [key [key ...]] [arg [arg ...]]", **WRITES)
def evaluate(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a Lua script, with nobody in between."""
    return _evaluate(ctx, argv, by_sha=False, read_only=False)


@command("EVAL_RO", "script numkeys [key [key ...]] [arg [arg ...]]", **READS)
def evaluate_reading(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a Lua script that may only read."""
    return _evaluate(ctx, argv, by_sha=False, read_only=True)


@command("EVALSHA", "sha1 numkeys [key [key ...]] [arg [arg ...]]", **WRITES)
def evaluate_by_sha(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a Lua script that is known already, by its SHA-1."""
    return _evaluate(ctx, argv, by_sha=True, read_only=False)


@command("EVALSHA_RO", "sha1 numkeys [key [key ...]] [arg [arg ...]]", **READS)
def evaluate_by_sha_reading(ctx: Context, argv: list[bytes]) -> Reply:
    """Run a known Lua script that may only read."""
    return _evaluate(ctx, argv, by_sha=True, read_only=True)


def _evaluate(ctx: Context, argv: list[bytes], by_sha: bool, read_only: bool) -> Reply:
    """All of the above (`eval.c` evalGenericCommand)."""
    feed_monitors(ctx, argv)
    if by_sha and len(argv[1]) != SHA_LENGTH:
        raise CommandError(NO_SCRIPT)
    keys, arguments = keys_and_arguments(argv, NOT_AN_INTEGER)
    script = _known(ctx, argv[1].lower()) if by_sha else _script_of(ctx, argv[1])
    job = Job("eval", script.body, script.sha, script.flags, keys, arguments, read_only)
    return run(ctx, job, argv)


def keys_and_arguments(
    argv: list[bytes], not_a_number: str
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """What stands behind the script's name: the count of keys, keys, and the rest."""
    count = parse_integer(argv[2])
    if count is None:
        raise CommandError(not_a_number)
    if count > len(argv) - 3:
        raise CommandError(TOO_FEW_KEYS)
    if count < 0:
        raise CommandError(KEYS_NEGATIVE)
    return tuple(argv[3 : 3 + count]), tuple(argv[3 + count :])


def feed_monitors(ctx: Context, argv: list[bytes]) -> None:
    """Let monitors see the call before those that the script makes."""
    if ctx.state.crowd.monitors:
        monitor.tell_of_script(ctx.state, ctx.client, argv)


def _known(ctx: Context, sha: bytes) -> Script:
    scripts = ctx.state.scripts
    script = scripts.known.get(sha)
    if script is None:
        raise CommandError(NO_SCRIPT)
    scripts.use(script)
    return script


def _script_of(ctx: Context, source: bytes) -> Script:
    """The script of this text, which is remembered if it compiles."""
    scripts = ctx.state.scripts
    script = scripts.known.get(sha_of(source))
    if script is not None:
        scripts.use(script)
        return script
    return learn(ctx, source, stays=False)


def learn(ctx: Context, source: bytes, stays: bool) -> Script:
    """Read a script's shebang, see that it compiles, and remember it.

    Raises:
        CommandError: One of the two is wrong.
    """
    script = read_script(source, stays)
    outcome = prepare(ctx, Job("compile", script.body, script.sha))
    if outcome[:1] != b"O":
        raise CommandError(failure_of(outcome, as_text(script.sha)))
    ctx.state.scripts.remember(script)
    return script
