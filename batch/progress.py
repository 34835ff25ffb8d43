"""A progress bar for work that lasts, on a terminal and nowhere else."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

#: work that is over sooner shows nothing
PATIENCE_S = 2.0


class Progress:
    """Shows a bar if `wanted`; None: if standard error is a terminal.

    >>> list(Progress(False).over([1, 2], str))
    [1, 2]
    """

    def __init__(self, wanted: bool | None = None) -> None:
        self.shown = sys.stderr.isatty() if wanted is None else wanted

    def over(self, items: Sequence[Item], label: Callable[[Item], str]) -> Iterator[Item]:
        """The items themselves, one step of the bar each, with the label of the one at work."""
        with tqdm(total=len(items), unit="pass", delay=PATIENCE_S, disable=not self.shown, leave=False) as bar:
            for item in items:
                bar.set_description(label(item), refresh=False)
                yield item
                bar.update()
