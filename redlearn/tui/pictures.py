"""Pictures: the screen, or any strips, as a grid that the exports can write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.color import ColorType
from rich.style import Style
from textual.strip import Strip

from redlearn.export.ansi import ansi
from redlearn.export.grid import Grid, Ink, Piece, mixed, visible
from redlearn.export.html import page
from redlearn.export.png import png
from redlearn.export.svg import svg
from redlearn.resp.text import printable
from redlearn.theme import Theme

FORMATS: Final = (".svg", ".png", ".html", ".ansi", ".txt")


def grid_of_strips(strips: Iterable[Strip], theme: Theme) -> Grid:
    """Strips as a grid, in the theme they were drawn in."""
    paper = Ink(theme.foreground, theme.background)
    rows = [
        tuple(
            Piece(visible(segment.text), _ink(segment.style, paper))
            for segment in strip.simplify()
            if segment.text and not segment.control
        )
        for strip in strips
    ]
    width = max((sum(piece.width for piece in row) for row in rows), default=0)
    return Grid(tuple(rows), width, paper)


def picture(grid: Grid, suffix: str, title: str = "redlearn") -> bytes:
    """The grid as the bytes of a file; `suffix` (".svg") says of which format.

    Raises:
        ValueError: For any other suffix than those in FORMATS.
        NoRenderer: For ".png" without resvg.
    """
    match suffix:
        case ".svg":
            return svg(grid, title).encode()
        case ".png":
            return png(svg(grid, title))
        case ".html":
            return page(grid, title).encode()
        case ".ansi":
            return ansi(grid).encode()
        case ".txt":
            rows = ("".join(piece.text for piece in row).rstrip() for row in grid.rows)
            return "".join(row + "\n" for row in rows).encode()
    raise ValueError(f"pictures end in {', '.join(FORMATS)}")


def save(grid: Grid, path: Path, title: str = "redlearn") -> None:
    """Write a picture; the path's suffix says how."""
    path.write_bytes(picture(grid, path.suffix, title))


def saved(grid: Grid, path: str) -> str:
    """Write a picture, and give a sentence about it: that it is there, or why not."""
    name = printable(path.encode("utf-8", "surrogateescape"))
    try:
        save(grid, Path(path).expanduser())
    except FileNotFoundError:
        return f"Not saved: there is no folder for {name}."
    except OSError as error:
        return f"Not saved as {name}: {(error.strerror or 'it failed').lower()}."
    except (ValueError, RuntimeError) as error:
        return f"Not saved: {printable(str(error).encode())}"
    return f"Saved as {name}."


def _ink(style: Style | None, paper: Ink) -> Ink:
    if style is None:
        return paper
    fg, bg = _hex(style, "color", paper.fg), _hex(style, "bgcolor", paper.bg)
    if style.reverse:
        fg, bg = bg, fg
    if style.dim:
        fg = mixed(fg, bg)
    return Ink(fg, bg, bool(style.bold), bool(style.italic), bool(style.underline))


def _hex(style: Style, which: str, otherwise: str) -> str:
    colour = style.color if which == "color" else style.bgcolor
    if colour is None or colour.type is ColorType.DEFAULT:
        return otherwise
    return colour.get_truecolor().hex
