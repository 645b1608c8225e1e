"""LATENCY: what took longer than latency-monitor-threshold, and how long commands take at all.

Sources: `latency.c`, `sparkline.c`.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import COMMANDS, Flags, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.stats import Series
from redlearn.errors import NO_SAMPLES, CommandError, as_text
from redlearn.resp.reply import Reply, Verbatim

_STALE = Flags.LOADING | Flags.STALE
_ADMIN = Flags.ADMIN | Flags.NOSCRIPT | _STALE
_TIPS = ("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")

container("LATENCY", "server", since="2.8.13")


@command("LATENCY LATEST", "", arity=2, flags=_ADMIN, since="2.8.13", complexity="O(1)",
         tips=_TIPS)  # fmt: skip
def latest(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the last sample of each event: when, how long, and the longest ever."""
    return [
        [event.encode(), *series.samples[-1], series.highest]
        for event, series in ctx.state.stats.latency.items()
    ]


@command("LATENCY HISTORY", "event", arity=3, flags=_ADMIN, since="2.8.13", complexity="O(1)",
         tips=_TIPS)  # fmt: skip
def history(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the samples of an event, the oldest first: when, and how long."""
    series = ctx.state.stats.latency.get(as_text(argv[2]))
    return [] if series is None else [[at_s, ms] for at_s, ms in series.samples]


@command("LATENCY RESET", "[event [event ...]]", arity=-2, flags=_ADMIN, since="2.8.13",
         complexity="O(1)",
         tips=("request_policy:all_nodes", "response_policy:agg_sum"))  # fmt: skip
def reset(ctx: Context, args: Args) -> Reply:
    """Forget the samples of events, or of all; how many events that were."""
    known = ctx.state.stats.latency
    names = [as_text(name) for name in args.rest()] or list(known)
    return sum(known.pop(name, None) is not None for name in names)


@command("LATENCY GRAPH", "event", arity=3, flags=_ADMIN, since="2.8.13", complexity="O(1)",
         tips=_TIPS)  # fmt: skip
def graph(ctx: Context, argv: list[bytes]) -> Reply:
    """Draw the samples of an event, each with its age below."""
    event = as_text(argv[2])
    series = ctx.state.stats.latency.get(event)
    if series is None:
        raise CommandError(NO_SAMPLES.format(event))
    durations = [ms for _, ms in series.samples]
    head = (
        f"{event} - high {max(durations)} ms, low {min(durations)} ms"
        f" (all time high {series.highest} ms)"
    )
    ages = [age(ctx.now_ms // 1000 - at_s) for at_s, _ in series.samples]
    rows = [head, "-" * COLUMNS]
    for at in range(0, len(durations), COLUMNS):
        rows += sparkline(durations, ages, at)
    return Verbatim("".join(f"{row}\n" for row in rows).encode())


COLUMNS = 80
ROWS = 4
FILLING = "_o#"
"""A cell that is filled a little, half, and whole."""


def age(seconds: int) -> str:
    """How long ago, in the largest unit that fits.

    >>> [age(seconds) for seconds in (5, 90, 7300, 200_000)]
    ['5s', '1m', '2h', '2d']
    """
    for unit, length, below in (("s", 1, 60), ("m", 60, 3600), ("h", 3600, 86400)):
        if seconds < below:
            return f"{seconds // length}{unit}"
    return f"{seconds // 86400}d"


def sparkline(values: list[int], labels: list[str], start: int) -> list[str]:
    """Bars for a screen's width of values, with their labels downwards below.

    Source: `sparkline.c` sparklineRenderRange.
    """
    low, span = min(values), max(max(values) - min(values), 1)
    steps = len(FILLING) * ROWS
    chosen = list(zip(values, labels, strict=True))[start : start + COLUMNS]
    heights = [min(steps - 1, (value - low) * steps // span) for value, _ in chosen]
    rows = []
    for row in range(ROWS):
        floor = (ROWS - row - 1) * len(FILLING)
        rows.append("".join(_cell(height - floor) for height in heights))
    for at in range(max(len(label) for _, label in chosen)):
        rows.append("".join(label[at : at + 1] or " " for _, label in chosen))
    return rows


def _cell(height: int) -> str:
    if height < 0:
        return " "
    return FILLING[height] if height < len(FILLING) else "|"


@command("LATENCY DOCTOR", "", arity=2, flags=_ADMIN, since="2.8.13", complexity="O(1)",
         tips=_TIPS)  # fmt: skip
def doctor(ctx: Context, argv: list[bytes]) -> Reply:
    """Say in words what took long, and what to look at."""
    config, known = ctx.state.config, ctx.state.stats.latency
    if not config.number("latency-monitor-threshold"):
        return Verbatim(
            b"Nothing is measured: latency-monitor-threshold is 0. CONFIG SET "
            b"latency-monitor-threshold 100 keeps what takes 100 ms or longer.\n"
        )
    if not known:
        return Verbatim(b"Nothing has taken longer than latency-monitor-threshold.\n")
    lines = [_finding(event, series) for event, series in known.items()]
    lines.append("SLOWLOG GET tells which commands took long, and with what arguments.")
    return Verbatim("".join(f"{line}\n" for line in lines).encode())


def _finding(event: str, series: Series) -> str:
    durations = [ms for _, ms in series.samples]
    mean = sum(durations) / len(durations)
    return (
        f"{event}: {len(durations)} times too long, {mean:.0f} ms on the average,"
        f" {series.highest} ms at the most. {_ADVICE.get(event, '')}"
    )


_ADVICE = {
    "command": "Commands over many elements make all others wait: ask for less at a time.",
    "fast-command":
        "Commands that take O(1) were slow: the machine was busy, or the arguments were huge.",
    "expire-cycle": "Many keys end in the same moment: spread their ends over time.",
    "expire-del": "Large values end: lazyfree-lazy-expire, or smaller values.",
    "eviction-cycle": "Many keys have to make room at once: more memory, or smaller values.",
    "eviction-del": "Large values have to make room: smaller values.",
    "fork": "The process is large, so that copying its page tables takes long.",
}  # fmt: skip
"""What to do, by event."""


@command("LATENCY HISTOGRAM", "[command [command ...]]", arity=-2, flags=_ADMIN, since="7.0.0",
         complexity="O(N) commands", tips=_TIPS)  # fmt: skip
def histogram(ctx: Context, args: Args) -> Reply:
    """Return how many calls of each command took no longer than so many microseconds."""
    tallies = ctx.state.stats.commands
    asked = [as_text(name).lower() for name in args.rest()]
    names = list(tallies) if not asked else [each for name in asked for each in _known(name)]
    return {
        name.encode(): {
            b"calls": sum(tallies[name].spread.values()),
            b"histogram_usec": dict(tallies[name].cumulative()),
        }
        for name in names
        if name in tallies and tallies[name].spread
    }


def _known(name: str) -> list[str]:
    """A command's own name and those of its subcommands; a subcommand is written `a|b`."""
    row = COMMANDS.get(name.encode("utf-8", "surrogateescape").upper())
    subs = [] if row is None else [sub.name for sub in row.subcommands.values()]
    return [name, *subs]


@command("LATENCY HELP", "", arity=2, flags=_STALE, since="2.8.13", complexity="O(1)")
def latency_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what LATENCY can do."""
    return help_lines("LATENCY")
