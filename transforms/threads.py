"""How many threads, and pieces of work on them."""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ropeway.transforms.errors import UsageError

#: rows for which a second thread is not worth its start, 0.1 ms
FEW = 1 << 15


def threads() -> int:
    """ROPEWAY_THREADS if it is set, else the number of cores that this process may use."""
    named = os.environ.get("ROPEWAY_THREADS")
    if named is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not named.isdigit() or int(named) < 1:
        raise UsageError(f"ROPEWAY_THREADS={named!r}: expected a whole number, 1 or more.")
    return int(named)


def each(work: Callable[[int], None], number: int, workers: int) -> None:
    """Call `work(i)` for each i below `number`, on up to `workers` threads, of which this is one.

    An error is raised once all threads have ended; they take up nothing more then. The kernels release the GIL; pieces
    write to different places, so that the result does not depend on who runs first.
    """
    if workers == 1 or number <= 1:
        for i in range(number):
            work(i)
        return
    waiting = deque(range(number))

    def take() -> None:
        try:
            while True:
                try:
                    i = waiting.popleft()
                except IndexError:
                    return
                work(i)
        except BaseException:
            waiting.clear()
            raise

    # threads take pieces by themselves: a future for each would cost as much as a small piece
    others = min(workers, number) - 1
    with ThreadPoolExecutor(others, thread_name_prefix="ropeway") as pool:
        done = [pool.submit(take) for _ in range(others)]
        take()
    for one in done:
        one.result()


def over_rows(work: Callable[[int, int, int], None], size: int, workers: int) -> None:
    """Call `work(i, first, last)` for as many ranges of rows as there are workers, numbered from 0."""
    parts = parts_of(size, workers)
    each(lambda i: work(i, size * i // parts, size * (i + 1) // parts), parts, workers)


def parts_of(size: int, workers: int) -> int:
    """How many ranges `over_rows` makes: fewer than there are workers for few rows, which are no work."""
    return max(1, min(workers, size // FEW))
