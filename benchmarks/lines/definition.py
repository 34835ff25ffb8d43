"""The lines as ropeway declares them: a view each."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import ropeway as rw
from benchmarks.lines.data import gap
from benchmarks.lines.lines import LINES, Line
from benchmarks.tables import Data
from tests.oracle import Wanted


def backfill(data: Data, lines: Sequence[str], **options: Any) -> Any:
    """The features of those lines for all queries."""
    rows = f"parquet:{data.queries}"
    return rw.backfill(rows, views(data, lines), timestamp="time", progress=False, **options)


def views(data: Data, lines: Sequence[str]) -> list[rw.FeatureView]:
    """A view for each line."""
    sources = _sources(data)
    return [_view(LINES[name], sources[LINES[name].source], data) for name in lines]


def _sources(data: Data) -> dict[str, rw.Source]:
    events, changes = f"parquet:{data.events}", f"parquet:{data.folder}/changes"
    return {
        "events": rw.Source("events", events, "time"),
        "late": rw.Source("late", events, "time", available_at="known"),
        "changes": rw.Source(
            "changes", changes, "time", available_at="known", tiebreak=["seq"], row_key=["row"], op="op"
        ),
    }


def _view(line: Line, source: rw.Source, data: Data) -> rw.FeatureView:
    kind = rw.LabelView if any(wanted.ahead for wanted in line.wanted) else rw.FeatureView
    return kind(line.name, rw.Entity("key"), source, [_feature(wanted, data) for wanted in line.wanted])


def _feature(wanted: Wanted, data: Data) -> rw.Feature:
    columns = [column for column in (wanted.column, wanted.other) if column is not None]
    options: dict[str, Any] = {name: value for name, value in (("n", wanted.n), ("q", wanted.q)) if value is not None}
    if wanted.aggregate == "session_start":
        options["gap"] = timedelta(microseconds=gap(data))
    made: rw.Feature = getattr(rw, wanted.aggregate)(*columns, **options)
    made = made.explode() if wanted.explode else made
    made = made if wanted.by is None else made.by(wanted.by)
    return _over(made, wanted).alias(wanted.aggregate)


def _over(feature: rw.Feature, wanted: Wanted) -> rw.Feature:
    widths = [] if wanted.width is None else [timedelta(microseconds=wanted.width)]
    if wanted.ahead:
        return feature.ahead(*widths)
    calendar: Any = wanted.calendar
    return feature.over(*widths, rows=wanted.rows, calendar=calendar)
