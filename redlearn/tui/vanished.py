"""Vanished: a terminal that is closed while the program still draws.

Textual draws through a thread of its own, which takes what is to be written from a queue of a few
places. Where the terminal is gone the first write fails, and the thread ends; the program fills
the queue, waits for a place in it, and hears no signal that tells it to go. Here the thread lives
on and throws away what nobody can see, so that the program can leave in good order.
"""

from __future__ import annotations


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
                while self._queue.get() is not None:
                    pass

    vars(linux_driver)["WriterThread"] = Writer
