"""Doubles and long doubles: read as Redis reads them, printed as Redis prints them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from math import copysign, inf, isnan, nan
from random import Random

import pytest

from redlearn.resp.double import (
    LongDouble,
    decimal_int,
    decimal_text,
    format_double,
    format_long_double,
    long_double,
    parse_double,
    parse_long_double,
    parse_range_double,
)
from tests.oracle.servers import Server

ODD_SPELLINGS = [
    b"", b"inf", b"-inf", b"INF", b"+infinity", b"Infinit", b"iNfInItY", b"nan", b"NaN", b"-nan",
    b"nan(1)", b"0x", b"0x.", b"0x.p1", b"0x1p", b"0x1p+", b"1e", b"1e+", b"1.", b"  1", b"1 ",
    b"\t1", b"1\n", b".", b"+", b"-", b"+-1", b"--1", b"+.5", b"-.5e1", b"1_0", "\u0661".encode(),
    b"0b1", b"0o7", b"1e1.5", b"1E5", b"0X1P3", b"1\x00", b"\x001", b"1,5", b"1d0", b"1f", b"1l",
    b"0e99999999999999999999", b"0x0p99999999999999999999", b"1e99999999999999999999",
    b"1e-99999999999999999999", b"00012", b"1e-400", b"1e400", b"-1e400", b"4.9e-324", b"2e-324",
    b"1.7976931348623157e308", b"1.7976931348623159e308", b"1" * 400, b"0." + b"0" * 400 + b"1",
]  # fmt: skip
ONLY_LONG_DOUBLES = [
    b"1e-4951", b"3.6e-4951", b"1.8e-4951", b"1e4932", b"1.18e4932", b"1.19e4932", b"1e5000",
    b"0x1p16383", b"0x1.ffffffffffffffffp16383", b"0x1.fffffffffffffffep16383", b"0x1p-16445",
    b"0x1p-16446", b"0x1.8p-16446", b"1" * 5000, b"1" * 4500 + b"." + b"2" * 618,
    b"1" * 4500 + b"." + b"2" * 619, b"9" * 30 + b"." + b"9" * 5000, b"0." + b"0" * 4900 + b"1",
]  # fmt: skip


def any_double(rng: Random) -> float:
    """Doubles of every kind: any bits, usual scores, few digits, integers, powers of two."""
    sign = rng.choice((1.0, -1.0))
    match rng.randrange(6):
        case 0:
            bits = rng.getrandbits(64)
            value = float(struct.unpack("<d", struct.pack("<Q", bits))[0])
            return 0.5 if isnan(value) else value
        case 1:
            return rng.uniform(-1e6, 1e6)
        case 2:
            return round(rng.uniform(-1e4, 1e4), rng.randrange(6))
        case 3:
            return sign * rng.randrange(10 ** rng.randrange(1, 25))
        case 4:
            digits = rng.randrange(1, 10 ** rng.randrange(1, 18))
            return sign * float(f"{digits}e{rng.randrange(-30, 30)}")
        case _:
            return float(sign * 2.0 ** rng.randrange(-1074, 1023))


def any_spelling(rng: Random) -> bytes:
    """Texts of numbers, and of what is nearly one."""
    sign = rng.choice(("", "+", "-"))
    match rng.randrange(6):
        case 0:
            return repr(any_double(rng)).encode()
        case 1:
            return f"{sign}{rng.randrange(10 ** rng.randrange(1, 40))}".encode()
        case 2:
            digits = rng.randrange(10 ** rng.randrange(1, 30))
            return f"{sign}{digits}e{rng.randrange(-60, 40)}".encode()
        case 3:
            power = rng.choice((rng.randrange(-6000, 6000), 4900, 4911, 4912, -4969, -4980))
            return f"{sign}{rng.getrandbits(70)}.{rng.getrandbits(70)}e{power}".encode()
        case 4:
            size = rng.randrange(6)
            return "".join(
                rng.choice("0123456789.e+-xXpPinfINF_ \taN\0") for _ in range(size)
            ).encode()
        case _:
            return rng.choice(ODD_SPELLINGS + ONLY_LONG_DOUBLES)


def any_hexadecimal(rng: Random) -> bytes:
    whole, places = rng.getrandbits(70), rng.getrandbits(70)
    return f"{rng.choice(('', '-'))}0x{whole:x}.{places:x}p{rng.randrange(-90, 90)}".encode()


# --- Printing doubles -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, b"0"),
        (-0.0, b"-0"),
        (3.0, b"3"),
        (-17.0, b"-17"),
        (0.1, b"0.1"),
        (0.1 + 0.2, b"0.30000000000000004"),
        (1e15, b"1000000000000000"),
        (2.0**62, b"4611686018427387904"),
        (2.0**63, b"9223372036854776000"),
        (1e19, b"1e+19"),
        (1e300, b"1e+300"),
        (-1.2345678901234568e22, b"-12345678901234568000000"),
        (1e-6, b"0.000001"),
        (1.5e-7, b"1.5e-7"),
        (1234.56789, b"1234.56789"),
        (123456.789012345, b"1.23456789012345e+5"),
        (5e-324, b"5e-324"),
        (inf, b"inf"),
        (-inf, b"-inf"),
        (nan, b"nan"),
    ],
)
def test_a_double_prints_as_in_redis_7_4(value: float, text: bytes) -> None:
    assert format_double(value) == text


@pytest.mark.parametrize("seed", range(5))
def test_what_is_printed_reads_back_as_the_same_double(seed: int) -> None:
    rng = Random(seed)
    for _ in range(2000):
        value = any_double(rng)
        assert float(format_double(value)) == value


def compare_scores(server: Server, seed: int, count: int) -> None:
    rng = Random(seed)
    values = [any_double(rng) for _ in range(count)]
    with server.connect() as client:
        replies = client.pipeline(
            command
            for value in values
            for command in (
                (b"ZADD", b"z", repr(value).encode(), b"m"),
                (b"ZSCORE", b"z", b"m"),
            )
        )[1::2]
    if server.name == "redis":  # 7.0 prints 17 digits always; 7.2 brought the shortest
        assert [float(reply) for reply in replies] == values
        assert all(
            parse_double(reply) == value for reply, value in zip(replies, values, strict=True)
        )
    else:
        assert [format_double(value) for value in values] == [
            # Valkey keeps the zero of a small sorted set as an integer, which has no sign.
            b"-0" if value == 0 and copysign(1, value) < 0 else reply
            for value, reply in zip(values, replies, strict=True)
        ]


def test_scores_print_as_valkey_prints_them(valkey_server: Server) -> None:
    compare_scores(valkey_server, seed=1, count=5000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_very_many_scores_print_as_valkey_prints_them(valkey_server: Server, seed: int) -> None:
    compare_scores(valkey_server, seed, count=10_000)


def test_scores_printed_by_redis_read_back_as_what_we_hold(redis_server: Server) -> None:
    compare_scores(redis_server, seed=2, count=3000)


def test_sums_of_scores_are_those_of_a_server(valkey_server: Server) -> None:
    rng = Random(4)
    score, commands, expected = 0.0, [], []
    for _ in range(2000):
        change = rng.uniform(-100, 100)
        score += change
        commands.append((b"ZINCRBY", b"z", repr(change).encode(), b"m"))
        expected.append(format_double(score))
    with valkey_server.connect() as client:
        assert client.pipeline(commands) == expected


# --- Reading doubles ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"1", 1.0),
        (b"-.5", -0.5),
        (b"+1e3", 1000.0),
        (b"5.", 5.0),
        (b"0x1p-3", 0.125),
        (b"0X.8", 0.5),
        (b"inf", inf),
        (b"-Infinity", -inf),
        (b"0e999999", 0.0),
        (b"1" * 309, float("1" * 309)),
        (b"", None),
        (b"nan", None),
        (b" 1", None),
        (b"1 ", None),
        (b"1_000", None),
        (b"0x", None),
        (b"1e400", None),
        (b"-1e400", None),
        (b"1" * 310, None),
        (b"1e-400", None),
        (b"0x1p-1075", None),
        (b"0x1p1024", None),
        (b"1\x00", None),
        ("\u0661".encode(), None),
    ],
)
def test_a_double_argument_is_read_strictly(data: bytes, value: float | None) -> None:
    assert parse_double(data) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0.0),
        (b" 1", 1.0),
        (b"1e400", inf),
        (b"-0x1p9999", -inf),
        (b"1e-400", 0.0),
        (b"1\x00junk", 1.0),
        (b"1 ", None),
        (b" ", None),
        (b"nan", None),
        (b"x", None),
    ],
)
def test_a_bound_of_a_score_range_is_read_loosely(data: bytes, value: float | None) -> None:
    assert parse_range_double(data) == value


def test_redis_accepts_the_same_spellings_of_a_score(redis_server: Server) -> None:
    rng = Random(5)
    spellings = [
        *ODD_SPELLINGS,
        *(any_spelling(rng) for _ in range(2000)),
        *(any_hexadecimal(rng) for _ in range(300)),
    ]
    with redis_server.connect() as client:
        for data in spellings:
            client.run(b"DEL", b"z")
            refused = not isinstance(client.run(b"ZADD", b"z", data, b"m"), int)
            mine = parse_double(data)
            assert (mine is None) == refused, data
            if mine is not None:
                assert float(client.run(b"ZSCORE", b"z", b"m")) == mine, data


def test_redis_accepts_the_same_spellings_of_a_bound(redis_server: Server) -> None:
    rng = Random(6)
    spellings = ODD_SPELLINGS + [any_spelling(rng) for _ in range(2000)]
    with redis_server.connect() as client:
        for data in spellings:
            refused = not isinstance(client.run(b"ZCOUNT", b"z", data, b"+inf"), int)
            mine = parse_range_double(data.removeprefix(b"("))
            assert (mine is None) == refused, data


# --- Long doubles ---------------------------------------------------------------------------


def increment(stored: bytes, by: bytes) -> bytes:
    """What INCRBYFLOAT answers."""
    old, change = parse_long_double(stored), parse_long_double(by)
    if old is None or change is None:
        return b"ERR value is not a valid float"
    new = old.plus(change)
    return format_long_double(new) if new.finite else b"ERR increment would produce NaN or Infinity"


@pytest.mark.parametrize(
    ("stored", "by", "answer"),
    [
        (b"0.1", b"0.2", b"0.3"),
        (b"10.50", b"0.1", b"10.6"),
        (b"5.0e3", b"200", b"5200"),
        (b"3.0", b"1.0", b"4"),
        (b"1", b"-1", b"0"),
        (b"-0", b"-0", b"0"),
        (b"-1e-20", b"0", b"0"),
        (b"1e20", b"0", b"100000000000000000000"),
        (b"1e30", b"0", b"1000000000000000000024696061952"),
        (b"18446744073709551615", b"1", b"18446744073709551616"),
        (b"18446744073709551616", b"1", b"18446744073709551616"),
        (b"18446744073709551616", b"3", b"18446744073709551620"),
        (b"inf", b"1", b"ERR increment would produce NaN or Infinity"),
        (b"inf", b"-inf", b"ERR increment would produce NaN or Infinity"),
        (b"1", b"-inf", b"ERR increment would produce NaN or Infinity"),
        (b"1e4932", b"1e4932", b"ERR increment would produce NaN or Infinity"),
        (b"nan", b"1", b"ERR value is not a valid float"),
        (b"1", b"1e5000", b"ERR value is not a valid float"),
    ],
)
def test_sums_are_rounded_to_64_bits(stored: bytes, by: bytes, answer: bytes) -> None:
    assert increment(stored, by) == answer


def compare_increments(server: Server, spell: Callable[[Random], bytes], count: int) -> None:
    rng = Random(count)
    pairs = [(spell(rng), spell(rng)) for _ in range(count)]
    with server.connect() as client:
        replies = client.pipeline(
            command
            for stored, by in pairs
            for command in ((b"SET", b"k", stored), (b"INCRBYFLOAT", b"k", by))
        )[1::2]
    answers = [reply if isinstance(reply, bytes) else str(reply).encode() for reply in replies]
    assert answers == [increment(stored, by) for stored, by in pairs]


@pytest.mark.parametrize("spell", [any_spelling, any_hexadecimal])
def test_redis_gives_the_same_sums(redis_server: Server, spell: Callable[[Random], bytes]) -> None:
    compare_increments(redis_server, spell, 3000)


@pytest.mark.parametrize("spell", [any_spelling, any_hexadecimal])
def test_valkey_gives_the_same_sums(
    valkey_server: Server, spell: Callable[[Random], bytes]
) -> None:
    compare_increments(valkey_server, spell, 3000)


def test_a_running_total_stays_that_of_redis(redis_server: Server) -> None:
    rng, total, commands, expected = Random(8), b"0", [], []
    for _ in range(3000):
        by = repr(round(rng.uniform(-10, 10), rng.randrange(20))).encode()
        total = increment(total, by)
        commands.append((b"INCRBYFLOAT", b"k", by))
        expected.append(total)
    with redis_server.connect() as client:
        assert client.pipeline(commands) == expected


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1e300, 5e-324, 2.0**70, -(2.0**52) - 1])
def test_every_double_is_a_long_double(value: float) -> None:
    assert long_double(value).to_fraction() == Fraction(value)


def test_infinite_and_undefined_doubles_stay_so() -> None:
    assert [format_long_double(long_double(value)) for value in (inf, -inf, nan)] == [
        b"inf",
        b"-inf",
        b"nan",
    ]
    assert not long_double(inf).finite


def test_a_long_double_has_64_significant_bits() -> None:
    third = parse_long_double(b"0.33333333333333333333333333333333")
    assert third is not None
    assert third.mantissa.bit_length() == 64
    assert abs(third.to_fraction() - Fraction(1, 3)) < Fraction(1, 2**65)


def test_a_long_double_shows_its_parts() -> None:
    assert repr(LongDouble(3, -1)) == "LongDouble(3, -1)"


@pytest.mark.parametrize("digits", [1, 3999, 4000, 4001, 4300, 4301, 12_000])
def test_integers_longer_than_python_allows_are_converted(digits: int) -> None:
    number = 10**digits - 7
    assert decimal_int(decimal_text(number).encode()) == number
    assert decimal_text(-number) == "-" + decimal_text(number)
    assert len(decimal_text(number)) == digits


def test_a_product_is_rounded_to_64_bits() -> None:
    tenth = parse_long_double(b"0.1")
    assert tenth is not None and tenth.to_fraction() != Fraction(1, 10)
    assert tenth.times(1000).to_fraction() == 100
    infinite = parse_long_double(b"-inf")
    assert infinite is not None and infinite.times(1000) is infinite
