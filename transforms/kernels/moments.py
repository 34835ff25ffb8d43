"""Exact sums, means and variances of windows: every result is the exact value rounded once (`exact`)."""

import numpy as np

from ropeway.transforms.kernels.exact import (
    LIMBS,
    narrow_totals,
    narrow_variances,
    slide,
    square_up,
    sum_up,
    survey,
)
from ropeway.transforms.kernels.wide import BIAS, compiled


@compiled
def prefixes(begin, end, values, mask, is_float, with_squares):  # type: ignore[no-untyped-def]
    """(span, sums, squares) of the rows [begin, end) of one key, as `moments` takes them for its slices."""
    least, width, narrow, narrow_squares = survey(values, mask, begin, end, is_float)
    span = np.array([least, width, np.int64(narrow), np.int64(narrow_squares)])
    sums = np.empty((end - begin + 1 if narrow else 1, 2), np.uint64)
    squares = np.empty((end - begin + 1 if narrow_squares and with_squares else 1, 3), np.uint64)
    if narrow:
        sum_up(values, mask, begin, end, is_float, least, sums)
    if narrow_squares and with_squares:
        square_up(values, mask, begin, end, is_float, least, squares)
    return span, sums, squares


@compiled
def moments(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, is_float, lo, hi, given, given_sums, given_squares, summed, table, places,
    ddof, overflow,
):  # fmt: skip
    """Sums, means and variances of the masked rows of each window of the tile's queries (see `ranges`).

    - values: int64[events], integers, or if `is_float` the bits of floats, never NaN where the mask is not 0.
    - mask: uint8[events], or empty: all rows take part.
    - lo: int32[windows, queries], hi: the same or int32[1, queries] for all windows: positions of events, not
      decreasing within a key. Rows lo <= i < hi are in the window; none if lo > hi.
    - given, given_sums, given_squares: of the tile's key, by `prefixes`, for a slice of it; else `given` is empty.
    - summed: uint8[windows]: whose sums are wanted.
    - table: int64[columns, queries], where window w of query q has its count, sum, mean and variance in columns
      places[i] + w, i from 0 to 3; those whose place is < 0 are not wanted. The counts are there. Sums of integers
      are integers, all else are bits of floats. No rows give 0, as does a variance of no more than ddof rows.
      Infinities of one sign give that infinity, of both NaN; a variance of any is NaN.
    - overflow: int64[2]: adds to [0] how many wanted sums of integers are out of range (they are left 0), and writes
      the first such query to [1] if that is negative; threads need one each.

    0 <= ddof, and a key holds fewer than 2^31 rows.

    >>> import numpy as np
    >>> values = np.array([1e16, 1.0, -1e16]).view(np.int64)  # added as floats, they would give 0
    >>> lo, hi, table = np.array([[0]], np.int32), np.array([[3]], np.int32), np.array([[3], [0]])
    >>> moments(
    ...     np.array([0, 1, 0, 3, 0, 1]), np.array([0, 3]), np.array([0, 1]), values, np.empty(0, np.uint8), 1, lo, hi,
    ...     np.empty(0, np.int64), np.empty((0, 2), np.uint64), np.empty((0, 3), np.uint64), np.ones(1, np.uint8),
    ...     table, np.array([0, 1, -1, -1]), 1, np.array([0, -1]),
    ... )
    >>> table[1].view(np.float64)
    array([1.])
    """
    longest = np.int64(0)
    for k in range(tile[0], tile[1]):
        if query_starts[k] < query_starts[k + 1] and len(given) == 0:
            longest = max(longest, starts[k + 1] - starts[k])
    counts_at = places[0]
    means_at = places[2]
    variances_at = places[3]
    zero = np.int64(0)
    no = np.int64(-1)
    begun = np.zeros((3, LIMBS), np.int64)
    scratch = np.empty((6, LIMBS), np.int64)
    sums = given_sums if len(given) > 0 else np.empty((longest + 1, 2), np.uint64)
    squared = longest + 1 if variances_at >= 0 else zero
    squares = given_squares if len(given) > 0 else np.empty((squared, 3), np.uint64)
    for k in range(tile[0], tile[1]):
        first_query = max(query_starts[k], tile[4])
        last_query = min(query_starts[k + 1], tile[5])
        if first_query >= last_query:
            continue
        if len(given) > 0:
            first = starts[k]
            last = starts[k + 1]
            least = given[0]
            width = given[1]
            narrow = given[2] != 0
            narrow_squares = given[3] != 0
        else:
            # rows before every window and after all of them are not read
            first = starts[k + 1]
            last = starts[k]
            for w in range(lo.shape[0]):
                first = min(first, np.int64(lo[w, first_query]))
                last = max(last, np.int64(hi[min(w, hi.shape[0] - 1), last_query - 1]))
            last = max(first, last)
            least, width, narrow, narrow_squares = survey(values, mask, first, last, is_float)
            if narrow:
                sum_up(values, mask, first, last, is_float, least, sums)
            if narrow_squares and variances_at >= 0:
                square_up(values, mask, first, last, is_float, least, squares)
        for w in range(lo.shape[0]):
            sums_at = places[1] if summed[w] != 0 else no
            wants = sums_at >= 0 or means_at >= 0
            if wants and narrow:
                narrow_totals(w, first_query, last_query, lo, hi, first, last - first, zero, sums, sums, is_float,
                              least - BIAS, table, counts_at, sums_at, means_at, overflow)  # fmt: skip
            if variances_at >= 0 and narrow_squares:
                narrow_variances(w, first_query, last_query, lo, hi, first, last - first, zero, sums, sums, squares,
                                 squares, least - BIAS, table, counts_at, variances_at, ddof)  # fmt: skip
            if (wants and not narrow) or (variances_at >= 0 and not narrow_squares):
                slide(w, first_query, last_query, lo, hi, first, last - first, zero, values, mask, values, mask, first,
                      least, width, begun, scratch, table, counts_at, no if narrow else sums_at,
                      no if narrow else means_at, no if narrow_squares else variances_at, ddof)  # fmt: skip
