"""Connection commands: PING ECHO SELECT HELLO AUTH RESET QUIT CLIENT.

Of CLIENT, what concerns a client's own name, state and habits. There is one user, `default`,
who needs no password, as on a server nobody has configured.
"""

from __future__ import annotations

from redlearn.engine import pubsub
from redlearn.engine.args import Args
from redlearn.engine.blocking import unblock
from redlearn.engine.client import Client
from redlearn.engine.command import COMMANDS, Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.transactions import end_multi, forget_watches
from redlearn.errors import (
    BAD_CLIENT_ID,
    BAD_CLIENT_NAME,
    BAD_CLIENT_TYPE,
    BAD_LIBRARY_TEXT,
    BAD_PROTOCOL,
    DB_OUT_OF_RANGE,
    HELLO_SYNTAX,
    NO_PASSWORD_SET,
    NO_PROTOCOL,
    NOT_AN_INTEGER,
    OUT_OF_INT_RANGE,
    SYNTAX,
    UNBLOCK_REASON,
    UNRECOGNIZED_OPTION,
    WRONG_PASSWORD,
    WRONG_SUBCOMMAND,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, PONG, Reply, Status, Verbatim

VERSION = b"7.4.1"
"""The Redis whose behaviour this engine has."""

_LOADING = Flags.LOADING | Flags.STALE
_OWN = Flags.NOSCRIPT | _LOADING
_ALWAYS = Flags.NOSCRIPT | _LOADING | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY
_EVERY_NODE = ("request_policy:all_nodes", "response_policy:all_succeeded")


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
            name = _checked_name(args.next())
        else:
            raise CommandError(HELLO_SYNTAX.format(as_text(args.next())))
    if claimed is not None:
        _check_password(*claimed)
    if name is not None:
        client.name = name
    client.protocol = protocol
    return {
        b"server": b"redis",
        b"version": VERSION,
        b"proto": protocol,
        b"id": client.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [],
    }


@command("AUTH", "[username]@6.0.0 password", arity=-2, flags=_ALWAYS, complexity="O(N)")
def auth(ctx: Context, args: Args) -> Reply:
    """Prove to be a user, by password."""
    if len(args) > 2:
        raise CommandError(SYNTAX)
    if len(args) == 1:
        raise CommandError(NO_PASSWORD_SET)
    _check_password(args.next(), args.next())
    return OK


def _check_password(username: bytes, password: bytes) -> None:
    """The one user, `default`, has no password: any will do. There is no other user."""
    if username != b"default":
        raise CommandError(WRONG_PASSWORD)


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
    client.no_touch = client.no_evict = False
    ctx.state.instruct(client)
    return Status("RESET")


@command("QUIT", "", arity=-1, flags=_ALWAYS, complexity="O(1)", deprecated_since="7.2.0",
         replaced_by="just closing the connection")  # fmt: skip
def quit_(ctx: Context, argv: list[bytes]) -> Reply:
    """Answer OK and let the connection be closed."""
    ctx.client.closing = True
    return OK


container("CLIENT", "connection", since="2.4.0", complexity="as the subcommand")


@command("CLIENT ID", "", arity=2, flags=_OWN, since="5.0.0", complexity="O(1)")
def client_id(ctx: Context, argv: list[bytes]) -> Reply:
    """Return this connection's number, which is never used again."""
    return ctx.client.id


@command("CLIENT GETNAME", "", arity=2, flags=_OWN, since="2.6.9", complexity="O(1)")
def client_getname(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the name this connection was given, if any."""
    return ctx.client.name or None


@command("CLIENT SETNAME", "connection-name", arity=3, flags=_OWN, since="2.6.9",
         complexity="O(1)", tips=_EVERY_NODE)  # fmt: skip
def client_setname(ctx: Context, argv: list[bytes]) -> Reply:
    """Give this connection a name that CLIENT LIST shows."""
    ctx.client.name = _checked_name(argv[2])
    return OK


@command("CLIENT SETINFO", "attr=<LIB-NAME libname | LIB-VER libver>", arity=4, flags=_OWN,
         since="7.2.0", complexity="O(1)", tips=_EVERY_NODE)  # fmt: skip
def client_setinfo(ctx: Context, argv: list[bytes]) -> Reply:
    """Say which client library this is, and which version of it."""
    attribute = argv[2].upper()
    if attribute not in (b"LIB-NAME", b"LIB-VER"):
        raise CommandError(UNRECOGNIZED_OPTION.format(as_text(argv[2])))
    if not _is_plain(argv[3]):
        raise CommandError(BAD_LIBRARY_TEXT.format(as_text(argv[2])))
    if attribute == b"LIB-NAME":
        ctx.client.library_name = argv[3]
    else:
        ctx.client.library_version = argv[3]
    return OK


@command("CLIENT NO-TOUCH", "enabled=<ON | OFF>", arity=3, flags=_OWN, since="7.2.0",
         complexity="O(1)")  # fmt: skip
def client_no_touch(ctx: Context, argv: list[bytes]) -> Reply:
    """Choose whether this connection's reads leave keys as unused as they were."""
    ctx.client.no_touch = _on_or_off(argv[2])
    ctx.state.instruct(ctx.client)
    return OK


@command("CLIENT NO-EVICT", "enabled=<ON | OFF>", arity=3, flags=Flags.ADMIN | _OWN,
         since="7.0.0", complexity="O(1)")  # fmt: skip
def client_no_evict(ctx: Context, argv: list[bytes]) -> Reply:
    """Choose whether this connection may be closed when clients use too much memory."""
    ctx.client.no_evict = _on_or_off(argv[2])
    return OK


@command("CLIENT INFO", "", arity=2, flags=_OWN, since="6.2.0", complexity="O(1)",
         tips=("nondeterministic_output",))  # fmt: skip
def client_info(ctx: Context, argv: list[bytes]) -> Reply:
    """Describe this connection in the form CLIENT LIST uses."""
    return Verbatim(_describe(ctx, ctx.client) + b"\n")


@command(
    "CLIENT LIST",
    "[TYPE client-type=<NORMAL | MASTER | REPLICA | PUBSUB>]@5.0.0 "
    "[ID client-id [client-id ...]]@6.2.0",
    arity=-2,
    flags=Flags.ADMIN | _OWN,
    since="2.4.0",
    complexity="O(N) connections",
    tips=("nondeterministic_output",),
)
def client_list(ctx: Context, args: Args) -> Reply:
    """Describe every connection, or those of some type or number, one per line."""
    chosen = list(ctx.state.clients.values())
    if len(args) == 2 and args.take(b"TYPE"):
        kind = args.next()
        if kind.lower() not in (b"normal", b"master", b"replica", b"slave", b"pubsub"):
            raise CommandError(BAD_CLIENT_TYPE.format(as_text(kind)))
        chosen = [c for c in chosen if _type_of(c) == kind.lower()]
    elif len(args) > 1 and args.take(b"ID"):
        wanted = [_valid_id(args.integer(BAD_CLIENT_ID)) for _ in range(len(args))]
        clients = ctx.state.clients
        chosen = [clients[number] for number in wanted if number in clients]
    args.finish()
    return Verbatim(b"".join(_describe(ctx, client) + b"\n" for client in chosen))


@command(
    "CLIENT UNBLOCK",
    "client-id [unblock-type=<TIMEOUT | ERROR>]",
    arity=-3,
    flags=Flags.ADMIN | _OWN,
    since="5.0.0",
    complexity="O(K) keys waited for",
)
def client_unblock(ctx: Context, argv: list[bytes]) -> Reply:
    """End the wait of a blocked client, as a timeout would or with an error; 1 if it waited."""
    if len(argv) > 4:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "CLIENT"))
    reason = argv[3].upper() if len(argv) == 4 else b"TIMEOUT"
    if reason not in (b"TIMEOUT", b"ERROR"):
        raise CommandError(UNBLOCK_REASON)
    number = parse_integer(argv[2])
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    client = ctx.state.clients.get(number)
    return int(client is not None and unblock(ctx.state, client, error=reason == b"ERROR"))


@command("CLIENT HELP", "", arity=2, flags=_LOADING, since="5.0.0", complexity="O(1)")
def client_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CLIENT can do."""
    return help_lines("CLIENT")


def _describe(ctx: Context, client: Client) -> bytes:
    """One line of CLIENT LIST (`networking.c catClientInfoString`). No socket, no address."""
    fields = {
        "id": client.id, "addr": client.address, "laddr": client.local_address, "fd": client.socket,
        "name": as_text(client.name),
        "age": (ctx.now_ms - client.created_ms) // 1000,
        "idle": (ctx.now_ms - client.last_ms) // 1000,
        "flags": _flag_letters(client), "db": client.db.index,
        "sub": len(client.subscriptions["channels"]),
        "psub": len(client.subscriptions["patterns"]),
        "ssub": len(client.subscriptions["shards"]),
        "multi": -1 if client.queue is None else len(client.queue),
        "watch": len(client.watched), "qbuf": 0, "qbuf-free": 0, "argv-mem": 0, "multi-mem": 0,
        "rbs": 0, "rbp": 0, "obl": 0, "oll": 0, "omem": 0, "tot-mem": 0, "events": "r",
        "cmd": client.last_command or "NULL", "user": "default", "redir": -1,
        "resp": client.protocol, "lib-name": as_text(client.library_name),
        "lib-ver": as_text(client.library_version),
    }  # fmt: skip
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode()


def _type_of(client: Client) -> bytes:
    """What CLIENT LIST TYPE calls it (`networking.c` getClientType)."""
    return b"pubsub" if client.listens else b"normal"


def _flag_letters(client: Client) -> str:
    letters = "P" if client.listens else ""
    if client.queue is not None:
        letters += "x"
    if client.wait is not None:
        letters += "b"
    if client.dirty_cas:
        letters += "d"
    if client.closing:
        letters += "c"
    if client.no_evict:
        letters += "e"
    if client.no_touch:
        letters += "T"
    return letters or "N"


def _checked_name(name: bytes) -> bytes:
    if not _is_plain(name):
        raise CommandError(BAD_CLIENT_NAME)
    return name


def _is_plain(text: bytes) -> bool:
    """Whether the bytes are all visible ASCII: names stand in a list separated by blanks."""
    return all(33 <= byte <= 126 for byte in text)


def _on_or_off(word: bytes) -> bool:
    if word.upper() not in (b"ON", b"OFF"):
        raise CommandError(SYNTAX)
    return word.upper() == b"ON"


def _valid_id(number: int) -> int:
    if number < 1:
        raise CommandError(BAD_CLIENT_ID)
    return number
