"""Panes over random sessions and sizes: nothing raises, sticks out, or gets out raw."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redlearn.panes import aof, clients, diff, keys, log, slots, structure, ttl
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import SMALL_HASHES, SMALL_ZSETS, Showing, assert_fits

NASTY = [
    b"",
    b"k",
    b"\x1b[31m\x07",
    "键盘".encode(),
    b"[bold]x[/]",
    b"\xff\xfe\r\n",
    b"x" * 70,
    b"12",
]
words = st.sampled_from(NASTY) | st.binary(max_size=12)
few_keys = st.sampled_from([b"a", b"b", b"", b"\x1b[2J", "{键}".encode()])
small_numbers = st.sampled_from([b"0", b"1", b"-1", b"4"])
numbers = st.sampled_from([b"1", b"-5", b"7", b"300", b"70000", b"-9223372036854775808"])
scores = st.sampled_from([b"1", b"2", b"-0.5", b"inf", b"1e300", b"3"])

calls = st.one_of(
    st.tuples(st.just(b"SET"), few_keys, words),
    st.tuples(st.just(b"SET"), few_keys, words, st.just(b"PX"), st.just(b"120")),
    st.tuples(st.just(b"HSET"), few_keys, words, words, words, words),
    st.tuples(st.just(b"HGET"), few_keys, words),
    st.tuples(st.just(b"HDEL"), few_keys, words),
    st.tuples(st.just(b"ZADD"), few_keys, scores, words, scores, words, scores, words),
    st.tuples(st.just(b"ZINCRBY"), few_keys, scores, words),
    st.tuples(st.just(b"ZREM"), few_keys, words),
    st.tuples(st.just(b"ZRANK"), few_keys, words),
    st.tuples(st.just(b"ZRANGE"), few_keys, st.just(b"1"), st.just(b"3"), st.just(b"BYSCORE")),
    st.tuples(st.just(b"RPUSH"), few_keys, words, words, words),
    st.tuples(st.just(b"LPUSH"), few_keys, words),
    st.tuples(st.just(b"RPUSH"), few_keys, st.just(b"L" * 9000)),
    st.tuples(st.just(b"LPOP"), few_keys, st.just(b"2")),
    st.tuples(st.just(b"LINSERT"), few_keys, st.just(b"AFTER"), words, words),
    st.tuples(st.just(b"LINDEX"), few_keys, small_numbers),
    st.tuples(st.just(b"LSET"), few_keys, small_numbers, words),
    st.tuples(st.just(b"LREM"), few_keys, st.just(b"0"), words),
    st.tuples(st.just(b"LTRIM"), few_keys, small_numbers, small_numbers),
    st.tuples(st.just(b"LMOVE"), few_keys, few_keys, st.just(b"LEFT"), st.just(b"RIGHT")),
    st.tuples(st.just(b"SADD"), few_keys, numbers, numbers, numbers),
    st.tuples(st.just(b"SADD"), few_keys, words),
    st.tuples(st.just(b"SREM"), few_keys, numbers),
    st.tuples(st.just(b"SISMEMBER"), few_keys, numbers),
    st.tuples(st.sampled_from([b"SINTER", b"SDIFF", b"SUNION"]), few_keys, few_keys, few_keys),
    st.tuples(st.just(b"SDIFFSTORE"), few_keys, few_keys, few_keys),
    st.tuples(st.just(b"APPEND"), few_keys, words),
    st.tuples(st.just(b"DEL"), few_keys),
    st.tuples(st.just(b"GET"), few_keys),
    st.tuples(words, words),
    st.tuples(st.just(b"BLPOP"), few_keys, few_keys, st.sampled_from([b"0", b"0.05", b"9"])),
    st.tuples(st.just(b"WATCH"), few_keys),
    st.just((b"MULTI",)),
    st.just((b"EXEC",)),
    st.just((b"FLUSHDB",)),
)


SMALL = {
    **SMALL_ZSETS, **SMALL_HASHES, "list-max-listpack-size": "3", "list-compress-depth": "1",
    "set-max-intset-entries": "4", "set-max-listpack-entries": "4",
}  # fmt: skip


def draw_everything(show: Showing, key: bytes, window: Window) -> None:
    gallery = show.gallery
    steps = show.steps()
    pictures: list[tuple[Any, Any]] = [
        (structure, gallery.structure(window, key)),
        (structure, gallery.structure(window, key, step=step_of(steps, len(steps) // 2))),
        (structure, gallery.table_of_keys(window)),
        (slots, gallery.slots(key)),
        (aof, gallery.aof(window)),
        (ttl, gallery.ttl(window)),
        (log, gallery.log(window)),
        (keys, gallery.keys(window, last=key)),
        (clients, gallery.clients(window, {show.client: "you"})),
        (diff, gallery.diff()),
    ]
    for pane, view in pictures:
        drawn = pane.render(view, window.width, window.height)
        assert_fits(drawn, window.width, window.height)
        assert drawn == pane.render(view, window.width, window.height)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(calls, min_size=1, max_size=25),
    st.lists(
        st.tuples(
            st.integers(0, 120), st.integers(0, 40), st.integers(-30, 30), st.integers(-30, 30)
        ),
        min_size=1,
        max_size=4,
    ),
    few_keys,
)
def test_any_session_can_be_drawn_at_any_size(
    program: list[tuple[bytes, ...]], windows: list[tuple[int, int, int, int]], key: bytes
) -> None:
    show = Showing(config=SMALL)
    for argv in program:
        show(*argv)
        show.session.advance(30)
    for width, height, x, y in windows:
        draw_everything(show, key, Window(width, height, x, y))
    show.session.seek(len(program))
    draw_everything(show, key, Window(78, 11))


@settings(max_examples=25, deadline=None)
@given(st.lists(calls, min_size=1, max_size=15), few_keys)
def test_every_step_of_any_command_can_be_drawn(
    program: list[tuple[bytes, ...]], key: bytes
) -> None:
    show = Showing(config=SMALL)
    for argv in program:
        show(*argv)
    steps = show.steps()
    for number in range(0, len(steps) + 1, max(len(steps) // 20, 1)):
        view = show.gallery.structure(Window(78, 11), key, step=step_of(steps, number))
        assert_fits(structure.render(view, 78, 11), 78, 11)
