"""`training_frame`: rows with their features and what a model is to learn of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ropeway.batch.backfill import backfill
from ropeway.batch.target import Features
from ropeway.connectors.base import Mode
from ropeway.features.labels import LabelView
from ropeway.features.service import FeatureService
from ropeway.features.view import as_views
from ropeway.transforms.errors import DeclarationError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Labels = LabelView | Sequence[LabelView]


def training_frame(
    entity_df: Any,
    service: Features,
    labels: Labels,
    *,
    to: str | None = None,
    mode: Mode = "error",
    run_id: str | None = None,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    spark: SparkSession | None = None,
    progress: bool | None = None,
    memory_limit: int | str | None = None,
) -> Any:
    """`entity_df` with the features of each row as of its time and with what happened after, or what was written.

    It is `backfill` of one service: the features, then the labels, then the service's derived columns. All arguments
    but `labels` are those of `backfill`, as is what is returned and what raises.

    labels: a `LabelView`, or a list of them. A label whose time is not over when its source ends is null: drop such
        rows before a model is fitted.

    Gives a `LeakageWarning` for a feature whose window holds the row's very instant, with which the label's begins;
    `check_leakage` looks for more. Raises `DeclarationError` for labels that are none, or that the service has already.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({
    ...     "tail": ["N1", "N1", "N1"],
    ...     "at": pd.to_datetime(["2013-01-01 08:00", "2013-01-02 08:00", "2013-01-04 08:00"]),
    ...     "delay": [5.0, 50.0, 20.0],
    ... })
    >>> source, tail = rw.Source("flights", flights, "at"), rw.Entity("tail")
    >>> plane = rw.FeatureView("plane", tail, source, [rw.last("delay")])
    >>> later = rw.LabelView("later", tail, source, [rw.max("delay").ahead("2d")])
    >>> rows = flights[["tail", "at"]]
    >>> rw.training_frame(rows, plane, later, timestamp="at")  # flights are known until the 4th: the last label is not
        tail                  at  plane__delay_last  later__delay_max_2d
    0     N1 2013-01-01 08:00:00                NaN                 50.0
    1     N1 2013-01-02 08:00:00                5.0                 50.0
    2     N1 2013-01-04 08:00:00               50.0                  NaN
    """
    return backfill(
        entity_df,
        with_labels(service, labels),
        to=to,
        mode=mode,
        run_id=run_id,
        timestamp=timestamp,
        timestamp_unit=timestamp_unit,
        spark=spark,
        progress=progress,
        memory_limit=memory_limit,
    )


def with_labels(service: Features, labels: Labels) -> FeatureService:
    """One service of the features and labels of `service`, then these labels, then what it derives."""
    views = as_views(service)
    chosen = [labels] if isinstance(labels, LabelView) else labels
    if not isinstance(chosen, list | tuple) or not chosen or not all(isinstance(one, LabelView) for one in chosen):
        raise DeclarationError(
            f"labels: expected a LabelView or a list of LabelViews, got {labels!r}. What is known at the time of a "
            f"row belongs into the service."
        )
    there = {output.name for view in views if isinstance(view, LabelView) for output in view.outputs()}
    for label in chosen:
        if repeated := [output.name for output in label.outputs() if output.name in there]:
            raise DeclarationError(
                f"labels: {repeated[0]!r} is among the labels of the service already: leave the view {label.name!r} "
                f"out of one of the two."
            )
    if not isinstance(service, FeatureService):
        return FeatureService("training", [*views, *chosen])
    return FeatureService(
        service.name,
        [*views, *chosen],
        derived=service.derived,
        transform=service.transform,
        description=service.description,
        owner=service.owner,
        tags=service.tags,
    )
