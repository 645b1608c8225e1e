"""ACL rules: what ACL SETUSER says of a user, read and written.

    on off nopass >password <password #hash !hash resetpass         who may come in
    ~glob %R~glob %W~glob allkeys resetkeys                         keys
    &glob allchannels resetchannels                                 channels
    +get -get +config|get +select|0 +@read -@all                    commands
    (+set ~log:*) clearselectors                                    further selectors

Each rule makes a new user out of an old one. Commands are named one by one or by category, and
the order counts: a later rule wins. What a selector then allows is a plain set of names, so that
a check is one look. The rules themselves are kept, without those that a later one undid, so that
ACL LIST can say how the set came about.

Sources: `acl.c` ACLSetUser, ACLSetSelector, ACLUpdateCommandRules, ACLMergeSelectorArguments,
ACLDescribeUser.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from redlearn.engine.command import COMMANDS, Command, all_commands
from redlearn.engine.users import DEFAULT, READ, WRITE, KeyPattern, Selector, User, hashed
from redlearn.errors import (
    ACL_CHANNEL_AFTER_ALL,
    ACL_FILE_REFUSED,
    ACL_FIRST_ARG_OF_SUBCOMMAND,
    ACL_KEY_AFTER_ALL,
    ACL_NO_SUCH_PASSWORD,
    ACL_NOT_A_HASH,
    ACL_SYNTAX,
    ACL_UNKNOWN_NAME,
    as_text,
)
from redlearn.resp.text import UnbalancedQuotes, split_args

CATEGORIES: Final = (
    "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
    "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
    "connection", "transaction", "scripting",
)  # fmt: skip
"""In the order in which ACL CAT names them."""

_HASH_DIGITS: Final = frozenset(b"0123456789abcdef")
_HASH_LENGTH: Final = 64
_BLANK: Final = frozenset(b" \t\n\v\f\r\0")


class BadRule(Exception):
    """A rule that no user can take; the message says why, in Redis's words."""


def default_user() -> User:
    """The user everybody is until told otherwise: he may do everything, without a password."""
    root = Selector(all_keys=True, all_channels=True)
    root = selected(root, b"+@all")
    return User(DEFAULT, enabled=True, no_password=True, selectors=(root,))


class UnmatchedParenthesis(Exception):
    """A selector that does not end; `rule` is where it began."""

    def __init__(self, rule: bytes) -> None:
        super().__init__(rule)
        self.rule: Final = rule


# --- Users ----------------------------------------------------------------------------------


def changed(user: User, rule: bytes, blank: Selector) -> User:
    """The user after one rule. O(commands) for categories, else O(its patterns).

    Args:
        blank: What a selector is before any rule (acl-pubsub-default).

    Raises:
        BadRule: It makes no sense.
    """
    if not rule:
        return user
    word = _word(rule)
    if word in _FLAGS:
        return _with_flag(user, word)
    if word == b"reset":
        return User(user.name, selectors=(blank,))
    if word == b"clearselectors":
        return replace(user, selectors=user.selectors[:1])
    if rule[:1] in (b">", b"#", b"<", b"!"):
        return _with_password(user, rule)
    if rule[:1] == b"(" and rule[-1:] == b")":
        return replace(user, selectors=(*user.selectors, _selector(rule[1:-1], blank)))
    root = selected(user.root, rule)
    return replace(user, selectors=(root, *user.selectors[1:]))


_FLAGS: Final = frozenset({
    b"on", b"off", b"nopass", b"resetpass", b"sanitize-payload", b"skip-sanitize-payload",
})  # fmt: skip


def _with_flag(user: User, word: bytes) -> User:
    if word in (b"on", b"off"):
        return replace(user, enabled=word == b"on")
    if word in (b"nopass", b"resetpass"):
        return replace(user, no_password=word == b"nopass", passwords=())
    return replace(user, sanitize=word == b"sanitize-payload")


def _with_password(user: User, rule: bytes) -> User:
    """`>` and `#` add a password, `<` and `!` take it back; `#` and `!` name it by its hash."""
    sign, rest = rule[:1], rule[1:]
    if sign in (b"#", b"!") and not _is_hash(rest):
        raise BadRule(ACL_NOT_A_HASH)
    password = hashed(rest) if sign in (b">", b"<") else rest
    if sign in (b">", b"#"):
        known = user.passwords if password in user.passwords else (*user.passwords, password)
        return replace(user, no_password=False, passwords=known)
    if password not in user.passwords:
        raise BadRule(ACL_NO_SUCH_PASSWORD)
    return replace(user, passwords=tuple(p for p in user.passwords if p != password))


def _is_hash(text: bytes) -> bool:
    return len(text) == _HASH_LENGTH and _HASH_DIGITS.issuperset(text)


def _selector(rules: bytes, blank: Selector) -> Selector:
    """A selector of its own: what stands between the parentheses."""
    try:
        words = split_args(rules)
    except UnbalancedQuotes:
        words = []  # Redis goes on with no rules at all
    selector = blank
    for word in words:
        selector = selected(selector, word)
    return selector


def merged(rules: list[bytes]) -> list[bytes]:
    """Put a selector together that came in several words: `(+set`, `~a*)`.

    Raises:
        UnmatchedParenthesis: One does not end.
    """
    found: list[bytes] = []
    open_: list[bytes] = []
    for rule in rules:
        if open_:
            open_.append(_cut(rule))
            if rule[-1:] == b")":
                found.append(b" ".join(open_))
                open_ = []
        elif rule[:1] == b"(" and rule[-1:] != b")":
            open_ = [rule]
        else:
            found.append(rule)
    if open_:
        raise UnmatchedParenthesis(open_[0])
    return found


# --- Selectors ------------------------------------------------------------------------------


def selected(selector: Selector, rule: bytes) -> Selector:
    """The selector after one rule (`acl.c` ACLSetSelector).

    Raises:
        BadRule: It makes no sense.
    """
    word = _word(rule)
    if word in _WHOLE:
        return _with_all_or_none(selector, word)
    sign = rule[:1]
    if sign in (b"~", b"%"):
        return _with_key(selector, rule)
    if sign == b"&":
        return _with_channel(selector, rule)
    if sign in (b"+", b"-"):
        allow = sign == b"+"
        if rule[1:2] == b"@":
            return _with_category(selector, word[1:], allow)
        return _with_command(selector, _cut(rule)[1:], allow)
    raise BadRule(ACL_SYNTAX)


_WHOLE: Final = frozenset({
    b"allkeys", b"~*", b"resetkeys", b"allchannels", b"&*", b"resetchannels", b"allcommands",
    b"+@all", b"nocommands", b"-@all",
})  # fmt: skip


def _with_all_or_none(selector: Selector, word: bytes) -> Selector:
    if word in (b"allkeys", b"~*", b"resetkeys"):
        return replace(selector, all_keys=word != b"resetkeys", keys=())
    if word in (b"allchannels", b"&*", b"resetchannels"):
        return replace(selector, all_channels=word != b"resetchannels", channels=())
    everything = word in (b"allcommands", b"+@all")
    return replace(
        selector,
        allowed=every_name() if everything else frozenset(),
        all_commands=everything,
        future=everything,
        first_arguments=(),
        rules=(),
    )


def _with_key(selector: Selector, rule: bytes) -> Selector:
    if selector.all_keys:
        raise BadRule(ACL_KEY_AFTER_ALL)
    permission, pattern = READ | WRITE, rule[1:]
    if rule[:1] == b"%":
        permission, pattern = _permission(rule)
    if _BLANK.intersection(pattern):
        raise BadRule(ACL_SYNTAX)
    keys = list(selector.keys)
    for at, known in enumerate(keys):
        if known.pattern == pattern:
            keys[at] = KeyPattern(pattern, known.permission | permission)
            break
    else:
        keys.append(KeyPattern(pattern, permission))
    return replace(selector, keys=tuple(keys))


def _permission(rule: bytes) -> tuple[int, bytes]:
    """`%R~`, `%W~` or `%RW~`, in any case and order, and the pattern behind it."""
    letters, _, pattern = rule[1:].partition(b"~")
    upper = letters.upper()
    if not upper or len(upper) > len(set(upper)) or not set(upper) <= set(b"RW"):
        raise BadRule(ACL_SYNTAX)
    return (READ if b"R" in upper else 0) | (WRITE if b"W" in upper else 0), pattern


def _with_channel(selector: Selector, rule: bytes) -> Selector:
    if selector.all_channels:
        raise BadRule(ACL_CHANNEL_AFTER_ALL)
    pattern = rule[1:]
    if _BLANK.intersection(pattern):
        raise BadRule(ACL_SYNTAX)
    if pattern in selector.channels:
        return selector
    return replace(selector, channels=(*selector.channels, pattern))


def _with_category(selector: Selector, category: bytes, allow: bool) -> Selector:
    if category[1:].decode("latin-1") not in CATEGORIES:
        raise BadRule(ACL_UNKNOWN_NAME)
    selector = _with_names(selector, names_in(category.decode()), allow)
    return replace(selector, rules=_with_rule(selector.rules, category, allow))


def _with_command(selector: Selector, name: bytes, allow: bool) -> Selector:
    row = named(name)
    if row is None and allow and b"|" in name:
        return _with_first_argument(selector, name)
    if row is None:
        raise BadRule(ACL_UNKNOWN_NAME)
    selector = _with_names(selector, names_of(row), allow)
    return replace(selector, rules=_with_rule(selector.rules, row.name.encode(), allow))


def _with_first_argument(selector: Selector, rule: bytes) -> Selector:
    """`+select|0`: a command that is refused otherwise, with one first argument."""
    name, _, argument = rule.rpartition(b"|")
    row = named(name)
    if row is None:
        raise BadRule(ACL_UNKNOWN_NAME)
    if "|" in row.name:
        raise BadRule(ACL_FIRST_ARG_OF_SUBCOMMAND)
    if not argument:
        raise BadRule(ACL_SYNTAX)
    if row.subcommands:
        raise BadRule(ACL_UNKNOWN_NAME)
    pair = (row.name, argument.lower())
    known = selector.first_arguments
    return replace(
        selector,
        first_arguments=known if pair in known else (*known, pair),
        rules=_with_rule(selector.rules, rule.lower(), allow=True),
    )


def _with_names(selector: Selector, names: frozenset[str], allow: bool) -> Selector:
    """Allow or take away commands; what first arguments they may have is forgotten."""
    firsts = tuple(pair for pair in selector.first_arguments if pair[0] not in names)
    if allow:
        return replace(selector, allowed=selector.allowed | names, first_arguments=firsts)
    return replace(
        selector, allowed=selector.allowed - names, all_commands=False, first_arguments=firsts
    )


def _with_rule(rules: tuple[bytes, ...], name: bytes, allow: bool) -> tuple[bytes, ...]:
    """Remember a rule, and forget those it undoes: of the same name, or of its subcommands."""
    kept = [rule for rule in rules if rule[1:] != name and not rule[1:].startswith(name + b"|")]
    return (*kept, (b"+" if allow else b"-") + name)


# --- Commands by name and category ------------------------------------------------------------


def named(name: bytes) -> Command | None:
    """The command of that name, a subcommand as `config|get`, in any case."""
    head, bar, sub = name.upper().partition(b"|")
    row = COMMANDS.get(head)
    return row.subcommands.get(sub) if row is not None and bar else row


def names_of(row: Command) -> frozenset[str]:
    """A command's full name, and those of its subcommands."""
    return frozenset([row.name, *(sub.name for sub in row.subcommands.values())])


@cache
def every_name() -> frozenset[str]:
    """The full names of all commands and subcommands."""
    return frozenset(row.name for row in all_commands())


@cache
def names_in(category: str) -> frozenset[str]:
    """Of all in a category, as `@read`: with a container come its subcommands."""
    found: frozenset[str] = frozenset()
    for row in all_commands():
        if category in row.categories:
            found |= names_of(row)
    return found


def listed_in(category: str) -> list[bytes]:
    """The names ACL CAT gives for a category, without its `@`."""
    return [row.name.encode() for row in all_commands() if f"@{category}" in row.categories]


# --- In words -------------------------------------------------------------------------------


def describe(user: User) -> bytes:
    """All rules it takes to make this user, as ACL LIST and files have them."""
    words = [*flags_of(user), *(b"#" + password for password in user.passwords)]
    root, *others = user.selectors
    words.append(_described(root))
    words += [b"(" + _described(selector) + b")" for selector in others]
    return b" ".join(words)


def flags_of(user: User) -> list[bytes]:
    """What is not about permissions (`acl.c` ACLUserFlags)."""
    flags = [b"on" if user.enabled else b"off"]
    if user.no_password:
        flags.append(b"nopass")
    return [*flags, b"sanitize-payload" if user.sanitize else b"skip-sanitize-payload"]


def _described(selector: Selector) -> bytes:
    words = [keys_of(selector)] if selector.all_keys or selector.keys else []
    if not selector.all_channels:
        words.append(b"resetchannels")
    if selector.all_channels or selector.channels:
        words.append(channels_of(selector))
    return b" ".join([*words, commands_of(selector)])


def commands_of(selector: Selector) -> bytes:
    """The rules about commands, which begin with all or none."""
    return b" ".join([b"+@all" if selector.future else b"-@all", *selector.rules])


def keys_of(selector: Selector) -> bytes:
    """The rules about keys."""
    if selector.all_keys:
        return b"~*"
    return b" ".join(_SIGNS[key.permission] + key.pattern for key in selector.keys)


_SIGNS: Final = {READ | WRITE: b"~", READ: b"%R~", WRITE: b"%W~"}


def channels_of(selector: Selector) -> bytes:
    """The rules about channels."""
    if selector.all_channels:
        return b"&*"
    return b" ".join(b"&" + pattern for pattern in selector.channels)


# --- Files ----------------------------------------------------------------------------------


def as_file(users: list[User]) -> bytes:
    """A line for each user, as ACL SAVE writes them."""
    return b"".join(b"user %b %b\n" % (user.name, describe(user)) for user in users)


def read_file(text: bytes, name: str, blank: Selector) -> tuple[list[User], str]:
    """The users that a file describes, and all that is wrong with it in one line, or "".

    Source: `acl.c` ACLLoadFromFile.

    Args:
        name: The file's, for the errors.
    """
    users: dict[bytes, User] = {}
    errors = ""
    for number, raw in enumerate(text.split(b"\0")[0].split(b"\n"), 1):
        words = raw.strip(b" \t\r\n").split(b" ")
        if words == [b""]:
            continue
        place = f"{name}:{number}"
        if words[0] != b"user" or len(words) < 2:
            errors += f"{place} should start with user keyword followed by the username. "
        elif has_blanks(words[1]):
            errors += f"'{place}: username '{as_text(words[1])}' contains invalid characters. "
        elif words[1] in users:
            errors += f"WARNING: Duplicate user '{as_text(words[1])}' found on line {number}. "
        else:
            user, wrong = _read_user(User(words[1], selectors=(blank,)), words[2:], place, blank)
            users[user.name] = user
            errors += wrong
    return list(users.values()), errors and errors + ACL_FILE_REFUSED


def _read_user(user: User, rules: list[bytes], place: str, blank: Selector) -> tuple[User, str]:
    """A user after the rules of a line, and what is wrong with these."""
    try:
        rules = merged(rules)
    except UnmatchedParenthesis:
        return user, f"{place}: Unmatched parenthesis in selector definition."
    errors, told = "", False
    for rule in rules:
        rule = rule.strip(b"\t\r\n")
        try:
            user = changed(user, rule, blank)
        except BadRule as reason:
            if str(reason) == ACL_UNKNOWN_NAME:  # which holds no secret
                errors += f"{place}: Error in applying operation '{as_text(rule)}': {reason}. "
            elif not told:
                errors += f"{place}: {reason}. "
                told = True
    return user, errors


def has_blanks(name: bytes) -> bool:
    """Whether something has blanks in it, or a NUL: no name may, so that lines can be split."""
    return bool(_BLANK.intersection(name))


def _cut(text: bytes) -> bytes:
    """Up to a NUL, where C's strings end."""
    return text.split(b"\0")[0]


def _word(rule: bytes) -> bytes:
    return _cut(rule).lower()
