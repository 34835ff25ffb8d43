"""`Stats`: what is known of the columns of a frame, and how it shows itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ropeway.transforms.errors import SchemaError

Kind = Literal["number", "category", "text", "time", "other"]

#: the quantiles that are shown
SHARES = (0.01, 0.25, 0.5, 0.75, 0.99)


@dataclass(frozen=True)
class ColumnStats:
    """What is known of one column; None where it makes no sense for its type.

    kind: number; category (booleans and dates); text; time (instants, times of day, durations); other. nans: of floats,
    which are no nulls; both are missing. distinct: of the values that are there, exact unless `is_about`. error: how
    far quantiles may be off, relative to themselves. std is that of a sample (ddof 1), as in pandas. Moments,
    quantiles and the histogram are of finite values. top: the most frequent values with their counts;
    `top_at_most`: in how many rows a value can be that is not among them, if they may not be all of the top. lengths:
    the least, the mean and the greatest, of text in characters. correlation: with the label, by `measure`.
    """

    name: str
    type: str
    kind: Kind
    rows: int
    nulls: int
    nans: int = 0
    distinct: int | None = None
    is_about: bool = False
    mean: float | None = None
    std: float | None = None
    skew: float | None = None
    minimum: float | None = None
    quantiles: tuple[float, ...] | None = None
    maximum: float | None = None
    error: float = 0.0
    zeros: int | None = None
    negative: int | None = None
    infinite: int | None = None
    edges: tuple[float, ...] | None = None
    counts: tuple[int, ...] | None = None
    top: tuple[tuple[Any, int], ...] | None = None
    top_at_most: int | None = None
    lengths: tuple[int, float, int] | None = None
    first: str | None = None
    last: str | None = None
    correlation: float | None = None
    measure: Literal["pearson", "correlation ratio", "Cramer's V"] | None = None

    @property
    def missing(self) -> int:
        """Rows without a value: nulls and NaN."""
        return self.nulls + self.nans

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON knows it: what is not known is left out, and so is what is not finite."""
        made = {name: _plain(value) for name, value in asdict(self).items() if value is not None}
        if self.quantiles is not None:
            made["quantiles"] = {
                f"{share:.0%}": _plain(value) for share, value in zip(SHARES, self.quantiles, strict=True)
            }
        if self.top is not None:
            made["top"] = [{"value": _plain(value), "count": count} for value, count in self.top]
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | str) or value is None else str(value)


@dataclass(frozen=True, eq=False)
class Stats:
    """What `show_stats` found: `stats["delay"].mean`, `stats.to_frame()`; notebooks show a table with histograms.

    columns: by name, in the order of the frame. y: the name of the label, if there was one.

    >>> import pandas as pd, ropeway as rw
    >>> stats = rw.show_stats(pd.DataFrame({"delay": [1.0, None, 5.0], "to": ["JFK", "EWR", "JFK"]}))
    >>> stats["delay"].mean, stats["delay"].nans, stats["to"].top
    (3.0, 1, (('JFK', 2), ('EWR', 1)))
    """

    rows: int
    columns: Mapping[str, ColumnStats]
    y: str | None = None
    matrix: tuple[tuple[str, ...], tuple[tuple[float, ...], ...]] = ((), ())

    def __getitem__(self, column: str) -> ColumnStats:
        if column not in self.columns:
            raise SchemaError(f"these statistics are of {', '.join(self.columns)}, not of {column!r}.")
        return self.columns[column]

    @property
    def correlations(self) -> pd.DataFrame:
        """Pearson's correlation of each two numeric columns, over the rows in which both are finite.

        Empty of more than 50 columns.
        """
        names, values = self.matrix
        return pd.DataFrame([list(row) for row in values], index=list(names), columns=list(names), dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """One row per column; quantiles stand in columns 1%, 25% and so on."""
        rows = []
        for one in self.columns.values():
            row = {name: value for name, value in asdict(one).items() if name not in ("quantiles", "edges", "counts")}
            row["missing"] = one.missing / one.rows if one.rows else math.nan
            row |= dict(zip([f"{share:.0%}" for share in SHARES], one.quantiles or [None] * len(SHARES), strict=True))
            row["histogram"] = sparkline(one)
            rows.append(row)
        return pd.DataFrame(rows).set_index("name")

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON knows it."""
        names, values = self.matrix
        return {
            "rows": self.rows,
            "y": self.y,
            "columns": {name: one.to_dict() for name, one in self.columns.items()},
            "correlations": {"names": list(names), "values": _plain(values)},
        }

    def __repr__(self) -> str:
        from ropeway.batch.stats_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from ropeway.batch.stats_html import as_html

        return as_html(self)


def sparkline(column: ColumnStats) -> str:
    """The histogram as a character for each bin, at least one step high where there is a value."""
    if not column.counts:
        return ""
    most = max(column.counts)
    return "".join("▁▂▃▄▅▆▇█"[-(-7 * count // most)] for count in column.counts) if most else ""
