"""A small lesson with one of everything, for the tests of the screen."""

from __future__ import annotations

import pytest

from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import parse

TEXT = """+++
format  = 1
id      = "small"
title   = "A small lesson"
minutes = 1
panes   = ["structure:count", "aof"]

[engine]
seed = 1
+++

# A small lesson

It has one of everything.

## 1. Commands

First run what is offered.

```redis Count
SET count 1
INCR count
```

```predict
kind    = "reply"
ask     = "What does GET count say?"
run     = "INCR count"
probe   = "GET count"
answer  = "auto"
options = ["2", "3", "4"]
why     = "It was 2, and INCR adds one."
```

```redis
INCR count
```

## 2. Your turn

```check
golf = 1

[[expect]]
cmd   = "GET count"
reply = "10"
says  = "count is not 10 yet."
```

```wrong
# one too many
SET count 11
```

```hint
SET stores any value.
```

```solution
SET count 10
```

## 3. Time passes

<!-- pause -->

```transcript
> SET brief v EX 5
OK
```

<!-- clock: +10s -->

```transcript
> EXISTS brief
(integer) 0
```
"""


@pytest.fixture
def small_lesson() -> Lesson:
    return parse(TEXT, "small.md")
