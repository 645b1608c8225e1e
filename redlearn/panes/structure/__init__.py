"""The structure pane: the value under a key, drawn as the structure that holds it.

`frame.py` draws what all structures have in common, and the modules beside it one each.
"""

from redlearn.panes.structure.frame import TITLE, render

__all__ = ["TITLE", "render"]
