"""ACL: whether a user may do what a client just asked for, and what follows if not.

    SET orders:7 x      as ann, who has  ~orders:* %R~stock:* -@all +@read +set
     |      |
     |      orders:* fits, for reading and writing
     +set   allowed

A command is looked up in the user's set of names. Then each of its keys has to match a pattern
that permits what the command does to it, and each channel of PUBLISH and SUBSCRIBE a pattern for
channels. PSUBSCRIBE names a pattern itself, which has to be one of the user's, letter for letter.

A client whose user may do everything never comes here: `Client.restricted` says who does.

Sources: `acl.c` ACLSelectorCheckCmd, ACLCheckAllUserCommandPerm, addACLLogEntry,
ACLKillPubsubClientsIfNeeded, ACLFreeUserAndKillClients, ACLLoadFromFile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redlearn.engine import clients
from redlearn.engine.acl_rules import (
    BadRule,
    UnmatchedParenthesis,
    as_file,
    changed,
    default_user,
    merged,
    read_file,
)
from redlearn.engine.client import Client
from redlearn.engine.client_info import describe, type_of
from redlearn.engine.command import Command, Flags
from redlearn.engine.keys import keys_with_flags, takes_keys
from redlearn.engine.state import State
from redlearn.engine.structures.glob import matches
from redlearn.engine.users import DEFAULT, READ, WRITE, LogEntry, Selector, User
from redlearn.errors import (
    ACL_CHANGED_SINCE,
    ACL_FILE_UNREADABLE,
    ACL_IN_SCRIPT,
    ACL_MODIFIER,
    ACL_NO_FILE,
    ACL_NOT_SAVED,
    ACL_UNMATCHED,
    DENIED_CHANNEL,
    DENIED_COMMAND,
    DENIED_KEY,
    DENIED_NAMED,
    NO_PERMISSION,
    NOT_AUTHENTICATED,
    CommandError,
    as_text,
)
from redlearn.probe import Event

_GRAVITY: Final = {"command": 1, "key": 2, "channel": 4}
"""Of several selectors' reasons the gravest is told."""

_PUBLISH: Final = frozenset({"publish", "spublish"})
_SUBSCRIBE: Final = frozenset({"subscribe", "ssubscribe", "psubscribe"})

_WHY_IN_EXEC: Final = {
    "command": "no permission to execute the command or subcommand",
    "key": "no permission to touch the specified keys",
    "channel": "no permission to access one of the channels used as arguments",
}


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a user may not do something.

    Attributes:
        reason: "command", "key" or "channel".
        at: Which argument it is about; 0 for the command.
        object: The full name of the command, the key, or the channel.
    """

    reason: str
    at: int
    object: bytes


# --- Deciding -------------------------------------------------------------------------------


def check(user: User, command: Command, argv: list[bytes]) -> Denial | None:
    """Why `user` may not run this call, or None if he may. O(keys times patterns)."""
    worst: Denial | None = None
    keys: list[tuple[int, str]] | None = None
    for selector in user.selectors:
        denial = _check_command(selector, command, argv)
        if denial is None and not selector.all_keys and takes_keys(command):
            if keys is None:
                keys = keys_with_flags(command, argv)
            denial = _check_keys(selector, keys, argv)
        if denial is None and not selector.all_channels:
            denial = _check_channels(selector, command, argv)
        if denial is None:
            return None
        if worst is None or _weight(denial) > _weight(worst):
            worst = denial
    return worst


def _weight(denial: Denial) -> tuple[int, int]:
    return _GRAVITY[denial.reason], denial.at


def _check_command(selector: Selector, command: Command, argv: list[bytes]) -> Denial | None:
    if (
        selector.all_commands
        or command.name in selector.allowed
        or Flags.NO_AUTH in command.flags
        or (len(argv) > 1 and (command.name, argv[1].lower()) in selector.first_arguments)
    ):
        return None
    return Denial("command", 0, command.name.encode())


def _check_keys(
    selector: Selector, keys: list[tuple[int, str]], argv: list[bytes]
) -> Denial | None:
    for at, flags in keys:
        wanted = wanted_of(flags)
        key = argv[at]
        for pattern in selector.keys:
            if pattern.permission & wanted == wanted and matches(pattern.pattern, key):
                break
        else:
            return Denial("key", at, key)
    return None


def wanted_of(flags: str) -> int:
    """What a command needs of a key, by the words of its specification ("RW access update").

    It may be nothing: EXISTS says nothing of what is in a key. Then any pattern will do.
    """
    words = flags.split()
    writes = "insert" in words or "delete" in words or "update" in words
    return READ * ("access" in words) | WRITE * writes


def _check_channels(selector: Selector, command: Command, argv: list[bytes]) -> Denial | None:
    if command.name in _PUBLISH:
        places = range(1, 2)
    elif command.name in _SUBSCRIBE:
        places = range(1, len(argv))
    else:
        return None
    literally = command.name == "psubscribe"
    for at in places:
        if not _may_hear(selector.channels, argv[at], literally=literally):
            return Denial("channel", at, argv[at])
    return None


def _may_hear(patterns: tuple[bytes, ...], channel: bytes, *, literally: bool) -> bool:
    if literally:
        return channel in patterns
    return any(matches(pattern, channel) for pattern in patterns)


def may_read_all_keys(state: State, client: Client, command: Command, argv: list[bytes]) -> bool:
    """Whether a selector that allows the call allows to read any key as well.

    SORT asks, whose BY and GET find keys nobody has named
    (`acl.c` ACLUserCheckCmdWithUnrestrictedKeyAccess).
    """
    if not client.restricted:
        return True
    user = state.users.table[client.user]
    return any(
        check(replace(user, selectors=(selector,)), command, argv) is None
        and (selector.all_keys or _reads_everything(selector))
        for selector in user.selectors
    )


def _reads_everything(selector: Selector) -> bool:
    return any(key.pattern == b"*" and key.permission & READ for key in selector.keys)


# --- Refusing -------------------------------------------------------------------------------


def require_known(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Refuse all of a stranger's commands but those that may end his being one."""
    if client.stranger and Flags.NO_AUTH not in command.flags:
        raise CommandError(NOT_AUTHENTICATED)


def require_permission(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Refuse what a client's user may not do, and note it."""
    denial = denied(state, client, command, argv)
    if denial is not None:
        client.last_command = command.name
        note(state, client, denial, "toplevel" if client.queue is None else "multi")
        raise CommandError(NO_PERMISSION.format(in_short(denial, client.user)))


def require_still(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """`require_permission` for a command that waited for EXEC: the rules may be others now."""
    denial = denied(state, client, command, argv)
    if denial is not None:
        note(state, client, denial, "multi")
        raise CommandError(ACL_CHANGED_SINCE.format(_WHY_IN_EXEC[denial.reason]))


def require_in_script(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """`require_permission` for what a script calls (`script.c` scriptVerifyACL)."""
    denial = denied(state, client, command, argv)
    if denial is not None:
        note(state, client, denial, "lua")
        raise CommandError(ACL_IN_SCRIPT.format(in_short(denial, client.user)))


def denied(state: State, client: Client, command: Command, argv: list[bytes]) -> Denial | None:
    """Why a client may not do this, or None. Notes nothing: redis.acl_check_cmd only asks."""
    if not client.restricted or client.obeyed:
        return None
    return check(state.users.table[client.user], command, argv)


def in_short(denial: Denial, user: bytes) -> str:
    """What a client is told: keys and channels are not named (`acl.c` getAclErrorMessage)."""
    if denial.reason == "command":
        return DENIED_COMMAND.format(as_text(user), as_text(denial.object))
    return DENIED_KEY if denial.reason == "key" else DENIED_CHANNEL


def in_full(denial: Denial, user: bytes) -> str:
    """What ACL DRYRUN tells: they are."""
    if denial.reason == "command":
        return in_short(denial, user)
    whole = denial.object.decode("utf-8", "surrogateescape")
    return DENIED_NAMED.format(as_text(user), whole, denial.reason)


def note(state: State, client: Client, denial: Denial, context: str) -> None:
    """Put a refusal into the ACL log. `context`: "toplevel", "multi" or "lua"."""
    _log(state, client, client.user, denial.reason, context, denial.object)
    if emit := state.probe.emit:
        emit(CommandDenied(client.id, client.user, denial.reason, denial.object))


def _log(
    state: State, client: Client, username: bytes, reason: str, context: str, object: bytes
) -> None:
    entry = LogEntry(
        state.users.logged, reason, context, object, username, describe(state, client),
        state.now_ms, state.now_ms,
    )  # fmt: skip
    state.users.note(entry, state.config.number("acllog-max-len"))


# --- Who a client is --------------------------------------------------------------------------


def authenticate(
    state: State, client: Client, username: bytes, password: bytes, command: bytes
) -> bool:
    """Let a client be `username`, if that is the password; whether it was.

    Args:
        command: The word that asked for it, as it was sent: the log shows it.
    """
    user = state.users.table.get(username)
    if user is None or not user.accepts(password):
        context = "toplevel" if client.queue is None else "multi"
        _log(state, client, username, "auth", context, command)
        if emit := state.probe.emit:
            emit(LoginFailed(client.id, username))
        return False
    client.user = username
    client.authenticated = True
    state.instruct(client)
    if emit := state.probe.emit:
        emit(LoggedIn(client.id, username))
    return True


def be_nobody(state: State, client: Client) -> None:
    """Make a client the default user again, known only if no password is asked for."""
    client.user = DEFAULT
    client.authenticated = not state.users.asks
    state.instruct(client)


def _send_away(state: State, client: Client, by: Client) -> None:
    """Hang up on somebody whose user is gone, or may not hear any more what it listens to."""
    client.user = DEFAULT
    client.authenticated = False
    state.instruct(client)
    clients.kill(state, client, by)


# --- Changing users ---------------------------------------------------------------------------


def blank_selector(state: State) -> Selector:
    """What a selector is before any rule."""
    return Selector(all_channels=state.config.text("acl-pubsub-default") == "allchannels")


def set_user(state: State, name: bytes, rules: list[bytes], by: Client) -> None:
    """Make a user, or change one: by all rules, or by none if one makes no sense.

    Raises:
        CommandError: Which rule, and why.
    """
    blank = blank_selector(state)
    old = state.users.table.get(name)
    user = old or User(name, selectors=(blank,))
    try:
        rules = merged(rules)
    except UnmatchedParenthesis as error:
        raise CommandError(ACL_UNMATCHED.format(as_text(error.rule))) from None
    for rule in rules:
        try:
            user = changed(user, rule, blank)
        except BadRule as reason:
            raise CommandError(ACL_MODIFIER.format(as_text(rule), reason)) from None
    if old is not None:
        _end_forbidden_subscriptions(state, old, user, by)
    state.put_user(user)
    if emit := state.probe.emit:
        emit(UserChanged(name, old is None))


def delete_user(state: State, name: bytes, by: Client) -> bool:
    """Delete a user, and hang up on everybody who is this user; whether there was one."""
    if state.users.table.pop(name, None) is None:
        return False
    for client in list(state.clients.values()):
        if client.user == name:
            _send_away(state, client, by)
    if emit := state.probe.emit:
        emit(UserDeleted(name))
    return True


def _end_forbidden_subscriptions(state: State, old: User, new: User, by: Client) -> None:
    """Hang up on those who are `old` and listen to what `new` may not hear."""
    if not any(state.listeners.values()):
        return
    channels = _lost_channels(old, new)
    if channels is None:
        return
    for client in list(state.clients.values()):
        if client.user == old.name and _hears_other(client, channels):
            _send_away(state, client, by)


def _lost_channels(old: User, new: User) -> tuple[bytes, ...] | None:
    """The channels `new` may hear, or None if these are all that `old` might, and more."""
    if any(selector.all_channels for selector in new.selectors):
        return None
    channels = tuple(channel for selector in new.selectors for channel in selector.channels)
    for selector in old.selectors:
        if selector.all_channels or not set(selector.channels) <= set(channels):
            return channels
    return None


def _hears_other(client: Client, channels: tuple[bytes, ...]) -> bool:
    if type_of(client) != b"pubsub":
        return False
    return any(
        not _may_hear(channels, name, literally=kind == "patterns")
        for kind, names in client.subscriptions.items()
        for name in names
    )


# --- Files ----------------------------------------------------------------------------------


def load(state: State, by: Client | None) -> None:
    """Take all users from the file: these, and no others; or none, if anything is wrong in it.

    Raises:
        CommandError: What is wrong.
    """
    file = state.users.file
    if file is None:
        raise CommandError(ACL_NO_FILE)
    try:
        text = file.read()
    except OSError as error:
        raise CommandError(ACL_FILE_UNREADABLE.format(file.name, error.strerror)) from None
    found, errors = read_file(text, file.name, blank_selector(state))
    if errors:
        raise CommandError(f"ERR {errors}")
    replace_users(state, found, by)


def replace_users(state: State, found: list[User], by: Client | None) -> None:
    """Let these be all users, beside the default one if he is not among them.

    Args:
        by: Whose command it is; None before there are any clients.
    """
    old, table = dict(state.users.table), {user.name: user for user in found}
    table.setdefault(DEFAULT, default_user())
    state.users.table.clear()
    for user in table.values():
        state.users.put(user)
    for client in list(state.clients.values()):
        was, now = old[client.user], table.get(client.user)
        channels = None if now is None else _lost_channels(was, now)
        if now is None or (channels is not None and _hears_other(client, channels)):
            _send_away(state, client, by or client)
        else:
            state.instruct(client)
    if emit := state.probe.emit:
        for name in table:
            emit(UserChanged(name, name not in old))
        for name in old.keys() - table.keys():
            emit(UserDeleted(name))


def save(state: State) -> None:
    """Write all users to the file.

    Raises:
        CommandError: That was not possible.
    """
    file = state.users.file
    if file is None:
        raise CommandError(ACL_NO_FILE)
    try:
        file.write(as_file(in_order(state)))
    except OSError:
        raise CommandError(ACL_NOT_SAVED) from None


def in_order(state: State) -> list[User]:
    """All users by name, as Redis's radix tree has them."""
    return [state.users.table[name] for name in sorted(state.users.table)]


@dataclass(frozen=True, slots=True)
class CommandDenied(Event):
    """A client's user may not do this: `reason` is "command", "key" or "channel"."""

    client: int
    user: bytes
    reason: str
    object: bytes


@dataclass(frozen=True, slots=True)
class LoggedIn(Event):
    """A client has proved to be a user."""

    client: int
    user: bytes


@dataclass(frozen=True, slots=True)
class LoginFailed(Event):
    """A client said it was a user, and was not believed."""

    client: int
    user: bytes


@dataclass(frozen=True, slots=True)
class UserChanged(Event):
    """A user has other rules now; or is new."""

    user: bytes
    new: bool


@dataclass(frozen=True, slots=True)
class UserDeleted(Event):
    """A user is gone."""

    user: bytes
