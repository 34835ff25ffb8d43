"""Functions of one or two floats, compiled once: columns and single rows call the same machine code.

numpy's own vector forms of log, exp and their like differ from the C library in the last bit, so nothing here goes
through them. Outside of a function's domain the answer is NaN, which is a missing value.
"""

import math

import numpy as np

from ropeway.transforms.kernels.wide import compiled, inlined

#: functions of one float, by name; their places are the codes that `unary` takes, and are stored nowhere
UNARY = (
    "abs", "sign", "square", "reciprocal", "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "floor", "ceil", "trunc", "round", "degrees", "radians", "sigmoid", "logit", "normal_cdf", "normal_quantile",
)  # fmt: skip

#: functions of two floats, likewise of `binary`
BINARY = ("power", "atan2", "hypot", "modulo", "floor_divide")

_CODE = {name: code for code, name in enumerate(UNARY)}
