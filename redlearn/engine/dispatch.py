"""Dispatch: the checks between a client's words and the command that runs.

Usually none of them has anything to say: a known command, the right number of arguments,
a client outside MULTI. `Engine.execute` sees that in a few tests and calls the command.
Whatever is out of the ordinary comes here, to `admit`, which asks the checks one after
the other in Redis's order. The order is visible to clients: it decides which of two
errors a doubly wrong call gets.

Source: `server.c processCommand`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.acl import require_known, require_permission
from redlearn.engine.client import Client
from redlearn.engine.clients import may_be_passed_on
from redlearn.engine.command import COMMANDS, Command, Flags, find_command
from redlearn.engine.eviction import OutOfMemory
from redlearn.engine.routing import Redirected, may_write, require_here
from redlearn.engine.scripting import busy_text
from redlearn.engine.state import State
from redlearn.engine.transactions import end_multi
from redlearn.errors import (
    DEBUG_NOT_ALLOWED,
    EXEC_REFUSED,
    LOADING,
    MODULE_NOT_ALLOWED,
    NO_REPLICAS,
    NOT_IN_MULTI,
    ONLY_MONITORING,
    ONLY_SUBSCRIBING,
    OUT_OF_MEMORY,
    READ_ONLY,
    UNKNOWN_COMMAND,
    UNKNOWN_SUBCOMMAND,
    WRONG_ARITY,
    CommandError,
    as_text,
)
from redlearn.probe import Event
from redlearn.resp.reply import QUEUED, Failure, Reply, Several

SHOWN_OF_UNKNOWN = 128
"""How many bytes of an unknown command's name, and of its arguments, an error repeats."""


RUN_WHILE_LISTENING = frozenset({
    "ping", "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe",
    "sunsubscribe", "reset", "quit",
})  # fmt: skip
"""What a RESP2 client may do while it is subscribed to anything."""


HTTP: Final = frozenset({b"POST", b"HOST:"})
"""Words that no Redis client sends, but a web browser that was told to talk to this port."""


class Verdict:
    """What dispatch decided: a command to run, or the reply that ends the matter."""

    __slots__ = ("command", "reply")

    def __init__(self, command: Command | None, reply: Reply = None) -> None:
        self.command = command
        self.reply = reply


def admit(state: State, client: Client, argv: list[bytes]) -> Verdict:
    """Decide what happens to a call. O(1), plus the length of an error's text.

    Returns:
        A verdict with a command: run it. Without: put its reply into the outbox.
    """
    if argv[0].upper() in HTTP:
        return _hang_up_on_browser(state, client)
    try:
        command = resolve(argv)
        for check in CHECKS:
            check(state, client, command, argv)
    except Redirected as elsewhere:  # compiled, a name has one type in a function
        state.stats.reject(command.name, elsewhere.text)
        if command.name == "exec":
            end_multi(state, client)
        else:
            client.dirty_exec = client.queue is not None
        return Verdict(None, Failure(elsewhere.text))
    except CommandError as refusal:
        row = find_command(argv)
        name = "" if row is None or row.subcommands else row.name
        state.stats.reject(name, refusal.text)
        return Verdict(None, Failure(_refused(state, client, argv, refusal.text)))
    return Verdict(command)


def _hang_up_on_browser(state: State, client: Client) -> Verdict:
    """Say nothing and let the connection be closed: who attacks from a web page learns nothing.

    Source: `networking.c` securityWarningCommand.
    """
    client.closing = True
    if emit := state.probe.emit:
        emit(BrowserSuspected(client.id))
    return Verdict(None, Several([]))


def admit_again(state: State, client: Client, argv: list[bytes]) -> Verdict:
    """`admit` for a command that has waited.

    Its client's user may have other rules by now, and there may be no more room: what BLMOVE
    would move stays where it is then, and its client is told.
    """
    command = resolve(argv)
    try:
        require_permission(state, client, command, argv)
        require_here(state, client, command, argv)
        _check_memory(state, client, command, argv)
    except CommandError as refusal:
        return Verdict(None, Failure(refusal.text))
    return Verdict(command)


def _refused(state: State, client: Client, argv: list[bytes], text: str) -> str:
    """The error for a refused call. It dooms an open MULTI; a refused EXEC says so.

    Source: `server.c rejectCommand`, `multi.c execCommandAbort`.
    """
    if argv[0].upper() == b"EXEC":
        end_multi(state, client)
        return EXEC_REFUSED.format(text.removeprefix("ERR "))
    client.dirty_exec = client.queue is not None
    return text


def enqueue(state: State, client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Let a command wait for EXEC (`multi.c queueMultiCommand`). O(1).

    One that is not to run, since EXEC will refuse, is not kept: in a cluster nobody asks for its
    slot any more.
    """
    assert client.queue is not None
    if client.dirty_exec or client.dirty_cas:
        return QUEUED
    client.queue.append((command, argv))
    if command.guarded and not client.bound:
        client.guard()
    if emit := state.probe.emit:
        emit(CommandQueued(len(client.queue), tuple(argv)))
    return QUEUED


def resolve(argv: list[bytes]) -> Command:
    """The command or subcommand that `argv` names (`server.c commandCheckExistence`).

    Raises:
        CommandError: There is none; or a container came without a subcommand it has.
    """
    command = COMMANDS.get(argv[0].upper())
    if command is None:
        raise CommandError(UNKNOWN_COMMAND.format(_name(argv[0]), _beginning(argv[1:])))
    if not command.subcommands:
        return command
    if len(argv) < 2:
        if command.low == 1:  # COMMAND alone is a command of its own
            return command
        raise CommandError(WRONG_ARITY.format(command.name))
    subcommand = command.subcommands.get(argv[1].upper())
    if subcommand is None:
        container = as_text(argv[0].upper())
        raise CommandError(UNKNOWN_SUBCOMMAND.format(_name(argv[1]), container))
    return subcommand


def _check_arity(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    if not command.low <= len(argv) <= command.high:
        raise CommandError(WRONG_ARITY.format(command.name))


def _check_multi(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    if client.queue is not None and Flags.NO_MULTI in command.flags:
        raise CommandError(NOT_IN_MULTI)


def _check_protected(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """DEBUG is for those who start the engine to allow: embedded ones do, servers do not.

    And so it is with loading modules. Source: `config.c allowProtectedAction`.
    """
    if command.name not in PROTECTED:
        return
    parameter, text = PROTECTED[command.name]
    allowed = state.config.text(parameter)
    if allowed == "no" or (allowed == "local" and not client.is_local):
        raise CommandError(text)


_MODULE = ("enable-module-command", MODULE_NOT_ALLOWED)
PROTECTED = {
    "debug": ("enable-debug-command", DEBUG_NOT_ALLOWED),
    "module|load": _MODULE,
    "module|loadex": _MODULE,
    "module|unload": _MODULE,
}
"""What takes leave from the start: the parameter that gives it, and what is said without it."""


def _check_disk(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """What could not be kept is not changed, and PING tells of it (`processCommand`)."""
    if client.obeyed or not (_writes(state, client, command, argv) or command.name == "ping"):
        return
    if trouble := state.durability.trouble(state.config):
        raise CommandError(trouble)


def _check_copies(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """A primary that has too few copies may rather refuse than lose a write."""
    if state.lacks_replicas and _writes(state, client, command, argv):
        raise CommandError(NO_REPLICAS)


def _check_replica(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """A replica's data are its primary's to change."""
    if state.replication.primary is None or client.obeyed:
        return
    if not _writes(state, client, command, argv):
        return
    if state.config.flag("replica-read-only"):
        raise CommandError(READ_ONLY)


def _writes(state: State, client: Client, command: Command, argv: list[bytes]) -> bool:
    """Whether a call may change data; EXEC may if anything in its queue may."""
    if command.name != "exec":
        return may_write(state, command, argv)
    return any(may_write(state, *call) for call in client.queue or ())


def _check_loading(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """While files are read, there is no data yet to do anything with."""
    if state.durability.loading is None or client.obeyed:
        return
    words = [command, *(queued for queued, _ in client.queue or () if command.name == "exec")]
    if any(Flags.LOADING not in each.flags for each in words):
        raise CommandError(LOADING)


def _check_listening(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """A client that listens, and speaks RESP2, could not tell a reply from a message."""
    if client.protocol < 3 and client.listens and command.name not in RUN_WHILE_LISTENING:
        raise CommandError(ONLY_SUBSCRIBING.format(command.name))


def _check_busy(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """While a script runs for long, only what can end it is let through."""
    if not state.crowd.busy or Flags.ALLOW_BUSY in command.flags:
        return
    if command.name != "shutdown" or [word.upper() for word in argv[1:]] != [b"NOSAVE"]:
        raise CommandError(busy_text(state.scripts.running))


def _check_monitors(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Who monitors sees data, and is kept from them: Redis takes him for a kind of replica."""
    if client.id in state.crowd.monitors and (
        Flags.READONLY in command.flags or may_be_passed_on(command)
    ):
        raise CommandError(ONLY_MONITORING)


def _check_memory(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Make room, and refuse what could use more memory if there is none."""
    if not state.limit or state.replication.primary is not None:
        return  # a replica has what its primary has (replica-ignore-maxmemory)
    if not state.over_limit():
        state.out_of_memory = False
        return
    state.out_of_memory = state.make_room()
    if state.out_of_memory and _may_grow(client, command):
        if emit := state.probe.emit:
            emit(OutOfMemory(command.name, state.used_memory(), state.limit))
        raise CommandError(OUT_OF_MEMORY)


def _may_grow(client: Client, command: Command) -> bool:
    """Whether a command may use more memory; EXEC may if anything in its queue may."""
    if command.name != "exec":
        return Flags.DENYOOM in command.flags
    return any(Flags.DENYOOM in queued.flags for queued, _ in client.queue or ())


Check = Callable[[State, Client, Command, list[bytes]], None]

CHECKS: tuple[Check, ...] = (
    _check_arity,
    _check_protected,
    require_known,
    _check_multi,
    require_permission,
    require_here,
    _check_memory,
    _check_disk,
    _check_copies,
    _check_replica,
    _check_listening,
    _check_loading,
    _check_busy,
    _check_monitors,
)
"""In Redis's order."""


def _name(word: bytes) -> str:
    return _one_line(word[:SHOWN_OF_UNKNOWN])


def _beginning(words: list[bytes]) -> str:
    """The first arguments of an unknown command, quoted, 128 bytes of them or a bit more."""
    shown = ""
    for word in words:
        if len(shown) >= SHOWN_OF_UNKNOWN:
            break
        shown += f"'{_one_line(word[: SHOWN_OF_UNKNOWN - len(shown)])}' "
    return shown


def _one_line(data: bytes) -> str:
    """Bytes for an error text, in which line ends become blanks."""
    return as_text(data).replace("\r", " ").replace("\n", " ")


@dataclass(frozen=True, slots=True)
class CommandQueued(Event):
    """A command was put into the queue of an open MULTI, as number `place`."""

    place: int
    argv: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BrowserSuspected(Event):
    """A client spoke HTTP, which a web page may have made it do, and is hung up on."""

    client: int
