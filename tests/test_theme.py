"""Themes: every name has a look, text can be read, and colours stay apart for everyone."""

from __future__ import annotations

from itertools import combinations

import pytest
from prompt_toolkit.styles import Style

from redlearn.theme import (
    DARK,
    HIGH_CONTRAST,
    LIGHT,
    MONO,
    PLAIN,
    THEMES,
    Look,
    Theme,
    prompt_classes,
)

COLOURED = (DARK, LIGHT, HIGH_CONTRAST)
NAMES = [
    *("label", "dim", "title", "header", "tag", "node", "lane", "path", "value", "number"),
    *("string", "key", "error", "ok", "warn", "hot", "new", "gone", "bar", "bar.low"),
    *("bar.empty", "slot.a", "slot.b", "slot.c", "slot.empty", "byte.len", "byte.data"),
    *("byte.back", "cursor", "frame", "prompt", "hint", "time.past", "time.now"),
]
# Cells that are filled, never read: their colour must differ from others', not stand out.
FILLED = {"slot.empty", *(f"slot.{node}.{shade}" for node in "abcd" for shade in range(4))}


def channels(colour: str) -> tuple[float, float, float]:
    """Linear red, green and blue, 0 to 1, of "#rrggbb"."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return linear(red), linear(green), linear(blue)


def linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    red, green, blue = channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_seen_without_green_cones(colour: str) -> tuple[float, float, float]:
    """Deuteranopia after Machado et al. (2009), severity 1, on linear channels."""
    r, g, b = channels(colour)
    return (
        0.367322 * r + 0.860646 * g - 0.227968 * b,
        0.280085 * r + 0.672501 * g + 0.047413 * b,
        -0.011820 * r + 0.042940 * g + 0.968881 * b,
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_panes_use_is_known_or_has_a_known_family(theme: Theme, name: str) -> None:
    assert name in theme.looks or name.split(".")[0] in theme.looks


def test_the_coloured_themes_know_the_same_names() -> None:
    assert DARK.looks.keys() == LIGHT.looks.keys() == HIGH_CONTRAST.looks.keys()


def test_an_unknown_name_looks_like_the_part_before_its_dot() -> None:
    assert DARK.look("bar.low.urgent") == DARK.look("bar.low") != DARK.look("bar")
    assert DARK.look("path.third.of.four") == DARK.look("path")


@pytest.mark.parametrize("name", ["", "no-such-name", "no.such.name", ".", "..", "|"])
def test_a_name_nobody_knows_is_plain(name: str) -> None:
    look = DARK.look(name)
    assert look == PLAIN or (look.fg, look.bg) == (DARK.foreground, DARK.foreground)


def test_two_names_with_a_bar_between_are_the_halves_of_a_cell() -> None:
    halves = DARK.look("slot.a.1|slot.b.2")
    assert MONO.look("slot.a.1|slot.b.2") == MONO.look("slot.a")
    assert halves == Look(fg=DARK.look("slot.a.1").fg, bg=DARK.look("slot.b.2").fg)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_text_can_be_read_on_its_background(theme: Theme) -> None:
    least = 7.0 if theme is HIGH_CONTRAST else 4.5
    poor = {}
    for name, look in theme.looks.items():
        ratio = contrast(look.fg or theme.foreground, look.bg or theme.background)
        wanted = 3.0 if name == "frame" else least  # a line, not text
        if name not in FILLED and ratio < wanted:
            poor[name] = round(ratio, 2)
    assert poor == {}


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("shade", range(1, 4))
def test_nodes_stay_apart_for_eyes_without_green_cones(theme: Theme, shade: int) -> None:
    colours = {node: theme.look(f"slot.{node}.{shade}").fg for node in "abc"}
    for one, other in combinations(colours, 2):
        left, right = (as_seen_without_green_cones(colours[node]) for node in (one, other))
        assert sum(abs(x - y) for x, y in zip(left, right, strict=True)) > 0.15, (one, other)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("node", "abcd")
def test_more_keys_in_a_slot_are_further_from_the_background(theme: Theme, node: str) -> None:
    distance = [
        contrast(theme.look(f"slot.{node}.{shade}").fg, theme.background) for shade in range(4)
    ]
    assert distance == sorted(distance)


def test_the_mono_theme_uses_no_colour_at_all() -> None:
    assert all(not look.fg and not look.bg for look in MONO.looks.values())


def test_the_mono_theme_still_tells_what_matters_from_plain_text() -> None:
    for name in ("path", "node", "hot", "new", "gone", "error", "warn", "bar", "cursor"):
        assert MONO.look(name) != PLAIN, name


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_prompt_toolkit_accepts_every_rule(theme: Theme) -> None:
    style = Style.from_dict(prompt_classes(theme))
    attributes = style.get_attrs_for_style_str("class:path")
    assert attributes.bold
    assert attributes.color == theme.look("path").fg.lstrip("#")
