"""The presenter: the application in front of an audience.

Whoever talks cannot type as well. So whatever keys are hit, the line that the lesson waits for
appears, letter by letter; Enter runs it once it is whole. A remote control's page keys do for
everything. Tab leaves the lesson's lines for one's own, when somebody asks "and what if".
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from textual import events

from redlearn.lessons.acts import script_line
from redlearn.lessons.model import Check
from redlearn.lessons.player import Acting
from redlearn.lines import Run as Piece
from redlearn.lines import line
from redlearn.tui.app import RedlearnApp
from redlearn.tui.launch import on_terminal, setting
from redlearn.tui.setting import Setting
from redlearn.tui.turns import PATIENCE_S

DETOUR: Final = "A detour: type what you like. Tab on an empty line leads back."
BACK: Final = "Back in the lesson: any key types its next line."


class Presenter(RedlearnApp):
    """The application, with the lesson's lines under every key.

    Attributes:
        detour: Whether keys are keys.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.detour = False
        self._solving = (-1, 0)  # a task's step, and how many lines of its solution were entered

    @property
    def script(self) -> str:
        """The line that the lesson waits for, or "": there is a question, or nothing to type."""
        if self.tutor is None or self.detour or self.tutor.guide.is_behind:
            return ""
        progress = self.tutor.guide.progress
        waiting = progress.waiting
        if isinstance(waiting, Acting):
            return script_line(waiting.acts[progress.line])
        solution = progress.lesson.steps[progress.step].solution if not progress.done else None
        if isinstance(waiting, Check) and solution is not None:
            step, count = self._solving
            at = count if step == progress.step else 0
            return script_line(solution.acts[at]) if at < len(solution.acts) else ""
        return ""

    async def on_event(self, event: events.Event) -> None:
        # A key that nobody wanted bubbles up and comes by again.
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_taken(event):
            return
        await super().on_event(event)

    def _is_taken(self, event: events.Key) -> bool:
        return self.focused is self.console_ and not self.turns.busy and self._took(event)

    def _took(self, event: events.Key) -> bool:
        """Whether a key was turned into what the lesson wants."""
        typed, script = self.console_.typed, self.script
        match event.key:
            case "tab" if not typed:
                self.detour = not self.detour
                self.say(line(Piece(DETOUR if self.detour else BACK, "hint")))
                return True
            case "pageup" if not self.detour:
                self.action_lesson(-1)
                return True
            case "pagedown" if not self.detour:
                self._go_on(typed, script)
                return True
            case "enter" if script:
                return self._is_early(typed, script)
        character = event.character or ""
        is_letter = len(character) == 1 and character.isprintable()
        if not (script and is_letter and script.startswith(typed)):
            return False
        self.console_.press(script[len(typed) : len(typed) + 1])
        return True

    def _is_early(self, typed: str, script: str) -> bool:
        """Whether Enter comes in the midst of a line, and is not heard. A whole line is counted."""
        if typed == script:
            self._count()
        return bool(typed) and typed != script and script.startswith(typed)

    def _go_on(self, typed: str, script: str) -> None:
        """Read on; write the line; run it; or go on where there is none."""
        if not typed and self._reads_on():
            return
        if not script:
            self.action_go(1)
        elif typed == script:
            self._count()
            self.console_.press("", enter=True)
        elif script.startswith(typed):
            self.console_.press(script[len(typed) :])

    def _count(self) -> None:
        """Note that a line of a task's solution is entered."""
        assert self.tutor is not None
        progress = self.tutor.guide.progress
        step, count = self._solving
        if isinstance(progress.waiting, Check):
            self._solving = (progress.step, count + 1 if step == progress.step else 1)


def run(path: Path) -> int:
    """Present a lesson on this terminal; the exit status. Nothing is remembered of it."""
    made = setting(lesson=str(path), remember=False)
    made.patience_s = PATIENCE_S
    return on_terminal(Presenter(made))
