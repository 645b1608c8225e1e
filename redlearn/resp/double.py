"""Floating-point numbers as Redis reads and prints them, double and long double.

Two kinds of number meet in Redis. Scores are doubles, printed with the fewest digits that
still read back as the same double. INCRBYFLOAT and HINCRBYFLOAT compute in C's `long
double`, which on x86 has 64 significant bits instead of 53: enough for 0.1 + 0.2 to come
out as 0.3. Python has no such type, so `LongDouble` keeps the significand as an int.

The shortest digits come from Grisu2, as in Redis, and for one value in a thousand Grisu2
misses the shortest by a digit. `repr` never does, so borrowing it would be *too* good.

Sources: F. Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
Integers" (2010); `util.c` d2string, ld2string, string2d, string2ld; fpconv `fpconv_dtoa`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import copysign, frexp, isinf, isnan, ldexp
from typing import Final

# Between these every integral double is printed in full, as an integer (`double2ll`).
LARGEST_PLAIN: Final = 2.0**62


def format_double(value: float) -> bytes:
    """The text of a score: `3`, `0.1`, `1e+30`, `inf`, `-0`. About 0.3 us if integral.

    >>> format_double(3.0), format_double(0.1), format_double(-1e30)
    (b'3', b'0.1', b'-1e+30')
    """
    if -LARGEST_PLAIN <= value <= LARGEST_PLAIN and value.is_integer():
        if value == 0.0 and copysign(1.0, value) < 0:
            return b"-0"
        return b"%d" % int(value)
    return format_shortest(value)


def format_shortest(value: float) -> bytes:
    """The shortest text, even where that is `4e+15`; a digest wants it so.

    Source: `fpconv_dtoa.c` fpconv_dtoa.
    """
    if value == 0.0:
        return b"-0" if copysign(1.0, value) < 0 else b"0"
    if isnan(value):
        return b"nan"
    if isinf(value):
        return b"inf" if value > 0 else b"-inf"
    digits, exponent = shortest_digits(abs(value))
    text = _layout(str(digits), exponent)
    return b"-" + text if value < 0 else text


def _layout(digits: str, exponent: int) -> bytes:
    """Place the point in `digits` x 10^`exponent`: plain if that is short, else `d.ddde+xx`."""
    count = len(digits)
    magnitude = exponent + count - 1  # the power of ten of the first digit
    if exponent >= 0 and abs(magnitude) < count + 7:
        return (digits + "0" * exponent).encode()
    if exponent < 0 and (exponent > -7 or abs(magnitude) < 4):
        whole = count + exponent
        if whole <= 0:
            return ("0." + "0" * -whole + digits).encode()
        return (digits[:whole] + "." + digits[whole:]).encode()
    point = "." if count > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{magnitude:+d}".encode()


# --- Grisu2 ---------------------------------------------------------------------------------

# Powers of ten with 64-bit significands, one in eight: enough, since a scaled number may have
# its binary point anywhere between bits 32 and 60.
FIRST_POWER: Final = -348
POWER_STEP: Final = 8
LOWEST_POINT: Final = -60
HIGHEST_POINT: Final = -32
LOG10_OF_2: Final = 0.30102999566398114
HIDDEN_BIT: Final = 1 << 52


def _power_of_ten(power: int) -> tuple[int, int]:
    """10^`power` as (significand, exponent): 64 bits rounded to nearest, times 2^exponent."""
    if power >= 0:
        top, bottom = 10**power, 1
    else:
        top, bottom = 1, 10**-power
    shift = 64 - top.bit_length() + bottom.bit_length()
    significand = _rounded_quotient(top, bottom, shift)
    if significand.bit_length() > 64:
        shift -= 1
        significand = _rounded_quotient(top, bottom, shift)
    return significand, -shift


def _rounded_quotient(top: int, bottom: int, shift: int) -> int:
    """`top` x 2^`shift` / `bottom` to the nearest integer, ties to even."""
    if shift >= 0:
        top <<= shift
    else:
        bottom <<= -shift
    quotient, rest = divmod(top, bottom)
    if 2 * rest > bottom or (2 * rest == bottom and quotient & 1):
        quotient += 1
    return quotient


POWERS: Final = [_power_of_ten(FIRST_POWER + POWER_STEP * index) for index in range(87)]


def shortest_digits(value: float) -> tuple[int, int]:
    """Digits and a power of ten that read back as `value` (finite, above zero).

    The neighbours of `value` are half a step away on either side; any decimal between those
    boundaries reads back as `value`. All three are scaled by a power of ten, so that their
    integer part fits 32 bits, and digits of the upper boundary are taken until what is left
    is less than the width of the gap. The boundaries are first moved in by one unit,
    because the scaling was rounded: that caution is what makes Grisu2 miss a digit at times.

    Unlike Redis: digits are not tried one by one from the front. `repr` knows the fewest
    that can do, so the search begins there and as a rule ends there (3 us, not 5).
    """
    significand, exponent = _significand(value)
    upper = 2 * significand + 1
    below = 2 if significand == HIDDEN_BIT else 1  # a power of two has its lower neighbour near
    lower = (significand << below) - 1
    shift = 64 - upper.bit_length()
    exponent -= 1 + shift
    index = _power_index(exponent)
    factor, factor_exponent = POWERS[index]
    half = 1 << 63
    scaled = ((significand << (shift + 1)) * factor + half) >> 64
    high = (((upper << shift) * factor + half) >> 64) - 1
    low = (((lower << (shift + 1 - below)) * factor + half) >> 64) + 1
    point = -(exponent + factor_exponent + 64)
    scale = FIRST_POWER + POWER_STEP * index
    digits, power = _digits_between(high, low, scaled, point, _last_place(value) + scale)
    return digits, power - scale


def _last_place(value: float) -> int:
    """The power of ten of the last digit `repr` prints: Grisu2 never needs fewer digits."""
    text, _, power = repr(value).partition("e")
    whole, _, places = text.partition(".")
    if places.strip("0"):
        return int(power or "0") - len(places)
    return int(power or "0") + len(whole) - len(whole.rstrip("0"))


def _significand(value: float) -> tuple[int, int]:
    """`value` as an integer times a power of two, the integer of 53 bits unless subnormal."""
    fraction, exponent = frexp(value)
    if exponent - 53 < -1074:
        return int(ldexp(value, 1074)), -1074
    return int(fraction * 9007199254740992.0), exponent - 53


def _power_index(exponent: int) -> int:
    """Which power of ten brings the binary point between bits 32 and 60."""
    guess = int(-(exponent + len(POWERS)) * LOG10_OF_2)
    index = int((guess - FIRST_POWER) / POWER_STEP)
    while True:
        point = exponent + POWERS[index][1] + 64
        if point < LOWEST_POINT:
            index += 1
        elif point > HIGHEST_POINT:
            index -= 1
        else:
            return index


def _digits_between(high: int, low: int, value: int, point: int, power: int) -> tuple[int, int]:
    """The fewest digits of `high` that leave less than the way to `low`, nearest to `value`.

    All three have `point` fractional bits. No answer has a higher last digit than the one at
    10^`power`. Returns the digits and the power of ten of the last.
    """
    width, to_value = high - low, high - value
    while power >= 0:
        unit = 10**power << point
        digits, rest = divmod(high, unit)
        if rest <= width:
            return _step_down(digits, rest, width, unit, to_value), power
        power -= 1
    unit = 1 << point
    while True:
        factor = 10**-power
        digits, rest = divmod(high * factor, unit)
        if rest < width * factor:
            return _step_down(digits, rest, width * factor, unit, to_value * factor), power
        power -= 1


def _step_down(digits: int, rest: int, width: int, unit: int, to_value: int) -> int:
    """Lower the last digit while that brings the number nearer to the value."""
    while rest < to_value and width - rest >= unit:
        if rest + unit >= to_value and to_value - rest <= rest + unit - to_value:
            break
        digits -= 1
        rest += unit
    return digits


# --- Reading doubles ------------------------------------------------------------------------

# What C's strtod takes, in full: no blanks, no underscores, hexadecimal allowed, NaN not.
NUMBER: Final = re.compile(
    rb"([+-]?)(?:"
    rb"(?P<digits>[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<power>[+-]?[0-9]+))?"
    rb"|0[xX](?P<hex>[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP](?P<shift>[+-]?[0-9]+))?"
    rb"|(?P<infinite>[iI][nN][fF](?:[iI][nN][iI][tT][yY])?))"
)
# What strtod skips before a number.
BLANKS: Final = b" \t\n\v\f\r"


def parse_double(data: bytes) -> float | None:
    """Read a score or another double argument, or None if it is not one. Under 0.6 us.

    The whole of `data` must be a number as C's strtod knows it: `1`, `-.5`, `+1e3`, `0x1p-3`,
    `inf`, `Infinity`. Refused are NaN, blanks anywhere, underscores, and what is too large or
    too near zero for a double (`1e400`, `1e-400`). Source: `util.c` string2d.
    """
    if data.isdigit() and len(data) < 300:  # most scores; no overflow, no sign, no surprise
        return float(data)
    match = NUMBER.fullmatch(data)
    if match is None:
        return None
    value = _double_of(match)
    if isinf(value):
        return value if match["infinite"] else None
    if value == 0.0 and _significant(match):
        return None
    return value


def parse_range_double(data: bytes) -> float | None:
    """Read a bound of a score range, without its `(`; None if it is no number.

    Looser than `parse_double`, as ZRANGEBYSCORE is: nothing at all counts as 0, blanks in
    front are skipped, too large is infinite, too small is 0, and a zero byte ends the number.
    Source: `t_zset.c` zslParseRange, which calls strtod and looks only at where it stopped.
    """
    text, _, _ = data.partition(b"\0")
    if not text:
        return 0.0
    match = NUMBER.fullmatch(text.lstrip(BLANKS))
    return None if match is None else _double_of(match)


def _double_of(match: re.Match[bytes]) -> float:
    text = match[0]
    if match["hex"] is None:
        return float(text)
    try:
        return float.fromhex(text.decode("ascii"))
    except OverflowError:
        return float("-inf") if match[1] == b"-" else float("inf")


def _significant(match: re.Match[bytes]) -> bool:
    """Whether any digit but 0 stands before the exponent: then a zero result is a lost number."""
    return bool((match["digits"] or match["hex"] or b"").strip(b"0."))


# --- Long doubles ---------------------------------------------------------------------------

SIGNIFICANT_BITS: Final = 64
LOWEST_EXPONENT: Final = -16445  # of the last bit of the smallest subnormal
OVERFLOW_EXPONENT: Final = 16384  # 2^16384 is the first number too large
LONGEST_NUMBER: Final = 5 * 1024  # MAX_LONG_DOUBLE_CHARS, the end of the string included
HUMAN_PLACES: Final = 17
# Beyond these powers of ten a number overflows, or vanishes, whatever its digits are.
LARGEST_POWER: Final = 4940
SMALLEST_POWER: Final = -4970
# Python refuses to convert longer ints to or from text; see `sys.set_int_max_str_digits`.
CHUNK: Final = 4000
CHUNK_UNIT: Final[int] = 10**CHUNK


class LongDouble:
    """A number of C's 80-bit `long double`: `mantissa` x 2^`exponent`, 64 bits at most.

    Infinite numbers have mantissa 1 or -1 and exponent OVERFLOW_EXPONENT; NaN has 0 there.
    The sign of zero is not kept: no command shows it.
    """

    __slots__ = ("exponent", "mantissa")

    def __init__(self, mantissa: int, exponent: int = 0) -> None:
        self.mantissa: Final = mantissa
        self.exponent: Final = exponent

    @property
    def finite(self) -> bool:
        """Neither infinite nor NaN."""
        return self.exponent != OVERFLOW_EXPONENT

    def plus(self, other: LongDouble) -> LongDouble:
        """The sum, rounded to 64 bits, ties to even, as the processor does."""
        if not self.finite:
            opposite = not other.finite and other.mantissa != self.mantissa
            return LongDouble(0, OVERFLOW_EXPONENT) if opposite else self
        if not other.finite:
            return other
        low = min(self.exponent, other.exponent)
        mine = self.mantissa << (self.exponent - low)
        theirs = other.mantissa << (other.exponent - low)
        return _rounded(mine + theirs, 1, low)

    def times(self, factor: int) -> LongDouble:
        """The product, rounded as in `plus`."""
        return _rounded(self.mantissa * factor, 1, self.exponent) if self.finite else self

    def to_fraction(self) -> Fraction:
        """The exact value. It must be finite."""
        assert self.finite
        if self.exponent >= 0:
            return Fraction(self.mantissa << self.exponent)
        return Fraction(self.mantissa, 1 << -self.exponent)

    def __repr__(self) -> str:
        return f"LongDouble({self.mantissa}, {self.exponent})"


def long_double(value: float) -> LongDouble:
    """A double as a long double: exact, since the wider type holds every double."""
    if isnan(value):
        return LongDouble(0, OVERFLOW_EXPONENT)
    if isinf(value):
        return LongDouble(1 if value > 0 else -1, OVERFLOW_EXPONENT)
    top, bottom = value.as_integer_ratio()
    return LongDouble(top, 1 - bottom.bit_length()) if bottom > 1 else _rounded(top, 1, 0)


def parse_long_double(data: bytes) -> LongDouble | None:
    """Read an increment or a stored number for INCRBYFLOAT, or None if it is not one.

    Takes what `parse_double` takes, with the range of a long double (up to about 1e4932) and
    at most 5119 bytes. `inf` is a number here; the commands refuse it later, in other words.
    Source: `util.c` string2ld.
    """
    match = NUMBER.fullmatch(data) if len(data) < LONGEST_NUMBER else None
    if match is None:
        return None
    negative = match[1] == b"-"
    if match["infinite"]:
        return LongDouble(-1 if negative else 1, OVERFLOW_EXPONENT)
    value = _parse_hexadecimal(match) if match["hex"] else _parse_decimal(match)
    if value is None or not value.finite or (value.mantissa == 0 and _significant(match)):
        return None
    return LongDouble(-value.mantissa, value.exponent) if negative else value


def _parse_decimal(match: re.Match[bytes]) -> LongDouble | None:
    whole, _, places = match["digits"].partition(b".")
    digits = (whole + places).lstrip(b"0")
    if not digits:
        return LongDouble(0)
    power = _exponent(match["power"]) - len(places)
    if not SMALLEST_POWER < len(digits) + power < LARGEST_POWER:
        return None
    number = decimal_int(digits)
    return _rounded(number * 10**power, 1, 0) if power >= 0 else _rounded(number, 10**-power, 0)


def _parse_hexadecimal(match: re.Match[bytes]) -> LongDouble | None:
    whole, _, places = match["hex"].partition(b".")
    number = int(whole + places, 16)
    shift = _exponent(match["shift"]) - 4 * len(places)
    if number and not -4 * OVERFLOW_EXPONENT < number.bit_length() + shift < 2 * OVERFLOW_EXPONENT:
        return None
    return _rounded(number, 1, shift) if number else LongDouble(0)


def _exponent(text: bytes | None) -> int:
    """The number after `e` or `p`. One of ten digits or more is as good as any other."""
    if not text:
        return 0
    sign, digits = (-1, text[1:]) if text[:1] == b"-" else (1, text.lstrip(b"+"))
    digits = digits.lstrip(b"0")
    return sign * (int(digits or b"0") if len(digits) < 10 else 10**9)


def _rounded(top: int, bottom: int, exponent: int) -> LongDouble:
    """`top` / `bottom` x 2^`exponent` as the nearest long double, ties to even."""
    negative, top = top < 0, abs(top)
    if top == 0:
        return LongDouble(0)
    # The quotient of the shifted numbers has 64 or 65 bits; one more look makes it 64.
    shift = SIGNIFICANT_BITS - top.bit_length() + bottom.bit_length()
    if _whole_quotient(top, bottom, shift).bit_length() > SIGNIFICANT_BITS:
        shift -= 1
    shift = min(shift, exponent - LOWEST_EXPONENT)
    mantissa = _rounded_quotient(top, bottom, shift)
    exponent -= shift
    if mantissa.bit_length() + exponent > OVERFLOW_EXPONENT:
        return LongDouble(-1 if negative else 1, OVERFLOW_EXPONENT)
    return LongDouble(-mantissa if negative else mantissa, exponent)


def _whole_quotient(top: int, bottom: int, shift: int) -> int:
    return (top << shift) // bottom if shift >= 0 else top // (bottom << -shift)


def format_long_double(value: LongDouble) -> bytes:
    """The text INCRBYFLOAT stores and answers: plain digits, at most 17 places, no zeros after.

    Never an exponent, so 1e30 is printed in full. Source: `util.c` ld2string, LD_STR_HUMAN.

    >>> tenth, fifth = parse_long_double(b"0.1"), parse_long_double(b"0.2")
    >>> format_long_double(tenth.plus(fifth))
    b'0.3'
    """
    if not value.finite:
        return {0: b"nan", 1: b"inf", -1: b"-inf"}[value.mantissa]
    scaled = _rounded_quotient(abs(value.mantissa) * 10**HUMAN_PLACES, 1, value.exponent)
    whole, places = divmod(scaled, 10**HUMAN_PLACES)
    text = decimal_text(whole)
    if places:
        text += "." + f"{places:0{HUMAN_PLACES}d}".rstrip("0")
    return ("-" + text if value.mantissa < 0 and scaled else text).encode()


def decimal_int(digits: bytes) -> int:
    """Plain digits, however many, as an integer; `int` refuses more than 4300."""
    number = 0
    for start in range(0, len(digits), CHUNK):
        piece = digits[start : start + CHUNK]
        number = number * 10 ** len(piece) + int(piece)
    return number


def decimal_text(number: int) -> str:
    """An integer of any length as text; `str` refuses more than 4300 digits."""
    if -CHUNK_UNIT < number < CHUNK_UNIT:
        return str(number)
    if number < 0:
        return "-" + decimal_text(-number)
    pieces = []
    while number:
        number, low = divmod(number, CHUNK_UNIT)
        pieces.append(f"{low:0{CHUNK}d}" if number else str(low))
    return "".join(reversed(pieces))
