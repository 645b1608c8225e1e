"""Style names become Rich styles once; lines become strips of exactly the width asked for."""

from __future__ import annotations

from prompt_toolkit.styles import Style as PromptStyle
from rich.style import Style

from redlearn.lines import Run, line
from redlearn.theme import DARK, LIGHT, MONO
from redlearn.tui.looks import PTK, Looks, shown


def test_a_name_is_resolved_once() -> None:
    looks = Looks(DARK)
    assert looks.style("path") is looks.style("path")


def test_a_style_stands_on_the_theme_s_own_background() -> None:
    style = Looks(DARK).style("path")
    assert style.bold
    assert style.color == Style.parse(DARK.look("path").fg).color
    assert style.bgcolor == Style.parse(f"on {DARK.background}").bgcolor


def test_themes_differ() -> None:
    assert Looks(DARK).style("") != Looks(LIGHT).style("")


def test_a_prompt_toolkit_style_string_is_resolved_by_the_same_theme() -> None:
    looks = Looks(DARK)
    assert looks.style(f"{PTK}class:key").color == looks.style("key").color


def test_classes_unknown_to_the_theme_come_from_the_rules_beneath() -> None:
    looks = Looks(DARK, beneath=PromptStyle.from_dict({"odd": "#123456", "key": "#123456"}))
    assert looks.style(f"{PTK}class:odd").color == Style.parse("#123456").color
    assert looks.style(f"{PTK}class:key").color == looks.style("key").color


def test_without_colours_rules_beneath_bring_none_in() -> None:
    looks = Looks(MONO, beneath=PromptStyle.from_dict({"act": "ansimagenta", "odd": "bg:#123456"}))
    plain = looks.style("")
    for name in ("act", "odd", "completion-menu.completion"):
        style = looks.style(f"{PTK}class:{name}")
        assert (style.color, style.bgcolor) == (plain.color, plain.bgcolor)


def test_ansi_colour_names_of_prompt_toolkit_are_understood() -> None:
    assert Looks(DARK).style(f"{PTK}ansired").color == Style.parse("color(1)").color


def test_a_strip_has_exactly_the_width_asked_for() -> None:
    looks = Looks(DARK)
    for text in ("", "abc", "abcdefgh", "键键键键", "e\u0301" * 9, "👩\u200d💻"):
        for width in (1, 2, 5, 7, 20):
            assert looks.strip(line(Run(text, "key")), width).cell_length == width


def test_markup_and_escapes_in_text_stay_text() -> None:
    strip = Looks(DARK).strip(line("[bold]x[/bold]"), 20)
    assert strip.text.rstrip() == "[bold]x[/bold]"


def test_with_ascii_signs_pictures_keep_their_shape_and_letters_stay() -> None:
    strip = Looks(DARK, ascii_signs=True).strip(line("╭─●━▶ 键"), 12)
    assert strip.text == "+-@=> 键    "
    assert strip.cell_length == 12


def test_joiners_are_not_sent_to_the_screen() -> None:
    assert shown("a\u200db\ufe0f") == "ab"
