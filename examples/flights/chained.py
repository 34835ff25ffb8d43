"""Features of features: how late the planes were that an airport sent off, as it was known at each departure.

A flight that leaves late because its plane came late says little of the airport; one that leaves late though its plane
was early says much. So each flight first gets what was known of its plane when it left, and the features of an airport
are made of that, and those of a carrier of both. Run it after the quickstart, which makes the tables:

python examples/flights/chained.py [--spark]
"""

import argparse
import sys
import time
from pathlib import Path

import pyarrow as pa

import ropeway as rw

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from examples.flights import compare, data

ABSORBED = rw.col("plane__arr_delay_last") - rw.col("dep_delay")  # minutes of a plane's delay that were made good


def knock_on(flights: str = "delta:data/flights") -> rw.FeatureService:
    """What is known of a flight's airport and carrier, by what was known of the planes of earlier flights."""
    history = rw.Source(
        "flights", flights, timestamp="departed_at", available_at="known_at", tiebreak=["carrier", "flight"]
    )
    plane = rw.FeatureView(
        "plane",
        rw.Entity("plane", join_keys=["tailnum"]),
        history,
        [rw.last("arr_delay"), rw.time_since_last(), rw.mean("arr_delay").over("1d")],
        owner="operations",
        description="how late this plane came, the last time that was known",
    )
    with_planes = rw.FeatureService("planes", [plane]).applied_to(history)
    airport = rw.FeatureView(
        "airport",
        rw.Entity("origin"),
        with_planes,
        [
            rw.mean(ABSORBED).over("3h", "1d").alias("absorbed"),
            rw.median("plane__arr_delay_last").over("6h"),
            rw.count().where(rw.col("plane__arr_delay_last") > 30).over("6h").alias("late_planes"),
        ],
        owner="airports",
        description="what this airport makes of planes that come late",
    )
    with_airports = rw.FeatureService("airports", [plane, airport]).applied_to(history, name="flights_in_full")
    carrier = rw.FeatureView(
        "carrier",
        rw.Entity("carrier"),
        with_airports,
        [
            rw.mean("airport__absorbed_3h").over("1d").alias("absorbed"),
            rw.correlation("airport__absorbed_3h", "dep_delay").over("7d").alias("pull"),
            rw.quantile(ABSORBED, 0.9).over("1d").alias("absorbed_p90"),
        ],
        owner="operations",
        description="how this carrier fares at the airports it uses",
    )
    return rw.FeatureService(
        "knock_on",
        [plane, airport, carrier],
        derived={"expected_delay": rw.col("plane__arr_delay_last") - rw.col("airport__absorbed_3h")},
        owner="operations",
    )


def main() -> None:
    """Compute the features for all questions; with --spark on Spark too, and compare every bit."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--spark", action="store_true", help="compute them on Spark as well, and compare")
    asked = parser.parse_args()
    data.prepare()
    service = knock_on()
    print(rw.explain("delta:data/rows", service))
    begun = time.perf_counter()
    local: pa.Table = rw.backfill("delta:data/rows", service)
    print(f"\n{len(local):,} rows, {len(service.names)} features in {time.perf_counter() - begun:.1f} s")
    print(local.select(["origin", "carrier", "event_timestamp", *service.names]).slice(100_000, 3).to_pandas().T)
    if asked.spark:
        begun = time.perf_counter()
        on_spark = rw.backfill("delta:data/rows", service, spark=rw.spark_session()).toArrow()
        found = compare.differences(local, on_spark, "row_id")
        print(f"Spark took {time.perf_counter() - begun:.1f} s; differences: {found or 'none, bit for bit'}")


if __name__ == "__main__":
    main()
