"""What is known of a flight two hours before it departs: its plane, carrier, airports and route. Declarations only.

ropeway explain examples/flights/features.py:service --rows delta:data/rows
"""

import ropeway as rw

LATE = rw.col("arr_delay") >= 15
MADE_UP = rw.col("dep_delay") - rw.col("arr_delay")  # minutes won in the air


def delays(
    flights: str = "delta:data/flights", planes: str = "delta:data/planes", *, leaky: bool = False
) -> rw.FeatureService:
    """The features of the model. With `leaky` as if each flight's outcome were known the moment it was to depart."""
    history = rw.Source(
        "flights",
        flights,
        timestamp="departed_at",
        available_at=None if leaky else "known_at",
        tiebreak=["carrier", "flight"],  # unique at any moment, so `last` means the same flight for each column
    )
    facts = rw.Source("planes", planes, timestamp=None, field_mapping={"year": "built"})

    plane = rw.FeatureView(
        "plane",
        rw.Entity("plane", join_keys=["tailnum"]),
        history,
        [
            rw.count().over("1d", "7d"),
            rw.mean("arr_delay").over("1d", "7d", "30d"),
            rw.max("arr_delay").over("1d"),
            rw.last("arr_delay"),
            rw.last("dep_delay"),
            rw.last("dest"),
            rw.mean(MADE_UP).over("30d").alias("made_up"),
        ],
        owner="operations",
        description="where this plane has been, and how late",
    )
    aircraft = rw.FeatureView(
        "aircraft",
        rw.Entity("plane", join_keys=["tailnum"]),
        facts,
        ["manufacturer", "seats", rw.last(2013 - rw.col("built")).alias("age")],
        owner="fleet",
        description="what this plane is",
    )
    carrier = rw.FeatureView(
        "carrier",
        rw.Entity("carrier"),
        history,
        [
            rw.count().over("1d"),
            rw.mean("arr_delay").over("6h", "1d", "7d", "30d"),
            rw.mean(LATE).over("6h", "1d").alias("late_rate"),
            rw.std("arr_delay").over("7d"),
            rw.mean("cancelled").over("7d"),
        ],
        owner="operations",
        description="how this airline does today and of late",
    )
    origin = rw.FeatureView(
        "origin",
        rw.Entity("origin"),
        history,
        [
            rw.count().over("6h", "1d"),
            rw.mean("dep_delay").over("3h", "6h"),
            rw.mean("arr_delay").over("1d", "7d"),
            rw.mean(LATE).over("6h").alias("late_rate"),
            rw.last("dep_delay"),
        ],
        owner="airports",
        description="how this airport runs today",
    )
    dest = rw.FeatureView(
        "dest",
        rw.Entity("dest"),
        history,
        [
            rw.count().over("1d"),
            rw.mean("arr_delay").over("6h", "1d", "7d", "30d"),
            rw.mean("arr_delay").where(rw.col("origin") == "JFK").over("7d").alias("delay_from_jfk"),
            rw.any("cancelled").over("7d"),
        ],
        owner="airports",
        description="how flights to there do",
    )
    route = rw.FeatureView(
        "route",
        rw.Entity("route", join_keys=["origin", "dest"]),
        history,
        [
            rw.count().over("7d"),
            rw.mean("arr_delay").over("1d", "7d", "30d"),
            rw.mean(rw.col("distance") / rw.col("air_time")).over("30d").alias("miles_per_minute"),
            rw.min("air_time").over("30d"),
            rw.last("arr_delay"),
        ],
        owner="airports",
        description="how this way is flown",
    )
    return rw.FeatureService(
        "delays",
        [plane, aircraft, carrier, origin, dest, route],
        owner="operations",
        description="will this flight arrive 15 minutes late or more?",
    )


service = delays()
