"""What can be done, once: key, name and sentence of every action, for keys, palette and help.

Nothing is reachable only by a key: the palette lists all of these, and more. Each has an
id, so that a keymap can move it. Keys that print something act only while a pane has the
focus; in the prompt they are text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from textual import events
from textual.binding import Binding, BindingType

Where = Literal["anywhere", "pane"]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something the user can do.

    Attributes:
        id: For keymaps.
        keys: Textual's names, comma between; empty if only the palette has it.
        action: What the application calls.
        name: For the footer, a word; and for the palette.
        help: A sentence.
        footer: Whether the footer shows it.
    """

    id: str
    keys: str
    action: str
    name: str
    help: str
    where: Where = "anywhere"
    footer: bool = False

    def binding(self) -> Binding:
        """The deed as a Textual binding."""
        return Binding(
            self.keys, self.action, self.name, show=self.footer, id=self.id, tooltip=self.help
        )


DEEDS: Final = (
    Deed("help", "f1", "help", "Help", "Show or hide the keys and how to use them.", footer=True),
    Deed("hint", "f2", "hint", "Hint", "The lesson's next hint, then its solution.", footer=True),
    Deed("goal", "f3", "goal", "Goal", "What the lesson's task still wants.", footer=True),
    Deed("next-pane", "f6", "next_pane(1)", "Pane", "Turn to the next pane.", footer=True),
    Deed("last-pane", "shift+f6", "next_pane(-1)", "Pane before", "Turn to the pane before."),
    Deed("back", "f7", "go(-1)", "Back", "Go back by one command.", footer=True),
    Deed(
        "next", "f8", "go(1)", "Next",
        "Go forward by one command; at the end of time, on in the lesson.", footer=True,
    ),
    Deed("clock", "f9", "clock", "Clock", "Stop the clock, or let it run.", footer=True),
    Deed(
        "back-key", "left_square_bracket,h", "go(-1)", "Back", "Go back by one command.", "pane",
    ),
    Deed(
        "next-key", "right_square_bracket,l", "go(1)", "Next", "Go forward by one command.", "pane",
    ),
    Deed(
        "micro-back", "comma", "micro(-1)", "Micro-step back",
        "One step back inside the present command.", "pane",
    ),
    Deed(
        "micro-next", "full_stop", "micro(1)", "Micro-step",
        "One step forward inside the present command.", "pane",
    ),
    Deed("clock-key", "space", "clock", "Clock", "Stop the clock, or let it run.", "pane"),
    Deed("undo", "u", "by_write(-1)", "Undo", "Go back to before the last write.", "pane"),
    Deed("redo", "ctrl+r", "by_write(1)", "Redo", "Go forward past the next write.", "pane"),
    Deed("start", "home", "to_start", "Start", "Go to the beginning of time.", "pane"),
    Deed("end", "end", "to_end", "End", "Go to the end of time.", "pane"),
    Deed(
        "step-back", "left_curly_bracket", "lesson(-1)", "Lesson: back",
        "To the beginning of the lesson's step, or to the one before.", "pane",
    ),
    Deed(
        "step-next", "right_curly_bracket", "lesson(1)", "Lesson: on",
        "What the lesson waits for: its next command, or its next step.", "pane",
    ),
    Deed("zoom", "z", "zoom", "Zoom", "Give this pane all the room, or take it back.", "pane"),
    Deed("copy", "y", "copy", "Copy pane", "Copy the pane's text.", "pane"),
    Deed("pin", "p", "pin", "Pin key", "Keep looking at this key, or follow again.", "pane"),
    Deed(
        "form", "v", "form", "View",
        "Draw the value as bits, registers, places, groups; or as the structure it is.", "pane",
    ),
    Deed("branches", "b", "branches", "Branches", "List the other branches of history.", "pane"),
    Deed("help-key", "question_mark", "help", "Help", "Show or hide the keys.", "pane"),
    Deed("read-on", "ctrl+down", "read_on(1)", "Read on", "Scroll the help or the lesson down."),
    Deed("read-back", "ctrl+up", "read_on(-1)", "Read back", "Scroll the help or the lesson up."),
    Deed("prompt", "", "prompt", "Prompt", "Back to the prompt.", "pane"),
    Deed("give-up", "", "give_up", "Give up waiting", "End your own wait, as ctrl+c does."),
    Deed("clear", "", "clear_log", "Clear log", "Empty what the prompt has printed."),
    Deed("vi", "", "vi", "Vi keys", "Edit the line with vi's keys, or with emacs's again."),
    Deed("signs", "", "signs", "ASCII signs", "Draw with ASCII's signs only, or with all again."),
    Deed("save", "", "save", "Save picture", "Write the screen to an SVG file here."),
    Deed("suspend", "ctrl+z", "suspend_process", "Suspend", "Back to the shell; fg comes back."),
    Deed("quit", "ctrl+q", "quit", "Quit", "Leave redlearn."),
)  # fmt: skip


def bindings() -> list[BindingType]:
    """All deeds that have a key, and the digits that jump to panes."""
    digits = (
        Binding(str(number), f"pane({number})", f"Pane {number}", show=False, id=f"pane-{number}")
        for number in range(1, 10)
    )
    return [*(deed.binding() for deed in DEEDS if deed.keys), *digits]


PANE_KEYS: Final = frozenset(
    key for each in bindings() if isinstance(each, Binding) for key in each.key.split(",")
)
"""What does something while a pane has the focus; other letters are meant for the prompt."""


def is_text(event: events.Event, pane: object = None) -> bool:
    """Whether it is a paste, or a key that writes something and does nothing in a pane.

    Args:
        pane: The one that has the focus; it may have keys of its own.
    """
    if isinstance(event, events.Key):
        own = getattr(pane, "keys", ())
        return event.is_printable and event.key not in PANE_KEYS and event.key not in own
    return isinstance(event, events.Paste)


def key_names(keys: str) -> str:
    """Keys as people write them.

    >>> key_names("left_square_bracket,h")
    '[ h'
    """
    names = {
        "left_square_bracket": "[",
        "right_square_bracket": "]",
        "left_curly_bracket": "{",
        "right_curly_bracket": "}",
        "comma": ",",
        "full_stop": ".",
        "question_mark": "?",
    }
    return " ".join(names.get(key, key) for key in keys.split(",") if key)


PANE_FOOTER: Final = {
    "prompt": ("esc", "Prompt"),
    "back": ("f7", "Back"),
    "next": ("f8", "Next"),
    "micro-back": (", .", "Step"),
    "form": ("v", "View"),
    "pin": ("p", "Pin key"),
    "zoom": ("z", "Zoom"),
    "copy": ("y", "Copy"),
    "undo": ("u", "Undo"),
}
"""What the footer offers while a pane has the focus: first how to get out of it."""


def footer_deeds(*, on_pane: bool, in_lesson: bool) -> list[Deed]:
    """What the footer offers, in its order."""
    if on_pane:
        return [deed for name in PANE_FOOTER for deed in DEEDS if deed.id == name]
    return [deed for deed in DEEDS if deed.footer and (in_lesson or deed.id not in OF_LESSONS)]


def footer_names(deeds: list[Deed], *, on_pane: bool) -> list[tuple[str, str]]:
    """Each with its key, and what it is called there."""
    if on_pane:
        return [PANE_FOOTER[deed.id] for deed in deeds]
    return [(key_names(deed.keys), deed.name) for deed in deeds]


OF_LESSONS: Final = ("hint", "goal")
"""What there is only in lessons."""
