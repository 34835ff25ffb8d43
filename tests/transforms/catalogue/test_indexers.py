"""Indexers are Spark's, lists keep their rows in any slice, and what all of them refuse."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FRAME = pd.DataFrame({"to": ["b", "a", "c", "b", "é"], "n": [10, 9, 10, 9, 1], "x": [0.0, -1.0, 2.5, 0.0, 2.5]})


def fit(transform: Any, *columns: str) -> Any:
    return (rw.Pipeline("p")[list(columns)] >> transform).fit(FRAME)


def test_numbers_are_those_of_spark(spark: "SparkSession") -> None:
    from pyspark.ml.feature import StringIndexer, VectorAssembler, VectorIndexer

    frame = spark.createDataFrame(FRAME)
    made: dict[str, Any] = {}
    for order in ("frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"):
        for name in ("to", "n"):
            indexer = StringIndexer(inputCol=name, outputCol="out", stringOrderType=order)
            wanted = [row["out"] for row in indexer.fit(frame).transform(frame).select("out").collect()]
            made[f"{order} {name}"] = wanted, fit(T.StringIndexer(order), name).transform(FRAME)[name].tolist()
    vectors = VectorAssembler(inputCols=["x", "n"], outputCol="v").transform(frame)
    found = VectorIndexer(inputCol="v", outputCol="out", maxCategories=3).fit(vectors).transform(vectors)
    wanted = [row["out"].toArray().tolist() for row in found.select("out").collect()]
    made["vectors"] = wanted, fit(T.VectorIndexer(3), "x", "n").transform(FRAME).to_numpy().tolist()
    for wanted, given in made.values():
        assert given == wanted


def test_lists_keep_their_rows_in_slices_and_beside_missing_ones() -> None:
    lists = pa.array([["a"], None, ["b", "a", None, "z"], [], ["b"]], pa.list_(pa.string()))
    made = (rw.Pipeline("p")["tags"] >> T.MultiLabelBinarizer(["b", "a"])).fit(pa.table({"tags": lists}))
    wanted = [[0.0, 1.0], [None, None], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    for cut in range(5):
        found = made.transform(pa.table({"tags": lists.slice(cut)}))
        assert [list(row.values()) for row in found.to_pylist()] == wanted[cut:]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: T.StringIndexer("frequency"), "expected 'frequencyDesc' or"),  # type: ignore[arg-type]
        (lambda: T.StringIndexer(handle_invalid="skip"), "expected 'error' or 'keep'"),  # type: ignore[arg-type]
        (lambda: T.VectorIndexer(1), "2 or more"),
        (lambda: T.MultiLabelBinarizer(["a", "a"]), "expected different labels"),
        (lambda: T.FeatureHasher(0), "whole number, 1 or more"),
        (lambda: T.HashingEncoder(hash_method="crc"), "expected a hash_method of blake2b"),
        (lambda: T.CrossedCategories(min_frequency=0), "min_frequency"),
        (lambda: T.EndTailImputer("median"), "expected 'gaussian' or 'iqr' or 'max'"),  # type: ignore[arg-type]
        (lambda: T.EndTailImputer(fold=0), "fold to be more than 0"),
        (lambda: T.ArbitraryNumberImputer("0"), "expected arbitrary_number"),  # type: ignore[arg-type]
    ],
)
def test_parameters_without_a_meaning_are_refused(make: Any, says: str) -> None:
    with pytest.raises(rw.DeclarationError, match=says):
        make()


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(rw.SchemaError, match="expected lists, got string"):
        fit(T.MultiLabelBinarizer(), "to")
    with pytest.raises(rw.SchemaError, match="its labels are no values of int64"):
        (rw.Pipeline("p")["tags"] >> T.MultiLabelBinarizer(["a"])).fit(pa.table({"tags": [[1]]}))
    with pytest.raises(rw.SchemaError, match="expected columns of one type, or numbers; 'to' is of type string"):
        fit(T.Coalesce(), "to", "n")


def test_unknown_values_are_refused_by_their_names() -> None:
    with pytest.raises(rw.DataError, match=r"'z'.*no value of column 'to'"):
        fit(T.StringIndexer(), "to").row()({"to": "z"})
    with pytest.raises(rw.DataError, match=r"7.*no value of column 'n'"):
        fit(T.VectorIndexer(), "n").transform(pd.DataFrame({"n": [7]}))
    with pytest.raises(rw.DataError, match="no combination"):
        fit(T.CrossedCategories(handle_unknown="error"), "to", "n").row()({"to": "a", "n": 10})


def test_the_first_time_that_is_there() -> None:
    days = [dt.datetime(2013, 1, 1), dt.datetime(2013, 1, 2)]
    table = pa.table({"a": pa.array([None, days[0]], pa.timestamp("us")), "b": pa.array(days, pa.timestamp("us"))})
    made = (rw.Pipeline("p")["a", "b"] >> T.Coalesce()).fit(table)
    assert made.transform(table)["a"].to_pylist() == [days[0], days[0]]
    assert made.row().values({"a": None, "b": days[1]}) == {"a": days[1]}


def test_what_is_all_missing_stays_missing() -> None:
    frame = pd.DataFrame({"x": [np.nan, np.nan]})
    for method in ("gaussian", "iqr", "max"):
        made = (rw.Pipeline("p")["x"] >> T.EndTailImputer(method)).fit(frame)
        assert made.transform(frame)["x"].isna().all()
