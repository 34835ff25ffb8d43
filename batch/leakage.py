"""`check_leakage`: whether features use what was not known yet, or tell a label too well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ropeway.batch import separation
from ropeway.batch.backfill import backfill
from ropeway.batch.cuts import Known, loaded, over
from ropeway.batch.pins import newest, pinned
from ropeway.batch.plan import plan
from ropeway.batch.separation import Classes
from ropeway.batch.target import Features
from ropeway.batch.training import Labels, with_labels
from ropeway.connectors.frames import is_spark
from ropeway.connectors.table import Table, open_table
from ropeway.features.instants import Instants
from ropeway.features.labels import LabelView
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView
from ropeway.transforms import instants
from ropeway.transforms.columns import Ints
from ropeway.transforms.errors import DeclarationError, UsageError
from ropeway.transforms.expressions import Expression
from ropeway.transforms.sampling import some_rows
from ropeway.transforms.windows import is_positive

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: its multiples are spread evenly, and unlike those of the golden ratio, by which rows are chosen
_SHIFT = 0.7548776662466927


@dataclass(frozen=True)
class Difference:
    """A feature of one row, as `backfill` gives it and from only what was known before the row's time.

    row: its number, from 0; of rows that Spark reads, in the order of time and keys. asked: its time and keys.
    """

    row: int
    asked: Mapping[str, Any]
    feature: str
    value: Any
    known_before: Any

    def __str__(self) -> str:
        asked = ", ".join(f"{name} {value}" for name, value in self.asked.items())
        return f"row {self.row} ({asked}) has {self.value!r}, and {self.known_before!r} from what was known before"


@dataclass(frozen=True)
class Suspicion:
    """A feature that tells a label by itself: `auc` over `rows`; `positive` says which labels it tells from others."""

    feature: str
    label: str
    positive: str
    auc: float
    rows: int

    def __str__(self) -> str:
        return f"alone tells whether {self.label} {self.positive}: AUC {self.auc:.3f} over {_many(self.rows, 'row')}"


@dataclass(frozen=True, repr=False)
class LeakageReport:
    """What `check_leakage` found: `differences` by row, then feature, and `suspicious` features, the worst first.

    >>> LeakageReport((), (), rows_checked=200)
    no leakage found: 200 rows checked
    """

    differences: tuple[Difference, ...]
    suspicious: tuple[Suspicion, ...]
    rows_checked: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.differences and not self.suspicious

    def __repr__(self) -> str:
        checked = f"{_many(self.rows_checked, 'row')} checked"
        if self.ok:
            return f"no leakage found: {checked}"
        by_feature: dict[str, list[Difference]] = {}
        for one in self.differences:
            by_feature.setdefault(one.feature, []).append(one)
        lines = [f"leakage: {checked}"]
        for feature, some in by_feature.items():
            lines.append(f"  {feature} uses what was not known in {_many(len(some), 'row')}, such as: {some[0]}")
        return "\n".join([*lines, *(f"  {one.feature} {one}" for one in self.suspicious)])


def check_leakage(
    entity_df: Any,
    service: Features,
    labels: Labels,
    *,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    sample: int = 200,
    seed: int = 0,
    auc: float = 0.98,
    spark: SparkSession | None = None,
) -> LeakageReport:
    """What of a training set smells of the future: features that use it, and features that tell a label too well.

    About `sample` rows, spread evenly over all (`seed` chooses others), get their features once more, from sources cut
    at the row's time t: rows with timestamp and available_at before t, at each step of a chain; static tables whole.
    Features that differ in one bit are `differences`: most often a window that is closed right. What was written into
    a source later than its times say is in no difference. So each feature that is a number or a boolean is held
    against each label, over all rows that have one; `suspicious` are those whose AUC, or 1 less that, is above `auc`.

    A label counts as true or false: a boolean, or 0 and 1, as it is, else whether it is above 0, or above the median
    if that does not part the rows; labels of other types are left out. A null feature is lower than all others.

    entity_df, service, labels, timestamp, timestamp_unit: as for `training_frame`, without a range of instants.
    spark: features and labels are computed on Spark, as they are for rows that are a Spark frame.

    Costs a backfill of all rows, whose keys, times and features come into memory here, as do, once, the columns that
    are used of the sources of features; then for each distinct time of the sample a backfill on this machine over the
    rows before it: in all up to `sample` passes over each source. Raises nothing for what it finds.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({
    ...     "tail": ["N1"] * 4,
    ...     "at": pd.to_datetime(["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04"]),
    ...     "delay": [5.0, -3.0, 20.0, 0.0],
    ... })
    >>> source, tail = rw.Source("flights", flights, "at"), rw.Entity("tail")
    >>> later = rw.LabelView("later", tail, source, [rw.max("delay").ahead("1h")])
    >>> plane = rw.FeatureView("plane", tail, source, [rw.last("delay").over("1d", closed="both")])
    >>> rw.check_leakage(flights[["tail", "at"]], plane, later, timestamp="at")
    leakage: 4 rows checked
      plane__delay_last_1d uses what was not known in 4 rows, such as: row 0 (at 2013-01-01 00:00:00, tail N1) has 5.0,
        and None from what was known before
      plane__delay_last_1d alone tells whether later__delay_max_1h > 0: AUC 1.000 over 3 rows
    >>> plane = rw.FeatureView("plane", tail, source, [rw.last("delay").over("1d")])
    >>> rw.check_leakage(flights[["tail", "at"]], plane, later, timestamp="at", auc=0.99).differences
    ()
    """
    _check(sample, seed, auc)
    if isinstance(entity_df, Instants):
        raise UsageError("check_leakage() is about rows: pass a frame or an address, and not a range of instants.")
    asked = with_labels(service, labels)
    if is_spark(entity_df):
        spark = spark or entity_df.sparkSession
    table = open_table(entity_df, spark=spark)
    plan(
        table.schema(), asked.views, timestamp=timestamp, timestamp_unit=timestamp_unit, spark=spark,
        derived=asked.derived,
    )  # fmt: skip
    views = pinned(asked.views, newest(asked.views, spark))
    told = [view for view in views if isinstance(view, LabelView)]
    features = _Features(asked, [view for view in views if not isinstance(view, LabelView)])
    if spark is not None and not isinstance(entity_df, str) and not is_spark(entity_df):
        table = open_table(entity_df)  # which keeps its order
    rows = _rows(table, asked, timestamp)
    tables = loaded(features.views if spark is not None else views, spark)
    compute = partial(backfill, timestamp=timestamp, timestamp_unit=timestamp_unit, progress=False)
    if spark is not None:
        answered = compute(rows, features.service(features.views), spark=spark).select(features.names)
        known = compute(rows, told, spark=spark)
    else:
        answered = compute(rows, features.service(over(features.views, tables))).select(features.names)
        known = compute(rows, over(told, tables))
    times = instants.micros(rows.column(timestamp), instants.checked_unit(timestamp_unit), f"column {timestamp!r}")
    chosen = _chosen(len(rows), sample, seed)
    sources = {source: Known.of(source, tables[source]) for view in features.views for source in view.source.sources}
    found: list[Difference] = []
    for t, some in groupby(sorted(chosen.tolist(), key=lambda row: int(times[row])), key=lambda row: int(times[row])):
        numbers = list(some)
        cut = {source: one.before(t) for source, one in sources.items()}
        again = compute(rows.take(numbers), features.service(over(features.views, cut)))
        found += _differences(rows, numbers, features.names, answered.take(numbers), again)
    places = {name: at for at, name in enumerate(features.names)}
    found.sort(key=lambda one: (one.row, places[one.feature]))
    label_names = [output.name for view in told for output in view.outputs()]
    suspicious = _suspicious(answered, known.select(label_names), auc)
    return LeakageReport(tuple(found), tuple(suspicious), len(chosen))


class _Features:
    """What of a service is known at the time of a row: no labels, and no derived column that reads one."""

    def __init__(self, asked: FeatureService, views: list[FeatureView]) -> None:
        if not views:
            raise DeclarationError(f"service {asked.name!r} has labels only: there is no feature to check.")
        self.views = views
        self._name = asked.name
        names = [output.name for view in views for output in view.outputs()]
        self._derived: dict[str, Expression] = {}
        for name, expression in asked.derived.items():
            if set(expression.columns()) <= {*names, *self._derived}:
                self._derived[name] = expression
        self.names = [*names, *self._derived]

    def service(self, views: list[FeatureView]) -> FeatureService:
        """The same over other sources."""
        return FeatureService(self._name, views, derived=self._derived)


def _check(sample: object, seed: object, auc: object) -> None:
    if not is_positive(sample):
        raise UsageError(f"sample={sample!r}: expected how many rows are computed once more, 1 or more.")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise UsageError(f"seed={seed!r}: expected a whole number.")
    if not isinstance(auc, int | float) or isinstance(auc, bool) or not 0.5 <= auc < 1:
        raise UsageError(f"auc={auc!r}: expected a number from 0.5, which tells nothing, to below 1, which tells all.")


def _rows(table: Table, asked: FeatureService, timestamp: str) -> pa.Table:
    """Times and keys of the rows, in memory; of a Spark frame, which has no order, in their own."""
    names = list(dict.fromkeys([timestamp, *(column for view in asked.views for column in view.join_keys.values())]))
    found = table.scan(names)
    if not is_spark(found):
        return found
    return found.toArrow().sort_by([(name, "ascending") for name in names])


def _chosen(size: int, sample: int, seed: int) -> Ints:
    """The numbers of the rows that are computed once more, in order."""
    if size == 0:
        return np.zeros(0, np.int64)
    return np.unique((some_rows(size, sample) + int(seed * _SHIFT % 1 * size)) % size)


def _differences(
    rows: pa.Table, numbers: list[int], names: list[str], answered: pa.Table, again: pa.Table
) -> list[Difference]:
    found = []
    asked = rows.take(numbers).to_pylist()
    for name in names:
        pairs = zip(answered.column(name).to_pylist(), again.column(name).to_pylist(), strict=True)
        found += [
            Difference(number, row, name, value, before)
            for number, row, (value, before) in zip(numbers, asked, pairs, strict=True)
            if not _same(value, before)
        ]
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the bit: NaN is NaN, and -0.0 is not 0.0."""
    if isinstance(one, float) and isinstance(other, float):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or (one == other and math.copysign(1, one) == math.copysign(1, other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _suspicious(features: pa.Table, labels: pa.Table, above: float) -> list[Suspicion]:
    found = []
    for label in labels.column_names:
        classes = Classes.of(labels.column(label))
        if classes is None:
            continue
        for feature in features.column_names:
            area = separation.auc(features.column(feature), classes)
            if area is not None and area > above:
                found.append(Suspicion(feature, label, classes.meaning, area, len(classes.positive)))
    return sorted(found, key=lambda one: -one.auc)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
