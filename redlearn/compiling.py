"""Compiling: what a source says to mypyc, which compiles some of them, and to nobody else.

A class that is compiled is closed: a class that stays interpreted cannot inherit from it, and what
is compiled calls its methods without looking for others. A class that is meant to have such heirs
says so, and calls of its methods then look first whether there are others:

    @mypyc_attr(allow_interpreted_subclasses=True)
    class Edge: ...

mypyc reads this as the decorator of `mypy_extensions`, a package that comes with it. Nothing of it
is imported when a program runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr
else:

    def mypyc_attr(**_):
        """A decorator that leaves its class as it is. O(1), once a class."""
        return lambda cls: cls
