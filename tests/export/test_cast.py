"""Recordings are asciicasts that come back as they were written, or are refused by line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.export.cast import Cast, Moment, NotACast, dumps, loads

HEADER = '{"version": 2, "width": 80, "height": 24}\n'

moments = st.lists(
    st.builds(
        Moment,
        st.integers(0, 10**9).map(lambda us: us / 1_000_000),
        st.sampled_from("oimr"),
        st.text(),
    )
).map(lambda found: tuple(sorted(found, key=lambda moment: moment.at)))


@given(st.integers(1, 500), st.integers(1, 200), moments, st.text())
def test_what_is_written_is_read_back(
    width: int, height: int, found: tuple[Moment, ...], title: str
) -> None:
    cast = Cast(width, height, found, title)
    assert loads(dumps(cast)) == cast


def test_the_file_is_lines_of_json_with_a_header_first() -> None:
    text = dumps(Cast(80, 24, (Moment(0.5, "o", "hi\r\n"), Moment(1, "m", "step 2")), "demo"))
    header, first, second = map(json.loads, text.splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert (first, second) == ([0.5, "o", "hi\r\n"], [1, "m", "step 2"])


def test_duration_and_markers_come_from_the_moments() -> None:
    cast = Cast(80, 24, (Moment(0, "o", "a"), Moment(2, "m", "x"), Moment(3.5, "o", "b")))
    assert cast.seconds == 3.5
    assert [moment.data for moment in cast.markers] == ["x"]
    assert Cast(1, 1, ()).seconds == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1"),
        ("no json\n", "line 1: not JSON"),
        ("[2]\n", "line 1: no header"),
        ('{"version": 1, "width": 80, "height": 24}\n', "version 2"),
        ('{"version": 2}\n', "gives no size"),
        ('{"version": 2, "width": -1, "height": 24}\n', "gives no size"),
        (HEADER + "[0.1]\n", "line 2: not"),
        (HEADER + '[0.1, "o", "x"]\n[0.2, "z", "x"]\n', "line 3: not"),
        (HEADER + '[-1, "o", "x"]\n', "line 2: not"),
        (HEADER + '[0.2, "o", "x"]\n{\n', "line 3: not JSON"),
        (HEADER + '[2, "o", "x"]\n[1, "o", "x"]\n', "times do not rise"),
        (HEADER + "[" * 100_000 + "\n", "line 2: not JSON"),
    ],
)
def test_what_is_no_recording_is_refused_and_the_line_named(text: str, message: str) -> None:
    with pytest.raises(NotACast, match=message):
        loads(text)
