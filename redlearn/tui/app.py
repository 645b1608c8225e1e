"""The application: panes round a prompt, on a desk.

It owns no truth: the session knows what happened, the desk what is looked at, views what a
pane needs, panes how it looks. The application asks again after something moved, and puts
the answers where the layout says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from prompt_toolkit.enums import EditingMode
from textual import events
from textual.actions import ActionParseResult
from textual.app import App, ComposeResult, SystemCommand
from textual.driver import Driver
from textual.screen import Screen
from textual.timer import Timer

from redlearn.collector import settle
from redlearn.export.grid import Grid
from redlearn.lessons.happenings import Request
from redlearn.lines import Line, Run, line
from redlearn.theme import THEMES
from redlearn.timeline.session import Moved
from redlearn.tui import help_pane, lesson_pane, pictures
from redlearn.tui.acts import Work, remark
from redlearn.tui.bars import (
    footer_fitting,
    footer_item_at,
    footer_line,
    notice_line,
    stop_at,
    timeline_line,
    title_line,
    with_tail,
)
from redlearn.tui.bindings import Deed, bindings, footer_deeds, footer_names, is_text
from redlearn.tui.chrome import PREFIX, chrome, chrome_name
from redlearn.tui.entry import Entry
from redlearn.tui.layouts import Board, Rect, board
from redlearn.tui.looks import Looks
from redlearn.tui.palette import palette
from redlearn.tui.pane_host import PaneHost, Tab, Window
from redlearn.tui.prompt_host import Console
from redlearn.tui.setting import Exhibit, Setting
from redlearn.tui.signals import on_signals
from redlearn.tui.stage import Bar, Stage
from redlearn.tui.turns import Pace, Turns
from redlearn.tui.tutor import Tutor
from redlearn.tui.working import Working

FRAMES_PER_SECOND: Final = 12
"""How often a pane that shows time is drawn, while there is time to show."""

WELCOME: Final = "Type SET name ann, then f7 to go back. f1 help, :lesson to learn."
GO_ON: Final = "Enter goes on with the lesson you began; or type what you like. f1 help."
LEAVING: Final = "ctrl+d again leaves; anything else stays."


class RedlearnApp(App[int]):
    """The terminal user interface.

    Attributes:
        opened: Called once, when the first screen is laid out and the lesson, if any, open.
    """

    TITLE = "redlearn"
    CSS_PATH = "app.tcss"
    BINDINGS = bindings()
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = "#console"  # not the first pane, to whose keys type-ahead would go

    def __init__(self, setting: Setting, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.opened: Callable[[], object] = lambda: None
        self.setting = setting
        self.desk = setting.desk
        self.zoomed = ""
        self.helping = False
        self.looks = Looks(setting.theme, ascii_signs=setting.ascii_signs)
        self.entry = Entry(self.desk, setting.school, self)
        self._recent = [exhibit.id for exhibit in setting.exhibits]
        self._leaving = self._due = self._moved_by_command = False
        self._there: list[str] = []  # the panes that there were when the tabs were made
        self._marked: frozenset[str] = frozenset()  # panes that the last command changed
        self._page: tuple[Request, ...] = ()  # what the lesson's page said when it was turned
        self._fast: Timer | None = None
        self.turns = Turns(lambda: self.bars["title"].update(), setting.patience_s)
        self.turns.interrupted = lambda: self.say(*self.desk.end_script(self.turns.between_calls))
        self.desk.carry = self.turns.carry
        for theme in THEMES.values():
            self.register_theme(chrome(theme))
        self.pace = Pace(self.turns.at_rest(self._show_changes), setting.patience_s is not None)
        self._title_view = self.turns.still(lambda width: self.desk.title())
        self._make_widgets()
        self.working = Working(lambda said: self.say(*said), self.bars["title"].update)
        self.working.waits = lambda: self.turns.busy

    def _make_widgets(self) -> None:
        setting, looks, still = self.setting, self.looks, self.turns.still
        self.console_ = Console(setting.make_session, self._entered, id="console")
        self.hosts = {
            each.id: PaneHost(each.pane, still(each.source), looks, each.keys, id=each.id)
            for each in self._exhibits()
        }
        self.bars = {
            "title": Bar(self._title, looks, id="title"),
            "timeline": Bar(still(self._timeline), looks, id="timeline"),
            "footer": Bar(self._footer, looks, id="footer"),
            "notice": Bar(notice_line, looks, id="notice"),
        }
        self.stage = Stage(
            self._rects,
            self._arranged,
            [*self.bars.values(), *self.hosts.values(), self.console_],
        )

    def _exhibits(self) -> list[Exhibit]:
        own = [
            Exhibit("lesson", lesson_pane, self._lesson_view),
            Exhibit("help", help_pane, self._help_view),
        ]
        return [*self.setting.exhibits, *own]

    @property
    def tutor(self) -> Tutor | None:
        """The lesson's tutor, or None in the sandbox."""
        return self.entry.tutor

    def compose(self) -> ComposeResult:
        yield self.stage

    def on_mount(self) -> None:
        self.desk.changed, at_rest = self._changed, self.turns.at_rest
        self.theme = chrome_name(self.setting.theme)
        self.console_.look_like(self.looks)
        self.console_.focus()
        if not self.setting.lesson:
            self.console_.write(line(Run(GO_ON if self.entry.ghost else WELCOME, "hint")))
            self.console_.suggest(self.entry.ghost)
        on_signals(lambda status: self.exit(return_code=status))
        # Back from the shell the terminal shows the shell's screen, and nothing of ours changed.
        self.app_resume_signal.subscribe(self.stage, lambda _: self._repaint())
        self.setting.desk.session.catch_up(self.setting.now_ms())
        self.set_interval(1, at_rest(self._second))
        self._fast = self.set_interval(1 / FRAMES_PER_SECOND, at_rest(self._frame), pause=True)
        self.call_after_refresh(self._open)
        if self.setting.begin is not None:
            self.call_later(self.setting.begin, self.say)
        settle()

    def _open(self) -> None:
        if self.setting.lesson:
            self.say(*self.entry.open_lesson(self.setting.lesson))
        self.opened()

    def _repaint(self) -> None:
        self.refresh(layout=True)
        for widget in (self.console_, *self.hosts.values(), *self.bars.values()):
            widget.refresh()

    # ------------------------------------------------------------------------------ arrangement

    @property
    def pane_ids(self) -> list[str]:
        """The panes there are now, in the order of their digits."""
        if self.turns.busy:
            return self._there
        ids = [exhibit.id for exhibit in self.setting.exhibits if exhibit.there()]
        if self.tutor is not None:
            ids.append("lesson")
        return [*ids, "help"] if self.helping else ids

    def _board(self, width: int, height: int) -> Board:
        lesson = self.tutor is not None
        return board(width, height, self.pane_ids, lesson=lesson, zoomed=self.zoomed)

    def _rects(self, width: int, height: int) -> dict[str, Rect]:
        arranged = self._board(width, height)
        rects = {"console": arranged.console}
        for name in self.bars:
            if (rect := getattr(arranged, name)) is not None:
                rects[name] = rect
        for place in arranged.places:
            rects[self._front(place.panes)] = place.rect
        return rects

    def _front(self, panes: Sequence[str]) -> str:
        return min(panes, key=self._recency)

    def _recency(self, pane: str) -> int:
        return self._recent.index(pane) if pane in self._recent else len(self._recent)

    @property
    def in_sight(self) -> list[PaneHost]:
        """The panes that can be seen, as they are read."""
        arranged = self._board(*self.stage.size)
        places = sorted(arranged.places, key=lambda place: (place.rect.y, place.rect.x))
        return [self.hosts[self._front(place.panes)] for place in places]

    def _arranged(self) -> None:
        """Size or fronts changed: frames and tabs follow, and what came into sight is drawn."""
        if not self.turns.busy:
            self._dress()
        self._show()

    def _dress(self) -> None:
        exhibits = {exhibit.id: exhibit for exhibit in self._exhibits()}
        self._there = self.pane_ids
        numbers = {pane: number for number, pane in enumerate(self._there, 1)}
        for place in self._board(*self.stage.size).places:
            tabs = [
                Tab(pane, exhibits[pane].pane.TITLE, numbers[pane], pane in self._marked)
                for pane in place.panes
            ]
            front = self._front(place.panes)
            self.hosts[front].dress(tabs, exhibits[front].subject(), frame=place.frame)

    def rearrange(self) -> None:
        """Lay the stage out again."""
        self.stage.arrange_again()
        self._arranged()

    action_rearrange = rearrange

    def turn_to(self, pane: str) -> bool:
        """Bring a pane up, by name or its tab's number; whether it is there, or is to come."""
        pane = {str(at): name for at, name in enumerate(self.pane_ids, 1)}.get(pane, pane)
        if pane in self.hosts:
            self._recent = [pane, *(each for each in self._recent if each != pane)]
        if pane not in self.pane_ids:
            return False
        self.zoomed = self.zoomed and pane
        self.rearrange()
        return True

    # ----------------------------------------------------------------------------------- showing

    def _changed(self, moved: Moved) -> None:
        """Something happened: show it, once, when all that is happening now has happened."""
        self._moved_by_command |= moved.point is not None
        if not self._due:
            self._due = True
            self.pace.draw_soon(self, by_program=self.desk.by_program(moved))

    def _show_changes(self) -> None:
        self._due = False
        self.say(*self.desk.take_late())
        by_command, self._moved_by_command = self._moved_by_command, False
        before = {host.id: host.drawn for host in self.in_sight}
        self._show()
        drawn = {host.id for host in self.in_sight if host.drawn != before.get(host.id)}
        marked = drawn - {"help", "lesson", None} if by_command else set()
        self._marked = frozenset(str(pane) for pane in marked)
        (self._dress if self._there == self.pane_ids else self.rearrange)()

    def _show(self) -> None:
        for host in self.in_sight:
            host.update_view()
        for bar in self.bars.values():
            bar.update()
        self._mind_the_clock()

    def _title(self, width: int) -> Line:
        view = self._title_view(width)
        if self.tutor is not None:
            view = view.of_lesson(self.tutor.step, len(self.tutor.lesson.steps))
        return title_line(replace(view, work=self.turns.text or self.working.text), width)

    def _timeline(self, width: int) -> Line:
        marks = self.tutor.marks if self.tutor is not None else frozenset()
        row = timeline_line(self.desk.timeline(marks), width)
        return with_tail(row, self.setting.changes, width)

    def _footer(self, width: int) -> Line:
        return footer_line(self._footer_names(), width)

    def _footer_names(self) -> list[tuple[str, str]]:
        names = footer_names(self._footer_deeds(), on_pane=self._on_pane())
        return footer_fitting(names, self.bars["footer"].size.width)

    def _footer_deeds(self) -> list[Deed]:
        return footer_deeds(on_pane=self._on_pane(), in_lesson=self.tutor is not None)

    def on_descendant_focus(self) -> None:
        self.bars["footer"].update()

    def _help_view(self, window: Window) -> help_pane.HelpView:
        titles = {exhibit.id: exhibit.pane.TITLE for exhibit in self._exhibits()}
        return help_pane.HelpView(tuple(titles[pane] for pane in self.pane_ids), window.y)

    def _lesson_view(self, window: Window) -> lesson_pane.LessonView:
        told = self.tutor.told if self.tutor is not None else ()
        return lesson_pane.LessonView(told, window.y)

    # -------------------------------------------------------------------------------------- time

    def _second(self) -> None:
        session = self.desk.session
        session.catch_up(self.setting.now_ms())
        self.bars["title"].update()
        for exhibit in self.setting.exhibits:
            if exhibit.ages and session.live and not session.in_past:
                self.hosts[exhibit.id].update_view()
        self._mind_the_clock()

    def _frame(self) -> None:
        self.desk.session.catch_up(self.setting.now_ms())
        for exhibit in self.setting.exhibits:
            if exhibit.running():
                self.hosts[exhibit.id].update_view()

    def _mind_the_clock(self) -> None:
        """Draw often only while there is something to see running."""
        if self._fast is None or self.turns.busy:
            return
        session = self.desk.session
        seen = {host.id for host in self.in_sight}
        live = session.live and not session.in_past
        someone_gives_up = bool(session.engine.state.timeouts)
        running = any(each.running() and each.id in seen for each in self.setting.exhibits)
        if live and (running or someone_gives_up):
            self._fast.resume()
        else:
            self._fast.pause()

    # ------------------------------------------------------------------------------------ entering

    async def _entered(self, text: str) -> None:
        self._leaving = False
        self.desk.session.catch_up(self.setting.now_ms())
        printed = await self.turns.do(text, partial(self.entry.enter, text))
        self.console_.write(*printed, *self.desk.take_late())
        if self.turns.took_long:
            self._show_changes()
            self.rearrange()
            self.turns.give_back(self.post_message)

    def page_turned(self) -> None:
        """The lesson has said something: its page is scrolled to where that begins."""
        tutor, host = self.tutor, self.hosts["lesson"]
        if tutor is None:
            return
        width, height = host.window.width or 40, host.window.height
        view = self._lesson_view(host.window)
        host.move_to(0, lesson_pane.turned(self._page, view, width, height))
        self._page = tutor.told
        for bar in self.bars.values():
            bar.update()

    # ------------------------------------------------------------------------- what acts ask for

    def say(self, *lines: Line) -> None:
        """Print lines in the log."""
        self.console_.write(*lines)

    def do(self, action: str) -> None:
        """Do one of the deeds by the name of its action."""
        name, _, rest = action.partition("(")
        argument = rest.rstrip(")")
        act = getattr(self, f"action_{name}")
        result = act(int(argument)) if argument else act()
        if asyncio.iscoroutine(result):
            self.run_worker(result)

    def work(self, work: Work) -> bool:
        """Do something that takes long, bit by bit; False if something else is under way."""
        if self.working.busy:
            return False
        self.working.begin(work)
        self.run_worker(self.working.run())
        return True

    def wear(self, theme: str) -> None:
        """Put another theme on."""
        self.theme = chrome_name(THEMES[theme])

    def watch_theme(self, name: str) -> None:
        """A theme was chosen, by whatever way."""
        theme = THEMES.get(name.removeprefix(PREFIX))
        if theme is None:
            return
        self._look_like(Looks(theme, ascii_signs=self.looks.ascii_signs))

    def _look_like(self, looks: Looks) -> None:
        self.looks = looks
        self.console_.look_like(looks)
        for host in self.hosts.values():
            host.look_like(self.looks)
        for bar in self.bars.values():
            bar.look_like(self.looks)

    def save(self, path: str) -> str:
        """Write the screen to a file and give a sentence about it."""
        return pictures.saved(self.picture(), path)

    def picture(self) -> Grid:
        """The screen as it is now."""
        return pictures.grid_of_strips(self.stage.rows(), self.looks.theme)

    # -------------------------------------------------------------------------------------- deeds

    def action_help(self, stay: int = 0) -> None:
        self.helping = bool(stay) or not self.helping
        if self.helping:
            self.turn_to("help")
        else:
            self.zoomed = "" if self.zoomed == "help" else self.zoomed
            self.rearrange()

    def action_hint(self) -> None:
        self.say(*self.entry.hint())

    def action_goal(self) -> None:
        self.say(*self.entry.goal())

    def action_next_pane(self, by: int) -> None:
        ids = self.pane_ids
        at = ids.index(str(self.focused.id)) if self._on_pane() and self.focused else -1
        target = ids[(at + by) % len(ids)] if at >= 0 or by > 0 else ids[-1]
        self._focus_pane(target)

    def action_pane(self, number: int) -> None:
        if number <= len(self.pane_ids):
            self._focus_pane(self.pane_ids[number - 1])

    def _focus_pane(self, pane: str) -> None:
        if self.turn_to(pane):
            self.call_after_refresh(self.hosts[pane].focus)

    def _on_pane(self) -> bool:
        return isinstance(self.focused, PaneHost) and self.focused.id in self.pane_ids

    def action_cycle(self, by: int) -> None:
        """From pane to pane in sight, the prompt being one of them."""
        ring = [self.console_, *self.in_sight]
        at = ring.index(self.focused) if self.focused in ring else 0
        ring[(at + by) % len(ring)].focus()

    def action_prompt(self) -> None:
        self.console_.focus()

    def action_go(self, by: int) -> None:
        if not self.desk.go(by) and by > 0 and self.entry.tutor and not self._reads_on():
            self.say(*self.entry.go_on())

    def _reads_on(self) -> bool:
        """Whether the lesson's page had more to read, to which it was scrolled."""
        host = self.hosts["lesson"]
        width, height = host.window.width, host.window.height
        if host not in self.in_sight:
            return False
        view = self._lesson_view(host.window)
        if not lesson_pane.more_below(view, width, height):
            return False
        host.move_to(0, lesson_pane.read_on(view, width, height))
        return True

    def action_micro(self, by: int) -> None:
        self.desk.go_micro(by)

    def action_by_write(self, by: int) -> None:
        self.desk.go_by_writes(by)

    def action_to_start(self) -> None:
        self.desk.go_to(0)

    def action_to_end(self) -> None:
        self.desk.go_to_end()

    def action_lesson(self, by: int) -> None:
        self.say(*(self.entry.go_on() if by > 0 else self.entry.go_back()))

    def action_clock(self) -> None:
        session = self.desk.session
        session.catch_up(self.setting.now_ms())
        session.live = not session.live
        self.action_repaint()

    def action_repaint(self) -> None:
        self._show()

    def action_read_on(self, by: int) -> None:
        """Scroll the help, the lesson's page, or the pane in front, whatever has the focus."""
        seen = self.in_sight
        if seen:
            pages = [self.hosts[name] for name in ("help", "lesson")]
            page = next((each for each in pages if each in seen), min(seen, key=self._age))
            page.pan(0, by * max(page.window.height - 1, 1))

    def _age(self, host: PaneHost) -> int:
        return self._recency(str(host.id))

    def action_zoom(self) -> None:
        front = self._front(self.pane_ids)
        front = str(self.focused.id) if self._on_pane() and self.focused else front
        self.zoomed = "" if self.zoomed else front
        self.rearrange()

    def action_copy(self) -> None:
        if isinstance(self.focused, PaneHost):
            self.copy_to_clipboard(self.focused.text())
            self.say(remark(f"Copied {self.focused.pane.TITLE}."))

    def action_pin(self) -> None:
        self.desk.pin(b"" if self.desk.pinned else self.desk.key)

    def action_form(self) -> None:
        if not self.setting.turn_form():
            self.say(remark("This value can be drawn in one way only."))

    def action_branches(self) -> None:
        self.say(*self.desk.branch_lines())

    def action_clear_log(self) -> None:
        self.console_.clear()

    def action_give_up(self) -> None:
        if not self.working.give_up():
            self.say(*self.entry.give_up())

    def action_vi(self) -> None:
        session = self.console_.session
        vi = session.editing_mode is EditingMode.VI
        session.editing_mode = EditingMode.EMACS if vi else EditingMode.VI
        self.say(remark(f"{'emacs' if vi else 'vi'} keys."))

    def action_signs(self) -> None:
        self._look_like(Looks(self.looks.theme, ascii_signs=not self.looks.ascii_signs))

    def action_save(self) -> None:
        self.say(remark(self.save("redlearn.svg")))

    async def action_quit(self) -> None:
        self.exit(0)

    # ------------------------------------------------------------------------------------- events

    async def run_action(self, action: str | ActionParseResult, *more: Any, **named: Any) -> bool:
        """Do nothing to an engine that works: the key was under way when it began."""
        allowed = not self.turns.busy or action in ("quit", "suspend_process")
        return allowed and await super().run_action(action, *more, **named)

    async def on_event(self, event: events.Event) -> None:
        """Text that comes to a pane is for the prompt, and at once: more may follow closely."""
        if self.turns.keeps(event):
            return
        if is_text(event) and not event.is_forwarded and self._on_pane():
            if is_text(event, self.focused):
                self.set_focus(self.console_)
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """A key that came before anything had the focus."""
        if self.focused is None:
            self.console_.take(event)

    def on_console_left(self, message: Console.Left) -> None:
        if message.step:
            self.action_cycle(message.step)
        elif seen := self.in_sight:
            min(seen, key=self._age).focus()

    def on_console_interrupted(self) -> None:
        self.action_give_up()

    def on_console_closed(self) -> None:
        if self._leaving:
            self.exit(0)
        self._leaving = True
        self.say(remark(LEAVING))

    def on_pane_host_deed(self, message: PaneHost.Deed) -> None:
        self.say(*self.entry.deed(message.words))

    def on_pane_host_tab_clicked(self, message: PaneHost.TabClicked) -> None:
        self.turn_to(message.pane_id)
        self.console_.focus()

    def on_bar_clicked(self, message: Bar.Clicked) -> None:
        if message.bar == "timeline":
            number = stop_at(self.desk.timeline(), self.bars["timeline"].size.width, message.x)
            if number is not None:
                self.desk.go_to(number)
        if message.bar == "footer":
            deeds = self._footer_deeds()
            names = self._footer_names()
            at = footer_item_at(names, message.x)
            self.do(deeds[at].action if at < len(names) else "command_palette")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        titles = {exhibit.id: exhibit.pane.TITLE for exhibit in self._exhibits()}
        panes = {pane: titles[pane] for pane in self.pane_ids}
        return palette(panes, self.do, self._focus_pane, self.wear)
