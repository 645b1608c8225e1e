"""Looking for keys: all of them, some of them, one of them.

KEYS and SCAN both walk the buckets of the database's hash table. KEYS does it in one go,
and nobody else is served meanwhile; SCAN in as many calls as the client likes.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.scanning import is_listed, page, parse_cursor, parse_options
from redlearn.engine.structures.glob import Glob
from redlearn.engine.values.picking import scan_table
from redlearn.resp.reply import Reply


@command(
    "KEYS",
    "pattern",
    arity=2,
    flags=Flags.READONLY,
    since="1.0.0",
    complexity="O(N), N being the number of keys in the database",
    categories="@dangerous",
    tips=("request_policy:all_shards", "nondeterministic_output_order"),
)
def keys(ctx: Context, argv: list[bytes]) -> Reply:
    """List all keys whose names a pattern describes."""
    glob = Glob(argv[1])
    entries = ctx.db.keys.entries()
    if not glob.everything:
        entries = [entry for entry in entries if glob.matches(entry.key)]
    if ctx.db.mortal:  # stale keys are left out, but not deleted: this only reads
        entries = [entry for entry in entries if not _is_stale(ctx, entry.key)]
    if ctx.state.coming:
        entries = [entry for entry in entries if not ctx.state.is_coming(entry.key)]
    return [entry.key for entry in entries]


def _is_stale(ctx: Context, key: bytes) -> bool:
    at_ms = ctx.db.expiry_of(key)
    return at_ms != NO_EXPIRY and at_ms <= ctx.now_ms


@command(
    "SCAN",
    "cursor [MATCH pattern] [COUNT count] [TYPE type]@6.0.0",
    arity=-2,
    flags=Flags.READONLY,
    since="2.8.0",
    complexity="O(1) for each call, O(N) for all of them together",
    tips=("nondeterministic_output", "request_policy:special", "response_policy:special"),
)
def scan(ctx: Context, args: Args) -> Reply:
    """List some of the keys, and give the cursor with which to ask for the next ones."""
    cursor = parse_cursor(args.next())
    options = parse_options(args, "SCAN")
    cursor, entries = scan_table(ctx.db.keys, cursor, options.count)
    return page(cursor, [entry.key for entry in entries if is_listed(ctx, entry, options)])


@command(
    "RANDOMKEY",
    "",
    arity=1,
    flags=Flags.READONLY,
    since="1.0.0",
    complexity="O(1)",
    tips=("request_policy:all_shards", "response_policy:special", "nondeterministic_output"),
)
def randomkey(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the name of a key drawn by chance, or nil from an empty database."""
    keys = ctx.db.keys
    while ctx.state.listed(ctx.db, keys):
        key = keys.fair_random_entry(ctx.state.chance.sampling).key
        if not ctx.state.is_coming(key) and ctx.alive(key):
            return key
    return None
