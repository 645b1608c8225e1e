"""CONFIG: reading and changing parameters while the engine runs."""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.config import ALIASES, PARAMETERS, BadSetting, Parameter, Setting, parameter
from redlearn.engine.context import Context
from redlearn.engine.structures.glob import matches
from redlearn.errors import CONFIG_FAILED, CONFIG_UNKNOWN, SYNTAX, CommandError, as_text
from redlearn.resp.reply import OK, Reply

_ADMIN = Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE

container("CONFIG", "server", since="2.0.0", complexity="as the subcommand")


@command("CONFIG GET", "parameter [parameter ...]", arity=-3, flags=_ADMIN, since="2.0.0",
         complexity="O(N) parameters and patterns")  # fmt: skip
def config_get(ctx: Context, args: Args) -> Reply:
    """Return the parameters that match any of the patterns, with their values."""
    patterns = [pattern.lower() for pattern in args.rest()]
    shown: dict[Reply, Reply] = {}
    for name, row in [*PARAMETERS.items(), *((a, PARAMETERS[n]) for a, n in ALIASES.items())]:
        if any(matches(pattern, name.encode()) for pattern in patterns):
            shown[name.encode()] = ctx.state.config.show(row.name).encode("latin-1")
    return shown


@command(
    "CONFIG SET", "parameter value [parameter value ...]", arity=-4, flags=_ADMIN,
    since="2.0.0", complexity="O(N) parameters",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)  # fmt: skip
def config_set(ctx: Context, args: Args) -> Reply:
    """Change parameters: all of them, or none if any is refused."""
    if len(args) % 2:
        raise CommandError(SYNTAX)
    wanted: dict[str, tuple[Parameter, Setting]] = {}
    pairs = [(args.next(), args.next()) for _ in range(len(args) // 2)]
    rows: list[tuple[Parameter, str, bytes]] = []
    for name, text in pairs:
        shown = as_text(name)
        row = parameter(shown)
        if row is None:
            raise CommandError(CONFIG_UNKNOWN.format(shown))
        if row.immutable:
            raise CommandError(CONFIG_FAILED.format(shown, "can't set immutable config"))
        if any(row is other for other, _, _ in rows):
            raise CommandError(CONFIG_FAILED.format(shown, "duplicate parameter"))
        rows.append((row, shown, text))
    for row, shown, text in rows:
        wanted[row.name] = (row, _read(row, shown, text))
    for row, value in wanted.values():
        ctx.state.configure(row, value)
    return OK


@command("CONFIG HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="5.0.0",
         complexity="O(1)")  # fmt: skip
def config_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CONFIG can do."""
    return help_lines("CONFIG")


def _read(row: Parameter, shown: str, text: bytes) -> Setting:
    try:
        return row.read(text.decode("latin-1"))
    except BadSetting as reason:
        raise CommandError(CONFIG_FAILED.format(shown, reason)) from None
