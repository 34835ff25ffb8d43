"""One number of each list of floats."""

import math

import numpy as np

from ropeway.transforms.kernels.wide import compiled

#: what `reduced` gives, by its code
REDUCTIONS = ("sum", "mean", "min", "max", "std")


@compiled
def reduced(code, starts, ends, values, ddof, out):  # type: ignore[no-untyped-def]
    """out[j]: of values[starts[j]:ends[j]] without NaN, added in their order; NaN of none, but for the sum, which is 0.

    NaN also for fewer than `ddof` + 1 values of a deviation.
    """
    for j in range(len(starts)):
        count = 0
        total = 0.0
        least = np.inf
        most = -np.inf
        for i in range(starts[j], ends[j]):
            x = values[i]
            if not math.isnan(x):
                count += 1
                total += x
                least = min(least, x)
                most = max(most, x)
        if code == 0:
            out[j] = total
        elif count == 0:
            out[j] = np.nan
        elif code == 1:
            out[j] = total / count
        elif code == 2:
            out[j] = least
        elif code == 3:
            out[j] = most
        else:
            mean = total / count
            squares = 0.0
            for i in range(starts[j], ends[j]):
                x = values[i]
                if not math.isnan(x):
                    squares += (x - mean) * (x - mean)
            out[j] = math.sqrt(squares / (count - ddof)) if count > ddof else np.nan
