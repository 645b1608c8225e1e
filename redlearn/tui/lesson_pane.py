"""The lesson pane: what the lesson has said in this step, laid out for the width there is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from redlearn.lessons.acts import script_line
from redlearn.lessons.happenings import (
    Ask,
    Await,
    Begin,
    Celebrate,
    Challenge,
    Judged,
    Offer,
    Request,
    Say,
)
from redlearn.lessons.play import celebration, question_lines, said_lines
from redlearn.lessons.prose import clean, laid_out
from redlearn.lines import Line, Lines, Run, cells, line, pad, width_of
from redlearn.tui.scrollback import wrap

TITLE: Final = "Lesson"

MORE: Final = " f8 ▾"
"""What stands in the corner while there is more to read below."""

DOES: Final = " f8 ▶"
"""What stands there instead while all but the word of what f8 does is to be seen."""

NEXT: Final = "▶ "
"""Stands before the command that is to be run next."""

ABOVE: Final = "▴"
"""What stands in the upper corner while there is more above."""

GO_ON: Final = {
    "pause": "f8 goes on.",
    "step": "f8 begins the next step.",
    "last": "f8 ends the lesson.",
    "end": ":lesson lists all of them, :sandbox leaves.",
}


@dataclass(frozen=True, slots=True)
class LessonView:
    """What the learner has been told.

    Attributes:
        told: Since the step began, in order. Of things that are told again (how a task
            stands, what is offered) only the latest is there.
        first: The row at the top of the window.
    """

    told: tuple[Request, ...] = ()
    first: int = 0


def render(view: LessonView, width: int, height: int) -> Lines:
    """Draw the window of rows from `view.first`; arrows say that there is more above, or below."""
    rows = all_rows(view.told, width)
    first = max(min(view.first, len(rows) - height), 0)
    shown = rows[first : first + height]
    if len(rows) > first + height and shown:
        mark = MORE if _left(view.told, rows, first, height) else DOES
        shown[-1] = (*pad(shown[-1], width - cells(mark)), Run(mark, "warn"))
    if first and len(shown) > 1:  # in the column that rows leave free
        shown[0] = (*pad(shown[0], width - 1), Run(ABOVE, "warn"))
    return tuple(shown)


def more_below(view: LessonView, width: int, height: int) -> bool:
    """Whether the page goes on below the window, with more than the word of what f8 does."""
    return _left(view.told, all_rows(view.told, width), max(view.first, 0), height)


def _left(told: Sequence[Request], rows: Sequence[Line], first: int, height: int) -> bool:
    """Whether there is more below than how the next command, or what f8 does, is told."""
    says = told[-1] if told else None
    waits = isinstance(says, Offer) and not _is_done(says)
    goes_on = isinstance(says, Await) and says.why in ("pause", "step")
    return len(rows) - (waits or goes_on) > first + height


def turned(before: tuple[Request, ...], view: LessonView, width: int, height: int) -> int:
    """The row that comes to the top of the window when the page has been added to.

    What is new begins there, or further down if the rest of the page fits below. Where
    nothing is new (a command that the lesson did not wait for), the page stays where it is;
    and so it does while commands of one block are run one by one, as long as the next is seen.
    """
    known = {id(request) for request in before}
    rows, tops = _laid(view.told, width)
    question = _open_question(view.told, tops)
    for request, top in zip(view.told, tops, strict=True):
        if id(request) in known or (isinstance(request, Offer) and _is_done(request)):
            continue
        if isinstance(request, Offer) and request.done:
            return _following(rows, top, view.first, height)
        top = max(0, min(top, len(rows) - height))
        return top if question is None else min(top, question)
    return view.first


def _following(rows: Sequence[Line], top: int, first: int, height: int) -> int:
    """The row at the top when the next command of an offer that begins at `top` is to be seen.

    Its last row says how to run it, and comes into view with the last command.
    """
    marked = (place for place, row in enumerate(rows[top:], top) if row and row[0].text == NEXT)
    at = next(marked, top)
    if first <= at < first + height - 1:
        return first
    return max(0, min(at - 1, len(rows) - height))


def read_on(view: LessonView, width: int, height: int) -> int:
    """The row that comes to the top when the page is read on: all that was below is seen.

    A question that is open is not scrolled out by this, as long as it is not at the top.
    """
    rows, tops = _laid(view.told, width)
    question = _open_question(view.told, tops)
    below = max(0, min(view.first + max(height - 1, 1), len(rows) - height))
    if question is not None and view.first < question:
        return min(below, question)
    return below


def _open_question(told: Sequence[Request], tops: Sequence[int]) -> int | None:
    """The row at which a question without an answer begins, or None."""
    for place in range(len(told) - 1, -1, -1):
        if _is_answer(told[place]):
            return None
        if isinstance(told[place], Ask):
            return tops[place]
    return None


def all_rows(told: Sequence[Request], width: int) -> list[Line]:
    """Every row there is to read, at this width."""
    return _laid(told, width)[0]


def _laid(told: Sequence[Request], width: int) -> tuple[list[Line], list[int]]:
    """Every row there is to read, and the row at which each request begins."""
    rows: list[Line] = []
    tops: list[int] = []
    for place, request in enumerate(told):
        block = _block(request, max(width - 1, 10))
        if isinstance(request, Ask) and not any(map(_is_answer, told[place:])):
            block = (*block, line(Run("Answer with a letter and enter.", "hint")))
        if rows and block and not isinstance(request, Await) and not _joins(told, place):
            rows.append(())
        tops.append(len(rows))
        rows += [row for each in block for row in folded(each, max(width - 1, 10))]
    return rows, tops


def _joins(told: Sequence[Request], place: int) -> bool:
    """Whether it is a remark on the question or the task before it: six rows hold both."""
    remark = told[place]
    asked = isinstance(told[place - 1], Ask | Challenge)
    return asked and isinstance(remark, Say) and remark.voice == "aside"


def folded(row: Line, width: int) -> Lines:
    """A command or an option too wide for the pane goes on below, set in a little."""
    if width_of(row) <= width:
        return (row,)
    *head, last = row
    indent = width_of(tuple(head)) + 2
    first, *more = textwrap.wrap(last.text, max(width - indent, 8)) or [""]
    below = [(Run(" " * indent, ""), Run(each, last.style)) for each in more]
    rows = [(*head, Run(first, last.style)), *below]
    return tuple(piece for each in rows for piece in wrap(each, width))


def told_with(told: tuple[Request, ...], request: Request) -> tuple[Request, ...]:
    """What is told after one more request: a step begins a clean page."""
    match request:
        case Begin():
            return (request,)
        case Judged() | Offer():
            kept = tuple(each for each in told if not isinstance(each, type(request) | Await))
            return (*kept, request)
        case Say() if told and told[-1] == request:
            return told  # said again, to a key that was pressed again
        case Say(voice="right" | "wrong"):
            # What was said to somebody who had not answered yet is of no use any more.
            return (*(each for each in told if getattr(each, "voice", "") != "aside"), request)
        case Say() | Ask() | Challenge() | Await() | Celebrate():
            return (*(each for each in told if not isinstance(each, Await)), request)
    return told


def all_done(told: tuple[Request, ...]) -> tuple[Request, ...]:
    """The page when none of the commands it offers is waited for any more."""
    return tuple(
        replace(each, done=len(each.acts)) if isinstance(each, Offer) and not _is_done(each)
        else each
        for each in told
    )  # fmt: skip


def _is_answer(request: Request) -> bool:
    return isinstance(request, Say) and request.voice in ("right", "wrong")


def _is_done(offer: Offer) -> bool:
    return offer.done >= len(offer.acts)


def _block(request: Request, width: int) -> Lines:
    match request:
        case Begin(step):
            return laid_out_in((step.title,), width, "title")
        case Say():
            return () if request.voice == "note" else said_lines(request, width)
        case Ask(predict):
            return question_lines(predict, width)
        case Offer():
            return _offer(request)
        case Challenge():
            return laid_out_in(("Your turn. f2 gives a hint, f3 says what is missing.",), width)
        case Judged(verdicts):
            return _verdicts(request, width) if verdicts else ()
        case Celebrate():
            return laid_out_in((celebration(request),), width, "right")
        case Await(why):
            return laid_out_in((GO_ON[why],), width, "hint")
    return ()


def _offer(offer: Offer) -> Lines:
    """Commands to be run, one a row: those done are ticked, the next one is pointed at."""
    rows = [line(Run(clean(offer.label), "label"))] if offer.label else []
    for number, act in enumerate(offer.acts):
        mark = "✓ " if number < offer.done else NEXT if number == offer.done else "  "
        style = "dim" if number < offer.done else "code"
        rows.append(line(Run(mark, "ok"), Run(clean(script_line(act)), style)))
    if offer.done < len(offer.acts):
        rows.append(line(Run("Type it, or f8 does.", "hint")))
    return tuple(rows)


def _verdicts(judged: Judged, width: int) -> Lines:
    rows: list[Line] = []
    for verdict in judged.verdicts:
        if verdict.passed:
            continue
        said = laid_out_in((f"✗ {verdict.says}",), width, "wrong")
        rows += said
    done = sum(verdict.passed for verdict in judged.verdicts)
    rows.append(line(Run(f"{done} of {len(judged.verdicts)} done", "label")))
    return tuple(rows)


def laid_out_in(texts: Sequence[str], width: int, style: str = "hint") -> Lines:
    """Paragraphs in one style, wrapped."""
    return tuple(
        tuple(Run(run.text, run.style or style) for run in row) for row in laid_out(texts, width)
    )
