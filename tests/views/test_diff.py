"""What a command changed, thing by thing."""

from __future__ import annotations

import pytest

from redlearn.timeline import recording as recording_module
from redlearn.views.diff import Change
from tests.views.showing import SMALL_HASHES, SMALL_ZSETS, Showing, board


def changes(show: Showing) -> list[str]:
    return [f"{change.sign} {change.text}" for change in show.gallery.diff().changes]


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        ([], "GET k", []),
        ([], "SET k v", ["+ key k string", "+ AOF 1 command, 27 bytes"]),
        (["SET k v"], "DEL k", ["- key k", "+ AOF 1 command, 20 bytes"]),
        (["SET k v"], "APPEND k w", ["~ key k", "+ AOF 1 command, 30 bytes"]),
        (["SET k v", "SET j w"], "FLUSHALL", ["- 2 keys", "+ AOF 1 command, 18 bytes"]),
    ],
)
def test_keys_that_come_go_and_change(before: list[str], line: str, expected: list[str]) -> None:
    show = Showing(*before)
    show(line)
    assert changes(show) == expected


def test_a_zset_that_begins_as_a_skiplist_is_not_converted() -> None:
    show = Showing("ZADD board 50 ann 20 bob 90 cy 70 dee 60 eve", config=SMALL_ZSETS)
    assert "+ skiplist at once" in changes(show)


def test_a_new_node_and_a_node_moved() -> None:
    show = board()
    assert "~ listpack -> skiplist" in changes(show)
    show("ZADD board 65 zoe")
    assert "+ node zoe height 2" in changes(show)
    show("ZINCRBY board 45 bob")
    assert "~ node bob height 1" in changes(show)
    show("ZREM board zoe")
    assert "- node zoe" in changes(show)


def test_a_score_that_keeps_its_node() -> None:
    show = board()
    show("ZINCRBY board 1 eve")
    assert "~ eve 60 -> 61" in changes(show)


def test_fields_of_a_table() -> None:
    show = Showing("HSET h a 1 b 2 c 3", config=SMALL_HASHES)
    show("HSET h d 4")
    assert "+ field d" in changes(show)
    show("HDEL h a")
    assert "- field a" in changes(show)


def test_a_death_on_the_way_to_a_read() -> None:
    show = Showing("SET k v PX 5")
    show.session.clock.advance(9)
    show("GET k")
    assert changes(show) == ["- key k expired (lazy)", "+ AOF 1 command, 20 bytes"]


@pytest.mark.parametrize(
    ("lines", "change"),
    [
        (["XADD s 1-1 f v"], "+ entry 1-1"),
        (["XADD s 1-1 f v"], "+ node 1-1"),
        (["XADD s 1-1 f v", "XADD s 2-1 f v", "XDEL s 1-1"], "- entry 1-1, marked"),
        (["XADD s 1-1 f v", "XADD s 2-1 f v", "XTRIM s MAXLEN 0"], "- node 1-1 with 2 entries"),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >"],
         "+ consumer ann"),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >"],
         "+ pending 1-1 ann"),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XCLAIM s g bob 0 1-1"], "~ pending 1-1 ann -> bob"),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XACK s g 1-1"], "- pending 1-1"),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XGROUP DELCONSUMER s g ann"], "- consumer ann"),
        (["SETBIT b 1 1", "SETBIT b 20 1"], "+ 2 bytes of zeros"),
        (["SETBIT b 20 1"], "~ bit 20 0 -> 1"),
        (["BITFIELD b SET u8 0 7"], "~ 8 bits at 0: 0 -> 7"),
        (["PFADD h ann"], "~ register 10757 0 -> 1"),
        (["CONFIG SET hll-sparse-max-bytes 20", "PFADD h ann"],
         "~ sparse -> dense, 18 -> 12304 bytes"),
        (["PFADD h a", "PFDEBUG TODENSE h", "PFADD g x", "PFMERGE h g"], "~ 1 register"),
    ],
)  # fmt: skip
def test_what_changes_inside_streams_bits_and_registers(lines: list[str], change: str) -> None:
    assert change in changes(Showing(*lines))


def test_a_bit_that_stays_is_no_change() -> None:
    assert changes(Showing("SETBIT b 1 1", "SETBIT b 1 1")) == []


def test_more_than_fits_is_counted() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(50)))
    view = show.gallery.diff()
    assert view.changes[0] == Change("+", "key k0 string")
    assert len(view.changes) + view.more > 50


LISTS = {"list-max-listpack-size": "3", "set-max-listpack-entries": "3"}


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        ("RPUSH q a b c d e f", "RPUSH q g", "+ node 2"),
        ("RPUSH q a b c d", "RPOP q", "- node 1"),
        ("RPUSH q a b c d e f", "LINSERT q BEFORE e x", "~ node 1 cut 2 | 1"),
        ("RPUSH q a b c d", "LPOP q 3", "~ quicklist -> listpack"),
        ("SADD s 1", "SADD s 70000", "~ numbers of 2 -> 4 bytes"),
        ("SADD s 1 5", "SREM s 5", "- number 5"),
        ("SADD s a b c d", "SADD s x", "+ member x"),
        ("SADD s a b c d x", "SREM s x", "- member x"),
        ("SET k v", "BLPOP jobs 0", "+ client 1 waits for jobs"),
    ],
)
def test_changes_inside_lists_and_sets(before: str, line: str, expected: str) -> None:
    show = Showing(before, config=LISTS)
    show(line)
    assert expected in changes(show)


def test_members_of_a_sorted_set_are_told_as_nodes_only() -> None:
    show = board()
    for line in ("ZADD board 65 zoe", "ZREM board zoe"):
        show(line)
    assert not any("member" in change for change in changes(show))


def test_the_changes_of_a_cut_record_are_not_counted_but_said_to_be_its_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording_module, "MOST_EVENTS", 300)
    show = Showing(config={"zset-max-listpack-entries": "0"})
    show("ZADD board " + " ".join(f"{number} m{number}" for number in range(200)))
    assert changes(show)[0].startswith("~ in its first ")
    assert show.gallery.diff().more == 0
