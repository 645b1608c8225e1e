"""Sizes: the N, M and K of a command's cost, counted on the data as it is.

    O(log N + M)      ZRANGE board 60 90 BYSCORE      N=5, M=3

What is counted is what the command would visit or give. Nothing is run, nothing is touched,
and where only running could tell, the letter is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from redlearn.engine.args import Args
from redlearn.engine.command import Command
from redlearn.engine.commands.zset.ranges import clamp, parse_members, parse_scores
from redlearn.engine.values import String, ZSet
from redlearn.engine.values.value import Value
from redlearn.errors import LIMIT_BY_RANK, NOT_AN_INTEGER, CommandError
from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.integer import parse_integer

Sizes = dict[str, int]


@dataclass(frozen=True, slots=True)
class Call:
    """A command as far as it is typed.

    Attributes:
        argv: All words, the name included.
        complete: Whether it could be sent as it is.
        around: The data it would meet.
    """

    argv: list[bytes]
    complete: bool
    around: Surroundings

    def value(self, at: int) -> Value | None:
        """The value whose key is word number `at`."""
        return self.around.value(self.argv[at]) if at < len(self.argv) else None

    def size(self, at: int) -> int:
        """How large that value is; 0 if there is none."""
        value = self.value(at)
        return 0 if value is None else len(value)

    def number(self, at: int) -> int | None:
        """Word number `at` as an integer, if it is one."""
        return parse_integer(self.argv[at]) if at < len(self.argv) else None


def sizes(command: Command, call: Call) -> Sizes:
    """The letters of the command's cost that can be told, in the order in which they are said.

    Total: a call that would be refused has no sizes.
    """
    count = COUNTERS.get(command.name)
    if count is None:
        return {}
    try:
        return count(call)
    except (CommandError, IndexError):
        return {}


def _elements(call: Call) -> Sizes:
    """N elements in the value."""
    value = call.value(1)
    return {} if value is None or isinstance(value, String) else {"N": len(value)}


def _keys_named(call: Call) -> Sizes:
    return {"N": len(call.argv) - 1} if call.complete else {}


def _pairs_named(call: Call) -> Sizes:
    return {"N": (len(call.argv) - 1) // 2} if call.complete else {}


def _deleted(call: Call) -> Sizes:
    found = _keys_named(call)
    value = call.value(1)
    if len(call.argv) == 2 and value is not None and not isinstance(value, String):
        found["M"] = len(value)
    return found


def _keys_here(call: Call) -> Sizes:
    return {"N": len(call.around.database)}


def _keys_everywhere(call: Call) -> Sizes:
    return {"N": sum(len(database) for database in call.around.state.databases)}


def _drawn(call: Call) -> Sizes:
    """N elements given, by chance: of a negative count the same may come again."""
    count = call.number(2) if len(call.argv) > 2 else 1
    if count is None or not call.size(1):
        return {}
    return {"N": -count if count < 0 else min(count, call.size(1))}


def _bytes_given(call: Call) -> Sizes:
    (start, end), size = _ends(call, 2), call.size(1)
    if start < 0 and end < 0 and start > end:
        return {"N": 0}
    end = max(end + size, 0) if end < 0 else min(end, size - 1)
    start = max(start + size, 0) if start < 0 else start
    return {"N": max(0, min(end + 1, size) - start)}


def _bytes_of_range(call: Call) -> Sizes:
    """The bytes between BITCOUNT's or BITPOS's ends, which may count bits."""
    first = 3 if call.argv[0].upper() == b"BITPOS" else 2
    size, ends = call.size(1), [Args([word], at=0).integer() for word in call.argv[first:][:2]]
    if not call.complete:
        return {}
    unit = 8 if call.argv[first + 2 :][:1] and call.argv[first + 2].upper() == b"BIT" else 1
    total = size * unit
    start, end = clamp(ends[0] if ends else 0, ends[1] if len(ends) > 1 else -1, total)
    return {"N": (end - 1) // unit - start // unit + 1 if start < end else 0}


def _bytes_written(call: Call) -> Sizes:
    return {"M": len(call.argv[3])}


def _two_strings(call: Call) -> Sizes:
    return {"N": call.size(1), "M": call.size(2)} if call.complete else {}


def _bytes_of_key(call: Call) -> Sizes:
    return {"N": len(call.argv[2])}


def _inputs(first: int) -> Callable[[Call], Sizes]:
    """K inputs, the largest of which has N members; `first` is where their number stands."""

    def count(call: Call) -> Sizes:
        named = call.number(first)
        if named is None or not 0 < named < len(call.argv) - first:
            return {}
        return {"K": named, "N": max(call.size(first + 1 + index) for index in range(named))}

    return count


def _sets(first: int, largest: Callable[[Iterable[int]], int]) -> Callable[[Call], Sizes]:
    """K sets from word `first` on, and N of their members, all together or of the smallest."""

    def count(call: Call) -> Sizes:
        sizes = [call.size(at) for at in range(first, len(call.argv))]
        if not call.complete or not sizes:
            return {}
        found = {"N": largest(sizes)}
        return {**found, "K": len(sizes)} if largest is not sum else found

    return count


def _sets_numbered(call: Call) -> Sizes:
    named = call.number(1)
    if named is None or not 0 < named < len(call.argv) - 1:
        return {}
    return {"N": min(call.size(2 + index) for index in range(named)), "K": named}


def _keys_waited_for(letter: str) -> Callable[[Call], Sizes]:
    return lambda call: {letter: len(call.argv) - 2} if call.complete else {}


def _keys_asked_second(call: Call) -> Sizes:
    named = call.number(2)
    return {} if named is None or named <= 0 else {"K": named}


def _popped(call: Call) -> Sizes:
    count = call.number(2) if len(call.argv) > 2 else 1
    return {} if count is None or count < 0 else {"N": min(count, call.size(1))}


def _elements_given(call: Call) -> Sizes:
    """The elements between LRANGE's ends."""
    if isinstance(call.value(1), String):
        return {}
    start, stop = clamp(*_ends(call, 2), call.size(1))
    return {"N": max(0, stop - start)}


def _elements_cut(call: Call) -> Sizes:
    """The elements outside of LTRIM's ends."""
    given = _elements_given(call)
    return {"N": call.size(1) - given["N"]} if given else {}


def _keys_asked(call: Call) -> Sizes:
    named = call.number(1)
    return {} if named is None or named <= 0 else {"K": named}


def _range(kind: str, key_at: int = 1) -> Callable[[Call], Sizes]:
    """N members, M of them in the range.

    Args:
        kind: "ranks", "scores", "lex", or "options" where the arguments say which.
        key_at: Where the key stands; the range follows it.
    """

    def count(call: Call) -> Sizes:
        value = call.value(key_at)
        if not isinstance(value, ZSet):
            return {}
        found = {"N": len(value)}
        if call.complete:
            with suppress(CommandError):
                found["M"] = _in_range(value, call, kind, key_at)
        return found

    return count


def _in_range(value: ZSet, call: Call, kind: str, key_at: int) -> int:
    low, high = call.argv[key_at + 1], call.argv[key_at + 2]
    options = [word.upper() for word in call.argv[key_at + 3 :]]
    reverse = kind.startswith("falling ") or (b"REV" in options and kind == "options")
    kind = kind.removeprefix("falling ")
    if kind == "options":
        kind = "scores" if b"BYSCORE" in options else "lex" if b"BYLEX" in options else "ranks"
    if kind == "ranks":
        if b"LIMIT" in options:
            raise CommandError(LIMIT_BY_RANK)
        start, stop = clamp(*_ends(call, key_at + 1), len(value))
        return max(0, stop - start)
    if reverse:
        low, high = high, low
    if kind == "scores":
        total = value.count_in_scores(parse_scores(low, high))
    else:
        total = value.count_in_lex(parse_members(low, high))
    return _limited(total, options)


def _limited(total: int, options: list[bytes]) -> int:
    """How many of `total` are left by `LIMIT offset count`, where that is among the options."""
    if b"LIMIT" not in options:
        return total
    at = options.index(b"LIMIT")
    limits = Args(options[at + 1 : at + 3], at=0)
    offset, count = limits.integer(), limits.integer()
    if offset < 0:
        raise CommandError(NOT_AN_INTEGER)  # what comes of it depends on the encoding
    left = max(0, total - offset)
    return left if count < 0 else min(left, count)


def _ends(call: Call, at: int) -> tuple[int, int]:
    ends = Args(call.argv[at : at + 2], at=0)
    return ends.integer(), ends.integer()


ONE_VALUE = """
    copy hexists hget hgetall hincrby hincrbyfloat hkeys hmset hscan hset hsetnx hstrlen hvals
    lindex lrem lset sadd sismember smembers smismember smove srem sscan
    zadd zincrby zpopmax zpopmin zrank zrem zrevrank zscan zscore
"""
COUNTERS: dict[str, Callable[[Call], Sizes]] = {
    **dict.fromkeys(ONE_VALUE.split(), _elements),
    **dict.fromkeys(["exists", "mget", "touch", "unlink"], _keys_named),
    **dict.fromkeys(["mset", "msetnx"], _pairs_named),
    "del": _deleted,
    **dict.fromkeys(["flushdb", "keys", "scan"], _keys_here),
    **dict.fromkeys(["flushall", "save"], _keys_everywhere),
    **dict.fromkeys(["hrandfield", "srandmember", "zrandmember"], _drawn),
    **dict.fromkeys(["getrange", "substr"], _bytes_given),
    "setrange": _bytes_written,
    "lcs": _two_strings,
    "cluster|keyslot": _bytes_of_key,
    **dict.fromkeys(["zdiff", "zinter", "zintercard", "zunion"], _inputs(1)),
    **dict.fromkeys(["zdiffstore", "zinterstore", "zunionstore"], _inputs(2)),
    **dict.fromkeys(["lmpop", "zmpop"], _keys_asked),
    **dict.fromkeys(["blmpop", "bzmpop"], _keys_asked_second),
    **dict.fromkeys(["blpop", "brpop"], _keys_waited_for("N")),
    **dict.fromkeys(["bzpopmax", "bzpopmin"], _keys_waited_for("K")),
    **dict.fromkeys(["bitcount", "bitpos"], _bytes_of_range),
    "bitop": _sets(3, max),
    **dict.fromkeys(["lpop", "rpop"], _popped),
    "lrange": _elements_given,
    "ltrim": _elements_cut,
    **dict.fromkeys(["sdiff", "sunion"], _sets(1, sum)),
    **dict.fromkeys(["sdiffstore", "sunionstore"], _sets(2, sum)),
    "sinter": _sets(1, min),
    "sinterstore": _sets(2, min),
    "sintercard": _sets_numbered,
    "zrange": _range("options"),
    "zrangestore": _range("options", key_at=2),
    "zrevrange": _range("ranks"),
    "zremrangebyrank": _range("ranks"),
    **dict.fromkeys(["zcount", "zrangebyscore", "zremrangebyscore"], _range("scores")),
    "zrevrangebyscore": _range("falling scores"),
    **dict.fromkeys(["zlexcount", "zrangebylex", "zremrangebylex"], _range("lex")),
    "zrevrangebylex": _range("falling lex"),
}
"""What to count, by the command's name. Commands of constant cost are not here."""
