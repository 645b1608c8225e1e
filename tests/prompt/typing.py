"""Lines as people and monkeys type them, for tests that nothing typed does harm."""

from __future__ import annotations

from hypothesis import strategies as st

import redlearn.engine.engine  # noqa: F401  (fills the command table)
from redlearn.engine import syntax
from redlearn.engine.command import all_commands

NAMES = [row.name.replace("|", " ") for row in all_commands()]
KEYWORDS = sorted(
    {
        word
        for row in all_commands()
        for word in syntax.of(row.syntax).display.replace("[", " ").replace("]", " ").split()
        if word.isupper()
    }
)
SCRAPS = [
    "board", "user:1", "k", "nosuch", "'odd key'", '"\\x00\\xff"', "café", "ann", "0", "-1", "5",
    "(3", "+inf", "[a", "1e400", "999999999999999999999", '"', "'", '"a"b', "\\", "\0", "\t", "\n",
    "\ud800", "\udcff", "@a", "@", ":", ":advance", ":back x", "help", "?", "3", "…", "键", "",
]  # fmt: skip

words = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(KEYWORDS),
    st.sampled_from(SCRAPS),
    st.text(max_size=6),
)
lines = st.one_of(
    st.text(max_size=60),
    st.tuples(st.sampled_from([*NAMES, *SCRAPS]), st.lists(words, max_size=8)).map(
        lambda pair: " ".join([pair[0], *pair[1]])
    ),
)
