"""Turns: a command that takes long, and a screen that lives on meanwhile.

The engine runs a command in one go, and what draws the screen runs in the same loop. So a command
is carried by a thread, and the loop waits for it, as it would have to anyway; after a moment it
goes on without it, until the command is done:

    loop      Enter ─┐ waits, 0.1 s ┊ draws · hears ctrl+c · draws ┊┌ waits    goes on
    thread           └ SORT ········ SORT ························ ┊┘ prints ┘

Never do both work on the same thing. While the loop is free the thread is inside of the engine and
nowhere else, so nobody looks at the engine: panes and bars show what they showed last (`still`),
keys are kept until it is over. All else that a command brings about, the thread does while the loop
stands still; it may call what belongs to the loop as if it were the loop.

Which of both works when changes nothing that is remembered: an input happens in one piece, at the
time of the clock that was handed in.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import copy_context
from time import perf_counter
from typing import Final, TypeVar

from textual import events
from textual.message_pump import MessagePump

from redlearn.lua.runner import adopt_runner, session_runner

T = TypeVar("T")
P = TypeVar("P")

PATIENCE_S: Final = 0.1
"""How long the screen stands still for a command before it says that this one takes long."""

BEAT_S: Final = 0.1
"""How often it says for how long."""

MERCY_S: Final = 0.5
"""How long it tries to get hold of a script that is to be ended, between two of its calls."""

REST: Final = 15
"""How many times as long as drawing took nothing is drawn again, while a program is at work.

To send to the terminal what was drawn takes half as long again, so that a tenth goes into it.
"""

FRAME_S: Final = 1 / 12
"""And at least so long."""

TYPING_S: Final = 0.5
"""How long after a key somebody is taken to type, with an eye on the prompt: panes rest twice as
long."""

SCRIPTS: Final = ("EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO")
"""What Redis itself can end."""

LEAVING: Final = ("exit", "quit")
"""What is said to the screen, not to Redis."""

LET_THROUGH: Final = ("ctrl+q", "ctrl+z", "pageup", "pagedown")
"""Keys that touch nothing of the engine's: leave, to the shell, scroll the log."""


class Turns:
    """Who works: the loop, a command, or for a while both.

    Attributes:
        busy: Whether a command goes on while the loop is free: look at nothing of the engine's.
        patience_s: How long the loop waits for a command; None for as long as it takes.
        took_long: Whether the loop went on without what was done last.
        interrupted: Called when ctrl+c is pressed while a command goes on.
        pressed: Called when a key is pressed, or text pasted.
    """

    def __init__(self, changed: Callable[[], None], patience_s: float | None = None) -> None:
        """`changed`: called when `text` has."""
        self.busy = False
        self.patience_s = patience_s
        self.took_long = False
        self.interrupted: Callable[[], None] = lambda: None
        self.pressed: Callable[[], None] = lambda: None
        self._held: list[events.Event] = []
        self._changed = changed
        self._name, self._since = "", 0.0
        self._worker: int | None = None
        self._inside = False  # of the engine
        self._state = threading.Lock()  # of `busy` and `_inside`
        self._done = threading.Event()
        self._returned = threading.Event()
        self._engine = threading.Lock()  # held but for the times of waiting for Lua
        self._runner = session_runner()

    @property
    def text(self) -> str:
        """What takes long, and for how long it has; "" for nothing."""
        if not self.busy:
            return ""
        rest = "ctrl+c ends it" if self._name in SCRIPTS else "panes wait"
        return f"{self._name} {perf_counter() - self._since:.0f} s, {rest}"

    def still(self, look: Callable[[P], T]) -> Callable[[P], T]:
        """The same look, which gives what it gave last while a command goes on."""
        seen: list[T] = []

        def looked(at: P) -> T:
            if not (self.busy and seen):
                seen[:] = [look(at)]
            return seen[0]

        return looked

    def at_rest(self, act: Callable[[], None]) -> Callable[[], None]:
        """The same act, left out while a command goes on."""

        def acted() -> None:
            if not self.busy:
                act()

        return acted

    def keeps(self, event: events.Event) -> bool:
        """Whether a command goes on, so that a key or a click has to wait, or is of no use."""
        if event.is_forwarded:
            return False
        if isinstance(event, events.Key | events.Paste):
            self.pressed()
        if not self.busy:
            return False
        if isinstance(event, events.Key | events.Paste):
            key = event.key if isinstance(event, events.Key) else ""
            if key in LET_THROUGH:
                return False
            if key == "ctrl+c":
                self.interrupted()
            else:
                self._held.append(event)
            return True
        scrolls = isinstance(event, events.MouseScrollUp | events.MouseScrollDown)
        return isinstance(event, events.MouseEvent) and not scrolls

    def give_back(self, post: Callable[[events.Event], object]) -> None:
        """Post what was pressed while a command went on, in order."""
        held, self._held = self._held, []
        for event in held:
            post(event)

    # ------------------------------------------------------------------------- the loop's side

    async def do(self, line: str, work: Callable[[], T]) -> T:
        """Do something that may run commands; what comes of it.

        Args:
            line: What was entered, after which it is called if it takes long.
        """
        self.took_long = False
        if self.patience_s is None or not is_command(line):
            return work()
        self._name, self._since = name_of(line), perf_counter()
        self._done.clear()
        self._wanted = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        results: list[T] = []
        errors: list[BaseException] = []
        thread = threading.Thread(
            target=copy_context().run, args=(self._work, work, results, errors), daemon=True
        )
        thread.start()
        while not self._done.wait(self.patience_s):
            if self._leave_alone():
                await self._be_free()
        thread.join()
        for error in errors:
            raise error
        return results[0]

    def _leave_alone(self) -> bool:
        """Go on without the thread, if it is inside of the engine."""
        with self._state:
            self.busy = self._inside
            if self.busy:  # else the thread may not have seen yet that the loop came back
                self.took_long = True
                self._returned.clear()
            return self.busy

    async def _be_free(self) -> None:
        """Until the thread comes out of the engine."""
        while not self._wanted.is_set():
            self._changed()
            try:
                await asyncio.wait_for(self._wanted.wait(), BEAT_S)
            except TimeoutError:
                continue
        self._wanted.clear()
        with self._state:
            self.busy = False
        self._changed()
        self._returned.set()

    def between_calls(self, act: Callable[[], T]) -> T | None:
        """Do something while the script that goes on waits for Lua; None if it never does."""
        if not self._engine.acquire(timeout=MERCY_S):
            return None
        try:
            return act()
        finally:
            self._engine.release()

    # ----------------------------------------------------------------------- the thread's side

    def _work(self, work: Callable[[], T], results: list[T], errors: list[BaseException]) -> None:
        """In the thread: all of it, as if this were the loop."""
        self._worker = threading.get_ident()
        adopt_runner(self._runner)
        asyncio._set_running_loop(self._loop)  # it stands still, and this stands in for it
        try:
            results.append(work())
        except BaseException as error:  # the loop is to hear of it
            errors.append(error)
        finally:
            asyncio._set_running_loop(None)
            self._worker = None
            self._done.set()

    def carry(self, act: Callable[[], object]) -> None:
        """Be inside of the engine: from here on the loop may go on without the thread."""
        if threading.get_ident() != self._worker:
            act()
            return
        asyncio._set_running_loop(None)
        with self._state:
            self._inside = True
        try:
            with self._engine:
                self._runner.take_turns(self._engine)
                try:
                    act()
                finally:
                    self._runner.take_turns(None)
        finally:
            self._come_out()
            asyncio._set_running_loop(self._loop)

    def _come_out(self) -> None:
        """Not inside any more; the loop comes back, and stands still again."""
        with self._state:
            self._inside = False
            free = self.busy
        if free:
            try:
                self._loop.call_soon_threadsafe(self._wanted.set)
            except RuntimeError:  # the loop is closed: everybody has left
                raise SystemExit from None
            self._returned.wait()


class Pace:
    """How often the screen is drawn while a program sends thousands of commands a second."""

    def __init__(self, draw: Callable[[], None], rests: bool) -> None:
        """Args:
        rests: Whether there may be pauses between two drawings; if not, each follows at once.
        """
        self._draw, self._rests = draw, rests
        self._began = self._ended = 0.0
        self._typed = -TYPING_S

    def pressed(self) -> None:
        """A key was pressed: another is likely to follow, and is to be painted before panes are."""
        self._typed = perf_counter()

    def draw_soon(self, pump: MessagePump, *, by_program: bool) -> None:
        """Draw once, after what is under way; after a rest if a program has changed something."""
        if by_program and self._rests and (rest_s := self.rest_s()):
            pump.set_timer(rest_s, self._timed)
        else:
            pump.call_later(self._timed)

    def rest_s(self) -> float:
        """How long, in seconds, not to draw, so that most of the time is the program's."""
        cost_s, now = self._ended - self._began, perf_counter()
        rest = REST if now >= self._typed + TYPING_S else 2 * REST
        return max(0.0, self._ended + max(rest * cost_s, FRAME_S) - now)

    def _timed(self) -> None:
        self._began = perf_counter()
        self._draw()
        self._ended = perf_counter()


def is_command(line: str) -> bool:
    """Whether a line may take long, and is not for the screen itself: no act, no word to leave."""
    word = line.strip().lower()
    return bool(word) and word[0] != ":" and word not in LEAVING


def name_of(line: str) -> str:
    """What a line is called while it takes long: its first word, but for a client's name.

    >>> name_of("@a sort list alpha")
    'SORT'
    """
    words = [word for word in line.split()[:3] if word[0] != "@" and not word.isdigit()]
    return words[0][:12].upper() if words and words[0].isprintable() else "It"
