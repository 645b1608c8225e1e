"""`redlearn new`: a lesson to begin with, either an example or what was typed.

Both are proven as they are, so that whoever writes one changes a bit, checks, and goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from redlearn.lessons.acts import Acts, script_line
from redlearn.lessons.checks import perform
from redlearn.lessons.model import Act, Command, Place
from redlearn.lessons.play import reply_lines
from redlearn.lessons.ports import Runner
from redlearn.lessons.source import Problem, Problems
from redlearn.lines import plain

FRONT: Final = """\
+++
format   = 1
id       = {id}
title    = {title}
minutes  = 8
panes    = ["structure", "log"]

[engine]
clock  = "virtual"
seed   = 1
+++

# {heading}

"""

EXAMPLE: Final = """\
Say here what this is about, and why anybody should care.

## 1. Something to see

One idea a step. Commands under a label are typed, or f8 types them:

```redis Two players
ZADD board 20 bob 50 ann
```

A question comes before its command. Its answer is computed; each wrong option
comes from something that people believe, and `tag` names that.

```predict
kind    = "reply"
ask     = "ZADD board 60 bob: what is the reply?"
run     = "ZADD board 60 bob"
probe   = "ZSCORE board bob"
answer  = "auto"
options = [
  { text = "1, and bob has 60", is = "60" },
  { text = "an error, bob is there already: he keeps 20", is = "20" },
]
why     = "Whoever is there gets the new score: 60."
tag     = "zadd-only-adds"
```

A transcript is held to the letter, replies as redis-cli prints them:

```transcript
> ZADD board 60 bob
(integer) 0
> ZRANGE board 0 -1
1) "ann"
2) "bob"
```

<!-- note: for whoever presents; the audience never sees it -->

## 2. Your turn

Say what is wanted, not how. What the step needs is set up unseen.

```setup
ZADD race 3 cy
```

`dee` should be in `race`, before `cy`.

```check
golf = 1

[[expect]]
cmd   = "ZRANK race dee"
reply = 0
says  = "dee is not the first yet."

[[expect]]
cmd   = "ZSCORE race cy"
reply = "3"
says  = "cy should have 3, as before."
```

```hint
What kind of command is missing? Do not name it yet.
```

```hint
The command, but not its arguments.
```

```hint
`ZADD race 1 dee`
```

```solution
ZADD race 1 dee
```

```wrong
# behind cy
ZADD race 5 dee

# cy was moved
ZADD race 1 dee 7 cy
```
"""

TASK: Final = """\
## {number}. Your turn

Say what is wanted, not how.

```check
[[expect]]
cmd   = "EXISTS done"
reply = 1
says  = "There is no key called done."
```

```hint
What kind of command is missing?
```

```hint
The command, but not its arguments.
```

```hint
`SET done 1`
```

```solution
SET done 1
```

```wrong
# another key
SET finished 1
```
"""


@dataclass(slots=True)
class _Group:
    """Lines that make a step: remarks first, as prose, and commands."""

    remarks: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


def slug(name: str) -> str:
    """A name as lessons are called: small letters, digits, hyphens; "" if nothing is left.

    >>> slug("My first Lesson!"), slug("41-caches.md")
    ('my-first-lesson', '41-caches')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.removesuffix(".md").lower()).strip("-")


def example(name: str) -> str:
    """A lesson with one block of each kind, to be changed."""
    return _front(name) + EXAMPLE


def draft(name: str, lines: Sequence[str], runner: Runner) -> tuple[str, list[Problem]]:
    """A lesson out of what was typed, with the replies that `runner` gives, and a task to write.

    A line is a command as in lessons (`@a GET k`, `:advance 5s`); `# ...` is a remark, which
    becomes prose; a blank line begins the next step.

    Returns:
        The lesson, and what could not be taken in, by line.
    """
    problems = Problems()
    groups = [group for group in _groups(lines, Acts(problems)) if group.acts or group.remarks]
    parts = [_front(name), "Say here what this is about.\n\n"]
    for number, group in enumerate(groups, 1):
        parts.append(f"## {number}. Step\n\n")
        parts += [f"{remark}\n\n" for remark in group.remarks]
        if group.acts:
            rows = "\n".join(row for act in group.acts for row in _exchange(act, runner))
            parts.append(f"```transcript\n{rows}\n```\n\n")
    parts.append(TASK.format(number=len(groups) + 1))
    return "".join(parts), problems.found


def _groups(lines: Sequence[str], acts: Acts) -> list[_Group]:
    groups = [_Group()]
    for number, text in enumerate(lines, 1):
        text = text.strip()
        if not text:
            groups.append(_Group())
        elif text.startswith("#"):
            if groups[-1].acts:
                groups.append(_Group())
            groups[-1].remarks.append(text.lstrip("# "))
        elif (act := acts.one(text, Place("", number))) is not None:
            groups[-1].acts.append(act)
    return groups


def _exchange(act: Act, runner: Runner) -> list[str]:
    """An act and its reply, as lines of a transcript."""
    ran = perform(act, runner)
    rows = reply_lines(act.argv, ran) if isinstance(act, Command) else ()
    return [f"> {script_line(act)}", *(plain(rows).split("\n") if rows else [])]


def _front(name: str) -> str:
    title = name.removesuffix(".md").replace("-", " ").strip()
    title = title[:1].upper() + title[1:]
    text = json.dumps(title, ensure_ascii=False)  # a TOML string, too
    return FRONT.format(id=json.dumps(slug(name)), title=text, heading=title)
