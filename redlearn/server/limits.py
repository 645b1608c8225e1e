"""Limits: how much a connection may take, read from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redlearn.engine.config import Config

OutputLimit = tuple[int, int, int]
"""Hard limit in bytes, soft limit in bytes, and for how many seconds that may be passed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the parameters of the same names say.

    Attributes:
        clients: maxclients.
        bulk: proto-max-bulk-len, in bytes.
        query_buffer: client-query-buffer-limit, in bytes.
        output: client-output-buffer-limit, per class of clients.
        idle: timeout, in seconds; 0 for never.
        keep_alive: tcp-keepalive, in seconds; 0 for none.
    """

    clients: int
    bulk: int
    query_buffer: int
    output: Mapping[str, OutputLimit]
    idle: int
    keep_alive: int

    @classmethod
    def of(cls, config: Config) -> Limits:
        """The limits as they are configured now."""
        return cls(
            clients=config.number("maxclients"),
            bulk=config.number("proto-max-bulk-len"),
            query_buffer=config.number("client-query-buffer-limit"),
            output=_output(config.show("client-output-buffer-limit")),
            idle=config.number("timeout"),
            keep_alive=config.number("tcp-keepalive"),
        )


def _output(text: str) -> dict[str, OutputLimit]:
    """`normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60`, per class.

    >>> _output("normal 0 0 0 pubsub 9 8 7")["pubsub"]
    (9, 8, 7)
    """
    words = iter(text.split())
    return {
        kind: (int(hard), int(soft), int(seconds))
        for kind, hard, soft, seconds in zip(words, words, words, words, strict=True)
    }
