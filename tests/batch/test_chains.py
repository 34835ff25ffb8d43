"""Features of features: what a chain gives is what two backfills, one of the answers of the other, give by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import ropeway as rw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

US = pa.timestamp("us")
K, J = rw.Entity("k"), rw.Entity("j")
COUNT = rw.count().over("30us").alias("n")
SUM = rw.sum("x").over("20us").alias("s")
OUTER = [
    rw.sum("before__s").over("50us").alias("sum"),
    rw.max("before__n").alias("most"),
    rw.count("before__s").where(rw.col("before__n") > 1).over("40us").alias("busy"),
    rw.mean("x").over("40us").alias("mean"),
    rw.last("before__s", skip_null=False).alias("last"),
]


def events(n: int = 60) -> pa.Table:
    random = np.random.default_rng(3)
    happened = random.integers(0, 100, n)
    return pa.table({
        "k": random.choice(["a", "b", "c"], n),
        "j": random.integers(0, 2, n),
        "t": pa.array(happened, US),
        "known": pa.array(happened + random.integers(0, 15, n), US),
        "x": random.normal(size=n).round(2),
        "row": np.arange(n),
    })  # fmt: skip


def rows() -> pa.Table:
    times = list(range(0, 130, 7))
    return pa.table({
        "k": [("a", "b", "z")[i % 3] for i in range(len(times))],
        "j": pa.array([i % 2 for i in range(len(times))], pa.int64()),
        "event_timestamp": pa.array(times, US),
    })  # fmt: skip


def source(table: Any, **options: Any) -> rw.Source:
    return rw.Source("s", table, "t", **{"tiebreak": ["row"], **options})


def before(of: rw.Source, *features: rw.Feature, name: str = "before", entity: rw.Entity = J) -> rw.FeatureView:
    return rw.FeatureView(name, entity, of, list(features) or [COUNT, SUM])


def chained(table: Any, where: rw.Expression | None = None, **options: Any) -> rw.FeatureView:
    one = source(table, **options)
    chain = rw.FeatureService("c", [before(one)]).applied_to(one, where=where)
    return rw.FeatureView("v", K, chain, OUTER)


def by_hand(table: pa.Table, where: rw.Expression | None = None, **options: Any) -> pa.Table:
    """The rows with their features as a table of its own, of which the outer features are computed."""
    inner = rw.backfill(table, before(source(table, **options)), timestamp="t")
    return rw.backfill(rows(), rw.FeatureView("v", K, source(inner, where=where, **options), OUTER))


@pytest.mark.parametrize("options", [{}, {"available_at": "known"}])
@pytest.mark.parametrize("memory_limit", [None, "512MiB"])
def test_a_chain_is_two_backfills(
    options: dict[str, Any], memory_limit: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"MOST_ROWS": 12, "BLOCK_ROWS": 7}.items():
        monkeypatch.setattr(f"ropeway.batch.memory.{name}", value)
    made = rw.backfill(rows(), chained(events(), **options), memory_limit=memory_limit)
    assert made.equals(by_hand(events(), **options))
    assert made["v__sum"].null_count < len(made)


def test_a_chain_on_spark(spark: "SparkSession") -> None:
    table = events()
    made = rw.backfill(rows(), chained(table, available_at="known"), spark=spark)
    assert made.to_pylist() == by_hand(table, available_at="known").to_pylist()


def test_where_may_speak_of_the_features() -> None:
    where = (rw.col("before__n") > 2) & (rw.col("x") < 1)
    made = rw.backfill(rows(), chained(events(), where))
    assert made.equals(by_hand(events(), where))
    assert not made.equals(by_hand(events()))


def test_the_condition_of_the_base_holds_too() -> None:
    table = events()
    some = source(table, where=rw.col("x") < 1)
    chain = rw.FeatureService("c", [before(some)]).applied_to(some, where=rw.col("before__n") > 2)
    made = rw.backfill(rows(), rw.FeatureView("v", K, chain, OUTER))
    left = table.filter(pc.less(table["x"], 1))
    assert made.equals(by_hand(left, rw.col("before__n") > 2))


def test_a_feature_of_a_row_is_not_of_the_row() -> None:
    table = pa.table({"k": ["a"] * 3, "j": [0] * 3, "t": pa.array([1, 2, 2], US), "x": [1.0, 2.0, 4.0]})
    one = rw.Source("s", table, "t")
    chain = rw.FeatureService("c", [before(one, rw.sum("x"))]).applied_to(one)
    asked = pa.table({"k": ["a"], "event_timestamp": pa.array([3], US)})
    made = rw.backfill(asked, rw.FeatureView("v", K, chain, [rw.last_n("before__x_sum", 3, skip_null=False)]))
    assert made["v__before__x_sum_last_n"].to_pylist() == [[1.0, 1.0, None]]


def test_three_deep(backfill: Callable[..., Any]) -> None:
    table = events()
    first = source(table)
    second = rw.FeatureService("c", [before(first)]).applied_to(first, name="second")
    again = before(second, rw.max("before__s").over("60us").alias("m"), name="again", entity=K)
    third = rw.FeatureService("d", [again], derived={"less": rw.col("again__m") - 0.5}).applied_to(second, name="third")
    outer = [rw.mean("less").over("80us").alias("mean"), rw.sum("before__n").alias("n"), rw.count().alias("rows")]
    made = backfill(rows(), rw.FeatureView("v", J, third, outer))

    one = rw.backfill(table, before(first), timestamp="t")
    two = rw.backfill(
        one,
        rw.FeatureService(
            "d",
            [before(source(one), rw.max("before__s").over("60us").alias("m"), name="again", entity=K)],
            derived={"less": rw.col("again__m") - 0.5},
        ),
        timestamp="t",
    )
    expected = rw.backfill(rows(), rw.FeatureView("v", J, source(two), outer))
    assert made.to_pylist() == expected.to_pylist()


def test_features_from_other_sources() -> None:
    table = events()
    planes = rw.Source("planes", pa.table({"j": [0, 1], "seats": [10, 200]}), None)
    size = rw.FeatureView("plane", J, planes, ["seats"])
    changing = rw.Source(
        "changes",
        pa.table({
            "j": [0, 1, 0],
            "id": [1, 2, 1],
            "at": pa.array([0, 0, 0], US),
            "known": pa.array([0, 0, 50], US),
            "price": [1.0, 2.0, 3.0],
        }),
        "at",
        available_at="known",
        row_key=["id"],
    )  # fmt: skip
    price = rw.FeatureView("now", J, changing, [rw.last("price")])
    one = source(table)
    chain = rw.FeatureService("c", [size, price]).applied_to(one)
    outer = [rw.sum("plane__seats").over("40us"), rw.mean("now__price_last").over("40us")]
    made = rw.backfill(rows(), rw.FeatureView("v", K, chain, outer))
    inner = rw.backfill(table, [size, price], timestamp="t")
    assert made.equals(rw.backfill(rows(), rw.FeatureView("v", K, source(inner), outer)))


def test_what_is_not_read_is_not_computed() -> None:
    table = pa.table({"k": ["a", "a"], "t": pa.array([1, 1], US), "x": [2**63 - 1, 1]})
    one = rw.Source("s", table, "t")
    view = rw.FeatureView("w", K, one, [rw.sum("x").over("1s", closed="both"), rw.count().over("1s", closed="both")])
    chain = rw.FeatureService("c", [view]).applied_to(one)
    asked = pa.table({"k": ["a"], "event_timestamp": pa.array([3], US)})
    made = rw.backfill(asked, rw.FeatureView("v", K, chain, [rw.max("w__count_1s")]))
    assert made["v__w__count_1s_max"].to_pylist() == [2]
    with pytest.raises(rw.DataError, match="the sum for w__x_sum_1s does not fit"):
        rw.backfill(asked, rw.FeatureView("v", K, chain, [rw.max("w__x_sum_1s")]))


def test_rows_that_are_left_out_have_no_features() -> None:
    table = pa.table({"k": ["a", "a"], "t": pa.array([1, None], US), "x": [1.0, 2.0]})
    one = rw.Source("s", table, "t", where=rw.col("t").is_not_null())
    chain = rw.FeatureService("c", [before(one, rw.sum("x"), entity=K)]).applied_to(one)
    asked = pa.table({"k": ["a"], "event_timestamp": pa.array([3], US)})
    made = rw.FeatureView("v", K, chain, [rw.count(), rw.count("before__x_sum")])
    for answer in (rw.backfill(asked, made), rw.backfill(asked, made, memory_limit="300MiB")):
        assert answer.select(["v__count", "v__before__x_sum_count"]).to_pylist() == [
            {"v__count": 1, "v__before__x_sum_count": 0}
        ]


def test_an_explanation_shows_the_passes() -> None:
    text = str(rw.explain(rows(), chained(events())))
    assert text.startswith("backfill of 5 features by the local engine: 1 pass over 1 source, 1 pass for the rows of")
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("pass 1.1: source 's'"))
    assert lines[at].endswith("for view before")
    assert any(line.startswith("  before__s  double  sum of") for line in lines)
    assert any(line.startswith("pass 1: source 's_with_c' (Arrow table with features of its rows") for line in lines)


def test_lineage_and_rebuild_of_a_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deltalake.write_deltalake("events", utc(events(40)))
    deltalake.write_deltalake("rows", utc(rows()))
    made = rw.backfill("delta:rows", chained("delta:events"), to="delta:out")
    deltalake.write_deltalake("events", utc(events(60)), mode="overwrite")
    (run,) = rw.lineage("delta:out").runs
    assert {str(read) for read in run.sources.values()} == {"delta:events at version 0"}
    again = rw.rebuild("delta:out", to="delta:again")
    assert again.rows == made.rows == len(rows())
    assert stored("again") == stored("out")
    rw.backfill("delta:rows", chained("delta:events"), to="delta:later")
    assert stored("later") != stored("out")


def utc(table: pa.Table) -> pa.Table:
    """With zoned times, as Delta tables have them."""
    zoned = pa.timestamp("us", "UTC")
    return table.cast(pa.schema([one.with_type(zoned) if one.type == US else one for one in table.schema]))


def stored(path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deltalake.DeltaTable(path).to_pyarrow_table().sort_by("event_timestamp").to_pylist()
    return found


def test_what_is_refused() -> None:
    one = source(events())
    static = rw.Source("planes", pa.table({"k": ["a"], "seats": [3]}), None)
    with pytest.raises(rw.DeclarationError, match="a static table"):
        rw.FeatureService("c", [before(one)]).applied_to(static)
    label = rw.LabelView("y", K, one, [rw.count().ahead("5us")])
    with pytest.raises(rw.DeclarationError, match="the labels of 'y' are not known at the time of a row"):
        rw.FeatureService("c", [label]).applied_to(one)
    chain = rw.FeatureService("c", [before(one)]).applied_to(one)
    with pytest.raises(rw.SchemaError, match="no column 'before__z'"):
        rw.backfill(rows(), rw.FeatureView("v", K, chain, [rw.max("before__z")]))


def test_a_condition_that_is_none() -> None:
    plain = source(events())
    wrong: Any = False
    for base in (plain, plain.filtered(rw.col("x").is_not_null())):
        with pytest.raises(rw.DeclarationError, match="where: expected an expression"):
            rw.FeatureService("c", [before(base, rw.count(), entity=K)]).applied_to(base, where=wrong)
