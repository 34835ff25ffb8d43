"""How many distinct values there are, by the least of their hashes: exact up to a size, beyond it estimated.

Of the k least of n hashes that lie evenly below 2^64 the greatest is near k / n of the way, so n is about (k - 1) / it,
off by about 1 / sqrt(k). Which hashes are least depends on the values alone. After Bar-Yossef et al. (2002).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.hashing import hashes
from ropeway.transforms.instructions.groups import mixed
from ropeway.transforms.kernels.wide import compiled

Hashes = npt.NDArray[np.uint64]

#: hashes that are kept: 512 KiB of state, estimates off by 0.4 %
LIMIT = 1 << 16


def of_floats(values: npt.NDArray[np.float64]) -> Hashes:
    """A hash of each float; -0.0 must be 0.0 by now."""
    made = np.empty(len(values), np.uint64)
    _mix(np.ascontiguousarray(values).view(np.uint64), made)
    return made


def of_array(values: pa.Array) -> Hashes:
    """A hash of each value of text, bytes, booleans, integers or times, without nulls."""
    kind = values.type
    if not (pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_integer(kind)):
        whole = pa.types.is_boolean(kind) or pa.types.is_temporal(kind)
        values = as_whole(values) if whole else values.cast(pa.string())
    found, _ = hashes([pa.chunked_array([values])])
    made = np.empty(len(found), np.uint64)
    _mix(np.ascontiguousarray(found), made)
    return made


def as_whole(values: pa.Array) -> pa.Array:
    """Booleans, integers and times as int64, in their own unit."""
    narrow = pa.types.is_boolean(values.type) or pa.types.is_date32(values.type) or pa.types.is_time32(values.type)
    if narrow:
        values = values.cast(pa.int8() if pa.types.is_boolean(values.type) else pa.int32())
    return values.cast(pa.int64())


def least(found: Hashes, limit: int) -> Hashes:
    """The least distinct hashes, rising, at most `limit`."""
    some = limit + limit // 2
    if len(found) > 2 * limit:
        found = np.partition(found, some)
        few = once(found[:some])
        if len(few) > limit:
            return few[:limit]
    return once(found)[:limit]


def once(found: Hashes) -> Hashes:
    """Each hash once, rising; `numpy.unique` took ten times as long, by a table of its own."""
    found = np.sort(found)
    return found[np.concatenate([[True], found[1:] != found[:-1]])] if len(found) else found


def estimated(kept: Hashes, limit: int) -> int:
    """How many distinct values there were, of which these are the least hashes; exact below the limit."""
    if len(kept) < limit:
        return len(kept)
    return round((limit - 1) * 2.0**64 / float(kept[-1]))


@compiled
def _mix(words, into):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        into[i] = mixed(words[i] + np.uint64(0x9E3779B97F4A7C15))
