"""Instructions that put a number through a curve of the program: ranks, ramps, splines. NaN in, NaN out."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, FLOATS, MISSING, MORE, OUT, A
from ropeway.transforms.instructions.groups import mixed
from ropeway.transforms.instructions.tables import below, not_above
from ropeway.transforms.kernels.scalars import normal_quantile
from ropeway.transforms.kernels.wide import compiled, inlined

NAMES = (
    "quantile_rank",  # the share of a among COUNT rising quantiles, and floats of theirs; MORE 1: as a normal quantile
    "mid_rank",  # the rank of a among COUNT rising floats, whose ranks, and how many are up to each, follow
    "ramps",  # COUNT - 1 outputs: how far a is through each bin of COUNT rising edges; MORE 1: the ends go on
    "splines",  # COUNT basis functions over COUNT + degree + 1 knots; MORE is 8 * degree + what is done outside
    "round_to",  # to a multiple of 1 / floats[0], or of floats[0] if MORE is 1
    "outside",  # -1 where a is not from floats[0] to floats[1], else 0
    "hash_bucket",  # the hash of an integer and of the seed MORE, modulo COUNT
)  # fmt: skip

#: what a spline is outside of its knots: that at their end, a straight line, the last piece, or that of a circle
CONSTANT, LINEAR, CONTINUE, PERIODIC = range(4)
#: scikit-learn's distance to the ends within which a normal rank is one of them
BOUND = 1e-7


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    a = registers[code[A]]
    out = registers[code[OUT]]
    size = len(out)
    count = code[COUNT]
    at = code[FLOATS]
    if op == 0:
        x = floats[at : at + count]
        y = floats[at + count : at + 2 * count]
        for j in range(size):
            out[j] = _quantile_rank(x, y, a[j], code[MORE])
    elif op == 1:
        table = floats[at : at + count]
        for j in range(size):
            value = a[j]
            place = not_above(table, value)
            if math.isnan(value):
                out[j] = np.nan
            elif place > 0 and table[place - 1] == value:
                out[j] = floats[at + count + place - 1]
            else:
                out[j] = 0.5 + (floats[at + 2 * count + place - 1] if place > 0 else 0.0)
    elif op == 2:
        last = count - 2 if code[MORE] == 1 else -1
        first = 0 if code[MORE] == 1 else -1
        for i in range(count - 1):
            ramp = registers[code[OUT] + i]
            low = floats[at + i]
            width = floats[at + i + 1] - low
            for j in range(size):
                share = (a[j] - low) / width
                share = 0.0 if share < 0.0 and i != first else share
                ramp[j] = 1.0 if share > 1.0 and i != last else share
    elif op == 3:
        _splines(code, floats, registers)
    elif op == 4:
        scale = floats[at]
        for j in range(size):
            large = a[j] / scale if code[MORE] == 1 else a[j] * scale
            whole = np.rint(large)
            # beyond 2^52 there is nothing to round, and the product may be infinite
            rounded = whole * scale if code[MORE] == 1 else whole / scale
            out[j] = rounded if abs(large) < 4503599627370496.0 else a[j]
    elif op == 5:
        for j in range(size):
            out[j] = -1.0 if a[j] < floats[at] or a[j] > floats[at + 1] else 0.0
    else:
        words = integers[code[A]]
        for j in range(size):
            word = mixed(np.uint64(code[MORE]) ^ mixed(np.uint64(words[j])))
            out[j] = np.float64(word % np.uint64(count)) if words[j] != MISSING else np.nan


@compiled
def _quantile_rank(x, y, value, normal):  # type: ignore[no-untyped-def]
    if math.isnan(value) or math.isnan(x[0]):
        return np.nan
    count = len(x)
    place = not_above(x, value)
    if place == 0:
        up = y[0]
    elif place == count:
        up = y[count - 1]
    else:
        slope = (y[place] - y[place - 1]) / (x[place] - x[place - 1])
        up = slope * (value - x[place - 1]) + y[place - 1]
    # the same from above: of quantiles that are the same the first counts, so that ties get what is in their middle
    at = below(x, value) if place > 0 and x[place - 1] == value else place
    if at == count:
        down = y[count - 1]
    elif at == 0:
        down = y[0]
    else:
        slope = (y[at - 1] - y[at]) / (x[at - 1] - x[at])
        down = slope * (value - x[at]) + y[at]
    share = 0.5 * (up + down)
    if normal == 0:
        share = 1.0 if value == x[count - 1] else share
        return 0.0 if value == x[0] else share
    share = 1.0 if value + BOUND > x[count - 1] else share
    share = 0.0 if value - BOUND < x[0] else share
    share = max(share, BOUND - 2.220446049250313e-16)
    return normal_quantile(min(share, 1.0 - (BOUND - 2.220446049250313e-16)))


@compiled
def _splines(code, floats, registers):  # type: ignore[no-untyped-def]
    """The basis splines of a degree over rising knots (de Boor 1978), as scipy has them: between equal knots 0.

    Behind the knots, for straight lines outside: the values and the slopes at the lower end, and at the upper one.
    On a circle the last `degree` of them are those from the first on, and are no outputs.
    """
    count = code[COUNT]
    degree = code[MORE] // 8
    mode = code[MORE] % 8
    at = code[FLOATS] + count + degree + 1
    knots = floats[code[FLOATS] : at]
    least = knots[degree]
    greatest = knots[count]
    width = count - degree if mode == PERIODIC else count
    first = code[OUT]
    a = registers[code[A]]
    some = np.empty(degree + 1)
    old = np.empty(degree + 1)
    # a product is several times as fast as a quotient
    over = np.zeros((degree + 1, len(knots)))
    for k in range(1, degree + 1):
        for i in range(k, len(knots)):
            apart = knots[i] - knots[i - k]
            over[k, i] = 1.0 / apart if apart != 0.0 else 0.0
    for i in range(width):
        registers[first + i, :] = 0.0
    for j in range(len(a)):
        x = a[j]
        if math.isnan(x):
            for i in range(width):
                registers[first + i, j] = np.nan
            continue
        if mode == LINEAR and (x < least or x > greatest):
            end = at if x < least else at + 2 * count
            beyond = x - (least if x < least else greatest)
            for i in range(count):
                # an infinite x times a slope of 0 would be NaN
                more = beyond * floats[end + count + i] if floats[end + count + i] != 0.0 else 0.0
                registers[first + i, j] = floats[end + i] + more
            continue
        if mode == PERIODIC:
            x = least + _modulo(x - least, greatest - least)
        elif mode != CONTINUE:
            x = min(max(x, least), greatest)
        span = min(max(not_above(knots, x) - 1, degree), count - 1)
        basis(knots, over, degree, span, x, some, old)
        for r in range(degree + 1):
            i = span - degree + r
            registers[first + (i if i < width else i - width), j] += some[r]


@inlined
def basis(knots, over, degree, span, x, some, old):  # type: ignore[no-untyped-def]
    """Into some[degree + 1]: the splines that are not 0 between the knots number `span` and the next.

    over[k, i]: 1 over the distance of knot i from the one k before, 0 of equal ones.
    """
    some[0] = 1.0
    for k in range(1, degree + 1):
        old[:k] = some[:k]
        some[0] = 0.0
        for n in range(1, k + 1):
            share = old[n - 1] * over[k, span + n]
            some[n - 1] += share * (knots[span + n] - x)
            some[n] = share * (x - knots[span + n - k])


@compiled
def _modulo(x, y):  # type: ignore[no-untyped-def]
    rest = np.fmod(x, y)
    return rest + y if rest < 0.0 else rest
