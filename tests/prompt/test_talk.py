"""A conversation in lines."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.prompt.talk import ACTS, Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.timeline.session import Session
from tests.prompt.typing import lines


def said(talk: Talk, *typed: str) -> str:
    """All that is printed for some lines."""
    pieces = [piece for line in typed for piece in talk.answer(line.encode())]
    return b"".join(pieces).decode()


@pytest.fixture
def talk() -> Talk:
    return Talk(Session())


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("SET k v", "OK\n"),
        ("GET nosuch", "(nil)\n"),
        ("", ""),
        ("   ", ""),
        ("GET", "(error) ERR wrong number of arguments for 'get' command\n"),
        ('GET "x', "Invalid argument(s)\n"),
        ("3 INCR n", "(integer) 1\n(integer) 2\n(integer) 3\n"),
        ("0 PING", "Invalid redis-cli repeat command option value.\n"),
        ("CONFIG GET hz", '1) "hz"\n2) "10"\n'),
        ("help select", "  SELECT index\n"),
        (":advance 1m30s", "1m30s passed.\n"),
        (":advance 30", "How long? :advance 30s, :advance 1500ms, :advance 1m30s\n"),
        (":nosuch", "There is no act :nosuch here; there are "),
        (":p", "There is no act :p here; there are :pause :play\n"),
        (":clear", ":clear is for the prompt on a terminal.\n"),
        (":back", "There is nothing further that way.\n"),
        (":back x", "How many commands? A number, please.\n"),
    ],
)
def test_a_line_is_answered(talk: Talk, typed: str, printed: str) -> None:
    answer = said(talk, typed)
    assert answer.startswith(printed)
    assert bool(answer) == bool(printed)


@pytest.mark.parametrize("word", ["quit", "EXIT", "quit now", ":quit", ":q"])
def test_it_ends_when_told(talk: Talk, word: str) -> None:
    assert said(talk, word) == ""
    assert talk.ended


def test_the_protocol_decides_how_a_reply_looks(talk: Talk) -> None:
    said(talk, "HSET h f v")
    assert said(talk, "HGETALL h") == '1) "f"\n2) "v"\n'
    said(talk, "HELLO 3")
    assert said(talk, "HGETALL h") == '1# "f" => "v"\n'


def test_named_clients_have_a_connection_of_their_own(talk: Talk) -> None:
    assert said(talk, "@a MULTI", "@a SET k v", "GET k") == "OK\nQUEUED\n(nil)\n"
    assert said(talk, "@a EXEC", "GET k") == '1) OK\n"v"\n'
    assert said(talk, "@a CLIENT ID") == "(integer) 2\n"


def test_a_client_that_left_comes_back_as_a_new_one(talk: Talk) -> None:
    said(talk, "SELECT 3")
    assert said(talk, "5 quit") == "OK\n"
    assert not talk.ended
    assert said(talk, "CLIENT ID") == "(integer) 2\n"
    assert said(talk, "@a QUIT", "@a CLIENT ID") == "OK\n(integer) 4\n"


def test_time_can_be_walked_and_forked(talk: Talk) -> None:
    said(talk, "SET k 1", "SET k 2")
    assert said(talk, ":back") == "After step 1 of 2.\n"
    assert said(talk, "GET k") == '"1"\n'
    assert said(talk, ":forward") == "There is nothing further that way.\n"


def test_a_client_that_time_has_forgotten_connects_again(talk: Talk) -> None:
    said(talk, "SET k 1", "@a SET k 2", ":back")
    assert said(talk, "@a GET k") == '"1"\n'


def test_the_clock_can_be_stopped(talk: Talk) -> None:
    said(talk, "SET k v PX 50", ":pause")
    talk.server.catch_up(0)
    talk.server.catch_up(1000)
    assert said(talk, "GET k") == '"v"\n'
    said(talk, ":play")
    talk.server.catch_up(2000)
    assert said(talk, "GET k") == "(nil)\n"


def test_without_a_history_there_is_no_way_back() -> None:
    talk = Talk(Unwatched(0))
    assert said(talk, "SET k v EX 5", ":advance 6s", "GET k") == "OK\n6s passed.\n(nil)\n"
    assert said(talk, ":back") == ":back needs a history, and a script from a pipe has none.\n"


def test_raw_replies_are_bytes_unless_they_go_to_a_terminal() -> None:
    line = rb'ECHO "\x1b[31m\xff"'
    assert list(Talk(Session(), raw=True).answer(line)) == [b"\x1b[31m\xff\n"]
    assert list(Talk(Session(), raw=True, safe=True).answer(line)) == [b"\\x1b[31m\\xff\n"]


def test_each_repetition_waits_to_be_asked_for(talk: Talk) -> None:
    assert list(islice(talk.answer(b"1000000000 INCR n"), 2)) == [
        b"(integer) 1\n",
        b"(integer) 2\n",
    ]
    assert said(talk, "GET n") == '"2"\n'


def test_what_only_the_front_can_do_it_does() -> None:
    talk = Talk(Session(), deeds={"vi": lambda: "vi keys.", "clear": lambda: ""})
    assert said(talk, ":vi", ":clear") == "vi keys.\n"


def test_help_lists_every_act(talk: Talk) -> None:
    assert [line.split()[0] for line in said(talk, ":help").splitlines()] == [
        f":{act.name}" for act in ACTS
    ]


def test_a_large_value_and_many_members_are_printed_whole() -> None:
    talk = Talk(Unwatched(0))
    assert said(talk, "SET big " + "x" * 10_000_000) == "OK\n"
    assert len(said(talk, "GET big")) == 10_000_003
    said(talk, "ZADD z " + " ".join(f"{number} m{number}" for number in range(100_000)))
    assert said(talk, "ZRANGE z 0 -1").splitlines()[-1] == '100000) "m99999"'


@given(st.lists(st.one_of(lines.map(lambda text: text.encode("utf-8", "replace")), st.binary())))
def test_no_line_breaks_it(typed: list[bytes]) -> None:
    talk = Talk(Session())
    for line in typed:
        for piece in islice(talk.answer(line), 3):
            assert not {"\x1b", "\x00", "\x9b"} & set(piece.decode())


def test_what_a_command_prints_aside_comes_before_its_reply(talk: Talk) -> None:
    said(talk, 'HSET h f "\\x1b"')
    shown = said(talk, "DEBUG LISTPACK h")
    assert shown.startswith("{total bytes 13} {num entries 2}\n")
    assert "[str]\\x1b\n" in shown and "\x1b" not in shown
    assert shown.endswith("{end}\n\nListpack structure printed on stdout\n")
    assert said(talk, "GET nosuch") == "(nil)\n"


def test_in_a_raw_pipe_it_is_bytes(talk: Talk) -> None:
    raw = Talk(talk.server, raw=True)
    said(raw, 'HSET h f "\\x1b"')
    assert "[str]\x1b\n" in said(raw, "DEBUG LISTPACK h")
