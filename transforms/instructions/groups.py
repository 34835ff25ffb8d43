"""Instructions on several registers of a row together; ints[INTS:] are the numbers of the COUNT registers."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, FLOATS, INTS, MORE, OUT, A
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "sum", "mean", "product", "minimum", "maximum",  # of all; NaN if one is NaN
    "spread",  # the standard deviation of all, with MORE subtracted from their number
    "normalise",  # COUNT outputs: all divided by their norm, which is l1, l2 or max (MORE); by 1 where that is 0
    "matrix",  # MORE outputs: less floats[COUNT], times floats[MORE, COUNT], plus floats[MORE]
    "distances",  # MORE outputs: to the points floats[MORE, COUNT]
    "hash",  # an integer of COUNT registers of integers, and of the seed MORE; MISSING counts as a value
    "bucket",  # a hash modulo COUNT, as a float
    "pick",  # of all but the last the one whose number from 0 the last is
)  # fmt: skip


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    out = registers[code[OUT]]
    size = len(out)
    count = code[COUNT]
    which = ints[code[INTS] : code[INTS] + count]
    if op < 5:
        _reduce(op, which, registers, out)
    elif op == 5:
        _spread(which, registers, code[MORE], out)
    elif op == 6:
        _normalise(which, registers, code[MORE], code[OUT])
    elif op == 7:
        _matrix(which, floats[code[FLOATS] :], code[MORE], registers, code[OUT])
    elif op == 8:
        _distances(which, floats[code[FLOATS] :], code[MORE], registers, code[OUT])
    elif op == 9:
        into = integers[code[OUT]]
        for j in range(size):
            word = np.uint64(code[MORE])
            for i in range(count):
                word = mixed(word ^ mixed(np.uint64(integers[which[i], j])))
            into[j] = np.int64(word)
    elif op == 10:
        words = integers[code[A]]
        for j in range(size):
            out[j] = np.float64(np.uint64(words[j]) % np.uint64(count))
    else:
        number = registers[which[count - 1]]
        for j in range(size):
            out[j] = registers[which[np.int64(number[j])], j]


@compiled
def mixed(word):  # type: ignore[no-untyped-def]
    """A bijection of 64 bits that spreads each bit over all (the finaliser of splitmix64, Steele et al. 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def _reduce(op, which, registers, out):  # type: ignore[no-untyped-def]
    out[:] = registers[which[0]]
    for i in range(1, len(which)):
        one = registers[which[i]]
        for j in range(len(out)):
            x = out[j]
            y = one[j]
            if op < 2:
                out[j] = x + y
            elif op == 2:
                out[j] = x * y
            elif op == 3:
                out[j] = y if y < x or math.isnan(y) else x
            else:
                out[j] = y if y > x or math.isnan(y) else x
    if op == 1:
        for j in range(len(out)):
            out[j] = out[j] / len(which)


@compiled
def _spread(which, registers, ddof, out):  # type: ignore[no-untyped-def]
    count = len(which)
    for j in range(len(out)):
        mean = 0.0
        for i in range(count):
            mean += registers[which[i], j]
        mean /= count
        total = 0.0
        for i in range(count):
            total += (registers[which[i], j] - mean) * (registers[which[i], j] - mean)
        out[j] = math.sqrt(total / (count - ddof)) if count > ddof else np.nan


@compiled
def _normalise(which, registers, norm, first):  # type: ignore[no-untyped-def]
    count = len(which)
    size = registers.shape[1]
    totals = np.zeros(size)
    for i in range(count):  # column by column: neighbours stand side by side
        one = registers[which[i]]
        if norm == 0:
            for j in range(size):
                totals[j] += abs(one[j])
        elif norm == 1:
            for j in range(size):
                square = one[j] * one[j]
                totals[j] += square
        else:
            for j in range(size):
                x = abs(one[j])
                totals[j] = x if x > totals[j] or math.isnan(x) else totals[j]
    for j in range(size):
        total = math.sqrt(totals[j]) if norm == 1 else totals[j]
        totals[j] = 1.0 if total == 0.0 else total
    for i in range(count):
        one = registers[which[i]]
        out = registers[first + i]
        for j in range(size):
            out[j] = one[j] / totals[j]


@compiled
def _matrix(which, floats, width, registers, first):  # type: ignore[no-untyped-def]
    count = len(which)
    size = registers.shape[1]
    for k in range(width):
        out = registers[first + k]
        out[:] = 0.0
        weights = floats[count + k * count : count + (k + 1) * count]
        i = 0
        # four terms at once, added one after the other, so that a sum is loaded and stored a quarter as often
        while i + 4 <= count:
            a = registers[which[i]]
            b = registers[which[i + 1]]
            c = registers[which[i + 2]]
            d = registers[which[i + 3]]
            shift_a = floats[i]
            shift_b = floats[i + 1]
            shift_c = floats[i + 2]
            shift_d = floats[i + 3]
            weight_a = weights[i]
            weight_b = weights[i + 1]
            weight_c = weights[i + 2]
            weight_d = weights[i + 3]
            for j in range(size):
                total = out[j] + (a[j] - shift_a) * weight_a
                total = total + (b[j] - shift_b) * weight_b
                total = total + (c[j] - shift_c) * weight_c
                out[j] = total + (d[j] - shift_d) * weight_d
            i += 4
        while i < count:
            a = registers[which[i]]
            shift_a = floats[i]
            weight_a = weights[i]
            for j in range(size):
                out[j] = out[j] + (a[j] - shift_a) * weight_a
            i += 1
        more = floats[count + width * count + k]
        for j in range(size):
            out[j] += more


@compiled
def _distances(which, floats, width, registers, first):  # type: ignore[no-untyped-def]
    count = len(which)
    size = registers.shape[1]
    for k in range(width):
        out = registers[first + k]
        out[:] = 0.0
        for i in range(count):
            one = registers[which[i]]
            centre = floats[k * count + i]
            for j in range(size):
                square = (one[j] - centre) * (one[j] - centre)
                out[j] += square
        for j in range(size):
            out[j] = math.sqrt(out[j])
