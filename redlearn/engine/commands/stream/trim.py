"""Trimming: XTRIM, and the same words within XADD.

    MAXLEN 1000         exactly: the oldest entries go, one by one
    MAXLEN ~ 1000       whole nodes only: cheaper, and leaves up to a node more
    MINID 5-0           what is older than an ID
    ... ~ 1000 LIMIT 50 gives up before more than 50 entries are gone

Source: `t_stream.c` streamParseAddOrTrimArgsOrReply, xtrimCommand.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.stream.ids import read_exact_id
from redlearn.engine.context import Context
from redlearn.engine.structures.stream_node import MAX_ID, id_text
from redlearn.engine.values.stream import Stream
from redlearn.errors import (
    LIMIT_NEGATIVE,
    LIMIT_WITHOUT_STRATEGY,
    LIMIT_WITHOUT_TILDE,
    MAXLEN_AND_MINID,
    MAXLEN_NEGATIVE,
    NO_TRIM_STRATEGY,
    SYNTAX,
    CommandError,
)
from redlearn.resp.reply import Reply

NODES_AT_ONCE: Final = 100
MOST_AT_ONCE: Final = 1_000_000
USUAL_AT_ONCE: Final = 10_000


class Trim:
    """How to trim.

    Attributes:
        by: b"MAXLEN" or b"MINID"; b"" for not at all.
        threshold: The length or the ID.
        exact: Whether nodes may be broken up.
        limit: Most entries to take out; 0 for any. None if it was not said.
    """

    __slots__ = ("by", "exact", "limit", "threshold")

    def __init__(self) -> None:
        self.by = b""
        self.threshold = 0
        self.exact = True
        self.limit: int | None = None

    def read_option(self, args: Args) -> bool:
        """Take one option off `args`; False if the next word is none."""
        if len(args) < 2:
            return False
        word = args.word()
        if word in (b"MAXLEN", b"MINID"):
            args.next()
            self._read_threshold(word, args)
            return True
        if word == b"LIMIT":
            args.next()
            self.limit = args.integer()
            if self.limit < 0:
                raise CommandError(LIMIT_NEGATIVE)
            return True
        return False

    def _read_threshold(self, word: bytes, args: Args) -> None:
        if self.by:
            raise CommandError(MAXLEN_AND_MINID)
        self.exact = True
        if len(args) > 1 and args.peek() in (b"~", b"="):
            self.exact = args.next() == b"="
        if word == b"MINID":
            self.threshold = read_exact_id(args.next())
        else:
            self.threshold = args.integer()
            if self.threshold < 0:
                raise CommandError(MAXLEN_NEGATIVE)
        self.by = word

    def settle(self, ctx: Context, *, wanted: bool) -> None:
        """Refuse what does not go together, and set the limit that was not said.

        Args:
            wanted: There has to be something to trim by, as in XTRIM.
        """
        if self.limit and not self.by:
            raise CommandError(LIMIT_WITHOUT_STRATEGY)
        if wanted and not self.by:
            raise CommandError(NO_TRIM_STRATEGY)
        if ctx.client.obeyed:  # what was trimmed is trimmed here just as far
            self.limit = 0
            return
        if self.limit is not None:
            if self.exact:
                raise CommandError(LIMIT_WITHOUT_TILDE)
        elif not self.exact:
            most = NODES_AT_ONCE * ctx.state.kit.stream_node_max_entries
            self.limit = min(most or USUAL_AT_ONCE, MOST_AT_ONCE)

    def apply(self, stream: Stream) -> int:
        """Trim; how many entries went."""
        limit = self.limit or 0
        if self.by == b"MAXLEN":
            return stream.trim_to_length(self.threshold, exact=self.exact, limit=limit)
        return stream.trim_before(self.threshold, exact=self.exact, limit=limit)

    def outcome(self, stream: Stream, words: list[bytes]) -> list[bytes]:
        """The words that trim another stream exactly as far as this one has been now.

        Args:
            words: The options as they were given, which stay as they are otherwise. A LIMIT
                does too: who repeats this passes over it.

        Source: `t_stream.c` streamRewriteApproxSpecifier, streamRewriteTrimArgument.
        """
        at = next(at for at, word in enumerate(words) if word.upper() == self.by)
        if self.by == b"MAXLEN":
            threshold = b"%d" % stream.length
        else:  # of an empty stream everything goes
            first = next((node.entries()[0].id for _, node in stream.nodes), MAX_ID)
            threshold = id_text(first)
        return [*words[: at + 1], b"=", threshold, *words[at + 3 :]]


@command(
    "XTRIM",
    "key (<MAXLEN | MINID@6.2.0> [= | ~] threshold [LIMIT count]@6.2.0)",
    arity=-4,
    flags=Flags.WRITE,
    keys=(Keys(1, "RW delete"),),
    since="5.0.0",
    complexity="O(N) entries taken out, hardly anything for each if whole nodes go",
    tips=("nondeterministic_output",),
)
def xtrim(ctx: Context, argv: list[bytes]) -> Reply:
    """Take the oldest entries out of a stream, by their number or by their IDs."""
    key, args = argv[1], Args(argv, 2)
    trim = Trim()
    while args:
        if not trim.read_option(args):
            raise CommandError(SYNTAX)
    trim.settle(ctx, wanted=True)
    stream = ctx.find(key, Stream)
    if stream is None:
        return 0
    gone = trim.apply(stream)
    ctx.changed(key, "xtrim", gone)
    if gone and not trim.exact:
        ctx.propagate(argv[0], key, *trim.outcome(stream, argv[2:]))
    return gone
