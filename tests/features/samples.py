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
        ("numbers", pa.list_(pa.float32(), 3)),
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


def new_service() -> rw.FeatureService:
    """A service that uses what was added after the first golden file was written."""
    plane = rw.Entity("plane", join_keys=["tailnum"])
    delays = rw.FeatureView(
        "delays",
        plane,
        flights(available_at="known_at", tiebreak=["flight"]),
        [
            rw.count_distinct("dest").over("7d"),
            rw.approx_count_distinct("flight").over("30d"),
            rw.approx_count_distinct("flight", precision=4).alias("some_flights"),
            rw.first_n("dest", 2).over("7d"),
            rw.last_n("dest", 3, skip_null=False).over(rows=10),
            rw.top_n("arr_delay", 3).over("7d", "30d", rows=100),
            rw.bottom_n("arr_delay", 3).over(calendar="month", tz="Europe/Berlin"),
            rw.mode("dest").over(calendar="week"),
            rw.mode_share("dest").over(calendar="day", rows=3, closed="both"),
            rw.histogram("dest").over("7d"),
            rw.histogram("origin", 2).over("7d"),
            rw.median("arr_delay").over(*rw.windows("1d", times=3)),
            rw.quantile("arr_delay", 0.9).over(*rw.windows("1w", times=4)[1:], "7d", closed="neither", offset="1h"),
            rw.skew("arr_delay").over(*rw.windows("1d", times=2), rows=5),
            rw.kurtosis("arr_delay").over("90d"),
            rw.time_since_first("arr_delay").where(rw.col("arr_delay") > 60),
            rw.time_since_last().over("365d"),
            rw.trend("arr_delay").over("30d"),
            rw.correlation("dep_delay", "arr_delay").over("30d"),
            rw.weighted_mean(rw.col("arr_delay") * 2, "distance").over("30d").alias("weighted"),
            rw.vector_sum("numbers"),
            rw.vector_mean("numbers").over("7d"),
            rw.vector_max("numbers").over("7d"),
            rw.entropy("dest").over("30d"),
            rw.longest_streak(rw.col("arr_delay") > 15).over("30d").alias("late_in_a_row"),
            rw.sum("arr_delay").by("dest").over("7d", "30d"),
            rw.count().by("carrier").alias("carriers"),
            rw.correlation("dep_delay", "arr_delay").by("origin"),
            rw.count_distinct("stops").explode().over("7d"),
            rw.count("stops").explode().by("origin").over(*rw.windows("1d", times=2)),
        ],
    )
    later = rw.LabelView(
        "later",
        plane,
        flights(available_at="known_at"),
        [
            rw.max("arr_delay").ahead("1d", "7d"),
            rw.any(rw.col("arr_delay") > 60).ahead("1d").where(rw.col("diverted")).alias("late"),
        ],
        complete_until="2014-01-01T06:00:00+01:00",
        description="what a plane will do",
        owner="ops",
        tags={"team": "labels"},
    )
    visits = rw.FeatureView(
        "visits",
        plane,
        rw.sessions(flights(), "tailnum", gap="8h"),
        [rw.count_distinct("session_start").over("7d"), rw.session_start(gap=timedelta(hours=2)).over("1d")],
    )
    changes = rw.Source(
        "bookings", "delta:data/bookings", "booked_at", available_at="known_at", tiebreak=["sequence"],
        row_key=["booking"], op="op", unseen="error",
    )  # fmt: skip
    bookings = rw.FeatureView("bookings", plane, changes, [rw.sum("seats").over("30d")])
    known = rw.FeatureService("planes", [bookings], derived={"half": rw.col("bookings__seats_sum_30d") / 2})
    chain = rw.FeatureView(
        "chain",
        plane,
        known.applied_to(flights(), name="flights_of_planes", where=rw.col("half") > 10),
        [rw.max("half").over("7d")],
    )
    return rw.FeatureService(
        "learning",
        [
            delays,
            visits,
            bookings,
            chain,
            later,
            later[["late"]].with_name("partner").with_join_key_map({"tailnum": "partner_tailnum"}),
        ],
        derived={
            "share": rw.col("delays__dest_count_distinct_7d") / rw.col("delays__flight_approx_count_distinct_30d"),
            "rare": (rw.col("share") < 0.5) & rw.col("later__late"),
        },
    )
