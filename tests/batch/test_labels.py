"""Labels: what happens in `[t, t + w)`, and null as long as that time is not over."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw

US = pa.timestamp("us")
ENTITY = rw.Entity("k")


def source(times: list[int | None], *, known: list[int] | None = None, **options: Any) -> rw.Source:
    """Rows of one key at these times, whose value is the time."""
    columns = {"k": pa.array(["a"] * len(times)), "t": pa.array(times, US), "x": pa.array(times, pa.int64())}
    if known is not None:
        columns["known"] = pa.array(known, US)
        options["available_at"] = "known"
    return rw.Source("s", pa.table(columns), "t", **options)


def rows(*times: int, k: str = "a") -> pa.Table:
    return pa.table({"k": [k] * len(times), "event_timestamp": pa.array(times, US)})


def labels(of: rw.Source, *features: rw.Feature, until: Any = None) -> rw.LabelView:
    return rw.LabelView("y", ENTITY, of, list(features), complete_until=until)


def answers(made: pa.Table, name: str) -> list[Any]:
    found: list[Any] = made[f"y__{name}"].to_pylist()
    return found


def test_the_window_begins_with_t_and_ends_before_its_end(backfill: Callable[..., Any]) -> None:
    view = labels(source([10, 12, 15, 99]), rw.count().ahead("5us"), rw.sum("x").ahead("6us"))
    made = backfill(rows(9, 10, 11, 16), view)
    assert answers(made, "count_5us") == [2, 2, 2, 0]
    assert answers(made, "x_sum_6us") == [22, 37, 27, None]


def test_a_label_is_null_until_its_time_is_over() -> None:
    view = labels(source([10, 20]), rw.count().ahead("5us"), rw.count().by("x").ahead("5us"), rw.sum("x").ahead("10us"))
    made = rw.backfill(rows(10, 15, 16), view)  # complete until 20, the newest row
    assert answers(made, "count_5us") == [1, 0, None]
    assert answers(made, "count_by_x_5us") == [[(10, 1)], [], None]
    assert answers(made, "x_sum_10us") == [10, None, None]


def test_what_is_complete_may_be_said() -> None:
    later = labels(source([10, 20]), rw.count().ahead("5us"), until="1970-01-01T00:00:00.000030")
    assert answers(rw.backfill(rows(16, 20, 25, 26), later), "count_5us") == [1, 1, 0, None]
    earlier = labels(source([10, 20]), rw.count().ahead("5us"), until="1970-01-01T00:00:00.000014")
    assert answers(rw.backfill(rows(9, 10), earlier), "count_5us") == [1, None]


def test_the_newest_row_counts_even_if_it_is_left_out() -> None:
    found = labels(source([10, 20], where=rw.col("x") < 15), rw.count().ahead("5us"))
    assert answers(rw.backfill(rows(15, 16), found), "count_5us") == [0, None]
    with_holes = labels(source([10, None, 20], where=rw.col("t").is_not_null()), rw.count().ahead("5us"))
    assert answers(rw.backfill(rows(10, 15, 16), with_holes), "count_5us") == [1, 0, None]


def test_a_source_without_rows_is_complete_up_to_nowhere() -> None:
    assert answers(rw.backfill(rows(-5, 0), labels(source([]), rw.count().ahead("1us"))), "count_1us") == [None, None]
    first = rows(-(2**63))
    assert answers(rw.backfill(first, labels(source([]), rw.count().ahead("1us"))), "count_1us") == [None]


def test_times_that_python_has_no_date_for() -> None:
    far = 2**61
    view = labels(source([far, far + 3]), rw.count().ahead("2us"))
    assert answers(rw.backfill(rows(far - 1, far, far + 2), view), "count_2us") == [1, 1, None]


def test_when_a_row_became_known_does_not_matter() -> None:
    view = labels(source([10, 20], known=[1000, 20]), rw.count().ahead("5us"))
    assert answers(rw.backfill(rows(8), view), "count_5us") == [1]


def test_an_unknown_entity_has_no_rows_of_which_some_would_be_missing() -> None:
    view = labels(source([10, 20]), rw.count().ahead("5us"), rw.max("x").ahead("5us"))
    made = rw.backfill(rows(10, 16, k="z"), view)
    assert answers(made, "count_5us") == [0, None]
    assert answers(made, "x_max_5us") == [None, None]


def test_labels_beside_features() -> None:
    one = source([10, 12, 20])
    features = rw.FeatureView("v", ENTITY, one, [rw.count().over("5us")])
    service = rw.FeatureService(
        "both",
        [features, labels(one, rw.count().ahead("5us"))],
        derived={"more": rw.col("y__count_5us") > rw.col("v__count_5us")},
    )
    made = rw.backfill(rows(12, 10, 16), service)
    assert made["v__count_5us"].to_pylist() == [1, 0, 1]
    assert answers(made, "count_5us") == [1, 2, None]
    assert made["more"].to_pylist() == [False, True, None]


def test_labels_of_changes_are_those_of_the_table_as_it_ended() -> None:
    table = pa.table({
        "k": ["a"] * 5,
        "id": [1, 2, 1, 3, 3],
        "op": ["insert", "insert", "update", "insert", "delete"],
        "t": pa.array([10, 11, 14, 12, None], US),
        "known": pa.array([10, 11, 500, 12, 600], US),
        "x": pa.array([1, 2, 7, 100, None], pa.int64()),
    })  # fmt: skip
    changing = rw.Source("s", table, "t", available_at="known", row_key=["id"], op="op")
    view = labels(changing, rw.sum("x").ahead("3us"), rw.sum("x").ahead("4us"))
    made = rw.backfill(rows(10, 11), view)  # complete until 14, the newest time of any change
    assert answers(made, "x_sum_3us") == [2, 2]
    assert answers(made, "x_sum_4us") == [2, None]


def test_labels_of_a_chain() -> None:
    one = source([10, 12, 15, 20], known=[10, 12, 15, 20], tiebreak=["x"])
    before = rw.FeatureView("before", ENTITY, one, [rw.count().over("5us")])
    chain = rw.FeatureService("c", [before]).applied_to(one)
    view = labels(chain, rw.sum("before__count_5us").ahead("6us"))
    # of 10, 12 and 15 there are 0, 1 and 2 rows before
    assert answers(rw.backfill(rows(10, 11, 14, 15), view), "before__count_5us_sum_6us") == [3, 3, 2, None]
    # it reads neither the tiebreak nor when rows were known
    assert answers(rw.backfill(rows(10), labels(chain, rw.count().ahead("1us"))), "count_1us") == [1]


@pytest.mark.parametrize("memory_limit", [None, "512MiB"])
def test_labels_in_parts(memory_limit: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MOST_ROWS": 6, "BLOCK_ROWS": 4}.items():
        monkeypatch.setattr(f"ropeway.batch.memory.{name}", value)
    times = list(range(0, 40, 2))
    view = labels(source(list(times)), rw.count().ahead("5us"), rw.last("x").ahead("9us"))
    made = rw.backfill(rows(*range(40)), view, memory_limit=memory_limit)
    inside = [[at for at in times if t <= at < t + 9] for t in range(40)]
    assert answers(made, "x_last_9us") == [found[-1] if t + 9 <= 38 else None for t, found in enumerate(inside)]
    counts = [sum(t <= at < t + 5 for at in times) for t in range(40)]
    assert answers(made, "count_5us") == [one if t + 5 <= 38 else None for t, one in enumerate(counts)]


def test_what_is_no_label() -> None:
    with pytest.raises(rw.DeclarationError, match="does not look ahead of the time that is asked for"):
        labels(source([1]), rw.count().over("5us"))
    with pytest.raises(rw.DeclarationError, match="declare it as a label, in a LabelView"):
        rw.FeatureView("v", ENTITY, source([1]), [rw.count().ahead("5us")])
    static = rw.Source("s", pa.table({"k": ["a"]}), None)
    with pytest.raises(rw.DeclarationError, match=r"a static table .* has no labels"):
        labels(static, rw.count().ahead("5us"))
