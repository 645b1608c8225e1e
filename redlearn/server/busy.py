"""Busy: a script that takes long lets others be answered, if only with -BUSY.

Redis does that from a hook inside Lua: every so often the script is left alone, and whoever sent
something meanwhile is served. Here the command that runs a script is carried by a thread of its
own. The loop waits for it as long as `busy-reply-threshold` says, as it would have to anyway;
then it goes on without it. Never do both work: the engine is worked on by whoever has the turn,
and the script's thread gives it up only while it waits for Lua.

    loop      EVAL ─┐ waits, 5 s ┊ PING: -BUSY ┊ SCRIPT KILL: +OK ┊ delivers the reply of EVAL
    thread          └ runs ······ waits for Lua ················ killed ┘

Sources: `script.c` scriptInterrupt, scriptKill; `networking.c` processEventsWhileBlocked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from redlearn.engine import clients
from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.lua.runner import WorkerRunner

Act = Callable[[], object]


class Bench:
    """Where commands that run scripts are carried out.

    Attributes:
        late: The client whose command takes long, or None.
        finished: Called in the loop once such a command is done, with its client.
    """

    def __init__(self, engine: Engine, runner: WorkerRunner) -> None:
        self.late: Client | None = None
        self.finished: Callable[[Client, BaseException | None], None] = lambda client, error: None
        self._engine = engine
        self._runner = runner
        self._turn = threading.Lock()
        self._done = threading.Event()
        self._failed: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        engine.carry = self.carry

    def carry(self, client: Client, act: Act) -> None:
        """Carry out what `client` asked for; if it takes long, go on without it."""
        threshold = self._engine.state.config.number("busy-reply-threshold")
        if threshold <= 0 or self._runner.turn is not None:  # never, or it is carried already
            act()
            return
        self._done.clear()
        self._failed = None
        threading.Thread(target=self._run, args=(client, act), daemon=True).start()
        if self._done.wait(min(threshold / 1000, threading.TIMEOUT_MAX)):
            if self._failed is not None:
                raise self._failed
            return
        with self._turn:
            if not self._done.is_set():
                self._be_busy(client)

    def aside(self, act: Act) -> None:
        """Do something for somebody else while a script is in its midst."""
        with self._turn:
            if self.late is not None:
                self._engine.aside(act)
                return
        act()

    def close(self) -> None:
        """End the worker, and the script in it."""
        self._runner.kill()
        if self.late is None:
            self._runner.close()

    def _run(self, client: Client, act: Act) -> None:
        """In the thread: have the turn, but for the times of waiting for Lua."""
        with self._turn:
            self._runner.turn = self._turn
            try:
                act()
            except BaseException as error:  # the loop is to hear of it
                self._failed = error
            finally:
                self._runner.turn = None
                self._done.set()
                if self.late is not None and self._loop is not None:
                    self._loop.call_soon_threadsafe(self._finish, client)

    def _be_busy(self, client: Client) -> None:
        state = self._engine.state
        self._loop = asyncio.get_running_loop()
        self.late = client
        client.postponed = True
        client.guard()
        state.crowd.busy = True
        clients.be_alert(state)

    def _finish(self, client: Client) -> None:
        """In the loop again: all may go on, and the reply is delivered."""
        state = self._engine.state
        with self._turn:  # the thread is about to end
            self.late = None
        client.postponed = False
        client.guard()
        state.crowd.busy = False
        clients.be_alert(state)
        state.reached[client.id] = None
        self.finished(client, self._failed)
