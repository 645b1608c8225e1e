"""Signals that tell the screen to go."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from redlearn.tui.signals import TO_LEAVE, on_signals


@pytest.mark.parametrize("name", TO_LEAVE)
async def test_whoever_is_told_to_go_leaves_with_the_status_of_the_signal(name: str) -> None:
    left: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    on_signals(left.set_result)
    number = getattr(signal, name)
    try:
        os.kill(os.getpid(), number)
        assert await asyncio.wait_for(left, 10) == 128 + number
    finally:
        for each in TO_LEAVE:
            asyncio.get_running_loop().remove_signal_handler(getattr(signal, each))


@pytest.mark.parametrize("module", ["asyncio", "uvloop"])
def test_where_a_loop_hears_no_signals_the_screen_comes_up_without(module: str) -> None:
    new_loop: Callable[[], asyncio.AbstractEventLoop] = pytest.importorskip(module).new_event_loop

    async def listen() -> str:
        on_signals(lambda status: None)
        return "up"

    def run() -> str:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(listen())

    with ThreadPoolExecutor(1) as threads:  # only the main thread's loop hears them
        assert threads.submit(run).result() == "up"
