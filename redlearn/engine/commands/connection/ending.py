"""CLIENT KILL, PAUSE and UNPAUSE: who has to leave, and who has to wait."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from redlearn.engine import clients
from redlearn.engine.args import Args
from redlearn.engine.blocking import deadline_of_ms
from redlearn.engine.client import Client
from redlearn.engine.client_info import type_of
from redlearn.engine.command import Flags, command
from redlearn.engine.commands.connection.clients import known_type
from redlearn.engine.context import Context
from redlearn.errors import (
    BAD_CLIENT_AGE,
    CLIENT_AGE_TOO_LOW,
    CLIENT_ID_TOO_LOW,
    NO_SUCH_CLIENT,
    NO_SUCH_USER,
    PAUSE_MODE,
    SYNTAX,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply

_ADMIN = Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE


@dataclass
class _Filter:
    """Whom CLIENT KILL means: those that fit everything that was said."""

    number: int = 0
    kind: bytes = b""
    user: bytes = b""
    address: bytes = b""
    local: bytes = b""
    age: int = 0
    skip_me: bool = True

    def fits(self, client: Client, now_ms: int) -> bool:
        """Whether `client` is one of them."""
        return not (
            (self.number and client.id != self.number)
            or (self.kind and type_of(client) != self.kind)
            or (self.user and self.user != client.user)
            or (self.address and client.address.encode() != self.address)
            or (self.local and client.local_address.encode() != self.local)
            or (self.age and now_ms - client.created_ms < self.age * 1000)
        )


@command(
    "CLIENT KILL",
    "filter=<old-format=ip:port!2.8.12 | new-format=<[ID client-id]@2.8.12 | [TYPE client-type="
    "<NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB>]@2.8.12 | [USER username] | "
    "[ADDR addr=ip:port] | [LADDR laddr=ip:port]@6.2.0 | [SKIPME skipme=<YES | NO>] | "
    "[MAXAGE maxage]@7.4.0>...>",
    arity=-3,
    flags=_ADMIN,
    since="2.4.0",
    complexity="O(N) clients",
)
def client_kill(ctx: Context, args: Args) -> Reply:
    """Close connections: one by its address, or all that fit every filter given."""
    by_address = len(args) == 1  # the old way, which says OK
    if by_address:
        wanted = _Filter(address=args.next(), skip_me=False)
    else:
        wanted = _read_filter(args, ctx.state.users.table)
    chosen = [
        client
        for client in ctx.state.clients.values()
        if wanted.fits(client, ctx.now_ms) and not (wanted.skip_me and client is ctx.client)
    ]
    for client in chosen:
        clients.kill(ctx.state, client, ctx.client)
    if by_address and not chosen:
        raise CommandError(NO_SUCH_CLIENT)
    return OK if by_address else len(chosen)


def _read_filter(args: Args, users: Container[bytes]) -> _Filter:
    """Pairs of a word and what it says; the last of two for the same word counts."""
    wanted = _Filter()
    while args:
        word = args.next().upper()
        if word not in _READERS or not args:
            raise CommandError(SYNTAX)
        if word == b"USER" and args.peek() not in users:
            raise CommandError(NO_SUCH_USER.format(as_text(args.peek())))
        _READERS[word](wanted, args.next())
    return wanted


def _id(wanted: _Filter, value: bytes) -> None:
    wanted.number = _positive(value, CLIENT_ID_TOO_LOW, CLIENT_ID_TOO_LOW)


def _max_age(wanted: _Filter, value: bytes) -> None:
    wanted.age = _positive(value, BAD_CLIENT_AGE, CLIENT_AGE_TOO_LOW)


def _type(wanted: _Filter, value: bytes) -> None:
    wanted.kind = known_type(value)


def _user(wanted: _Filter, value: bytes) -> None:
    wanted.user = value


def _address(wanted: _Filter, value: bytes) -> None:
    wanted.address = value


def _local(wanted: _Filter, value: bytes) -> None:
    wanted.local = value


def _skip_me(wanted: _Filter, value: bytes) -> None:
    if value.upper() not in (b"YES", b"NO"):
        raise CommandError(SYNTAX)
    wanted.skip_me = value.upper() == b"YES"


_READERS: Final[dict[bytes, Callable[[_Filter, bytes], None]]] = {
    b"ID": _id, b"MAXAGE": _max_age, b"TYPE": _type, b"USER": _user, b"ADDR": _address,
    b"LADDR": _local, b"SKIPME": _skip_me,
}  # fmt: skip


def _positive(text: bytes, no_number: str, too_low: str) -> int:
    number = parse_integer(text)
    if number is None:
        raise CommandError(no_number)
    if number < 1:
        raise CommandError(too_low)
    return number


@command("CLIENT PAUSE", "timeout:integer [mode=<WRITE | ALL>@6.2.0]", arity=-3, flags=_ADMIN,
         since="3.0.0", complexity="O(1)")  # fmt: skip
def client_pause(ctx: Context, argv: list[bytes]) -> Reply:
    """Let all clients wait for so many milliseconds, or only what they write."""
    if len(argv) > 4:
        raise CommandError(SYNTAX)
    mode = argv[3].upper() if len(argv) == 4 else b"ALL"
    if mode not in (b"WRITE", b"ALL"):
        raise CommandError(PAUSE_MODE)
    until_ms = deadline_of_ms(argv[2], ctx.now_ms) or ctx.now_ms
    clients.pause(ctx.state, until_ms, writes_only=mode == b"WRITE")
    return OK


@command("CLIENT UNPAUSE", "", arity=2, flags=_ADMIN, since="6.2.0",
         complexity="O(N) clients that wait")  # fmt: skip
def client_unpause(ctx: Context, argv: list[bytes]) -> Reply:
    """End a pause at once."""
    clients.unpause(ctx.state)
    return OK
