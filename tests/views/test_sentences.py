"""What happens to lists, sets, streams and bits is told in sentences."""

from redlearn.views.narration import sentence
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
