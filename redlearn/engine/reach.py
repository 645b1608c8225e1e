"""Reach: which other machines a server may be sent to by its clients.

MIGRATE and CLUSTER MEET have a server open a connection to wherever a client says. In a network
where the server may go and the client may not, that is a way in: whether it was refused, or took
long, already tells which machines and ports there are. With `classroom-mode yes` a server
therefore only goes to itself and to those that `classroom-allow` names.

What is no plain address is compared as a word with that list, and is never looked up: a name may
mean this machine when it is checked, and another when it is connected to.
"""

from __future__ import annotations

from ipaddress import ip_address

from redlearn.cluster_errors import OUT_OF_REACH
from redlearn.engine.config import Config
from redlearn.errors import CommandError, as_text


def is_within(config: Config, host: bytes) -> bool:
    """Whether a client may send the server there. O(words of `classroom-allow`).

    Args:
        host: An address, or a name.
    """
    if not config.flag("classroom-mode"):
        return True
    word = host.decode("utf-8", "surrogateescape").lower()
    return word == "localhost" or _is_this_machine(word) or word in _allowed(config)


def check(config: Config, host: bytes) -> None:
    """Refuse to be sent elsewhere.

    Raises:
        CommandError: In a classroom, and that is neither this machine nor on the list.
    """
    if not is_within(config, host):
        raise CommandError(OUT_OF_REACH.format(as_text(host[:128])))


def _is_this_machine(word: str) -> bool:
    try:
        return ip_address(word).is_loopback
    except ValueError:  # a name, or a number such as 2130706433, that some take for an address
        return False


def _allowed(config: Config) -> list[str]:
    return config.text("classroom-allow").lower().split()
