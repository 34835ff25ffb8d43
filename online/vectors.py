"""What a lookup answers: features of some rows, as numbers, as Python's values, or as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors.online.bits import word_of
from ropeway.connectors.online.records import HEAD, Layout, column_of
from ropeway.transforms.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SIGN = 1 << 63


@dataclass(frozen=True)
class Slot:
    """Where a feature stands in the words of a row: its own word, and the word and bit that say whether it is there.

    record: the number of the record that it is of, and `column` its number there.
    """

    name: str
    kind: pa.DataType
    word: int
    valid_word: int
    valid_bit: int
    record: int
    column: int


@dataclass(frozen=True)
class Slots:
    """All features of a service, and the records that they are read from, in the order of their words."""

    slots: tuple[Slot, ...]
    layouts: tuple[Layout, ...]

    @classmethod
    def of(cls, layouts: Sequence[Layout], wanted: Sequence[tuple[str, int, int]]) -> Slots:
        """wanted: of each feature its name, its record, and its column there."""
        firsts = np.concatenate([[0], np.cumsum([layout.words for layout in layouts])])
        made = []
        for name, record, column in wanted:
            layout, first = layouts[record], int(firsts[record])
            made.append(
                Slot(
                    name, layout.schema.field(column).type, first + layout.first + column,
                    first + HEAD + column // 64, column % 64, record, column,
                )
            )  # fmt: skip
        return cls(tuple(made), tuple(layouts))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(slot.name for slot in self.slots)

    @cached_property
    def words(self) -> npt.NDArray[np.intp]:
        return np.array([slot.word for slot in self.slots], np.intp)

    @cached_property
    def valid_words(self) -> npt.NDArray[np.intp]:
        return np.array([slot.valid_word for slot in self.slots], np.intp)

    @cached_property
    def valid_bits(self) -> Words:
        return np.array([slot.valid_bit for slot in self.slots], np.int64)

    @cached_property
    def whole(self) -> npt.NDArray[np.intp]:
        """Those that are no floats."""
        return np.flatnonzero([not t.is_floating(slot.kind) for slot in self.slots])

    @cached_property
    def starts(self) -> npt.NDArray[np.intp]:
        """The first word of each record."""
        ends = np.cumsum([0, *(layout.words for layout in self.layouts)])
        return ends[:-1].astype(np.intp)

    @cached_property
    def schema(self) -> pa.Schema:
        """The features' names and types."""
        return pa.schema([(slot.name, slot.kind) for slot in self.slots])

    @cached_property
    def readers(self) -> tuple[Callable[[int], Any] | None, ...]:
        """How a word becomes a value of Python; None of floats and of what stands behind the words."""
        return tuple(
            None if t.is_floating(slot.kind) or not self.layouts[slot.record].fixed[slot.column]
            else word_of(slot.kind)[1]
            for slot in self.slots
        )  # fmt: skip


class Vectors(Sequence[Mapping[str, Any]]):
    """Features of some rows; as a sequence, a dict of plain Python values for each row.

    >>> import pandas as pd, ropeway as rw
    >>> table = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), [rw.mean("delay")])
    >>> store = rw.OnlineStore("lmdb:online")
    >>> rw.materialize(view, store, until="2013-02-01").entities
    1
    >>> found = rw.lookup(view, {"tail": ["N1", "N2"]}, store)
    >>> found.names, found.matrix.tolist(), found[0]
    (('plane__delay_mean',), [[5.0], [nan]], {'plane__delay_mean': 5.0})
    """

    def __init__(self, slots: Slots, words: Words, records: Sequence[bytes]) -> None:
        self._slots = slots
        self._words = words
        self._records = records

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features, in the order of the columns of a backfill."""
        return self._slots.names

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, at: Any) -> Any:
        return self.to_dicts()[at]

    def __repr__(self) -> str:
        return f"<{len(self):,} vectors of {len(self.names)} features>"

    @cached_property
    def mask(self) -> Mask:
        """bool[rows, features]: where a value is missing."""
        slots = self._slots
        missing: Mask = (self._words[:, slots.valid_words] >> slots.valid_bits) & 1 == 0
        return missing

    @cached_property
    def matrix(self) -> Floats:
        """float64[rows, features]: integers and booleans as floats, NaN for missing.

        Raises `UsageError` if some features are no numbers: text, times, lists.
        """
        slots = self._slots
        refuse_others(slots.schema)
        words = self._words[:, slots.words]
        made = words.view(np.float64)
        if len(slots.whole):
            made[:, slots.whole] = words[:, slots.whole]
        made[self.mask] = np.nan
        return made

    @property
    def ages(self) -> Floats:
        """float64[rows, features]: seconds from an entity's newest row to the instant as of which the feature holds.

        NaN where nothing is known of the entity.
        """
        slots = self._slots
        newest = self._words[:, slots.starts + 2].view(np.uint64)
        until = self._words[:, slots.starts + 3].view(np.uint64)
        made = (until - newest).astype(np.float64) / 1e6
        made[newest == 0] = np.nan
        return made[:, [slot.record for slot in slots.slots]]

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict of plain Python values for each row; None is missing."""
        return self._dicts

    @cached_property
    def _dicts(self) -> list[dict[str, Any]]:
        columns = [self._values(at) for at in range(len(self.names))]
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _values(self, at: int) -> list[Any]:
        slots = self._slots
        slot, read = slots.slots[at], slots.readers[at]
        words, missing = self._words[:, slot.word], self.mask[:, at]
        if read is not None:
            made = [read(word) for word in words.tolist()]
        elif t.is_floating(slot.kind):
            made = np.ascontiguousarray(words).view(np.float64).tolist()
        else:
            unpack, width = slots.layouts[slot.record].unpackers[slot.column], len(slots.layouts)
            made = [
                None if gone else unpack(self._records[row * width + slot.record], word >> 32)[0]
                for row, (word, gone) in enumerate(zip(words.tolist(), missing.tolist(), strict=True))
            ]
        if missing.any():
            made = [None if gone else value for value, gone in zip(made, missing.tolist(), strict=True)]
        return made

    def to_arrow(self) -> pa.Table:
        """The features as an Arrow table, in the types in which a backfill gives them."""
        arrays = []
        for at, slot in enumerate(self._slots.slots):
            if self._slots.layouts[slot.record].fixed[slot.column]:
                arrays.append(column_of(self._words[:, slot.word], ~self.mask[:, at], slot.kind))
            else:
                arrays.append(pa.array(self._values(at), slot.kind))
        return pa.table(arrays, names=list(self.names))

    def to_pandas(self) -> pd.DataFrame:
        """The features as a pandas frame; integers and booleans, which may be missing, are Int64 and boolean."""
        import pandas as pd

        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        made: pd.DataFrame = self.to_arrow().to_pandas(types_mapper=kinds.get)
        return made


def refuse_others(schema: pa.Schema) -> None:
    """Raise `UsageError` for columns that are no numbers."""
    others = [
        one.name for one in schema
        if not (t.is_integer(one.type) or t.is_floating(one.type) or t.is_boolean(one.type))
    ]  # fmt: skip
    if others:
        raise UsageError(
            f"{', '.join(others[:5])}: no numbers. Take to_dicts(), to_pandas() or to_arrow(), or give the service a "
            f"transform that encodes them."
        )
