"""COMMAND: what the table says of itself. Its facts are held to real ones elsewhere."""

from __future__ import annotations

import pytest

from redlearn.engine.command import COMMANDS, Keys, all_commands
from redlearn.resp.reply import Members, Reply, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused


def test_count_counts_commands_without_subcommands(redis: Redis) -> None:
    assert redis("COMMAND COUNT") == len(COMMANDS)


def test_info_of_all_is_what_command_alone_replies(redis: Redis) -> None:
    assert redis("COMMAND INFO") == redis("COMMAND")


def test_info_is_a_row_of_facts(redis: Redis) -> None:
    (row,) = redis("COMMAND INFO get")
    assert row[:6] == [b"get", 2, Members([Status("readonly"), Status("fast")]), 1, 1, 1]
    assert set(row[6]) == {Status("@read"), Status("@string"), Status("@fast")}
    assert row[8] == [
        {
            b"flags": Members([Status("RO"), Status("access")]),
            b"begin_search": {b"type": b"index", b"spec": {b"index": 1}},
            b"find_keys": {
                b"type": b"range",
                b"spec": {b"lastkey": 0, b"keystep": 1, b"limit": 0},
            },
        }
    ]


def test_info_knows_subcommands_and_says_nil_of_what_is_not_there(redis: Redis) -> None:
    container, sub, missing, nothing = redis("COMMAND INFO config config|get nope config|nope")
    assert container[0] == b"config"
    assert {row[0] for row in container[9]} == {
        b"config|get", b"config|set", b"config|help", b"config|resetstat", b"config|rewrite",
    }  # fmt: skip
    assert sub[0] == b"config|get"
    assert (missing, nothing) == (None, None)


def test_keys_come_with_what_is_done_to_them(redis: Redis) -> None:
    assert redis("COMMAND GETKEYSANDFLAGS COPY a b") == [
        [b"a", Members([Status("RO"), Status("access")])],
        [b"b", Members([Status("OW"), Status("update")])],
    ]


@pytest.mark.parametrize(
    ("name", "first_last_step"),
    [
        ("mset", [1, -1, 2]), ("del", [1, -1, 1]), ("rename", [1, 2, 1]), ("ping", [0, 0, 0]),
        ("zunionstore", [1, 1, 1]), ("copy", [1, 2, 1]), ("zrangestore", [1, 2, 1]),
        ("zunion", [0, 0, 0]), ("object|encoding", [2, 2, 1]),
    ],
)  # fmt: skip
def test_positions_in_the_older_form(redis: Redis, name: str, first_last_step: list[int]) -> None:
    (row,) = redis(f"COMMAND INFO {name}")
    assert row[3:6] == first_last_step


@pytest.mark.parametrize(
    ("keys", "begin", "find"),
    [
        (
            Keys(1, "RO", keynum=(0, 1, 1)),
            {b"type": b"index", b"spec": {b"index": 1}},
            {b"type": b"keynum", b"spec": {b"keynumidx": 0, b"firstkey": 1, b"keystep": 1}},
        ),
        (
            Keys(("STREAMS", 1), "RO", last=-1, limit=2),
            {b"type": b"keyword", b"spec": {b"keyword": b"STREAMS", b"startfrom": 1}},
            {b"type": b"range", b"spec": {b"lastkey": -1, b"keystep": 1, b"limit": 2}},
        ),
        (Keys(None, "RW"), {b"type": b"unknown", b"spec": {}}, {b"type": b"unknown", b"spec": {}}),
    ],
)  # fmt: skip
def test_specifications_of_keys(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, keys: Keys, begin: Reply, find: Reply
) -> None:
    monkeypatch.setattr(COMMANDS[b"GET"], "keys", (keys,))
    ((*_, (spec,), _),) = redis("COMMAND INFO get")
    assert spec[b"begin_search"] == begin
    assert spec[b"find_keys"] == find


@pytest.mark.parametrize(
    ("keys", "first_last_step"),
    [
        ((Keys(1, "RO"), Keys(3, "RO")), [1, 1, 1]),  # a gap: the rest has to be looked for
        ((Keys(1, "RO", last=-1, step=2), Keys(2, "RO")), [2, 2, 1]),
        ((Keys(("STORE", 2), "OW"), Keys(None, "RW")), [0, 0, 0]),
    ],
)
def test_only_keys_side_by_side_have_positions(
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    keys: tuple[Keys, ...],
    first_last_step: list[int],
) -> None:
    monkeypatch.setattr(COMMANDS[b"GET"], "keys", keys)
    (row,) = redis("COMMAND INFO get")
    assert row[3:6] == first_last_step


def test_docs_tell_what_a_command_is_for_and_takes(redis: Redis) -> None:
    docs = redis("COMMAND DOCS getset nope")
    assert isinstance(docs, dict)
    assert [*docs] == [b"getset"]
    entry = docs[b"getset"]
    assert entry[b"since"] == b"1.0.0"
    assert entry[b"group"] == b"string"
    assert entry[b"doc_flags"] == Members([Status("deprecated")])
    assert (entry[b"deprecated_since"], entry[b"replaced_by"]) == (b"6.2.0", entry[b"replaced_by"])
    assert entry[b"arguments"][0] == {
        b"name": b"key", b"type": b"key", b"display_text": b"key", b"key_spec_index": 0,
    }  # fmt: skip


def test_docs_of_a_container_hold_its_subcommands(redis: Redis) -> None:
    docs = redis("COMMAND DOCS object")
    names = [*docs[b"object"][b"subcommands"]]
    assert b"object|encoding" in names
    assert b"object|help" in names


def test_docs_know_alternatives_within_options(redis: Redis) -> None:
    arguments = redis("COMMAND DOCS set")[b"set"][b"arguments"]
    condition = arguments[2]
    assert condition[b"type"] == b"oneof"
    assert condition[b"flags"] == Members([Status("optional")])
    assert [one[b"token"] for one in condition[b"arguments"]] == [b"NX", b"XX"]


def test_docs_of_all_are_about_every_command(redis: Redis) -> None:
    docs = redis("COMMAND DOCS")
    assert [*docs] == [row.name.encode() for row in COMMANDS.values()]


def test_list_names_them(redis: Redis) -> None:
    assert redis("COMMAND LIST") == [row.name.encode() for row in COMMANDS.values()]


@pytest.mark.parametrize(
    ("filtered", "names"),
    [
        ("PATTERN zrange*", {b"zrange", b"zrangebyscore", b"zrangebylex", b"zrangestore"}),
        ("pattern CONFIG|G*", {b"config|get"}),
        ("PATTERN nope", set()),
        ("MODULE json", set()),
        ("ACLCAT nope", set()),
    ],
)
def test_list_filters(redis: Redis, filtered: str, names: set[bytes]) -> None:
    assert {*redis(f"COMMAND LIST FILTERBY {filtered}")} == names


@pytest.mark.parametrize("category", ["hash", "HASH"])
def test_list_filters_by_category(redis: Redis, category: str) -> None:
    names = {row.name.encode() for row in all_commands() if "@hash" in row.categories}
    assert {*redis(f"COMMAND LIST FILTERBY aclcat {category}")} == names
    assert b"hget" in names


@pytest.mark.parametrize(
    ("call", "keys"),
    [
        ("GET a", [b"a"]),
        ("mset a 1 b 2", [b"a", b"b"]),
        ("ZUNIONSTORE d 2 a b", [b"d", b"a", b"b"]),
        ("OBJECT ENCODING k", [b"k"]),
        ("SET {t}x v EX 10", [b"{t}x"]),
    ],
)
def test_getkeys_picks_the_keys_of_a_call(redis: Redis, call: str, keys: list[bytes]) -> None:
    assert redis(f"COMMAND GETKEYS {call}") == keys


def test_getkeys_of_a_script_may_be_none(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    from redlearn.engine.command import Flags

    row = COMMANDS[b"ZUNION"]
    monkeypatch.setattr(row, "flags", row.flags | Flags.NO_MANDATORY_KEYS)
    assert redis("COMMAND GETKEYS ZUNION 0 x") == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("GETKEYS nope k", "ERR Invalid command specified"),
        ("GETKEYS CONFIG nope", "ERR Invalid command specified"),
        ("GETKEYS PING", "ERR The command has no key arguments"),
        ("GETKEYS CONFIG", "ERR The command has no key arguments"),
        ("GETKEYS CONFIG GET hz", "ERR The command has no key arguments"),
        ("GETKEYS GET", "ERR Invalid number of arguments specified for command"),
        ("GETKEYS GET a b", "ERR Invalid number of arguments specified for command"),
        ("GETKEYS ZUNION 3 a b", "ERR Invalid arguments specified for command"),
        ("GETKEYS ZUNION 0 a", "ERR Invalid arguments specified for command"),
        ("GETKEYS ZUNIONSTORE d 0 a", "ERR Invalid arguments specified for command"),
        ("GETKEYS", "ERR wrong number of arguments for 'command|getkeys' command"),
        ("LIST FILTERBY", "ERR syntax error"),
        ("LIST FILTERBY NOPE x", "ERR syntax error"),
        ("LIST NOPE MODULE x", "ERR syntax error"),
        ("LIST FILTERBY MODULE x y", "ERR syntax error"),
        ("NOPE", "ERR unknown subcommand 'NOPE'. Try COMMAND HELP."),
    ],
)
def test_command_refuses(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, f"COMMAND {line}") == text


def test_command_helps(redis: Redis) -> None:
    assert Status("COUNT") in redis("COMMAND HELP")
