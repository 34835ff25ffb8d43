"""How many threads, and work over ranges of keys on them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ropeway.transforms.errors import UsageError


def threads() -> int:
    """ROPEWAY_THREADS if it is set, else the number of cores that this process may use."""
    named = os.environ.get("ROPEWAY_THREADS")
    if named is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not named.isdigit() or int(named) < 1:
        raise UsageError(f"ROPEWAY_THREADS={named!r}: expected a whole number, 1 or more.")
    return int(named)


def over_ranges(work: Callable[[int, int], None], cuts: npt.NDArray[np.int64], workers: int) -> None:
    """Call `work(first, last)` for each range between neighbouring cuts, on up to `workers` threads.

    The first error is raised once all have ended. The kernels release the GIL; ranges write to different places, so
    that the result does not depend on who runs first.
    """
    ranges = [(int(a), int(b)) for a, b in pairwise(cuts) if a < b]
    if workers == 1 or len(ranges) <= 1:
        for first, last in ranges:
            work(first, last)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="ropeway") as pool:
        for done in [pool.submit(work, first, last) for first, last in ranges]:
            done.result()


def cuts_by_weight(starts: npt.NDArray[np.int64], pieces: int) -> npt.NDArray[np.int64]:
    """Cuts between keys such that each range holds about the same number of rows; starts is int64[keys + 1]."""
    keys = len(starts) - 1
    wanted = np.linspace(0, starts[-1], max(1, min(pieces, keys)) + 1)
    cuts = np.searchsorted(starts, wanted[1:-1], side="left")
    return np.unique(np.concatenate([[0], cuts, [keys]])).astype(np.int64)
