"""PING ECHO SELECT HELLO AUTH RESET QUIT: the course of a connection."""

from __future__ import annotations

from redlearn.cluster_errors import NOT_IN_CLUSTER
from redlearn.engine import clients, pubsub, tracking
from redlearn.engine.acl import authenticate, be_nobody
from redlearn.engine.args import Args
from redlearn.engine.command import COMMANDS, Flags, command
from redlearn.engine.commands.connection.clients import checked_name
from redlearn.engine.context import Context
from redlearn.engine.info import VERSION
from redlearn.engine.transactions import end_multi, forget_watches
from redlearn.engine.users import DEFAULT
from redlearn.errors import (
    BAD_PROTOCOL,
    DB_OUT_OF_RANGE,
    HELLO_NEEDS_AUTH,
    HELLO_SYNTAX,
    NO_PASSWORD_SET,
    NO_PROTOCOL,
    NOT_AN_INTEGER,
    OUT_OF_INT_RANGE,
    SYNTAX,
    WRONG_PASSWORD,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, PONG, Reply, Status

_LOADING = Flags.LOADING | Flags.STALE
_ALWAYS = Flags.NOSCRIPT | _LOADING | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY


@command("PING", "[message]", arity=-1, flags=Flags.FAST, complexity="O(1)", tips=(
    "request_policy:all_shards", "response_policy:all_succeeded"))  # fmt: skip
def ping(ctx: Context, args: Args) -> Reply:
    """Answer PONG, or the message that came along."""
    if len(args) > 1:
        raise CommandError(f"ERR wrong number of arguments for '{COMMANDS[b'PING'].name}' command")
    if ctx.client.protocol < 3 and ctx.client.listens:
        return [b"pong", args.next() if args else b""]
    return args.next() if args else PONG


@command("ECHO", "message", arity=2, flags=Flags.FAST | _LOADING, complexity="O(1)")
def echo(ctx: Context, argv: list[bytes]) -> Reply:
    """Answer the message that came along."""
    return argv[1]


@command("SELECT", "index", arity=2, flags=Flags.FAST | _LOADING, complexity="O(1)")
def select(ctx: Context, argv: list[bytes]) -> Reply:
    """Choose the numbered database that later commands work on."""
    index = parse_integer(argv[1])
    if index is None:
        raise CommandError(NOT_AN_INTEGER)
    if not -(2**31) <= index < 2**31:
        raise CommandError(OUT_OF_INT_RANGE)
    if index and ctx.state.cluster is not None:
        raise CommandError(NOT_IN_CLUSTER.format("SELECT"))
    if not 0 <= index < len(ctx.state.databases):
        raise CommandError(DB_OUT_OF_RANGE)
    ctx.client.db = ctx.db = ctx.state.databases[index]
    return OK


@command(
    "HELLO",
    "[arguments=(protover [AUTH (username password)] [SETNAME clientname])]",
    arity=-1,
    flags=_ALWAYS,
    since="6.0.0",
    complexity="O(1)",
)
def hello(ctx: Context, args: Args) -> Reply:
    """Agree on a protocol, 2 or 3, and learn who the server is."""
    client = ctx.client
    protocol = client.protocol
    name: bytes | None = None
    claimed: tuple[bytes, bytes] | None = None
    if args:
        protocol = args.integer(BAD_PROTOCOL)
        if not 2 <= protocol <= 3:
            raise CommandError(NO_PROTOCOL)
    while args:
        if len(args) > 2 and args.take(b"AUTH"):
            claimed = args.next(), args.next()
        elif len(args) > 1 and args.take(b"SETNAME"):
            name = checked_name(args.next())
        else:
            raise CommandError(HELLO_SYNTAX.format(as_text(args.next())))
    if claimed is not None and not authenticate(ctx.state, client, *claimed, args.argv[0]):
        raise CommandError(WRONG_PASSWORD)
    if not client.authenticated:
        raise CommandError(HELLO_NEEDS_AUTH)
    if name is not None:
        client.name = name
    client.protocol = protocol
    cluster = ctx.state.cluster
    return {
        b"server": b"redis",
        b"version": VERSION.encode(),
        b"proto": protocol,
        b"id": client.id,
        b"mode": b"standalone" if cluster is None else b"cluster",
        b"role": b"replica" if cluster is not None and cluster.is_replica else b"master",
        b"modules": [],
    }


@command("AUTH", "[username]@6.0.0 password", arity=-2, flags=_ALWAYS, complexity="O(N)")
def auth(ctx: Context, args: Args) -> Reply:
    """Prove to be a user, by password."""
    if len(args) > 2:
        raise CommandError(SYNTAX)
    username = DEFAULT
    if len(args) == 2:
        username = args.next()
    elif ctx.state.users.table[DEFAULT].no_password:
        raise CommandError(NO_PASSWORD_SET)
    if not authenticate(ctx.state, ctx.client, username, args.next(), args.argv[0]):
        raise CommandError(WRONG_PASSWORD)
    return OK


@command("RESET", "", arity=1, flags=_ALWAYS, since="6.2.0", complexity="O(1)")
def reset(ctx: Context, argv: list[bytes]) -> Reply:
    """Put the connection back into the state of a new one."""
    client = ctx.client
    if client.queue is not None:
        end_multi(ctx.state, client)
    forget_watches(ctx.state, client)
    pubsub.forget(ctx.state, client)
    client.dirty_cas = False
    client.db = ctx.db = ctx.state.databases[0]
    client.protocol = 2
    client.name = b""
    client.no_touch = client.no_evict = client.read_only = client.asking = False
    if client.reply_mode != "skip":  # which is about this very command
        client.reply_mode = "on"
    be_nobody(ctx.state, client)
    tracking.stop(ctx.state, client)
    ctx.state.crowd.monitors.pop(client.id, None)
    clients.be_alert(ctx.state)
    return Status("RESET")


COMMANDS[b"RESET"].guard()  # what follows it may be a stranger's: the edge has to look


@command("QUIT", "", arity=-1, flags=_ALWAYS, complexity="O(1)", deprecated_since="7.2.0",
         replaced_by="just closing the connection")  # fmt: skip
def quit_(ctx: Context, argv: list[bytes]) -> Reply:
    """Answer OK and let the connection be closed."""
    ctx.client.closing = True
    return OK
