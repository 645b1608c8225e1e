"""Errors: `CommandError`, and every error text in Redis's exact words, once.

A command refuses by raising: `raise CommandError(WRONG_TYPE)`. Texts that carry an
argument have `{}` fields: `raise CommandError(WRONG_ARITY.format(name))`. The first word
is the code that clients look at; it belongs to the text.
"""

from __future__ import annotations

from typing import Final


class CommandError(Exception):
    """A command's refusal. `text` is the error line as the client gets it, without the `-`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text: Final = text


# Kept in alphabetical groups: what any command can say, then group by group.
NOT_A_FLOAT: Final = "ERR value is not a valid float"
NOT_AN_INTEGER: Final = "ERR value is not an integer or out of range"
OUT_OF_RANGE: Final = "ERR value is out of range"
MUST_BE_POSITIVE: Final = "ERR value is out of range, must be positive"
NO_SUCH_KEY: Final = "ERR no such key"
SYNTAX: Final = "ERR syntax error"
UNKNOWN_COMMAND: Final = "ERR unknown command '{}', with args beginning with: {}"
UNKNOWN_SUBCOMMAND: Final = "ERR unknown subcommand '{}'. Try {} HELP."
WRONG_ARITY: Final = "ERR wrong number of arguments for '{}' command"
WRONG_TYPE: Final = "WRONGTYPE Operation against a key holding the wrong kind of value"

# Expiry
INVALID_EXPIRE: Final = "ERR invalid expire time in '{}' command"

# Transactions
DISCARD_WITHOUT_MULTI: Final = "ERR DISCARD without MULTI"
EXEC_ABORTED: Final = "EXECABORT Transaction discarded because of previous errors."
EXEC_WITHOUT_MULTI: Final = "ERR EXEC without MULTI"
NESTED_MULTI: Final = "ERR MULTI calls can not be nested"
NOT_IN_MULTI: Final = "ERR Command not allowed inside a transaction"
WATCH_IN_MULTI: Final = "ERR WATCH inside MULTI is not allowed"
