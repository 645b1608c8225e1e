"""Calls that comparisons leave out: their outcome would tell two servers apart for good.

A reply that differs between versions can be named and passed over (`differences.py`), but
not a change of the data, a notification more or less, or a transaction doomed on one side.
So such calls are not made on that server; each is on the other, or a test elsewhere has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from redlearn.engine.client import Client
from redlearn.engine.command import find_command
from redlearn.engine.engine import Engine
from redlearn.engine.keys import key_positions
from redlearn.engine.notifications import parse_classes
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from tests.oracle.differences import FIELD_COMMANDS, limit_below_zero, names_a_command, with_score

Test = Callable[[list[bytes], Engine, Client], bool]

EXPIRE = (b"EXPIRE", b"PEXPIRE", b"EXPIREAT", b"PEXPIREAT")
SOON_MS = 10_000
HEXPIRE = (b"HEXPIRE", b"HPEXPIRE", b"HEXPIREAT", b"HPEXPIREAT")
HTTL = (b"HTTL", b"HPTTL", b"HEXPIRETIME", b"HPEXPIRETIME")
PAST = (b"0", b"1", b"1000")
"""The moments, and ends of spans, that programs draw and that lie in the past."""


@dataclass(frozen=True)
class Avoided:
    """Calls that are left out.

    Attributes:
        servers: Where they are.
        reason: Why.
        fits: Tells from (argv, the engine and the client before it) whether it is this.
    """

    servers: tuple[str, ...]
    reason: str
    fits: Test


def avoided(server: str, argv: list[bytes], engine: Engine, client: Client) -> bool:
    """Whether a call is left out."""
    return any(each.fits(argv, engine, client) for each in AVOIDED if server in each.servers)


def _asks_the_table(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.upper() for word in argv[:2]]
    return words[0] == b"COMMAND" and (len(argv) < 3 or words[1:] == [b"LIST"])


def _long_index(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() in (b"LSET", b"LREM") and len(b"".join(argv[2:3])) > 9


def _sets_id_back(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() == b"XSETID"


def _long_member_kept_out(argv: list[bytes], engine: Engine, client: Client) -> bool:
    adds = argv[0].upper() in (b"ZADD", b"GEOADD") and len(max(argv, key=len)) > 64
    return adds and any(word.upper() == b"XX" for word in argv)


def _nested(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return client.queue is not None and argv[0].upper() in (b"MULTI", b"WATCH")


def _hello_with_a_name(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.upper() for word in argv]
    return words[0] == b"HELLO" and b"SETNAME" in words and len(words) > 4


def _hello_queued(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return client.queue is not None and argv[0].upper() == b"HELLO"


def _refused_when_queued(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return client.queue is not None and (names_a_command(argv) or with_score(argv))


def _draw_with_stale_keys(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() == b"RANDOMKEY" and _any_stale(engine, client)


def _any_stale(engine: Engine, client: Client) -> bool:
    """Whether a key is past its time, or will be when EXEC runs what is queued now."""
    now_ms = engine.clock.now_ms() + (SOON_MS if client.queue is not None else 0)
    return any(entry.value <= now_ms for entry in client.db.expires)


def _ends_in_the_past(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.upper() for word in argv]
    pairs = zip(words, words[1:], strict=False)
    past = any(word in (b"EXAT", b"PXAT") and after in PAST for word, after in pairs)
    if words[0] in EXPIRE and len(words) > 2:
        past = words[2][:1] == b"-" or words[2] in PAST
    return past and (words[0] == b"SET" or bool(engine.state.config.notify))


def _field_ends_in_the_past(argv: list[bytes], engine: Engine, client: Client) -> bool:
    past = argv[0].upper() in HEXPIRE and len(argv) > 2 and argv[2] in PAST
    return past and bool(engine.state.config.notify)


def _asks_of_a_stale_hash(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() in FIELD_COMMANDS and _any_stale(engine, client)


def _miss_before_the_count(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.upper() for word in argv]
    counted = words[2:4] == [b"FIELDS", b"%d" % (len(argv) - 4)]
    return words[0] in HTTL and not counted and "m" in engine.state.config.notify


def _getex_and_a_miss(argv: list[bytes], engine: Engine, client: Client) -> bool:
    told = "m" in engine.state.config.notify or _any_stale(engine, client)
    return argv[0].upper() == b"GETEX" and len(argv) > 3 and told


def _scan_from_nowhere(argv: list[bytes], engine: Engine, client: Client) -> bool:
    at = {b"SCAN": 1, b"HSCAN": 2, b"SSCAN": 2, b"ZSCAN": 2}.get(argv[0].upper(), len(argv))
    told = "m" in engine.state.config.notify or _any_stale(engine, client)
    return len(argv) > at and argv[at][:1] in (b"-", b"") and told


def _scan_for_a_type(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.upper() for word in argv]
    return words[0] == b"SCAN" and b"TYPE" in words and _any_stale(engine, client)


def _forgets_new_keys(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = [word.lower() for word in argv]
    if words[:2] != [b"config", b"set"] or b"notify-keyspace-events" not in words[2::2]:
        return False
    refused = any(parse_classes(word.decode("latin-1")) is None for word in argv[3::2])
    return refused or len(argv) > 4


def _stored_below_zero(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() == b"ZRANGESTORE" and limit_below_zero(argv)


def _zero_below_zero(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return argv[0].upper() == b"ZADD" and b"-0" in argv[2:]


def _zero_and_a_long_member(argv: list[bytes], engine: Engine, client: Client) -> bool:
    return _zero_below_zero(argv, engine, client) and max(map(len, argv[2:])) > 60


def _long_member_refused(argv: list[bytes], engine: Engine, client: Client) -> bool:
    limit = engine.state.config.number("zset-max-listpack-value")
    words = {word.upper() for word in argv[2:]}
    return argv[0].upper() == b"ZADD" and b"XX" in words and max(map(len, words)) > limit


def _counts_without_an_end(argv: list[bytes], engine: Engine, client: Client) -> bool:
    told = "m" in engine.state.config.notify or _any_stale(engine, client)
    return argv[0].upper() == b"BITCOUNT" and len(argv) == 3 and told


def _range_of_what_is_missing(argv: list[bytes], engine: Engine, client: Client) -> bool:
    if argv[0].upper() not in (b"BITCOUNT", b"BITPOS") or len(argv) < 3:
        return False
    told = "m" in engine.state.config.notify or _any_stale(engine, client)
    missing = client.queue is not None or client.db.value_of(argv[1]) is None
    return told and (missing or _any_stale(engine, client))


def _sorts(argv: list[bytes]) -> bool:
    return len(argv) > 1 and argv[0].upper() in (b"SORT", b"SORT_RO")


def _weighs_nothing(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = {word.upper() for word in argv[2:]}
    if not _sorts(argv) or b"ALPHA" in words:
        return False
    if client.queue is not None:
        return True
    value = client.db.value_of(argv[1])
    if b"BY" in words:
        return any(_holds_nothing(boxed(entry.value)) for entry in client.db.keys)
    members = [*value.items()] if isinstance(value, List) else []
    if isinstance(value, Set):
        members = [*value.members()]
    if isinstance(value, ZSet):
        members = [member for member, _ in value]
    return any(map(_is_no_text, members))


def _is_no_text(weight: bytes) -> bool:
    """Whether it is empty for C, which reads up to a zero byte, or begins with what C skips."""
    return weight[:1] in (b"", b"\0") or weight[:1].isspace()


def _holds_nothing(value: Value) -> bool:
    """Whether a pattern may find an empty weight there."""
    match value:
        case String():
            return _is_no_text(value.data())
        case Hash():
            return any(map(_is_no_text, dict(value).values()))
        case _:
            return False


def _sorts_a_part_of_a_set(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = {word.upper() for word in argv[2:]}
    if not _sorts(argv) or not words & {b"LIMIT", b"STORE"}:
        return False
    ordered = client.queue is None and isinstance(client.db.value_of(argv[1]), List)
    told = "m" in engine.state.config.notify or _any_stale(engine, client)
    return told and b"BY" in words and not ordered


def _makes_a_consumer(argv: list[bytes], engine: Engine, client: Client) -> bool:
    name = argv[0].upper()
    if name in (b"XCLAIM", b"XAUTOCLAIM"):
        keys, (group, consumer) = argv[1:2], [*argv[2:4], b"", b""][:2]
    elif name == b"XREADGROUP":
        words = [word.upper() for word in argv]
        at = words.index(b"GROUP") if b"GROUP" in words[:-2] else 0
        group, consumer = [*argv[at + 1 : at + 3], b"", b""][:2]
        keys = argv[words.index(b"STREAMS") + 1 :] if b"STREAMS" in words else []
    else:
        return False
    found = [client.db.value_of(key) for key in keys]
    groups = [value.groups.find(group) for value in found if isinstance(value, Stream)]
    new = any(each is not None and consumer not in each.consumers for each in groups)
    return new or client.queue is not None or b"BLOCK" in {word.upper() for word in argv}


def _waits_for_several(argv: list[bytes], engine: Engine, client: Client) -> bool:
    command = find_command(argv)
    if command is None or not command.may_block:
        return False
    positions = key_positions(command, argv)
    moves = argv[0].upper() in (b"BLMOVE", b"BRPOPLPUSH")
    return len(positions) > 1 and not moves


def _trims_what_is_waited_for(argv: list[bytes], engine: Engine, client: Client) -> bool:
    words = {word.upper() for word in argv[2:]}
    waited = any(argv[1:2] == [key] for db in engine.state.databases for key in db.waiting)
    return argv[0].upper() == b"XADD" and bool(words & {b"MAXLEN", b"MINID"}) and waited


AVOIDED = (
    Avoided(
        ("valkey",), "Valkey counts the bits from a start on, and tells if the key is not there.",
        _counts_without_an_end,
    ),
    Avoided(
        ("redis",), "7.0 looks for the key before it reads the range, and tells of a miss.",
        _range_of_what_is_missing,
    ),
    Avoided(
        ("valkey",), "An empty weight is 0 in 7.4, and one may begin with blanks; Valkey refuses"
        " both.", _weighs_nothing,
    ),
    Avoided(
        ("redis", "valkey"), "Where weights are alike, buckets decide which of a set's elements"
        " SORT takes, and so which keys it does not find.", _sorts_a_part_of_a_set,
    ),
    Avoided(
        ("redis",), "Since 7.2 a consumer is made when it asks; in 7.0 when it gets something.",
        _makes_a_consumer,
    ),
    Avoided(
        ("redis",), "7.0 serves who waits for several keys from the one that was made, whatever"
        " became of the others.", _waits_for_several,
    ),
    Avoided(
        ("redis",), "An entry that is trimmed as soon as it is added ends a wait in 7.0.",
        _trims_what_is_waited_for,
    ),
    Avoided(("redis",), "7.0 lets XSETID go back below what was deleted.", _sets_id_back),
    Avoided(
        ("valkey",),
        "Valkey's ZADD converts for the sake of a long member that XX then keeps out.",
        _long_member_kept_out,
    ),
    Avoided(
        ("redis",),
        "7.0 takes all 64 bits of LSET's index, where 7.4 takes 32, and the least count of LREM.",
        _long_index,
    ),
    Avoided(
        ("redis", "valkey"), "Each server has its own table of commands.", _asks_the_table,
    ),
    Avoided(
        ("redis", "valkey"), "Servers change the protocol in the middle of EXEC's reply.",
        _hello_queued,
    ),
    Avoided(
        ("redis", "valkey"), "Which of several stale keys a draw meets, and so deletes, is chance.",
        _draw_with_stale_keys,
    ),
    Avoided(
        ("redis", "valkey"), "A refused setting of notify-keyspace-events is undone by way of"
        " its text, which does not tell of n beside A.", _forgets_new_keys,
    ),
    Avoided(
        ("redis",), "7.0 takes HELLO's name before it looks at what follows.",
        _hello_with_a_name,
    ),
    Avoided(
        ("redis",), "What 7.0 wants another number of arguments for dooms a transaction.",
        _refused_when_queued,
    ),
    Avoided(
        ("redis",), "7.0 takes a negative or empty cursor, and finds the key missing or expired.",
        _scan_from_nowhere,
    ),
    Avoided(
        ("redis", "valkey"), "When 7.0 looks for keys of a type, it tells of each that it finds"
        " expired; Valkey leaves stale keys of other types alone.",
        _scan_for_a_type,
    ),
    Avoided(
        ("redis",), "7.0 finds nothing at a LIMIT below 0; 7.4 does, and keeps it.",
        _stored_below_zero,
    ),
    Avoided(
        ("redis",), "A listpack keeps -0 as 0, and 7.0 fills one before it converts.",
        _zero_below_zero,
    ),
    Avoided(
        ("valkey",), "A listpack keeps -0 as 0. Valkey looks for long members before it makes one.",
        _zero_and_a_long_member,
    ),
    Avoided(
        ("valkey",), "A long member makes Valkey convert a set although XX keeps it out.",
        _long_member_refused,
    ),
    Avoided(
        ("valkey",), "MULTI and WATCH inside MULTI doom the transaction in Valkey.", _nested,
    ),
    Avoided(
        ("valkey",), "An end in the past deletes a key, and SET with one stores a key that is found"
        " expired later on. Valkey calls both an expiry, at once.", _ends_in_the_past,
    ),
    Avoided(
        ("valkey",), "HEXPIRE with a moment in the past is told as hdel by 7.4, by Valkey as"
        " hexpired.", _field_ends_in_the_past,
    ),
    Avoided(
        ("valkey",), "Since Valkey reads all arguments before it looks at the key, wrong ones let a"
        " stale hash live on.", _asks_of_a_stale_hash,
    ),
    Avoided(
        ("valkey",), "HTTL looks at its key before it counts the fields; in Valkey a wrong count"
        " hides that there is no such key.", _miss_before_the_count,
    ),
    Avoided(
        ("valkey",), "As Valkey reads GETEX's number first, a wrong one hides that its key is"
        " missing or expired.", _getex_and_a_miss,
    ),
)  # fmt: skip
