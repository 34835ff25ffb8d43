"""Every transform of the catalogue, found by itself: oracle, both paths, any order of rows, files, edges, Spark."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T
from ropeway.batch import pipelines
from ropeway.connectors import objects
from ropeway.connectors.spark_frames import to_spark
from ropeway.transforms.catalogue.base import Transform
from ropeway.transforms.pipeline import archive
from ropeway.transforms.pipeline.fitted import FittedPipeline
from tests.transforms.catalogue.cases import Case, cases, classes
from tests.transforms.catalogue.frames import serving, training

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CASES = cases()


def fitted(case: Case, frame: pd.DataFrame) -> FittedPipeline:
    return _pipeline(case).fit(frame, y=case.y)


def _pipeline(case: Case) -> rw.Pipeline:
    return rw.Pipeline("one")[list(case.columns)] >> case.transform


def frames(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    fit, apply = training().copy(), serving().copy()
    return (fit, apply) if case.changed is None else (case.changed(fit), case.changed(apply))


def bits(values: Any) -> Any:
    """What is equal only where every bit is; one NaN, and missing is None."""
    if isinstance(values, pd.DataFrame):
        return {name: bits(values[name]) for name in values}
    if isinstance(values, pd.Series):
        if values.dtype == np.float64:
            array = values.to_numpy()
            return np.where(np.isnan(array), np.nan, array).tobytes()
        return [_known(one) for one in values]
    if isinstance(values, np.ndarray):
        return values.dtype.str, values.shape, values.tobytes()
    if isinstance(values, pa.Array):
        return str(values.type), values.to_pylist()
    if isinstance(values, dict):
        return {name: bits(one) for name, one in values.items()}
    if isinstance(values, list | tuple):
        return [bits(one) for one in values]
    return np.float64(values).tobytes() if isinstance(values, float) else values


def _known(value: Any) -> Any:
    """A value of a column, of which lists compare as lists, and missing is None."""
    if isinstance(value, np.ndarray | list):
        return [_known(one) for one in value]
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def states(made: FittedPipeline) -> Any:
    return {path: [bits(dict(state)) for state in some] for path, some in made.states.items()}


def test_every_transform_of_the_catalogue_has_a_case() -> None:
    assert sorted({type(case.transform).__name__ for case in CASES}) == sorted(classes())


@pytest.mark.parametrize("kind", classes().values(), ids=classes())
def test_it_says_what_it_is(kind: type[Transform]) -> None:
    assert kind.oracle, "against what is it tested?"
    assert kind.__doc__ is not None
    assert ">>> " in kind.__doc__
    assert getattr(T, kind.__name__) is kind


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_says_what_its_oracle_says(case: Case) -> None:
    if case.expected is None:
        assert case.apart
        return
    fit, apply = frames(case)
    made = fitted(case, fit).transform(apply)
    wanted = case.expected(fit, apply, list(case.columns))
    if isinstance(wanted, pd.DataFrame) and list(wanted) != list(range(wanted.shape[1])):
        assert list(made) == list(wanted)
    wanted = wanted if isinstance(wanted, pd.DataFrame) else pd.DataFrame(np.asarray(wanted))
    assert made.shape == wanted.shape
    for name, other in zip(made, wanted, strict=True):
        _near(made[name], wanted[other], case)


def _near(made: pd.Series, wanted: pd.Series, case: Case) -> None:
    if made.dtype != np.float64:
        assert [_known(one) for one in made] == [_known(one) for one in wanted]
        return
    for row, (one, other) in enumerate(zip(made, wanted, strict=True)):
        right = math.nan if other is None else float(other)
        if one == right or (math.isnan(one) and math.isnan(right)):
            continue
        apart = case.ulps * math.ulp(right if math.isfinite(right) else 1.0) + case.within
        assert abs(one - right) <= apart, f"row {row} of {made.name}: {one!r}, the oracle says {right!r}"


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_row_gives_the_bits_of_a_column(case: Case) -> None:
    fit, apply = frames(case)
    made = fitted(case, fit)
    columns = made.transform(apply)
    row = made.row()
    names = list(made.inputs.names)
    records = pa.Table.from_pandas(apply[names], preserve_index=False).to_pylist()
    given = [row.values(one) for one in records]
    for name in columns:
        kind = columns[name].dtype
        values = [one[name] for one in given]
        if kind == np.float64:
            got = np.array([math.nan if one is None else one for one in values])
            assert bits(pd.Series(got)) == bits(columns[name]), name
        else:
            wanted = pa.Array.from_pandas(columns[name])
            assert pa.array(values, wanted.type).equals(wanted), name
    if all(kind == np.float64 for kind in columns.dtypes):
        assert bits(pd.DataFrame([row.vector(one) for one in records], columns=list(columns))) == bits(columns)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_learns_the_same_bits_from_rows_in_any_order_and_in_any_pieces(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, apply = frames(case)
    whole = fitted(case, fit)
    mixed = fit.sample(frac=1.0, random_state=3)
    monkeypatch.setattr(pipelines, "_CHUNK", 41)
    pieces = fitted(case, mixed)
    assert states(pieces) == states(whole)
    assert bits(pieces.transform(apply)) == bits(whole.transform(apply))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_is_the_same_out_of_its_files(case: Case) -> None:
    fit, apply = frames(case)
    made = fitted(case, fit)
    again = archive.of_files(archive.files_of(made), "this test")
    assert again.pipeline == made.pipeline
    assert states(again) == states(made)
    assert bits(again.transform(apply)) == bits(made.transform(apply))
    assert archive.files_of(again) == archive.files_of(made)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_takes_no_rows_and_one_and_missing_ones(case: Case) -> None:
    fit, apply = frames(case)
    made = fitted(case, fit)
    none = made.transform(apply.head(0))
    assert list(none) == list(made.names)
    assert len(none) == 0
    one = made.transform(apply.head(1))
    assert bits(one) == bits(made.transform(apply).head(1))
    missing = apply.head(2).astype(object)
    missing.loc[:, list(case.columns)] = None
    table = pa.Table.from_pandas(missing[list(made.inputs.names)], made.inputs, preserve_index=False)
    nothing = dict.fromkeys(made.inputs.names)
    if case.refuses_missing:
        for refused in (lambda: made.transform(table), lambda: made.row().values(nothing)):
            with pytest.raises(rw.DataError, match=r"None|nan"):
                refused()
        return
    column = made.transform(table)
    row = made.row().values(nothing)
    assert [row[name] for name in made.names] == [
        None if isinstance(value := column.column(name)[0].as_py(), float) and math.isnan(value) else value
        for name in made.names
    ]


def test_spark_learns_and_says_the_same(spark: "SparkSession") -> None:
    """All in one pipeline, so that Spark runs few jobs."""
    together = [case for case in CASES if case.changed is None]
    for y in sorted({case.y or "" for case in together}):
        pipeline = rw.Pipeline("all")
        for at, case in enumerate(case for case in together if (case.y or "") == y):
            pipeline = pipeline[list(case.columns)] >> case.transform.alias(f"c{at}")
        fit, apply = training().copy(), serving().copy()
        fit["row"], apply["row"] = np.arange(len(fit)), np.arange(len(apply))
        pipeline = pipeline["row"] >> T.Passthrough()
        here = pipeline.fit(fit, y=y or None)
        there = pipeline.fit(on_spark(spark, fit), y=y or None)
        assert states(there) == states(here)
        made = here.transform(pa.Table.from_pandas(apply, preserve_index=False))
        far = there.transform(on_spark(spark, apply)).toArrow().sort_by("row")
        assert far.column_names == made.column_names
        for name in made.column_names:
            assert _plain(far[name]) == _plain(made[name]), name


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.changed is None], ids=lambda case: repr(case.transform)
)
def test_text_of_pandas_is_looked_at_by_its_addresses(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes as a dictionary gives the same state and answers as what does not."""
    fit, apply = training().copy(), serving().copy()
    texts = [name for name in case.columns if isinstance(fit[name].iloc[0], str | None)]
    if not texts:
        return
    fit, apply = (pd.concat([one] * 5, ignore_index=True) for one in (fit, apply))
    plainly = fitted(case, fit)
    wanted = plainly.transform(apply) if not case.refuses_missing else None
    monkeypatch.setattr(objects, "_FEWEST", 0)
    assert any(objects.encoded(fit[name].to_numpy()) is not None for name in texts)
    made = fitted(case, fit)
    assert bits(states(made)) == bits(states(plainly))
    if wanted is not None:
        assert bits(made.transform(apply)) == bits(wanted)
    trained = _pipeline(case).fit_transform(fit, y=case.y)
    monkeypatch.undo()
    assert bits(trained) == bits(_pipeline(case).fit_transform(fit, y=case.y))


def on_spark(spark: "SparkSession", frame: pd.DataFrame) -> Any:
    return to_spark(pa.Table.from_pandas(frame, preserve_index=False), spark).repartition(3)


def _plain(column: pa.ChunkedArray) -> list[Any]:
    return [bits(one) if isinstance(one, float) else one for one in column.to_pylist()]
