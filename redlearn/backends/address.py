"""Where a real server is, and as whom we come: `redis://[[user]:password@]host[:port]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

PORT: Final = 6379


class BadAddress(Exception):
    """What was given is no address; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server. `str` of it leaves the password out."""

    host: str
    port: int = PORT
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_address(text: str) -> Address:
    """The server that a text names: a URL, `host:port` or `host`.

    >>> str(read_address("redis://ann:secret@localhost")), str(read_address("127.0.0.1:7000"))
    ('localhost:6379', '127.0.0.1:7000')

    Raises:
        BadAddress: If it names none, or asks for what is not there: TLS, another database.
    """
    url = text if "://" in text else f"redis://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(f"this is no address: {error}") from error
    if parts.scheme not in ("redis", "valkey"):
        raise BadAddress("an address begins with redis://, without TLS")
    if not host:
        raise BadAddress("an address names a host, as in redis://127.0.0.1:6379")
    if parts.path not in ("", "/", "/0"):
        raise BadAddress("lessons run in database 0: leave the path out")
    return Address(host, port or PORT, unquote(parts.username or ""), unquote(parts.password or ""))
