"""Themes: what the style names that panes use look like, on four kinds of screen.

A pane says "path" or "slot.a.3"; a theme says colours and weight. Names form families by
their dots: one that a theme does not know looks like the part before its last dot, and in
the end like plain text, so a pane may invent a finer name and still be seen everywhere.
Two names joined by `|` are for half blocks: "slot.a.1|slot.b.3" is the colour of the first
over the colour of the second.

The palette is Okabe and Ito's (2008), which people with red-green blindness can tell
apart. Colour never carries a meaning alone: panes add a glyph, and the mono theme, which
has no colours at all, must still tell every family from plain text.

Contrast against the background is at least 4.5 to 1 for text (WCAG AA) and 7 to 1 in the
high-contrast theme; `tests/test_theme.py` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SHADES: Final = 4
"""A node's slots come in shades `slot.a.0` (no key) to `slot.a.3` (many keys)."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of text is drawn. Colours are "#rrggbb", or "" for the theme's own."""

    fg: str = ""
    bg: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False


PLAIN: Final = Look()


@dataclass(frozen=True, slots=True)
class Theme:
    """A named set of looks.

    Attributes:
        foreground, background: What plain text is drawn with, and on.
        accent: The colour of the frame that has the focus.
        looks: Style name to look. Ask `look`, which knows families and halves.
    """

    name: str
    dark: bool
    foreground: str
    background: str
    accent: str
    looks: Mapping[str, Look] = field(repr=False)
    coloured: bool = True

    def look(self, name: str) -> Look:
        """The look of a style name, of its nearest known family, or plain. Never fails."""
        if "|" in name:
            upper, _, lower = name.partition("|")
            if not self.coloured:
                return self.look(upper)
            return Look(fg=self.ink(upper), bg=self.ink(lower))
        while name:
            if (found := self.looks.get(name)) is not None:
                return found
            name = name.rpartition(".")[0]
        return PLAIN

    def ink(self, name: str) -> str:
        """The one colour that a filled cell of this style has: its background, else its text."""
        look = self.look(name)
        return look.bg or look.fg or self.foreground


def _shaded(colours: Mapping[str, tuple[str, str, str, str]]) -> dict[str, Look]:
    """`slot.<node>.<shade>` for each node's four shades, and `slot.<node>` for its name."""
    looks = {}
    for node, shades in colours.items():
        looks[f"slot.{node}"] = Look(fg=shades[-1], bold=True)
        for shade, colour in enumerate(shades):
            looks[f"slot.{node}.{shade}"] = Look(fg=colour)
    return looks


_DARK: Final[dict[str, Look]] = {
    "label": Look(fg="#9aa4ad"),
    "dim": Look(fg="#858d94"),
    "title": Look(fg="#7fc9f5", bold=True),
    "header": Look(fg="#e8e8e8", bg="#23303b", bold=True),
    "tag": Look(fg="#10151a", bg="#7fc9f5", bold=True),
    "node": Look(fg="#ffffff", bg="#1c5c7a", bold=True),
    "node.tall": Look(fg="#ffffff", bg="#4a4f9e", bold=True),
    "node.head": Look(fg="#e8e8e8", bg="#4a4a4a", bold=True),
    "lane": Look(fg="#858d94"),
    "path": Look(fg="#ffd75f", bold=True),
    "path.node": Look(fg="#10151a", bg="#ffd75f", bold=True),
    "value": Look(fg="#e8e8e8"),
    "number": Look(fg="#f0b040"),
    "string": Look(fg="#2fc79b"),
    "key": Look(fg="#7fc9f5"),
    "command": Look(fg="#2fc79b", bold=True),
    "option": Look(fg="#e39cc4"),
    "error": Look(fg="#ff8a50", bold=True),
    "ok": Look(fg="#2fc79b", bold=True),
    "warn": Look(fg="#f0e442", bold=True),
    "hot": Look(fg="#10151a", bg="#f0b040", bold=True),
    "new": Look(fg="#2fc79b", bold=True),
    "gone": Look(fg="#ff8a50", italic=True),
    "bar": Look(fg="#10151a", bg="#1fa67e"),
    "bar.low": Look(fg="#10151a", bg="#f0e442"),
    "bar.last": Look(fg="#10151a", bg="#f07a3c"),
    "bar.empty": Look(fg="#9aa4ad", bg="#2b3137"),
    "byte": Look(fg="#e8e8e8"),
    "byte.len": Look(fg="#7fc9f5"),
    "byte.enc": Look(fg="#e39cc4"),
    "byte.data": Look(fg="#f0b040"),
    "byte.back": Look(fg="#9aa4ad"),
    "byte.end": Look(fg="#ff8a50"),
    "slot.empty": Look(fg="#2b3137"),
    "cursor": Look(reverse=True),
    "selected": Look(fg="#ffffff", bg="#0072b2"),
    "frame": Look(fg="#5f7080"),
    "frame.title": Look(fg="#9aa4ad"),
    "frame.tab": Look(fg="#9aa4ad"),
    "frame.current": Look(fg="#7fc9f5", bold=True),
    "frame.focus": Look(fg="#f0b040", bold=True),
    "prompt": Look(fg="#7fc9f5", bold=True),
    "hint": Look(fg="#9aa4ad"),
    "hint.current": Look(fg="#ffd75f", bold=True, underline=True),
    "time.past": Look(fg="#7fc9f5"),
    "time.future": Look(fg="#858d94"),
    "time.now": Look(fg="#ffd75f", bold=True),
    "time.fork": Look(fg="#e39cc4", bold=True),
    "code": Look(fg="#2fc79b"),
    "strong": Look(fg="#ffffff", bold=True),
    "stress": Look(fg="#e8e8e8", italic=True),
    "right": Look(fg="#2fc79b", bold=True),
    "wrong": Look(fg="#ff8a50", bold=True),
    "aside": Look(fg="#9aa4ad", italic=True),
    "note": Look(fg="#e39cc4", italic=True),
    "solution": Look(fg="#2fc79b"),
    "keyword": Look(fg="#7fc9f5"),
    "act": Look(fg="#e39cc4"),
    "client": Look(fg="#e39cc4", bold=True),
    "hint.name": Look(fg="#2fc79b", bold=True),
    "hint.here": Look(fg="#f0b040"),
    "hint.error": Look(fg="#ff8a50"),
    **_shaded({
        "a": ("#0a2f47", "#1464a0", "#2f8fd0", "#7fc9f5"),
        "b": ("#4a3200", "#a36a00", "#e69f00", "#ffcf66"),
        "c": ("#04392b", "#007a5a", "#12a880", "#5fdcb8"),
        "d": ("#43273a", "#8f4f78", "#cc79a7", "#f0b4d6"),
    }),
    "slot.moving": Look(fg="#f0e442", bold=True),
}  # fmt: skip

_LIGHT: Final[dict[str, Look]] = {
    "label": Look(fg="#56606a"),
    "dim": Look(fg="#68727c"),
    "title": Look(fg="#005a8c", bold=True),
    "header": Look(fg="#1b1b1b", bg="#d5e3ee", bold=True),
    "tag": Look(fg="#ffffff", bg="#005a8c", bold=True),
    "node": Look(fg="#0b2433", bg="#a9d6f0", bold=True),
    "node.tall": Look(fg="#1d1a4a", bg="#c5c4f2", bold=True),
    "node.head": Look(fg="#1b1b1b", bg="#c9c9c9", bold=True),
    "lane": Look(fg="#68727c"),
    "path": Look(fg="#9c3d00", bold=True),
    "path.node": Look(fg="#ffffff", bg="#9c3d00", bold=True),
    "value": Look(fg="#1b1b1b"),
    "number": Look(fg="#845400"),
    "string": Look(fg="#006b4f"),
    "key": Look(fg="#005a8c"),
    "command": Look(fg="#006b4f", bold=True),
    "option": Look(fg="#8c2f66"),
    "error": Look(fg="#a83c00", bold=True),
    "ok": Look(fg="#006b4f", bold=True),
    "warn": Look(fg="#6f5f00", bold=True),
    "hot": Look(fg="#1b1b1b", bg="#f5c04a", bold=True),
    "new": Look(fg="#006b4f", bold=True),
    "gone": Look(fg="#a83c00", italic=True),
    "bar": Look(fg="#06251c", bg="#4fc3a1"),
    "bar.low": Look(fg="#2c2700", bg="#e8dc50"),
    "bar.last": Look(fg="#2b0f00", bg="#f08c50"),
    "bar.empty": Look(fg="#56606a", bg="#e6e8ea"),
    "byte": Look(fg="#1b1b1b"),
    "byte.len": Look(fg="#005a8c"),
    "byte.enc": Look(fg="#8c2f66"),
    "byte.data": Look(fg="#845400"),
    "byte.back": Look(fg="#56606a"),
    "byte.end": Look(fg="#a83c00"),
    "slot.empty": Look(fg="#e6e8ea"),
    "cursor": Look(reverse=True),
    "selected": Look(fg="#ffffff", bg="#005a8c"),
    "frame": Look(fg="#808a94"),
    "frame.title": Look(fg="#56606a"),
    "frame.tab": Look(fg="#56606a"),
    "frame.current": Look(fg="#005a8c", bold=True),
    "frame.focus": Look(fg="#9c3d00", bold=True),
    "prompt": Look(fg="#005a8c", bold=True),
    "hint": Look(fg="#56606a"),
    "hint.current": Look(fg="#9c3d00", bold=True, underline=True),
    "time.past": Look(fg="#005a8c"),
    "time.future": Look(fg="#68727c"),
    "time.now": Look(fg="#9c3d00", bold=True),
    "time.fork": Look(fg="#8c2f66", bold=True),
    "code": Look(fg="#006b4f"),
    "strong": Look(fg="#000000", bold=True),
    "stress": Look(fg="#1b1b1b", italic=True),
    "right": Look(fg="#006b4f", bold=True),
    "wrong": Look(fg="#a83c00", bold=True),
    "aside": Look(fg="#56606a", italic=True),
    "note": Look(fg="#8c2f66", italic=True),
    "solution": Look(fg="#006b4f"),
    "keyword": Look(fg="#005a8c"),
    "act": Look(fg="#8c2f66"),
    "client": Look(fg="#8c2f66", bold=True),
    "hint.name": Look(fg="#006b4f", bold=True),
    "hint.here": Look(fg="#845400"),
    "hint.error": Look(fg="#a83c00"),
    **_shaded({
        "a": ("#d3e6f3", "#85bce0", "#2f8fd0", "#005a8c"),
        "b": ("#f7e6c3", "#efc15c", "#d18f00", "#7d5000"),
        "c": ("#cdeae1", "#74cdb2", "#12a880", "#00624a"),
        "d": ("#f2dce8", "#dba3c4", "#b8588f", "#7c2a5b"),
    }),
    "slot.moving": Look(fg="#6f5f00", bold=True),
}  # fmt: skip

_BRIGHT: Final[dict[str, Look]] = {
    "label": Look(fg="#d8d8d8"),
    "dim": Look(fg="#c4c4c4"),
    "title": Look(fg="#8fd6ff", bold=True),
    "header": Look(fg="#000000", bg="#ffffff", bold=True),
    "tag": Look(fg="#000000", bg="#8fd6ff", bold=True),
    "node": Look(fg="#000000", bg="#8fd6ff", bold=True),
    "node.tall": Look(fg="#000000", bg="#c9c6ff", bold=True),
    "node.head": Look(fg="#000000", bg="#d0d0d0", bold=True),
    "lane": Look(fg="#c4c4c4"),
    "path": Look(fg="#ffe95c", bold=True, underline=True),
    "path.node": Look(fg="#000000", bg="#ffe95c", bold=True),
    "value": Look(fg="#ffffff"),
    "number": Look(fg="#ffc04d", bold=True),
    "string": Look(fg="#5ff0c4"),
    "key": Look(fg="#8fd6ff"),
    "command": Look(fg="#5ff0c4", bold=True),
    "option": Look(fg="#ffb8de"),
    "error": Look(fg="#ff9e6b", bold=True, underline=True),
    "ok": Look(fg="#5ff0c4", bold=True),
    "warn": Look(fg="#fff37a", bold=True),
    "hot": Look(fg="#000000", bg="#ffc04d", bold=True),
    "new": Look(fg="#5ff0c4", bold=True),
    "gone": Look(fg="#ff9e6b", italic=True),
    "bar": Look(fg="#000000", bg="#5ff0c4"),
    "bar.low": Look(fg="#000000", bg="#fff37a"),
    "bar.last": Look(fg="#000000", bg="#ff9e6b"),
    "bar.empty": Look(fg="#ffffff", bg="#303030"),
    "byte": Look(fg="#ffffff"),
    "byte.len": Look(fg="#8fd6ff"),
    "byte.enc": Look(fg="#ffb8de"),
    "byte.data": Look(fg="#ffc04d"),
    "byte.back": Look(fg="#d8d8d8"),
    "byte.end": Look(fg="#ff9e6b"),
    "slot.empty": Look(fg="#303030"),
    "cursor": Look(reverse=True),
    "selected": Look(fg="#000000", bg="#ffffff", bold=True),
    "frame": Look(fg="#ffffff"),
    "frame.title": Look(fg="#ffffff"),
    "frame.tab": Look(fg="#d8d8d8"),
    "frame.current": Look(fg="#8fd6ff", bold=True),
    "frame.focus": Look(fg="#ffe95c", bold=True),
    "prompt": Look(fg="#8fd6ff", bold=True),
    "hint": Look(fg="#d8d8d8"),
    "hint.current": Look(fg="#ffe95c", bold=True, underline=True),
    "time.past": Look(fg="#8fd6ff"),
    "time.future": Look(fg="#c4c4c4"),
    "time.now": Look(fg="#ffe95c", bold=True),
    "time.fork": Look(fg="#ffb8de", bold=True),
    "code": Look(fg="#5ff0c4"),
    "strong": Look(fg="#ffffff", bold=True),
    "stress": Look(fg="#ffffff", italic=True),
    "right": Look(fg="#5ff0c4", bold=True),
    "wrong": Look(fg="#ff9e6b", bold=True, underline=True),
    "aside": Look(fg="#d8d8d8", italic=True),
    "note": Look(fg="#ffb8de", italic=True),
    "solution": Look(fg="#5ff0c4"),
    "keyword": Look(fg="#8fd6ff"),
    "act": Look(fg="#ffb8de"),
    "client": Look(fg="#ffb8de", bold=True),
    "hint.name": Look(fg="#5ff0c4", bold=True),
    "hint.here": Look(fg="#ffc04d"),
    "hint.error": Look(fg="#ff9e6b"),
    **_shaded({
        "a": ("#003a5c", "#0f7cc0", "#4fb4ee", "#b5e4ff"),
        "b": ("#573a00", "#b87900", "#ffb52e", "#ffe0a0"),
        "c": ("#00432f", "#00936b", "#2fd0a2", "#a6f5de"),
        "d": ("#522a44", "#a85a8c", "#e68fc0", "#ffd0ea"),
    }),
    "slot.moving": Look(fg="#fff37a", bold=True),
}  # fmt: skip

_MONO: Final[dict[str, Look]] = {
    "label": Look(dim=True),
    "dim": Look(dim=True),
    "title": Look(bold=True),
    "header": Look(bold=True, reverse=True),
    "tag": Look(reverse=True),
    "node": Look(reverse=True),
    "lane": Look(dim=True),
    "path": Look(bold=True, underline=True),
    "path.node": Look(bold=True, reverse=True, underline=True),
    "value": PLAIN,
    "number": Look(bold=True),
    "string": Look(italic=True),
    "key": Look(underline=True),
    "command": Look(bold=True),
    "option": Look(italic=True),
    "error": Look(bold=True, reverse=True),
    "ok": Look(bold=True),
    "warn": Look(bold=True, underline=True),
    "hot": Look(bold=True, reverse=True),
    "new": Look(bold=True),
    "gone": Look(dim=True, italic=True),
    "bar": Look(reverse=True),
    "bar.empty": Look(dim=True),
    "byte": PLAIN,
    "byte.len": Look(underline=True),
    "byte.enc": Look(italic=True),
    "byte.data": Look(bold=True),
    "byte.back": Look(dim=True),
    "byte.end": Look(dim=True, underline=True),
    "slot": Look(bold=True),
    "slot.empty": Look(dim=True),
    "cursor": Look(reverse=True),
    "selected": Look(bold=True, reverse=True),
    "frame": Look(dim=True),
    "frame.title": Look(dim=True),
    "frame.tab": Look(dim=True),
    "frame.current": Look(bold=True),
    "frame.focus": Look(bold=True),
    "prompt": Look(bold=True),
    "hint": Look(dim=True),
    "hint.current": Look(bold=True, underline=True),
    "time.past": PLAIN,
    "time.future": Look(dim=True),
    "time.now": Look(bold=True, reverse=True),
    "time.fork": Look(bold=True, underline=True),
    "code": Look(bold=True),
    "strong": Look(bold=True),
    "stress": Look(italic=True),
    "right": Look(bold=True),
    "wrong": Look(bold=True, underline=True),
    "aside": Look(italic=True),
    "note": Look(italic=True),
    "solution": Look(bold=True),
    "keyword": Look(italic=True),
    "act": Look(bold=True, italic=True),
    "client": Look(bold=True),
    "hint.name": Look(bold=True),
    "hint.here": Look(underline=True),
    "hint.error": Look(bold=True, underline=True),
}

DARK: Final = Theme("dark", True, "#d6d6d6", "#10151a", "#f0b040", _DARK)
LIGHT: Final = Theme("light", False, "#1b1b1b", "#fafafa", "#9c3d00", _LIGHT)
HIGH_CONTRAST: Final = Theme("high-contrast", True, "#ffffff", "#000000", "#ffe95c", _BRIGHT)
MONO: Final = Theme("mono", True, "#d0d0d0", "#101010", "#ffffff", _MONO, coloured=False)

THEMES: Final[Mapping[str, Theme]] = {
    theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, MONO)
}


def prompt_classes(theme: Theme) -> dict[str, str]:
    """The theme as prompt_toolkit style rules: class name to style string.

    Every style name is a class of the same name ("class:key"); prompt_toolkit's dots mean
    families too. Its own parts (menu, suggestion, toolbar, search) are added.
    """
    rules = {name: _rule(look) for name, look in theme.looks.items()}
    menu, chosen = _rule(theme.look("header")), _rule(theme.look("selected"))
    rules |= {
        "auto-suggestion": _rule(theme.look("dim")),
        "bottom-toolbar": f"noreverse {_rule(theme.look('hint'))}",
        "bottom-toolbar.text": "",
        "completion-menu.completion": menu,
        "completion-menu.completion.current": f"noreverse {chosen}",
        "completion-menu.meta.completion": f"{menu} nobold",
        "completion-menu.meta.completion.current": f"noreverse {chosen}",
        "scrollbar.background": menu,
        "scrollbar.button": chosen,
        "matching-bracket.cursor": "bold",
        "search": _rule(theme.look("path")),
        "incsearch.current": _rule(theme.look("path.node")),
        "unknown": _rule(theme.look("error")),
    }
    return rules


def _rule(look: Look) -> str:
    parts = [f"fg:{look.fg}"] if look.fg else []
    if look.bg:
        parts.append(f"bg:{look.bg}")
    flags = ("bold", "dim", "italic", "underline", "reverse")
    parts += [flag for flag in flags if getattr(look, flag)]
    return " ".join(parts)
