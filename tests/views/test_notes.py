"""Points are noted as they happen, and put into words when somebody looks."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.timeline.session import Moved, Recipe, Session
from redlearn.views import notes as notes_module
from redlearn.views.notes import Notes


class Visited:
    """A session, its notes, a client of its own and a program."""

    def __init__(self) -> None:
        self.session = Session(Recipe())
        self.notes = Notes(self.session)
        self.session.subscribe(self._noted)
        self.here = self.session.connect()
        self.program = self.session.connect("10.0.0.1:7", "10.0.0.2:6379")

    def _noted(self, moved: Moved) -> None:
        if moved.point is not None:
            self.notes.take(moved.point, moved.late, [each.event for each in moved.envelopes])

    def run(self, client: int, line: str) -> int:
        self.session.execute(client, [word.encode() for word in line.split()])
        return self.session.position


@pytest.fixture
def visited() -> Visited:
    return Visited()


@pytest.fixture
def worded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The positions that were put into words."""
    found: list[int] = []
    lines_of = Notes._lines_of

    def noticed(notes, point, events):  # type: ignore[no-untyped-def]
        found.append(point.number)
        return lines_of(notes, point, events)

    monkeypatch.setattr(Notes, "_lines_of", noticed)
    return found


def test_what_a_program_does_is_put_into_words_when_somebody_looks(
    visited: Visited, worded: list[int]
) -> None:
    typed = visited.run(visited.here, "SET k 1")
    sent = [visited.run(visited.program, f"SET k {number}") for number in range(5)]
    assert typed in worded and not set(sent) & set(worded)
    assert visited.notes.said(sent[1]).lines[0].text == "SET k 1"
    assert [at for at in sent if at in worded] == [sent[1]]


def test_words_are_the_same_whoever_sent_it_and_whenever_they_are_made(visited: Visited) -> None:
    one = visited.notes.said(visited.run(visited.here, "SET k v"))
    visited.run(visited.here, "DEL k")
    other = visited.run(visited.program, "SET k v")
    for number in range(600):  # its events are gone by then
        visited.run(visited.program, f"SET other {number}")
    assert visited.notes.said(other) == one


def test_the_file_goes_on_whether_or_not_its_rows_were_looked_at(visited: Visited) -> None:
    for line in ("SET a 1", "SELECT 3", "SET b 2", "GET b", "DEL b"):
        last = visited.run(visited.program, line)
    rows = [row for at in range(1, last + 1) for row in visited.notes.rows(at)]
    assert [row.argv[0] for row in rows] == [b"SELECT", b"SET", b"SELECT", b"SET", b"DEL"]
    written = visited.notes.written(last)[""]
    assert (written.size, written.rows) == (rows[-1].offset + rows[-1].size, len(rows))


def test_words_of_the_oldest_points_are_given_up(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, worded: list[int]
) -> None:
    monkeypatch.setattr(notes_module, "SAYINGS_KEPT", 3)
    first = visited.run(visited.here, "SET k 0")
    for number in range(1, 5):
        visited.run(visited.here, f"SET k {number}")
    worded.clear()
    assert visited.notes.said(first).lines[0].text == "SET k 0"
    assert worded == [first]


def test_notes_taken_in_passing_are_those_that_are_made_with_care(visited: Visited) -> None:
    session, random = visited.session, Random(5)
    lines = (
        "SET k{0} v", "GET k{0}", "DEL k{0}", "SETBIT k{0} 7 1", "SET k{0} v PX 40", "HELLO 3",
        "HELLO 2", "MSET k1 a k{0} b", "GEOADD m{0} 1 2 x", "ZADD m{0} 1 y", "NOSUCH", "MULTI",
        "XADD s{0} * f v", "EXEC",
    )  # fmt: skip
    for _ in range(400):
        visited.run(visited.program, random.choice(lines).format(random.randrange(9)))
        if random.random() < 0.2:
            session.advance(30)
    careful = Notes(session)
    taken = [visited.notes.at(position) for position in range(session.length + 1)]
    assert taken == [careful.at(position) for position in range(session.length + 1)]
    assert len(visited.notes._plain) > 100
    assert any(note.died for note in taken) and any(note.forms for note in taken)
    assert visited.notes.written(session.length) == careful.written(session.length)
