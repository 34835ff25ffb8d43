"""Functions of users: the same over columns, for a row and on Spark; what does not travel or differs is refused."""

import math
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway.connectors.spark_frames import to_spark
from ropeway.transforms.functions import declared
from ropeway.transforms.pipeline import archive
from tests.transforms.functions import examples

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FRAME = pd.DataFrame({
    "x": [1.0, -20.0, None, math.inf, 4.0], "n": [4, 0, 1, 9, 2], "late": [True, False, True, False, False],
    "text": ["late 7", "12", None, "late", "a1"],
    "at": pd.to_datetime(["2013-01-01", "1890-05-05", "NaT", "1969-12-31 23:59", "2024-12-31"], format="ISO8601"),
})  # fmt: skip


def pipeline() -> rw.Pipeline:
    p = rw.Pipeline("p")["x", "n"] >> examples.scaled
    p = p["x", "late"] >> examples.is_late
    p = p["text"] >> examples.number_in
    p = p["text", "x"] >> examples.label
    return p["at"] >> examples.quarter.alias("q")


def test_columns_say_what_python_says() -> None:
    made = pipeline().fit(FRAME).transform(FRAME)
    nan = math.nan
    assert list(made) == ["scaled", "is_late", "number_in", "label", "q"]
    np.testing.assert_array_equal(made["scaled"], [2.0, nan, nan, nan, 4 * math.sqrt(2)])
    np.testing.assert_array_equal(made["is_late"], [1, 0, nan, 1, 0])
    np.testing.assert_array_equal(made["number_in"], [7, 12, nan, nan, 1])
    assert made["label"].tolist() == ["late 7:1.0", "12:-20.0", "none", "late:inf", "a1:4.0"]
    np.testing.assert_array_equal(made["q"], [1, nan, nan, 4, 4])


def test_rows_and_spark_say_what_columns_say(spark: "SparkSession") -> None:
    import pyarrow as pa

    fitted = pipeline().fit(FRAME)
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    made = fitted.transform(table)
    row = fitted.row()
    assert [row.values(one) for one in table.to_pylist()] == [
        {name: None if value != value else value for name, value in one.items()} for one in made.to_pylist()
    ]
    far = fitted.transform(to_spark(table, spark).repartition(2)).toArrow()
    assert sorted(map(repr, far.to_pylist())) == sorted(map(repr, made.to_pylist()))


def test_it_says_how_it_runs() -> None:
    assert examples.scaled.how == "compiled by numba"
    assert examples.is_late.how == "compiled by numba"
    explained = pipeline().fit(FRAME).explain().splitlines()
    assert "number_in() (run by Python: its types are not those of numbers)" in explained[1]
    assert "scaled() (compiled by numba)" in explained[2]
    assert examples.number_in.how == "run by Python: its types are not those of numbers"


def test_it_travels_as_source() -> None:
    again = pickle.loads(pickle.dumps(examples.scaled))
    assert again == examples.scaled
    assert again(9.0, 4) == 18.0
    assert "LIMIT = 15.0" in again.source
    assert "def clipped" in again.source
    assert "import math as math" in again.source


def test_a_stored_pipeline_finds_its_functions_and_never_runs_code_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = pipeline().fit(FRAME)
    files = archive.files_of(fitted)
    assert archive.of_files(files, "this test") == fitted
    assert b"sqrt" not in files["pipeline.json"]
    monkeypatch.setattr(declared, "_DECLARED", {})
    with pytest.raises(rw.DeclarationError, match=r"'scaled' was declared elsewhere. Import the module"):
        archive.of_files(files, "this test")


def test_source_and_version_are_in_the_hash() -> None:
    def made(version: str) -> rw.RowFunction:
        @rw.transform(["float64"], "float64", version=version)
        def twice(x: float) -> float:
            return x * 2

        return twice

    assert made("1").hash == made("1").hash != made("2").hash
    hashes = [(rw.Pipeline("p")["x"] >> made(version)).fit(FRAME).definition_hash for version in ("1", "2")]
    assert hashes[0] != hashes[1]


def test_a_difference_between_compiled_and_plain_is_refused() -> None:
    with pytest.raises(
        rw.DeclarationError, match=r"twice\(9223372036854775807\): Python gives 18446744073709551614, and"
    ):

        @rw.transform(["int64"], "int64")
        def twice(n: int) -> int:
            return n * 2

    with pytest.raises(rw.DeclarationError, match=r"rooted\(-1.0\): Python gives ValueError"):

        @rw.transform(["float64"], "float64")
        def rooted(x: float) -> float:
            return math.sqrt(x)


def test_what_does_not_travel_is_refused() -> None:
    other = FRAME

    with pytest.raises(rw.DeclarationError, match="reads 'other', which is a DataFrame"):

        @rw.transform(["float64"], "float64")
        def found(x: float) -> float:
            return float(other["x"][0]) + x

    with pytest.raises(rw.DeclarationError, match="reads nothing_there, which are not there"):

        @rw.transform(["float64"], "float64")
        def unknown(x: float) -> float:
            return float(x + nothing_there)  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(rw.DeclarationError, match="not a lambda"):
        rw.transform(["float64"], "float64")(lambda x: x)
    with pytest.raises(rw.DeclarationError, match="expected a function that is written in Python"):
        rw.transform(["float64"], "float64")(math.sqrt)
    with pytest.raises(rw.DeclarationError, match="'float' is no type"):
        rw.transform(["float"], "float64")
    with pytest.raises(rw.DeclarationError, match="expected 2 arguments"):

        @rw.transform(["float64", "float64"], "float64")
        def one(x: float) -> float:
            return x


def test_columns_must_fit_it() -> None:
    with pytest.raises(rw.SchemaError, match=r"scaled\(\) takes 2 columns, float64, int64, and got 1: x"):
        (rw.Pipeline("p")["x"] >> examples.scaled).fit(FRAME)
    with pytest.raises(rw.SchemaError, match=r"scaled\(\) of column 'x': expected int64, got double"):
        (rw.Pipeline("p")["n", "x"] >> examples.scaled).fit(FRAME)


def test_what_it_raises_names_it_and_its_values() -> None:
    @rw.transform(["string"], "int64")
    def parsed(text: str) -> int:
        return int(text)

    fitted = (rw.Pipeline("p")["text"] >> parsed).fit(FRAME)
    with pytest.raises(rw.DataError, match=r"parsed\(\) of 'late 7' raised ValueError"):
        fitted.transform(FRAME)
    with pytest.raises(rw.DataError, match=r"parsed\(\) of 'x' raised ValueError"):
        fitted.row()({"text": "x"})


def test_a_function_stands_in_expressions_of_features_conditions_and_derived_columns(spark: "SparkSession") -> None:
    events = pd.DataFrame({
        "key": ["a", "a", "b"], "at": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
        "x": [1.0, 16.0, math.nan], "n": [4, 1, 9], "late": [False, False, True],
    })  # fmt: skip
    view = rw.FeatureView("v", rw.Entity("key"), rw.Source("events", events, "at"), [
        rw.sum(examples.scaled(rw.col("x"), rw.col("n"))).alias("total"),
        rw.count().where(examples.is_late(rw.col("x"), rw.col("late"))).alias("late"),
    ])  # fmt: skip
    twice = examples.scaled(rw.col("v__total"), 4)
    service = rw.FeatureService("s", [view], derived={"twice": twice})
    rows = pd.DataFrame({"key": ["a", "b"], "event_timestamp": pd.to_datetime(["2025-01-01"] * 2)})
    made = rw.backfill(rows, service)
    assert made["v__total"].fillna(-1).tolist() == [18.0, -1]
    assert made["v__late"].tolist() == [1, 0]
    assert made["twice"].fillna(-1).tolist() == [36.0, -1]
    far = rw.backfill(spark.createDataFrame(rows), service).toPandas().sort_values("key")
    assert far["twice"].fillna(-1).tolist() == [36.0, -1]


def test_an_expression_of_a_function_is_stored_by_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa

    from ropeway.transforms.expressions import compiled_row, evaluate

    made = examples.quarter(rw.col("at")) + 1
    assert repr(made) == f'(quarter["{examples.quarter.hash[:8]}"](col("at")) + 1)'
    assert eval(repr(made), {"quarter": examples.quarter, "col": rw.col}).same_as(made)
    assert rw.Expression.from_dict(made.to_dict()).same_as(made)
    assert pickle.loads(pickle.dumps(made)).same_as(made)
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    row = compiled_row(made, table.schema)
    assert [row(one) for one in table.to_pylist()] == evaluate(made, table).to_pylist() == [2, None, None, 5, 5]
    stored = made.to_dict()
    stored["of"][0]["call"] = "quarter@0000"
    with pytest.raises(rw.DeclarationError, match="function 'quarter' was declared elsewhere"):
        rw.Expression.from_dict(stored)
    with pytest.raises(rw.SchemaError, match="expected timestamp"):
        evaluate(examples.quarter(rw.col("x")), table)
