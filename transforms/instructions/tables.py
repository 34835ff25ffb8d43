"""Instructions that look a value up in a table of the program: categories, bins, encodings, curves.

A code is a float: its number, -1 for a value that is not in the table (unseen), NaN for a missing one.
"""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, FLOATS, INTS, MISSING, MORE, OUT, A
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "find",  # the code of a among COUNT rising floats
    "find_integer",  # the code of an integer among COUNT rising integers
    "bin",  # how many of COUNT rising floats are <= a (MORE 0), or < a (MORE 1)
    "take",  # MORE outputs: the row of a code in floats[COUNT + 2, MORE]; the last two rows are for unseen and missing
    "one_hot",  # COUNT outputs: 1 at the code, which is a number from 0; all 0 for any other, missing and unseen
    "curve",  # straight lines through COUNT points, first all rising x, then all y; flat outside
    "quantiles",  # curve, and the curve from its other end, and their mean: of ties the middle
    "ramps",  # COUNT - 1 outputs: how far a is through each bin of COUNT rising edges, from 0 to 1
    "splines",  # MORE + COUNT ... outputs: see `_splines`
)


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    a = registers[code[A]]
    out = registers[code[OUT]]
    size = len(out)
    count = code[COUNT]
    at = code[FLOATS]
    if op == 0:
        table = floats[at : at + count]
        for j in range(size):
            out[j] = _found(table, a[j]) if not math.isnan(a[j]) else np.nan
    elif op == 1:
        whole = ints[code[INTS] : code[INTS] + count]
        keys = integers[code[A]]
        for j in range(size):
            out[j] = _found(whole, keys[j]) if keys[j] != MISSING else np.nan
    elif op == 2:
        table = floats[at : at + count]
        above = code[MORE] != 0
        for j in range(size):
            x = a[j]
            out[j] = np.nan if math.isnan(x) else below(table, x) if above else not_above(table, x)
    elif op == 3:
        width = code[MORE]
        for j in range(size):
            row = np.int64(a[j]) if a[j] >= 0.0 else count if not math.isnan(a[j]) else count + 1
            for i in range(width):
                registers[code[OUT] + i, j] = floats[at + row * width + i]
    elif op == 4:
        for i in range(count):
            registers[code[OUT] + i, :] = 0.0
        for j in range(size):
            if a[j] >= 0.0 and a[j] < count:
                registers[code[OUT] + np.int64(a[j]), j] = 1.0
    elif op == 5:
        x = floats[at : at + count]
        y = floats[at + count : at + 2 * count]
        for j in range(size):
            out[j] = curve(x, y, a[j])
    elif op == 6:
        x = floats[at : at + count]
        y = floats[at + count : at + 2 * count]
        for j in range(size):
            out[j] = 0.5 * (curve(x, y, a[j]) + _curve_from_above(x, y, a[j]))
    elif op == 7:
        for j in range(size):
            for i in range(count - 1):
                share = (a[j] - floats[at + i]) / (floats[at + i + 1] - floats[at + i])
                share = max(share, 0.0)
                registers[code[OUT] + i, j] = min(share, 1.0)
    else:
        _splines(code, floats, registers)


@compiled
def not_above(table, x):  # type: ignore[no-untyped-def]
    """How many of a rising table are <= x."""
    low = 0
    high = len(table)
    while low < high:
        middle = (low + high) // 2
        if table[middle] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def below(table, x):  # type: ignore[no-untyped-def]
    """How many of a rising table are < x."""
    low = 0
    high = len(table)
    while low < high:
        middle = (low + high) // 2
        if table[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _found(table, x):  # type: ignore[no-untyped-def]
    place = below(table, x)
    return np.float64(place) if place < len(table) and table[place] == x else -1.0


@compiled
def curve(x, y, value):  # type: ignore[no-untyped-def]
    """The line through the last point with x <= value and the one after it; flat outside, NaN of NaN."""
    if math.isnan(value):
        return np.nan
    place = not_above(x, value)
    if place == 0:
        return y[0]
    if place == len(x):
        return y[len(y) - 1]
    slope = (y[place] - y[place - 1]) / (x[place] - x[place - 1])
    return slope * (value - x[place - 1]) + y[place - 1]


@compiled
def _curve_from_above(x, y, value):  # type: ignore[no-untyped-def]
    """The same over the points seen from above: of points with one x the first counts, not the last."""
    if math.isnan(value):
        return np.nan
    place = below(x, value)
    if place == len(x):
        return y[len(y) - 1]
    if place == 0:
        return y[0]
    slope = (y[place - 1] - y[place]) / (x[place - 1] - x[place])
    return slope * (value - x[place]) + y[place]


@compiled
def _splines(code, floats, registers):  # type: ignore[no-untyped-def]
    """The COUNT basis splines of degree MORE over COUNT + MORE + 1 rising knots (de Boor 1978).

    Outside of the knots from number MORE to COUNT, where they are a partition of one, what they are at its end.
    """
    count = code[COUNT]
    degree = code[MORE]
    knots = floats[code[FLOATS] : code[FLOATS] + count + degree + 1]
    a = registers[code[A]]
    some = np.empty(degree + 1)
    for j in range(len(a)):
        x = a[j]
        if math.isnan(x):
            for i in range(count):
                registers[code[OUT] + i, j] = np.nan
            continue
        x = min(max(x, knots[degree]), knots[count])
        span = min(max(not_above(knots, x) - 1, degree), count - 1)
        some[0] = 1.0
        for k in range(1, degree + 1):
            saved = 0.0
            for r in range(k):
                right = knots[span + r + 1]
                left = knots[span + 1 - k + r]
                share = some[r] / (right - left)
                some[r] = saved + (right - x) * share
                saved = (x - left) * share
            some[k] = saved
        for i in range(count):
            registers[code[OUT] + i, j] = 0.0
        for r in range(degree + 1):
            registers[code[OUT] + span - degree + r, j] = some[r]
