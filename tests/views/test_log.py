"""The log: each command with its outcome, and what came of it in a few sentences."""

from __future__ import annotations

import pytest

from redlearn.cluster.slot_jobs import SlotJobChanged
from redlearn.timeline import recording as recording_module
from redlearn.views.log import MOST_SENTENCES, LogLine, told
from redlearn.views.window import Window
from tests.views.showing import SMALL_ZSETS, Showing, board

TALL = Window(78, 200)


def texts(show: Showing) -> list[str]:
    return [line.text for line in show.gallery.log(TALL).lines]


def test_a_command_and_its_outcome_are_the_headline() -> None:
    show = Showing("SET name ann", "GET name", "INCR name")
    heads = [line for line in show.gallery.log(TALL).lines if line.kind != "told"]
    assert heads == [
        LogLine("command", "SET name ann", "OK"),
        LogLine("command", "GET name", '"ann"'),
        LogLine("failed", "INCR name", "ERR value is not an integer or out of range"),
    ]


def test_a_conversion_is_told_with_its_reason() -> None:
    show = board()
    assert "The zset turns from listpack into skiplist: 5 members > 4." in texts(show)


def test_a_zset_that_begins_as_a_skiplist_was_never_converted() -> None:
    show = Showing("ZADD board 50 ann 20 bob 90 cy 70 dee 60 eve", config=SMALL_ZSETS)
    assert "The zset begins as skiplist at once: 5 members > 4." in texts(show)


def test_a_search_is_summed_up_in_one_sentence() -> None:
    show = board()
    show("ZRANK board dee")
    said = [text for text in texts(show) if "search of the skiplist" in text]
    assert said[-1].startswith("1 search of the skiplist: ")


def test_a_death_is_told_once() -> None:
    show = Showing("SET k v PX 5")
    show.session.advance(200)
    said = texts(show)
    assert sum("expired (active)" in text for text in said) == 1
    assert "Key k is gone." not in said


def test_passing_time_is_a_line_and_an_idle_timer_is_none() -> None:
    show = Showing("SET k v")
    show.session.advance(1500)
    assert show.gallery.log(TALL).lines[-1] == LogLine("time", "1.5 s pass")


def test_what_streams_do_inside_is_told() -> None:
    show = Showing(config={"stream-node-max-entries": "2"})
    for number in range(1, 6):
        show(f"XADD s {number}-0 f v")
    show("XRANGE s - +")
    assert "5 entries of the stream read, in 3 walks through a node." in texts(show)
    show("XTRIM s MAXLEN ~ 2")
    said = texts(show)
    assert "Node 1-0 goes as a whole, with 2 entries." in said
    assert "Node 3-0 stays as a whole: of its 2 entries only 1 would have to go." in said
    show("XGROUP CREATE s g 0")
    show("XREADGROUP GROUP g ann COUNT 1 STREAMS s >")
    assert "Entry 3-0 is pending now, with ann." in texts(show)


def test_what_a_geo_search_looked_at_is_summed_up() -> None:
    show = Showing("GEOADD g 13.36 38.11 P 15.08 37.5 C")
    show("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 100 km")
    assert "2 places looked at, 1 of them within." in texts(show)


def test_a_register_that_rises_is_told_once() -> None:
    said = texts(Showing("PFADD h ann"))
    assert said.count("Register 10757 rises from 0 to 1.") == 1


def test_a_command_that_does_much_is_told_in_few_sentences() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(200)))
    told = [line for line in show.gallery.log(TALL).lines if line.kind == "told"]
    assert len(told) <= MOST_SENTENCES + 1
    assert any("more things like these" in line.text for line in told)


def test_a_window_shows_the_end_and_can_be_moved_up() -> None:
    show = Showing(*[f"GET k{n}" for n in range(20)])
    assert [line.text for line in show.gallery.log(Window(78, 2)).lines] == ["GET k18", "GET k19"]
    moved = show.gallery.log(Window(78, 2, 0, -5))
    assert [line.text for line in moved.lines] == ["GET k13", "GET k14"]
    top = show.gallery.log(Window(78, 2, 0, -500))
    assert top.lines[0].text == "GET k0"
    assert not top.above


def test_the_log_ends_where_one_travelled_to() -> None:
    show = Showing("SET a 1", "SET b 2", config=SMALL_ZSETS)
    show.session.step(-1)
    assert "SET b 2" not in texts(show)


def test_of_a_command_that_did_too_much_no_number_is_told_but_that_the_record_was_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording_module, "MOST_EVENTS", 300)
    show = Showing("ZADD board 0 ann", config={"zset-max-listpack-entries": "0"})
    show("ZADD board " + " ".join(f"{number} m{number}" for number in range(200)))
    said = texts(show)
    cut = next(number for number, text in enumerate(said) if "steps were kept; in them:" in text)
    assert "searches of the skiplist" in said[cut + 1]
    assert "And more things like these." in said


def test_each_step_of_a_move_of_slots_is_told_and_none_twice() -> None:
    def step(kind: str, after: str) -> SlotJobChanged:
        return SlotJobChanged(b"a" * 40, b"j" * 40, kind, b"b" * 40, ((0, 9),), "", after, "")

    steps = [step("EXPORT", "connecting"), step("IMPORT", "waiting-for-ack"),
             step("EXPORT", "failover-granted"), step("IMPORT", "failover-granted")]  # fmt: skip
    said = [line.text for line in told([*steps, *steps])]
    assert [text.rpartition(", ")[2] for text in said] == [
        "connects to it.",
        "and waits for it to begin.",
        "says that they may go.",
        "may take them.",
    ]
    assert all("aaaaaaaa, moving slots 0-9" in text or "takes its word" in text for text in said)
