"""Functions of one or two floats, compiled once: columns and single rows call the same machine code.

numpy's own vector forms of log, exp and their like differ from the C library in the last bit, so nothing here goes
through them. Outside of a function's domain the answer is NaN, which is a missing value.
"""

import math

import numpy as np

from ropeway.transforms.kernels.wide import compiled

#: functions of one float, by name; their places are the codes that `unary` takes, and are stored nowhere
UNARY = (
    "abs", "sign", "square", "reciprocal", "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "floor", "ceil", "trunc", "round", "degrees", "radians", "sigmoid", "logit", "normal_cdf", "normal_quantile",
)  # fmt: skip
#: functions of two floats, likewise of `binary`
BINARY = ("power", "atan2", "hypot", "modulo", "floor_divide", "round_to")

#: coefficients of Wichura's rational approximations to the quantiles of the normal distribution (AS 241, PPND16)
_A = np.array([
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
])  # fmt: skip
_B = np.array([
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
])  # fmt: skip
_C = np.array([
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
])  # fmt: skip
_D = np.array([
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
])  # fmt: skip
_E = np.array([
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
])  # fmt: skip
_F = np.array([
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
])  # fmt: skip


@compiled
def unary(code, x):  # type: ignore[no-untyped-def]
    """The function UNARY[code] of x; NaN of NaN and where the function is not defined.

    `round` goes to the nearest even integer at a half, `sign` is 0 of 0, `reciprocal` of 0 is NaN.

    >>> unary(UNARY.index("log"), 1.0), unary(UNARY.index("round"), 2.5), unary(UNARY.index("reciprocal"), 0.0)
    (0.0, 2.0, nan)
    """
    if code < 12:
        if code == 0:
            return abs(x)
        if code == 1:
            return np.nan if math.isnan(x) else np.float64(x > 0.0) - np.float64(x < 0.0)
        if code == 2:
            return x * x
        if code == 3:
            return 1.0 / x if x != 0.0 else np.nan
        if code == 4:
            return math.sqrt(x) if x >= 0.0 else np.nan
        if code == 5:
            return np.cbrt(x)
        if code == 6:
            return math.exp(x)
        if code == 7:
            return math.expm1(x)
        if code == 8:
            return math.log(x) if x > 0.0 else np.nan
        if code == 9:
            return math.log1p(x) if x > -1.0 else np.nan
        if code == 10:
            return np.log2(x) if x > 0.0 else np.nan
        return math.log10(x) if x > 0.0 else np.nan
    if code < 24:
        if code == 12:
            return math.sin(x) if abs(x) < np.inf else np.nan
        if code == 13:
            return math.cos(x) if abs(x) < np.inf else np.nan
        if code == 14:
            return math.tan(x) if abs(x) < np.inf else np.nan
        if code == 15:
            return math.asin(x) if abs(x) <= 1.0 else np.nan
        if code == 16:
            return math.acos(x) if abs(x) <= 1.0 else np.nan
        if code == 17:
            return math.atan(x)
        if code == 18:
            return math.sinh(x)
        if code == 19:
            return math.cosh(x)
        if code == 20:
            return math.tanh(x)
        if code == 21:
            return math.asinh(x)
        if code == 22:
            return math.acosh(x) if x >= 1.0 else np.nan
        return math.atanh(x) if abs(x) < 1.0 else np.nan
    if code == 24:
        return math.floor(x) if abs(x) < 4503599627370496.0 else x
    if code == 25:
        return math.ceil(x) if abs(x) < 4503599627370496.0 else x
    if code == 26:
        return np.trunc(x)
    if code == 27:
        return np.rint(x)
    if code == 28:
        return x * (180.0 / math.pi)
    if code == 29:
        return x * (math.pi / 180.0)
    if code == 30:
        return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))
    if code == 31:
        if not 0.0 < x < 1.0:
            return np.nan
        # around a half the quotient is near 1, and its logarithm would lose digits
        return math.log1p((2.0 * x - 1.0) / (1.0 - x)) if 0.3 < x < 0.65 else math.log(x / (1.0 - x))
    if code == 32:
        return 0.5 * math.erfc(-x / math.sqrt(2.0))
    return normal_quantile(x)


@compiled
def binary(code, x, y):  # type: ignore[no-untyped-def]
    """The function BINARY[code] of x and y; NaN where either is, and where the function is not defined.

    `modulo` has the sign of y and `floor_divide` rounds down, in every bit as Python's % and // do; both are NaN where
    y is 0. `round_to` rounds x to y digits, below 0 to tens and hundreds: x * 10**y goes to the nearest whole number,
    the even one of two, and back.

    >>> binary(BINARY.index("modulo"), -7.0, 3.0), binary(BINARY.index("power"), float("nan"), 0.0)
    (2.0, nan)
    """
    if math.isnan(x) or math.isnan(y):
        return np.nan
    if code == 0:
        if x < 0.0 and abs(y) < np.inf and y != np.trunc(y):
            return np.nan
        return np.nan if x == 0.0 and y < 0.0 else math.pow(x, y)
    if code == 1:
        return math.atan2(x, y)
    if code == 2:
        return math.hypot(x, y)
    if code == 5:
        return _round_to(x, y)
    if y == 0.0 or abs(x) == np.inf:
        return np.nan
    rest = np.fmod(x, y)
    whole = (x - rest) / y
    if rest == 0.0:
        rest = math.copysign(0.0, y)
    elif (rest < 0.0) != (y < 0.0):
        rest += y
        whole -= 1.0
    if code == 3:
        return rest
    if whole == 0.0:
        return math.copysign(0.0, x / y)
    down = np.floor(whole)
    return down + 1.0 if whole - down > 0.5 else down


@compiled
def unary_column(code, x, out):  # type: ignore[no-untyped-def]
    """out[i]: the function UNARY[code] of x[i]."""
    for i in range(len(x)):
        out[i] = unary(code, x[i])


@compiled
def binary_column(code, x, y, out):  # type: ignore[no-untyped-def]
    """out[i]: the function BINARY[code] of x[i] and y[i]."""
    for i in range(len(x)):
        out[i] = binary(code, x[i], y[i])


@compiled
def _round_to(x, digits):  # type: ignore[no-untyped-def]
    scale = math.pow(10.0, abs(digits))
    if digits < 0.0:
        return np.rint(x / scale) * scale
    large = x * scale
    return np.rint(large) / scale if abs(large) < np.inf else x


@compiled
def normal_quantile(p):  # type: ignore[no-untyped-def]
    """The z that a standard normal value lies below with probability p, to 1e-16 (Wichura 1988, AS 241).

    -inf and inf at 0 and 1, NaN outside.

    >>> normal_quantile(0.5), round(normal_quantile(0.975), 12)
    (0.0, 1.95996398454)
    """
    if not 0.0 <= p <= 1.0:
        return np.nan
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio(_A, _B, r)
    r = p if q < 0.0 else 1.0 - p
    if r == 0.0:
        return -np.inf if q < 0.0 else np.inf
    r = math.sqrt(-math.log(r))
    z = _ratio(_C, _D, r - 1.6) if r <= 5.0 else _ratio(_E, _F, r - 5.0)
    return -z if q < 0.0 else z


@compiled
def _ratio(above, below, r):  # type: ignore[no-untyped-def]
    one = above[7]
    other = below[7]
    for i in range(6, -1, -1):
        one = one * r + above[i]
        other = other * r + below[i]
    return one / other
