"""Elements, vectors and maps by category, by hand: lengths, texts that are too long, counts beyond int32."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms import columns, expanding

US = pa.timestamp("us")
K = rw.Entity("k")


def view(*features: Any, **own: Any) -> rw.FeatureView:
    size = len(next(iter(own.values())))
    table = {"k": ["a"] * size, "t": pa.array(range(size), US), **own}
    return rw.FeatureView("v", K, rw.Source("s", pa.table(table), "t"), list(features))


def asked(*times: int, key: str = "a") -> pa.Table:
    return pa.table({"k": [key] * len(times), "event_timestamp": pa.array(times, US)})


def test_vectors_of_one_window_are_of_one_length() -> None:
    mixed = view(rw.vector_sum("v").over("2us"), v=[[1.0, 2.0], [3.0, 4.0], None, None, [5.0]])
    assert rw.backfill(asked(2, 5, 9), mixed)["v__v_vector_sum_2us"].to_pylist() == [[4.0, 6.0], [5.0], None]
    together = view(rw.vector_sum("v").over("9us"), v=[[1.0, 2.0], [3.0, 4.0], None, None, [5.0]])
    with pytest.raises(rw.DataError, match="1 windows hold some of 1 numbers and some of 2; row 4 here has 1 where"):
        rw.backfill(asked(4, 5), together)


def test_a_vector_that_a_feature_leaves_out_may_be_of_any_length() -> None:
    made = view(rw.vector_max("v").where(rw.col("g") == 1), v=[[1.0], [9.0, 9.0], [2.0]], g=[1, 0, 1])
    assert rw.backfill(asked(3), made)["v__v_vector_max"].to_pylist() == [[2.0]]


def test_keys_may_have_vectors_of_their_own_length() -> None:
    table = pa.table({"k": ["a", "b"], "t": pa.array([0, 0], US), "v": [[1, 2], [3]]})
    made = rw.FeatureView("v", K, rw.Source("s", table, "t"), [rw.vector_mean("v")])
    rows = pa.table({"k": ["b", "a", "c"], "event_timestamp": pa.array([1, 1, 1], US)})
    assert rw.backfill(rows, made)["v__v_vector_mean"].to_pylist() == [[3.0], [1.0, 2.0], None]


def test_no_vector_at_all() -> None:
    made = view(rw.vector_sum("v"), v=pa.array([None, None], pa.list_(pa.float64())))
    assert rw.backfill(asked(1, 2), made)["v__v_vector_sum"].to_pylist() == [None, None]


@pytest.mark.parametrize(
    "feature", [rw.last("x"), rw.last_n("x", 2), rw.top_n("x", 2), rw.histogram("x"), rw.count().by("x")], ids=repr
)
def test_more_text_than_one_array_can_hold(feature: rw.Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    made = view(feature, x=["a" * 10, "b" * 10])
    monkeypatch.setattr(columns, "_MOST_BYTES", 60)
    rw.backfill(asked(2, 2, 2), made)
    with pytest.raises(
        rw.DataError, match=r"answers of \d+ bytes of text in one column and place, and 60 are the most"
    ):
        rw.backfill(asked(*[2] * 7), made)


def test_more_rows_than_positions_can_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expanding, "_LARGEST", 5)
    with pytest.raises(rw.DataError, match="source 's': 6 elements in one place; 5 is the most"):
        rw.backfill(asked(2), view(rw.count("l").explode(), l=[[1, 2, 3], [4, 5, 6]]))
    with pytest.raises(rw.DataError, match="source 's': 8 categories of queries in one place; 5 is the most"):
        rw.backfill(asked(2, 2, 2, 2), view(rw.count().by("x"), x=["a", "b"]))


def test_codes_too_far_apart_to_count_by_are_numbered() -> None:
    """A code for each key and category, of which most are not there."""
    size = 3_000
    table = pa.table({"k": np.arange(size), "t": pa.array([0] * size, US), "c": np.arange(size) * 7})
    made = rw.FeatureView("v", K, rw.Source("s", table, "t"), [rw.count().by("c")])
    rows = pa.table({"k": np.arange(size), "event_timestamp": pa.array([1] * size, US)})
    assert rw.backfill(rows, made)["v__count_by_c"].to_pylist() == [[(7 * at, 1)] for at in range(size)]
