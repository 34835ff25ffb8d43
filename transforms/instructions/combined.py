"""Instructions on the registers of a row together, beyond those of `groups`; likewise ints[INTS:] are their numbers."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, INTS, MORE, OUT
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "row_statistic",  # FUNCTIONS[MORE % 8] of all; MORE 8 and up: of those that are there, NaN if none is
    "two_vectors",  # of the first half of them and the second: VECTORS[MORE]
)

FUNCTIONS = ("sum", "mean", "prod", "min", "max", "std", "var", "median")
VECTORS = ("dot_product", "euclidean_distance", "cosine_similarity")


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    out = registers[code[OUT]]
    which = ints[code[INTS] : code[INTS] + code[COUNT]]
    if op == 0:
        some = np.empty(len(which))
        for j in range(len(out)):
            size = 0
            for i in range(len(which)):
                value = registers[which[i], j]
                if not math.isnan(value):
                    some[size] = value
                    size += 1
            whole = size == len(which) or (code[MORE] >= 8 and size > 0)
            out[j] = _statistic(code[MORE] % 8, some, size) if whole else np.nan
    else:
        _two_vectors(code[MORE], which, registers, out)


@compiled
def _statistic(function, some, size):  # type: ignore[no-untyped-def]
    if function == 7:
        # few values: each is put in its place
        for i in range(1, size):
            value = some[i]
            at = i
            while at > 0 and some[at - 1] > value:
                some[at] = some[at - 1]
                at -= 1
            some[at] = value
        high = some[size // 2]
        return high if size % 2 == 1 else (some[size // 2 - 1] + high) / 2.0
    made = some[0]
    for i in range(1, size):
        x = some[i]
        if function == 2:
            made *= x
        elif function == 3:
            made = min(made, x)
        elif function == 4:
            made = max(made, x)
        else:
            made += x
    if function == 1:
        return made / size
    if function < 5:
        return made
    if size < 2:
        return np.nan
    mean = made / size
    total = 0.0
    for i in range(size):
        total += (some[i] - mean) * (some[i] - mean)
    total /= size - 1
    return math.sqrt(total) if function == 5 else total


@compiled
def _two_vectors(function, which, registers, out):  # type: ignore[no-untyped-def]
    half = len(which) // 2
    for j in range(len(out)):
        total = 0.0
        one = 0.0
        other = 0.0
        for i in range(half):
            x = registers[which[i], j]
            y = registers[which[half + i], j]
            if function == 1:
                total += (x - y) * (x - y)
            else:
                total += x * y
                one += x * x
                other += y * y
        if function == 1:
            total = math.sqrt(total)
        elif function == 2:
            norm = math.sqrt(one) * math.sqrt(other)
            total = total / norm if norm != 0.0 else np.nan
        out[j] = total
