"""Draws an AlgebraView: the sets that take part, and the way of each member through them.

intersection of 3 sets  the smallest is walked, the others are asked   5 asked, 2 in the result
▶ a    3 members  walked: the smallest
  b    5 members  asked 3 times, 2 there
  7   ● b  ● c  in           9   ○ b       out
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import GLIMPSED, STOOD, TOUCHED
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.algebra import AlgebraView, Party, Verdict
from redlearn.views.narration import counted

NAME_SHOWN: Final = 16
MEMBER_SHOWN: Final = 14
MOST_PARTIES: Final = 6
MOST_ANSWERS: Final = 4


def draw(view: AlgebraView, width: int, height: int) -> list[Line]:
    """The title, the sets, and as many members as there is room for, the last ones."""
    rows = [_title(view)]
    if view.weighed is not None:
        rows.append(_weighed(view))
    parties = view.parties[: max(min(MOST_PARTIES, height - len(rows)), 0)]
    rows += [_party(view, party) for party in parties]
    if len(view.parties) > len(parties):
        rows[-1] = (*rows[-1], Run(f"  and {len(view.parties) - len(parties)} more sets", "dim"))
    rows += _verdicts(view, width, height - len(rows))
    return [clip(row, width) for row in rows][: max(height, 0)]


def _title(view: AlgebraView) -> Line:
    what = f"{view.way} of {counted(len(view.parties), 'set')}"
    cost = f"{counted(view.walked, 'member')} walked, {view.asked:,} asked"
    if view.way == "intersection" and any(party.size < 0 for party in view.parties):
        cost = "one is not there: nothing is common to all"
    if view.way != "union":
        cost += f", {view.kept:,} in the result" if view.kept else ""
    return line(Run(f" {what}", "title"), Run(f"  {cost}", "label"))


def _weighed(view: AlgebraView) -> Line:
    assert view.weighed is not None
    asking, removing = view.weighed.asking, view.weighed.removing
    first, second = f"asking costs {asking:,}", f"copying and taking out {removing:,}"
    asks = view.weighed.asks
    return line(
        "  ", Run(first, "path" if asks else "label"), Run(f" {'<=' if asks else '>'} ", "value"),
        Run(second, "label" if asks else "path"),
        Run(f": way {1 if asks else 2} is taken", "value"),
    )  # fmt: skip


def _party(view: AlgebraView, party: Party) -> Line:
    name = clip_text(printable(party.key, NAME_SHOWN * 2), NAME_SHOWN) or '""'
    sign = TOUCHED if party.why else " "
    size = "no such key" if party.size < 0 else counted(party.size, "member")
    runs = [
        Run(f"{sign} ", "path"),
        Run(name + " " * (max(_longest(view), 4) - cells(name)), "key"),
        Run(f"  {size:<14}", "label"),
    ]
    if party.why:
        runs.append(Run(f"walked: {party.why}", "path"))
    if party.asked:
        times = "once" if party.asked == 1 else f"{party.asked:,} times"
        runs.append(
            Run(f"{'  ' if party.why else ''}asked {times}, {party.found:,} there", "value")
        )
    return tuple(runs)


def _longest(view: AlgebraView) -> int:
    names = (printable(party.key, NAME_SHOWN * 2) for party in view.parties[:MOST_PARTIES])
    return max((min(cells(name), NAME_SHOWN) for name in names), default=4)


def _verdicts(view: AlgebraView, width: int, height: int) -> list[Line]:
    """The members in columns, read downwards."""
    if height < 1 or not view.verdicts:
        return []
    pieces = [_verdict(each) for each in view.verdicts[-height * 4 :]]
    size = min(max(sum(cells(run.text) for run in piece) for piece in pieces) + 3, width)
    columns = max(width // size, 1)
    pieces = pieces[-height * columns :]
    rows = min(height, len(pieces))
    return [
        tuple(run for piece in pieces[at::rows] for run in pad(piece, size)) for at in range(rows)
    ]


def _verdict(verdict: Verdict) -> Line:
    member = clip_text(printable(verdict.member, MEMBER_SHOWN * 2), MEMBER_SHOWN) or '""'
    runs = [Run("  " + member + " " * max(8 - cells(member), 1), "value")]
    for key, there in verdict.answers[-MOST_ANSWERS:]:
        name = clip_text(printable(key, 16), 8) or '""'
        runs.append(Run(f"{STOOD if there else GLIMPSED} {name}  ", "path" if there else "label"))
    if verdict.kept is not None:
        runs.append(Run("in" if verdict.kept else "out", "new" if verdict.kept else "gone"))
    return tuple(runs)
