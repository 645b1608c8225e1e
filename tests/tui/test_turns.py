"""Turns: the screen lives on while a command takes long, and nobody looks at what is half done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from textual import events
from textual.message_pump import MessagePump
from textual.timer import Timer

from redlearn.errors import UNKILLABLE
from redlearn.lines import plain
from redlearn.lua.runner import WorkerRunner, session_runner
from redlearn.timeline.session import Recipe, Session
from redlearn.tui.app import RedlearnApp
from redlearn.tui.desk import NO_SCRIPT, Desk
from redlearn.tui.launch import setting
from redlearn.tui.turns import FRAME_S, REST, TYPING_S, Pace, Turns, name_of

SHORT_S = 0.002
READS = "EVAL \"for i = 1, 1e7 do redis.call('GET', 'k') end\" 0"
WRITES = "EVAL \"redis.call('SET', 'k', 'v') for i = 1, 2e4 do redis.call('GET', 'k') end\" 0"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Scripts may take long: how busy the machine is does not decide who ends them."""
    runner = session_runner().runner
    assert isinstance(runner, WorkerRunner)
    runner.close()
    monkeypatch.setattr(runner, "seconds", 60.0)
    yield
    runner.close()


class Room:
    """Turns, and a command that ends when it is told to."""

    def __init__(self, patience_s: float | None = SHORT_S) -> None:
        self.texts: list[str] = []
        self.turns = Turns(lambda: self.texts.append(self.turns.text), patience_s)
        self.may_end = threading.Event()
        self.ran_in: list[int] = []

    def command(self) -> str:
        self.ran_in.append(threading.get_ident())
        self.turns.carry(self.may_end.wait)
        return "done"

    async def until_busy(self) -> None:
        while not self.turns.busy:
            await asyncio.sleep(0)


async def test_the_loop_goes_on_without_a_command_that_takes_long() -> None:
    room = Room()
    doing = asyncio.create_task(room.turns.do("sort list", room.command))
    await room.until_busy()
    assert room.texts[0] == "SORT 0 s, panes wait"
    room.may_end.set()
    assert await doing == "done"
    assert (room.turns.busy, room.turns.text, room.texts[-1]) == (False, "", "")
    assert room.turns.took_long


async def test_a_short_command_is_waited_for() -> None:
    room = Room(patience_s=60)
    room.may_end.set()
    assert await room.turns.do("GET k", room.command) == "done"
    assert (room.texts, room.turns.took_long) == ([], False)


async def test_without_patience_there_is_no_thread() -> None:
    room = Room(patience_s=None)
    room.may_end.set()
    assert await room.turns.do("GET k", room.command) == "done"
    assert room.ran_in == [threading.get_ident()]


@pytest.mark.parametrize("line", [":advance 1h", "quit", "", " "])
async def test_what_is_for_the_screen_itself_is_done_where_the_screen_is(line: str) -> None:
    room = Room()
    room.may_end.set()
    await room.turns.do(line, room.command)
    assert room.ran_in == [threading.get_ident()]


async def test_while_the_thread_is_outside_of_the_engine_the_loop_stands_still() -> None:
    room, seen = Room(), list[bool]()

    def work() -> None:
        for _ in range(3):
            room.turns.carry(room.may_end.wait)
            for _ in range(1000):
                seen.append(room.turns.busy)
            assert asyncio.get_running_loop() is loop

    loop = asyncio.get_running_loop()
    doing = asyncio.create_task(room.turns.do("x", work))
    await room.until_busy()
    room.may_end.set()
    await doing
    assert not any(seen)


async def test_what_goes_wrong_in_the_thread_goes_wrong_for_who_asked() -> None:
    room = Room()

    def work() -> None:
        room.turns.carry(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        await room.turns.do("x", work)
    assert not room.turns.busy


async def test_what_was_seen_last_is_shown_meanwhile() -> None:
    room, count = Room(), [0]

    def look(by: int) -> int:
        count[0] += by
        return count[0]

    still = room.turns.still(look)
    shown: list[int] = []
    acted = room.turns.at_rest(lambda: shown.append(1))
    assert still(1) == 1
    doing = asyncio.create_task(room.turns.do("x", room.command))
    await room.until_busy()
    acted()
    assert (still(1), shown) == (1, [])
    room.may_end.set()
    await doing
    acted()
    assert (still(1), shown) == (2, [1])


async def test_keys_are_kept_in_order_and_given_back() -> None:
    room, ended = Room(), list[int]()
    room.turns.interrupted = lambda: ended.append(1)
    keys = [events.Key(name, None) for name in ("f7", "a", "ctrl+c", "ctrl+q", "pageup")]
    assert not any(map(room.turns.keeps, keys))
    doing = asyncio.create_task(room.turns.do("x", room.command))
    await room.until_busy()
    assert [room.turns.keeps(key) for key in keys] == [True, True, True, False, False]
    room.may_end.set()
    await doing
    given: list[events.Event] = []
    room.turns.give_back(given.append)
    assert (given, ended) == (keys[:2], [1])


@pytest.mark.parametrize(
    ("line", "name"),
    [("sort l", "SORT"), ("@a 3 keys *", "KEYS"), ("\x1b[m", "It"), ("a" * 50, "A" * 12)],
)
def test_it_is_called_by_its_first_word(line: str, name: str) -> None:
    assert name_of(line) == name


class Pump(MessagePump):
    """Draws at once, and says when it would draw later."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []

    def call_later(self, callback: Callable[..., object], *args: object, **named: object) -> bool:
        callback()
        return True

    def set_timer(self, delay: float, *args: object, **named: object) -> Timer:
        self.rests.append(delay)
        return Timer(self, delay)


def test_after_a_drawing_what_programs_do_is_drawn_after_a_rest_and_all_else_at_once() -> None:
    pump, drawn = Pump(), list[int]()
    pace = Pace(lambda: drawn.append(1), rests=True)
    pace.draw_soon(pump, by_program=True)
    assert (len(drawn), pump.rests) == (1, [])
    pace.draw_soon(pump, by_program=True)
    assert len(drawn) == 1
    assert 0 < pump.rests[0] <= max(FRAME_S, 1)
    pace.draw_soon(pump, by_program=False)
    assert len(drawn) == 2


def test_panes_rest_twice_as_long_while_somebody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]

    def draw() -> None:
        now[0] += 0.02

    monkeypatch.setattr("redlearn.tui.turns.perf_counter", lambda: now[0])
    pump, pace = Pump(), Pace(draw, rests=True)
    pace.draw_soon(pump, by_program=True)
    pace.draw_soon(pump, by_program=True)
    pace.pressed()
    pace.draw_soon(pump, by_program=True)
    now[0] += TYPING_S
    assert pace.rest_s() == 0
    assert pump.rests == pytest.approx([REST * 0.02, 2 * REST * 0.02])


def test_without_rests_all_is_drawn_at_once() -> None:
    pump, drawn = Pump(), list[int]()
    pace = Pace(lambda: drawn.append(1), rests=False)
    for _ in range(3):
        pace.draw_soon(pump, by_program=True)
    assert (len(drawn), pump.rests) == (3, [])


class Front:
    """A desk whose commands are carried, as on the screen."""

    def __init__(self) -> None:
        self.desk = Desk(Session(Recipe()))
        self.turns = Turns(lambda: None, SHORT_S)
        self.desk.carry = self.turns.carry

    async def enter(self, text: str, meanwhile: Callable[[], bool] = lambda: True) -> str:
        """What a line prints; `meanwhile` is called while it goes on, until it is content."""
        doing = asyncio.create_task(self.turns.do(text, lambda: plain(self.desk.run(text))))
        while not doing.done():
            if self.turns.busy and meanwhile():
                break
            await asyncio.sleep(0)
        return await doing

    def end(self) -> str:
        return plain(self.desk.end_script(self.turns.between_calls))


async def test_a_script_that_only_reads_is_ended_and_a_replay_hears_of_it_too() -> None:
    front = Front()
    session = front.desk.session
    said = await front.enter(READS, lambda: front.end() == "")
    assert "Script killed by user with SCRIPT KILL" in said
    replies = session.replies(session.position)
    session._recollections._kept.clear()
    assert session.replies(session.position) == replies
    assert await front.enter("GET k") == "(nil)"
    assert session.engine.state.scripts.running is None


async def test_the_same_script_in_the_same_state_runs_again_after_it_was_ended() -> None:
    front, tries = Front(), list[int]()
    session = front.desk.session

    def try_to_end() -> bool:
        tries.append(session.position)
        return front.end() == ""

    await front.enter(READS, try_to_end)
    session.step(-1)
    await front.enter(READS, try_to_end)
    assert len(session.branches) == 1
    assert len(tries) >= 2


async def test_a_script_that_has_written_is_not_ended() -> None:
    front, said = Front(), list[str]()

    def try_to_end() -> bool:
        running = front.desk.session.engine.state.scripts.running
        if running is None or not running.wrote:
            return False
        said.append(front.end())
        return True

    assert await front.enter(WRITES, try_to_end) == "(nil)"
    assert said[-1] == f"(error) {UNKILLABLE}"
    assert await front.enter("GET k") == '"v"'


async def test_what_is_no_script_is_not_ended() -> None:
    front = Front()
    room = Room()
    doing = asyncio.create_task(front.turns.do("sort l", lambda: front.turns.carry(wait)))
    wait = room.may_end.wait
    while not front.turns.busy:
        await asyncio.sleep(0)
    assert front.end() == NO_SCRIPT
    room.may_end.set()
    await doing


async def test_history_is_the_same_whoever_worked_when() -> None:
    lines = ["DEBUG POPULATE 3000", "SORT nothing", "KEYS *", READS.replace("1e7", "500"), "DBSIZE"]
    front, plainly = Front(), Desk(Session(Recipe()))
    for text in lines:
        assert await front.enter(text) == plain(plainly.run(text))
    one, other = front.desk.session, plainly.session
    assert [each.input for each in one.points] == [each.input for each in other.points]
    digest = (b"DEBUG", b"DIGEST")
    assert one.execute(front.desk.client, digest) == other.execute(plainly.client, digest)


async def test_the_screen_says_what_takes_long_and_ctrl_c_ends_a_script(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDLEARN_HOME", str(tmp_path))
    made = setting(remember=False, start_ms=1_000_000)
    made.patience_s = SHORT_S
    app = RedlearnApp(made)
    async with app.run_test(size=(100, 30)) as pilot:
        app.console_.press(READS, enter=True)
        while not app.turns.busy:
            await asyncio.sleep(0)
        assert "EVAL 0 s, ctrl+c ends it" in app.bars["title"].render_line(0).text
        await pilot.press("f7", "G", "E", "ctrl+c")
        while app.turns.busy:
            await asyncio.sleep(0)
        await app.console_.settled()
        await pilot.pause()
        await pilot.pause()
        assert "killed by user" in app.console_.scrollback.text()
        assert app.desk.session.in_past  # f7 was kept until then
        assert app.console_.typed == "GE"
        assert "EVAL" not in app.bars["title"].render_line(0).text
