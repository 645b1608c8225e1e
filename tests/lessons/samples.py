"""Small lessons for tests, and engines to play them on."""

from __future__ import annotations

from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import LessonError, parse
from redlearn.timeline.stage import Stage, open_stage

FRONT = '+++\nformat = 1\nid = "sample"\ntitle = "A sample"\n+++\n# A sample\n'
FILE = "lessons/99-sample.md"

TASK = """\
Store a greeting.

```setup
SET other 1
```

```check
golf = 1
[[expect]]
cmd = "GET k"
reply = "hello"
says = "k does not say hello."
```

```hint
SET is the command.
```

```hint
Its arguments are `k` and `hello`.
```

```solution
SET k hello
```

```wrong
# says something else
SET k goodbye

SET hello k
```
"""

LESSON = f"""\
What this is about.

## 1. Look

```redis Try it
SET a 1
INCR a
```

```predict
ask = "And GET a?"
probe = "GET a"
options = ["1", "2, one more", {{ text = "three", is = "3", tag = "odd" }}]
why = "INCR added one."
tag = "counting"
```

```transcript
> GET a
"2"
```

## 2. Pause

Read this.

<!-- pause -->
<!-- note: only for the one who presents -->
<!-- pane: structure:a path=on -->
<!-- marker: middle -->
<!-- clock: +30s -->

That was that.

## 3. Do

{TASK}
"""


def lesson_of(body: str, front: str = FRONT, **beside: str) -> Lesson:
    """A lesson of some steps; `beside` are the files it may include, by name without `.md`."""
    return parse(front + body, FILE, lambda name: beside[name.removesuffix(".md")])


def problems_of(body: str, front: str = FRONT) -> list[str]:
    """What is wrong with a lesson, as `line: message`, lines counted from the body's first."""
    try:
        lesson_of(body, front)
    except LessonError as error:
        before = front.count("\n")
        return [f"{each.place.line - before}: {each.message}" for each in error.problems]
    return []


def sample() -> Lesson:
    """A lesson with an item of every kind."""
    return lesson_of(LESSON)


def stage() -> Stage:
    """A fresh engine."""
    return open_stage(sample())


def ran(on: Stage, *lines: str) -> None:
    """Run some commands on a stage."""
    for line in lines:
        on.run([word.encode() for word in line.split()])
