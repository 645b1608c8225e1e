"""Streams, bits, HyperLogLogs and places over random sessions: every form, step and size."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from redlearn.glyphs import ascii_lines
from redlearn.lines import cells
from redlearn.panes import structure
from redlearn.views.forms import BITS, BYTES, GROUPS, LOG, MAP, REGISTERS_FORM, STRUCTURE
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import SMALL_ZSETS, Showing, assert_fits

NASTY = [b"", b"k", b"\x1b[31m\x07", "键盘".encode(), b"[bold]x[/]", b"\xff\xfe\r\n", b"x" * 70]
HOSTILE = [
    b"HYLL",
    b"HYLL\x01" + bytes(11),
    b"HYLL\x01" + bytes(11) + b"\x7f\xff",
    b"HYLL\x01" + bytes(11) + b"\x7f",
    b"HYLL\x01" + bytes(11) + b"\x80" * 40,
    b"HYLL\x00" + bytes(11) + b"\xff" * 12288,
    b"\x00\xff" * 40,
    b"12",
]
FORMS = ["", BYTES, BITS, REGISTERS_FORM, STRUCTURE, MAP, LOG, GROUPS]
SMALL = {
    **SMALL_ZSETS, "stream-node-max-entries": "3", "hll-sparse-max-bytes": "40",
}  # fmt: skip

words = st.sampled_from(NASTY) | st.binary(max_size=12)
keys = st.sampled_from([b"a", b"b", b"\x1b[2J"])
people = st.sampled_from([b"ann", b"bob", b"\x1b[31m", "键".encode()])
ids = st.sampled_from([b"*", b"1-1", b"5-5", b"70000-1", b"18446744073709551615-3"])
spots = st.sampled_from([b"0", b"-180", b"180", b"13.3", b"85.05", b"-85.05", b"0.0001"])
offsets = st.sampled_from([b"0", b"7", b"8", b"100", b"5000"])
types = st.sampled_from([b"u1", b"i5", b"u8", b"i64", b"u63"])


def call(name: str, *parts: st.SearchStrategy[bytes] | bytes) -> st.SearchStrategy[object]:
    made = [st.just(part) if isinstance(part, bytes) else part for part in parts]
    return st.tuples(st.just(name.encode()), *made)


calls = st.one_of(
    call("XADD", keys, ids, words, words),
    call("XADD", keys, ids, words, words, words, words),
    call("XADD", keys, b"MAXLEN", b"~", b"3", ids, words, words),
    call("XDEL", keys, ids),
    call("XTRIM", keys, b"MAXLEN", st.sampled_from([b"=", b"~"]), st.sampled_from([b"0", b"4"])),
    call("XRANGE", keys, b"-", b"+"),
    call("XREAD", b"STREAMS", keys, b"0"),
    call("XGROUP", b"CREATE", keys, people, b"0", b"MKSTREAM"),
    call("XREADGROUP", b"GROUP", people, people, b"COUNT", b"2", b"STREAMS", keys, b">"),
    call("XACK", keys, people, ids),
    call("XCLAIM", keys, people, people, b"0", ids),
    call("XAUTOCLAIM", keys, people, people, st.sampled_from([b"0", b"999"]), b"0"),
    call("XGROUP", b"DELCONSUMER", keys, people, people),
    call("SET", keys, st.sampled_from(HOSTILE)),
    call("SETBIT", keys, offsets, st.sampled_from([b"0", b"1"])),
    call("GETBIT", keys, offsets),
    call("BITCOUNT", keys),
    call("BITPOS", keys, st.sampled_from([b"0", b"1"])),
    call("BITFIELD", keys, b"OVERFLOW", st.sampled_from([b"WRAP", b"SAT", b"FAIL"]),
         b"INCRBY", types, offsets, b"99", b"GET", types, offsets),
    call("BITOP", st.sampled_from([b"AND", b"XOR"]), keys, keys, keys),
    call("BITOP", b"NOT", keys, keys),
    call("PFADD", keys, words, words),
    call("PFCOUNT", keys),
    call("PFMERGE", keys, keys),
    call("GEOADD", keys, spots, spots, words),
    call("ZADD", keys, st.sampled_from([b"-1", b"inf", b"1e300", b"0.5"]), words),
    call("GEOSEARCH", keys, b"FROMLONLAT", spots, spots, b"BYRADIUS",
         st.sampled_from([b"0", b"10", b"9000"]), b"km"),
    call("GEOSEARCH", keys, b"FROMMEMBER", words, b"BYBOX", b"400", b"20", b"km"),
    call("GEODIST", keys, words, words),
    call("DEL", keys),
)  # fmt: skip
windows = st.tuples(
    st.integers(0, 120), st.integers(0, 40), st.integers(-30, 30), st.integers(-30, 30)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, min_size=1, max_size=25), st.lists(windows, min_size=1, max_size=4), keys)
@example([(b"SET", b"a", HOSTILE[4])], [(78, 11, 0, 0)], b"a")
@example([(b"ZADD", b"a", b"inf", b"x")], [(78, 11, 0, 0)], b"a")
def test_every_form_can_be_drawn_at_any_size(
    program: list[tuple[bytes, ...]], sizes: list[tuple[int, int, int, int]], key: bytes
) -> None:
    show = Showing(config=SMALL)
    for argv in program:
        show(*argv)
        show.session.advance(30)
    for size in [*sizes, (78, 11, 0, 0)]:
        window = Window(*size)
        for form in FORMS:
            view = show.gallery.structure(window, key, form=form)
            drawn = structure.render(view, window.width, window.height)
            assert_fits(drawn, window.width, window.height)
            assert all(cells(run.text) == len(run.text) or not run.text.isascii()
                       for each in ascii_lines(drawn) for run in each)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, min_size=1, max_size=15), keys)
def test_every_step_can_be_drawn_and_looking_tells_nobody(
    program: list[tuple[bytes, ...]], key: bytes
) -> None:
    show = Showing(config=SMALL)
    for argv in program:
        show(*argv)
    steps = show.steps()
    before = [envelope.event for envelope in steps]
    for number in range(0, len(steps) + 1, max(len(steps) // 20, 1)):
        for form in FORMS:
            view = show.gallery.structure(
                Window(78, 11), key, form=form, step=step_of(steps, number)
            )
            assert_fits(structure.render(view, 78, 11), 78, 11)
    assert [envelope.event for envelope in show.steps()] == before
