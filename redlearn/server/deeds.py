"""Deeds: what CONFIG SET has a running server do, beside keeping a value.

It listens at another port, lets more clients in, writes less into its log. A deed that is not
possible says why, in Redis's words; then the parameter keeps the value it had.

Source: `config.c` updatePort, applyBind, applyTlsCfg, applyTLSPort, updateMaxclients.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from redlearn.engine.config import Config
from redlearn.server import net
from redlearn.server.endpoints import endpoints
from redlearn.server.files import make_room
from redlearn.server.listener import Listener
from redlearn.server.log import Log

Deed = Callable[[Config], str]

NO_PORT: Final = "Unable to listen on this port. Check server logs."
NO_ADDRESS: Final = "Failed to bind to specified addresses."
NO_TLS: Final = "Unable to update TLS configuration. Check server logs."
NO_FILES: Final = (
    "The operating system is not able to handle the specified number of clients, try with {}"
)
FOR_TLS: Final = (
    "tls-auth-clients", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file", "tls-key-file",
    "tls-key-file-pass",
)  # fmt: skip


def deeds_of(listener: Listener, log: Log) -> dict[str, Deed]:
    """All deeds of a server, by the parameters that ask for them."""
    move = partial(_move, listener, log)
    return {
        "port": partial(move, NO_PORT),
        "bind": partial(move, NO_ADDRESS),
        "tls-port": partial(move, NO_PORT),
        **{name: partial(move, NO_TLS) for name in FOR_TLS},
        "maxclients": _admit,
        "maxmemory": _spread,
        "loglevel": partial(_speak, log),
    }


def _move(listener: Listener, log: Log, reason: str, config: Config) -> str:
    """Listen where the configuration says now. Those who are connected stay."""
    try:
        wanted = endpoints(config)
    except OSError as error:
        log.warning(f"The certificates for TLS cannot be used: {error.strerror or error}")
        return NO_TLS
    try:
        listener.move(wanted)
    except OSError as error:
        log.warning(f"It is not possible to listen there: {error.strerror or error}")
        return reason
    return ""


def _admit(config: Config) -> str:
    """Open as many files as there may be clients."""
    asked = config.number("maxclients")
    room = make_room(asked)
    return NO_FILES.format(room) if room < asked else ""


def _spread(config: Config) -> str:
    """In a classroom, let the process have as much as goes with that."""
    net.spread(config)
    return ""


def _speak(log: Log, config: Config) -> str:
    """Write into the log from another level on."""
    log.level = config.text("loglevel")
    return ""
