"""How alike two texts are, as arrays of code points; and the least hashes of sets."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled


@compiled
def levenshtein(bounds, points, other_bounds, other_points, shared, out):  # type: ignore[no-untyped-def]
    """Of each pair how many characters are put in, left out or changed; as a share of likeness, if `shared`."""
    longest = 0
    for i in range(len(out)):
        longest = max(longest, other_bounds[i + 1] - other_bounds[i])
    row = np.empty(longest + 1, np.int64)
    for i in range(len(out)):
        a = points[bounds[i] : bounds[i + 1]]
        b = other_points[other_bounds[i] : other_bounds[i + 1]]
        for k in range(len(b) + 1):
            row[k] = k
        for j in range(len(a)):
            corner = row[0]
            row[0] = j + 1
            for k in range(len(b)):
                above = row[k + 1]
                least = corner + (0 if a[j] == b[k] else 1)
                least = min(least, above + 1)
                row[k + 1] = min(least, row[k] + 1)
                corner = above
        size = max(len(a), len(b))
        out[i] = row[len(b)]
        if shared:
            out[i] = 1.0 - out[i] / size if size > 0 else 1.0


@compiled
def jaro_winkler(bounds, points, other_bounds, other_points, weight, out):  # type: ignore[no-untyped-def]
    """The similarity of Jaro (1989) of each pair, raised by `weight` for each of the first four characters shared."""
    longest = 0
    for i in range(len(out)):
        longest = max(longest, bounds[i + 1] - bounds[i], other_bounds[i + 1] - other_bounds[i])
    taken = np.empty(longest, np.bool_)
    other_taken = np.empty(longest, np.bool_)
    for i in range(len(out)):
        a = points[bounds[i] : bounds[i + 1]]
        b = other_points[other_bounds[i] : other_bounds[i + 1]]
        if len(a) == 0 or len(b) == 0:
            out[i] = 1.0 if len(a) == len(b) else 0.0
            continue
        reach = max(max(len(a), len(b)) // 2 - 1, 0)
        taken[: len(a)] = False
        other_taken[: len(b)] = False
        same = 0
        for j in range(len(a)):
            for k in range(max(0, j - reach), min(len(b), j + reach + 1)):
                if not other_taken[k] and a[j] == b[k]:
                    taken[j] = True
                    other_taken[k] = True
                    same += 1
                    break
        if same == 0:
            out[i] = 0.0
            continue
        moved = 0
        k = 0
        for j in range(len(a)):
            if taken[j]:
                while not other_taken[k]:
                    k += 1
                if a[j] != b[k]:
                    moved += 1
                k += 1
        jaro = (same / len(a) + same / len(b) + (same - moved // 2) / same) / 3.0
        prefix = 0
        while prefix < min(4, len(a), len(b)) and a[prefix] == b[prefix]:
            prefix += 1
        out[i] = jaro + prefix * weight * (1.0 - jaro)


@compiled
def least_hashes(ends, hashes, seed, out):  # type: ignore[no-untyped-def]
    """out[k, i]: the least of the k-th hashes of hashes[ends[i]:ends[i + 1]], whole and below 2^53; else NaN."""
    for i in range(len(ends) - 1):
        for k in range(len(out)):
            least = np.uint64(0xFFFFFFFFFFFFFFFF)
            salt = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(k + 1) * np.uint64(0xC2B2AE3D27D4EB4F)
            for j in range(ends[i], ends[i + 1]):
                # the finaliser of MurmurHash3 for 64 bits, a bijection
                word = np.uint64(hashes[j]) + salt
                word = (word ^ (word >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
                word = (word ^ (word >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
                least = min(least, word ^ (word >> np.uint64(33)))
            out[k, i] = np.float64(least >> np.uint64(11)) if ends[i + 1] > ends[i] else np.nan
