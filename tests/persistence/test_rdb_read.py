"""Snapshot files are read whole or not at all: those of real servers, ours, and broken ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.engine.commands.scripting.libraries import library_of
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.payload import crc64
from redlearn.engine.values.string import boxed
from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_read import Loader, load
from redlearn.persistence.rdb_records import BadRdb
from redlearn.probe import Event
from redlearn.resp.reply import Members
from tests.conftest import Redis
from tests.engine.payload.test_reading import digest
from tests.engine.payload.test_ziplist import ziplist
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    EXPECTED,
    LIBRARY,
    NOW_MS,
    SERVERS,
    check,
    contents,
    filled,
    load_into,
    loaded,
    new_redis,
    recorded,
    resealed,
    save,
    sealed,
)

TODAY = {
    "ziplist": {"listpack"},  # which took its place in 7.0
    "quicklist": {"quicklist", "listpack"},  # of one node: a listpack since 7.2
}
"""What an encoding of an older server is here, where it is no longer there."""

OTHERWISE = {
    "redis-6.2": {"set:lp": "listpack"},
    "redis-7.0": {"set:lp": "listpack"},
    "valkey-9.1": {"hash:ttl": "listpackex", "hash:ttl:ht": "listpackex", "str:7": "raw"},
}
"""Where a real 7.4.1 keeps a value otherwise than the server that wrote the file."""

HEAD = magic_of(10)
SOON = f"SET k v PXAT {NOW_MS + 10}"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


# -------------------------------------------------------------------------- files of real servers


def test_a_file_of_a_real_server_is_loaded_whole(server: str) -> None:
    db = loaded(recorded(server)).engine.state.databases[0]
    found = {
        entry.key.decode(): (
            boxed(entry.value).type,
            None if db.deadline_of(entry.key) == NO_EXPIRY else db.deadline_of(entry.key),
            digest(boxed(entry.value)),
        )
        for entry in db.keys
    }
    assert found == {key: (kind, ttl, sum) for key, (kind, _, ttl, sum) in EXPECTED[server].items()}


def test_values_are_kept_as_redis_7_4_keeps_them_after_loading(server: str) -> None:
    db = loaded(recorded(server)).engine.state.databases[0]
    for key, (_, encoding, _, _) in EXPECTED[server].items():
        value = db.value_of(key.encode())
        assert value is not None
        other = OTHERWISE.get(server, {}).get(key)
        may_be = {other} if other else TODAY.get(encoding, {encoding})
        assert value.encoding in may_be, key


def test_encodings_of_a_file_of_redis_7_4_are_those_it_had_there() -> None:
    db = loaded(recorded("redis-7.4")).engine.state.databases[0]
    assert {e.key.decode(): boxed(e.value).encoding for e in db.keys} == {
        key: row[1] for key, row in EXPECTED["redis-7.4"].items()
    }


def test_the_file_says_who_wrote_it(server: str) -> None:
    redis = new_redis()
    result = load_into(redis, recorded(server))
    name, _, version = server.partition("-")
    assert result.aux[f"{name}-ver".encode()].startswith(version.encode())
    assert result.keys == len(EXPECTED[server])
    assert result.size == len(recorded(server))


# ------------------------------------------------------------------------------- files made here


def test_what_was_saved_is_there_again() -> None:
    before = filled(*ALL_TYPES, "SELECT 9", "SET elsewhere 1", "EXPIRE elsewhere 100")
    after = loaded(save(before))
    assert contents(after) == contents(before)
    assert after("DEBUG DIGEST") == before("DEBUG DIGEST")


@pytest.mark.parametrize("version", [12, 80])
def test_fields_end_when_they_would_have(version: int) -> None:
    before = filled(*ENDING_FIELDS)
    after = loaded(save(before, version))
    for key, fields in (("timed", "3 f g h"), ("timed-table", "2 f g")):
        ask = f"HPEXPIRETIME {key} FIELDS {fields}"
        assert after(ask) == before(ask)
    after.advance(4_102_444_800_001 - NOW_MS)
    after.engine.tick()
    assert after("HKEYS timed") == [b"h"]


def test_libraries_come_back_and_can_be_called() -> None:
    before = new_redis()
    before(b"FUNCTION", b"LOAD", LIBRARY.encode())
    after = loaded(save(before))
    assert after("FCALL double 0 21") == 42
    assert after("FUNCTION LIST WITHCODE") == before("FUNCTION LIST WITHCODE")


def test_what_was_there_before_is_gone() -> None:
    redis = filled(
        "SET old 1", "SELECT 3", "SET old 1 EX 9", "HSET h f 1", "HEXPIRE h 9 FIELDS 1 f"
    )
    redis(b"FUNCTION", b"LOAD", LIBRARY.encode())
    load_into(redis, save(filled("SET new 1")))
    check(redis)
    assert list(contents(redis)) == [(0, b"new")]
    assert redis("FUNCTION LIST") == []
    assert redis("DBSIZE") == 0


def test_nobody_who_watches_hears_of_each_key() -> None:
    redis = new_redis()
    seen: list[Event] = []
    redis.engine.watch(seen.append)
    load_into(redis, recorded("redis-7.4"))
    assert seen == []
    redis("SET k v")
    assert seen


def test_a_clients_next_command_finds_the_new_keys() -> None:
    redis = filled("SET k old")
    redis("SELECT 1")
    load_into(redis, save(filled("SELECT 1", "SET k new")))
    assert redis("GET k") == b"new"


def test_what_is_known_of_memory_follows(redis: Redis) -> None:
    redis("CONFIG SET maxmemory 100mb")
    redis("SET gone " + "x" * 1000)
    load_into(redis, save(filled(*ALL_TYPES)))
    assert redis.engine.state.ledger is not None
    redis.engine.state.ledger.check()


# ----------------------------------------------------------------------------- when a key ends


def test_a_key_whose_time_is_over_is_left_out_and_counted() -> None:
    data = save(filled(SOON, "SET stays v"))
    redis = new_redis()
    redis.advance(11)
    redis("PING")
    result = load_into(redis, data)
    assert (result.keys, result.expired) == (1, 1)
    assert redis("KEYS *") == [b"stays"]


def test_a_key_whose_time_is_over_this_very_moment_stays_until_somebody_looks() -> None:
    redis = new_redis()
    data = save(filled(SOON))
    redis.advance(10)
    redis("PING")
    assert load_into(redis, data).expired == 0


def test_it_stays_where_a_log_follows() -> None:
    redis = new_redis()
    data = save(filled(SOON))
    redis.advance(1000)
    redis("PING")
    assert load_into(redis, data, keep_expired=True).keys == 1
    check(redis)
    assert redis("GET k") is None


def test_a_moment_in_seconds_is_read_as_of_old() -> None:
    body = HEAD + b"\xfe\x00\xfd" + (2_000_000_000).to_bytes(4, "little") + b"\x00\x01k\x01v"
    assert loaded(sealed(body))("PEXPIRETIME k") == 2_000_000_000_000


# ---------------------------------------------------------------------------- how a key was used


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru"])
def test_idle_times_are_kept_under_a_policy_that_asks_for_them(policy: str) -> None:
    redis = filled(f"CONFIG SET maxmemory-policy {policy}", "SET k v")
    redis.advance(77_000)
    redis("PING")
    after = loaded(save(redis))
    assert after("OBJECT IDLETIME k") == 77


def test_frequencies_are_kept_under_a_policy_that_asks_for_them() -> None:
    redis = filled("CONFIG SET maxmemory-policy allkeys-lfu", "SET k v")
    for _ in range(50):
        redis("GET k")
    frequency = redis("OBJECT FREQ k")
    after = filled("CONFIG SET maxmemory-policy volatile-lfu")
    load_into(after, save(redis))
    assert after("OBJECT FREQ k") == frequency
    assert isinstance(frequency, int)
    assert frequency > 5


def test_a_frequency_means_nothing_where_uses_are_timed() -> None:
    redis = filled("CONFIG SET maxmemory-policy allkeys-lfu", "SET k v")
    assert loaded(save(redis))("OBJECT IDLETIME k") == 0


# --------------------------------------------------------------------------------- what is refused


BROKEN = {
    "nothing": (b"", 0, "no snapshot file"),
    "a text": (b"hello, world", 0, "no snapshot file"),
    "the version after ours": (b"REDIS0013\xff" + bytes(8), 0, "version 13"),
    "no end": (HEAD + b"\x00\x01k\x01v", 14, "0 are left"),
    "an unknown opcode": (sealed(HEAD + b"\xc8\x01k"), 9, "begins with 200"),
    "a key twice": (sealed(HEAD + b"\x00\x01k\x01v\x00\x01k\x01w"), 14, "the key k is there twice"),
    "a database too many": (sealed(HEAD + b"\xfe\x10"), 11, "no database 16"),
    "a module": (sealed(HEAD + b"\xf7\x00\x02\x00\x00"), 9, "module"),
    "the value of a module": (sealed(HEAD + b"\x07\x01k\x00\x00"), 9, "no modules here"),
    "functions of before their release": (sealed(HEAD + b"\xf6\x01a"), 9, "before their release"),
    "slots on their way": (sealed(HEAD + b"\xf3\x00\x00"), 9, "cluster"),
    "a library that is none": (sealed(HEAD + b"\xf5\x01a"), 9, "library"),
    "a value that is none": (sealed(HEAD + b"\x10\x01k\x01v"), 14, "value of k"),
    "an escape in a name": (sealed(HEAD + b"\x10\x01\x1b\x01v"), 14, r'value of \\x1b'),
    "a length beyond the end": (sealed(HEAD + b"\x00\x80\xff\xff\xff\xffk"), 15, "promised"),
    "bytes behind the end": (sealed(HEAD) + b"x", 18, "1 bytes follow"),
    "another checksum": (HEAD + b"\xff12345678", 10, "checksum"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_the_place_and_the_reason(name: str) -> None:
    data, at, reason = BROKEN[name]
    redis = filled("SET k v")
    with pytest.raises(BadRdb, match=reason) as caught:
        load_into(redis, data)
    assert caught.value.at == at
    assert redis("GET k") == b"v"


def test_a_file_without_checksum_is_taken_as_it_is() -> None:
    data = sealed(HEAD + b"\x00\x01k\x01v")
    assert loaded(data[:-8] + bytes(8))("GET k") == b"v"


def test_files_before_version_5_have_no_checksum() -> None:
    data = magic_of(4) + b"\xfe\x00\x00\x01k\x01v\xff"
    assert loaded(data)("GET k") == b"v"
    with pytest.raises(BadRdb, match="8 bytes follow"):
        loaded(data + bytes(8))


def test_a_log_may_follow_where_that_is_said() -> None:
    data = save(filled("SET k v"))
    redis = new_redis()
    result = load_into(redis, data + b"*1\r\n$4\r\nPING\r\n", more_follows=True)
    assert result.size == len(data)
    assert redis("GET k") == b"v"


def test_a_damaged_beginning_of_a_log_is_found_all_the_same() -> None:
    data = bytearray(save(filled("SET k v")))
    data[data.index(b"\x01k") + 3] ^= 1
    redis = filled("SET k old")
    with pytest.raises(BadRdb, match="the checksum is another"):
        load_into(redis, bytes(data) + b"*1\r\n$4\r\nPING\r\n", more_follows=True)
    assert redis("GET k") == b"old"


def test_without_anybody_to_run_them_libraries_are_refused() -> None:
    before = new_redis()
    before(b"FUNCTION", b"LOAD", LIBRARY.encode())
    with pytest.raises(BadRdb, match="nobody who runs them"):
        load(new_redis().engine.state, save(before))


def test_a_library_twice_is_refused() -> None:
    code = b"\xf5" + bytes([0x40 | len(LIBRARY) >> 8, len(LIBRARY) & 255]) + LIBRARY.encode()
    assert loaded(sealed(HEAD + code))("FCALL double 0 4") == 8
    with pytest.raises(BadRdb, match="the library lib is there twice"):
        loaded(sealed(HEAD + code + code))


def test_a_key_without_elements_is_passed_over_and_counted() -> None:
    redis = new_redis()
    result = load_into(redis, sealed(HEAD + b"\x02\x01e\x00\x00\x01k\x01v"))
    assert (result.keys, result.empty) == (1, 1)
    assert redis("KEYS *") == [b"k"]


def test_a_hint_of_endless_keys_makes_no_endless_table() -> None:
    hint = b"\xfb\x81" + b"\x7f" * 8 + b"\x81" + b"\x7f" * 8
    redis = loaded(sealed(HEAD + b"\xfe\x00" + hint + b"\x00\x01k\x01v"))
    assert redis.engine.state.databases[0].keys.size(0) <= 8


def test_a_hint_that_is_too_small_is_made_good() -> None:
    keys = b"".join(b"\x00\x02%02d\x01v" % n for n in range(100))
    redis = loaded(sealed(HEAD + b"\xfe\x00\xfb\x02\x00" + keys))
    assert redis("DBSIZE") == 100


def test_tables_are_as_large_as_the_hint_and_are_not_rehashed() -> None:
    before = filled(*(f"SET key:{n} value:{n} EX 1000" for n in range(300)))
    db = loaded(save(before)).engine.state.databases[0]
    assert (db.keys.size(0), db.expires.size(0)) == (512, 512)
    assert not db.keys.is_rehashing


# ------------------------------------------------------------------------- versions before ours


def blob(data: bytes) -> bytes:
    """A string as it is, behind its length."""
    assert len(data) < 64
    return bytes((len(data),)) + data


PAIRS = blob(ziplist(b"\x01a", "f6", b"\x01b", "f7"))  # a 5, b 6
OLD_FORMS = {
    b"\x00" + blob(b"text") + b"\xc1\x39\x30": ("GET text", b"12345"),
    b"\x01" + blob(b"list") + b"\x02\x01a\x01b": ("LRANGE list 0 -1", [b"a", b"b"]),
    b"\x02" + blob(b"set") + b"\x02\x01a\x01b": ("SMISMEMBER set a b c", [1, 1, 0]),
    b"\x03" + blob(b"zset") + b"\x03\x01a\xfe\x01b\x031.5\x01c\xff":
        ("ZMSCORE zset a b c", [float("inf"), 1.5, float("-inf")]),
    b"\x04" + blob(b"hash") + b"\x01\x01f\x01v": ("HMGET hash f", [b"v"]),
    b"\x09" + blob(b"zipmap") + blob(bytes.fromhex("01 01 66 02 01 76 77 00 ff")):
        ("HMGET zipmap f", [b"vw"]),
    b"\x0a" + blob(b"zl") + blob(ziplist(b"\x02hi", "f6", "c02c01")):
        ("LRANGE zl 0 -1", [b"hi", b"5", b"300"]),
    b"\x0b" + blob(b"ints") + blob(bytes.fromhex("02000000 02000000 0100 0700")):
        ("SMEMBERS ints", [b"1", b"7"]),
    b"\x0c" + blob(b"zz") + PAIRS: ("ZMSCORE zz a b", [5.0, 6.0]),
    b"\x0d" + blob(b"hz") + PAIRS: ("HMGET hz a b", [b"5", b"6"]),
    b"\x0e" + blob(b"ql") + b"\x02" + blob(ziplist(b"\x01a")) + blob(ziplist(b"\x01b")):
        ("LRANGE ql 0 -1", [b"a", b"b"]),
}  # fmt: skip
"""A key in each form that servers wrote before 7.0, a question to it, and the answer."""


@pytest.mark.parametrize("version", range(1, 10))
def test_files_of_versions_that_no_server_of_today_writes_are_read(version: int) -> None:
    body = magic_of(version) + b"\xfe\x00" + b"".join(OLD_FORMS) + b"\xfe\x01\xfd"
    body += (2_000_000_000).to_bytes(4, "little") + b"\x00" + blob(b"ends") + b"\x01v"
    redis = loaded(sealed(body) if version >= 5 else body + b"\xff")
    assert redis("DBSIZE") == len(OLD_FORMS)
    for question, answer in OLD_FORMS.values():
        reply = redis(question)
        assert (sorted(reply) if isinstance(reply, Members) else reply) == answer, question
    redis("SELECT 1")
    assert redis("EXPIRETIME ends") == 2_000_000_000


# --------------------------------------------------------------------------- beside what is there


def beside(redis: Redis, data: bytes, *, merge: bool) -> None:
    loader = Loader(redis.engine.state, data, library_of=lambda code: library_of(redis.ctx, code))
    while not loader.step(1 << 20):
        pass
    loader.install_beside(merge=merge)
    check(redis)


def test_a_file_can_be_read_beside_what_is_there() -> None:
    redis = filled("SET a 1", "SELECT 2", "SET a 1")
    beside(
        redis, save(filled("SET b 2 EX 100", "HSET h f 1", "HEXPIRE h 9 FIELDS 1 f")), merge=False
    )
    assert redis("KEYS *") == [b"a"]
    redis("SELECT 0")
    assert redis("TTL b") == 100
    assert redis("HTTL h FIELDS 1 f") == [9]
    assert redis("GET a") == b"1"


def test_a_key_that_is_there_already_is_an_error_and_nothing_has_changed() -> None:
    redis = filled("SET a 1 EX 50", "SET b 2")
    before = contents(redis)
    with pytest.raises(BadRdb, match="the key a is there already"):
        beside(redis, save(filled("SET z 1", "SET a 2")), merge=False)
    assert contents(redis) == before


def test_or_is_replaced_where_both_are_merged() -> None:
    redis = filled("CONFIG SET maxmemory 1gb", "SET a 1 EX 50", "SET b 2", "HSET h g 1")
    redis("HEXPIRE h 9 FIELDS 1 g")
    beside(redis, save(filled("SET z 1", "SET a 2", "SET h 3")), merge=True)
    assert [redis(f"GET {key}") for key in "abzh"] == [b"2", b"2", b"1", b"3"]
    assert redis("TTL a") == -1
    assert redis.engine.state.ledger is not None
    redis.engine.state.ledger.check()


def test_libraries_are_merged_or_refused_likewise() -> None:
    redis, other = new_redis(), new_redis()
    for each in (redis, other):
        each(b"FUNCTION", b"LOAD", LIBRARY.encode())
    with pytest.raises(BadRdb, match="the library lib is there already"):
        beside(redis, save(other), merge=False)
    beside(redis, save(other), merge=True)
    assert redis("FCALL double 0 2") == 4


# ----------------------------------------------------------------------------------------- in steps


def test_reading_in_steps_comes_to_the_same_and_tells_how_far_it_is() -> None:
    before = filled(*ALL_TYPES, *(f"SET key:{n} {n}" for n in range(500)))
    data = save(before)
    redis = new_redis()
    loader = Loader(redis.engine.state, data)
    places = [loader.done]
    while not loader.step(100):
        places.append(loader.done)
    assert redis("DBSIZE") == 0
    loader.install()
    check(redis)
    assert contents(redis) == contents(before)
    assert places == sorted(places)
    assert len(places) > len(data) // 100
    assert loader.done == loader.total == 2 * len(data)


def test_a_bad_checksum_is_known_before_anything_is_read() -> None:
    data = bytearray(save(filled(*ALL_TYPES)))
    data[20] ^= 1
    loader = Loader(new_redis().engine.state, bytes(data))
    with pytest.raises(BadRdb):
        while loader.done < len(data):
            loader.step(10_000)
    assert loader.loaded.keys == 0


def test_short_strings_are_read_the_short_way_and_others_are_not_missed() -> None:
    lines = [
        "SET a 1", "SET b -70000", "SET c 9223372036854775807", "SET " + "k" * 70 + " v",
        "SET d " + "v" * 70, "SET 12345 v", "SET e 300", "RPUSH l 1", "SET f v", "SET g ''",
    ]  # fmt: skip
    before = filled(*lines)
    assert contents(loaded(save(before))) == contents(before)


def test_the_right_checksum_can_be_put_under_any_bytes() -> None:
    data = save(filled("SET k v"))
    assert resealed(data[:-8] + b"????????") == data
    assert crc64(data[:-8]) == int.from_bytes(data[-8:], "little")
