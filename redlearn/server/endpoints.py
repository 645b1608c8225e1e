"""Endpoints: where a server listens, as its configuration has it at the moment.

Sources: `server.c` listenToPort, genListenersInfoString; `tls.c` tlsConfigure.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from typing import Final

from redlearn.engine.config import Config

BACKLOG: Final = 511


@dataclass(frozen=True)
class Endpoints:
    """Where to listen.

    Attributes:
        hosts: Addresses; one that begins with "-" may be missing on this machine.
        port: For plain TCP; 0 for none, -1 for any free one.
        unix: A socket's path, or "".
        unix_mode: Its permissions, or 0 to leave them.
        tls_port: For TLS; 0 for none.
        tls: The certificates for it.
        backlog: How many may wait to be let in.
    """

    hosts: tuple[str, ...] = ("127.0.0.1",)
    port: int = 6379
    unix: str = ""
    unix_mode: int = 0
    tls_port: int = 0
    tls: ssl.SSLContext | None = None
    backlog: int = BACKLOG


def tls_of(config: Config) -> ssl.SSLContext:
    """The certificates that TLS clients are shown, and what they have to show (`tls.c`).

    Raises:
        OSError: A file cannot be read, or is no certificate or key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret = config.text("tls-key-file-pass")  # never None: then OpenSSL asks at the terminal
    try:
        context.load_cert_chain(
            config.text("tls-cert-file"), config.text("tls-key-file") or None, secret
        )
    except ValueError as error:  # more than OpenSSL has room for
        raise OSError(str(error)) from None
    if config.text("tls-auth-clients") != "no":
        file, folder = config.text("tls-ca-cert-file"), config.text("tls-ca-cert-dir")
        if not file and not folder:
            raise OSError("tls-auth-clients takes a tls-ca-cert-file or a tls-ca-cert-dir")
        context.load_verify_locations(file or None, folder or None)
        must = config.text("tls-auth-clients") == "yes"
        context.verify_mode = ssl.CERT_REQUIRED if must else ssl.CERT_OPTIONAL
    return context


def endpoints(config: Config) -> Endpoints:
    """Where the configuration says to listen."""
    return Endpoints(
        hosts=tuple(config.show("bind").split()),
        port=config.number("port"),
        tls_port=config.number("tls-port"),
        tls=tls_of(config) if config.number("tls-port") else None,
        unix=os.fsdecode(config.show("unixsocket").encode("latin-1")),
        unix_mode=config.number("unixsocketperm"),
        backlog=config.number("tcp-backlog"),
    )


def described(endpoints: Endpoints) -> tuple[str, ...]:
    """A line of INFO for each kind of endpoint.

    >>> described(Endpoints(("127.0.0.1", "::1"), port=6379, unix="/tmp/r.sock"))
    ('name=tcp,bind=127.0.0.1,bind=::1,port=6379', 'name=unix,bind=/tmp/r.sock')
    """
    hosts = "".join(f",bind={host}" for host in endpoints.hosts)
    lines = [
        f"name={name}{hosts},port={port}"
        for name, port in (("tcp", endpoints.port), ("tls", endpoints.tls_port))
        if port
    ]
    return (*lines, *([f"name=unix,bind={endpoints.unix}"] if endpoints.unix else ()))
