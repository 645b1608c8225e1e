from __future__ import annotations

from itertools import zip_longest
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.engine.matching import Match, Place
from redlearn.engine.notation import Argument, is_long, render
from redlearn.engine.syntax import Syntax, of
from tests.facts import argument_tree, command_facts

SET = of("key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]")
ZADD = of("key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]")
BLPOP = of("key [key ...] timeout")
EVAL = of("script numkeys [key [key ...]] [arg [arg ...]]")
HEXPIRE = of("key seconds [NX | XX] FIELDS (numfields field [field ...])")
XREAD = of("[COUNT count] [BLOCK milliseconds] STREAMS (key [key ...] id [id ...])")
XADD = of("key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold] <* | id> field value")
SORT = of("key [BY pattern] [LIMIT (offset count)] [GET pattern [GET pattern ...]] [ALPHA]")
LMOVE = of("source destination wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>")
MIGRATE = of('host <key | ""> [COPY] [REPLACE] [KEYS keys=key [key ...]]')
GEOSEARCH = of(
    "key <FROMMEMBER member | FROMXY (x y)> <BYRADIUS radius | BYBOX (w h)> [ASC | DESC]"
)
XPENDING = of("key group [filters=([IDLE min-idle-time] start:string end:string count [consumer])]")
COUNT_ANY = of("key [COUNT count [ANY]] [DESC]")
WITH_BLOCK = of("key [count [WITHVALUES]]")
CLIENT_LIST = of("[TYPE type] [ID client-id [client-id ...]]")
REPLICAOF = of("args=<host port | NO ONE>")
BITFIELD = of("key [operation=<GET g=(encoding offset) | write=([OVERFLOW fail] SET encoding)>]...")
AUTH = of("[username] password")


def names(places: tuple[Place, ...]) -> list[str]:
    """Keywords as they are, values by their names."""
    return [place.argument.name if place.keyword is None else place.keyword for place in places]


def matched(syntax: Syntax, line: str) -> Match:
    return syntax.match([b"" if word == '""' else word.encode() for word in line.split()])


@pytest.mark.parametrize(
    ("syntax", "line", "bound"),
    [
        (SET, "k v xx px 5 get", ["key", "value", "XX", "PX", "milliseconds", "GET"]),
        (SET, "NX XX", ["key", "value"]),
        (ZADD, "k incr gt 1 a", ["key", "INCR", "GT", "score", "member"]),
        (ZADD, "k 1 a 2 NX", ["key", "score", "member", "score", "member"]),
        (BLPOP, "a 5", ["key", "timeout"]),
        (BLPOP, "a 5 0", ["key", "key", "timeout"]),
        (EVAL, "s 1 a b", ["script", "numkeys", "key", "arg"]),
        (EVAL, "s 0 a b", ["script", "numkeys", "arg", "arg"]),
        (HEXPIRE, "k 9 fields 1 f nx", ["key", "seconds", "FIELDS", "numfields", "field", "NX"]),
        (XREAD, "block 0 count 1 streams", ["BLOCK", "milliseconds", "COUNT", "count", "STREAMS"]),
        (XREAD, "streams a b 0 $", ["STREAMS", "key", "key", "id", "id"]),
        (XREAD, "streams count 0", ["STREAMS", "key", "id"]),
        (XADD, "k maxlen ~ 9 * f v", ["key", "MAXLEN", "~", "threshold", "*", "field", "value"]),
        (XADD, "k 1-1 f v", ["key", "id", "field", "value"]),
        (SORT, "k get a by b get c", ["key", "GET", "pattern", "BY", "pattern", "GET", "pattern"]),
        (LMOVE, "a b right right", ["source", "destination", "RIGHT", "RIGHT"]),
        (MIGRATE, 'h "" keys a copy', ["host", "", "KEYS", "keys", "keys"]),
        (MIGRATE, "h k copy keys a", ["host", "key", "COPY", "KEYS", "keys"]),
        (GEOSEARCH, "k asc bybox 1 2", ["key", "ASC", "BYBOX", "w", "h"]),
        (XPENDING, "k g idle 5 - + 10", ["key", "group", "IDLE", "min-idle-time", "start", "end",
                                         "count"]),
        (XPENDING, "k g - + 10 c", ["key", "group", "start", "end", "count", "consumer"]),
        (WITH_BLOCK, "k 5 withvalues", ["key", "count", "WITHVALUES"]),
        (CLIENT_LIST, "id 1 2 3", ["ID", "client-id", "client-id", "client-id"]),
        (REPLICAOF, "no one", ["NO", "ONE"]),
        (REPLICAOF, "h 6379", ["host", "port"]),
        (BITFIELD, "k overflow f set e get e 0", ["key", "OVERFLOW", "fail", "SET", "encoding",
                                                  "GET", "encoding", "offset"]),
        (AUTH, "secret", ["password"]),
        (AUTH, "ann secret", ["username", "password"]),
    ],
)  # fmt: skip
def test_each_argument_is_bound_to_its_place(syntax: Syntax, line: str, bound: list[str]) -> None:
    match = matched(syntax, line)
    assert match.error is None
    assert names(match.bound) == bound


@pytest.mark.parametrize(
    ("syntax", "line", "expected", "complete"),
    [
        (SET, "", ["key"], False),
        (SET, "k", ["value"], False),
        (SET, "k v", ["NX", "XX", "GET", "EX", "PX", "KEEPTTL"], True),
        (SET, "k v PX", ["milliseconds"], False),
        (SET, "k v KEEPTTL GET", ["NX", "XX"], True),
        (ZADD, "k", ["NX", "XX", "GT", "LT", "CH", "INCR", "score"], False),
        (ZADD, "k CH", ["NX", "XX", "GT", "LT", "INCR", "score"], False),
        (ZADD, "k 1 a", ["score"], True),
        (BLPOP, "a b", ["key", "timeout"], False),
        (EVAL, "s 2 a", ["key"], False),
        (EVAL, "s 2 a b", ["arg"], True),
        (HEXPIRE, "k 9", ["NX", "XX", "FIELDS"], False),
        (HEXPIRE, "k 9 NX FIELDS 2 a", ["field"], False),
        (HEXPIRE, "k 9 NX FIELDS 2 a b", [], True),
        (XREAD, "STREAMS a", ["key", "id"], False),
        (XREAD, "STREAMS a 0", ["key", "id"], True),
        (XREAD, "STREAMS a b 0", ["key", "id"], False),
        (SORT, "k GET a", ["BY", "LIMIT", "ALPHA", "GET"], True),
        (LMOVE, "a b", ["LEFT", "RIGHT"], False),
        (COUNT_ANY, "k", ["COUNT", "DESC"], True),
        (COUNT_ANY, "k COUNT 5", ["ANY", "DESC"], True),
        (WITH_BLOCK, "k", ["count"], True),
        (GEOSEARCH, "k FROMXY 1 2", ["BYRADIUS", "BYBOX", "ASC", "DESC"], False),
    ],
)
def test_what_may_come_next_and_whether_it_may_end_here(
    syntax: Syntax, line: str, expected: list[str], complete: bool
) -> None:
    match = matched(syntax, line)
    assert names(match.expected) == expected
    assert match.complete is complete
    assert match.error is None


@pytest.mark.parametrize(
    ("syntax", "line", "index", "reason"),
    [
        (SET, "k v NX XX", 3, "XX cannot stand here; possible: GET, EX, PX, KEEPTTL"),
        (SET, "k v maybe", 2, "not a keyword of this command; possible: NX, XX, GET, EX, PX,"),
        (SET, "k v EX soon GET", 3, "seconds must be a number"),
        (SET, "k v EX 5 KEEPTTL", 4, "KEEPTTL cannot stand here"),
        (ZADD, "k one ann", 1, "score must be a number"),
        (of("key"), "k v", 1, "too many arguments"),
        (of(""), "k", 0, "too many arguments"),
        (HEXPIRE, "k 9 FIELDS 1 a b", 5, "not a keyword of this command; possible: NX, XX"),
        (LMOVE, "a b left up", 3, "not a keyword of this command; possible: LEFT, RIGHT"),
        (MIGRATE, "h k keyz", 2, "not a keyword of this command; possible: COPY, REPLACE, KEYS"),
    ],
)
def test_what_cannot_be_right_is_found_with_the_reason(
    syntax: Syntax, line: str, index: int, reason: str
) -> None:
    match = matched(syntax, line)
    assert match.error is not None
    assert match.error[0] == index
    assert match.error[1].startswith(reason)
    assert not match.complete


def test_a_wrong_number_is_told_but_what_follows_is_bound_all_the_same() -> None:
    match = matched(SET, "k v EX soon GET")
    assert names(match.bound) == ["key", "value", "EX", "seconds", "GET"]


def test_after_a_word_that_fits_nowhere_nothing_is_bound() -> None:
    assert names(matched(SET, "k v maybe GET").bound) == ["key", "value"]


@pytest.mark.parametrize("word", [b"1", b"-1", b"+5", b"1.5", b"(1", b"-inf", b"1e5", b"#3", b".5"])
def test_all_that_redis_takes_for_a_number_passes_for_one(word: bytes) -> None:
    assert of("score").match([word]).error is None


@pytest.mark.parametrize("word", [b"", b"one", b"1x", b"1 ", b"--1", b"\xff"])
def test_what_is_no_number_is_none(word: bytes) -> None:
    assert of("score").match([word]).error == (0, "score must be a number")


def test_the_value_to_type_next_is_pointed_at_rather_than_the_options_before_it() -> None:
    current = matched(ZADD, "k").current
    assert current is not None
    assert ZADD.display[current.start : current.end] == "score"
    assert current.start == ZADD.display.index("score member [")


def test_what_repeats_is_pointed_at_in_its_brackets() -> None:
    syntax = of("key [key ...]")
    assert [place.start for place in matched(syntax, "a b c").bound] == [0, 5, 5]


def test_keywords_are_listed_for_completion() -> None:
    assert matched(SET, "k v GET").keywords == ("NX", "XX", "EX", "PX", "KEEPTTL")


def test_a_keyword_belongs_to_the_argument_it_announces() -> None:
    [*_, place] = matched(SET, "k v EX").bound
    assert (place.keyword, place.argument.name) == ("EX", "seconds")


def test_a_thousand_arguments_are_followed_without_branching() -> None:
    argv = [b"%d" % number for number in range(5000)]
    assert of("key value [key value ...]").match(argv).complete
    assert names(BLPOP.match(argv).bound)[-2:] == ["key", "timeout"]
    halves = XREAD.match([b"STREAMS", *argv])
    assert names(halves.bound[1:]) == ["key"] * 2500 + ["id"] * 2500


Typed = list[tuple[bytes, str]]
"""Arguments, each with the keyword it is or the name of the value it stands for."""

SAMPLES = {"integer": b"7", "double": b"1.5", "unix-time": b"1700000000", "pattern": b"p*"}


def typed(arguments: tuple[Argument, ...], rng: Random) -> Typed:
    """One of the many ways to write the arguments, counts telling the truth."""
    words: Typed = []
    if [part.multiple for part in arguments] == [True, True] and not arguments[0].optional:
        times = rng.randrange(1, 4)
        return [word for part in arguments for _ in range(times) for word in once(part, rng)]
    announced: int | None = None
    for argument, following in zip_longest(arguments, arguments[1:]):
        if announced is not None:
            words += [word for _ in range(announced) for word in once(argument, rng)]
            announced = None
        elif is_count(argument, following):
            announced = rng.randrange(1, 4)
            words += [*lead(argument), (b"%d" % announced, argument.name)]
        else:
            words += any_times(argument, rng)
    return words


def is_count(argument: Argument, following: Argument | None) -> bool:
    plain = argument.name == "count" and argument.token is None
    counts = argument.type == "integer" and (argument.name.startswith("num") or plain)
    return counts and following is not None and following.multiple


def any_times(argument: Argument, rng: Random) -> Typed:
    if argument.optional and rng.random() < 0.4:
        return []
    words: Typed = []
    for nth in range(rng.randrange(1, 4) if argument.multiple else 1):
        words += lead(argument) if argument.multiple_token or nth == 0 else []
        words += once(argument, rng)
    return words


def lead(argument: Argument) -> Typed:
    if argument.token is None or argument.type == "pure-token":
        return []
    return [(argument.token.encode(), argument.token)]


def once(argument: Argument, rng: Random) -> Typed:
    if argument.type == "oneof":
        return any_times(rng.choice(argument.arguments), rng)
    if argument.type == "block":
        return typed(argument.arguments, rng)
    if argument.type == "pure-token":
        return [((argument.token or "").encode(), argument.token or "")]
    return [(SAMPLES.get(argument.type, b"v"), argument.name)]


@pytest.mark.parametrize("name", command_facts())
def test_every_way_to_write_every_command_is_followed(name: str) -> None:
    facts = command_facts()[name]
    for each in (facts, *facts.get("variants", {}).values()):
        tree = argument_tree(each.get("arguments", []))
        syntax = of(render(tree))
        for seed in range(25):
            words = typed(tree, Random(seed))
            match = syntax.match([word for word, _ in words])
            assert match.error is None, words
            assert match.complete, words
            assert names(match.bound) == [label for _, label in words]
            assert_places_are_right(syntax, match)


def assert_places_are_right(syntax: Syntax, match: Match) -> None:
    for place in (*match.bound, *match.expected):
        text = place.argument.label if place.keyword is None else place.keyword or '""'
        assert syntax.display[place.start : place.end] == text


@pytest.mark.parametrize("name", command_facts())
def test_every_beginning_expects_what_comes_next(name: str) -> None:
    tree = argument_tree(command_facts()[name]["arguments"])
    syntax, words = of(render(tree)), typed(tree, Random(3))
    for length, (_, label) in enumerate(words):
        match = syntax.match([word for word, _ in words[:length]])
        assert label in names(match.expected), words[: length + 1]


@given(
    st.sampled_from([SET, ZADD, BLPOP, XREAD, SORT, BITFIELD, XPENDING]),
    st.lists(st.sampled_from([b"NX", b"ex", b"STREAMS", b"GET", b"1", b"v", b"", b"*"])),
)
def test_whatever_is_typed_is_bound_up_to_the_first_error(
    syntax: Syntax, argv: list[bytes]
) -> None:
    match = syntax.match(argv)
    if match.error is None:
        assert len(match.bound) == len(argv)
    else:
        assert match.error[0] <= len(match.bound) <= len(argv)
    assert_places_are_right(syntax, match)


def test_what_is_long_is_not_shown_twice() -> None:
    [key, operation] = BITFIELD.arguments
    assert is_long(operation)
    assert not is_long(key)
