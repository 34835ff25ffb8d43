"""Rising values with counts, put together."""

from ropeway.transforms.kernels.wide import compiled


@compiled
def merged(one, ones, other, others, values, counts):  # type: ignore[no-untyped-def]
    """How many rising values two lists of them have, and the values and their counts; each value once in a list."""
    i = 0
    j = 0
    size = 0
    while i < len(one) or j < len(other):
        first = j == len(other) or (i < len(one) and one[i] <= other[j])
        second = i == len(one) or (j < len(other) and other[j] <= one[i])
        values[size] = one[i] if first else other[j]
        counts[size] = (ones[i] if first else 0) + (others[j] if second else 0)
        i += 1 if first else 0
        j += 1 if second else 0
        size += 1
    return size
