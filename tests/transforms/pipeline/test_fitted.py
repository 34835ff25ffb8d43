"""Fitted pipelines: any kind of frame, rows, estimators, and what is refused."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T
from ropeway.transforms.pipeline.fitted import FittedPipeline

FRAME = pd.DataFrame(
    {"delay": [1.0, None, 5.0, 2.0], "carrier": ["AA", "UA", "AA", None], "n": [1, 2, 3, 4]}, index=list("abcd")
)


@pytest.fixture(scope="module")
def fitted() -> FittedPipeline:
    p = rw.Pipeline("delays")["delay"] >> [T.SimpleImputer(add_indicator=True), T.StandardScaler()]
    p = p["carrier"] >> T.OneHotEncoder()
    return (p["n"] >> T.Passthrough()).fit(FRAME)


def test_a_frame_comes_back_as_it_was_given(fitted: FittedPipeline) -> None:
    arrow = pa.Table.from_pandas(FRAME, preserve_index=False)
    made = fitted.transform(FRAME)
    assert made.index.tolist() == ["a", "b", "c", "d"]
    assert fitted.transform(arrow).to_pandas().equals(made.reset_index(drop=True))
    assert fitted.transform(arrow.to_batches()[0]).to_pandas().equals(made.reset_index(drop=True))
    from_polars = fitted.transform(pl.from_pandas(FRAME))
    assert isinstance(from_polars, pl.DataFrame)
    assert from_polars.to_pandas().equals(made.reset_index(drop=True))


def test_numbers_are_plain_numpy_and_other_columns_keep_their_type(fitted: FittedPipeline) -> None:
    assert fitted.transform(FRAME).dtypes.astype(str).to_dict() == {
        "delay": "float64", "missingindicator_delay": "float64", "carrier_AA": "float64", "carrier_UA": "float64",
        "carrier_nan": "float64", "n": "int64",
    }  # fmt: skip
    assert fitted.schema.field("n").type == pa.int64()


def test_further_columns_and_keys_are_ignored_and_missing_ones_are_named(fitted: FittedPipeline) -> None:
    made = fitted.transform(FRAME.assign(more=1)[["more", "n", "carrier", "delay"]])
    assert made.equals(fitted.transform(FRAME))
    row = {"n": 1, "carrier": "AA", "delay": 1.0, "more": object()}
    assert fitted.row()(row).tolist() == made.iloc[0].tolist()
    with pytest.raises(rw.SchemaError, match=r"reads 'delay', and the pandas frame has no such column. It has: car"):
        fitted.transform(FRAME[["carrier", "n"]])
    with pytest.raises(rw.SchemaError, match=r"the row has no value of 'delay', 'n'; it has 'carrier'"):
        fitted.row()({"carrier": "AA"})


def test_other_types_of_a_kind_are_taken_and_other_kinds_refused(fitted: FittedPipeline) -> None:
    wanted = fitted.transform(FRAME)
    other = FRAME.astype({"delay": "float32", "n": "Int16", "carrier": "category"})
    pd.testing.assert_frame_equal(fitted.transform(other), wanted)
    holes = FRAME.assign(n=[1.0, 2.0, 3.0, math.nan])
    assert fitted.transform(pl.from_pandas(holes))["n"].to_list() == [1, 2, 3, None]
    with pytest.raises(rw.SchemaError, match="'n' has floats with a fraction"):
        fitted.transform(FRAME.assign(n=1.5))
    with pytest.raises(rw.SchemaError, match="'delay' is of type string, and was double"):
        fitted.transform(FRAME.assign(delay="late"))
    with pytest.raises(rw.UsageError, match="a table is an address or a frame"):
        fitted.transform([1, 2])


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, np.float64("nan")])
def test_a_row_may_miss_values_in_any_way(fitted: FittedPipeline, missing: object) -> None:
    got = fitted.row()({"delay": missing, "carrier": missing, "n": 1})
    assert got.tolist() == fitted.transform(FRAME.iloc[[1]].assign(carrier=None, n=1)).iloc[0].tolist()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"delay": "1", "carrier": "AA", "n": 1}, "'delay' of the row: '1' is of type str, expected double"),
        ({"delay": 1.0, "carrier": 3, "n": 1}, "'carrier' of the row: 3 is of type int, expected string"),
        ({"delay": 1.0, "carrier": "AA", "n": "x"}, "'n' of the row: 'x' is of type str, expected int64"),
    ],
)
def test_a_row_with_another_type_is_refused(fitted: FittedPipeline, row: dict[str, object], message: str) -> None:
    with pytest.raises(rw.DataError, match=message):
        fitted.row()(row)


def test_numpy_and_plain_values_of_a_row_are_the_same(fitted: FittedPipeline) -> None:
    plain = fitted.row()({"delay": 2, "carrier": "AA", "n": 3})
    assert fitted.row()({"delay": np.float32(2), "carrier": "AA", "n": np.int8(3)}).tolist() == plain.tolist()


def test_a_category_that_was_not_there_is_named_and_counted(fitted: FittedPipeline) -> None:
    with pytest.raises(rw.DataError, match=r"3 of 4 rows hold 'B6', 'WN': no category of column 'carrier'"):
        fitted.transform(FRAME.assign(carrier=["B6", "AA", "WN", "B6"]))
    with pytest.raises(rw.DataError, match="the row holds 'B6': no category"):
        fitted.row()({"delay": 1.0, "carrier": "B6", "n": 1})


def test_text_is_no_vector() -> None:
    kept = (rw.Pipeline("p")["carrier"] >> T.Passthrough()).fit(FRAME)
    assert kept.row().values({"carrier": "AA"}) == {"carrier": "AA"}
    with pytest.raises(rw.SchemaError, match="the output 'carrier' is of type string, no number"):
        kept.row()({"carrier": "AA"})


def test_many_threads_and_blocks_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 100_000
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"x": random.normal(size=size), "c": random.choice(np.array(["a", "b", None]), size)})
    p = rw.Pipeline("p")["x"] >> [T.RobustScaler(), T.MinMaxScaler()]
    p = p["c"] >> [T.OrdinalEncoder(), T.SimpleImputer(strategy="constant", fill_value=9), T.StandardScaler()]
    monkeypatch.setenv("ROPEWAY_THREADS", "1")
    one = p.fit(frame)
    wanted = one.transform(frame)
    monkeypatch.setenv("ROPEWAY_THREADS", "3")
    assert p.fit(frame) == one
    assert one.transform(frame).equals(wanted)
    chunks = pa.Table.from_batches(pa.Table.from_pandas(frame).to_batches(max_chunksize=777))
    assert one.transform(chunks).to_pandas().equals(wanted)


def test_a_cross_fitted_target_reaches_the_estimator_and_not_the_service() -> None:
    from sklearn.linear_model import LinearRegression

    random = np.random.default_rng(1)
    frame = pd.DataFrame({"id": random.integers(0, 300, 600).astype(str), "y": random.normal(size=600)})
    p = rw.Pipeline("p")["id"] >> T.TargetEncoder(smooth=0.0)
    trained = (p >> LinearRegression()).fit(frame, y="y")
    # ids say nothing: only an encoding that holds a row's own target would look useful
    assert abs(trained.estimator.coef_[0]) < 0.5
    wanted = trained.estimator.predict(p.fit(frame, y="y").transform(frame).to_numpy())
    assert trained.predict(frame).tolist() == wanted.tolist()
    assert trained.row()({"id": frame["id"][0]}) == pytest.approx(wanted[0], abs=1e-15)


def test_an_estimator_is_needed_to_predict_and_takes_numbers(fitted: FittedPipeline) -> None:
    from sklearn.linear_model import LinearRegression

    with pytest.raises(rw.UsageError, match="ends with no estimator"):
        fitted.predict(FRAME)
    p = (rw.Pipeline("p")["carrier"] >> T.Passthrough()) >> LinearRegression()
    with pytest.raises(rw.SchemaError, match="'carrier' is of type string: an estimator takes numbers"):
        p.fit(FRAME, y="n")
    with pytest.raises(rw.UsageError, match="learns from a target"):
        p.fit(FRAME)
    with pytest.raises(rw.DeclarationError, match="nothing can follow"):
        p >> LinearRegression()
