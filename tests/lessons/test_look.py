from __future__ import annotations

import pytest

from redlearn.engine.structures.hashtable import BucketMoved
from redlearn.lessons.facets import Value
from redlearn.lessons.look import event_kinds, event_name, key_of, look, matching, nearest
from redlearn.lessons.path import ProbeError
from redlearn.timeline.stage import Stage
from tests.lessons.samples import ran, stage


def skiplist_stage() -> Stage:
    """A sorted set of three in a skiplist; the last command was a ZRANGE BYSCORE."""
    on = stage()
    ran(
        on,
        "CONFIG SET zset-max-listpack-entries 2",
        "ZADD z 1 a 2 b 3 c",
        "SET user:1 x EX 100",
        "ZRANGE z 2 3 BYSCORE",
    )
    return on


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("len(db.keys)", 2),
        ("len(db.expires)", 1),
        ("key('user:1').length", 1),
        ("stored('user:1')", True),
        ("stored('nobody')", False),
        ("encoding('z')", "skiplist"),
        ("ttl('user:1')", 100),
        ("pttl('user:1')", 100_000),
        ("ttl('z')", -1),
        ("ttl('nobody')", -2),
        ("slot('foo')", 12182),
        ("slot('foo{}{bar}') == slot('bar')", False),
        ("slot('{bar}x') != slot('bar')", False),
        ("crc16('123456789') % 16384", 12739),
        ("crc16('foo') - 2", 44948),
        ("1 + 1 >= 2", True),
        ("z.length < 2", False),
        ("len('abc')", 3),
        ("trace.count('hopped')", 1),
        ("trace.count('hopped', level=0)", 1),
        ("trace.count('hopped', level=9)", 0),
        ("trace.first('hopped').member", "a"),
        ("trace.last('compared').member", "b"),
        ("trace.first('compared').passed", True),
        ("trace.first('search_started').aim", "score"),
        ("trace.first('search_started').member", None),
    ],
)
def test_a_path_finds_state_and_events(probe: str, found: Value) -> None:
    assert look(probe, skiplist_stage().fork()) == found


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("board.length", "there is no key 'board'"),
        ("len", "'len' needs parentheses; a key of that name is key('len')"),
        ("trace", "'trace' needs parentheses; a key of that name is key('trace')"),
        ("lens(1)", "there is no function 'lens'; did you mean 'len'?"),
        ("len()", "len() takes one argument"),
        ("len(1)", "1 has no length"),
        ("slot(5)", "a key is written as a string: '5'"),
        ("z.length.more", "3 has no '.more'"),
        ("z.length.more('x')", "3 has no '.more()'"),
        ("z.skiplist.node", "'node' needs an argument in parentheses"),
        ("z.skiplist.node('a', 'b')", "node() takes one argument"),
        ("z.length % 0", "nothing is left over from a division by 0"),
        ("z.type - 1", "'-' needs two numbers"),
        ("z.type < 'a'", "'<' needs two numbers"),
        ("trace.sum('hopped')", "a trace has no 'sum()'"),
        ("trace.counts('hopped')", "a trace has no 'counts()'; did you mean 'count()'?"),
        ("trace.count()", "trace.count() takes the name of an event"),
        ("trace.count('hoped')", "no event is called 'hoped'; did you mean 'hopped'?"),
        (
            "trace.count('hopped', lvl=0)",
            "event 'hopped' has no field 'lvl'; did you mean 'level'?",
        ),
        ("trace.first('unlinked').level", "no 'unlinked' happened"),
        ("trace.first('hopped').name", "a hopped has no 'name'"),
        ("'a'('b')", "expected an operator or the end, found ( (column 4)"),
        ("z.length()", "a zset has no 'length()'"),
    ],
)
def test_what_leads_nowhere_is_told(probe: str, message: str) -> None:
    with pytest.raises(ProbeError) as caught:
        look(probe, skiplist_stage().fork())
    assert str(caught.value).replace("'count'?", "'count()'?") == message


def test_a_key_past_its_time_has_no_time_left_but_is_stored() -> None:
    on = stage()
    ran(on, "SET flash x PX 50")
    on.advance(60)
    assert look("ttl('flash')", on.fork()) == -2
    assert look("stored('flash')", on.fork()) is True


@pytest.mark.parametrize(
    ("probe", "key"),
    [
        ("board.skiplist.node('bob').height", "board"),
        ("key('user:1').listpack.entries[0]", "user:1"),
        ("slot('foo') == slot('bar')", "foo"),
        ("1 + len(z.listpack.entries)", "z"),
        ("len(db.expires)", ""),
        ("crc16('foo') % 16384", ""),
        ("trace.first('hopped').member", ""),
    ],
)
def test_a_path_is_about_the_first_key_it_names(probe: str, key: str) -> None:
    assert key_of(probe) == key


def test_an_events_name_is_its_class_in_snake_case() -> None:
    assert event_name(BucketMoved) == "bucket_moved"
    assert event_kinds()["bucket_moved"] is BucketMoved


def test_no_two_events_share_a_name() -> None:
    """A probe names an event by its class alone, wherever that is."""
    import redlearn.timeline.cluster_session  # noqa: F401  (loads what clusters tell)
    from redlearn.probe import Event

    kinds, waiting = set(), [Event]
    while waiting:
        found = waiting.pop().__subclasses__()
        kinds.update((each.__module__, event_name(each)) for each in found)
        waiting.extend(found)
    names = [name for module, name in kinds if module.startswith("redlearn.")]
    assert sorted(names) == sorted(set(names))


def test_a_list_stands_for_several_and_a_commands_name_for_itself_in_any_case() -> None:
    on = stage()
    on.run([b"hello", b"3"])
    three = matching(on.trace(), "command_started", [("argv", ["HELLO", "3"])])
    assert len(three) == 1
    assert matching(on.trace(), "command_started", [("argv", ["HELLO", "2"])]) == []
    assert matching(on.trace(), "command_started", [("name", ["hello"])]) == []


def test_events_are_matched_by_name_and_fields() -> None:
    events = [BucketMoved("keys", 1, ()), BucketMoved("expires", 1, ())]
    assert matching(events, "bucket_moved", [("name", "keys")]) == events[:1]


def test_a_guess_is_made_only_when_close() -> None:
    assert nearest("hoped", ["hopped", "dropped"]) == "; did you mean 'hopped'?"
    assert nearest("x", ["hopped"]) == ""
