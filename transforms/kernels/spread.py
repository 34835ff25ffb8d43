"""Numbers of which most are 0, from a list of the others into their places."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled


@compiled
def spread(into, ends, places, numbers, missing):  # type: ignore[no-untyped-def]
    """Fill into[places, rows]: row j has numbers[ends[j]:ends[j + 1]] and else 0, or NaN if it is missing."""
    into[:] = 0.0
    for j in range(into.shape[1]):
        if missing[j]:
            into[:, j] = np.nan
            continue
        for i in range(ends[j], ends[j + 1]):
            into[places[i], j] = numbers[i]
