"""Random trees over random rows: over columns, for one row, and by the naive oracle, equal in every bit."""

import datetime as dt
import json
import math
import pickle
import struct
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions import Expression, compiled_row, evaluate, output_type
from tests.oracle.expressions import DoesNotFitError, value
from tests.transforms.expressions.trees import ROWS, SCHEMA, table_of, trees

NAMES: dict[str, Any] = {name: getattr(rw, name) for name in rw.__all__} | {
    "datetime": dt, "Decimal": Decimal,
}  # fmt: skip


def bits(found: Any) -> Any:
    """What tells a value from any other, its type and its sign of zero too."""
    if isinstance(found, float):
        return "nan" if math.isnan(found) else struct.pack("<d", found)
    if isinstance(found, list):
        return [bits(one) for one in found]
    if isinstance(found, tuple):
        return tuple(bits(one) for one in found)
    if isinstance(found, dt.datetime):
        return (found.replace(tzinfo=None), None if found.tzinfo is None else found.utcoffset())
    return (type(found), str(found))


@settings(max_examples=500)
@given(trees(), ROWS, st.lists(st.integers(0, 5), max_size=2))
def test_every_path_gives_the_same_bits(tree: Expression, rows: list[dict[str, Any]], cuts: list[int]) -> None:
    try:
        kind = output_type(tree, SCHEMA)
    except SchemaError:
        assume(False)
    table = table_of(rows)
    plain = table.to_pylist()
    expected: list[Any] = []
    for row in plain:
        try:
            expected.append(bits(value(tree, row, SCHEMA)))
        except DoesNotFitError:
            expected.append(DataError)
        except OverflowError:  # an instant outside of Python's years
            assume(False)
    one = compiled_row(tree, SCHEMA)
    several = compiled_row(tree, SCHEMA, positional=True)
    for row, wanted in zip(plain, expected, strict=True):
        given_values = [row[name] for name in tree.columns()]
        if wanted is DataError:
            with pytest.raises(DataError):
                one(row)
            continue
        assert bits(one(row)) == wanted, (tree, row)
        assert bits(several(*given_values)) == wanted
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut <= len(rows))})
    chunked = pa.concat_tables([table.slice(a, b - a) for a, b in pairwise(edges)] or [table])
    if not rows and _raises(tree, table):
        return  # constants are computed once, rows or not
    for form in (table, chunked, table.to_batches()[0] if rows else table):
        if DataError in expected:
            with pytest.raises(DataError):
                evaluate(tree, form)
            continue
        answer = evaluate(tree, form)
        assert answer.type == kind
        assert [bits(found) for found in answer.to_pylist()] == expected, tree


def _raises(tree: Expression, table: pa.Table) -> bool:
    try:
        evaluate(tree, table)
    except DataError:
        return True
    return False


@settings(max_examples=200)
@given(trees())
def test_a_tree_comes_back_from_json_and_from_its_text(tree: Expression) -> None:
    stored = json.loads(json.dumps(tree.to_dict(), allow_nan=False))
    assert Expression.from_dict(stored).same_as(tree)
    assert pickle.loads(pickle.dumps(tree)).same_as(tree)
    again = eval(repr(tree), NAMES)
    assert again.same_as(tree)
    assert again.to_dict() == tree.to_dict()
