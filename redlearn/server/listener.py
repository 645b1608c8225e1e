"""Listener: binds ports, admits connections, fires the timer, and ends it all in good order.

Sources: `server.c` initServer, serverCron, `networking.c` acceptCommonHandler, clientsCron,
checkClientOutputBufferLimits, `timeout.c` clientsHandleTimeout.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from redlearn.engine.client import Client
from redlearn.engine.state import State
from redlearn.engine.users import DEFAULT
from redlearn.resp.reply import Reply
from redlearn.server.acceptor import Acceptor, bound, bound_file
from redlearn.server.connection import Connection
from redlearn.server.endpoints import Endpoints
from redlearn.server.holding import Holding
from redlearn.server.host import EngineHost, Host
from redlearn.server.limits import Limits
from redlearn.server.log import Log
from redlearn.server.requests import Requests

TOO_MANY_CLIENTS = "ERR max number of clients reached"
FEWEST = 5
"""How many clients are looked after at each beat of the timer, if there are as many."""

STRANGERS_OUTPUT = 1024
"""Bytes that may wait for a client that has not said who it is."""

PROTECTED = (
    "DENIED Redis is running in protected mode because protected mode is enabled and no password"
    " is set for the default user. In this mode connections are only accepted from the loopback"
    " interface. If you want to connect from external computers to Redis you may adopt one of the"
    " following solutions: 1) Just disable protected mode sending the command 'CONFIG SET"
    " protected-mode no' from the loopback interface by connecting to Redis from the same host the"
    " server is running, however MAKE SURE Redis is not publicly accessible from internet if you do"
    " so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable"
    " the protected mode by editing the Redis configuration file, and setting the protected mode"
    " option to 'no', and then restarting the server. 3) If you started the server manually just"
    " for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication"
    " password for the default user. NOTE: You only need to do one of the above things in order for"
    " the server to start accepting connections from the outside."
)
"""What somebody from elsewhere is told by a server without a password."""


@dataclass
class Listener:
    """All connections to one host.

    Attributes:
        host: What runs their commands.
        limits: How much they may take, as CONFIG has it at the moment.
        log: What it has to say.
        connections: Those admitted, by the ids of their clients.
        ports: Where it listens for plain TCP, once it does.
        endpoints: Where it was told to listen.
        holding: Where replies wait for the log to be written; None where there is no disk.
    """

    host: Host
    log: Log = field(default_factory=Log)
    connections: dict[int, Connection] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)
    endpoints: Endpoints = field(default_factory=Endpoints)
    holding: Holding | None = None
    _at_the_door: list[Connection] = field(default_factory=list)
    _acceptors: list[Acceptor] = field(default_factory=list)
    _in_file: Acceptor | None = None
    _timer: asyncio.TimerHandle | None = None
    _timeout: asyncio.TimerHandle | None = None
    _timeout_ms: int = 0
    _to_mind: list[Connection] = field(default_factory=list)
    _warn_again: float = 0.0

    def __post_init__(self) -> None:
        self.limits = Limits.of(self.host.engine.state.config)
        # What went over connections is no input of a session, and a replay could not count it.
        self.stats = self.host.engine.state.stats if isinstance(self.host, EngineHost) else None
        self.host.deliver = self._deliver
        self.host.resume = self._resume

    # --- beginning and end --------------------------------------------------------------------

    async def open(self, endpoints: Endpoints) -> None:
        """Listen.

        Raises:
            OSError: Where that is not possible.
        """
        self._occupy(endpoints)
        if endpoints.unix:
            sock = bound_file(endpoints.unix, endpoints.unix_mode, endpoints.backlog)
            self._in_file = self._acceptor(sock, None)
        self._beat()

    def move(self, endpoints: Endpoints) -> None:
        """Listen elsewhere for TCP from now on; those who are connected already stay.

        Raises:
            OSError: That is not possible. It listens on where it did.
        """
        before = self.endpoints
        if endpoints == before:
            return
        self._leave()
        try:
            self._occupy(endpoints)
        except OSError:
            self._occupy(before)
            raise

    async def close(self) -> None:
        """Stop listening, and hang up on everybody after what was to be said."""
        self._let_go()
        for handle in (self._timer, self._timeout):
            if handle is not None:
                handle.cancel()
        self._leave()
        for connection in list(self.connections.values()):
            connection.transport.close()
        if self._in_file is not None:
            self._in_file.close()
            self._in_file = None
            with suppress(OSError):
                os.unlink(self.endpoints.unix)
        await asyncio.sleep(0)  # the transports' closing calls

    def _occupy(self, endpoints: Endpoints) -> None:
        """Listen at all addresses for TCP, or at none."""
        self.endpoints = endpoints
        try:
            for host in endpoints.hosts:
                if endpoints.port:
                    self._bind(host, max(endpoints.port, 0), None)
                if endpoints.tls_port:
                    self._bind(host, endpoints.tls_port, endpoints.tls)
        except OSError:
            self._leave()
            raise

    def _bind(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        sock = bound(host, port, self.endpoints.backlog)
        if sock is None:
            return
        self._acceptors.append(self._acceptor(sock, tls))
        if tls is None:
            self.ports.append(sock.getsockname()[1])

    def _leave(self) -> None:
        """Listen at no address any more."""
        for acceptor in self._acceptors:
            acceptor.close()
        self._acceptors.clear()
        self.ports.clear()

    def _acceptor(self, sock: socket.socket, tls: ssl.SSLContext | None) -> Acceptor:
        return Acceptor(sock, lambda: Connection(self), tls, self.log.verbose)

    # --- connections ----------------------------------------------------------------------------

    def admit(self, connection: Connection) -> str:
        """Give a new connection its client; why not, if it may not stay."""
        if len(self.connections) >= self.limits.clients:
            if self.stats is not None:
                self.stats.turned_away += 1
            return TOO_MANY_CLIENTS
        if not self.host.ready:
            self._at_the_door.append(connection)
            connection.transport.pause_reading()
            return ""
        transport = connection.transport
        address, local, number = _addresses(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            if is_shut_to(self.host.engine.state, address):
                return PROTECTED
            self._keep_alive(sock)
        try:
            client = self.host.connect(address, local, number)
        except ConnectionRefusedError:
            transport.abort()
            return ""
        client.tls = transport.get_extra_info("ssl_object") is not None
        connection.number = client.id
        self.connections[client.id] = connection
        if self.log.is_verbose:
            self.log.verbose(f"Client {client.id} has come from {address}.")
        return ""

    @property
    def held(self) -> int:
        """How many wait for the host to be ready: at the door, or with something they sent."""
        if self.host.ready:
            return 0
        return len(self._at_the_door) + sum(each.held for each in self.connections.values())

    def buffers(self, client_id: int) -> tuple[int, int]:
        """Bytes of a client's that wait: for the end of their command, and to be read by it."""
        connection = self.connections.get(client_id)
        return (0, 0) if connection is None else connection.waiting

    def gone(self, connection: Connection) -> None:
        """A connection has ended, from whichever side."""
        if connection in self._at_the_door:
            self._at_the_door.remove(connection)
        if self.connections.pop(connection.number, None) is not None:
            self.host.disconnect(connection.number)
            if self.log.is_verbose:
                self.log.verbose(f"Client {connection.number} has gone.")
        connection.number = 0

    def new_requests(self) -> Requests:
        """What a connection reads its commands with."""
        return Requests(self.limits.bulk)

    def report(self, client: Client) -> None:
        """Tell of a bug: a command ended in what no command should end in."""
        self.log.warning(f"Client {client.id} met a bug in {client.last_command!r} and is cut off:")
        self.log.warning(traceback.format_exc())

    def report_hunger(self, client: Client) -> None:
        """Tell that a command wanted more memory than the system gives to this process."""
        name = client.last_command
        self.log.warning(f"Client {client.id} is cut off: there is no memory for its {name!r}.")

    def warn_of_browser(self, client: Client) -> None:
        """Tell, once a minute at most, that somebody speaks HTTP here."""
        now = asyncio.get_running_loop().time()
        if now >= self._warn_again:
            self._warn_again = now + 60
            self.log.warning(
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host:"
                " commands to Redis. This is likely due to an attacker attempting to use Cross"
                " Protocol Scripting to compromise your Redis instance. Connection from"
                f" {client.address} aborted."
            )

    def after_read(self) -> None:
        """Deliver to others what a client's commands made, and mind who blocked."""
        state = self.host.engine.state
        if state.reached:
            self.host.settle()
        if state.timeouts or state.crowd.paused_until_ms:
            self._mind_timeouts()

    def check_output(self, connection: Connection, waiting: int) -> None:
        """Cut off a client that lets too many bytes wait (`client-output-buffer-limit`)."""
        client = connection.client
        if client is None:
            return
        hard, soft, seconds = self.limits.output["pubsub" if client.listens else "normal"]
        now = asyncio.get_running_loop().time()
        if soft and waiting > soft:
            connection.soft_since = connection.soft_since or now
        else:
            connection.soft_since = 0.0
        late = connection.soft_since and now - connection.soft_since > seconds
        if (hard and waiting > hard) or late or (client.stranger and waiting > STRANGERS_OUTPUT):
            self.log.warning(
                f"Client {client.id} is cut off: {waiting} bytes wait that it does not read."
            )
            connection.transport.abort()

    def _resume(self) -> None:
        """The host is ready again: let everybody go on, and in who came meanwhile."""
        waiting, self._at_the_door = self._at_the_door, []
        for connection in waiting:
            if not self.admit(connection):
                connection.transport.resume_reading()
        for connection in list(self.connections.values()):
            connection.go_on()

    def _deliver(self, client_id: int, replies: Sequence[Reply]) -> None:
        connection = self.connections.get(client_id)
        if connection is not None:
            connection.deliver(replies)

    def _keep_alive(self, sock: socket.socket) -> None:
        seconds = self.limits.keep_alive
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if seconds:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_KEEPIDLE"):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, seconds // 3))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)

    # --- time -----------------------------------------------------------------------------------

    def _beat(self) -> None:
        """The timer, `hz` times a second."""
        self.limits = Limits.of(self.host.engine.state.config)
        self.host.tick()
        self._let_go()
        self._mind_clients()
        self._mind_timeouts()
        self._timer = asyncio.get_running_loop().call_later(1 / self._beats_a_second, self._beat)

    @property
    def _beats_a_second(self) -> int:
        return max(1, min(500, self.host.engine.state.config.number("hz")))

    def _mind_clients(self) -> None:
        """Hang up on the idle, and on those past their soft limit for too long.

        Each is looked at once a second, a share of them at each beat: no pause grows with them
        (`server.c` clientsCron).
        """
        now_ms, idle = self.host.engine.clock.now_ms(), self.limits.idle
        if not self._to_mind:
            self._to_mind = list(self.connections.values())
        share = max(FEWEST, len(self.connections) // self._beats_a_second + 1)
        now, self._to_mind = self._to_mind[-share:], self._to_mind[:-share]
        for connection in now:
            if connection.soft_since:
                self.check_output(connection, connection.transport.get_write_buffer_size())
            client = connection.client
            if idle and client is not None and now_ms - client.last_ms > idle * 1000:
                if client.wait is None and not client.listens:
                    connection.transport.close()

    def _mind_timeouts(self) -> None:
        """Be there when the next blocked client's time is over."""
        due_ms = self.host.next_timeout_ms()
        if due_ms is None or (self._timeout is not None and self._timeout_ms <= due_ms):
            return
        if self._timeout is not None:
            self._timeout.cancel()
        delay = max(0, due_ms - self.host.engine.clock.now_ms()) / 1000
        self._timeout_ms = due_ms
        self._timeout = asyncio.get_running_loop().call_later(delay, self._end_timeouts)

    def _end_timeouts(self) -> None:
        self._timeout = None
        self.host.tick()
        self._let_go()
        self._mind_timeouts()

    def _let_go(self) -> None:
        """Write what time has done to the log, and send what is held."""
        if self.holding is not None and self.holding.needed:
            self.holding.flush()


def _addresses(transport: asyncio.Transport) -> tuple[str, str, int]:
    """Both ends of a connection as CLIENT LIST shows them, and the number of its socket."""
    sock = transport.get_extra_info("socket")
    local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    number = sock.fileno() if sock is not None else -1
    if not isinstance(local, tuple):  # a socket in the file system
        return f"{local}:0", f"{local}:0", number
    return _address(remote), _address(local), number


def is_shut_to(state: State, address: str) -> bool:
    """Whether protected mode keeps somebody out: from elsewhere, where there is no password.

    Source: `networking.c` clientAcceptHandler, `connection.c` connIsLocal.

    Args:
        address: As CLIENT LIST shows it: "10.0.0.7:5000", "[::1]:5000".
    """
    if not (state.config.flag("protected-mode") and state.users.table[DEFAULT].no_password):
        return False
    return not address.startswith(("127.", "[::1]:", "[::ffff:127."))


def _address(pair: tuple[str, int] | None) -> str:
    """As CLIENT LIST shows it; of one that is gone already as Redis has it (anetFdToString)."""
    host, port = pair[:2] if pair is not None else ("?", 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
