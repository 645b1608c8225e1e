"""Screenshots: every picture of the screen that the project shows, made anew by one command.

    python -m redlearn.tui.screenshots [FOLDER]

A shot is a size and what is typed; the application is driven in the studio, where clock,
seeds and coins are always the same. Equal programs make equal bytes, which a test relies on
to say when the pictures in `screenshots/` are out of date.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual import events

from redlearn.export.grid import Grid
from redlearn.lessons.play import Pace
from redlearn.theme import DARK, LIGHT, Theme
from redlearn.timeline.session import START_MS, Recipe, Session
from redlearn.tui.performer import InStudio, Performer, Playhouse
from redlearn.tui.pictures import picture
from redlearn.tui.playback import studio_setting

FOLDER: Final = Path("screenshots")
SUFFIXES: Final = (".svg", ".png")
SMALL, PLAIN, MEDIUM, WIDE, LARGE = (80, 24), (100, 30), (120, 36), (140, 42), (200, 60)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        name: What its files are called, without the size.
        about: What it shows, for those who cannot see it.
        lesson: The lesson that is played, up to the end of `step`; or "".
        towers: Heights of the first skiplist nodes, where coins would make a dull picture.
        lines: Entered then, one after the other.
        typing: Typed then, and not entered.
        keys: Pressed last.
    """

    name: str
    about: str
    size: tuple[int, int] = MEDIUM
    lesson: str = ""
    step: int = 0
    towers: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()
    typing: str = ""
    keys: tuple[str, ...] = ()
    theme: Theme = DARK

    @property
    def stem(self) -> str:
        """The name of its files, without their suffix."""
        width, height = self.size
        return f"{self.name}-{width}x{height}"


SMALL_LIMIT: Final = "CONFIG SET zset-max-listpack-entries 4"
ITEMS: Final = (
    "milk", "rice", "soap", "figs", "salt", "corn", "tea", "jam", "oil", "nuts", "bread", "beans",
    "wax", "rye", "plums",
)  # fmt: skip
BOARD: Final = (SMALL_LIMIT, "ZADD board 50 ann 20 bob 90 cy 70 dee", "ZADD board 60 eve")

SHOTS: Final = (
    Shot(
        "skiplist",
        "A sorted set as a skiplist: towers, lanes with their spans, the path of a search lit.",
        size=WIDE,
        towers=(1, 1, 4, 1, 2, 2, 3, 1, 1, 2),
        lines=(
            SMALL_LIMIT,
            "SET session:7 ann EX 90",
            "SET otp:42 9931 EX 30",
            "ZADD board 4 ada 9 bo 19 cleo 23 dan 34 eve",
            "ZADD board 40 fay 48 gus 54 hal 61 ida 67 jim",
            ":advance 12s",
            "ZRANK board ida",
        ),
    ),
    Shot(
        "slots",
        "All 16384 hash slots as a map, and how one key got its own: tag, CRC16, remainder.",
        lines=(
            *(f"MSET user:{n}:name x user:{n}:mail x user:{n}:cart x" for n in range(1, 25)),
            "SET {user:1001}.cart empty",
            ":pane slots",
            ":zoom",
        ),
    ),
    Shot(
        "ttl",
        "Keys by time left, bars running down; below them keys that died, and what found them.",
        size=PLAIN,
        lines=(
            *(f"SET page:{n} cached EX {12 + n * 9}" for n in range(1, 8)),
            "SET session:7 ann EX 300",
            "SET otp:42 9931 EX 6",
            "SET flash boo PX 60",
            ":advance 65ms",
            "GET flash",
            ":advance 7s",
            "SET lock:job 1 EX 12",
            ":advance 8s",
            ":pane ttl",
        ),
    ),
    Shot(
        "aof",
        "The append-only file: what each command left in it, in words and in bytes.",
        lines=(
            "SET visits 41",
            "INCR visits",
            "SET flash boo EX 20",
            "MULTI",
            "HSET cart:7 apples 3 pears 2",
            "EXPIRE cart:7 600",
            "EXEC",
            ":advance 30s",
            "ZADD board 50 ann 20 bob",
            "ZINCRBY board 15 bob",
            "SET session:7 ann",
            "GETEX session:7 EX 300",
            "SELECT 1",
            "SET elsewhere 1",
            "SELECT 0",
            "RENAME visits hits",
            "GET hits",
            ":pane aof",
            ":zoom",
        ),
    ),
    Shot(
        "stream",
        "A stream: its radix tree as it branches, and the open node with an entry just deleted.",
        lines=(
            "CONFIG SET stream-node-max-entries 6",
            *(
                f"XADD orders {1700000000000 + n * 7000}-0 item {item} price {n + 3}"
                for n, item in enumerate(ITEMS)
            ),
            "XADD orders 1700000105000-0 refund 12 why torn",
            "XDEL orders 1700000091000-0",
        ),
    ),
    Shot(
        "groups",
        "A consumer group: who has which pending entry, and one that has just changed hands.",
        size=SMALL,
        lines=(
            *(f"XADD jobs {n}-0 do {item}" for n, item in enumerate(ITEMS[:6], 1)),
            "XGROUP CREATE jobs mail 0",
            "XREADGROUP GROUP mail ann COUNT 2 STREAMS jobs >",
            ":advance 4s",
            "XREADGROUP GROUP mail bob COUNT 2 STREAMS jobs >",
            "XCLAIM jobs mail bob 3000 1-0",
        ),
    ),
    Shot(
        "map",
        "Places: the boxes of a search with its circle, who was kept, and the bits of one score.",
        lines=(
            "GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
            "GEOADD sicily 14.270556 37.5675 Enna 15.554 38.194 Messina 13.5833 37.3111 Agrigento",
            "GEOADD sicily 12.5137 38.0176 Trapani 15.2866 37.0755 Siracusa 14.2472 37.0657 Gela",
            "GEOSEARCH sicily FROMMEMBER Enna BYRADIUS 80 km ASC",
            ":zoom",
        ),
    ),
    Shot(
        "registers",
        "A HyperLogLog: how a name chose its register, the registers, and the histogram.",
        size=PLAIN,
        lines=(
            "CONFIG SET hll-sparse-max-bytes 100",
            *(
                f"PFADD guests {' '.join(f'g{n}' for n in range(at, at + 40))}"
                for at in range(0, 2000, 40)
            ),
            "PFADD guests ann",
        ),
    ),
    Shot(
        "lesson",
        "A lesson in a terminal of 80x24: structure above, the page below it, then the prompt.",
        size=SMALL,
        lesson="zset-skiplist",
        step=4,
    ),
    Shot(
        "teaching",
        "A lesson at 120x36: its page on the left, the skiplist it speaks of on the right.",
        lesson="zset-skiplist",
        step=5,
    ),
    Shot(
        "everything",
        "A large terminal, 200x60: the lesson, all panes and the prompt, side by side.",
        size=LARGE,
        lesson="zset-skiplist",
        step=6,
        lines=(
            "SET session:7 ann EX 300",
            "SET otp:42 9931 EX 20",
            ":advance 9s",
            "ZRANK board cy",
        ),
    ),
    Shot(
        "time-travel",
        "In the past: the timeline shows what lies ahead, and a branch that was put aside.",
        lines=(
            *BOARD,
            "ZADD board 75 fay",
            "ZREM board bob",
            ":back 2",
            "ZADD board 10 gus 30 hal",
            "ZRANGE board 0 -1 WITHSCORES",
            "ZADD board 99 ned",
            ":branch",
            ":back 2",
        ),
    ),
    Shot(
        "completion",
        "Typing: the menu of completions is open, with what each command is for.",
        towers=(1, 3, 1, 2, 1),
        lines=("SET k v EX 20", *BOARD, "ZRANGE board 60 90 BYSCORE"),
        typing="ZR",
        keys=("down", "down"),
    ),
    Shot(
        "quicklist",
        "A list as a chain of nodes: how full each is, two compressed, and the entry found in one.",
        lines=(
            "CONFIG SET list-max-listpack-size 4 list-compress-depth 1",
            *(f"RPUSH seen /shop/shoes/red/{n} /shop/shoes/blue/{n}" for n in range(36, 46)),
            "LINDEX seen 6",
            ":zoom",
        ),
    ),
    Shot(
        "sets",
        "Set algebra: the smallest set is walked, the others are asked for each of its members.",
        size=PLAIN,
        lines=(
            "SADD chess ann bob cy dee eve",
            "SADD tennis bob dee fay gus hal ida",
            "SADD french dee bob zoe",
            "SINTER chess tennis french",
        ),
    ),
    Shot(
        "waiting",
        "Clients that wait: for which keys, how long, until when, and who is next in line.",
        lines=(
            "@ann BLPOP mail urgent 30",
            ":advance 4s",
            "@bob BLMOVE mail doing LEFT RIGHT 12",
            ":advance 2s",
            "@cy WATCH stock",
            "@cy MULTI",
            "@cy DECR stock",
            "RPUSH urgent call",
            "@ann BRPOP mail 0",
            ":advance 3s",
            ":pane clients",
        ),
    ),
    Shot(
        "route",
        "A command's way through a cluster: its slot, the client's old map, MOVED, and the owner.",
        lines=(
            ":cluster 3 1",
            "SET {user:1}:cart milk",
            "GET {user:1}:cart",
            ":kill 7002",
            "GET {user:1}:cart",
            ":pane route",
            ":zoom",
        ),
    ),
    Shot(
        "gossip",
        "What one node of a cluster believes after a failover, and the messages that told it so.",
        size=PLAIN,
        lines=(
            ":cluster 3 1",
            "SET foo bar",
            ":kill 7003",
            ":advance 4s",
            "GET foo",
            ":pane gossip",
            ":zoom",
        ),
    ),
    Shot(
        "lab",
        "The crash lab: one power cut under six ways to keep data, each file cut and loaded again.",
        size=PLAIN,
        lines=(
            "CONFIG SET appendonly yes",
            *(f"SET order:{n} paid" for n in range(1, 6)),
            "SAVE",
            ":advance 3s",
            "SET order:6 paid",
            ":advance 400ms",
            "INCR orders",
            ":pane aof",
            ":crash now",
            ":pane lab",
        ),
    ),
    Shot(
        "light",
        "The light theme: a hash as a table of buckets.",
        lines=(
            "CONFIG SET hash-max-listpack-entries 4",
            "HSET user:7 name ann mail ann@example.org city Oslo born 1990 likes tea",
            "HSET user:7 shoe 39 eyes brown lang no",
            "HGET user:7 city",
        ),
        theme=LIGHT,
    ),
)


async def taken(shot: Shot) -> Grid:
    """The screen, after all that the shot says was done."""
    time = InStudio(START_MS)
    made = studio_setting(time, shot.lesson, shot.theme)
    if shot.towers:
        made.desk.sit_down(Session(Recipe(start_ms=START_MS, towers=shot.towers)), "sandbox")
    app = Playhouse(made)
    performer = Performer(app, time, Pace(speed=1_000_000))
    opened = asyncio.Event()
    app.opened = opened.set
    async with app.run_test(size=shot.size) as pilot:
        await opened.wait()
        if shot.lesson:
            await performer.perform(until=shot.step)
        for line in shot.lines:
            app.console_.on_paste(events.Paste(line))  # a key at a time takes much longer
            await app.console_.enter()
            await app.settled()
        await performer.type(shot.typing)
        await pilot.press(*shot.keys)
        await app.settled()
        return app.picture()


def take(shot: Shot, folder: Path) -> list[Path]:
    """Write the files of a shot, and say which."""
    grid = asyncio.run(taken(shot))
    paths = [folder / f"{shot.stem}{suffix}" for suffix in SUFFIXES]
    for path in paths:
        path.write_bytes(picture(grid, path.suffix))
    return paths


def main(arguments: list[str]) -> int:
    """Take all shots; the exit status."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        for path in take(shot, folder):
            sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
