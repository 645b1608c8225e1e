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
        ("@7001 PING", "There is no node 7001: there is no cluster here.\n"),
        ("@a@7001 PING", "There is no node 7001: there is no cluster here.\n"),
        (":advance 1m30s", "1m30s passed.\n"),
        (":advance 30", "How long? :advance 30s, :advance 1500ms, :advance 1m30s\n"),
        (":goto 1", ":goto is for the screen; here there are "),
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


def test_the_prompt_stays_free_while_a_client_waits_and_the_reply_comes_late(talk: Talk) -> None:
    assert said(talk, "@a BLPOP q 0") == "@a waits for q, without end.\n"
    served = '(integer) 1\n@a waited 2.0 s for q, served:\n1) "q"\n2) "x"\n'
    assert said(talk, ":advance 2s", "RPUSH q x") == "2s passed.\n" + served


def test_a_timeout_is_told_when_the_clock_gets_there(talk: Talk) -> None:
    said(talk, "@a BLPOP q 1.5", "@b BLPOP q 9")
    assert said(talk, ":advance 2s") == "2s passed.\n@a waited 1.5 s for q in vain:\n(nil)\n"
    assert said(talk, "PING") == "PONG\n"


def test_what_a_waiting_client_sends_is_kept_until_it_has_its_reply(talk: Talk) -> None:
    said(talk, "BLPOP q 0")
    assert "it runs once that is there" in said(talk, "INCR n")
    assert said(talk, "@b RPUSH q x") == (
        '(integer) 1\nYou waited 0.000 s for q, served:\n1) "q"\n2) "x"\n'
        "You, to what was sent meanwhile:\n(integer) 1\n"
    )


def test_giving_up_leaves_the_session_and_its_database_as_they_were(talk: Talk) -> None:
    said(talk, "SELECT 3", "HELLO 3", "BLPOP q 0")
    before = talk.client
    assert said(talk, ":giveup") == f"Given up: connected anew, as client {before + 1}.\n"
    assert talk.known is not None and talk.known.db.index == 3 and talk.known.protocol == 3
    assert said(talk, ":giveup") == "You wait for nothing.\n"
    assert said(talk, "@b RPUSH q x") == "(integer) 1\n"


def test_on_another_branch_a_name_is_not_whoever_got_the_same_id(talk: Talk) -> None:
    said(talk, "SET k v", "@a MULTI", ":back", "@b MULTI")
    assert said(talk, "@a PING") == "PONG\n"
    assert said(talk, "@b PING") == "QUEUED\n"


def test_what_a_pause_holds_up_is_said_and_answered_when_it_is_over(talk: Talk) -> None:
    said(talk, "CLIENT PAUSE 5000")
    assert said(talk, "PING") == "You wait for the end of CLIENT PAUSE, in 5.0 s: it runs then.\n"
    assert said(talk, "@a PING").startswith("@a waits for the end of CLIENT PAUSE, in 5.0 s")
    assert talk.due_ms() == 5000
    talk.server.advance(5000)
    assert b"".join(talk.late_by_clock()).decode().startswith("You, to what was sent meanwhile:")
    assert said(talk, "PING") == "PONG\n"


def test_why_there_is_no_reply_is_said_to_a_person(talk: Talk) -> None:
    assert said(talk, "CLIENT REPLY OFF") == "No reply, until CLIENT REPLY ON.\n"
    assert said(talk, "CLIENT REPLY ON", "CLIENT REPLY SKIP").startswith("OK\nNo reply: CLIENT")
    assert said(talk, "PING", "PING") == "PONG\n"
    assert alone("CLIENT REPLY OFF", "PING", "CLIENT REPLY ON") == "OK\n"
    assert alone("CLIENT REPLY SKIP", "BLPOP q 1", "PING") == "PONG\n"


def test_in_a_script_a_pause_takes_no_time() -> None:
    assert alone("CLIENT PAUSE 60000", "PING", "@a PING") == "OK\nPONG\nPONG\n"
    assert alone("CLIENT PAUSE 60000 WRITE", "SET k 1", "GET k") == 'OK\nOK\n"1"\n'


def alone(*typed: str, raw: bool = False) -> str:
    """All that is printed for a script out of a pipe, its end included."""
    talk = Talk(Unwatched(0), alone=True, raw=raw)
    return said(talk, *typed) + b"".join(talk.finish()).decode()


def test_in_a_script_a_wait_takes_no_time_and_ends_at_its_timeout() -> None:
    assert alone("BLPOP q 3600", "PING") == "(nil)\nPONG\n"
    assert alone("BLPOP q 3600") == "(nil)\n"
    assert alone("SET k v EX 60", "BLPOP q 3600", "GET k") == "OK\n(nil)\n(nil)\n"


def test_in_a_script_a_wait_that_nobody_can_end_is_an_error() -> None:
    error = "Error: nobody is left to serve BLPOP q 0, which has no timeout\n"
    assert alone("BLPOP q 0", "PING") == f"{error}PONG\n"
    assert alone("@a BLPOP q 0") == error.replace("Error: ", "Error: @a: ")


def test_in_a_script_another_client_may_serve() -> None:
    served = '(integer) 1\n@a waited 0.000 s for q, served:\n1) "q"\n2) "x"\n'
    assert alone("@a BLPOP q 0", "RPUSH q x") == served
    assert alone("@a BLPOP q 0", "RPUSH q x", raw=True) == "1\nq\nx\n"


def test_at_the_end_of_a_script_timeouts_come_in_their_order() -> None:
    assert alone("@a BLPOP q 9", "@b BLPOP q 3", "@c BLPOP q 0").splitlines() == [
        "@b waited 3.0 s for q in vain:", "(nil)",
        "@a waited 9.0 s for q in vain:", "(nil)",
        "Error: @c: nobody is left to serve BLPOP q 0, which has no timeout",
    ]  # fmt: skip
