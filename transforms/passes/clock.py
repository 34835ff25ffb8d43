"""Where the time goes: seconds and bytes by stage of a run, and the largest piece of its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: the stages of a pass on one machine
STAGES = ("read", "expressions", "encode", "sort", "sweep")


class Clock:
    """Adds up wall seconds and bytes by the name of a stage, and calls `ended` with the name when one ends.

    >>> clock = Clock()
    >>> with clock("read"):
    ...     clock.moved("read", 4096)
    >>> list(clock.seconds), clock.bytes
    (['read'], {'read': 4096})
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.bytes: dict[str, int] = {}
        self.tasks = 0
        self.slices = 0
        self.largest = 0
        self.ended: Callable[[str], object] = str

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun
            self.ended(stage)

    def moved(self, stage: str, size: int) -> None:
        """So many bytes were read, shuffled or written."""
        self.bytes[stage] = self.bytes.get(stage, 0) + size

    def swept(self, slices: int, largest: int) -> None:
        """A part was computed: so many of its pieces were slices of a large key; the largest piece has so many rows."""
        self.tasks += 1
        self.slices += slices
        self.largest = max(self.largest, largest)

    def __str__(self) -> str:
        return ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.seconds.items())
