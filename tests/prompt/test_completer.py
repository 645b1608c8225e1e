"""What the completion menu offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from redlearn.prompt.completer import MOST_OFFERED, RedisCompleter, as_typed, shown
from redlearn.prompt.talk import ACTS
from redlearn.resp.text import printable, split_args
from redlearn.timeline.snapshot import Freezer
from redlearn.tui.acts import ACTS as SCREEN_ACTS
from tests.prompt.rooms import Room, furnished
from tests.prompt.typing import lines


def offers(typed: str, room: Room | None = None) -> list[Completion]:
    completer = RedisCompleter((room or furnished()).around, ACTS)
    return list(completer.get_completions(Document(typed), CompleteEvent()))


def words(typed: str, room: Room | None = None) -> list[str]:
    return [each.text for each in offers(typed, room)]


def menu(typed: str) -> list[tuple[str, str]]:
    return [(each.display_text, each.display_meta_text) for each in offers(typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hget", ["hget", "hgetall", "hgetdel", "hgetex"]),
        ("HGET", ["HGET", "HGETALL", "HGETDEL", "HGETEX"]),
        ("@a hgeta", ["hgetall"]),
        ("5 incrbyf", ["incrbyfloat"]),
        ("object e", ["encoding"]),
        ("CONFIG ", ["GET", "HELP", "RESETSTAT", "REWRITE", "SET"]),
        ("help zad", ["zadd"]),
        ("nosuch x", []),
    ],
)
def test_commands_and_subcommands_are_completed_in_the_case_begun(
    typed: str, expected: list[str]
) -> None:
    assert words(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("SET k v ", ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"]),
        ("set k v e", ["ex", "exat"]),
        ("set k v ", ["nx", "xx", "get", "ex", "px", "exat", "pxat", "keepttl"]),
        ("SET k v EX 5 ", ["NX", "XX", "GET"]),
        ("ZRANGE board 0 1 W", ["WITHSCORES"]),
        ("ZRANGE board 0 1 LIMIT ", []),
        ("GET k x", []),
    ],
)
def test_options_are_offered_where_they_may_stand(typed: str, expected: list[str]) -> None:
    assert words(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ZCARD ", ["board"]),
        ("HGET ", ["user:1"]),
        ("HGET u", ["user:1"]),
        ("STRLEN caf", ["café"]),
        ("STRLEN 'od", ['"odd key"']),
        ('STRLEN "od', ['"odd key"']),
        ('STRLEN "\\x00', ['"\\x00\\xff"']),
        ("STRLEN b", []),
        ("SET b", ["board"]),
        ("ZUNION 1 ", ["board"]),
        ("ZUNIONSTORE u", ["user:1"]),
        ("DEL nosuch", []),
    ],
)
def test_live_keys_of_the_right_type_are_offered_quoted_where_need_be(
    typed: str, expected: list[str]
) -> None:
    assert words(typed) == expected


def test_keys_come_with_what_they_hold() -> None:
    assert menu("TYPE b") == [("board", "zset of 5, listpack")]
    assert menu("GET k") == [("k", "string of 1 byte, embstr, 20 s left")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ZSCORE board d", [("dee", "score 70")]),
        ("ZADD board 5 c", [("cy", "score 90")]),
        ("HDEL user:1 name ", [("age", "25"), ("name", "ann")]),
        ("HGET k ", []),
    ],
)
def test_members_and_fields_are_offered(typed: str, expected: list[tuple[str, str]]) -> None:
    assert menu(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("CONFIG SET zset-max-listpack-e", [("zset-max-listpack-entries", "128")]),
        ("SELECT 1", [("1", "0 keys"), *((str(number), "0 keys") for number in range(10, 16))]),
        ("SELECT 0", [("0", "6 keys")]),
        ("SCAN 0 TYPE z", [("zset", "what TYPE prints")]),
        ("HELLO 3", [("3", "RESP3: maps, doubles, sets")]),
    ],
)
def test_what_is_known_of_other_arguments_is_offered(
    typed: str, expected: list[tuple[str, str]]
) -> None:
    assert menu(typed) == expected


def test_acts_are_offered_with_what_they_do() -> None:
    assert menu(":ad") == [(":advance", "30s · let time pass, timers and all")]
    assert words(":") == [f":{act.name}" for act in ACTS]
    assert words(":advance 3") == []


def test_what_an_act_offers_is_offered_behind_it() -> None:
    completer = RedisCompleter(furnished().around, SCREEN_ACTS)

    def offered(text: str) -> list[str]:
        return [each.text for each in completer.get_completions(Document(text), CompleteEvent())]

    assert offered(":scenario pr") == ["primary-dies"]
    assert offered(":scen mino") == ["minority"]
    assert "slow-and-lossy" in offered(":scenario ")
    assert offered(":theme d") == []


def test_a_completion_takes_the_place_of_the_word_begun() -> None:
    (offer,) = offers('STRLEN "od')
    assert offer.start_position == -len('"od')


def test_no_more_is_offered_than_anybody_reads() -> None:
    room = Room("MSET " + " ".join(f"k{number} v" for number in range(500)))
    assert len(words("GET k", room)) == MOST_OFFERED
    assert len(set(words("GET k", room))) == MOST_OFFERED


def test_a_key_that_could_harm_the_terminal_is_shown_escaped() -> None:
    room = Room(r'SET "\x1b[31mred" v', r'SET "a\nb" v', "SET '[bold]' v")
    for offer in offers("GET ", room):
        assert offer.display_text == printable(offer.display_text.encode()).replace("\\\\", "\\")
        assert offer.text.isprintable()


@pytest.mark.parametrize(
    "name", [b"plain", b"a b", b'"', b"'", b"", b"\\", b"\x00\xff", "é键".encode(), b"\r\n", b"{x}"]
)
def test_a_name_as_typed_is_read_as_that_name(name: bytes) -> None:
    assert split_args("GET " + as_typed(name)) == [b"GET", name]


def test_an_empty_name_is_seen() -> None:
    assert shown(b"") == '""'


@given(typed=lines)
def test_whatever_is_typed_completion_goes_on(typed: str) -> None:
    for cursor in {len(typed), len(typed) // 2}:
        completer = RedisCompleter(ROOM.around, ACTS)
        for offer in completer.get_completions(Document(typed, cursor), CompleteEvent()):
            assert -cursor <= offer.start_position <= 0


ROOM = furnished()


def test_completing_leaves_no_trace() -> None:
    room = furnished()
    room.run("MSET " + " ".join(f"k{number} v" for number in range(64)))
    before = Freezer(room.session.engine).freeze()
    for number in range(100):
        for typed in ("GET k", "HGET user:", "ZSCORE board ", "DEL ", "HGET user:1 "):
            words(f"{typed}{number}" if number else typed, room)
    assert Freezer(room.session.engine).freeze() == before


def test_users_categories_and_rules_are_offered_where_they_go() -> None:
    room = furnished()
    for line in ("ACL SETUSER ann on", "ACL SETUSER zoe"):
        room.run(line)
    assert words("ACL GETUSER ", room) == ["ann", "default", "zoe"]
    assert words("ACL CAT ha") == ["hash"]
    assert words("ACL SETUSER ann +@s") == [
        "+@set", "+@sortedset", "+@string", "+@stream", "+@slow", "+@scripting",
    ]  # fmt: skip
    assert words("ACL SETUSER ann on res") == ["resetkeys", "resetchannels", "resetpass", "reset"]
