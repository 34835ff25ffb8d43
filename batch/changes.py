"""Rows that correct or delete earlier ones: from the changes of a table to its versions, each with the time it held.

Of the changes of one row each holds from when it was known until the next one was. So a version takes part in windows
from its `available_at` on, and leaves them at `UNTIL`; a deletion only ends the version before it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.connectors.spark_frames import mapped, numbered, quoted
from ropeway.connectors.table import Table
from ropeway.features.source import Source
from ropeway.transforms import instants, keys
from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.columns import Ints, column_of
from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.instants import Unit
from ropeway.transforms.passes.values import order_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: the column of the instant at which a version was superseded, in microseconds; null for none
UNTIL = "__ropeway_until"
_OPERATIONS = ("insert", "update", "delete")

_log = logging.getLogger("ropeway")


@dataclass(frozen=True)
class Changes:
    """What says which rows are versions of one; columns by the names that the table gives them. Pickled to executors.

    `kinds` are the types in which row keys compare.
    """

    source: str
    row_key: tuple[str, ...]
    kinds: tuple[pa.DataType, ...]
    op: str | None
    available_at: str
    unit: Unit | None
    tiebreak: tuple[str, ...]
    strict: bool

    @staticmethod
    def of(source: Source, schema: pa.Schema) -> Changes:
        """Of a source that has a row key, over a table of this schema. An `op` that is no text is a `SchemaError`."""
        assert source.available_at is not None
        if source.op is not None:
            kind = widened(schema.field(source.raw_names([source.op])[0]).type)
            if not (pa.types.is_string(kind) or pa.types.is_null(kind)):
                raise SchemaError(
                    f"op {source.op!r} of source {source.name!r} is of type {kind}: expected text, one of "
                    f"{', '.join(map(repr, _OPERATIONS))}."
                )
        row_key = source.raw_names(source.row_key)
        kinds = [
            keys.common_type(schema.field(name).type, schema.field(name).type, f"row_key of source {source.name!r}")
            for name in row_key
        ]
        return Changes(
            source.name,
            tuple(row_key),
            tuple(kinds),
            None if source.op is None else source.raw_names([source.op])[0],
            source.raw_names([source.available_at])[0],
            source.timestamp_unit,
            tuple(source.raw_names(source.tiebreak)),
            source.unseen == "error",
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that tell versions."""
        more = () if self.op is None else (self.op,)
        return (*self.row_key, *more, self.available_at, *self.tiebreak)

    def versions(self, changes: pa.Table) -> pa.Table:
        """The rows that are versions, in their order, with the column `UNTIL`; all changes of a row must be here.

        Raises `DataError` for a row key that is null, an operation that is none, and two changes of a row of which none
        comes first; deletions of rows that were never there are counted in the log, or raise as well.
        """
        codes = self._codes(changes)
        known = instants.micros(changes.column(self.available_at), self.unit, self._what("available_at"))
        ties = [rank for name in self.tiebreak for rank in order_of(column_of(changes.column(name)))]
        order = np.lexsort([*reversed(ties), known, codes])
        same_row = np.concatenate([[False], codes[order[1:]] == codes[order[:-1]]])[: len(order)]
        equal = same_row.copy()
        for one in (known, *ties):
            equal[1:] &= one[order[1:]] == one[order[:-1]]
        if equal.any():
            self._refuse_ties(changes, order, equal)
        deleted = self._deleted(changes)
        gone = deleted[order]
        # a deletion ends what is there: nothing before it, or another deletion, means that nothing is
        unseen = gone & ~(same_row & np.concatenate([[False], ~gone[:-1]])[: len(gone)])
        if unseen.any():
            self._say_unseen(changes, order[unseen])
        until = np.zeros(len(order), np.int64)
        held = np.ones(len(order), np.bool_)
        followed = np.concatenate([same_row[1:], [False]])[: len(order)]
        until[order[followed]] = known[order[np.flatnonzero(followed) + 1]]
        held[order[followed]] = False
        made = changes.append_column(UNTIL, pa.array(until, mask=held))
        return made.filter(pa.array(~deleted))

    def _what(self, column: str) -> str:
        return f"{column} of source {self.source!r}"

    def _codes(self, changes: pa.Table) -> Ints:
        own = [
            keys.normalised(changes.column(name), kind, self._what(f"row_key {name!r}"))
            for name, kind in zip(self.row_key, self.kinds, strict=True)
        ]
        codes: Ints = keys.encode(own, own).events.astype(np.int64)
        missing = np.flatnonzero(codes < 0)
        if len(missing):
            raise DataError(
                f"source {self.source!r}: row_key is null in {len(missing):,} rows here, such as row {missing[0]}, so "
                f"that what they change can't be known."
            )
        return codes

    def _deleted(self, changes: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
        if self.op is None:
            return np.zeros(len(changes), np.bool_)
        op = changes.column(self.op).cast(pa.string())
        known = pc.is_in(op, value_set=pa.array(_OPERATIONS))
        if not pc.all(known, min_count=0).as_py():
            other = op.filter(pc.invert(known))[0].as_py()
            raise DataError(
                f"source {self.source!r}: {self.op!r} is {other!r} in some row; expected one of "
                f"{', '.join(map(repr, _OPERATIONS))}."
            )
        found: np.ndarray[Any, np.dtype[np.bool_]] = pc.equal(op, "delete").to_numpy()
        return found

    def _refuse_ties(self, changes: pa.Table, order: Ints, equal: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        row = self._shown(changes, int(order[np.flatnonzero(equal)[0]]))
        raise DataError(
            f"source {self.source!r}: {int(equal.sum()):,} changes became known together with another one of the same "
            f"row, such as of {row}. Name a tiebreak that tells which of them came first."
        )

    def _say_unseen(self, changes: pa.Table, rows: Ints) -> None:
        text = (
            f"source {self.source!r}: {len(rows):,} deletions of rows that are not there, such as of "
            f"{self._shown(changes, int(rows[0]))}"
        )
        if self.strict:
            raise DataError(f"{text}. Add what is missing, or pass unseen='warn' to the source.")
        _log.warning("%s: they delete nothing", text)

    def _shown(self, changes: pa.Table, row: int) -> str:
        return ", ".join(f"{name}={changes.column(name)[row].as_py()!r}" for name in self.row_key)


@dataclass(frozen=True)
class Changing(Table):
    """The versions of the rows of a table of changes, which an engine computes when it reads."""

    base: Table
    changes: Changes

    def __str__(self) -> str:
        return f"{self.base}, changes"

    def schema(self) -> pa.Schema:
        """That of the changes, and `UNTIL`."""
        return self.base.schema().append(pa.field(UNTIL, pa.int64()))

    def rows(self) -> int | None:
        """As many as there are changes, at most."""
        return self.base.rows()

    def version(self) -> int | None:
        """That of the table."""
        return self.base.version()

    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """Only an engine can."""
        raise NotImplementedError(f"{self}: computed by an engine, and not read")

    def reads(self, columns: Sequence[str]) -> list[str]:
        """What is read of the table to give these columns."""
        return list(dict.fromkeys([*(name for name in columns if name != UNTIL), *self.changes.columns]))


def on_spark(changes: Changes, frame: DataFrame, columns: Sequence[str], schema: Any) -> DataFrame:
    """The versions of the rows of a frame: a shuffle by row key; `schema` is that of the columns."""

    names = list(frame.columns)

    def resolve(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = [one.rename_columns(names) for one in batches]
        if held:
            yield from changes.versions(pa.Table.from_batches(held)).select(list(columns)).to_batches()

    together = frame.repartition(*(quoted(name) for name in changes.row_key))
    return mapped(numbered(together), resolve, schema)
