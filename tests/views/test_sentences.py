"""What happens to lists, sets, streams and bits is told in sentences."""

import pytest

from redlearn.lessons.look import event_kinds
from redlearn.views.narration import sentence, teller
from redlearn.views.sentences import SENTENCES
from tests.views.showing import Showing


def told(*lines: str) -> list[str]:
    show = Showing(config={"list-max-listpack-size": "2"})
    said: list[str] = []
    for line in lines:
        show(*(word.encode() for word in line.split()))
        said += [sentence(event) for event in show.events() if type(event) in SENTENCES]
    return said


def test_each_is_a_sentence() -> None:
    said = told(
        "RPUSH q a b c d e", "LINDEX q 3", "LPOP q 4", "SADD s 1 70000 2", "SREM s 1",
        "XADD log 1-1 f v", "XADD log 1-2 f w", "XDEL log 1-1", "SETBIT bits 7 1", "SWAPDB 2 3",
    )  # fmt: skip
    assert len(said) > 10
    for each in said:
        assert each[0].isupper() or each[0].isdigit() or each[0] in '-\\"', each
        assert each.endswith("."), each
        assert each.isprintable()


def test_a_widened_intset_says_from_what_to_what() -> None:
    assert "All 1 numbers are widened from 2 to 4 bytes." in told("SADD s 1", "SADD s 70000")


def test_a_deleted_entry_of_a_stream_is_only_marked() -> None:
    said = told("XADD log 1-1 f v", "XADD log 1-2 f v", "XDEL log 1-1")
    assert "Entry 1-1 is marked as deleted, and lies where it was." in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["XADD s 5-1 f v", "XADD s 6-3 f v"],
         "Entry 6-3 is written as +1 ms and +2 behind 5-1, without fields: the node has them "
         "already."),
        (["XADD s 1-1 f v", "XADD s 1-2 f v", "XADD s 1-3 f v"],
         "Node 1-1 is full (2 entries >= 2): a new one begins at 1-3."),
        (["XADD s 1-1 f v", "XADD s 1-2 f v", "XADD s 1-3 f v", "XTRIM s MAXLEN ~ 2"],
         "Node 1-1 stays as a whole: of its 2 entries only 1 would have to go."),
        (["XADD s 1-1 f v", "XADD s 1-2 f v", "XADD s 1-3 f v", "XTRIM s MAXLEN ~ 1"],
         "Node 1-1 goes as a whole, with 2 entries."),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >"],
         "Entry 1-1 is pending now, with ann."),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XCLAIM s g bob 0 1-1"], "Pending entry 1-1 goes from ann to bob."),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XCLAIM s g bob 0 1-1"], "bob has 1-1 as of now; delivery no. 2."),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XAUTOCLAIM s g bob 50 0"],
         "1-1 stays with ann: handed out 0 ms ago, less than 50."),
        (["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann STREAMS s >",
          "XACK s g 1-1"], "Entry 1-1 is pending no more; ann had it."),
        (["SETBIT b 7 1"], "The string grows from 0 to 1 bytes; the new ones are zero."),
        (["SETBIT b 7 1", "GETBIT b 7"], "Bit 7, in byte 0, is 1."),
        (["SETBIT b 7 1", "BITCOUNT b"], "Of the bits 0 to 7, 1 are set."),
        (["SETBIT b 7 1", "BITPOS b 1"], "The first 1 from bit 0 to 7 is at 7."),
        (["BITFIELD b SET u8 0 250 INCRBY u8 0 10"],
         "260 does not fit the u8 at bit 0: it wraps to 4 (WRAP)."),
        (["BITFIELD b OVERFLOW SAT INCRBY i4 0 9"],
         "9 does not fit the i4 at bit 0: it stops at 7 (SAT)."),
        (["BITFIELD b OVERFLOW FAIL INCRBY u2 0 9"],
         "9 does not fit the u2 at bit 0, and FAIL leaves it as it was."),
        (["SETBIT a 1 1", "SETBIT b 2 1", "BITOP OR c a b"], "a, b: combined by OR, 1 bytes."),
        (["PFADD h ann", "PFCOUNT h", "PFCOUNT h"], "The header still knows the estimate: 1."),
        (["GEOADD g 13.361389 38.115556 Palermo"],
         "The place of Palermo becomes the score 3479099956230698."),
        (["GEOADD g 13.361389 38.115556 P 15.087269 37.502669 C",
          "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 100 km"],
         "P is looked at and thrown away: too far."),
        (["GEOADD g 13.361389 38.115556 P 15.087269 37.502669 C", "GEODIST g P C"],
         "From P to C it is 166274 m."),
    ],
)  # fmt: skip
def test_what_a_command_does_inside_is_said_plainly(lines: list[str], said: str) -> None:
    show = Showing(config={"stream-node-max-entries": "2"})
    for line in lines:
        show(line)
    assert said in [sentence(event) for event in show.events()]


def test_every_event_of_the_engine_has_its_own_sentence() -> None:
    kinds = [kind for kind in event_kinds().values() if kind.__module__.startswith("redlearn.")]
    assert [kind.__name__ for kind in kinds if teller(kind) is None] == []


def test_what_is_refused_to_whom_is_told() -> None:
    said = told("ACL SETUSER ann on >x +auth", "AUTH ann y", "AUTH ann x", "GET k")
    assert said == [
        "User ann is new.",
        "Client 1 is not believed to be ann: a wrong password, or no such user.",
        "Client 1 has proved to be ann.",
        "Client 1 is refused: ann has no permission for the command get.",
    ]
    assert told("ACL SETUSER bob", "ACL SETUSER bob on", "ACL DELUSER bob")[1:] == [
        "User bob has other rules now.",
        "User bob is gone, and so is everybody who was this user.",
    ]
