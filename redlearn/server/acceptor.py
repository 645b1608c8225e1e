"""Acceptor: a socket that listens, and lets in whoever knocks.

An event loop has servers of its own, but those close when the loop gets round to it. CONFIG SET
may move a server to another port at any moment, and back to the one it has just left if the new
one is taken. So these open and close at once.

    bound -> Acceptor -> Connection, one for each that is accepted

Sources: `server.c` listenToPort, changeListener; `networking.c` acceptTcpHandler; `anet.c`.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_ACCEPTED: Final = 1000
"""Connections that are let in before others have their turn (MAX_ACCEPTS_PER_CALL)."""

BREATHER: Final = 1.0
"""Seconds for which nobody is let in when no more files can be opened."""

_WITHOUT_FILES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def bound(host: str, port: int, backlog: int) -> socket.socket | None:
    """A socket that listens at one address of `bind`.

    Args:
        host: An address; `*` for any of IPv4, `::*` for any of IPv6. One that begins with "-" may
            be missing on this machine: None then.
        port: 0 for any that is free.

    Raises:
        OSError: It is taken, or not an address of this machine.
    """
    optional, host = host.startswith("-"), host.removeprefix("-")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    name = None if host in ("*", "::*") else host
    sock = None
    try:
        found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(found[0][4])
        sock.listen(backlog)
    except (OSError, UnicodeError) as error:
        if sock is not None:
            sock.close()
        if isinstance(error, UnicodeError):  # what can be no name, as ".."
            error = OSError(errno.EINVAL, f"{host!r} is no address")
        if optional and error.errno != errno.EADDRINUSE:
            return None
        raise error
    return sock


def bound_file(path: str, mode: int, backlog: int) -> socket.socket:
    """A socket in the file system, in the place of one that nobody listens at any more.

    Args:
        mode: Its permissions; 0 to leave them.

    Raises:
        OSError: There is something else, or no such folder.
    """
    with suppress(OSError):
        if Path(path).is_socket():
            os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        if mode:  # before it listens: afterwards somebody could slip in
            os.chmod(path, mode)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    return sock


class Acceptor:
    """What lets clients in at one socket.

    Attributes:
        sock: The socket.
    """

    def __init__(
        self,
        sock: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        log: Callable[[str], None],
    ) -> None:
        """Begin, in the running loop.

        Args:
            sock: Listens already.
            protocol: Makes what speaks with one client.
            tls: What they are shown if they have to speak TLS.
            log: Told of those that could not be let in.
        """
        self.sock = sock
        self._protocol = protocol
        self._tls = tls
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        self._breath: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        self._loop.add_reader(sock, self._accept)

    def close(self) -> None:
        """Let nobody else in. Its port is free at once."""
        if self._breath is not None:
            self._breath.cancel()
        self._loop.remove_reader(self.sock)
        self.sock.close()

    def _accept(self) -> None:
        for _ in range(MOST_ACCEPTED):
            try:
                sock, _ = self.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._log(f"A client could not be let in: {error.strerror}")
                if error.errno in _WITHOUT_FILES:  # else the loop would come here all the time
                    self._loop.remove_reader(self.sock)
                    self._breath = self._loop.call_later(BREATHER, self._go_on)
                return
            sock.setblocking(False)
            task = self._loop.create_task(self._let_in(sock))
            self._entering.add(task)  # a loop alone does not keep its tasks alive
            task.add_done_callback(self._entering.discard)

    def _go_on(self) -> None:
        self._breath = None
        self._loop.add_reader(self.sock, self._accept)

    async def _let_in(self, sock: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, sock, ssl=self._tls)
        except OSError as error:  # it has hung up, or does not speak TLS
            sock.close()
            self._log(f"A client could not be let in: {error.strerror or error}")
