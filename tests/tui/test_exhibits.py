"""Every pane finds its view on the desk, in the past and in lessons too."""

from __future__ import annotations

import pytest

from redlearn.lines import plain, width_of
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.session import Recipe, Session
from redlearn.tui.desk import Desk
from redlearn.tui.exhibits import Curator, exhibits
from redlearn.tui.pane_host import Window
from redlearn.tui.setting import Exhibit


@pytest.fixture
def desk() -> Desk:
    return Desk(Session(Recipe(start_ms=1_000_000)))


@pytest.fixture
def shown(desk: Desk) -> dict[str, Exhibit]:
    return {exhibit.id: exhibit for exhibit in exhibits(Curator(desk))}


def draw(exhibit: Exhibit, width: int = 78, height: int = 13) -> str:
    view = exhibit.source(Window(width, height))
    return plain(exhibit.pane.render(view, width, height))


def test_the_structure_pane_shows_the_search_of_the_last_command(
    desk: Desk, shown: dict[str, Exhibit]
) -> None:
    desk.run("CONFIG SET zset-max-listpack-entries 4\nZADD board 50 ann 20 bob 90 cy 70 dee 60 eve")
    desk.run("ZRANGE board 60 90 BYSCORE")
    text = draw(shown["structure"])
    assert "skiplist" in text and "find the first score >= 60" in text


def test_a_value_is_drawn_as_the_next_thing_it_may_be_taken_for(desk: Desk) -> None:
    curator = Curator(desk)
    shown = {exhibit.id: exhibit for exhibit in exhibits(curator)}
    desk.run("SETBIT k 7 1")
    assert "00000001" in draw(shown["structure"])
    assert curator.turn_form() == "bytes"
    assert "two allocations" in draw(shown["structure"])
    assert curator.turn_form() == "bits"
    desk.run("RPUSH l a")
    assert curator.turn_form() == ""


def test_micro_steps_show_the_very_state_in_between(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("ZADD board 1 a")
    after = draw(shown["structure"])
    while desk.micro != 0:
        desk.go_micro(-1)
    assert draw(shown["structure"]) != after
    assert "no such key" in draw(shown["structure"])


def test_panes_follow_into_the_past(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("SET k 1\nSET k 2")
    present = draw(shown["aof"])
    desk.go(-1)
    assert draw(shown["aof"]) != present
    desk.go(1)
    assert draw(shown["aof"]) == present


def test_every_pane_is_drawn_within_its_room(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("SET k v EX 20\nHSET h f v g w\nZADD z 1 a 2 b\nGET k\nMULTI\nINCR n\nEXEC")
    for exhibit in shown.values():
        for width, height in ((1, 1), (40, 5), (78, 11), (200, 50)):
            rows = exhibit.pane.render(exhibit.source(Window(width, height)), width, height)
            assert len(rows) <= height, exhibit.id
            assert all(width_of(row) <= width for row in rows), exhibit.id


def test_only_a_deadline_makes_panes_run(desk: Desk, shown: dict[str, Exhibit]) -> None:
    assert not shown["ttl"].running()
    desk.run("SET k v EX 20")
    assert shown["ttl"].running()
    assert not shown["structure"].running()


def test_the_frame_tells_of_a_pinned_key(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("SET k v")
    assert shown["structure"].subject() == ""
    desk.pin(b"k\x1b")
    assert shown["structure"].subject() == "pinned: k\\x1b"


def test_another_session_brings_other_views(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("SET k v")
    desk.sit_down(Session(Recipe(start_ms=1_000_000)), "lesson")
    assert "SET" not in draw(shown["aof"])
    desk.run("SET other v")
    assert "other" in draw(shown["aof"])


def test_the_selected_database_is_the_one_shown(desk: Desk, shown: dict[str, Exhibit]) -> None:
    desk.run("SET zero v\nSELECT 1\nSET one v EX 100")
    assert "one" in draw(shown["ttl"])
    assert "zero" not in draw(shown["keys"])


def test_the_slots_pane_works_out_the_key_whose_slot_was_asked_for(
    desk: Desk, shown: dict[str, Exhibit]
) -> None:
    desk.run("SET here 1\nCLUSTER KEYSLOT {user:7}:there")
    assert "{user:7}:there" in draw(shown["slots"])
    desk.run("GET here")
    assert "{user:7}:there" not in draw(shown["slots"])
    assert "here" in draw(shown["slots"])


def test_the_wire_shows_what_was_sent_and_what_came_back(
    desk: Desk, shown: dict[str, Exhibit]
) -> None:
    desk.run("SET k 1\n@a GET k")
    text = draw(shown["wire"])
    assert "@a → server" in text
    assert r"$1\r\n1\r\n" in text
    desk.go(-1)
    assert "you → server" in draw(shown["wire"]).splitlines()[0]


def test_who_waits_is_seen_by_name(desk: Desk, shown: dict[str, Exhibit]) -> None:
    assert not shown["clients"].running()
    desk.run("@a BLPOP q 5\n@b BLPOP q 0")
    text = draw(shown["clients"])
    assert "in line for q: @a, @b" in text
    assert shown["clients"].running()
    desk.go(-2)
    assert not shown["clients"].running()


def test_what_was_done_from_outside_is_no_change_of_nothing() -> None:
    desk = Desk(open_cluster(2, 0))
    curator = Curator(desk)
    desk.session.act("stop", "7002")
    assert plain((curator.changes(40),)) == "! stop 7002"
    desk.run("PING")
    assert "nothing changed" in plain((curator.changes(40),))


def test_in_a_cluster_a_key_that_lives_elsewhere_is_missing_at_the_node_in_front_alone() -> None:
    desk = Desk(open_cluster(3, 0))
    shown = {exhibit.id: exhibit for exhibit in exhibits(Curator(desk))}
    desk.run("SET foo 1")
    assert "there is no such key" not in draw(shown["structure"])
    desk.run("@7001 PING")
    desk.pin(b"foo")
    text = draw(shown["structure"])
    assert text.startswith("foo  there is no such key at A 7001\n")
    assert "The table of keys of A 7001 has no entry for it." in text
    assert "TYPE answers none" not in text
    assert "C 7003 has one; :face 7003 looks there." in text
    desk.session.act("kill", "7003")
    assert "No other node that runs has one." in draw(shown["structure"])


def test_the_copies_of_a_key_are_named_behind_the_node_that_serves_it() -> None:
    desk = Desk(open_cluster(3, 1))
    shown = {exhibit.id: exhibit for exhibit in exhibits(Curator(desk))}
    desk.run("@7003 SET foo 1")
    desk.run("@7003 WAIT 1 1000")
    desk.run("@7001 PING")
    desk.pin(b"foo")
    assert "C 7003 and F 7006 have one; :face 7003 looks there." in draw(shown["structure"])


def test_in_a_cluster_the_log_is_of_all_nodes_and_says_whose_each_command_is() -> None:
    desk = Desk(open_cluster(3, 0))
    shown = {exhibit.id: exhibit for exhibit in exhibits(Curator(desk))}
    desk.run("SET foo 1\nSET bar 1\nSET foo 2")
    head, *rows = draw(shown["aof"]).splitlines()
    assert head.startswith("  all nodes  ")
    assert head.endswith("(each would have a log of its own)")
    assert [row.partition("*")[0].split() for row in rows] == [
        ["0", "C", "SELECT", "0"], ["23", "C", "SET", "foo", "1"],
        ["0", "A", "SELECT", "0"], ["23", "A", "SET", "bar", "1"],
        ["+", "52", "C", "SET", "foo", "2"],
    ]  # fmt: skip


def test_why_a_log_that_is_kept_is_not_shown_is_said(
    desk: Desk, shown: dict[str, Exhibit], monkeypatch: pytest.MonkeyPatch
) -> None:
    def first() -> str:
        return draw(shown["aof"]).splitlines()[0]

    assert first().endswith("(no log is kept: appendonly no)")
    desk.run("CONFIG SET appendonly yes")
    assert first().endswith("0 commands  (begins once its first base is whole)")
    desk.session.advance(1000)
    assert first().endswith("appendonly.aof.1.incr.aof  0 bytes, 0 commands")
    desk.run("SET k v")
    monkeypatch.setattr("redlearn.tui.records.LARGEST_LOG", 10)
    assert first().endswith("2 commands  (too large to be read here)")
    desk.run("CONFIG SET appendonly no")
    assert first().endswith("(no log is kept: appendonly no)")
