"""What a server tells others: its keyspace notifications, and its append-only file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from redlearn.engine.effects import ANY_DB, Effect
from redlearn.resp.decode import RequestDecoder
from tests.oracle.calls import Message, Words
from tests.oracle.programs.stream import near_ids
from tests.oracle.servers import Server

CLOCKS_APART_MS: Final = 5_000
"""How far apart two servers may read their clocks, on a busy machine."""

_END: Final = b"__keyend@__"


class Subscriber:
    """A connection that is sent every keyspace notification."""

    def __init__(self, server: Server) -> None:
        self._listening = server.connect()
        self._telling = server.connect()
        self._listening.run(b"PSUBSCRIBE", b"__key*@*__*")
        self._number = 0

    def take(self) -> list[Message]:
        """What was published since the last time."""
        self._number += 1
        end = b"%d" % self._number
        self._telling.run(b"PUBLISH", _END, end)
        messages: list[Message] = []
        while (message := tuple(self._listening.reply()[2:])) != (_END, end):
            messages.append(message)
        return messages

    def close(self) -> None:
        """Hang up."""
        self._listening.close()
        self._telling.close()


class AppendOnlyFile:
    """The file that a server appends every change to, read as it grows.

    The server has written a command into it before the client gets the reply.
    """

    def __init__(self, folder: Path) -> None:
        (path,) = folder.glob("appendonlydir/*.incr.aof")
        self._file = path.open("rb")
        self._requests = RequestDecoder()
        self.db = b"0"

    def take(self) -> list[Words]:
        """The commands appended since the last time."""
        words = [tuple(argv) for argv in self._requests.feed(self._file.read())]
        for argv in words:
            if argv[0].upper() == b"SELECT":
                self.db = argv[1]
        return words

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def as_file(effects: list[Effect], selected: bytes) -> list[Words]:
    """Our effects as they would stand in a file in which database `selected` is selected."""
    words: list[Words] = []
    for db, argv in effects:
        if db != ANY_DB and b"%d" % db != selected:
            selected = b"%d" % db
            words.append((b"SELECT", selected))
        words.append(argv)
    return words


def same_words(ours: Words, theirs: Words) -> bool:
    """The same command; moments may be apart as much as the clocks."""
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _same_word(ours: bytes, theirs: bytes) -> bool:
    if ours == theirs:
        return True
    if near_ids(ours, theirs):
        return True
    if not (ours.isdigit() and theirs.isdigit()) or len(ours) < 13:
        return False
    return abs(int(ours) - int(theirs)) <= CLOCKS_APART_MS
