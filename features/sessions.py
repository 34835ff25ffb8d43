"""`sessions`: the rows of a source with the time at which their session began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ropeway.features.aggregates import session_start
from ropeway.features.chain import AppliedSource
from ropeway.features.entity import Entity
from ropeway.features.mapping import FixedExpressions
from ropeway.features.names import checked_column, checked_columns
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms.expressions import col

_NAME = "sessions"


def sessions(
    source: Source, by: str | Sequence[str], *, gap: str | timedelta, name: str = "session_start"
) -> AppliedSource:
    """`source` with a column `name`: when the session of each row began.

    A row begins a new session of its key, which are the columns `by`, if it comes more than `gap` after the key's row
    before it. So a session is known by its key and its start. The column looks back only: a row that comes later
    changes no session that was seen before. Rows that the source's `where` leaves out belong to no session.

    The answer is a source like any other (see `FeatureService.applied_to`). Raises `DeclarationError` for a source with
    `available_at`, whose late rows could join sessions that were known as two.

    >>> import pandas as pd, ropeway as rw
    >>> clicks = pd.DataFrame({
    ...     "user": ["ann"] * 4,
    ...     "at": pd.to_datetime(["2024-01-01 10:00", "2024-01-01 10:20", "2024-01-01 10:51", "2024-01-01 11:00"]),
    ... })
    >>> clicks = rw.sessions(rw.Source("clicks", clicks, "at"), "user", gap="30m")
    >>> view = rw.FeatureView("user", rw.Entity("user"), clicks, [
    ...     rw.count_distinct("session_start").over("1d").alias("sessions"),
    ...     rw.count().by("session_start").over("1d").alias("clicks"),
    ... ])
    >>> rows = pd.DataFrame({"user": ["ann"], "event_timestamp": pd.to_datetime(["2024-01-01 12:00"])})
    >>> answer = rw.backfill(rows, view)
    >>> int(answer.user__sessions[0]), [clicks for _, clicks in answer.user__clicks[0]]
    (2, [2, 2])
    """
    keys = [checked_column(by, "sessions()")] if isinstance(by, str) else checked_columns(by, "by of sessions()")
    view_name = f"sessions_of_{checked_column(name, 'name of sessions()')}"
    start = session_start(gap=gap).alias("start")
    view = FeatureView(view_name, Entity(_NAME, keys), source, [start], closed="right")
    derived = FixedExpressions({name: col(f"{view_name}__start")})
    return AppliedSource(source, _NAME, (view,), derived, name=f"{source.name}_in_sessions")
