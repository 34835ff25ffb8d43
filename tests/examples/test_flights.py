"""The flights example on its real data: both engines, and each feature computed again by a plain loop."""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw
from examples.flights import chained, compare, data, features, model

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SAMPLE = 150


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    """What the data step makes, downloaded if it is not there."""
    data.prepare()
    return {name: DeltaTable(data.DATA / name).to_pyarrow_table() for name in ("flights", "planes", "rows")}


@pytest.fixture(scope="module")
def winter(tables: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of the flights until mid-February, shuffled, and of each fifth question until then."""
    folder = tmp_path_factory.mktemp("winter")
    end = pa.scalar(pd.Timestamp("2013-02-15", tz="UTC"))
    flights = tables["flights"].filter(pc.field("departed_at") < end)
    flights = flights.take(np.random.default_rng(3).permutation(len(flights)))
    asked = tables["rows"].filter(pc.field("event_timestamp") < end)
    asked = asked.take(np.arange(0, len(asked), 5))
    parts = {"flights": flights, "planes": tables["planes"], "rows": asked}
    for name, table in parts.items():
        write_deltalake(folder / name, table)
    return {name: f"delta:{folder / name}" for name in parts}


@pytest.fixture(scope="module")
def honest(winter: dict[str, str]) -> pa.Table:
    answer: pa.Table = rw.backfill(winter["rows"], features.delays(winter["flights"], winter["planes"]))
    return answer


# ---- the data step


def test_the_tables_hold_what_the_package_holds(tables: dict[str, pa.Table]) -> None:
    flights, planes, rows = (tables[name].to_pandas() for name in ("flights", "planes", "rows"))
    assert (len(flights), len(planes), len(rows)) == (336_776, 3_322, 336_776 - 9_430)
    assert not flights.duplicated(["departed_at", "carrier", "flight"]).any()  # the tiebreak decides
    assert not planes.tailnum.duplicated().any()
    assert rows.row_id.is_unique
    assert (flights.known_at > flights.departed_at).all()
    assert rows.late.mean() == pytest.approx(0.24, abs=0.005)


def test_a_second_run_makes_nothing(tables: dict[str, pa.Table]) -> None:
    versions = [DeltaTable(data.DATA / name).version() for name in tables]
    assert not data.prepare()
    assert [DeltaTable(data.DATA / name).version() for name in tables] == versions


def test_departures_are_utc_and_outcomes_are_known_when_they_can_be() -> None:
    flights = pd.DataFrame(
        {
            "time_hour": ["2013-07-01T12:00:00Z"] * 3,
            "minute": [15, 30, 45],
            "dep_time": [825.0, None, 900.0],
            "dep_delay": [10.0, None, 15.0],
            "arr_delay": [20.0, None, None],
            "air_time": [100.0, None, None],
            **dict.fromkeys(("carrier", "tailnum", "origin", "dest"), "A"),
            "flight": [1, 2, 3],
            "distance": 700,
        }
    )
    planes = pd.DataFrame(columns=["tailnum", "year", "manufacturer", "model", "engines", "seats"])
    made = {name: table.to_pandas() for name, table in data.tables(flights, planes).items()}
    assert made["flights"].departed_at.dt.strftime("%H:%M").tolist() == ["12:15", "12:30", "12:45"]
    assert made["flights"].known_at.dt.strftime("%d %H:%M").tolist() == ["01 15:05", "02 12:30", "02 12:45"]
    assert made["flights"].cancelled.tolist() == [False, True, False]
    asked = made["rows"]
    assert asked.event_timestamp.dt.strftime("%H:%M").tolist() == ["10:15"]
    assert asked[["hour", "weekday", "late"]].to_numpy().tolist() == [[8, 0, True]]  # a Monday morning in New York


# ---- both engines


@pytest.mark.parametrize("leaky", [False, True])
def test_spark_and_local_are_equal_bit_for_bit(
    winter: dict[str, str], tmp_path: Path, spark: "SparkSession", leaky: bool
) -> None:
    service = features.delays(winter["flights"], winter["planes"], leaky=leaky)
    result = rw.backfill(winter["rows"], service, to=f"delta:{tmp_path / 'training'}", spark=spark)
    local = rw.backfill(winter["rows"], service)
    written = DeltaTable(tmp_path / "training").to_pyarrow_table()
    assert result.rows == len(local)
    assert result.definition_hash == service.definition_hash
    assert compare.differences(written, local, "row_id") == []


def test_comparison_sees_each_bit() -> None:
    def table(values: list[float | None], key: list[int] | None = None) -> pa.Table:
        return pa.table({"key": pa.array(key or range(len(values)), pa.int64()), "x": pa.array(values, pa.float64())})

    def found(left: pa.Table, right: pa.Table) -> list[str]:
        return compare.differences(left, right, "key")

    assert found(table([1.0, None, math.nan]), table([math.nan, 1.0, None], key=[2, 0, 1])) == []
    assert found(table([0.0, 0.1 + 0.2, 1.0]), table([-0.0, 0.3, 1.0])) == ["x: 2 rows"]
    assert found(table([None, None]), table([math.nan, 0.0])) == ["x: 2 rows"]
    assert found(table([1.0]), table([1.0, 1.0])) == ["rows: 1 and 2"]
    assert found(table([]), table([])) == []
    text = pa.table({"key": [1], "x": pa.array(["a"], pa.large_string())})
    assert found(text, pa.table({"key": [1], "x": ["a"]})) == []
    assert found(text, table([1.0])) == ["columns: x double", "columns: x string"]
    assert found(text, text.select(["x", "key"])) == ["columns: another order"]


# ---- each feature again, by a plain look at the flights of its key that were known

PLANE, CARRIER, ORIGIN, DEST, ROUTE = ["tailnum"], ["carrier"], ["origin"], ["dest"], ["origin", "dest"]
Known = pd.DataFrame
Answer = Callable[[Known], Any]


def _values(known: Known, column: str) -> list[Any]:
    return known[column].dropna().tolist()


def _exact_mean(values: list[float]) -> float | None:
    return float(sum(map(Fraction, values), Fraction()) / len(values)) if values else None


def mean(column: str) -> Answer:
    return lambda known: _exact_mean(_values(known, column))


def last(column: str) -> Answer:
    return lambda known: values[-1] if (values := _values(known, column)) else None


def late_rate(known: Known) -> float | None:
    return _exact_mean([float(delay >= 15) for delay in _values(known, "arr_delay")])


def std(known: Known) -> float | None:
    values = [Fraction(value) for value in _values(known, "arr_delay")]
    if len(values) < 2:
        return None
    middle = sum(values, Fraction()) / len(values)
    return math.sqrt(float(sum(((value - middle) ** 2 for value in values), Fraction()) / (len(values) - 1)))


def made_up(known: Known) -> float | None:
    return _exact_mean((known.dep_delay - known.arr_delay).dropna().tolist())


def speed(known: Known) -> float | None:
    return _exact_mean((known.distance / known.air_time).dropna().tolist())


def most(column: str, choose: Callable[[list[float]], float]) -> Answer:
    return lambda known: choose(values) if (values := _values(known, column)) else None


def from_jfk(known: Known) -> float | None:
    return _exact_mean(_values(known[known.origin == "JFK"], "arr_delay"))


def any_cancelled(known: Known) -> bool | None:
    return bool(known.cancelled.any()) if len(known) else None


PLAIN: dict[str, tuple[list[str], str | None, Answer]] = {
    "plane__count_1d": (PLANE, "1d", len),
    "plane__count_7d": (PLANE, "7d", len),
    "plane__arr_delay_mean_1d": (PLANE, "1d", mean("arr_delay")),
    "plane__arr_delay_mean_7d": (PLANE, "7d", mean("arr_delay")),
    "plane__arr_delay_mean_30d": (PLANE, "30d", mean("arr_delay")),
    "plane__arr_delay_max_1d": (PLANE, "1d", most("arr_delay", max)),
    "plane__arr_delay_last": (PLANE, None, last("arr_delay")),
    "plane__dep_delay_last": (PLANE, None, last("dep_delay")),
    "plane__dest_last": (PLANE, None, last("dest")),
    "plane__made_up": (PLANE, "30d", made_up),
    "carrier__count_1d": (CARRIER, "1d", len),
    "carrier__arr_delay_mean_6h": (CARRIER, "6h", mean("arr_delay")),
    "carrier__arr_delay_mean_1d": (CARRIER, "1d", mean("arr_delay")),
    "carrier__arr_delay_mean_7d": (CARRIER, "7d", mean("arr_delay")),
    "carrier__arr_delay_mean_30d": (CARRIER, "30d", mean("arr_delay")),
    "carrier__late_rate_6h": (CARRIER, "6h", late_rate),
    "carrier__late_rate_1d": (CARRIER, "1d", late_rate),
    "carrier__arr_delay_std_7d": (CARRIER, "7d", std),
    "carrier__cancelled_mean_7d": (CARRIER, "7d", mean("cancelled")),
    "origin__count_6h": (ORIGIN, "6h", len),
    "origin__count_1d": (ORIGIN, "1d", len),
    "origin__dep_delay_mean_3h": (ORIGIN, "3h", mean("dep_delay")),
    "origin__dep_delay_mean_6h": (ORIGIN, "6h", mean("dep_delay")),
    "origin__arr_delay_mean_1d": (ORIGIN, "1d", mean("arr_delay")),
    "origin__arr_delay_mean_7d": (ORIGIN, "7d", mean("arr_delay")),
    "origin__late_rate": (ORIGIN, "6h", late_rate),
    "origin__dep_delay_last": (ORIGIN, None, last("dep_delay")),
    "dest__count_1d": (DEST, "1d", len),
    "dest__arr_delay_mean_6h": (DEST, "6h", mean("arr_delay")),
    "dest__arr_delay_mean_1d": (DEST, "1d", mean("arr_delay")),
    "dest__arr_delay_mean_7d": (DEST, "7d", mean("arr_delay")),
    "dest__arr_delay_mean_30d": (DEST, "30d", mean("arr_delay")),
    "dest__delay_from_jfk": (DEST, "7d", from_jfk),
    "dest__cancelled_any_7d": (DEST, "7d", any_cancelled),
    "route__count_7d": (ROUTE, "7d", len),
    "route__arr_delay_mean_1d": (ROUTE, "1d", mean("arr_delay")),
    "route__arr_delay_mean_7d": (ROUTE, "7d", mean("arr_delay")),
    "route__arr_delay_mean_30d": (ROUTE, "30d", mean("arr_delay")),
    "route__miles_per_minute": (ROUTE, "30d", speed),
    "route__air_time_min_30d": (ROUTE, "30d", most("air_time", min)),
    "route__arr_delay_last": (ROUTE, None, last("arr_delay")),
}


def _sample(honest: pa.Table, seed: int) -> list[dict[str, Any]]:
    chosen = np.random.default_rng(seed).choice(len(honest), SAMPLE, replace=False)
    rows: list[dict[str, Any]] = honest.take(np.sort(chosen)).to_pylist()
    return rows


def test_every_feature_is_what_a_plain_look_at_the_known_flights_gives(
    tables: dict[str, pa.Table], honest: pa.Table
) -> None:
    flights = tables["flights"].to_pandas().sort_values(["departed_at", "carrier", "flight"])
    wrong = []
    for row in _sample(honest, seed=1):
        t = pd.Timestamp(row["event_timestamp"])
        known = flights[(flights.departed_at < t) & (flights.known_at < t)]
        of_key = {
            tuple(keys): known[np.logical_and.reduce([known[key] == row[key] for key in keys])]
            for keys in (PLANE, CARRIER, ORIGIN, DEST, ROUTE)
        }
        for name, (keys, window, answer) in PLAIN.items():
            mine = of_key[tuple(keys)]
            mine = mine if window is None else mine[mine.departed_at >= t - pd.Timedelta(window)]
            expected = answer(mine)
            if row[name] != expected:
                wrong.append((row["row_id"], name, row[name], expected))
    assert wrong == []


def test_the_facts_of_a_plane_are_those_of_its_row(tables: dict[str, pa.Table], honest: pa.Table) -> None:
    planes = {plane["tailnum"]: plane for plane in tables["planes"].to_pylist()}
    unknown = 0
    for row in honest.to_pylist():
        plane = planes.get(row["tailnum"], {"manufacturer": None, "seats": None, "year": None})
        unknown += row["tailnum"] not in planes
        assert row["aircraft__manufacturer"] == plane["manufacturer"]
        assert row["aircraft__seats"] == plane["seats"]
        assert row["aircraft__age"] == (None if plane["year"] is None else 2013 - plane["year"])
    assert 0 < unknown < len(honest)


def test_no_feature_is_left_unchecked() -> None:
    facts = {name for name in features.service.names if name.startswith("aircraft__")}
    assert set(features.service.names) == PLAIN.keys() | facts
    assert len(features.service.names) >= 35


def test_the_leaky_features_saw_flights_in_the_air(winter: dict[str, str], honest: pa.Table) -> None:
    leaky = rw.backfill(winter["rows"], features.delays(winter["flights"], winter["planes"], leaky=True))
    one, other = (table.sort_by("row_id").to_pandas() for table in (honest, leaky))
    for name in ("plane__count_1d", "origin__count_6h", "carrier__count_1d"):
        assert (other[name] >= one[name]).all()
    assert (other.origin__count_6h > one.origin__count_6h).mean() > 0.8  # all but the first flights of a day


# ---- the model


def test_a_model_judged_again_on_its_own_rows_says_the_same(honest: pa.Table) -> None:
    rows = honest.to_pandas().sort_values(["event_timestamp", "row_id"], ignore_index=True)[:4_000]
    trained = model.train(rows, features.service.names)
    assert len(trained.labels) == len(trained.scores) == 1_200
    assert model.rescored(trained, rows) == trained.auc
    assert 0.5 < trained.auc < 1


def test_texts_are_places_and_what_was_never_seen_is_missing() -> None:
    columns = pd.DataFrame({"dest": ["ORD", "LAX", None, "XXX"], "hour": [1, 2, 3, 4]})
    made = model.numbers(columns, {"dest": pd.Index(["LAX", "ORD"])})
    assert made.dest.tolist()[:2] == [1.0, 0.0]
    assert made.dest.isna().tolist() == [False, False, True, True]
    assert made.hour.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_all_time_means_hold_the_future() -> None:
    rows = pd.DataFrame({name: ["A"] for name in ("tailnum", "carrier", "origin", "dest")})
    flights = pd.DataFrame({**{name: ["A", "A"] for name in rows}, "arr_delay": [10.0, 30.0], "dep_delay": [0.0, 4.0]})
    means = model.all_time_means(rows, flights)
    assert means.loc[0, "tailnum__arr_delay"] == 20.0
    assert means.loc[0, "origin_dest__dep_delay"] == 2.0


# ---- the whole


@pytest.mark.slow
def test_the_quickstart_runs_and_says_what_the_readme_says(tables: dict[str, pa.Table], tmp_path: Path) -> None:
    program = data.HERE / "quickstart.py"
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "all 18,004,030 values are equal, bit for bit" in said
    assert "the same run again changes nothing" in said
    honest, leaky, served, means = (float(number) for number in re.findall(r"AUC (0\.\d{3})", said))
    assert 0.71 < honest < 0.74
    assert leaky > honest + 0.02
    assert served < honest
    assert 0.60 < means < 0.68
    assert "values are those of a backfill at that instant" in said
    assert (data.DATA / "quickstart.png").stat().st_size > 10_000
    assert not list(tmp_path.iterdir())


# ---- features of features


@pytest.fixture(scope="module")
def chains(winter: dict[str, str]) -> pa.Table:
    answer: pa.Table = rw.backfill(winter["rows"], chained.knock_on(winter["flights"]))
    return answer


def test_chains_are_what_one_step_after_the_other_gives(winter: dict[str, str], chains: pa.Table) -> None:
    plane, airport, carrier = chained.knock_on(winter["flights"]).views
    ties = ["carrier", "flight"]
    flights = DeltaTable(winter["flights"].removeprefix("delta:")).to_pyarrow_table()
    first = rw.backfill(flights, plane, timestamp="departed_at")
    planes = rw.Source("flights", first, "departed_at", available_at="known_at", tiebreak=ties)
    second = rw.backfill(first, airport.over_source(planes), timestamp="departed_at")
    airports = rw.Source("flights", second, "departed_at", available_at="known_at", tiebreak=ties)
    asked = DeltaTable(winter["rows"].removeprefix("delta:")).to_pyarrow_table()
    third = rw.backfill(asked, [plane, airport.over_source(planes), carrier.over_source(airports)])
    assert compare.differences(third, chains.drop_columns(["expected_delay"]), "row_id") == []
    assert chains["carrier__absorbed"].null_count < len(chains) / 2


def test_chains_are_equal_on_spark(winter: dict[str, str], chains: pa.Table, spark: "SparkSession") -> None:
    on_spark = rw.backfill(winter["rows"], chained.knock_on(winter["flights"]), spark=spark).toArrow()
    assert compare.differences(on_spark, chains, "row_id") == []
