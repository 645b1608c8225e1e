"""The desk runs lines, walks in time, and knows which key is looked at."""

from __future__ import annotations

import pytest

from redlearn.lines import plain
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.housed import IS_DOWN
from redlearn.timeline.session import Recipe, Session
from redlearn.tui.bars import Stop
from redlearn.tui.desk import Desk, shown_argv


@pytest.fixture
def desk() -> Desk:
    return Desk(Session(Recipe(start_ms=1_000_000)))


def say(desk: Desk, *lines: str) -> str:
    return "\n".join(plain(desk.run(text)) for text in lines)


def dots(desk: Desk) -> str:
    glyphs = {"write": "w", "read": "r", "failed": "x", "time": "t"}
    return "".join(glyphs[stop.kind] for stop in desk.timeline().stops)


def test_a_line_is_run_and_answered_as_redis_cli_answers(desk: Desk) -> None:
    assert say(desk, "SET k 'a b'", "GET k", "GET none") == 'OK\n"a b"\n(nil)'


def test_a_paste_of_several_lines_runs_line_by_line(desk: Desk) -> None:
    assert say(desk, "SET a 1\n\nINCR a\n") == "OK\n(integer) 2"


def test_what_a_command_prints_aside_is_shown_before_its_reply(desk: Desk) -> None:
    say(desk, 'RPUSH l a "\\x1b[2J"')
    shown = say(desk, "DEBUG LISTPACK l")
    assert shown.startswith("{total bytes 16} {num entries 2}\n{\n    addr: 0x7f")
    assert "[str]\\x1b[2J" in shown and "\x1b" not in shown
    assert shown.endswith("{end}\n\nListpack structure printed on stdout")
    assert say(desk, "PING") == "PONG"


def test_unbalanced_quotes_are_refused_as_redis_cli_does(desk: Desk) -> None:
    assert say(desk, 'SET k "open') == "Invalid argument(s)"
    assert desk.stops() == []


def test_every_command_is_a_stop_and_its_dot_tells_what_it_was(desk: Desk) -> None:
    say(desk, "SET k v", "GET k", "INCR k", "DEL k")
    assert dots(desk) == "wrxw"


def test_passing_time_is_a_stop_too(desk: Desk) -> None:
    desk.session.advance(5000)
    assert dots(desk) == "t"


def test_going_back_and_forward_changes_what_is_there(desk: Desk) -> None:
    say(desk, "SET k 1", "INCR k")
    assert desk.go(-1)
    assert desk.timeline().here == 1
    assert desk.session.engine.state.databases[0].value_of(b"k") is not None
    assert desk.go(-1)
    assert desk.session.engine.state.databases[0].value_of(b"k") is None
    assert not desk.go(-1)
    assert desk.go(2)
    assert not desk.go(1)
    assert say(desk, "GET k") == '"2"'


def test_a_command_in_the_past_starts_a_branch_and_says_so(desk: Desk) -> None:
    say(desk, "SET k 1", "SET k 2")
    desk.go(-1)
    told = say(desk, "SET k 3")
    assert "branch 1 begins here" in told and told.endswith("OK")
    view = desk.timeline()
    assert (view.branch, view.others, view.total) == ("branch 1", 1, 2)
    assert view.stops[0] == Stop("write", forked=True)
    assert "SET k 2" in plain(desk.branch_lines())
    assert desk.take_branch(1)
    assert say(desk, "GET k") == '"2"'
    assert not desk.take_branch(9)


def test_a_branch_from_the_beginning_is_marked_there(desk: Desk) -> None:
    say(desk, "SET k 1")
    desk.go(-1)
    say(desk, "SET k 2")
    assert desk.timeline().start_forked


def test_undo_goes_before_the_last_write_and_redo_past_it(desk: Desk) -> None:
    say(desk, "SET k 1", "GET k", "SET k 2", "GET k")
    assert desk.go_by_writes(-1)
    assert desk.timeline().here == 2
    assert desk.go_by_writes(-1)
    assert desk.timeline().here == 0
    assert not desk.go_by_writes(-1)
    assert desk.go_by_writes(1)
    assert desk.timeline().here == 1
    assert desk.go_by_writes(1)
    assert not desk.go_by_writes(1)


def test_any_stop_can_be_gone_to_by_number(desk: Desk) -> None:
    say(desk, "SET a 1", "SET b 1", "SET c 1")
    for number in (2, 0, 3):
        assert desk.go_to(number)
        assert desk.timeline().here == number
    assert not desk.go_to(4) and not desk.go_to(-1)
    desk.go_to(1)
    desk.go_to_end()
    assert not desk.session.in_past


def test_the_key_touched_last_is_looked_at_unless_one_is_pinned(desk: Desk) -> None:
    say(desk, "SET a 1", "ZADD b 1 x")
    assert desk.key == b"b"
    desk.pin(b"a")
    say(desk, "SET c 1")
    assert desk.key == b"a"
    desk.pin(b"")
    assert desk.key == b"c"
    desk.go(-2)
    assert desk.key == b"a"


def test_a_form_that_was_turned_to_stays_until_another_key_is_looked_at(desk: Desk) -> None:
    say(desk, "SETBIT a 1 1")
    desk.turn_to("bytes")
    say(desk, "SETBIT a 2 1")
    assert desk.form == "bytes"
    say(desk, "SET b 1")
    assert desk.form == ""
    desk.turn_to("bits")
    desk.pin(b"b")
    assert desk.form == "bits"
    desk.pin(b"a")
    assert desk.form == ""


def test_steps_leave_the_bookkeeping_out(desk: Desk) -> None:
    say(desk, "ZADD b 1 x")
    names = [type(each.event).__name__ for each in desk.steps()]
    assert "EntryWritten" in names
    assert not {"CommandStarted", "CommandFinished", "KeyUsed", "Propagated"} & set(names)


def test_micro_steps_walk_through_a_command_and_on_into_its_neighbours(desk: Desk) -> None:
    say(desk, "SET a 1", "ZADD b 1 x")
    count = len(desk.steps())
    assert desk.go_micro(-1)
    assert (desk.micro, desk.timeline().micro) == (count - 1, (count - 1, count))
    for _ in range(count - 1):
        desk.go_micro(-1)
    assert desk.micro == 0
    assert desk.go_micro(-1)
    assert (desk.micro, desk.timeline().here) == (None, 1)
    assert desk.go_micro(1)
    assert (desk.micro, desk.timeline().here) == (0, 2)
    for _ in range(count):
        desk.go_micro(1)
    assert desk.micro is None
    assert not desk.go_micro(1)


def test_a_new_command_ends_micro_steps(desk: Desk) -> None:
    say(desk, "SET a 1")
    desk.go_micro(-1)
    say(desk, "SET b 1")
    assert desk.micro is None


def test_whoever_draws_is_told_of_every_change(desk: Desk) -> None:
    told: list[bool] = []
    desk.changed = lambda moved: told.append(moved.point is not None)
    say(desk, "SET a 1")
    desk.go(-1)
    desk.pin(b"a")
    assert told == [True, False, False]


def test_the_title_tells_database_transaction_clock_and_time(desk: Desk) -> None:
    say(desk, "SELECT 3", "MULTI", "SET a 1")
    desk.session.advance(7000)
    view = desk.title()
    assert (view.database, view.queued, view.passed_ms, view.clock) == (3, 1, 7000, "")
    desk.session.live = False
    assert desk.title().clock == "paused"
    desk.go(-1)
    assert desk.title().clock == "past"


def test_replies_follow_the_protocol_of_the_client(desk: Desk) -> None:
    say(desk, "HSET h f v")
    assert say(desk, "HGETALL h") == '1) "f"\n2) "v"'
    say(desk, "HELLO 3")
    assert desk.protocol == 3
    assert say(desk, "HGETALL h") == '1# "f" => "v"'


def test_a_client_that_is_sent_away_is_followed_by_a_new_one(desk: Desk) -> None:
    before = desk.client
    assert "Connection closed" in say(desk, "QUIT")
    assert desk.client != before
    assert say(desk, "PING") == "PONG"


def test_other_clients_are_named_and_have_a_state_of_their_own(desk: Desk) -> None:
    say(desk, "MULTI", "@a SET k 1")
    assert say(desk, "@a GET k") == '"1"'
    assert say(desk, "GET k") == "QUEUED"
    desk.go(-9)
    assert say(desk, "@a PING").endswith("PONG")


def test_on_another_branch_a_name_is_not_whoever_got_the_same_id(desk: Desk) -> None:
    say(desk, "SET k v", "@a MULTI")
    desk.go(-1)
    say(desk, "@b PING")
    assert say(desk, "@a PING").endswith("PONG")
    assert len(desk.names()) == 3
    desk.take_branch(1)
    assert say(desk, "@a PING") == "QUEUED"
    assert desk.names() == {1: "you", 2: "@a"}


def test_after_a_restart_ids_are_given_anew_and_the_past_keeps_its_names(desk: Desk) -> None:
    say(desk, "@a MULTI", "QUIT", "SELECT 3")
    desk.session.act("crash")
    desk.session.act("restart")
    say(desk, "@b PING", "PING")
    assert set(desk.names().values()) == {"@b", "you"}
    assert desk.names()[2] != "@a"
    desk.go_to(1)
    assert desk.names() == {1: "you", 2: "@a"}
    assert say(desk, "@a PING").endswith("QUEUED")


def test_back_before_the_connection_was_lost_it_is_there_as_it_was(desk: Desk) -> None:
    say(desk, "SELECT 3", "QUIT")
    assert desk.database == 0
    desk.go(-1)
    assert desk.database == 3


def test_a_step_back_and_forth_looks_at_the_same_key(desk: Desk) -> None:
    say(desk, "MSET a 1 b 2")
    assert desk.key == b"b"
    say(desk, "PING")
    desk.go(-1)
    assert desk.key == b"b"


def test_before_the_first_key_none_is_looked_at(desk: Desk) -> None:
    say(desk, "PING", "SET k v")
    desk.go(-1)
    assert desk.key == b""
    desk.go(1)
    assert desk.key == b"k"


def test_the_key_used_last_may_be_long_ago(desk: Desk) -> None:
    say(desk, "SET k v", "400 PING", "SET j v")
    desk.go(-1)
    assert desk.key == b"k"


def test_what_a_pause_holds_up_is_said(desk: Desk) -> None:
    say(desk, "CLIENT PAUSE 5000")
    assert say(desk, "PING") == "You wait for the end of CLIENT PAUSE, in 5.0 s: it runs then."
    desk.session.advance(5000)
    assert "PONG" in plain(desk.take_late())


def test_why_there_is_no_reply_is_said(desk: Desk) -> None:
    say(desk, "CLIENT REPLY OFF")
    assert say(desk, "PING") == "No reply, until CLIENT REPLY ON."
    assert say(desk, "CLIENT REPLY ON") == "OK"
    assert "the next command gets none either" in say(desk, "CLIENT REPLY SKIP")
    said = "No reply, nor one when the wait is over: CLIENT REPLY SKIP wants none."
    assert say(desk, "BLPOP q 1") == said
    desk.session.advance(1000)
    assert not desk.take_late()
    assert say(desk, "PING") == "PONG"


def test_forward_to_the_last_point_is_the_present_again_by_whatever_way(desk: Desk) -> None:
    say(desk, "SET k 1", "PING", "QUIT")
    for go in (lambda: desk.go(1), lambda: desk.go_to(3), lambda: desk.go_micro(1)):
        assert desk.go(-1)
        assert desk.title().clock == "past"
        assert go()
        assert desk.title().clock == ""
    say(desk, "SET k 2", "@a PING", "@a QUIT")
    desk.session.disconnect(desk.session.connect())
    desk.go_by_writes(-1)
    assert desk.go_by_writes(1)
    assert desk.session.branches == []


def test_a_number_in_front_repeats_as_in_redis_cli(desk: Desk) -> None:
    assert say(desk, "3 INCR n").splitlines()[-1] == "(integer) 3"
    assert "times are enough" in say(desk, "99999 PING")


def test_help_is_the_manual(desk: Desk) -> None:
    assert "ZADD key" in say(desk, "help zadd")
    assert desk.stops() == []


def test_sitting_down_at_another_session_forgets_the_old_one(desk: Desk) -> None:
    say(desk, "SET a 1")
    desk.pin(b"a")
    desk.sit_down(Session(Recipe(start_ms=5)), "lesson")
    assert (desk.name, desk.key, desk.pinned, desk.stops()) == ("lesson", b"", False, [])
    say(desk, "SET z 1")
    assert desk.key == b"z"


def test_a_long_history_gives_the_bar_only_its_neighbourhood(desk: Desk) -> None:
    for number in range(700):
        desk.execute([b"SET", b"k", b"%d" % number])
    view = desk.timeline()
    assert (view.here, view.total, view.first) == (700, 700, 400)
    assert len(view.stops) == 300


def test_a_command_shown_in_one_line_is_printable_and_short() -> None:
    assert shown_argv([b"SET", b"k", b"\x1b[2J"]) == "SET k \\x1b[2J"
    assert len(shown_argv([b"x" * 1000] * 50)) < 100


def test_a_late_reply_says_who_was_served_and_how_long_it_took(desk: Desk) -> None:
    assert say(desk, "@a BLPOP q 0") == "@a waits for q, without end."
    desk.session.advance(1500)
    assert say(desk, "RPUSH q x") == "(integer) 1"
    assert plain(desk.take_late()) == '@a waited 1.5 s for q, served:\n1) "q"\n2) "x"'
    assert desk.take_late() == ()


def test_timeouts_come_with_the_clock(desk: Desk) -> None:
    say(desk, "BLPOP q 2", "@a BLPOP q 1")
    desk.session.advance(5000)
    assert plain(desk.take_late()).splitlines() == [
        "@a waited 1.0 s for q in vain:", "(nil)", "You waited 2.0 s for q in vain:", "(nil)",
    ]  # fmt: skip


def test_what_is_typed_while_waiting_is_kept_and_answered_after(desk: Desk) -> None:
    say(desk, "BLPOP q 0")
    assert "it runs once that is there" in say(desk, "INCR n")
    say(desk, "@b RPUSH q x")
    assert plain(desk.take_late()).endswith("You, to what was sent meanwhile:\n(integer) 1")


def test_giving_up_keeps_the_database_and_the_protocol(desk: Desk) -> None:
    assert desk.give_up() == ()
    say(desk, "SELECT 2", "HELLO 3", "BLPOP q 0")
    before = desk.client
    assert "Given up" in plain(desk.give_up())
    assert desk.client != before
    assert (desk.database, desk.protocol) == (2, 3)
    assert not desk.session.is_waiting(desk.client)
    desk.session.seek(desk.session.position)
    assert desk.session.engine.state.timeouts == []


def test_back_in_time_the_client_waits_again_and_is_served_again(desk: Desk) -> None:
    say(desk, "@a BLPOP q 0", "RPUSH q x")
    desk.take_late()
    desk.go(-1)
    assert desk.take_late() == ()
    say(desk, "RPUSH q other")
    assert "served" in plain(desk.take_late())


def test_a_lessons_clients_have_names_too(desk: Desk) -> None:
    client = desk.session.connect(name="ann")
    assert desk.name_of(client) == "@ann"
    assert desk.names() == {desk.client: "you", client: "@ann"}


def test_shutdown_ends_the_process_and_a_restart_lets_one_in_again() -> None:
    desk = Desk(Session(Recipe(start_ms=1_000_000)))
    desk.run("SET k v")
    assert plain(desk.run("SHUTDOWN SAVE")) == IS_DOWN
    assert plain(desk.run("GET k")) == IS_DOWN
    desk.session.act("restart")
    assert plain(desk.run("GET k")) == '"v"'


def test_a_node_that_ends_says_how_it_comes_back() -> None:
    desk = Desk(open_cluster(1, 0))
    assert plain(desk.run("@7001 SHUTDOWN")) == "7001 has ended; :restart 7001 starts it again."


def test_what_cannot_be_meant_is_asked_about() -> None:
    desk = Desk(Session(Recipe()))
    assert plain(desk.run("@a")) == "What should a send? @a PING"
    assert plain(desk.run("GTE k")).endswith("'k'\nDid you mean GET?")
