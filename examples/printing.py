"""What the examples print: titles, how long each step took, and lines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """A title, what the step says, and how long it took."""
    say(title, indent="")
    began = time.monotonic()
    yield
    say(f"{time.monotonic() - began:.1f} s\n")


def say(*lines: str, indent: str = "   ") -> None:
    """Print at once, also into a pipe."""
    for line in lines:
        print(f"{indent}{line}", flush=True)
