"""CLUSTER and what a node sees: its own name, the others, slots, connections, health."""

from __future__ import annotations

from redlearn.engine.command import Flags, command
from redlearn.engine.commands.cluster.asked import cluster_of
from redlearn.engine.commands.cluster.containers import LOOKS
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply, Verbatim

_ALWAYS = Flags.LOADING | Flags.STALE
_ADMIN = Flags.ADMIN | Flags.STALE
_VARIES = ("nondeterministic_output",)


@command("CLUSTER MYID", "", arity=2, flags=LOOKS, since="3.0.0", complexity="O(1)")
def myid(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell the id of this node."""
    return cluster_of(ctx).my_id


@command("CLUSTER MYSHARDID", "", arity=2, flags=LOOKS, since="7.2.0", complexity="O(1)",
         tips=_VARIES)  # fmt: skip
def myshardid(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell the id that this node has in common with its primary and its replicas."""
    return cluster_of(ctx).my_shard


@command("CLUSTER INFO", "", arity=2, flags=LOOKS, since="3.0.0", complexity="O(1)",
         tips=_VARIES)  # fmt: skip
def info(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how the cluster is, as this node sees it."""
    return Verbatim(cluster_of(ctx).info())


@command("CLUSTER NODES", "", arity=2, flags=LOOKS, since="3.0.0", complexity="O(N) nodes",
         tips=_VARIES)  # fmt: skip
def nodes(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell, a line each, what this node knows of all of them."""
    return Verbatim(cluster_of(ctx).nodes(tls=ctx.client.tls))


@command("CLUSTER SLOTS", "", arity=2, flags=_ALWAYS, since="3.0.0",
         complexity="O(N) nodes", tips=_VARIES, deprecated_since="7.0.0",
         replaced_by="CLUSTER SHARDS")  # fmt: skip
def slots(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell who serves which range of slots."""
    return cluster_of(ctx).slots(tls=ctx.client.tls)


@command("CLUSTER SHARDS", "", arity=2, flags=_ALWAYS, since="7.0.0",
         complexity="O(N) nodes", tips=_VARIES)  # fmt: skip
def shards(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell the slots and the nodes of each shard: a primary with its replicas."""
    return cluster_of(ctx).shards(tls=ctx.client.tls)


@command("CLUSTER LINKS", "", arity=2, flags=LOOKS, since="7.0.0",
         complexity="O(N) nodes", tips=_VARIES)  # fmt: skip
def links(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell of each connection that this node has with others."""
    return cluster_of(ctx).links()


@command("CLUSTER REPLICAS", "node-id", arity=3, flags=_ADMIN, since="5.0.0",
         complexity="O(N) replicas", tips=_VARIES)  # fmt: skip
def replicas(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell, a line each, who the replicas of a node are."""
    return _replicas(ctx, argv)


@command("CLUSTER SLAVES", "node-id", arity=3, flags=_ADMIN, since="3.0.0",
         complexity="O(N) replicas", tips=_VARIES, deprecated_since="5.0.0",
         replaced_by="CLUSTER REPLICAS")  # fmt: skip
def slaves(ctx: Context, argv: list[bytes]) -> Reply:
    """Do what CLUSTER REPLICAS does, by its old name."""
    return _replicas(ctx, argv)


def _replicas(ctx: Context, argv: list[bytes]) -> Reply:
    return [*cluster_of(ctx).replicas(argv[2], tls=ctx.client.tls)]


@command("CLUSTER COUNT-FAILURE-REPORTS", "node-id", arity=3, flags=_ADMIN,
         since="3.0.0", complexity="O(N) reports", tips=_VARIES)  # fmt: skip
def count_failure_reports(ctx: Context, argv: list[bytes]) -> Reply:
    """Count those who say at present that a node fails."""
    return cluster_of(ctx).failure_reports(argv[2])
