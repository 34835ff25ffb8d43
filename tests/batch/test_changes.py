"""Sources whose rows are changes: a query sees the table as it was known at its time."""

import logging
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw

US = pa.timestamp("us")
NAMES = ("id", "op", "k", "t", "known", "x")
#: one row: id, operation, key, when it happened, when the change was known, value
Change = tuple[Any, ...]


def source(*changes: Change, **options: Any) -> rw.Source:
    columns = dict(zip(NAMES, zip(*changes, strict=True), strict=True))
    kinds = {"id": pa.int64(), "t": US, "known": US, "x": pa.float64()}
    table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
    return rw.Source("s", table, "t", **{"available_at": "known", "row_key": ["id"], "op": "op", **options})


def view(of: rw.Source, *features: rw.Feature | str, **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity("k"), of, list(features), **options)


def asked(*times: int, k: str = "a") -> pa.Table:
    return pa.table({"k": [k] * len(times), "event_timestamp": pa.array(times, US)})


def answers(made: pa.Table, name: str) -> list[Any]:
    found: list[Any] = made[f"v__{name}"].to_pylist()
    return found


# ---- what a change does


def test_an_update_replaces_a_value_from_when_it_is_known(backfill: Callable[..., Any]) -> None:
    changing = source((1, "insert", "a", 10, 11, 1.0), (2, "insert", "a", 20, 21, 2.0), (1, "update", "a", 10, 30, 5.0))
    made = backfill(
        asked(11, 12, 30, 31), view(changing, rw.sum("x").over("25us"), rw.count(), rw.max("x"), rw.last("x"))
    )
    assert answers(made, "x_sum_25us") == [None, 1.0, 3.0, 7.0]
    assert answers(made, "count") == [0, 1, 2, 2]
    assert answers(made, "x_max") == [None, 1.0, 2.0, 5.0]
    assert answers(made, "x_last") == [None, 1.0, 2.0, 2.0]


def test_an_update_may_move_a_row_to_another_key() -> None:
    changing = source((1, "insert", "a", 10, 10, 1.0), (1, "update", "b", 10, 20, 1.0), (1, "update", "a", 10, 30, 3.0))
    features = view(changing, rw.count(), rw.sum("x").over("1s"))
    assert answers(rw.backfill(asked(20, 21, 31), features), "count") == [1, 0, 1]
    assert answers(rw.backfill(asked(20, 21, 31, k="b"), features), "count") == [0, 1, 0]
    assert answers(rw.backfill(asked(20, 21, 31), features), "x_sum_1s") == [1.0, None, 3.0]


def test_an_update_may_move_a_row_in_time() -> None:
    changing = source((1, "insert", "a", 10, 10, 1.0), (1, "update", "a", 28, 30, 1.0), (1, "update", "a", 90, 40, 1.0))
    made = rw.backfill(asked(12, 25, 31, 41, 91), view(changing, rw.count().over("5us")))
    assert answers(made, "count_5us") == [1, 0, 1, 0, 1]


def test_a_deletion_takes_a_row_away_and_an_insert_brings_it_back(backfill: Callable[..., Any]) -> None:
    changing = source(
        (1, "insert", "a", 10, 10, 1.0),
        (2, "insert", "a", 11, 11, 2.0),
        (1, "delete", None, None, 20, None),
        (1, "insert", "a", 25, 25, 4.0),
    )
    made = backfill(asked(20, 21, 26), view(changing, rw.count(), rw.first("x"), rw.last_n("x", 5)))
    assert answers(made, "count") == [2, 1, 2]
    assert answers(made, "x_first") == [1.0, 2.0, 2.0]
    assert answers(made, "x_last_n") == [[2.0, 1.0], [2.0], [4.0, 2.0]]


def test_both_edges_go_by_the_side_that_is_closed() -> None:
    changing = source((1, "insert", "a", 10, 10, 1.0), (1, "delete", "a", 10, 20, 1.0))
    expected: dict[Any, list[int]] = {"left": [0, 1, 1, 0], "right": [1, 1, 0, 0]}
    for closed, counts in expected.items():
        made = rw.backfill(asked(10, 11, 20, 21), view(changing, rw.count().over("1s", closed=closed)))
        assert answers(made, "count_1s") == counts, closed


def test_a_correction_of_what_is_long_over_counts_only_as_far_as_the_window_reaches() -> None:
    changing = source(
        (1, "insert", "a", 10, 10, 1.0), (1, "update", "a", 10, 100, 9.0), (2, "insert", "a", 99, 99, 0.0)
    )
    made = rw.backfill(asked(50, 101), view(changing, rw.sum("x").over("40us", "95us"), rw.sum("x")))
    assert answers(made, "x_sum_40us") == [1.0, 0.0]
    assert answers(made, "x_sum_95us") == [1.0, 9.0]
    assert answers(made, "x_sum") == [1.0, 9.0]


def test_a_version_that_was_superseded_before_it_counted_never_does() -> None:
    changing = source((1, "insert", "a", 50, 10, 1.0), (1, "update", "a", 60, 20, 2.0))
    made = rw.backfill(asked(15, 55, 61), view(changing, rw.sum("x")))
    assert answers(made, "x_sum") == [None, None, 2.0]


def test_where_speaks_of_versions() -> None:
    changing = source((1, "insert", "a", 10, 10, 5.0), (1, "update", "a", 10, 20, -5.0), where=rw.col("x") > 0)
    assert answers(rw.backfill(asked(11, 21), view(changing, rw.count())), "count") == [1, 0]
    whole = source((1, "insert", "a", 10, 10, 5.0), (1, "update", "a", 10, 20, -5.0))
    positive = rw.count().where(rw.col("x") > 0).alias("positive")
    assert answers(rw.backfill(asked(11, 21), view(whole, positive)), "positive") == [1, 0]


def test_without_operations_nothing_is_deleted() -> None:
    changing = source((1, "delete", "a", 10, 10, 1.0), (1, "delete", "a", 10, 20, 2.0), op=None)
    assert answers(rw.backfill(asked(11, 21), view(changing, rw.sum("x"))), "x_sum") == [1.0, 2.0]


def test_changes_known_at_one_time_go_by_the_tiebreak() -> None:
    table = pa.table({
        "id": [1, 1, 1],
        "seq": [3, 1, 2],
        "k": ["a"] * 3,
        "t": pa.array([10] * 3, US),
        "known": pa.array([10] * 3, US),
        "x": [3.0, 1.0, 2.0],
    })  # fmt: skip
    changing = rw.Source("s", table, "t", available_at="known", row_key=["id"], tiebreak=["seq"])
    made = rw.backfill(asked(11), view(changing, rw.sum("x"), rw.count()))
    assert (answers(made, "x_sum"), answers(made, "count")) == ([3.0], [1])


def test_a_row_key_of_two_columns_and_other_names_in_the_table() -> None:
    table = pa.table({
        "order": [1, 1, 1],
        "line": ["x", "y", "x"],
        "what": ["insert", "insert", "delete"],
        "key": ["a"] * 3,
        "at": pa.array([10, 11, 12], US),
        "seen": pa.array([10, 11, 12], US),
    })  # fmt: skip
    names = {"order": "id", "what": "op", "key": "k", "at": "t", "seen": "known"}
    changing = rw.Source(
        "s", table, "t", available_at="known", row_key=["id", "line"], op="op", field_mapping=names
    )  # fmt: skip
    assert answers(rw.backfill(asked(12, 13), view(changing, rw.count())), "count") == [2, 1]


def test_sums_are_exact_after_what_is_large_has_gone() -> None:
    changing = source(
        (1, "insert", "a", 10, 10, 1e300),
        (2, "insert", "a", 11, 11, 0.1),
        (3, "insert", "a", 12, 12, math.inf),
        (3, "update", "a", 12, 20, 0.2),
        (1, "delete", "a", 10, 21, None),
    )
    made = rw.backfill(asked(13, 21, 22), view(changing, rw.sum("x"), rw.var("x")))
    assert answers(made, "x_sum") == [math.inf, 1e300, 0.1 + 0.2]
    assert answers(made, "x_var")[2] == pytest.approx(0.005, rel=1e-15)


def test_changes_with_little_memory(caplog: pytest.LogCaptureFixture) -> None:
    changing = source((1, "insert", "a", 10, 10, 1.0), (1, "update", "a", 10, 20, 5.0))
    with caplog.at_level(logging.WARNING, "ropeway"):
        made = rw.backfill(asked(11, 21), view(changing, rw.sum("x")), memory_limit="512MiB")
    assert answers(made, "x_sum") == [1.0, 5.0]
    assert "are put together in memory" in caplog.text


# ---- what can't be known


def refused(changing: rw.Source) -> str:
    with pytest.raises(rw.DataError) as error:
        rw.backfill(asked(11), view(changing, rw.count()))
    return str(error.value)


def test_an_operation_that_is_none() -> None:
    assert refused(source((1, "upsert", "a", 10, 10, 1.0))) == (
        "source 's': 'op' is 'upsert' in some row; expected one of 'insert', 'update', 'delete'."
    )
    assert "'op' is None in some row" in refused(source((1, None, "a", 10, 10, 1.0)))


def test_a_row_key_that_is_null() -> None:
    changing = source((1, "insert", "a", 10, 10, 1.0), (None, "insert", "a", 10, 10, 1.0))
    assert refused(changing) == (
        "source 's': row_key is null in 1 rows here, such as row 1, so that what they change can't be known."
    )


def test_two_changes_of_a_row_of_which_none_comes_first() -> None:
    same = source((7, "insert", "a", 10, 10, 1.0), (7, "update", "a", 10, 10, 2.0), (8, "insert", "a", 10, 10, 1.0))
    assert refused(same) == (
        "source 's': 1 changes became known together with another one of the same row, such as of id=7. Name a "
        "tiebreak that tells which of them came first."
    )
    told = source((7, "insert", "a", 10, 10, 1.0), (7, "update", "a", 10, 10, 2.0), tiebreak=["x"])
    assert answers(rw.backfill(asked(11), view(told, rw.sum("x"))), "x_sum") == [2.0]


def test_deletions_of_rows_that_were_never_there(caplog: pytest.LogCaptureFixture) -> None:
    changes = [(1, "insert", "a", 10, 10, 1.0), (1, "delete", "a", 10, 12, 1.0), (1, "delete", "a", 10, 13, 1.0)]
    changes.append((9, "delete", "a", 10, 11, 1.0))
    text = "source 's': 2 deletions of rows that are not there, such as of id="
    with caplog.at_level(logging.WARNING, "ropeway"):
        made = rw.backfill(asked(12, 14), view(source(*changes), rw.count()))
    assert answers(made, "count") == [1, 0]
    assert [text in message and message.endswith("they delete nothing") for message in caplog.messages] == [True]
    strict = refused(source(*changes, unseen="error"))
    assert strict.startswith(text)
    assert strict.endswith("Add what is missing, or pass unseen='warn' to the source.")


def test_errors_of_changes_reach_the_caller_from_spark(backfill: Callable[..., Any]) -> None:
    same = source((7, "insert", "a", 10, 10, 1.0), (7, "update", "a", 10, 10, 2.0))
    with pytest.raises(rw.DataError, match="such as of id=7"):
        answers(backfill(asked(11), view(same, rw.count())), "count")


def test_what_is_refused_at_once() -> None:
    table = pa.table({"id": [1], "k": ["a"], "t": pa.array([1], US), "known": pa.array([1], US)})
    with pytest.raises(rw.DeclarationError, match="changes of a row need available_at"):
        rw.Source("s", table, "t", row_key=["id"])
    with pytest.raises(rw.DeclarationError, match="name the row_key of what it changes"):
        rw.Source("s", table, "t", available_at="known", op="op")
    changing = rw.Source("s", table, "t", available_at="known", row_key=["id"])
    with pytest.raises(rw.DeclarationError, match="which are the last ones changes with them"):
        view(changing, rw.count().over(rows=3))
    with pytest.raises(rw.DeclarationError, match="has available_at"):
        view(changing, rw.session_start(gap="1us"))
    with pytest.raises(rw.DeclarationError, match="its rows change"):
        rw.FeatureService("c", [view(changing, rw.count())]).applied_to(changing)
    with pytest.raises(rw.SchemaError, match="row_key: there is no column 'nr'"):
        rw.backfill(
            asked(1), view(rw.Source("s", table, "t", available_at="known", row_key=["nr"]), rw.count())
        )  # fmt: skip


def test_operations_are_text() -> None:
    table = pa.table({"id": [1], "k": ["a"], "t": pa.array([0], US), "known": pa.array([0], US), "op": [1]})
    held = rw.Source("s", table, "t", available_at="known", row_key=["id"], op="op")
    rows = pa.table({"k": ["a"], "event_timestamp": pa.array([5], US)})
    with pytest.raises(rw.SchemaError, match="op 'op' of source 's' is of type int64: expected text"):
        rw.backfill(rows, rw.FeatureView("v", rw.Entity("k"), held, [rw.count()]))
    empty = table.slice(0, 0).set_column(4, "op", pa.nulls(0))
    none = rw.Source("s", empty, "t", available_at="known", row_key=["id"], op="op")
    assert rw.backfill(rows, rw.FeatureView("v", rw.Entity("k"), none, [rw.count()]))["v__count"].to_pylist() == [0]


def test_names_that_spark_would_take_apart(spark: Any) -> None:
    table = pa.table({"a.id": [1, 1], "k": ["a"] * 2, "t": pa.array([0, 0], US), "known": pa.array([1, 3], US)})
    held = rw.Source("s", table, "t", available_at="known", row_key=["id"], field_mapping={"a.id": "id"})
    rows = pa.table({"k": ["a"], "event_timestamp": pa.array([5], US)})
    made = rw.FeatureView("v", rw.Entity("k"), held, [rw.count()])
    assert rw.backfill(rows, made, spark=spark)["v__count"].to_pylist() == [1]
