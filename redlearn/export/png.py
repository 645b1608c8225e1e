"""PNG: an SVG drawn by resvg with our own font, so that it looks the same everywhere.

resvg is an optional dependency (`pip install redlearn[png]`). Fira Code, regular and bold,
lies beside this module with its licence; characters it lacks come from the system's fonts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"


class NoRenderer(RuntimeError):
    """resvg is not installed; the message says what to do."""


def png(svg: str, zoom: float = 1.0) -> bytes:
    """The picture as the bytes of a PNG file, `zoom` pixels per unit.

    Raises:
        NoRenderer: resvg is not installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise NoRenderer("PNG pictures need resvg: pip install 'redlearn[png]'") from error
    return bytes(
        svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            font_files=[str(path) for path in sorted(FONTS.glob("*.ttf"))],
            monospace_family="Fira Code",
        )
    )
