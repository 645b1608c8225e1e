"""The manifest: written as Redis writes it, refused as Redis refuses it."""

from __future__ import annotations

import pytest

from redlearn.persistence import manifest
from redlearn.persistence.manifest import Manifest, ManifestError, Part, parse, upgraded

GOOD = b"file a.1.incr.aof seq 1 type i\n"
FIRST = Manifest().with_base("appendonly.aof", "rdb").with_incr("appendonly.aof")


def test_a_new_log_is_an_empty_base_and_a_file_to_append_to() -> None:
    assert FIRST.encode() == (
        b"file appendonly.aof.1.base.rdb seq 1 type b\n"
        b"file appendonly.aof.1.incr.aof seq 1 type i\n"
    )


def test_a_rewrite_leaves_the_old_files_as_history() -> None:
    begun = FIRST.with_incr("appendonly.aof")
    done = begun.with_base("appendonly.aof", "aof").rewritten(keep=1)
    assert done.encode() == (
        b"file appendonly.aof.2.base.aof seq 2 type b\n"
        b"file appendonly.aof.1.incr.aof seq 1 type h\n"
        b"file appendonly.aof.1.base.rdb seq 1 type h\n"
        b"file appendonly.aof.2.incr.aof seq 2 type i\n"
    )
    assert [part.name for part in done.parts] == [
        "appendonly.aof.2.base.aof", "appendonly.aof.2.incr.aof",
    ]  # fmt: skip
    assert done.without_history().history == ()


def test_what_was_not_loaded_yet_is_not_changed_by_what_comes_of_it() -> None:
    begun = FIRST.with_incr("appendonly.aof")
    assert len(FIRST.incrs) == 1
    assert begun.incr_seq == 2


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        b"file a seq 5 type b\nfile b seq 3 type h\nfile c seq 9 type h\nfile d seq 1 type i\n",
        b"file d seq 1 type i\nfile e seq 7 type i\n",
        b"",
    ],
)
def test_what_is_read_is_written_again_as_it_was(text: bytes) -> None:
    assert not text or parse(text).encode() == text


def test_numbers_go_on_from_those_that_were_read() -> None:
    found = parse(b"file a seq 5 type b\nfile d seq 7 type i\n")
    assert found.with_base("x", "rdb").base == Part("x.6.base.rdb", 6, "b")
    assert found.with_incr("x").incrs[-1] == Part("x.8.incr.aof", 8, "i")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"FILE a SEQ 1 TYPE i\n", Part("a", 1, "i")),
        (b"  \tfile  a   seq 1  type i \r\n", Part("a", 1, "i")),
        (b"type i seq 1 file a\n", Part("a", 1, "i")),
        (b"file a seq 1 type i later 7\n", Part("a", 1, "i")),
        (b'file "a b" seq 1 type i\n', Part("a b", 1, "i")),
        (b"file 'a b' seq 1 type i\n", Part("a b", 1, "i")),
        (b'file "a\\xff" seq 1 type i\n', Part("a\udcff", 1, "i")),
        (b"file a seq 1 type incremental\n", Part("a", 1, "i")),
        (b"file a seq 7x type i\n", Part("a", 7, "i")),
        (b"# a comment\nfile a seq 1 type i\n", Part("a", 1, "i")),
        (b"file " + b"a" * 1005 + b" seq 1 type i\n", Part("a" * 1005, 1, "i")),
        (b"file a seq 99999999999999999999999 type i\n", Part("a", 2**63 - 1, "i")),
    ],
)
def test_it_takes_what_redis_takes(text: bytes, part: Part) -> None:
    assert parse(text).incrs == (part,)


@pytest.mark.parametrize(
    ("text", "reason", "number"),
    [
        (b"", manifest.EMPTY, 0),
        (GOOD + b"\n", manifest.INVALID, 2),
        (b"   \n", manifest.INVALID, 1),
        (b"file ../x seq 1 type i\n", manifest.NOT_PLAIN, 1),
        (b"file /etc/passwd seq 1 type i\n", manifest.NOT_PLAIN, 1),
        (b'file "..\\\\x" seq 1 type i\n', manifest.NOT_PLAIN, 1),
        (b'file "" seq 1 type i\n', manifest.NOT_PLAIN, 1),
        (b"file . seq 1 type i\n", manifest.NOT_PLAIN, 1),
        (b"file .. seq 1 type i\n", manifest.NOT_PLAIN, 1),
        (b"file a\0b seq 1 type i\n", manifest.TOO_LONG, 1),
        (b"file a seq 1 type i", manifest.TOO_LONG, 1),
        (b"file " + b"a" * 1006 + b" seq 1 type i\n", manifest.TOO_LONG, 1),
        (b"#" + b"x" * 2000 + b"\n", manifest.INVALID, 2),
        (b"file a seq 1 type b\nfile b seq 2 type b\n", manifest.SECOND_BASE, 2),
        (b"file a seq 1 type x\n", manifest.UNKNOWN_TYPE, 1),
        (b"file a seq 2 type i\nfile b seq 2 type i\n", manifest.NOT_RISING, 2),
        (b"file a seq 2 type i\nfile b seq 1 type i\n", manifest.NOT_RISING, 2),
        (b"file a seq -1 type i\n", manifest.NOT_RISING, 1),
        (b"file a seq 0 type i\n", manifest.INVALID, 1),
        (b"file a seq x type i\n", manifest.INVALID, 1),
        (b'file a seq 1 type ""\n', manifest.INVALID, 1),
        (b"file a seq 1\n", manifest.INVALID, 1),
        (b"file a seq 1 type i more\n", manifest.INVALID, 1),
        (b'file "a seq 1 type i\n', manifest.INVALID, 1),
        (b"name a seq 1 type i\n", manifest.INVALID, 1),
    ],
)
def test_it_refuses_what_redis_refuses_and_says_where(
    text: bytes, reason: str, number: int
) -> None:
    with pytest.raises(ManifestError) as refused:
        parse(text)
    assert refused.value.reason == reason
    assert refused.value.number == number


def test_the_line_is_shown_without_what_a_terminal_would_obey() -> None:
    with pytest.raises(ManifestError, match=r"line 1: 'file \\x1b\[31m") as refused:
        parse(b"file \x1b[31m seq 1 type q\n")
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("name", ["a b", 'a"b', "a'b", "é", "a\nb", "a\udcffb"])
def test_a_name_that_needs_it_is_quoted_and_comes_back(name: str) -> None:
    line = Part(name, 1, "i").line()
    assert line.startswith(b'file "')
    assert parse(line).incrs == (Part(name, 1, "i"),)


def test_a_log_of_one_file_becomes_the_base() -> None:
    assert upgraded("appendonly.aof").encode() == b"file appendonly.aof seq 1 type b\n"
    assert upgraded("appendonly.aof").base_seq == 1
