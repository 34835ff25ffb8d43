"""Numbers as whole numbers of a unit, which add up exactly, and the way back to float64, rounded once."""

import math
from decimal import Context, Decimal
from typing import Any

#: every float64 is a whole number of units of 2^-1074
BITS = 1074
#: decimals have up to 38 digits; the default of 28 would round them
_ALL_DIGITS = Context(prec=100)


def infinite(value: Any) -> bool:
    """Whether a value is an infinity."""
    return isinstance(value, float) and math.isinf(value)


def units(value: Any) -> int:
    """A finite number in units of 2^-1074; a decimal is rounded to float64 first.

    >>> units(1.5) == 3 << 1073, units(5e-324)
    (True, 1)
    """
    if isinstance(value, int):
        return int(value) << BITS
    above, below = float(value).as_integer_ratio()
    return above << (BITS + 1 - below.bit_length())


def unscaled(value: Decimal) -> tuple[int, int]:
    """(number, scale): the decimal is the number times 10^-scale.

    >>> unscaled(Decimal("-12.50"))
    (-1250, 2)
    """
    scale = -int(value.as_tuple().exponent)
    return int(_ALL_DIGITS.scaleb(value, scale)), scale


def scaled(number: int, scale: int) -> Decimal:
    """The decimal that is a number times 10^-scale, with all its digits."""
    return _ALL_DIGITS.scaleb(Decimal(number), -scale)


def quotient(above: int, below: int) -> float:
    """The float64 nearest to a fraction, ties to even; an infinity where it is out of range; 0.0 of 0."""
    try:
        return above / below
    except OverflowError:
        return math.inf if (above > 0) == (below > 0) else -math.inf


def split(number: int, exponent: int) -> tuple[float, int]:
    """(m, e): number * 2^exponent is about m * 2^e, where m has 53 bits, ties to even, and 1 <= abs(m) < 2.

    The number is not 0.

    >>> split(-12, -1), split(2**60 - 1, 0)
    ((-1.5, 2), (1.0, 60))
    """
    more = abs(number).bit_length() - 1
    m = number / (1 << more)
    return (m / 2.0, more + exponent + 1) if abs(m) == 2.0 else (m, more + exponent)


def even(m: float, e: int) -> tuple[float, int]:
    """The same number with an even exponent, so that its root is that of m times a power of two."""
    return (m * 2.0, e - 1) if e % 2 else (m, e)


def joined(m: float, e: int) -> float:
    """m * 2^e; an infinity where it is out of range."""
    try:
        return math.ldexp(m, e)
    except OverflowError:
        return math.copysign(math.inf, m)
