"""Expressions as columns of Spark: where there is one, it has the bits that Arrow gives; where there is none, why."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.connectors.spark_expressions import WAYS, spark_column, spark_filter
from ropeway.connectors.spark_frames import to_spark
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, evaluate, output_type
from ropeway.transforms.expressions.catalogue import OPERATIONS
from tests.transforms.expressions.test_trees import bits
from tests.transforms.expressions.trees import ROWS, SCHEMA, table_of, trees

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: those that Spark has
NAMES = [name for name in SCHEMA.names if name != "u"]
HERE = pa.schema([SCHEMA.field(name) for name in NAMES])


def drawn(count: int) -> tuple[list[Expression], pa.Table]:
    """So many random trees over columns that Spark has, and a table for them all."""
    found: list[Expression] = []
    rows: list[dict[str, Any]] = []

    @settings(max_examples=count, database=None)
    @given(st.lists(trees(depth=2), min_size=4, max_size=4), ROWS)
    def draw(some: list[Expression], more: list[dict[str, Any]]) -> None:
        found.extend(some)
        rows.extend(more)

    draw()
    return found, table_of(rows[:300]).select(NAMES)


def check(spark: "SparkSession", some: Sequence[Expression], table: pa.Table) -> int:
    """How many of these Spark computes, all with the bits of Arrow."""
    columns = {}
    for at, tree in enumerate(some):
        try:
            made = spark_column(tree, table.schema)
        except SchemaError:
            continue
        if made is not None and not pa.types.is_null(output_type(tree, table.schema)):
            columns[at] = made.alias(f"c{at}")
    frame = to_spark(table, spark).coalesce(1)
    keys = list(columns)
    for begin in range(0, len(keys), 150):
        part = keys[begin : begin + 150]
        answers = frame.select(*(columns[at] for at in part)).toArrow()
        for at in part:
            expected = evaluate(some[at], table)  # and nothing raises
            given_back = answers[f"c{at}"].to_pylist()
            differing = [
                (row, ours, theirs)
                for row, (ours, theirs) in enumerate(zip(expected.to_pylist(), given_back, strict=True))
                if bits(ours) != bits(theirs)
            ]
            shown = [{name: table[name][row].as_py() for name in some[at].columns()} for row, _, _ in differing[:1]]
            assert not differing, (some[at], differing[:1], shown)
    return len(columns)


def test_random_trees_have_the_bits_of_arrow(spark: "SparkSession") -> None:
    some, table = drawn(120)
    assert check(spark, some, table) > len(some) / 8


DAY = dt.date(2024, 2, 29)
NOON = dt.datetime(1969, 12, 31, 12, tzinfo=dt.UTC)
EACH = [
    rw.col("x") + rw.col("single"), rw.col("x") - 1, rw.col("x") * rw.col("x"), rw.col("x") / rw.col("single"),
    rw.col("small") + 1, rw.col("small") * rw.col("small") - 3, rw.col("small") % 3, -7 % rw.col("small"),
    rw.col("i") % rw.col("small"), -rw.col("small"), -rw.col("x"), abs(rw.col("x")), abs(rw.col("small")),
    rw.col("x").sign(), rw.col("i").sign(), rw.col("i").floor(), rw.col("small").ceil(), rw.col("b").trunc(),
    rw.col("x").sqrt(), rw.col("x").degrees(), rw.col("i").radians(),
    rw.col("x") == 0, rw.col("x") != rw.col("single"), rw.col("x") < 1, rw.col("x") <= rw.col("i"), rw.col("s") > "a",
    rw.col("t") >= dt.datetime(1970, 1, 1), rw.col("z") >= NOON, rw.col("d") < DAY, rw.col("b") == 1,
    (rw.col("x") > 1) & rw.col("b"), (rw.col("x") > 1) | rw.col("b"), ~(rw.col("x") > 1), rw.col("x").is_null(),
    rw.col("m").is_not_null(), rw.col("i").isin([1, -1, 2**53 + 1]), rw.col("x").isin([0, 2.5]), rw.col("b").isin([1]),
    rw.col("s").isin(["", "007"]), rw.col("x").isin([]), rw.col("i").isin([1.0, 2]),
    rw.when(rw.col("x") > 1).then(rw.col("i")).when(rw.col("b")).then(2.5).otherwise(None),
    rw.coalesce(rw.col("x"), rw.col("i"), 0), rw.greatest(rw.col("x"), rw.col("single"), -0.0),
    rw.least(rw.col("s"), "a"), rw.greatest(rw.col("d"), DAY), rw.col("x").clip(-1, rw.col("i")),
    rw.col("i").clip(None, 3), rw.col("i").cast("string"), rw.col("b").cast("string"), rw.col("i").cast("float64"),
    rw.col("x").cast("bool"), rw.col("b").cast("int64"), rw.col("z").cast("date"), rw.col("t").cast("date"),
    rw.concat(rw.col("s"), "-", rw.col("coded")), rw.col("s").str.len(), rw.col("s").str.contains("a"),
    rw.col("s").str.contains(""), rw.col("s").str.starts_with("2"), rw.col("s").str.ends_with("ß"),
    rw.col("s").str.replace("a", "aa"), rw.col("s").str.replace(".", ""), rw.col("z").dt.year(), rw.col("t").dt.month(),
    rw.col("d").dt.day(), rw.col("z").dt.day_of_week(), rw.col("t").dt.day_of_year(tz="UTC"), rw.col("z").dt.week(),
    rw.col("d").dt.quarter(), rw.col("z").dt.hour(), rw.col("z").dt.minute(), rw.col("z").dt.second(),
    rw.col("z").dt.microsecond(), rw.col("z").dt.date(), rw.col("t").dt.date(), rw.col("li").list.len(),
    rw.col("li").list.get(0), rw.col("li").list.get(-1), rw.col("lf").list.get(1), rw.col("ls").list.get(2),
    rw.col("li").list.contains(1.0), rw.col("lf").list.contains(0), rw.col("ls").list.contains(rw.col("s")),
    rw.col("p").map.len(),
]  # fmt: skip


def test_each_operation_has_the_bits_of_arrow_in_any_time_zone(spark: "SparkSession") -> None:
    _, table = drawn(60)
    before = spark.conf.get("spark.sql.session.timeZone")
    try:
        spark.conf.set("spark.sql.session.timeZone", "Asia/Kathmandu")
        assert check(spark, EACH, table) == len(EACH)
    finally:
        spark.conf.set("spark.sql.session.timeZone", before or "UTC")
    made = {node for tree in EACH for node in _operations(tree)}
    assert made == set(WAYS)
    assert made < set(OPERATIONS)


def _operations(tree: Expression) -> set[str]:
    found = {tree.to_dict()["call"]} if tree.operands else set()
    return found.union(*(_operations(one) for one in tree.operands))


@pytest.mark.parametrize(
    "tree",
    [
        rw.col("i") + 1,  # may overflow, which raises
        -rw.col("i"),
        rw.col("s").str.upper(),
        rw.col("s").str.matches("a"),
        rw.col("s").str.strip(),
        rw.col("x").cast("string"),
        rw.col("s").cast("int64", strict=False),
        rw.col("x").log(),
        rw.col("x") % 2.0,
        rw.col("m") + 1,
        rw.col("m") > 1,
        rw.col("t") > NOON,  # of which one has a zone: Spark would read the other in the session's
        rw.col("d") > NOON,
        rw.col("t").dt.hour(),
        rw.col("z").dt.hour(tz="Europe/Paris"),
        rw.col("p").map.get("a"),
        (rw.col("x") > 1) & (rw.col("i") + 1 > 2),
    ],
)
def test_where_spark_is_another_there_is_no_column(tree: Expression, spark: "SparkSession") -> None:
    assert spark_column(tree, HERE) is None
    assert spark_filter(tree.is_null(), HERE) is None


def test_what_makes_no_sense_is_said_as_ever(spark: "SparkSession") -> None:
    with pytest.raises(SchemaError, match="there is no column 'y'"):
        spark_column(rw.col("y") > 1, HERE)
    with pytest.raises(SchemaError, match="expected two of a kind"):
        spark_column(rw.col("s") > 1, HERE)
