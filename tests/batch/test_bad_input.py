"""Bad input: one clear error each, and nothing written."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Backfill = Callable[..., Any]

NOON = pd.Timestamp("2013-01-01 12:00")
NEVER: Any = pd.NaT
EVENTS = pd.DataFrame({"k": ["a"], "t": [NOON], "x": [1.0], "n": [2**62], "word": ["w"]})
ROWS = pd.DataFrame({"k": ["a"], "event_timestamp": [NOON + pd.Timedelta("1h")]})


def view(*features: Any, table: Any = EVENTS, entity: str = "k", **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity(entity), rw.Source("s", table, "t", **options), list(features))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: view(rw.sum("y")), r"(?s)'y'.*k, t, x, n, word"),
        (lambda: view(rw.count().where(rw.col("y") > 0)), r"(?s)'y'.*k, t, x, n, word"),
        (lambda: view(rw.count(), available_at="y"), r"(?s)available_at.*'y'.*k, t, x, n, word"),
        (lambda: view(rw.last("x"), tiebreak=["y"]), r"(?s)tiebreak.*'y'.*k, t, x, n, word"),
        (lambda: view(rw.sum("word")), r"sum.*string.*numbers"),
        (lambda: view(rw.any("x")), r"any.*double.*booleans"),
        (lambda: view(rw.count().where(rw.col("x"))), r"double.*condition"),
        (lambda: view(rw.count(), entity="other"), r"(?s)join key.*'other'.*k, t, x, n, word"),
    ],
)
def test_declarations_that_do_not_fit_the_table(backfill: Backfill, made: Any, message: str) -> None:
    with pytest.raises(rw.SchemaError, match=message):
        backfill(ROWS, made())


def test_no_such_table(backfill: Backfill, tmp_path: Path) -> None:
    for scheme in ("delta", "parquet"):
        with pytest.raises(rw.TableNotFoundError, match="none"):
            backfill(ROWS, view(rw.count(), table=f"{scheme}:{tmp_path}/none"))
        with pytest.raises(rw.TableNotFoundError, match="none"):
            backfill(f"{scheme}:{tmp_path}/none", view(rw.count()))


def test_a_key_of_another_type(backfill: Backfill) -> None:
    with pytest.raises(rw.SchemaError, match=r"'k'.*string in the source and int64 in the rows"):
        backfill(ROWS.assign(k=[1]), view(rw.count()))


def test_a_float_key(backfill: Backfill) -> None:
    with pytest.raises(rw.SchemaError, match=r"double: floats are no keys"):
        backfill(ROWS.assign(k=[1.0]), view(rw.count(), table=EVENTS.assign(k=[1.0])))


def test_rows_without_the_key_column(backfill: Backfill) -> None:
    with pytest.raises(rw.SchemaError, match=r"(?s)join key in the rows: there is no column 'k'.*with_join_key_map"):
        backfill(ROWS.rename(columns={"k": "plane"}), view(rw.count()))


def test_rows_without_their_time(backfill: Backfill) -> None:
    with pytest.raises(rw.SchemaError, match=r"(?s)there is no column 'event_timestamp'.*timestamp="):
        backfill(ROWS.rename(columns={"event_timestamp": "at"}), view(rw.count()))


def test_integers_as_time_need_a_unit(backfill: Backfill) -> None:
    with pytest.raises(rw.SchemaError, match=r"timestamp of source 's' is of type int64.*timestamp_unit"):
        backfill(ROWS, view(rw.count(), table=EVENTS.assign(t=[1])))
    with pytest.raises(rw.SchemaError, match=r"'event_timestamp' of the rows is of type int64.*timestamp_unit"):
        backfill(ROWS.assign(event_timestamp=[1]), view(rw.count()))
    with pytest.raises(rw.SchemaError, match="expected one of 's', 'ms', 'us', 'ns'"):
        backfill(ROWS.assign(event_timestamp=[1]), view(rw.count()), timestamp_unit="h")
    with pytest.raises(rw.SchemaError, match="of type string: expected a timestamp"):
        backfill(ROWS.assign(event_timestamp=["2013"]), view(rw.count()))


def test_nanoseconds_that_are_not_whole_microseconds() -> None:
    odd = EVENTS.assign(t=[NOON + pd.Timedelta(1, "ns")])
    with pytest.raises(rw.DataError, match=r"timestamp 't' of source 's'.*not whole microseconds in 1 of 1 rows"):
        rw.backfill(ROWS, view(rw.count(), table=odd))
    with pytest.raises(rw.DataError, match=r"'event_timestamp' of the rows.*not whole microseconds"):
        rw.backfill(ROWS.assign(event_timestamp=odd["t"]), view(rw.count()))
    counted = view(rw.count(), table=EVENTS.assign(t=[1_001]), timestamp_unit="ns")
    with pytest.raises(rw.DataError, match="such as 1001 ns"):
        rw.backfill(ROWS, counted)


def test_a_null_event_time(backfill: Backfill) -> None:
    with pytest.raises(rw.DataError, match=r"timestamp 't' of source 's' is null in 1 of 1 rows"):
        backfill(ROWS, view(rw.count(), table=EVENTS.assign(t=[NEVER])))
    with pytest.raises(rw.DataError, match=r"'event_timestamp' of the rows is null in 1 of 1 rows"):
        backfill(ROWS.assign(event_timestamp=[NEVER]), view(rw.count()))


def test_a_filter_may_drop_null_event_times(backfill: Backfill) -> None:
    table = pd.concat([EVENTS, EVENTS.assign(t=[NEVER])])
    kept = view(rw.count(), table=table, where=rw.col("t").is_not_null())
    assert backfill(ROWS, kept)["v__count"].tolist() == [1]


def test_a_duplicate_output_name(backfill: Backfill) -> None:
    with pytest.raises(rw.DeclarationError, match="Two features would both be the column 'v__count'"):
        backfill(ROWS, [view(rw.count()), view(rw.count())])
    with pytest.raises(rw.SchemaError, match="have a column 'v__count' already"):
        backfill(ROWS.assign(v__count=1), view(rw.count()))


def test_an_empty_list_of_features(backfill: Backfill) -> None:
    with pytest.raises(rw.DeclarationError, match="empty list"):
        backfill(ROWS, [])
    with pytest.raises(rw.DeclarationError, match="no features"):
        view()


@pytest.mark.parametrize("width", ["0d", pd.Timedelta(0), pd.Timedelta(-1, "h")])
def test_a_window_of_nothing(width: Any) -> None:
    with pytest.raises(rw.DeclarationError, match="must be longer than nothing"):
        rw.count().over(width)


def test_an_unknown_mode_or_a_mode_without_a_table() -> None:
    with pytest.raises(rw.UsageError, match="mode='replace': expected one of 'error', 'append', 'overwrite'"):
        rw.backfill(ROWS, view(rw.count()), to="delta:x", mode="replace")  # type: ignore[arg-type]
    with pytest.raises(rw.UsageError, match="pass to="):
        rw.backfill(ROWS, view(rw.count()), run_id="r")


def test_an_output_table_that_exists(backfill: Backfill, tmp_path: Path) -> None:
    address = f"delta:{tmp_path}/out"
    backfill(ROWS, view(rw.count()), to=address)
    with pytest.raises(rw.TableExistsError, match=r"exists already.*append.*overwrite"):
        backfill(ROWS, view(rw.count()), to=address)
    with pytest.raises(rw.SchemaError, match=r"(?s)another schema.*v__x_sum"):
        backfill(ROWS, view(rw.count(), rw.sum("x")), to=address, mode="append")
    assert DeltaTable(tmp_path / "out").version() == 0
    assert backfill(ROWS, view(rw.count()), to=address, mode="append").version == 1
    assert backfill(ROWS, view(rw.sum("x")), to=address, mode="overwrite").version == 2
    assert DeltaTable(tmp_path / "out").to_pyarrow_table()["v__x_sum"].to_pylist() == [1.0]


def test_an_error_in_the_data_leaves_no_table(backfill: Backfill, tmp_path: Path) -> None:
    table = pd.concat([EVENTS, EVENTS])
    with pytest.raises(rw.DataError, match=r"source 's'.*v__n_sum does not fit into int64"):
        backfill(ROWS, view(rw.sum("n"), table=table), to=f"delta:{tmp_path}/out")
    assert not DeltaTable.is_deltatable(str(tmp_path / "out"))


def test_an_error_on_a_lazy_spark_frame_appears_at_its_action(spark: "SparkSession") -> None:
    frame = rw.backfill(spark.createDataFrame(ROWS), view(rw.sum("n"), table=pd.concat([EVENTS, EVENTS])))
    with pytest.raises(Exception, match=r"DataError: source 's'.*v__n_sum does not fit into int64"):
        frame.collect()


def test_a_static_table_with_a_duplicate_key(backfill: Backfill) -> None:
    planes = rw.Source("planes", pd.DataFrame({"k": ["a", "a", "b"], "seats": [2, 3, 4]}), None)
    static = rw.FeatureView("p", rw.Entity("k"), planes, ["seats"])
    with pytest.raises(rw.DataError, match=r"source 'planes' is a static table.*1 of its keys"):
        backfill(ROWS, static)


def test_a_spark_frame_for_the_local_engine(spark: "SparkSession") -> None:
    with pytest.raises(rw.CapabilityError, match="spark="):
        rw.backfill(ROWS, view(rw.count(), table=spark.createDataFrame(EVENTS)))


def test_two_columns_of_one_name() -> None:
    rows = pd.concat([ROWS, ROWS[["k"]]], axis=1)
    with pytest.raises(rw.SchemaError, match="'k'"):
        rw.backfill(rows, view(rw.count()))


# ---- what looks odd and is right


def test_static_tables_need_no_time(backfill: Backfill) -> None:
    planes = rw.Source("planes", pd.DataFrame({"k": ["a", "b"], "seats": [2, None]}), None)
    static = rw.FeatureView("p", rw.Entity("k"), planes, ["seats", rw.last("seats").alias("known")])
    made = backfill(pd.DataFrame({"k": ["b", "a", "z", None]}), static)
    assert made["p__seats"].fillna(-1).tolist() == [-1, 2, -1, -1]


def test_empty_tables_and_one_row(backfill: Backfill) -> None:
    empty = pa.Table.from_pandas(EVENTS, preserve_index=False).slice(0, 0)
    features = (rw.count(), rw.sum("x").over("1h"), rw.last("word"), rw.max("n"))
    made = backfill(ROWS, view(*features, table=empty))
    assert made["v__count"].tolist() == [0]
    assert made.iloc[0, -3:].isna().all()
    nobody = backfill(ROWS.iloc[:0], view(*features))
    assert len(nobody) == 0
    assert nobody.columns.tolist() == [*ROWS.columns, "v__count", "v__x_sum_1h", "v__word_last", "v__n_max"]
    assert nobody["v__count"].dtype == np.int64


def test_rows_may_carry_what_arrow_has_no_type_for() -> None:
    thing: Any = object()
    rows = ROWS.assign(thing=[thing])
    made = rw.backfill(rows, view(rw.count()))
    assert made["thing"].tolist() == [thing]
    assert made["v__count"].tolist() == [1]


def test_what_arrow_has_no_type_for_is_refused_where_it_is_read(tmp_path: Path) -> None:
    thing: Any = object()
    with pytest.raises(rw.SchemaError, match="column 'k' has no type in Arrow"):
        rw.backfill(ROWS.assign(k=[thing]), view(rw.count()))
    with pytest.raises(rw.SchemaError, match="the type of column 'thing'"):
        rw.backfill(ROWS.assign(thing=[thing]), view(rw.count()), to=f"delta:{tmp_path}/out")
    assert not (tmp_path / "out").exists()


def test_tables_of_both_kinds_of_address(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "events", pa.Table.from_pandas(EVENTS, preserve_index=False))
    write_deltalake(tmp_path / "rows", pa.Table.from_pandas(ROWS, preserve_index=False))
    made = rw.backfill(f"delta:{tmp_path}/rows", view(rw.count(), table=f"delta:{tmp_path}/events"))
    assert made["v__count"].to_pylist() == [1]
