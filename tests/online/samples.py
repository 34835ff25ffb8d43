"""Flights, and views of every kind of feature over them."""

import numpy as np
import pandas as pd
import pyarrow as pa

import ropeway as rw
from ropeway import transforms as T

DAY = pd.Timestamp("2013-01-01")
SIZE = 400
PLANES = 25


def flights(seed: int = 7) -> pa.Table:
    random = np.random.default_rng(seed)
    at = DAY + pd.to_timedelta(random.integers(0, 40 * 24 * 60, SIZE), "min")
    words = np.array(["JFK", "LGA", "EWR", "Ünï", None], object)
    delay = random.normal(size=SIZE).round(3)
    delay[random.random(SIZE) < 0.1] = np.nan
    delay[:2] = np.inf, -np.inf
    frame = pd.DataFrame({
        "tail": np.array([f"N{one}" for one in random.integers(0, PLANES, SIZE)], object),
        "number": random.integers(-3, 9, SIZE), "at": at,
        "known": at + pd.to_timedelta(random.integers(0, 600, SIZE), "min"),
        "delay": delay, "to": words[random.integers(0, len(words), SIZE)], "late": delay > 0.5,
        "day": (at + pd.Timedelta("1d")).date,
    })  # fmt: skip
    return pa.Table.from_pandas(frame, preserve_index=False).append_column(
        "price", pa.array([f"{one / 100:.2f}" for one in random.integers(-999, 999, SIZE)]).cast(pa.decimal128(9, 2))
    )


def service(table: object = None, available_at: str | None = "known") -> rw.FeatureService:
    """Two roles of one view, a view of two keys, one of many types, and a static one."""
    source = rw.Source("flights", flights() if table is None else table, "at", available_at=available_at)
    plane = rw.FeatureView(
        "plane",
        rw.Entity("tail"),
        source,
        [
            rw.count().over("1h", "1d", "7d"), rw.mean("delay").over("1d", "30d"), rw.sum("number").over("7d"),
            rw.std("delay").over("7d"), rw.max("at").over("30d"), rw.last("to").over("7d"), rw.any("late").over("7d"),
            rw.count_distinct("to").over("7d"), rw.sum("price").over("7d"), rw.max("day").over("7d"),
        ],
    )  # fmt: skip
    more = rw.FeatureView(
        "more",
        rw.Entity("plane", join_keys=["tail", "number"]),
        source,
        [
            rw.count(), rw.last_n("delay", 3), rw.mean("delay").by("to").over("30d"), rw.histogram("to").over("30d"),
            rw.time_since_last(), rw.first("to"), rw.mean("delay").where(rw.col("delay") > 0).alias("up"),
            rw.count().over(calendar="month"), "to",
        ],
    )  # fmt: skip
    facts = pd.DataFrame({"tail": [f"N{one}" for one in range(0, PLANES, 2)], "seats": range(0, PLANES, 2)})
    partner = plane[["count_7d", "delay_mean_1d"]].with_name("partner")
    static = rw.FeatureView("facts", rw.Entity("tail"), rw.Source("planes", facts, None), ["seats"])
    return rw.FeatureService(
        "s",
        [
            plane, partner.with_join_key_map({"tail": "partner_tail"}), more, static,
        ],
    )  # fmt: skip


def rows() -> pa.Table:
    """Planes that are known and others, and keys that are missing."""
    tails = [*(f"N{one}" for one in range(PLANES)), "nobody", None]
    return pa.table({
        "tail": pa.array(tails), "partner_tail": pa.array(tails[::-1]),
        "number": pa.array([*(at % 12 - 3 for at in range(len(tails) - 1)), None], pa.int32()),
        "mine": pa.array(range(len(tails))),
    })  # fmt: skip


def backfilled(asked: rw.FeatureService, until: pd.Timestamp, given: pa.Table | None = None) -> pa.Table:
    """What a backfill says of the rows at an instant."""
    given = rows() if given is None else given
    times = pa.array([until.to_pydatetime()] * given.num_rows, pa.timestamp("us", "UTC"))
    return rw.backfill(given.append_column("event_timestamp", times), asked).select(list(asked.names))


def numeric() -> rw.FeatureService:
    """A service with derived columns and a fitted pipeline."""
    plain = service()
    derived = {
        "ratio": rw.col("plane__count_1d") / rw.col("plane__count_7d"),
        "more_than_once": rw.col("plane__count_7d") > 1,
    }
    whole = rw.FeatureService("d", plain.views, derived=derived)
    times = pa.array([(DAY + pd.Timedelta("20d")).to_pydatetime()] * rows().num_rows, pa.timestamp("us", "UTC"))
    known = rw.backfill(rows().append_column("event_timestamp", times), whole)
    p = rw.Pipeline("p")["plane__delay_mean_30d", "ratio"] >> [T.SimpleImputer(), T.StandardScaler()]
    p = p["plane__to_last_7d"] >> T.OneHotEncoder(handle_unknown="ignore")
    p = p["facts__seats"] >> T.Passthrough()
    return rw.FeatureService("t", plain.views, derived=derived, transform=p.fit(known))


def same(one: pa.Table, other: pa.Table) -> None:
    """Raise unless both are equal in names, types and every bit; a NaN is a NaN."""
    assert one.schema == other.schema
    for name in one.column_names:
        assert repr(one.column(name).to_pylist()) == repr(other.column(name).to_pylist()), name
