"""The ACL file on disk, and the users that a server starts with.

Users stand in redis.conf, as `user` lines, or in the file that `aclfile` names; never in both.
ACL SAVE puts a new file into the place of the old one in a single step: whoever looks finds one
or the other, whole. It can be read by its owner only, for hashes of passwords are in it.

Source: `acl.c` ACLLoadUsersAtStartup, ACLAppendUserForLoading, ACLSaveToFile.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import redlearn.engine.commands  # noqa: F401  (fills the command table, which rules are about)
from redlearn.engine import acl
from redlearn.engine.acl_rules import (
    BadRule,
    UnmatchedParenthesis,
    changed,
    has_blanks,
    merged,
)
from redlearn.engine.state import State
from redlearn.engine.users import Selector, User
from redlearn.errors import ACL_UNMATCHED, CommandError, as_text
from redlearn.server.files import path_of

OWNER_ONLY: Final = 0o600

BOTH: Final = (
    "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is"
    " invalid. This setup is very likely to lead to configuration errors and security holes, please"
    " define either an ACL file or declare users directly in your redis.conf, but not both."
)


class BadUsers(Exception):
    """Why a server cannot start with these users, in Redis's words."""


class DiskFile:
    """A file of users.

    Attributes:
        name: As it is configured: errors name it so.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._path = folder / path_of(name)

    def read(self) -> bytes:
        """All of it. Raises OSError."""
        return self._path.read_bytes()

    def write(self, text: bytes) -> None:
        """Put other text into its place, whole or not at all. Raises OSError."""
        fresh = self._path.with_name(f"{self._path.name}.tmp-{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with suppress(FileNotFoundError):
            fresh.unlink()  # left behind by a server that died
        try:
            with os.fdopen(os.open(fresh, flags, OWNER_ONLY), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def user_of(name: bytes, rules: Sequence[bytes], blank: Selector) -> User:
    """The user that a `user` line of a configuration describes.

    Raises:
        BadUsers: Some rule makes no sense.
    """
    if has_blanks(name):
        raise BadUsers("Spaces not allowed in ACL usernames")
    user = User(name, selectors=(blank,))
    try:
        whole = merged(list(rules))
    except UnmatchedParenthesis as error:
        raise BadUsers(ACL_UNMATCHED.format(as_text(error.rule)).removeprefix("ERR ")) from None
    for rule in whole:
        try:
            user = changed(user, rule, blank)
        except BadRule as reason:
            raise BadUsers(f"Error in user declaration '{as_text(rule)}': {reason}") from None
    return user


def begin_with(state: State, users: Sequence[tuple[bytes, Sequence[bytes]]]) -> None:
    """Give a new engine its users: those of the configuration, or those of its ACL file.

    Raises:
        BadUsers: Some are wrong, or there are both.
    """
    name = state.config.text("aclfile")
    if name and users:
        raise BadUsers(BOTH)
    blank = acl.blank_selector(state)
    for username, rules in users:
        state.put_user(user_of(username, rules, blank))
    if name:
        state.users.file = DiskFile(name, path_of(state.config.text("dir") or "."))
        try:
            acl.load(state, None)
        except CommandError as error:
            errors = error.text.removeprefix("ERR ")
            raise BadUsers(f"Aborting Redis startup because of ACL errors: {errors}") from None
