"""INFO, ROLE and LOLWUT: what a server says of itself."""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.engine.info import VERSION, report
from redlearn.engine.replication import CONNECTED
from redlearn.errors import as_text
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply, Verbatim

_STALE = Flags.LOADING | Flags.STALE


@command(
    "INFO", "[section [section ...]]", arity=-1, flags=_STALE, complexity="O(1)",
    categories="@dangerous",
    tips=("nondeterministic_output", "request_policy:all_shards", "response_policy:special"),
)  # fmt: skip
def info(ctx: Context, args: Args) -> Reply:
    """Return what there is to know of the server, in sections."""
    wanted = [as_text(name).lower() for name in args.rest()]
    return Verbatim(report(ctx.state, wanted).encode("utf-8", "surrogateescape"))


@command("ROLE", "", arity=1, flags=_STALE | Flags.NOSCRIPT | Flags.FAST, since="2.8.12",
         complexity="O(1)", categories="@admin @dangerous")  # fmt: skip
def role(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the part a server plays in replication, and how far it has come in it."""
    known = ctx.state.replication
    if known.primary is None:
        followers: list[Reply] = [
            [each.ip.encode(), b"%d" % each.port, b"%d" % each.offset]
            for each in known.replicas
            if each.online
        ]
        return [b"master", known.offset, followers]
    ip, port = known.primary
    offset = known.offset if known.link == CONNECTED else -1
    return [b"slave", ip.encode(), port, known.link.encode(), offset]


WIDEST, TALLEST = 120, 16


@command("LOLWUT", "[VERSION version:integer]", arity=-1, flags=Flags.READONLY | Flags.FAST,
         since="5.0.0", complexity="O(1)")  # fmt: skip
def lolwut(ctx: Context, args: Args) -> Reply:
    """Draw something: the skyline of a skiplist, whose towers a coin has raised."""
    if args.take(b"VERSION") and args:
        args.next()
    columns = 60
    if args and (asked := parse_integer(args.next())) is not None:
        columns = max(1, min(WIDEST, asked))
    rows = skyline(columns, ctx.now_ms)
    last = f"Towers of a skiplist, each floor at a chance of one in four. Redis ver. {VERSION}"
    return Verbatim("".join(f"{row}\n" for row in [*rows, "", last]).encode())


def skyline(columns: int, seed: int) -> list[str]:
    """Towers side by side, with the lanes that join those of the same height. O(columns)."""
    heights = []
    for _ in range(columns):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64  # Knuth's MMIX
        coin, height = seed >> 16, 1
        while coin % 4 == 0 and height < TALLEST:
            coin, height = coin // 4, height + 1
        heights.append(height)
    return [
        "".join("#" if height >= floor else "-" for height in heights)
        for floor in range(max(heights), 0, -1)
    ]
