"""Pub/sub commands: SUBSCRIBE and its kin, PUBLISH, PUBSUB.

Subscribing answers with one push for each name, not with one reply. A client that speaks
RESP2 cannot tell a push from a reply, so while it listens it may do nothing else
(`dispatch.py`); with RESP3 there is no such limit.

Source: `pubsub.c`.
"""

from __future__ import annotations

from redlearn.engine import pubsub
from redlearn.engine.command import Flags, Keys, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.errors import WRONG_SUBCOMMAND, CommandError, as_text
from redlearn.resp.reply import Reply, Several

_LISTENS = Flags.PUBSUB | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE
_SENDS = Flags.PUBSUB | Flags.LOADING | Flags.STALE | Flags.FAST
_ASKS = Flags.PUBSUB | Flags.LOADING | Flags.STALE
_SHARD = (Keys(1, "not_key"),)
_SHARDS = (Keys(1, "not_key", last=-1),)


def _subscribe(ctx: Context, kind: str, names: list[bytes]) -> Reply:
    return Several([pubsub.subscribe(ctx.state, ctx.client, kind, name) for name in names])


def _unsubscribe(ctx: Context, kind: str, names: list[bytes]) -> Reply:
    if not names:
        return Several(pubsub.unsubscribe_all(ctx.state, ctx.client, kind))
    return Several([pubsub.unsubscribe(ctx.state, ctx.client, kind, name) for name in names])


@command("SUBSCRIBE", "channel:string [channel ...]", arity=-2, flags=_LISTENS, since="2.0.0",
         complexity="O(N) channels")  # fmt: skip
def subscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Hear what is published to these channels from now on."""
    return _subscribe(ctx, "channels", argv[1:])


@command("PSUBSCRIBE", "pattern [pattern ...]", arity=-2, flags=_LISTENS, since="2.0.0",
         complexity="O(N) patterns")  # fmt: skip
def psubscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Hear what is published to any channel that one of these globs matches."""
    return _subscribe(ctx, "patterns", argv[1:])


@command("SSUBSCRIBE", "shardchannel:string [shardchannel ...]", arity=-2, flags=_LISTENS,
         keys=_SHARDS, since="7.0.0", complexity="O(N) channels")  # fmt: skip
def ssubscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Hear what is published to these shard channels, which stay within their slot's node."""
    return _subscribe(ctx, "shards", argv[1:])


@command("UNSUBSCRIBE", "[channel:string [channel ...]]", arity=-1, flags=_LISTENS,
         since="2.0.0", complexity="O(N) channels")  # fmt: skip
def unsubscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Stop to hear these channels, or all of them."""
    return _unsubscribe(ctx, "channels", argv[1:])


@command("PUNSUBSCRIBE", "[pattern [pattern ...]]", arity=-1, flags=_LISTENS, since="2.0.0",
         complexity="O(N) patterns")  # fmt: skip
def punsubscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Stop to hear these globs, or all of them."""
    return _unsubscribe(ctx, "patterns", argv[1:])


@command("SUNSUBSCRIBE", "[shardchannel:string [shardchannel ...]]", arity=-1, flags=_LISTENS,
         keys=_SHARDS, since="7.0.0", complexity="O(N) channels")  # fmt: skip
def sunsubscribe(ctx: Context, argv: list[bytes]) -> Reply:
    """Stop to hear these shard channels, or all of them."""
    return _unsubscribe(ctx, "shards", argv[1:])


@command("PUBLISH", "channel:string message:string", arity=3, flags=_SENDS, since="2.0.0",
         complexity="O(N) listeners, and all patterns")  # fmt: skip
def publish(ctx: Context, argv: list[bytes]) -> Reply:
    """Hand a message to all who listen to a channel now; how often it was handed out."""
    return _publish(ctx, argv[1], argv[2], sharded=False)


@command("SPUBLISH", "shardchannel:string message:string", arity=3, flags=_SENDS, keys=_SHARD,
         since="7.0.0", complexity="O(N) listeners")  # fmt: skip
def spublish(ctx: Context, argv: list[bytes]) -> Reply:
    """Hand a message to all who listen to a shard channel now."""
    return _publish(ctx, argv[1], argv[2], sharded=True)


def _publish(ctx: Context, channel: bytes, message: bytes, *, sharded: bool) -> int:
    """To those who listen here, who alone are counted; in a cluster to the other nodes as well."""
    reached = pubsub.publish(ctx.state, channel, message, running=ctx.client, sharded=sharded)
    if ctx.state.cluster is not None:
        ctx.state.cluster.publish(channel, message, sharded=sharded)
    return reached


container("PUBSUB", "pubsub", since="2.8.0", complexity="as the subcommand")


@command("PUBSUB CHANNELS", "[pattern]", arity=-2, flags=_ASKS, since="2.8.0",
         complexity="O(N) channels")  # fmt: skip
def pubsub_channels(ctx: Context, argv: list[bytes]) -> Reply:
    """Name the channels that somebody listens to, patterns apart."""
    return _active(ctx, "channels", argv)


@command("PUBSUB NUMSUB", "[channel:string [channel ...]]", arity=-2, flags=_ASKS,
         since="2.8.0", complexity="O(N) channels asked for")  # fmt: skip
def pubsub_numsub(ctx: Context, argv: list[bytes]) -> Reply:
    """Count who listens to each of these channels."""
    return pubsub.numbers(ctx.state, "channels", argv[2:])


@command("PUBSUB NUMPAT", "", arity=2, flags=_ASKS, since="2.8.0", complexity="O(1)")
def pubsub_numpat(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the different patterns that somebody listens to."""
    return len(ctx.state.listeners["patterns"])


@command("PUBSUB SHARDCHANNELS", "[pattern]", arity=-2, flags=_ASKS, since="7.0.0",
         complexity="O(N) channels")  # fmt: skip
def pubsub_shardchannels(ctx: Context, argv: list[bytes]) -> Reply:
    """Name the shard channels that somebody listens to."""
    return _active(ctx, "shards", argv)


@command("PUBSUB SHARDNUMSUB", "[shardchannel:string [shardchannel ...]]", arity=-2,
         flags=_ASKS, since="7.0.0", complexity="O(N) channels asked for")  # fmt: skip
def pubsub_shardnumsub(ctx: Context, argv: list[bytes]) -> Reply:
    """Count who listens to each of these shard channels."""
    return pubsub.numbers(ctx.state, "shards", argv[2:])


@command("PUBSUB HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="6.2.0",
         complexity="O(1)")  # fmt: skip
def pubsub_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what PUBSUB can do."""
    return help_lines("PUBSUB")


def _active(ctx: Context, kind: str, argv: list[bytes]) -> Reply:
    if len(argv) > 3:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "PUBSUB"))
    return pubsub.active(ctx.state, kind, argv[2] if len(argv) == 3 else None)
