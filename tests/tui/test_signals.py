"""Signals that tell the screen to go."""

from __future__ import annotations

import asyncio
import os
import signal

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
