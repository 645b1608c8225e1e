"""What the log is made of: effects as they are passed on, and a dataset made anew."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.effects import EXEC, MULTI, Effect
from redlearn.engine.engine import Engine
from redlearn.persistence.aof_read import Reader
from redlearn.persistence.aof_write import (
    NOTHING_SELECTED,
    Encoder,
    annotation,
    rewritten,
    with_selects,
)
from redlearn.persistence.replay import Replay
from redlearn.resp.encode import encode_command
from tests.oracle.test_payloads import some_value, stream_commands

NOW_MS = 1_700_000_000_000
SET = Effect(0, (b"SET", b"k", b"v"))
OTHER = Effect(3, (b"DEL", b"k"))


def commands(data: bytes) -> list[list[bytes]]:
    """What stands in `data`, annotations as commands of one argument."""
    reader = Reader()
    reader.feed(data)
    found = [each.argv or [each.note] for each in reader.commands()]
    assert reader.tail() == ""
    return found


def made(*lines: str) -> Engine:
    engine = Engine(VirtualClock(NOW_MS))
    client = engine.connect()
    for line in lines:
        engine.execute(client, line.encode().split())
    return engine


def made_again(data: bytes) -> Engine:
    engine = made()
    with Replay(engine) as replay:
        for argv in commands(data):
            if not argv[0].startswith(b"#"):
                replay.apply(argv)
    assert replay.failures == []
    return engine


# The log.


def test_a_command_is_an_array_of_strings() -> None:
    encoder = Encoder()
    encoder.encode((SET,))
    assert encoder.encode((SET,)) == b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"


def test_a_database_is_selected_before_the_first_command_and_where_it_changes() -> None:
    data = b"".join(map(Encoder().encode, [(SET,), (SET,), (OTHER,), (SET,)]))
    assert [b" ".join(argv) for argv in commands(data)] == [
        b"SELECT 0", b"SET k v", b"SET k v", b"SELECT 3", b"DEL k", b"SELECT 0", b"SET k v",
    ]  # fmt: skip


def test_in_a_transaction_the_database_is_selected_behind_multi() -> None:
    data = Encoder().encode((MULTI, SET, OTHER, EXEC))
    assert [argv[0] for argv in commands(data)] == [
        b"MULTI", b"SELECT", b"SET", b"SELECT", b"DEL", b"EXEC",
    ]  # fmt: skip


def test_what_belongs_to_no_database_needs_none_selected() -> None:
    assert with_selects((MULTI, EXEC), 5) == ([(b"MULTI",), (b"EXEC",)], 5)
    assert with_selects((), NOTHING_SELECTED) == ([], NOTHING_SELECTED)


def test_another_file_begins_with_a_select_of_its_own() -> None:
    encoder = Encoder()
    encoder.encode((SET,))
    encoder.begin_file()
    assert [argv[0] for argv in commands(encoder.encode((SET,)))] == [b"SELECT", b"SET"]


def test_the_time_is_noted_before_the_first_command_of_a_second() -> None:
    encoder = Encoder()
    data = b"".join(encoder.encode((SET,), second) for second in (100, 100, 101, 100))
    assert [argv[0] for argv in commands(data)] == [
        b"#TS:100", b"SELECT", b"SET", b"SET", b"#TS:101", b"SET", b"SET",
    ]  # fmt: skip


def test_the_bytes_are_those_that_a_server_appends() -> None:
    """Recorded from Redis 7.0.15 with aof-timestamp-enabled no."""
    engine, data = made(), bytearray()
    encoder = Encoder()
    engine.state.sinks.append(lambda unit: data.extend(encoder.encode(unit)))
    client = engine.connect()
    for line in ("SET k v EX 100", "MULTI", "INCR n", "RPUSH l a b", "EXEC", "SELECT 2", "SPOP s",
                 "SADD s x", "SPOP s", "GET s"):  # fmt: skip
        engine.execute(client, line.encode().split())
    assert [b" ".join(argv) for argv in commands(bytes(data))] == [
        b"SELECT 0", b"SET k v PXAT 1700000100000", b"MULTI", b"INCR n", b"RPUSH l a b", b"EXEC",
        b"SELECT 2", b"SADD s x", b"SREM s x",
    ]  # fmt: skip


# A rewrite.


def test_an_empty_dataset_is_no_command_at_all() -> None:
    assert list(rewritten(made().state)) == []


def test_the_time_may_stand_at_the_beginning() -> None:
    assert next(rewritten(made("SET a 1").state, 1_700_000_000)) == annotation(1_700_000_000)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["SET a 1", "APPEND a x"], ["SET a 1x"]),
        (["SET a 1", "EXPIRE a 9"], ["SET a 1", f"PEXPIREAT a {NOW_MS + 9000}"]),
        (["RPUSH l a b c", "LPUSH l z"], ["RPUSH l z a b c"]),
        (["SADD s 3 1 2"], ["SADD s 1 2 3"]),
        (["ZADD z 2 b 1.5 a inf c"], ["ZADD z 1.5 a 2 b inf c"]),
        (["HSET h a 1 b 2"], ["HMSET h a 1 b 2"]),
        (
            ["HSET h a 1 b 2", f"HPEXPIREAT h {NOW_MS + 5} FIELDS 1 b"],
            ["HMSET h b 2", f"HPEXPIREAT h {NOW_MS + 5} FIELDS 1 b", "HMSET h a 1"],
        ),
        (
            ["XADD x 1-1 a 1", "XADD x 2-0 a 2 b 3", "XDEL x 1-1"],
            ["XADD x 2-0 a 2 b 3", "XSETID x 2-0 ENTRIESADDED 2 MAXDELETEDID 1-1"],
        ),
        (
            ["XGROUP CREATE x g $ MKSTREAM"],
            [
                "XADD x MAXLEN 0 0-1 x y", "XSETID x 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0",
                "XGROUP CREATE x g 0-0 ENTRIESREAD -1",
            ],
        ),
        (
            [
                "XADD x 1-1 a 1", "XGROUP CREATE x g 0", "XGROUP CREATECONSUMER x g idle",
                "XREADGROUP GROUP g busy STREAMS x >",
            ],
            [
                "XADD x 1-1 a 1", "XSETID x 1-1 ENTRIESADDED 1 MAXDELETEDID 0-0",
                "XGROUP CREATE x g 1-1 ENTRIESREAD 1",
                f"XCLAIM x g busy 0 1-1 TIME {NOW_MS} RETRYCOUNT 1 JUSTID FORCE",
                "XGROUP CREATECONSUMER x g idle",
            ],
        ),
    ],
)  # fmt: skip
def test_a_key_is_made_with_as_few_commands_as_possible(
    lines: list[str], expected: list[str]
) -> None:
    data = b"".join(rewritten(made(*lines).state))
    assert [b" ".join(argv).decode() for argv in commands(data)] == ["SELECT 0", *expected]


@pytest.mark.parametrize("name", ["RPUSH", "SADD", "ZADD", "HSET"])
@pytest.mark.parametrize("count", [1, 63, 64, 65, 128, 1000])
def test_no_command_has_more_than_64_items(name: str, count: int) -> None:
    pair = "{0} m{0} " if name in ("ZADD", "HSET") else "m{0} "
    engine = made(f"{name} k " + "".join(pair.format(number) for number in range(count)))
    found = commands(b"".join(rewritten(engine.state)))[1:]
    width = len(pair.split())
    sizes = [(len(argv) - 2) // width for argv in found]
    assert sum(sizes) == count
    assert sizes == [64] * (count // 64) + ([count % 64] if count % 64 else [])


def test_databases_without_keys_are_left_out_and_functions_come_first() -> None:
    engine = made("SET a 1", "SELECT 5", "SET b 2")
    library = b"#!lua name=mine\nredis.register_function('f', function() return 1 end)"
    engine.state.scripts.libraries[b"mine"] = type("L", (), {"code": library})()  # type: ignore[assignment]
    assert commands(b"".join(rewritten(engine.state))) == [
        [b"FUNCTION", b"LOAD", library],
        [b"SELECT", b"0"], [b"SET", b"a", b"1"], [b"SELECT", b"5"], [b"SET", b"b", b"2"],
    ]  # fmt: skip


def without_pending(data: bytes) -> list[bytes]:
    """All words of a rewrite in order, without pending entries: XCLAIM forgets deleted ones."""
    kept = [
        each for each in commands(data) if each[0] != b"XCLAIM" and each[1] != b"CREATECONSUMER"
    ]
    return sorted(word for argv in kept for word in argv)


@pytest.mark.parametrize("seed", range(60))
def test_any_dataset_comes_out_of_its_rewrite_as_it_was(seed: int) -> None:
    rng, engine = Random(seed), made()
    client = engine.connect()
    for number in range(12):
        making = stream_commands(rng) if rng.random() < 0.3 else some_value(rng, exact=True)
        engine.execute(client, [b"SELECT", b"%d" % rng.randrange(3)])
        for argv in making:
            engine.execute(client, [b"k%d" % number if word == b"k" else word for word in argv])
        if rng.random() < 0.3:
            engine.execute(client, [b"PEXPIRE", b"k%d" % number, b"%d" % rng.randrange(1, 10**9)])
    data = b"".join(rewritten(engine.state))
    again = made_again(data)
    assert digest_of_dataset(again.state.databases) == digest_of_dataset(engine.state.databases)
    ends = [db.deadline_of(entry.key) for db in engine.state.databases for entry in db.keys]
    others = [db.deadline_of(entry.key) for db in again.state.databases for entry in db.keys]
    assert sorted(ends) == sorted(others)
    assert without_pending(b"".join(rewritten(again.state))) == without_pending(data)


def test_encoding_is_that_of_the_wire() -> None:
    engine = made("SET a 1")
    assert list(rewritten(engine.state)) == [
        encode_command((b"SELECT", b"0")), encode_command((b"SET", b"a", b"1")),
    ]  # fmt: skip
