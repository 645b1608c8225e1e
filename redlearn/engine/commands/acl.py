"""ACL: the commands about users.

What the rules mean is in `engine/acl_rules.py`, who may do what in `engine/acl.py`.

Source: `acl.c` aclCommand.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine import acl, acl_rules
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, find_command, help_lines
from redlearn.engine.context import Context
from redlearn.engine.users import DEFAULT, LogEntry, Selector
from redlearn.errors import (
    BAD_USER_NAME,
    DEFAULT_USER_STAYS,
    DRYRUN_NO_COMMAND,
    DRYRUN_NO_USER,
    GENPASS_BITS,
    UNKNOWN_CATEGORY,
    WRONG_ARITY,
    WRONG_SUBCOMMAND,
    CommandError,
    as_text,
)
from redlearn.resp.reply import OK, Members, Reply

MOST_BITS: Final = 4096
USUAL_BITS: Final = 256
USUAL_ENTRIES: Final = 10

_OWN = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE
_ADMIN = Flags.ADMIN | _OWN
_EVERY_NODE = ("request_policy:all_nodes", "response_policy:all_succeeded")

container("ACL", "server", since="6.0.0")


@command("ACL SETUSER", "username:string [rule:string [rule ...]]", arity=-3, flags=_ADMIN,
         since="6.0.0", complexity="O(N) rules", tips=_EVERY_NODE)  # fmt: skip
def acl_setuser(ctx: Context, argv: list[bytes]) -> Reply:
    """Make a user, or change one, by rules: all of them, or none if one makes no sense."""
    if acl_rules.has_blanks(argv[2]):
        raise CommandError(BAD_USER_NAME)
    acl.set_user(ctx.state, argv[2], argv[3:], ctx.client)
    return OK


@command("ACL GETUSER", "username:string", arity=3, flags=_ADMIN, since="6.0.0",
         complexity="O(N) rules")  # fmt: skip
def acl_getuser(ctx: Context, argv: list[bytes]) -> Reply:
    """Return a user's flags, hashed passwords and rules."""
    user = ctx.state.users.table.get(argv[2])
    if user is None:
        return None
    return {
        b"flags": Members(acl_rules.flags_of(user)),
        b"passwords": list(user.passwords),
        **_described(user.root),
        b"selectors": [_described(selector) for selector in user.selectors[1:]],
    }


def _described(selector: Selector) -> dict[Reply, Reply]:
    return {
        b"commands": acl_rules.commands_of(selector),
        b"keys": acl_rules.keys_of(selector),
        b"channels": acl_rules.channels_of(selector),
    }


@command("ACL DELUSER", "username:string [username ...]", arity=-3, flags=_ADMIN, since="6.0.0",
         complexity="O(N) connections for each user", tips=_EVERY_NODE)  # fmt: skip
def acl_deluser(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete users, and hang up on everybody who is one of them; how many there were."""
    if DEFAULT in argv[2:]:
        raise CommandError(DEFAULT_USER_STAYS)
    return sum([acl.delete_user(ctx.state, name, ctx.client) for name in argv[2:]])


@command("ACL USERS", "", arity=2, flags=_ADMIN, since="6.0.0", complexity="O(N) users")
def acl_users(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the names of all users."""
    return [user.name for user in acl.in_order(ctx.state)]


@command("ACL LIST", "", arity=2, flags=_ADMIN, since="6.0.0", complexity="O(N) users")
def acl_list(ctx: Context, argv: list[bytes]) -> Reply:
    """Return a line for each user, with the rules that make it."""
    return [line for line in acl_rules.as_file(acl.in_order(ctx.state)).split(b"\n") if line]


@command("ACL WHOAMI", "", arity=2, flags=_OWN, since="6.0.0", complexity="O(1)")
def acl_whoami(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the name of the user this connection has proved to be."""
    return ctx.client.user


@command("ACL CAT", "[category:string]", arity=-2, flags=_OWN, since="6.0.0",
         complexity="O(N) commands")  # fmt: skip
def acl_cat(ctx: Context, argv: list[bytes]) -> Reply:
    """Name the categories of commands, or the commands of one."""
    _at_most(argv, 3)
    if len(argv) == 2:
        return [name.encode() for name in acl_rules.CATEGORIES]
    category = as_text(argv[2]).lower()
    if category not in acl_rules.CATEGORIES:
        raise CommandError(UNKNOWN_CATEGORY.format(as_text(argv[2][:128])))
    return [*acl_rules.listed_in(category)]


@command("ACL GENPASS", "[bits:integer]", arity=-2, flags=_OWN, since="6.0.0", complexity="O(1)")
def acl_genpass(ctx: Context, args: Args) -> Reply:
    """Make up a password of hexadecimal digits, worth 256 bits or as many as asked for."""
    _at_most(args.argv, 3)
    bits = args.integer() if args else USUAL_BITS
    if not 0 < bits <= MOST_BITS:
        raise CommandError(GENPASS_BITS.format(MOST_BITS))
    return ctx.state.users.random_digits((bits + 3) // 4)


@command("ACL DRYRUN", "username:string command:string [arg:string [arg ...]]", arity=-4,
         flags=_ADMIN, since="7.0.0", complexity="O(1)")  # fmt: skip
def acl_dryrun(ctx: Context, argv: list[bytes]) -> Reply:
    """Say whether a user might run a command, which is not run."""
    user, call = ctx.state.users.table.get(argv[2]), argv[3:]
    if user is None:
        raise CommandError(DRYRUN_NO_USER.format(as_text(argv[2])))
    row = find_command(call)
    if row is None or (row.subcommands and len(call) > 1):
        raise CommandError(DRYRUN_NO_COMMAND.format(as_text(call[0])))
    if not row.low <= len(call) <= row.high:
        raise CommandError(WRONG_ARITY.format(row.name))
    denial = acl.check(user, row, call)
    if denial is None:
        return OK
    return acl.in_full(denial, user.name).encode("utf-8", "surrogateescape")


@command("ACL LOG", "[operation=<count:integer | RESET>]", arity=-2, flags=_ADMIN,
         since="6.0.0", complexity="O(N) entries")  # fmt: skip
def acl_log(ctx: Context, args: Args) -> Reply:
    """Return what was refused to whom, the latest first; or forget all of it."""
    _at_most(args.argv, 3)
    users = ctx.state.users
    if args.take(b"RESET"):
        users.log.clear()
        return OK
    count = args.integer() if args else USUAL_ENTRIES
    return [_entry(entry, ctx.now_ms) for entry in users.log[: max(count, 0)]]


def _entry(entry: LogEntry, now_ms: int) -> dict[Reply, Reply]:
    return {
        b"count": entry.count,
        b"reason": entry.reason.encode(),
        b"context": entry.context.encode(),
        b"object": entry.object,
        b"username": entry.username,
        b"age-seconds": (now_ms - entry.updated_ms) / 1000,
        b"client-info": entry.client,
        b"entry-id": entry.number,
        b"timestamp-created": entry.created_ms,
        b"timestamp-last-updated": entry.updated_ms,
    }


@command("ACL LOAD", "", arity=2, flags=_ADMIN, since="6.0.0", complexity="O(N) users")
def acl_load(ctx: Context, argv: list[bytes]) -> Reply:
    """Take all users from the file named by aclfile, or none if anything is wrong in it."""
    acl.load(ctx.state, ctx.client)
    return OK


@command("ACL SAVE", "", arity=2, flags=_ADMIN, since="6.0.0", complexity="O(N) users",
         tips=_EVERY_NODE)  # fmt: skip
def acl_save(ctx: Context, argv: list[bytes]) -> Reply:
    """Write all users to the file named by aclfile."""
    acl.save(ctx.state)
    return OK


@command("ACL HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="6.0.0",
         complexity="O(1)")  # fmt: skip
def acl_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what ACL can do."""
    return help_lines("ACL")


def _at_most(argv: list[bytes], count: int) -> None:
    if len(argv) > count:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "ACL"))
