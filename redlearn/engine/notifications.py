"""Keyspace notifications: telling subscribers which key changed, and how.

`notify-keyspace-events` chooses classes of events by letters (`g` generic, `$` string,
`h` hash, `z` sorted set, `x` expired ...; `A` is nearly all) and the channels to use:
`K` publishes `__keyspace@0__:key` with the event as message, `E` publishes
`__keyevent@0__:event` with the key as message. Without K or E nothing is published.

Source: `notify.c`.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event

CLASSES = "g$lshzxeKEtmdn"
ALL = "g$lshzxetd"
"""What the letter A stands for: everything but `m` (a miss), `n` (a new key), K and E."""

_STRING = "set setrange append incrby incrbyfloat setbit pfadd"
_HASH = "hset hincrby hincrbyfloat hdel hexpire hexpired hpersist"
_ZSET = (
    "zadd zincr zrem zremrangebyrank zremrangebyscore zremrangebylex zpopmin zpopmax "
    "zunionstore zinterstore zdiffstore zrangestore geosearchstore georadiusstore"
)
_LIST = "lpush rpush lpop rpop linsert lset lrem ltrim sortstore"
_SET = "sadd srem spop sinterstore sunionstore sdiffstore"
_STREAM = (
    "xadd xtrim xdel xsetid xgroup-create xgroup-setid xgroup-destroy xgroup-createconsumer "
    "xgroup-delconsumer"
)

_CLASS_OF = {
    name: letter
    for letter, names in (
        ("$", _STRING), ("h", _HASH), ("z", _ZSET), ("l", _LIST), ("s", _SET), ("t", _STREAM),
        ("x", "expired"), ("e", "evicted"), ("m", "keymiss"), ("n", "new"),
    )
    for name in names.split()
}  # fmt: skip


def class_of(event: str) -> str:
    """The letter of an event's class; events of no type's own (del, rename ...) are `g`."""
    return _CLASS_OF.get(event, "g")


def parse_classes(text: str) -> frozenset[str] | None:
    """The classes that a value of notify-keyspace-events turns on; None if it has a bad letter.

    >>> sorted(parse_classes("Kx") or ())
    ['K', 'x']
    """
    if any(letter not in CLASSES + "A" for letter in text):
        return None
    chosen = set(text.replace("A", ALL))
    return frozenset(chosen)


def print_classes(chosen: frozenset[str]) -> str:
    """The value CONFIG GET shows: A where it fits, the letters in Redis's order.

    As in Redis, an A hides the n of a new key, although A does not include it.
    """
    head = "A" if chosen >= set(ALL) else "".join(c for c in ALL + "n" if c in chosen)
    return head + "".join(letter for letter in "KEm" if letter in chosen)


def messages(db: int, key: bytes, event: str, chosen: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """The (channel, message) pairs to publish for one event, in order."""
    if class_of(event) not in chosen:
        return []
    published = []
    if "K" in chosen:
        published.append((b"__keyspace@%d__:%s" % (db, key), event.encode()))
    if "E" in chosen:
        published.append((b"__keyevent@%d__:%s" % (db, event.encode()), key))
    return published


@dataclass(frozen=True, slots=True)
class Notified(Event):
    """A keyspace notification was published on `channel`."""

    channel: bytes
    message: bytes
