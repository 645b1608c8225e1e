"""Users: who may do what, as plain data.

    user ann on #2bd8... ~orders:* %R~stock:* &news.* -@all +@read +set (~log:* +append)
         |    |  |       |                    |       |               |
         name on passwords, as SHA-256        channels commands       a second selector
                         key patterns

A user has selectors, at least the first, called the root. A call is allowed if one selector
allows all of it: its command, every key, every channel. Two selectors never add up.

Users do not change: a rule makes a new one out of an old one (`acl_rules.py`), so that a list of
rules is taken whole or not at all, and a snapshot costs nothing.

Unlike Redis: in a session that can go back in time, passwords that ACL GENPASS makes up follow
from the session's seed, so that a replay makes the same ones. A server's follow from the
machine's chance.

Source: `acl.c` user, aclSelector, ACLLogEntry; `util.c` getRandomBytes.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Final

from redlearn.engine.ports import AclFile

Frozen = tuple[object, ...]

DEFAULT: Final = b"default"
"""Who a client is that has not said AUTH."""

READ: Final = 1
WRITE: Final = 2

LONGEST_GROUPING_MS: Final = 60_000
"""For so long the same refusal counts as one in the log (ACL_LOG_GROUPING_MAX_TIME_DELTA)."""

SEARCHED_FOR_SAME: Final = 10
"""How many entries are looked at for the same refusal."""


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """Keys that match a glob may be read, written, or both (READ | WRITE)."""

    pattern: bytes
    permission: int


@dataclass(frozen=True, slots=True)
class Selector:
    """One set of permissions.

    Attributes:
        allowed: The full names of all commands and subcommands it allows.
        all_commands: Nothing has been taken away since `allcommands`.
        future: It began with everything: a command nobody knows yet would be allowed.
        first_arguments: (command, what its first argument may be), of commands that are not
            allowed otherwise: `+select|0`.
        rules: How `allowed` came about, since the last +@all or -@all.
        all_keys, keys: Which keys.
        all_channels, channels: Which channels, as globs.
    """

    allowed: frozenset[str] = frozenset()
    all_commands: bool = False
    future: bool = False
    first_arguments: tuple[tuple[str, bytes], ...] = ()
    rules: tuple[bytes, ...] = ()
    all_keys: bool = False
    keys: tuple[KeyPattern, ...] = ()
    all_channels: bool = False
    channels: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A user.

    Attributes:
        enabled: Whether anybody may become this user.
        no_password: Any password will do.
        passwords: SHA-256 of each, 64 hexadecimal digits.
        sanitize: Payloads of RESTORE are looked through.
        selectors: The root, then the others.
    """

    name: bytes
    enabled: bool = False
    no_password: bool = False
    passwords: tuple[bytes, ...] = ()
    sanitize: bool = True
    selectors: tuple[Selector, ...] = (Selector(),)

    @property
    def root(self) -> Selector:
        """The selector that rules outside of parentheses speak of."""
        return self.selectors[0]

    @property
    def unrestricted(self) -> bool:
        """Whether nothing could be refused."""
        return any(s.all_commands and s.all_keys and s.all_channels for s in self.selectors)

    def accepts(self, password: bytes) -> bool:
        """Whether that is one of the user's passwords. Takes equally long for all wrong ones."""
        if not self.enabled:
            return False
        if self.no_password:
            return True
        claimed = hashed(password)
        matches = [hmac.compare_digest(claimed, known) for known in self.passwords]
        return any(matches)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What was refused, to whom, and how often.

    Attributes:
        reason: "command", "key", "channel" or "auth".
        context: "toplevel", "multi" or "lua".
        object: The command, key or channel; of a failed AUTH, the command that tried.
        client: The line of CLIENT LIST of who tried last.
        updated_ms, created_ms: When it happened last, and first.
    """

    number: int
    reason: str
    context: str
    object: bytes
    username: bytes
    client: bytes
    created_ms: int
    updated_ms: int
    count: int = 1

    def is_like(self, other: LogEntry) -> bool:
        """Whether both are the same refusal, not long after each other."""
        return (
            self.reason == other.reason
            and self.context == other.context
            and abs(self.updated_ms - other.updated_ms) <= LONGEST_GROUPING_MS
            and self.object == other.object
            and self.username == other.username
        )


class Users:
    """All users, and the log of what was refused.

    Attributes:
        table: By name.
        asks: A new client has to say who it is before anything else.
        log: Refusals, the latest first.
        logged: How many entries there have been.
        refused: How often each reason was given (INFO's acl_access_denied_*).
        file: Where ACL LOAD and SAVE turn to, if there is such a file.
        secret: What ACL GENPASS's passwords follow from; who starts a server hands in chance.
        drawn: How many blocks of 32 bytes were made of it.
    """

    __slots__ = ("asks", "drawn", "file", "log", "logged", "refused", "secret", "table")

    def __init__(self, secret: bytes) -> None:
        self.table: dict[bytes, User] = {}
        self.asks = False
        self.log: list[LogEntry] = []
        self.logged = 0
        self.refused = {"auth": 0, "command": 0, "key": 0, "channel": 0}
        self.file: AclFile | None = None
        self.secret = secret
        self.drawn = 0

    def put(self, user: User) -> None:
        """Take a user, in the place of one of that name."""
        self.table[user.name] = user
        if user.name == DEFAULT:
            self.asks = not (user.no_password and user.enabled)

    def default_with(self, password: bytes) -> User:
        """The default user with one password, or with none (`requirepass`)."""
        user = self.table[DEFAULT]
        return replace(
            user, no_password=not password, passwords=(hashed(password),) if password else ()
        )

    def note(self, entry: LogEntry, longest: int) -> None:
        """Put a refusal into the log, or count it with one that is like it.

        Args:
            longest: acllog-max-len.
        """
        self.refused[entry.reason] += 1
        if not longest:
            self.log.clear()
            return
        for at, other in enumerate(self.log[:SEARCHED_FOR_SAME]):
            if other.is_like(entry):
                del self.log[at]
                again = replace(
                    other, client=entry.client, updated_ms=entry.updated_ms, count=other.count + 1
                )
                self.log.insert(0, again)
                return
        self.log.insert(0, entry)
        self.logged += 1
        del self.log[longest:]

    def random_digits(self, count: int) -> bytes:
        """Hexadecimal digits nobody can guess who does not know the secret."""
        digits = b""
        while len(digits) < count:
            block = hmac.new(self.secret, b"%d" % self.drawn, hashlib.sha256)
            self.drawn += 1
            digits += block.hexdigest().encode()
        return digits[:count]

    def freeze(self) -> Frozen:
        """All of it, for a snapshot; the file and the secret do not travel in time."""
        refused = tuple(self.refused.items())
        return tuple(self.table.values()), tuple(self.log), self.logged, refused, self.drawn

    def thaw(self, frozen: Frozen) -> None:
        """Take it back."""
        users, log, logged, refused, drawn = frozen
        assert isinstance(users, tuple)
        assert isinstance(log, tuple)
        assert isinstance(logged, int)
        assert isinstance(refused, tuple)
        assert isinstance(drawn, int)
        self.table = {}
        for user in users:
            self.put(user)
        self.log = list(log)
        self.logged = logged
        self.refused = dict(refused)
        self.drawn = drawn


def hashed(password: bytes) -> bytes:
    """SHA-256 of a password, in hexadecimal (`acl.c` ACLHashPassword).

    >>> hashed(b"x")[:8]
    b'2d711642'
    """
    return hashlib.sha256(password).hexdigest().encode()
