"""Tables that are written part by part: what a log says of them, and rows that wait for their commit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ropeway.connectors.commits import Commit, Written

if TYPE_CHECKING:
    from ropeway.connectors.address import Address

#: the values of a partition's columns, as the log writes them
Partition = Mapping[str, str | None]


@dataclass(frozen=True)
class Entry:
    """One commit of a table: `commit` is what ropeway wrote beside it, None if others made it.

    changed: the partitions to which rows were added or from which some were taken. removes: whether rows were taken,
    by whatever but a tidying that leaves all rows as they are. paths: the files that it names.
    """

    version: int | None
    commit: Commit | None
    rows: int | None = None
    changed: tuple[Partition, ...] = ()
    removes: bool = False
    paths: frozenset[str] = frozenset()
    transactions: Mapping[str, int] = field(default_factory=dict)

    def values(self, column: str) -> frozenset[str | None]:
        """The values of one column among the partitions that it changed."""
        return frozenset(one.get(column) for one in self.changed)


@dataclass(frozen=True)
class Replacement:
    """Which partitions of a table new rows take the place of: those of `column` with one of `values`.

    transaction: the name and the number of an application transaction; of two with the same, one is committed.
    """

    column: str
    values: tuple[str, ...]
    transaction: tuple[str, int]


class Staged(ABC):
    """Rows that stand ready, and are in the table once `commit` says so.

    `rows` says how many they are; None where they are not computed before the commit.
    """

    rows: int | None = None

    @abstractmethod
    def commit(self, base: int, replaced: Replacement, commit: Commit) -> Written | None:
        """Put them in place of what was there at version `base`; None if another writer was faster.

        Then nothing is written, and it can be tried again upon a newer version.
        """

    @abstractmethod
    def close(self) -> None:
        """Take away whatever was made for a commit that has not come."""


class Presence:
    """That a process is at work on a table. This one is of places where nobody can tell, and tidies nothing."""

    def tidy(self, address: Address, entries: Sequence[Entry], column: str) -> list[str]:
        """Take away what ended processes left in the partitions by this column; says which files.

        `entries` are all commits of the table, oldest first.
        """
        return []


@contextmanager
def unseen() -> Iterator[Presence]:
    """The presence of a process where there are no locks."""
    yield Presence()
