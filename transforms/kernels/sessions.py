"""When sessions begin: rows that follow each other without a gap."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled


@compiled
def begins(tile, starts, stamps, mask, gap, first, before, after):  # type: ignore[no-untyped-def]
    """Of each row i of whole keys: first[i], the position where the session of masked row before[i] begins.

    before[i] and after[i]: the nearest masked row up to i and from i on, -1 for none; no mask: all are masked.
    """
    for k in range(tile[0], tile[1]):
        last = np.int32(-1)
        begin = np.int32(-1)
        for i in range(starts[k], starts[k + 1]):
            if len(mask) == 0 or mask[i] != 0:
                if last < 0 or np.uint64(stamps[i]) - np.uint64(stamps[last]) > np.uint64(gap):
                    begin = np.int32(i)
                last = np.int32(i)
            first[i] = begin
            before[i] = last
        following = np.int32(-1)
        for j in range(starts[k + 1] - starts[k]):
            i = starts[k + 1] - 1 - j
            if len(mask) == 0 or mask[i] != 0:
                following = np.int32(i)
            after[i] = following


@compiled
def session_starts(tile, stamps, first, before, after, lo, hi, table, found_at, valid_at):  # type: ignore[no-untyped-def]
    """The time at which the session of the newest row of each window begins, at table[found_at + w, q].

    At valid_at + w whether there is a row.
    """
    for w in range(lo.shape[0]):
        for q in range(tile[4], tile[5]):
            a = np.int64(lo[w, q])
            b = np.int64(hi[q])
            inside = a < b and a <= before[b - 1]
            at = max(np.int64(first[b - 1]), np.int64(after[a])) if inside else np.int64(0)
            table[found_at + w, q] = stamps[at] if inside else 0
            table[valid_at + w, q] = 1 if inside else 0
