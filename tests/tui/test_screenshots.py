"""Every picture in `screenshots/` is what the program of today draws."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from redlearn.export.svg import BAR, CELL, MARGIN, ROW
from redlearn.lines import Run, line
from redlearn.theme import DARK, LIGHT
from redlearn.tui import screenshots
from redlearn.tui.looks import Looks
from redlearn.tui.pictures import grid_of_strips, picture
from redlearn.tui.screenshots import SHOTS, SUFFIXES, Shot, main, take, taken

FOLDER = Path(__file__).parents[2] / "screenshots"
MEASURED = {"eviction.png", "simulator.png"}
"""Drawn of what was measured beside real servers, which differs from run to run a little."""

REMEDY = "the pictures are out of date: python -m redlearn.tui.screenshots"


def text_of(shot: Shot) -> str:
    return "\n".join("".join(piece.text for piece in row) for row in asyncio.run(taken(shot)).rows)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.stem)
def test_each_picture_is_up_to_date(shot: Shot) -> None:
    made = picture(asyncio.run(taken(shot)), ".svg")
    assert b"could not be drawn" not in made
    assert (FOLDER / f"{shot.stem}.svg").read_bytes() == made, REMEDY


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.stem)
def test_each_png_has_the_size_of_its_svg(shot: Shot) -> None:
    data = (FOLDER / f"{shot.stem}.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = shot.size
    size = width * CELL + 2 * MARGIN, height * ROW + BAR + MARGIN
    assert struct.unpack(">II", data[16:24]) == size, REMEDY


def test_there_are_no_other_pictures_and_they_are_small() -> None:
    files = [path for path in FOLDER.iterdir() if not path.name.startswith(".")]
    drawn = {f"{shot.stem}{suffix}" for shot in SHOTS for suffix in SUFFIXES}
    assert {path.name for path in files} == drawn | MEASURED, REMEDY
    assert sum(path.stat().st_size for path in files) < 4_000_000


def test_a_shot_shows_what_was_typed_pressed_and_left_on_the_prompt() -> None:
    text = text_of(Shot("x", "", (80, 24), lines=("SET a 1", "SET b 2"), typing="PING "))
    assert "redlearn> SET b 2" in text
    assert "redlearn> PING " in text
    assert "2/2" in text
    pressed = text_of(Shot("x", "", (80, 24), lines=("SET a 1", "SET b 2"), keys=("f7",)))
    assert "1/2" in pressed


def test_a_shot_of_a_lesson_shows_the_end_of_its_step_and_towers_are_as_planned() -> None:
    assert "step 2/8" in text_of(Shot("x", "", lesson="zset-skiplist", step=2))
    limit = "CONFIG SET zset-max-listpack-entries 0"
    tall = Shot("x", "", towers=(1, 5), lines=(limit, "ZADD z 1 a 2 b"))
    assert "5 lanes" in text_of(tall)


def test_a_shot_is_the_same_each_time_and_wears_its_theme() -> None:
    shot = Shot("x", "", (80, 24), lines=("SET k v EX 20",), theme=LIGHT)
    assert asyncio.run(taken(shot)) == asyncio.run(taken(shot))
    assert asyncio.run(taken(shot)).paper.bg == LIGHT.background


def test_one_command_takes_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("resvg_py")

    async def quick(shot: Shot) -> object:
        return grid_of_strips([Looks(DARK).strip(line(Run(shot.name)), 20)], DARK)

    monkeypatch.setattr(screenshots, "taken", quick)
    assert main([str(tmp_path / "new")]) == 0
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {f"{shot.stem}{suffix}" for shot in SHOTS for suffix in SUFFIXES}
    assert len(capsys.readouterr().out.splitlines()) == len(names)
    assert take(SHOTS[0], tmp_path) == [tmp_path / f"{SHOTS[0].stem}{each}" for each in SUFFIXES]
