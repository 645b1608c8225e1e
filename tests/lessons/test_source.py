from __future__ import annotations

import pytest

from redlearn.lessons.model import Place
from redlearn.lessons.source import (
    Directive,
    Fence,
    Heading,
    Piece,
    Pieces,
    Problems,
    Text,
    front_matter,
)


def pieces_of(text: str, **files: str) -> tuple[list[Piece], list[str]]:
    """The pieces of a text, and what was wrong."""
    problems = Problems()

    def read(name: str) -> str:
        if name == "bytes.md":
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no")
        if name not in files:
            raise FileNotFoundError(2, "No such file")
        return files[name]

    pieces = list(Pieces(problems, read).of(text.split("\n"), "l.md", 1))
    return pieces, [str(problem) for problem in problems.found]


def at(line: int) -> Place:
    return Place("l.md", line)


def test_a_file_is_cut_at_headings_fences_and_comments() -> None:
    text = "# T\n\nHello\nyou\n\n```redis Two\nGET k\n```\n<!-- clock: +3s -->\n## One ##\n"
    assert pieces_of(text) == (
        [
            Heading(at(1), 1, "T"),
            Text(at(3), ("Hello", "you")),
            Fence(at(6), "redis", "Two", ("GET k",)),
            Directive(at(9), "clock", "+3s"),
            Heading(at(10), 2, "One"),
        ],
        [],
    )


def test_nothing_inside_a_fence_is_special() -> None:
    pieces, problems = pieces_of("````text\n```redis\n<!-- x\n## y\n````")
    assert pieces == [Fence(at(1), "text", "", ("```redis", "<!-- x", "## y"))]
    assert problems == []


def test_a_directive_may_take_several_lines() -> None:
    pieces, _ = pieces_of("<!-- note: one\n     two -->\n")
    assert pieces == [Directive(at(1), "note", "one two")]


def test_an_authors_remark_is_no_piece_and_parts_no_prose_of_meaning() -> None:
    pieces, problems = pieces_of("a\n<!-- # remember this -->\nb")
    assert pieces == [Text(at(1), ("a",)), Text(at(3), ("b",))]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n```redis\nGET k", "l.md:2: this block never ends: a line of '```' is missing"),
        ("<!-- pause", "l.md:1: this comment never ends: '-->' is missing"),
        ("<!-- pause --> now", "l.md:1: nothing may follow '-->' on its line"),
        (
            "<!-- Hello there -->",
            "l.md:1: write '<!-- name -->' or '<!-- name: value -->'; '#' begins a remark",
        ),
        ("<!-- include: no.md -->", "l.md:1: cannot read 'no.md': no such file"),
        ("<!-- include: bytes.md -->", "l.md:1: cannot read 'bytes.md': it is not UTF-8 text"),
        ("<!-- include: ../x.md -->", "l.md:1: '../x.md' is not inside the lesson's folder"),
        (
            "<!-- include: /etc/passwd -->",
            "l.md:1: '/etc/passwd' is not inside the lesson's folder",
        ),
        ("<!-- include: a\\..\\b -->", "l.md:1: 'a\\..\\b' is not inside the lesson's folder"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str) -> None:
    assert pieces_of(text)[1] == [message]


def test_an_included_file_stands_where_it_is_named_and_keeps_its_own_lines() -> None:
    pieces, problems = pieces_of("a\n<!-- include: b.md -->\nc", **{"b.md": "\nB\n## H"})
    assert pieces == [
        Text(at(1), ("a",)),
        Text(Place("b.md", 2), ("B",)),
        Heading(Place("b.md", 3), 2, "H"),
        Text(at(3), ("c",)),
    ]
    assert problems == []


def test_an_included_file_includes_nothing_itself() -> None:
    _, problems = pieces_of("<!-- include: b.md -->", **{"b.md": "<!-- include: b.md -->"})
    assert problems == ["b.md:1: an included file may not include another"]


def test_includes_are_counted() -> None:
    _, problems = pieces_of("<!-- include: b.md -->\n" * 17, **{"b.md": "B"})
    assert problems == ["l.md:17: a lesson may include 16 files"]


@pytest.mark.parametrize(
    ("lines", "body", "taken", "count"),
    [
        (["+++", "a = 1", "+++", "x"], ("a = 1",), 3, 0),
        (["+++", "a = 1"], (), 2, 1),
        (["# No front"], (), 0, 1),
        ([], (), 0, 1),
    ],
)
def test_front_matter_stands_between_two_rows_of_pluses(
    lines: list[str], body: tuple[str, ...], taken: int, count: int
) -> None:
    problems = Problems()
    fence, used = front_matter(lines, "l.md", problems)
    assert (fence.lines, used, len(problems.found)) == (body, taken, count)
