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
    else:
        for i in range(count):
            one = registers[code[OUT] + i]
            number = np.float64(i)
            for j in range(size):
                one[j] = 1.0 if a[j] == number else 0.0


@compiled
def not_above(table, x):  # type: ignore[no-untyped-def]
    """How many of a rising table are <= x; without a branch that would be guessed wrong half of the time."""
    low = 0
    size = len(table)
    while size > 1:
        half = size >> 1
        low += half if table[low + half - 1] <= x else 0
        size -= half
    return low + (1 if size == 1 and table[low] <= x else 0)


@compiled
def below(table, x):  # type: ignore[no-untyped-def]
    """How many of a rising table are < x."""
    low = 0
    size = len(table)
    while size > 1:
        half = size >> 1
        low += half if table[low + half - 1] < x else 0
        size -= half
    return low + (1 if size == 1 and table[low] < x else 0)


@compiled
def _found(table, x):  # type: ignore[no-untyped-def]
    place = below(table, x)
    return np.float64(place) if place < len(table) and table[place] == x else -1.0
