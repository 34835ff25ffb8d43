"""Instructions on numbers, value by value. NaN in, NaN out, but where it says otherwise."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import FLOATS, MISSING, MORE, OUT, A, B
from ropeway.transforms.kernels.scalars import binary, unary
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "constant",  # floats[0]
    "add", "subtract", "multiply", "divide",  # a and b; x / 0 is NaN
    "shift_scale",  # (a - floats[0]) / floats[1]
    "scale_shift",  # a * floats[0] + floats[1]
    "clip",  # to floats[0] .. floats[1]
    "least", "greatest",  # of a and b
    "fill",  # floats[0] where a is NaN
    "is_missing", "is_present",  # 1 or 0
    "unary",  # the function of one float with the code MORE
    "binary",  # of two, likewise
    "power",  # a ** floats[0]
    "box_cox", "yeo_johnson",  # with the exponent floats[0]
    "less", "less_equal", "equal", "not_equal",  # of a and b: 1 or 0
    "choose",  # MORE is a third register: b where a is not 0, that one where it is 0
    "coalesce",  # b where a is NaN
    "to_float",  # of integers, whose MISSING is NaN
    "to_bits",  # integers equal iff the floats are: the bits of a, with one zero
    "threshold",  # 1 where a > floats[0], else 0
)  # fmt: skip


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    out = registers[code[OUT]]
    a = registers[code[A]]
    b = registers[code[B]]
    size = len(out)
    at = code[FLOATS]
    if op == 0:
        out[:] = floats[at]
    elif op == 1:
        for j in range(size):
            out[j] = a[j] + b[j]
    elif op == 2:
        for j in range(size):
            out[j] = a[j] - b[j]
    elif op == 3:
        for j in range(size):
            out[j] = a[j] * b[j]
    elif op == 4:
        for j in range(size):
            out[j] = a[j] / b[j] if b[j] != 0.0 else np.nan
    elif op == 5:
        shift = floats[at]
        scale = floats[at + 1]
        for j in range(size):
            out[j] = (a[j] - shift) / scale
    elif op == 6:
        scale = floats[at]
        shift = floats[at + 1]
        for j in range(size):
            product = a[j] * scale
            out[j] = product + shift
    elif op == 7:
        low = floats[at]
        high = floats[at + 1]
        for j in range(size):
            x = a[j]
            x = max(x, low)
            out[j] = min(x, high)
    elif op == 8:
        for j in range(size):
            out[j] = b[j] if b[j] < a[j] or math.isnan(b[j]) else a[j]
    elif op == 9:
        for j in range(size):
            out[j] = b[j] if b[j] > a[j] or math.isnan(b[j]) else a[j]
    else:
        _more(op, code, floats, registers, integers)


@compiled
def _more(op, code, floats, registers, integers):  # type: ignore[no-untyped-def]
    out = registers[code[OUT]]
    a = registers[code[A]]
    b = registers[code[B]]
    size = len(out)
    at = code[FLOATS]
    if op == 10:
        value = floats[at]
        for j in range(size):
            out[j] = value if math.isnan(a[j]) else a[j]
    elif op == 11:
        for j in range(size):
            out[j] = 1.0 if math.isnan(a[j]) else 0.0
    elif op == 12:
        for j in range(size):
            out[j] = 0.0 if math.isnan(a[j]) else 1.0
    elif op == 13:
        function = code[MORE]
        for j in range(size):
            out[j] = unary(function, a[j])
    elif op == 14:
        function = code[MORE]
        for j in range(size):
            out[j] = binary(function, a[j], b[j])
    elif op == 15:
        exponent = floats[at]
        for j in range(size):
            out[j] = binary(0, a[j], exponent)
    elif op == 16:
        exponent = floats[at]
        for j in range(size):
            out[j] = box_cox(a[j], exponent)
    elif op == 17:
        exponent = floats[at]
        for j in range(size):
            out[j] = yeo_johnson(a[j], exponent)
    elif op < 22:
        _compare(op, out, a, b)
    elif op == 22:
        other = registers[code[MORE]]
        for j in range(size):
            out[j] = np.nan if math.isnan(a[j]) else b[j] if a[j] != 0.0 else other[j]
    elif op == 23:
        for j in range(size):
            out[j] = b[j] if math.isnan(a[j]) else a[j]
    elif op == 24:
        whole = integers[code[A]]
        for j in range(size):
            out[j] = np.nan if whole[j] == MISSING else np.float64(whole[j])
    elif op == 25:
        bits = integers[code[A]]
        into = integers[code[OUT]]
        for j in range(size):
            into[j] = MISSING if math.isnan(a[j]) else np.int64(0) if a[j] == 0.0 else bits[j]
    else:
        value = floats[at]
        for j in range(size):
            out[j] = np.nan if math.isnan(a[j]) else 1.0 if a[j] > value else 0.0


@compiled
def _compare(op, out, a, b):  # type: ignore[no-untyped-def]
    for j in range(len(out)):
        x = a[j]
        y = b[j]
        holds = x < y if op == 18 else x <= y if op == 19 else x == y if op == 20 else x != y
        out[j] = np.nan if math.isnan(x) or math.isnan(y) else 1.0 if holds else 0.0


@compiled
def box_cox(x, exponent):  # type: ignore[no-untyped-def]
    """(x^p - 1) / p, or log x for p = 0; NaN for x <= 0 (Box and Cox 1964)."""
    if not x > 0.0:
        return np.nan
    if exponent == 0.0:
        return math.log(x)
    # near 0 the difference of powers loses its digits
    return math.expm1(exponent * math.log(x)) / exponent


@compiled
def yeo_johnson(x, exponent):  # type: ignore[no-untyped-def]
    """The power transform that takes any sign (Yeo and Johnson 2000)."""
    if math.isnan(x):
        return np.nan
    if x >= 0.0:
        return math.expm1(exponent * math.log1p(x)) / exponent if exponent != 0.0 else math.log1p(x)
    if exponent == 2.0:
        return -math.log1p(-x)
    return -math.expm1((2.0 - exponent) * math.log1p(-x)) / (2.0 - exponent)
