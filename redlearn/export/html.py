"""HTML: a grid as a page of its own, or as a `pre` element to paste into another one."""

from __future__ import annotations

from html import escape

from redlearn.export.grid import Grid, Ink


def fragment(grid: Grid) -> str:
    """The grid as one `pre` element with inline styles: it needs no style sheet."""
    rows = (
        "".join(
            f'<span style="{_style(piece.ink, grid.paper)}">{escape(piece.text)}</span>'
            if piece.ink != grid.paper
            else escape(piece.text)
            for piece in row
        )
        for row in grid.rows
    )
    page = (
        f"color:{grid.paper.fg};background:{grid.paper.bg};padding:1em;line-height:1.2;"
        "font-family:'Fira Code',Menlo,Consolas,monospace;font-variant-ligatures:none"
    )
    return f'<pre style="{page}">' + "\n".join(rows) + "</pre>\n"


def page(grid: Grid, title: str = "redlearn") -> str:
    """The grid as a whole HTML document."""
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        f'<body style="margin:0;background:{grid.paper.bg}">\n{fragment(grid)}</body>\n</html>\n'
    )


def _style(ink: Ink, paper: Ink) -> str:
    rules = [f"color:{ink.fg}"] if ink.fg != paper.fg else []
    if ink.bg != paper.bg:
        rules.append(f"background:{ink.bg}")
    if ink.bold:
        rules.append("font-weight:bold")
    if ink.italic:
        rules.append("font-style:italic")
    if ink.underline:
        rules.append("text-decoration:underline")
    return ";".join(rules)
