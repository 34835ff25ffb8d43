"""Instructions that count hashes in buckets, a register for each."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, INTS, MORE, OUT
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "hash_tally",  # MORE outputs: COUNT / 2 hashes, then as many values: each value is added to the output with the
    # number |hash| mod MORE; less than nothing where ints[INTS + COUNT] is 1 and the hash below 0. NaN adds nothing.
)


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    half = code[COUNT] // 2
    which = ints[code[INTS] : code[INTS] + 2 * half]
    signed = ints[code[INTS] + 2 * half] != 0
    width = code[MORE]
    first = code[OUT]
    for i in range(width):
        registers[first + i, :] = 0.0
    for i in range(half):
        hashes = registers[which[i]]
        values = registers[which[half + i]]
        for j in range(len(hashes)):
            x = values[j]
            if math.isnan(hashes[j]) or math.isnan(x):
                continue
            hashed = np.int64(hashes[j])
            registers[first + abs(hashed) % width, j] += -x if signed and hashed < 0 else x
