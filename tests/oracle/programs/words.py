"""What random calls are made of: keys, values, numbers good and bad, moments far away.

Moments lie in the distant past or future, never within reach of a run: what expires while
two servers are compared would differ by chance.
"""

from __future__ import annotations

from random import Random

KEYS = (b"a", b"b", b"c", b"k1", b"k2", b"k3", b"", b"\x00\xff\r\n", b"{t}x", b"long-" + b"k" * 40)

INTEGERS = (
    b"0", b"1", b"-1", b"2", b"3", b"-3", b"5", b"10", b"-10", b"99", b"9999", b"10000",
    b"9223372036854775807", b"-9223372036854775808", b"9223372036854775806",
)  # fmt: skip
NO_INTEGERS = (
    b"", b"x", b"1.0", b" 1", b"1 ", b"+1", b"01", b"-0", b"0x1", b"1e3", b"--1", b"1\x00",
    b"9223372036854775808", b"-9223372036854775809", b"1" * 30, b"inf",
)  # fmt: skip
NUMBERS = (
    b"0", b"1", b"-1", b"0.1", b"-0.1", b"1.5", b"3.0", b"1e3", b"1e-3", b"0x10", b".5", b"5.",
    b"+2", b"1e17", b"123456789.123456789", b"1e-17", b"-1e4931",
)  # fmt: skip
NO_NUMBERS = (b"", b"x", b"nan", b"inf", b"-inf", b" 1", b"1 ", b"1e5000", b"1_0", b"1\x00", b"e5")
VALUES = (
    b"", b"v", b"value", b"ohmytext", b"mynewtext", b"hello world", b"\x00\x01\xfe\xff", b"0", b"7",
    b"-7", b"007", b"10000", b"9223372036854775807", b"-9223372036854775808", b"1.5", b"3.0e2",
    b"x" * 44, b"w" * 60, b"y" * 130,
)  # fmt: skip
MOMENTS_S = (b"1", b"1000", b"99999999999", b"33177117420")
MOMENTS_MS = (b"1", b"1000", b"99999999999999", b"33177117420000")
NO_SPANS = (b"0", b"-1", b"9223372036854775807", b"9223372036854775", b"-9223372036854775808")


def key(rng: Random) -> bytes:
    return rng.choice(KEYS[:6]) if rng.random() < 0.85 else rng.choice(KEYS)


def bytes_of(rng: Random) -> bytes:
    """A value: a number, text, nothing, or random bytes of a few letters."""
    if rng.random() < 0.2:
        return bytes(rng.choices(b"abcd", k=rng.randrange(1, 12)))
    return rng.choice(VALUES)


def integer(rng: Random) -> bytes:
    return rng.choice(INTEGERS) if rng.random() < 0.85 else rng.choice(NO_INTEGERS)


def number(rng: Random) -> bytes:
    if rng.random() < 0.3:
        return b"%.*f" % (rng.randrange(12), rng.uniform(-1000, 1000))
    return rng.choice(NUMBERS) if rng.random() < 0.85 else rng.choice(NO_NUMBERS)


def offset(rng: Random) -> bytes:
    """A place to write at, small enough not to fill the memory, or refused."""
    kind = rng.random()
    if kind < 0.8:
        return b"%d" % rng.randrange(60)
    refused = (b"-1", b"536870912", b"9223372036854775807", b"536870911000")
    return rng.choice(refused) if kind < 0.9 else rng.choice(NO_INTEGERS)


def amount(rng: Random) -> bytes:
    """A time to live, in seconds or milliseconds: far too long to end during a run, or refused.

    No two are alike: whether the end moves with GT would depend on how the clocks stand.
    """
    kind = rng.random()
    if kind < 0.75:
        return b"%d" % rng.randrange(10**6, 10**10)
    return rng.choice(NO_SPANS) if kind < 0.9 else rng.choice(NO_INTEGERS)


def moment(rng: Random, moments: tuple[bytes, ...]) -> bytes:
    kind = rng.random()
    if kind < 0.8:
        return rng.choice(moments)
    return rng.choice(NO_SPANS) if kind < 0.9 else rng.choice(NO_INTEGERS)


def time_option(rng: Random) -> list[bytes]:
    """EX, PX, EXAT or PXAT with its number."""
    word = rng.choice((b"EX", b"PX", b"EXAT", b"PXAT"))
    if word in (b"EX", b"PX"):
        return [any_case(rng, word), amount(rng)]
    return [any_case(rng, word), moment(rng, MOMENTS_S if word == b"EXAT" else MOMENTS_MS)]


def any_case(rng: Random, word: bytes) -> bytes:
    return word if rng.random() < 0.8 else rng.choice((word.lower(), word.title()))


def maybe_wrong_arity(rng: Random, argv: list[bytes]) -> list[bytes]:
    """Now and then an argument too few or too many."""
    if rng.random() < 0.97:
        return argv
    return argv[:-1] if len(argv) > 1 and rng.random() < 0.5 else [*argv, key(rng)]
