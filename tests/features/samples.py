"""Declarations that the tests of this folder share."""

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa

import ropeway as rw

FLIGHTS = pa.schema(
    [
        ("tailnum", pa.string()),
        ("carrier", pa.dictionary(pa.int32(), pa.string())),
        ("flight", pa.int32()),
        ("departed_at", pa.timestamp("us")),
        ("known_at", pa.timestamp("us", "UTC")),
        ("arr_delay", pa.float32()),
        ("dep_delay", pa.float64()),
        ("distance", pa.int16()),
        ("fare", pa.decimal128(9, 2)),
        ("origin", pa.string()),
        ("dest", pa.large_string()),
        ("diverted", pa.bool_()),
        ("stops", pa.list_(pa.string())),
    ]
)


def flights(**options: object) -> rw.Source:
    """Where flights are, by address."""
    return rw.Source("flights", "delta:data/flights", "departed_at", **options)  # type: ignore[arg-type]


def rich_service() -> rw.FeatureService:
    """A service that uses everything there is to declare."""
    plane = rw.Entity("plane", join_keys=["tailnum"])
    route = rw.Entity("route", join_keys=["origin", "dest"])
    departures = rw.Source(
        "flights",
        "delta:data/flights@version=3",
        "departed_at",
        available_at="known_at",
        tiebreak=["flight", "carrier"],
        field_mapping={"tail_num": "tailnum", "arr delay": "arr_delay"},
        where=~rw.col("cancelled") & rw.col("fare").is_not_null(),
        description="departures of 2013",
        owner="ops",
        tags={"tier": "gold"},
    )
    epochs = rw.Source("clicks", "parquet:data/clicks", "at", timestamp_unit="ms")
    planes = rw.Source("planes", "sql:SELECT * FROM planes", None)
    history = rw.FeatureView(
        "plane_history",
        plane,
        departures,
        [
            rw.count().over("1d", "7d"),
            rw.count("dep_delay").over("90m", closed="both"),
            rw.mean("arr_delay").over("7d", timedelta(days=30), offset="1h"),
            rw.sum("arr_delay").where(rw.col("origin") == "JFK").over("30d").alias("jfk_delay"),
            rw.mean(rw.col("arr_delay") - rw.col("dep_delay")).over("7d", "28d").alias("made_up"),
            rw.sum(rw.col("fare") * Decimal("1.10")).alias("gross"),
            rw.var("dep_delay").over("500ms"),
            rw.std("dep_delay").over("1w"),
            rw.min("distance"),
            rw.max("distance"),
            rw.any(rw.col("arr_delay") > 15).over("1d").alias("late"),
            rw.all("diverted").over("1d"),
            rw.first("dest", skip_null=False).over("1d"),
            rw.last("dest"),
            "carrier",
        ],
        ttl=timedelta(days=365),
        closed="right",
        description="what a plane did",
        owner="ops",
        tags={"team": "features"},
    )
    traffic = rw.FeatureView("traffic", route, epochs, [rw.count().over("1h").where(rw.col("kind").isin(["a", "b"]))])
    model = rw.FeatureView("model", plane, planes, ["seats", rw.last("engines").alias("engine_count")])
    return rw.FeatureService(
        "delays",
        features=[
            history,
            history[["dest_last", "count_7d"]].with_name("partner").with_join_key_map({"tailnum": "partner_tailnum"}),
            traffic.with_join_key_map({"origin": "from"}),
            model,
        ],
        description="for the delay model",
        owner="ml",
        tags={"model": "delays"},
    )
