"""The command line: which front end, over which engine.

Each command imports what it runs when it runs, so that asking for help or piping a file
through the prompt does not pay for the screen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, TextIO

import click

from redlearn import __version__

if TYPE_CHECKING:
    from redlearn.persistence.aof_check import Checked
    from redlearn.persistence.store import RealDisk

OUT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
LEAST, MOST = (20, 5), (500, 200)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="redlearn %(version)s")
@click.option(
    "--listen",
    type=click.IntRange(-1, 65535),
    default=0,
    metavar="PORT",
    help="Let programs connect to this port of 127.0.0.1; -1: any free one.",
)
@click.pass_context
def cli(context: click.Context, listen: int) -> None:
    """Type a Redis command, see what it did to the structures inside.

    Without a command: the screen, on an empty engine. Where there is no terminal to draw
    on, the plain prompt instead.
    """
    if context.invoked_subcommand is not None:
        return
    if not can_draw():
        if listen:
            instead = "redlearn serve lets programs connect without a screen"
            raise click.ClickException(f"there is no terminal to draw on; {instead}")
        context.invoke(repl)
        return
    from redlearn.tui.launch import run

    sys.exit(run(listen=listen))


def can_draw() -> bool:
    """Whether a screen makes sense: a terminal on both sides, that is not a dumb one."""
    terminal = os.environ.get("TERM", "")
    streams = (sys.stdin, sys.stdout)  # either is None where the shell has closed it
    return terminal not in ("", "dumb") and all(each and each.isatty() for each in streams)


@cli.command()
@click.option("--raw", is_flag=True, help="Print replies as redis-cli --raw does.")
@click.option("--plain", is_flag=True, help="No completion, colours or line editing.")
def repl(raw: bool, plain: bool) -> None:
    """The prompt without the panes; also for scripts: redlearn repl < file."""
    from redlearn.prompt.repl import run

    plain = plain or not can_draw()
    sys.exit(run(raw=raw, plain=plain))


@cli.command()
@click.argument("lesson", required=False)
def lesson(lesson: str | None) -> None:
    """List the lessons, or open one on the screen."""
    if lesson is None:
        list_lessons()
        return
    path = file_of(lesson)
    if not can_draw():
        what = f"redlearn play {lesson} --headless"
        raise click.ClickException(f"there is no terminal to draw on; {what} prints all of it")
    from redlearn.tui.launch import run

    sys.exit(run(lesson=path))


class Size(click.ParamType[tuple[int, int]]):
    """Columns and rows, written as 120x36."""

    name = "COLSxROWS"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[int, int]:
        columns, by, rows = str(value).partition("x")
        if not (by and columns.isdecimal() and rows.isdecimal()):
            self.fail("a size is written as 80x24", param, context)
        size = int(columns), int(rows)
        if not (LEAST[0] <= size[0] <= MOST[0] and LEAST[1] <= size[1] <= MOST[1]):
            self.fail("a size is between 20x5 and 500x200", param, context)
        return size


@cli.command()
@click.argument("lesson")
@click.option("--headless", is_flag=True, help="Without a screen: print a transcript.")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=1.0, help="2: twice as fast.")
@click.option("--cast", type=OUT, help="Record into FILE, for asciinema and its like.")
@click.option("--svg", type=FOLDER, help="A picture of each step's end, into DIR.")
@click.option("--size", type=Size(), default="120x36", help="Of the screen, where there is none.")
def play(
    lesson: str,
    headless: bool,
    speed: float,
    cast: Path | None,
    svg: Path | None,
    size: tuple[int, int],
) -> None:
    """Play a lesson by itself, typing at a human pace.

    On a terminal it can be watched; any key takes over. With --headless, or where there is
    no terminal, it takes no longer than the machine needs: a transcript is printed, and
    recording and pictures show what the screen would have.
    """
    path = file_of(lesson)
    headless = headless or not can_draw()
    with complaints():
        if headless:
            click.echo(transcript_of(path), nl=False)
        if headless and cast is None and svg is None:
            return
        from redlearn.lessons.play import Pace
        from redlearn.tui.playback import Products, in_studio, on_screen

        pace, products = Pace(speed=speed), Products(cast, svg)
        if headless:
            sys.exit(in_studio(path, pace, products, size))
        sys.exit(on_screen(path, pace, products))


def transcript_of(path: Path) -> str:
    """All that a lesson says and shows when it plays itself, as plain text."""
    from redlearn.lessons.parse import load
    from redlearn.lessons.play import Performance, transcript
    from redlearn.timeline.stage import open_stage

    lesson = load(path)
    return transcript(Performance(lesson, open_stage(lesson)))


@cli.command()
@click.argument("lesson")
@click.option(
    "--notes",
    is_flag=True,
    help="Print what the audience does not see: notes, right answers, solutions.",
)
def present(lesson: str, notes: bool) -> None:
    """Present a lesson: whatever keys you hit, its next command appears.

    Enter runs it once it is whole, backspace takes letters back. Page down, as a remote control
    sends it, writes the command, then runs it, and goes on where there is none; page up goes
    back to the step's beginning. Tab leaves the lesson's lines for your own, and tab on an empty
    line leads back.
    """
    path = file_of(lesson)
    with complaints():
        if notes:
            click.echo(handout_of(path), nl=False)
            return
        if not can_draw():
            raise click.ClickException(
                "there is no terminal to present on; --notes prints what one needs"
            )
        from redlearn.tui.presenter import run

        sys.exit(run(path))


def handout_of(path: Path) -> str:
    """What one who presents a lesson needs on paper."""
    from redlearn.lessons.handout import handout
    from redlearn.lessons.parse import load
    from redlearn.timeline.stage import open_stage

    lesson = load(path)
    return handout(lesson, open_stage(lesson))


@cli.command()
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.File("r", encoding="utf-8"),
    help="Make it of these commands, one a line; - reads them from standard input.",
)
def new(name: str, source: TextIO | None) -> None:
    """Write a lesson to begin with, NAME.md: an example of each block.

    With --from a file of commands it is made of those, with the replies they get: `# ...` is
    prose, a blank line begins the next step.
    """
    from redlearn.lessons.draft import slug

    path = Path(name if name.endswith(".md") else f"{name}.md")
    if not slug(path.name):
        raise click.ClickException(f"{name!r} has no letter or digit to call a lesson by")
    text = drafted(path.name, source) if source else exampled(path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.ClickException(f"{path} is there already") from error
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    word = quote(str(path))
    then = f"redlearn check {word} proves it, redlearn lesson {word} opens it"
    click.echo(f"{path} is there: {then}")


def exampled(name: str) -> str:
    """The text of a lesson with one block of each kind."""
    from redlearn.lessons.draft import example

    return example(name)


def drafted(name: str, source: TextIO) -> str:
    """The text of a lesson made of commands; what cannot be taken in is said, by line."""
    from redlearn.lessons.draft import draft
    from redlearn.lessons.model import Lesson
    from redlearn.timeline.stage import open_stage

    try:
        lines = source.read().splitlines()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{source.name} is not text") from error
    text, problems = draft(name, lines, open_stage(Lesson("", "", "", ())))
    for problem in problems:
        click.echo(f"{source.name}:{problem.place.line}: {problem.message}", err=True)
    return text


@contextmanager
def complaints() -> Iterator[None]:
    """Say in a sentence what is wrong with a lesson or a file, and leave with status 1."""
    from redlearn.lessons.parse import LessonError
    from redlearn.lessons.play import CannotPlay

    try:
        yield
    except LessonError as error:
        raise click.ClickException("\n".join(map(str, error.problems))) from error
    except (CannotPlay, OSError) as error:
        raise click.ClickException(str(error)) from error


@cli.command()
@click.argument("lessons", nargs=-1)
@click.option(
    "--on",
    "servers",
    multiple=True,
    metavar="URL",
    help="Ask a real server, which is empty: redis://127.0.0.1:6379. Once more for a node in "
    "cluster mode, which gets the CLUSTER commands.",
)
def check(lessons: tuple[str, ...], servers: tuple[str, ...]) -> None:
    """Prove lessons: transcripts match, unsolved steps fail, solutions pass.

    With --on: whether a real server says what they say. It is emptied after each lesson.
    """
    from redlearn.lessons.library import lesson_files

    paths = [file_of(lesson) for lesson in lessons] or list(lesson_files())
    if servers:
        sys.exit(compared(paths, servers))
    failed = sum(not proven(path) for path in paths)
    click.echo(f"{len(paths) - failed} proven, {failed} failed")
    sys.exit(1 if failed else 0)


@cli.command()
@click.option("--group", default="", help="Only this group: string, hash, server, ...")
def commands(group: str) -> None:
    """List all commands of Redis and Valkey: which are here, and why others are not."""
    from redlearn.coverage import groups, listing

    if group and group not in groups():
        raise click.ClickException(f"no group is called {group!r}; there are {', '.join(groups())}")
    click.echo("\n".join(listing(group)))


def proven(path: Path) -> bool:
    """Prove one lesson and say how it went; each problem on a line, with file and number."""
    from redlearn.lessons.parse import LessonError, load
    from redlearn.lessons.prove import prove
    from redlearn.timeline.stage import open_stage

    try:
        problems = prove(load(path, name_of(path)), open_stage)
    except LessonError as error:
        problems = error.problems
    for problem in problems:
        click.echo(str(problem))
    if not problems:
        click.echo(f"{path.name}: proven")
    return not problems


def compared(paths: Sequence[Path], urls: Sequence[str]) -> int:
    """Hold lessons against real servers and say how it went; the exit status."""
    from redlearn.backends.address import BadAddress, read_address
    from redlearn.backends.comparing import hold
    from redlearn.backends.link import Unreachable
    from redlearn.backends.real import InUse, RealServer, is_node
    from redlearn.lessons.parse import load

    counts = {"the same": 0, "otherwise": 0, "not compared": 0}
    try:
        addresses = [read_address(url) for url in urls]
        nodes = [each for each in addresses if is_node(each)]
        alone = [each for each in addresses if each not in nodes]
        if len(alone) != 1 or len(nodes) > 1:
            raise click.ClickException("--on takes one server, and one more in cluster mode")
        with complaints(), RealServer(alone[0], *nodes) as real:
            for path in paths:
                outcome = hold(load(path, name_of(path)), real)
                for problem in outcome.differences:
                    click.echo(str(problem))
                for problem, why in outcome.known:
                    click.echo(f"{problem}\n  known: {why}")
                if outcome.skipped:
                    verdict, said = "not compared", f"not compared: {outcome.skipped}"
                else:
                    verdict = "otherwise" if outcome.differences else "the same"
                    but = ", but for what is known" if outcome.known else ""
                    said = f"{real.title} says {verdict}{but}"
                counts[verdict] += 1
                click.echo(f"{path.name}: {said}")
    except (BadAddress, Unreachable, InUse) as error:
        raise click.ClickException(str(error)) from error
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["otherwise"] else 0


def name_of(path: Path) -> str:
    """How messages name a lesson's file."""
    from redlearn.lessons.library import lesson_files

    return f"lessons/{path.name}" if path in lesson_files() else str(path)


def list_lessons() -> None:
    """Print a line for each lesson that comes with redlearn, and how far its reader is."""
    from redlearn.lessons.course import course, invitation, rows
    from redlearn.lines import plain
    from redlearn.tui import progress_file

    chapters, kept = course(), progress_file.load()
    click.echo(plain(rows(chapters, kept)))
    click.echo(invitation(chapters, kept, "redlearn lesson"))


def file_of(lesson: str) -> Path:
    """The file of a lesson given by number, id or path, or an error that says where to look."""
    from redlearn.lessons.library import find_lesson

    path = find_lesson(lesson)
    if path is None:
        raise click.ClickException(f"no lesson is called {lesson!r}; `redlearn lesson` lists them")
    return path


@cli.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[REDIS.CONF] [--NAME VALUE...]")
def serve(words: tuple[str, ...]) -> None:
    """A Redis for real clients, on loopback.

    Takes what redis-server takes: a configuration file, and parameters by their names in it, as
    in `redlearn serve redis.conf --port 7000`.
    """
    from redlearn.server.serve import serve as run
    from redlearn.server.settings import BadSettings, explanation, read_settings

    if words == ("--explain-config",):
        click.echo("\n".join(explanation()))
        return
    try:
        settings = read_settings(words)
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    sys.exit(run(settings))


@cli.command("import")
@click.argument("path", type=click.Path(readable=False, path_type=Path))
def import_(path: Path) -> None:
    """Open a server's data on the screen: a snapshot, a log, or the directory of either.

    The disk of the session begins with those files, and its engine has loaded them. Nothing that is
    done there reaches the files themselves. Where there is no terminal to draw on, the plain
    prompt instead.
    """
    from redlearn.timeline.brought import CannotBring, bring, open_brought
    from redlearn.timeline.wall import wall_ms

    said: list[str] = []

    def hear(sentence: str) -> None:
        said.append(sentence)
        click.echo(sentence, err=True)

    try:
        session = open_brought(bring(path), wall_ms(), hear)
    except CannotBring as error:
        raise click.ClickException(str(error)) from error
    if not can_draw():
        from redlearn.prompt.repl import run as talk

        sys.exit(talk(plain=True, session=session))
    from redlearn.tui.launch import run

    sys.exit(run(session=session, greeting=[each for each in said if "%" not in each]))


@cli.command("check-rdb")
@click.argument("path", type=click.Path(readable=False, path_type=Path))
def check_rdb(path: Path) -> None:
    """Look a snapshot file through, to the last byte.

    Says what is where in it, and at which byte what is wrong. The status is 1 if anything is.
    """
    from redlearn.persistence.rdb_check import check, told
    from redlearn.persistence.store import opened
    from redlearn.timeline.wall import wall_ms

    try:
        with opened(path) as (read, size):
            checked = check(read, size, wall_ms())
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    click.echo("\n".join(told(checked, path.name)))
    sys.exit(0 if checked.good else 1)


@cli.command("check-aof")
@click.option("--fix", is_flag=True, help="Cut the last file to what is good of it, after asking.")
@click.option(
    "--truncate-to-timestamp",
    "until_s",
    type=int,
    metavar="SECONDS",
    help="Cut off what was logged later than this (seconds since 1970).",
)
@click.argument("path")
def check_aof(path: str, fix: bool, until_s: int | None) -> None:
    """Look an append-only log through: its manifest, or one file.

    Says for each file how many commands it has, and at which byte what is wrong. The status is 1
    if anything is.
    """
    from redlearn.persistence.aof_check import check, told
    from redlearn.persistence.manifest import ManifestError
    from redlearn.persistence.store import RealDisk

    folder, name = os.path.split(os.path.realpath(path))
    good = True
    try:
        disk = RealDisk(folder)
        for checked in check(disk, name, until_s):
            click.echo("\n".join(told(checked)))
            good = _cut_if_wanted(disk, checked, fix=fix, until_s=until_s) and good
    except ManifestError as error:
        raise click.ClickException(f"the manifest: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or path}: {error.strerror}") from error
    except MemoryError:
        raise click.ClickException(f"{path}: memory is too small for a command in it") from None
    sys.exit(0 if good else 1)


def _cut_if_wanted(disk: RealDisk, checked: Checked, *, fix: bool, until_s: int | None) -> bool:
    """Cut a file that was looked through, if that was asked for; whether it is good then."""
    from redlearn.persistence.aof_check import cut

    if checked.good and checked.later >= 0:
        if not checked.last or checked.later <= checked.snapshot:
            where = "in a file before the last" if checked.later else "at the beginning"
            click.echo(f"  what is later than {until_s} begins {where}: nothing is cut off")
            return False
        cut(disk, checked.name, checked.later)
        click.echo(f"  cut to byte {checked.later}: what was logged up to {until_s}")
        return True
    if checked.good or not (fix and checked.can_be_cut):
        return checked.good
    if not click.confirm(f"  Cut it to {checked.whole} bytes?"):
        return False
    cut(disk, checked.name, checked.whole)
    click.echo("  cut")
    return True
