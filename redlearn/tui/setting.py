"""The setting: everything the application stands on, handed in from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from redlearn.lines import Line
from redlearn.theme import DARK, Theme
from redlearn.tui.desk import Desk
from redlearn.tui.entry import School
from redlearn.tui.pane_host import Pane, Source, Window
from redlearn.tui.prompt_host import SessionMaker


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A pane, and how to see what it shows.

    Attributes:
        subject: What it is showing now, for the frame.
        running: Whether it changes with time alone, and should be drawn again often.
        ages: Whether it tells how long ago something was: drawn once a second.
        there: Whether there is anything of its kind now; if not, it has no tab.
        keys: What a key does while the pane has the focus: the words of a deed, none for nothing.
    """

    id: str
    pane: Pane
    source: Source
    subject: Callable[[], str] = lambda: ""
    running: Callable[[], bool] = lambda: False
    ages: bool = False
    there: Callable[[], bool] = lambda: True
    keys: Mapping[str, Callable[[Window], tuple[str, ...]]] = field(default_factory=dict)


@dataclass(slots=True)
class Setting:
    """What the application stands on; everything from outside comes in here.

    Attributes:
        now_ms: The time of the wall, in milliseconds.
        lesson: What to open at once, or "".
        patience_s: How long the screen stands still for a command, in seconds, before it goes on
            without it; None for as long as it takes.
        begin: Awaited once, when the screen is up: whatever else is to run beside it.
        ascii_signs: Draw with ASCII's signs only.
        turn_form: Draws the value as the next thing it may be taken for; "" if there is none.
        changes: A line, so many cells wide at most, about what the last command changed.
    """

    desk: Desk
    exhibits: Sequence[Exhibit]
    make_session: SessionMaker
    now_ms: Callable[[], int]
    school: School
    theme: Theme = DARK
    lesson: str = ""
    ascii_signs: bool = False
    changes: Callable[[int], Line] = lambda width: ()
    patience_s: float | None = None
    turn_form: Callable[[], str] = lambda: ""
    begin: Callable[[Callable[[Line], None]], Awaitable[None]] | None = None
