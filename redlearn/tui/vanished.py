"""Vanished: a terminal that is closed while the program still draws.

Textual draws through a thread of its own, which takes what is to be written from a queue of a few
places. Where the terminal is gone the first write fails, and the thread ends; the program fills
the queue, waits for a place in it, and hears no signal that tells it to go. Here the thread lives
on and throws away what nobody can see, so that the program can leave in good order. It says so
itself, too: the system tells a program only once that its terminal is gone, which one that was
started to outlive it (nohup) does not hear until it has begun to listen.
"""

from __future__ import annotations

import os
import signal


def install() -> None:
    """Let Textual draw through such a thread. Where it has none of its own (on Windows, or on a
    page of a browser) nothing is to be done."""
    try:
        from textual.drivers import linux_driver
        from textual.drivers._writer_thread import WriterThread
    except ImportError:
        return

    class Writer(WriterThread):
        """Writes to the terminal as long as there is one."""

        def run(self) -> None:
            """Write what comes, until the end; what fails is the last that is tried."""
            try:
                super().run()
            except OSError:
                os.kill(os.getpid(), signal.SIGHUP)
                while self._queue.get() is not None:
                    os.kill(os.getpid(), signal.SIGHUP)

    vars(linux_driver)["WriterThread"] = Writer
