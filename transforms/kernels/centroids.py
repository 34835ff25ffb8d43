"""Rows by the nearest of some centres, in the order of the rows."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled


@compiled
def assign(rows, centres, labels, far):  # type: ignore[no-untyped-def]
    """Write which centre is nearest, of equals the first, and its squared distance; whether any label is another."""
    changed = False
    for j in range(len(rows)):
        best = 0
        least = np.inf
        for k in range(len(centres)):
            square = 0.0
            for i in range(rows.shape[1]):
                apart = rows[j, i] - centres[k, i]
                square += apart * apart
            if square < least:
                least = square
                best = k
        changed = changed or labels[j] != best
        labels[j] = best
        far[j] = least
    return changed


@compiled
def sums(rows, labels, totals, counts):  # type: ignore[no-untyped-def]
    """Add each row to the total of its centre."""
    for j in range(len(rows)):
        counts[labels[j]] += 1
        for i in range(rows.shape[1]):
            totals[labels[j], i] += rows[j, i]
