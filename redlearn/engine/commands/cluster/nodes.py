"""CLUSTER and nodes: who belongs to the cluster, who follows whom, and who takes over."""

from __future__ import annotations

from redlearn.cluster_errors import BAD_BASE_PORT, BAD_BUS_PORT, BAD_CONFIG_EPOCH
from redlearn.engine import reach
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.commands.cluster.asked import cluster_of
from redlearn.engine.commands.cluster.containers import ACTS
from redlearn.engine.context import Context
from redlearn.engine.ports import BUS_PORT_AHEAD
from redlearn.errors import SYNTAX, WRONG_SUBCOMMAND, CommandError, as_text
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply, Status


@command("CLUSTER MEET", "ip port [cluster-bus-port]@4.0.0", arity=-4,
         flags=ACTS, since="3.0.0", complexity="O(1)")  # fmt: skip
def meet(ctx: Context, argv: list[bytes]) -> Reply:
    """Shake hands with a node, and through it with all that it knows."""
    cluster = cluster_of(ctx)
    _at_most(argv, 5)
    port = parse_integer(argv[3])
    if port is None:
        raise CommandError(BAD_BASE_PORT.format(as_text(argv[3])))
    bus_port = parse_integer(argv[4]) if len(argv) == 5 else port + BUS_PORT_AHEAD
    if bus_port is None:
        raise CommandError(BAD_BUS_PORT.format(as_text(argv[4])))
    reach.check(ctx.state.config, argv[2])
    cluster.meet(argv[2], port, bus_port)
    return OK


def _at_most(argv: list[bytes], count: int) -> None:
    """Refuse more words than the command has a use for (`addReplySubcommandSyntaxError`)."""
    if len(argv) > count:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "CLUSTER"))


@command("CLUSTER FORGET", "node-id", arity=3, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def forget(ctx: Context, argv: list[bytes]) -> Reply:
    """Strike a node off the list, and not hear of it for a minute."""
    cluster_of(ctx).forget(argv[2])
    return OK


@command("CLUSTER REPLICATE", "node-id", arity=3, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def replicate(ctx: Context, argv: list[bytes]) -> Reply:
    """Make this node a replica of another one."""
    cluster_of(ctx).replicate(argv[2])
    return OK


@command("CLUSTER FAILOVER", "[FORCE | TAKEOVER]", arity=-2, flags=ACTS, since="3.0.0",
         complexity="O(1), or O(N) with TAKEOVER")  # fmt: skip
def failover(ctx: Context, argv: list[bytes]) -> Reply:
    """Let this replica take the place of its primary, which may well be alive."""
    cluster = cluster_of(ctx)
    _at_most(argv, 3)
    how = _word(argv, b"FORCE", b"TAKEOVER")
    cluster.failover(how.decode().lower())
    return OK


@command("CLUSTER RESET", "[reset-type=<HARD | SOFT>]", arity=-2,
         flags=Flags.ADMIN | Flags.NOSCRIPT | Flags.STALE, since="3.0.0",
         complexity="O(N) known nodes")  # fmt: skip
def reset(ctx: Context, argv: list[bytes]) -> Reply:
    """Forget the cluster; HARD: and be a new node, with a new id."""
    cluster = cluster_of(ctx)
    _at_most(argv, 3)
    cluster.reset(hard=_word(argv, b"HARD", b"SOFT") == b"HARD")
    return OK


def _word(argv: list[bytes], *known: bytes) -> bytes:
    """The one option of a call, which has to be one of `known`, or b""."""
    args = Args(argv, 2)
    if not args:
        return b""
    word = args.next().upper()
    if word not in known:
        raise CommandError(SYNTAX)
    return word


@command("CLUSTER BUMPEPOCH", "", arity=2, flags=ACTS, since="3.0.0", complexity="O(1)",
         tips=("nondeterministic_output",))  # fmt: skip
def bumpepoch(ctx: Context, argv: list[bytes]) -> Reply:
    """Take a greater config epoch than anybody has, without asking the others."""
    bumped, epoch = cluster_of(ctx).bump_epoch()
    return Status(f"{'BUMPED' if bumped else 'STILL'} {epoch}")


@command("CLUSTER SET-CONFIG-EPOCH", "config-epoch", arity=3, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def set_config_epoch(ctx: Context, argv: list[bytes]) -> Reply:
    """Give a new node, which knows no other yet, a config epoch of its own."""
    cluster = cluster_of(ctx)
    epoch = Args(argv, 2).integer()
    if epoch < 0:
        raise CommandError(BAD_CONFIG_EPOCH.format(epoch))
    cluster.set_config_epoch(epoch)
    return OK


@command("CLUSTER SAVECONFIG", "", arity=2, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def saveconfig(ctx: Context, argv: list[bytes]) -> Reply:
    """Write down at once what this node knows of the cluster."""
    cluster_of(ctx).save_now()
    return OK
