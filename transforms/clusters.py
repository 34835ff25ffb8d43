"""k-means of one column, by its distinct values with counts: what scikit-learn's finds from the same first centres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: scikit-learn's: of rounds, and how far centres may still move, in variances
_ROUNDS, _TOLERANCE = 300, 1e-4


def centres_of(values: Floats, counts: Ints, first: Floats) -> Floats:
    """Lloyd's rounds from some centres until no value changes its own, or they hardly move; rising.

    values: rising, each once. A value as near to two centres belongs to the lower one. A centre without values goes to
    the value that is farthest from its own, of several the greatest (scikit-learn takes any). No more values than
    centres are the centres themselves.
    """
    if len(values) <= len(first):
        return values
    mean = float(np.sum(values * counts) / counts.sum())
    values, centres = values - mean, first - mean
    weights = np.append(0.0, np.cumsum(counts))
    sums = np.append(0.0, np.cumsum(values * counts))
    enough = _TOLERANCE * float(np.sum(values * values * counts) / weights[-1] - (sums[-1] / weights[-1]) ** 2)
    known: Ints | None = None
    for _ in range(_ROUNDS):
        # of equal centres the first gets the values
        rising, which = np.unique(centres, return_index=True)
        inner = np.searchsorted(values, (rising[1:] + rising[:-1]) / 2, side="right")
        bounds = np.concatenate([[0], inner, [len(values)]])
        labels = np.repeat(which, np.diff(bounds))
        sizes, totals = np.zeros((2, len(centres)))
        sizes[which], totals[which] = np.diff(weights[bounds]), np.diff(sums[bounds])
        if (sizes == 0).any():
            _move(values, counts, centres, labels, sizes, totals)
        made = _means(sizes, totals)
        moved = float(np.sum((made - centres) ** 2))
        centres = made
        if (known is not None and np.array_equal(known, labels)) or moved <= enough:
            break
        known = labels
    return np.sort(centres) + mean


def _move(values: Floats, counts: Ints, centres: Floats, labels: Ints, sizes: Floats, totals: Floats) -> None:
    """Give each centre without values one row: the farthest of all from their centres, which lose it."""
    empty = np.flatnonzero(sizes == 0)
    distances = (values - centres[labels]) ** 2
    if distances.max() == 0:
        return
    # centres in the middle of equal bins are as far from the least value as from the greatest, which goes first
    far = np.lexsort([-values, -np.round(distances / distances.max(), 9)])[: len(empty)]
    rows = np.repeat(far, np.minimum(counts[far], len(empty)))[: len(empty)]
    for new, row in zip(empty.tolist(), rows.tolist(), strict=False):
        old = labels[row]
        totals[old] -= values[row]
        totals[new], sizes[new] = values[row], 1
        sizes[old] -= 1


def _means(sizes: Floats, totals: Floats) -> Floats:
    """The means; a centre that lost its only value stands, as scikit-learn has it, where the one with the most does."""
    made = np.where(sizes > 0, totals / np.where(sizes > 0, sizes, 1.0), 0.0)
    most = int(np.argmax(sizes))
    at = np.arange(len(sizes))
    # which has no mean yet while those before it are looked at, and is a sum
    return np.where(sizes > 0, made, np.where(at < most, totals[most], made[most]))
