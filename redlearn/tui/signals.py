"""Signals: told to go, the screen leaves properly, and the terminal is as it was."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

TO_LEAVE: Final = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")


def on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with the exit status that goes with a signal, in the loop that runs."""
    loop = asyncio.get_running_loop()
    for name in TO_LEAVE:
        number = getattr(signal, name, None)
        if number is not None:
            # On Windows a loop hears no signals (NotImplementedError), and outside of the main
            # thread none does (RuntimeError, of uvloop ValueError): keys still leave the screen.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, leave, 128 + number)
