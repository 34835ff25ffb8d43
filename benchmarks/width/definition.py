"""The wide features, declared once for both engines of ropeway."""

from collections.abc import Sequence
from typing import Any

import ropeway as rw
from benchmarks.tables import Data
from benchmarks.width.features import PARTS, Part, Wish, chosen, folder

_AGGREGATES = {
    "sum": rw.sum,
    "mean": rw.mean,
    "min": rw.min,
    "max": rw.max,
    "std": rw.std,
    "first": rw.first,
    "last": rw.last,
}


def views(data: Data, parts: Sequence[str] = PARTS) -> list[rw.FeatureView]:
    """A view for each part; parts of one table share its source."""
    made = chosen(parts)
    sources = {part.source: _source(part, data) for part in made}
    return [
        rw.FeatureView(
            part.name,
            rw.Entity("_".join(part.keys), list(part.keys)),
            sources[part.source],
            [_feature(wish) for wish in part.wishes],
        )
        for part in made
    ]


def backfill(data: Data, parts: Sequence[str], **options: Any) -> Any:
    """The features of those parts for all queries, by the engine that `options` of `ropeway.backfill` say."""
    rows = f"parquet:{folder(data, 'queries')}"
    return rw.backfill(rows, views(data, parts), timestamp="time", progress=False, **options)


def _source(part: Part, data: Data) -> rw.Source:
    table = f"parquet:{folder(data, part.source)}"
    if not part.timed:
        return rw.Source(part.source, table, None)
    known = "known" if part.late else None
    return rw.Source(part.source, table, "time", available_at=known, tiebreak=["seq"])


def _feature(wish: Wish) -> Any:
    made = rw.count() if wish.column is None else _AGGREGATES[wish.aggregate](wish.column)
    if wish.only is not None:
        made = made.where(wish.only.of(rw.col(wish.only.column)))
    if wish.windows:
        made = made.over(*wish.windows)
    return made.alias(wish.alias)
