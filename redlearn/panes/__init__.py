"""Panes: views drawn as lines of styled text. Each has a TITLE and a pure `render`.

    render(view, width, height) -> at most `height` lines of at most `width` cells

A pane gives a meaning a glyph or a word first and a colour second. It knows no terminal,
and no other pane.
"""
