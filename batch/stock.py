"""The rows of a table where they are, read some at a time: row groups of files, or slices of what is in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ropeway.batch import memory
from ropeway.batch.memory import Budget, shown, width_of, width_of_types
from ropeway.connectors.pieces import Bounds, Piece, cut, grouped, together
from ropeway.connectors.table import FrameTable, Table
from ropeway.transforms.errors import UsageError

T = TypeVar("T")
_log = logging.getLogger("ropeway")
#: rows of a piece from which the width of strings and lists is judged
_SAMPLE = 10_000


class Stock:
    """Some columns of a table, in its order. Read again and again, it gives the same tables of the same rows.

    `starts` numbers the first row of each table that `read` gives, with the number of all rows at its end. `width` is
    about how many bytes a row has.
    """

    schema: pa.Schema

    def __init__(
        self,
        table: Table,
        columns: Sequence[str],
        budget: Budget,
        *,
        bounds: Sequence[Bounds] = (),
        beside: float = 0.0,
    ) -> None:
        """`bounds`: rows outside of them may be left out. `beside`: bytes that will be held with each row read."""
        self._columns = list(columns)
        self._units: list[list[Piece]] = []
        self._held: pa.Table | None = None
        pieces = table.pieces(columns)
        if pieces is None:
            self._held = table.scan(columns)
            if not isinstance(table, FrameTable):
                _log.warning("memory_limit: %s can't be read in pieces, so all its rows are held in memory", table)
            self.schema = self._held.schema
            self.width = width_of(self._held)
            most = _most(budget, self.width + beside)
            sizes = [len(self._held)]
        else:
            self.schema = pieces[0].wanted
            self.width = _width(pieces)
            most = _most(budget, self.width + beside)
            self._units = grouped(cut(pieces, bounds, most), most)
            sizes = [sum(piece.rows for piece in unit) for unit in self._units]
            self._check(table, max(sizes, default=0), budget)
        self._cuts = [[*range(0, size, most), size] for size in sizes]
        self.starts = np.cumsum([0, *(b - a for cuts in self._cuts for a, b in pairwise(cuts))], dtype=np.int64)
        self._one_ahead = max(sizes, default=0) <= most

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.starts[-1])

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows, or some of their columns, table by table."""
        units = self._read(self._columns if columns is None else list(columns))
        for cuts, unit in zip(self._cuts, _ahead(units) if self._one_ahead else units, strict=True):
            for begin, end in pairwise(cuts):
                yield unit.slice(begin, end - begin)

    def whole(self) -> pa.Table:
        """All rows at once."""
        if self._held is not None:
            return self._held
        pieces = [piece for unit in self._units for piece in unit]
        return together(pieces) if pieces else self.schema.empty_table()

    def _read(self, columns: list[str]) -> Iterator[pa.Table]:
        if self._held is not None:
            yield self._held.select(columns)
        for unit in self._units:
            yield together([piece.select(columns) for piece in unit])

    def _check(self, table: Table, rows: int, budget: Budget) -> None:
        """A row group is read as a whole: twice, as it is stored and as it becomes, beside what is cut from it."""
        need = 3 * rows * self.width
        if need > budget.free:
            raise UsageError(
                f"memory_limit: {table} has row groups of {rows:,} rows, about {shown(rows * self.width)} in these "
                f"columns, which are read one by one: pass a limit of at least "
                f"{shown(budget.limit - budget.free + need)}, or write the table with smaller row groups."
            )


def _most(budget: Budget, width: float) -> int:
    return max(1, min(memory.BLOCK_ROWS, int(budget.piece / width)))


def _width(pieces: Sequence[Piece]) -> float:
    """From the types; where they don't tell, from some rows of the first, the middle and the last piece."""
    known = width_of_types(pieces[0].wanted.types)
    if known is not None:
        return known
    return max(width_of(pieces[at].sample(_SAMPLE)) for at in {0, len(pieces) // 2, len(pieces) - 1})


def _ahead(tables: Iterator[T]) -> Iterator[T]:
    """The same, where the next one is made while one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="ropeway-read") as pool:
        waiting = pool.submit(next, tables, None)
        while (found := waiting.result()) is not None:
            waiting = pool.submit(next, tables, None)
            yield found
