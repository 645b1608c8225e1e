"""Layouts fill any terminal, without a gap or an overlap, and never without the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.tui.layouts import Board, Rect, board

PANES = ("structure", "slots", "ttl", "aof", "log", "clients", "lesson")


def rects_of(arranged: Board) -> list[Rect]:
    bars = [arranged.title, arranged.timeline, arranged.footer, arranged.notice]
    places = [place.rect for place in arranged.places]
    return [arranged.console, *places, *(bar for bar in bars if bar)]


def places_of(arranged: Board) -> dict[str, Rect]:
    return {pane: place.rect for place in arranged.places for pane in place.panes}


@given(
    st.integers(1, 300), st.integers(1, 120), st.booleans(), st.sampled_from(["", "slots", "aof"])
)
def test_every_cell_belongs_to_exactly_one_thing(
    width: int, height: int, lesson: bool, zoomed: str
) -> None:
    arranged = board(width, height, PANES, lesson=lesson, zoomed=zoomed)
    rects = rects_of(arranged)
    assert all(rect.width > 0 and rect.height > 0 for rect in rects)
    assert sum(rect.width * rect.height for rect in rects) == width * height
    for number, one in enumerate(rects):
        for other in rects[number + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart, (one, other)


@given(st.integers(60, 300), st.integers(20, 120), st.booleans())
def test_every_pane_can_be_brought_up_unless_the_terminal_is_tiny(
    width: int, height: int, lesson: bool
) -> None:
    found = set(places_of(board(width, height, PANES, lesson=lesson)))
    assert found == set(PANES) - (set() if lesson else {"lesson"})


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        ((1, 1), "tiny"),
        ((59, 40), "tiny"),
        ((100, 19), "tiny"),
        ((60, 20), "small"),
        ((80, 24), "small"),
        ((120, 30), "small"),
        ((109, 50), "small"),
        ((110, 34), "medium"),
        ((120, 36), "medium"),
        ((140, 42), "medium"),
        ((159, 60), "medium"),
        ((160, 50), "large"),
        ((200, 60), "large"),
    ],
)
def test_the_size_decides_the_arrangement(size: tuple[int, int], kind: str) -> None:
    assert board(*size, PANES).kind == kind


def test_at_80x24_a_structure_has_eleven_rows() -> None:
    arranged = board(80, 24, PANES)
    assert places_of(arranged)["structure"] == Rect(0, 1, 80, 13)
    assert arranged.places[0].frame == "rules"  # two rows of frame, so eleven inside
    assert arranged.console.height == 8


def test_at_80x24_a_lesson_is_read_below_what_it_is_about() -> None:
    found = places_of(board(80, 24, PANES, lesson=True))
    assert found["lesson"].y == found["structure"].y + found["structure"].height
    assert board(80, 24, PANES, lesson=True).console.height >= 5


def test_at_120x36_the_lesson_is_left_the_structure_right_ttl_and_aof_below() -> None:
    found = places_of(board(120, 36, PANES, lesson=True))
    assert found["lesson"].x == 0 and found["structure"].x == found["lesson"].width == 40
    assert found["ttl"].y == found["aof"].y == found["structure"].height + 1
    assert found["aof"].x == 40


def test_at_200x60_every_pane_has_a_place_of_its_own() -> None:
    arranged = board(200, 60, PANES, lesson=True)
    assert len({place.rect for place in arranged.places}) == len(PANES)
    assert all(len(place.panes) == 1 for place in arranged.places)


def test_a_zoomed_pane_takes_the_place_of_all_others() -> None:
    arranged = board(120, 36, PANES, zoomed="slots")
    assert len(arranged.places) == 1
    assert arranged.places[0].rect.width == 120
    assert arranged.console.height == 6


def test_panes_that_no_arrangement_knows_share_the_structure_s_place() -> None:
    for size in ((80, 24), (120, 36), (200, 60)):
        found = places_of(board(*size, (*PANES, "novel")))
        assert found["novel"] == found["structure"]


def test_memory_is_seen_beside_the_structure_where_there_is_room() -> None:
    small, medium, large = (
        board(*size, (*PANES, "memory")) for size in ((80, 24), (120, 36), (200, 60))
    )
    assert places_of(small)["memory"] == places_of(small)["structure"]
    assert places_of(medium)["memory"] == places_of(medium)["aof"]
    beside, above = places_of(large)["memory"], places_of(large)["structure"]
    assert (beside.x, beside.y, beside.width) == (above.x, above.y + above.height, above.width)
    assert ("memory",) in [place.panes for place in large.places]
