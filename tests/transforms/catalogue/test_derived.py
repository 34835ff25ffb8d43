"""What expressions as a step refuse, and what they give."""

import pickle
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({"x": [1.0, None], "n": [2, 3], "to": ["JFK", None]})


def test_what_is_no_expression_is_refused_where_it_is_declared() -> None:
    with pytest.raises(rw.DeclarationError, match="expected one column or more"):
        T.Derive()
    with pytest.raises(rw.DeclarationError, match=r"expected an expression, such as .* not a int"):
        T.Derive(x=5)
    with pytest.raises(rw.DeclarationError, match="a name without spaces"):
        T.Derive(**{"a b": rw.col("x")})


def test_columns_that_are_not_selected_are_refused() -> None:
    with pytest.raises(rw.SchemaError, match="n"):
        (rw.Pipeline("p")["x"] >> T.Derive(sum=rw.col("x") + rw.col("n"))).fit(FRAME)
    with pytest.raises(rw.SchemaError):
        (rw.Pipeline("p")["x", "to"] >> T.Derive(sum=rw.col("x") + rw.col("to"))).fit(FRAME)


def test_integers_that_overflow_are_refused_on_both_paths() -> None:
    made = (rw.Pipeline("p")["n"] >> T.Derive(more=rw.col("n") * 2**62)).fit(FRAME.assign(n=[0, 1]))
    with pytest.raises(rw.DataError):
        made.transform(FRAME.assign(n=[3, 1]))
    with pytest.raises(rw.DataError):
        made.row().values({"n": 3})


def test_steps_follow_on_what_is_derived_and_derive_on_what_steps_made() -> None:
    scaled = [T.StandardScaler(), T.Derive(double=rw.col("n") * 2), T.MinMaxScaler()]
    made = (rw.Pipeline("p")["n"] >> scaled).fit(FRAME)
    assert made.transform(FRAME)["double"].tolist() == [0.0, 1.0]
    assert made.row()({"n": 3}).tolist() == [1.0]


def test_a_column_may_be_called_expressions() -> None:
    made = T.Derive(expressions=rw.col("x") + 1)
    assert made == T.Derive(expressions=rw.col("x") + 1)
    assert made != T.Derive(expressions=rw.col("x") + 1.0)
    assert repr(made) == 'Derive(expressions=(col("x") + 1))'


def test_a_program_of_expressions_travels() -> None:
    made: Any = (rw.Pipeline("p")["x", "to"] >> T.Derive(y=rw.col("x") + 1, jfk=rw.col("to") == "JFK")).fit(FRAME)
    again = pickle.loads(pickle.dumps(made.program))
    table = pa.Table.from_pandas(FRAME)
    assert again.run(table)[0][0] == 2.0
    assert again.row.values({"x": None, "to": "JFK"}) == {"y": None, "jfk": True}
