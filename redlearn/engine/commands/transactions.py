"""Transaction commands: MULTI, EXEC, DISCARD, WATCH, UNWATCH."""

from __future__ import annotations

from redlearn.engine.acl import require_still
from redlearn.engine.command import Command, Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.transactions import (
    end_multi,
    forget_watches,
    watch,
    watched_key_expired,
)
from redlearn.errors import (
    DISCARD_WITHOUT_MULTI,
    EXEC_ABORTED,
    EXEC_WITHOUT_MULTI,
    NESTED_MULTI,
    NO_MONITOR_IN_MULTI,
    WATCH_IN_MULTI,
    CommandError,
)
from redlearn.resp.reply import NULL_ARRAY, OK, Failure, Reply

_USUAL = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE | Flags.FAST | Flags.ALLOW_BUSY


@command("MULTI", "", arity=1, flags=_USUAL, since="1.2.0", complexity="O(1)")
def multi(ctx: Context, argv: list[bytes]) -> Reply:
    """Open a queue: commands wait in it until EXEC runs them all, or DISCARD none."""
    client = ctx.client
    if client.queue is not None:
        raise CommandError(NESTED_MULTI)
    client.queue = []
    return OK


@command(
    "EXEC",
    "",
    arity=1,
    flags=Flags.NOSCRIPT | Flags.LOADING | Flags.STALE | Flags.SKIP_SLOWLOG,
    since="1.2.0",
    complexity="O(1), and what the queued commands take",
)
def execute_queue(ctx: Context, argv: list[bytes]) -> Reply:
    """Run the queued commands one after the other, with nobody in between."""
    client = ctx.client
    if client.queue is None:
        raise CommandError(EXEC_WITHOUT_MULTI)
    refused, queue = client.dirty_exec, client.queue
    # Changed since WATCH, or expired.
    broken = client.dirty_cas or (client.watched and watched_key_expired(ctx.state, client))
    end_multi(ctx.state, client)
    if refused:
        raise CommandError(EXEC_ABORTED)
    if broken:
        return NULL_ARRAY
    replies: list[Reply] = []
    for queued, words in queue:
        if queued.name == "monitor":  # it would answer more than once, in the midst of a list
            replies.append(Failure(NO_MONITOR_IN_MULTI))
        elif client.restricted:
            replies.append(_run_if_still_allowed(ctx, queued, words))
        else:
            replies.append(ctx.run(queued, words))
    return replies


def _run_if_still_allowed(ctx: Context, command: Command, words: list[bytes]) -> Reply:
    """Its client's user may have other rules than when it was queued, or be gone."""
    try:
        require_still(ctx.state, ctx.client, command, words)
    except CommandError as refusal:
        return Failure(refusal.text)
    return ctx.run(command, words)


@command("DISCARD", "", arity=1, flags=_USUAL, since="2.0.0", complexity="O(N) queued commands")
def discard(ctx: Context, argv: list[bytes]) -> Reply:
    """Throw the queue away, and stop watching keys."""
    if ctx.client.queue is None:
        raise CommandError(DISCARD_WITHOUT_MULTI)
    end_multi(ctx.state, ctx.client)
    return OK


@command(
    "WATCH",
    "key [key ...]",
    arity=-2,
    flags=_USUAL,
    keys=(Keys(1, "RO", last=-1),),
    since="2.2.0",
    complexity="O(1) for each key",
)
def watch_keys(ctx: Context, argv: list[bytes]) -> Reply:
    """Let the next EXEC run nothing if one of these keys changes before it."""
    if ctx.client.queue is not None:
        raise CommandError(WATCH_IN_MULTI)
    if not ctx.client.dirty_cas:  # already doomed: nothing more to learn
        for key in argv[1:]:
            watch(ctx.state, ctx.client, ctx.db, key)
    return OK


@command("UNWATCH", "", arity=1, flags=_USUAL, since="2.2.0", complexity="O(N) watched keys")
def unwatch(ctx: Context, argv: list[bytes]) -> Reply:
    """Forget every WATCH of this client."""
    forget_watches(ctx.state, ctx.client)
    ctx.client.dirty_cas = False
    return OK
