"""CONFIG: reading and changing parameters while the engine runs."""

from __future__ import annotations

from redlearn.engine import clients
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command, container, help_lines
from redlearn.engine.config import ALIASES, PARAMETERS, BadSetting, Parameter, Setting, parameter
from redlearn.engine.context import Context
from redlearn.engine.state import State
from redlearn.engine.structures.glob import matches
from redlearn.errors import CONFIG_FAILED, CONFIG_UNKNOWN, SYNTAX, CommandError, as_text
from redlearn.resp.reply import OK, Reply

_ADMIN = Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE

container("CONFIG", "server", since="2.0.0", complexity="as the subcommand")


@command("CONFIG GET", "parameter [parameter ...]", arity=-3, flags=_ADMIN, since="2.0.0",
         complexity="O(N) parameters and patterns")  # fmt: skip
def config_get(ctx: Context, args: Args) -> Reply:
    """Return the parameters that match any of the patterns, with their values."""
    shown: dict[str, tuple[bytes, str]] = {}  # lower-case name -> as it is shown, parameter
    for pattern in args.rest():
        if not any(sign in pattern for sign in b"[*?"):
            name = as_text(pattern)
            if (row := parameter(name)) is not None:
                shown.setdefault(name.lower(), (pattern, row.name))
            continue
        for name, of in _NAMES.items():
            if name not in shown and matches(pattern.lower(), name.encode()):
                shown[name] = (name.encode(), of)
    show = ctx.state.config.show
    return {name: show(of).encode("latin-1") for name, of in shown.values()}


_NAMES = {**{name: name for name, row in PARAMETERS.items() if not row.hidden}, **ALIASES}
"""Every name that a pattern may match, with the parameter it means."""


@command(
    "CONFIG SET", "parameter value [parameter value ...]", arity=-4, flags=_ADMIN,
    since="2.0.0", complexity="O(N) parameters",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)  # fmt: skip
def config_set(ctx: Context, args: Args) -> Reply:
    """Change parameters: all of them, or none if any is refused."""
    if len(args) % 2:
        raise CommandError(SYNTAX)
    pairs = [(as_text(args.next()), args.next()) for _ in range(len(args) // 2)]
    chosen: dict[str, tuple[Parameter, bytes]] = {}
    for name, text in pairs:
        row = parameter(name)
        if row is None:
            raise CommandError(CONFIG_UNKNOWN.format(name))
        refusal = _refusal(ctx, row, name.lower() in chosen)
        if refusal:
            raise CommandError(CONFIG_FAILED.format(name, refusal))
        chosen[name.lower()] = (row, text)
    wanted = [(row, _read(row, name, text)) for name, (row, text) in chosen.items()]
    for row, value in wanted:
        if refusal := ctx.state.edge.refusal(row.name, row.show(value)):
            raise CommandError(CONFIG_FAILED.format(row.name, refusal))
    for row, value in wanted:
        if refusal := ctx.state.store.refusal(row.name, value):
            raise CommandError(CONFIG_FAILED.format(row.name, refusal))
    _change(ctx.state, wanted)
    clients.be_alert(ctx.state)
    return OK


def _change(state: State, wanted: list[tuple[Parameter, Setting]]) -> None:
    """Set parameters, and have them carried out; as they were before if that is not possible."""
    before = [(row, state.config.value(row.name)) for row, _ in wanted]
    for row, value in wanted:
        state.configure(row, value)
    names = [row.name for row, _ in wanted]
    failed = state.edge.take_over(state.config, names)
    if failed is not None:
        for row, value in before:
            state.configure(row, value)
        state.edge.take_over(state.config, names)
        raise CommandError(CONFIG_FAILED.format(*failed))


def _refusal(ctx: Context, row: Parameter, again: bool) -> str:
    """Why a parameter may not be set now, whatever the value; "" if it may."""
    if row.immutable:
        return "can't set immutable config"
    if row.protected and not _is_allowed(ctx):
        return "can't set protected config"
    return "duplicate parameter" if again else ""


def _is_allowed(ctx: Context) -> bool:
    """Whether this client may set what is protected (`config.c allowProtectedAction`)."""
    allowed = ctx.state.config.text("enable-protected-configs")
    return allowed == "yes" or (allowed == "local" and ctx.client.is_local)


@command("CONFIG RESETSTAT", "", arity=2, flags=_ADMIN, since="2.0.0", complexity="O(1)",
         tips=("request_policy:all_nodes", "response_policy:all_succeeded"))  # fmt: skip
def config_resetstat(ctx: Context, argv: list[bytes]) -> Reply:
    """Count from zero again what INFO counts."""
    ctx.state.reset_counts()
    return OK


@command("CONFIG REWRITE", "", arity=2, flags=_ADMIN, since="2.8.0", complexity="O(1)",
         tips=("request_policy:all_nodes", "response_policy:all_succeeded"))  # fmt: skip
def config_rewrite(ctx: Context, argv: list[bytes]) -> Reply:
    """Write the parameters as they are now into the file they came from."""
    ctx.state.edge.rewrite(ctx.state.config)
    return OK


@command("CONFIG HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="5.0.0",
         complexity="O(1)")  # fmt: skip
def config_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what CONFIG can do."""
    return help_lines("CONFIG")


def _read(row: Parameter, shown: str, text: bytes) -> Setting:
    """A parameter's value; like any string of C's it ends where a NUL byte is."""
    try:
        return row.read(text.split(b"\0", 1)[0].decode("latin-1"))
    except BadSetting as reason:
        raise CommandError(CONFIG_FAILED.format(shown, reason)) from None
