"""CLIENT: what concerns a client's own name, state and habits, and the list of all."""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.blocking import unblock
from redlearn.engine.client_info import describe, type_of
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.errors import (
    BAD_CLIENT_ID,
    BAD_CLIENT_NAME,
    BAD_CLIENT_TYPE,
    BAD_LIBRARY_TEXT,
    NOT_AN_INTEGER,
    NOT_IMPORTING,
    SYNTAX,
    UNBLOCK_REASON,
    UNRECOGNIZED_OPTION,
    WRONG_SUBCOMMAND,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply, Verbatim

_LOADING = Flags.LOADING | Flags.STALE
_OWN = Flags.NOSCRIPT | _LOADING
_EVERY_NODE = ("request_policy:all_nodes", "response_policy:all_succeeded")

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
    ctx.client.name = checked_name(argv[2])
    return OK


@command("CLIENT CAPA", "capability [capability ...]", arity=-3,
         flags=_OWN | Flags.ALLOW_BUSY, since="valkey-8.0.0", complexity="O(1)")  # fmt: skip
def client_capa(ctx: Context, argv: list[bytes]) -> Reply:
    """Say what this client can do; all there is to say, `redirect`, is for replicas to know."""
    return OK


@command("CLIENT IMPORT-SOURCE", "enabled=<ON | OFF>", arity=3, flags=_OWN, since="valkey-8.1.0",
         complexity="O(1)")  # fmt: skip
def client_import_source(ctx: Context, argv: list[bytes]) -> Reply:
    """Say that this client copies data from another server, which import-mode allows."""
    raise CommandError(NOT_IMPORTING)


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
    return Verbatim(describe(ctx.state, ctx.client) + b"\n")


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
        chosen = [client for client in chosen if type_of(client) == known_type(kind)]
    elif len(args) > 1 and args.take(b"ID"):
        wanted = [_valid_id(args.integer(BAD_CLIENT_ID)) for _ in range(len(args))]
        clients = ctx.state.clients
        chosen = [clients[number] for number in wanted if number in clients]
    args.finish()
    return Verbatim(b"".join(describe(ctx.state, client) + b"\n" for client in chosen))


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


@command("CLIENT REPLY", "action=<ON | OFF | SKIP>", arity=3, flags=_OWN, since="3.2.0",
         complexity="O(1)")  # fmt: skip
def client_reply(ctx: Context, argv: list[bytes]) -> Reply:
    """Choose whether this connection gets replies, or all but the next."""
    client, wish = ctx.client, argv[2].upper()
    if wish == b"ON":
        client.reply_mode = "on"
    elif wish == b"OFF":
        client.reply_mode = "off"
    elif wish == b"SKIP":
        if client.reply_mode != "off":
            client.reply_mode = "skip next"
    else:
        raise CommandError(SYNTAX)
    client.guard()
    return OK  # unless it is "on", nobody hears it


@command("CLIENT HELP", "", arity=2, flags=_LOADING, since="5.0.0", complexity="O(1)")
def client_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CLIENT can do."""
    return help_lines("CLIENT")


def known_type(kind: bytes) -> bytes:
    """A type of clients that there is, as `type_of` calls it."""
    known = kind.lower()
    if known not in (b"normal", b"master", b"replica", b"slave", b"pubsub"):
        raise CommandError(BAD_CLIENT_TYPE.format(as_text(kind)))
    return b"slave" if known == b"replica" else known


def checked_name(name: bytes) -> bytes:
    """A client's name, if it may be one: without blanks, so that CLIENT LIST can be split."""
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
