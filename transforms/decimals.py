"""Exact sums, means and variances of decimal columns, in Python's own integers.

The answers of `kernels.moments`, for the one type whose numbers don't fit into a machine word. A decimal is an
integer of up to 38 digits times a power of ten; Python adds such integers exactly, and divides them into the nearest
float64.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.errors import SchemaError
from ropeway.transforms.late import Late

Ints = npt.NDArray[np.int64]
#: of rows, of any width
Positions = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.object_]
Moment = Literal["sum", "mean", "variance"]

#: the first integer that a decimal128(38, scale) can't hold
_LIMIT = 10**38


@dataclass(frozen=True, eq=False)
class Earlier:
    """For each query what more rows add up to, which are in all of its windows: how many, and the sums of powers."""

    counts: Ints
    sums: Numbers
    squares: Numbers


@dataclass(frozen=True, eq=False)
class DecimalMoments:
    """Arrays of shape [windows, outputs], or [0, 0] where not wanted; sums are Python integers in units of the scale.

    `overflow`: how many sums have more than 38 digits (they are left 0), and one such output, or -1.
    """

    counts: Ints
    sums: Numbers
    means: Floats
    variances: Floats
    overflow: tuple[int, int]


def decimal_moments(
    values: pa.Array | pa.ChunkedArray,
    mask: npt.NDArray[np.uint8],
    lo: Positions,
    hi: Positions,
    out_rows: Positions,
    *,
    wants: Collection[Moment],
    summed: npt.NDArray[np.uint8] | None = None,
    size: int | None = None,
    late: Late | None = None,
    before: Earlier | None = None,
    ddof: int = 1,
) -> DecimalMoments:
    """The moments of the masked rows lo <= i < hi of each window and query, written to column out_rows[query].

    Rows are decimal128 in event order; lo is int64[windows, queries], hi the same or int64[1, queries]; for `late`
    rows hi is a position in `late.order`. No rows give 0, as does a variance of no more than ddof rows.
    There are `size` outputs, by default as many as there are queries. `summed` says of each window whether its sums
    are wanted; by default all are. `before` tells of rows that are not there.

    >>> from decimal import Decimal
    >>> prices = pa.array([Decimal("0.10"), Decimal("0.20"), Decimal("0.30")])
    >>> lo, hi = np.array([[0, 0]]), np.array([[2, 3]])
    >>> found = decimal_moments(prices, np.ones(3, np.uint8), lo, hi, np.arange(2), wants={"sum", "mean"})
    >>> found.sums, found.means
    (array([[30, 60]], dtype=object), array([[0.15, 0.2 ]]))
    """
    numbers = unscaled(values)
    scale = values.type.scale
    taken = mask != 0
    size = len(out_rows) if size is None else size
    shape = (len(lo), size)
    # the prefixes run through all keys: a window's rows are those of one, so the others cancel
    in_order = _Prefixes(numbers, taken, wants) if late is None else None
    counts = np.zeros(shape, np.int64)
    sums = np.zeros(shape if "sum" in wants else (0, 0), np.object_)
    means = np.zeros(shape if "mean" in wants else (0, 0))
    variances = np.zeros(shape if "variance" in wants else (0, 0))
    found, example = 0, -1
    for w in range(len(lo)):
        begin, end = lo[w], hi[min(w, len(hi) - 1)]
        if late is None:
            assert in_order is not None
            entered = left = in_order
            end = np.maximum(begin, end)
        else:
            alive = taken & (late.alive[w] != 0)
            leaving = late.leaves[w] if len(late.leaves) else slice(None)
            left = _Prefixes(numbers[leaving], alive[leaving], wants)
            entered = _Prefixes(numbers[late.order], alive[late.order], wants)
        count = entered.counts[end] - left.counts[begin]
        if before is not None:
            count = count + before.counts
        counts[w, out_rows] = np.maximum(count, 0)
        some = np.flatnonzero(count > 0)
        column, n = out_rows[some], count[some].astype(np.object_)
        total = entered.sums[end[some]] - left.sums[begin[some]]
        if before is not None:
            total = total + before.sums[some]
        if "sum" in wants and (summed is None or summed[w]):
            fits = (total < _LIMIT) & (total > -_LIMIT)
            sums[w, column] = np.where(fits, total, 0)
            if not fits.all():
                found += int(np.count_nonzero(~fits))
                example = int(column[~fits][0]) if example < 0 else example
        if "mean" in wants:
            means[w, column] = _quotient(total, n, scale)
        if "variance" in wants:
            squares = entered.squares[end[some]] - left.squares[begin[some]]
            if before is not None:
                squares = squares + before.squares[some]
            more = np.flatnonzero(count[some] > ddof)
            spread = (n * squares - total * total)[more]
            variances[w, column[more]] = _quotient(spread, (n * (n - ddof))[more], 2 * scale)
    return DecimalMoments(counts, sums, means, variances, (found, example))


class _Prefixes:
    """What the first i rows that take part add up to."""

    def __init__(self, numbers: Numbers, taken: npt.NDArray[np.bool_], wants: Collection[Moment]) -> None:
        self.counts = np.concatenate([[0], np.cumsum(taken, dtype=np.int64)])
        rows = np.where(taken, numbers, 0).tolist()
        self.sums = _array(accumulate(rows, initial=0), len(rows) + 1)
        squares = (x * x for x in rows) if "variance" in wants else iter(())
        self.squares = _array(accumulate(squares, initial=0), len(rows) + 1 if "variance" in wants else 1)


def _array(numbers: "accumulate[int]", size: int) -> Numbers:
    return np.fromiter(numbers, np.object_, size)


def _quotient(dividend: Numbers, divisor: Numbers, scale: int) -> Floats:
    """dividend / divisor / 10^scale, rounded once."""
    if scale < 0:
        dividend = dividend * 10**-scale
    else:
        divisor = divisor * 10**scale
    quotient: Floats = (dividend / divisor).astype(np.float64)
    return quotient


def unscaled(values: pa.Array | pa.ChunkedArray) -> Numbers:
    """Decimals as Python integers, in units of their scale; 0 for null.

    >>> from decimal import Decimal
    >>> unscaled(pa.array([Decimal("-1.25"), None], pa.decimal128(5, 2)))
    array([-125, 0], dtype=object)
    """
    if not pa.types.is_decimal128(values.type):
        raise SchemaError(f"expected a column of decimal128, got {values.type}. Cast it to decimal128(38, scale).")
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if len(values) == 0:
        return np.empty(0, np.object_)
    if values.null_count:
        values = values.fill_null(0)
    words = np.frombuffer(values.buffers()[1], np.int64, 2 * len(values), 16 * values.offset)
    low, high = words[::2], words[1::2]
    numbers = low.astype(np.object_)
    wide = np.flatnonzero(high != low >> 63)
    numbers[wide] = low[wide].view(np.uint64).astype(np.object_) + high[wide].astype(np.object_) * 2**64
    return numbers


def scaled(numbers: Numbers, valid: npt.NDArray[np.bool_], scale: int) -> pa.Array:
    """A decimal128(38, scale) column of Python integers in units of the scale; null where not valid.

    >>> scaled(np.array([-125, 0], dtype=object), np.array([True, False]), 2).to_pylist()
    [Decimal('-1.25'), None]
    """
    words = np.empty((len(numbers), 2), np.uint64)
    words[:, 0] = numbers & (2**64 - 1)
    words[:, 1] = (numbers >> 64) & (2**64 - 1)
    present = pa.array(valid, pa.bool_()).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(numbers), [present, pa.py_buffer(words)])
