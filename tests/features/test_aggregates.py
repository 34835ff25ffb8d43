"""The aggregates as they are declared."""

from typing import Any

import pytest

import ropeway as rw
from ropeway.transforms.aggregates import AGGREGATES

WITH_COLUMN = ["count", "sum", "mean", "var", "std", "min", "max", "any", "all", "first", "last"]


def test_every_aggregate_has_a_function_of_its_name() -> None:
    assert sorted(WITH_COLUMN) == sorted(AGGREGATES)
    for name in AGGREGATES:
        assert isinstance(getattr(rw, name)("x").aggregate, AGGREGATES[name])


@pytest.mark.parametrize("name", WITH_COLUMN)
def test_a_column_by_name_or_as_an_expression(name: str) -> None:
    make = getattr(rw, name)
    assert make("x") == make(rw.col("x"))
    assert repr(make("x")) == f'{name}("x")'
    assert make(rw.col("x") * 2).input.same_as(rw.col("x") * 2)


@pytest.mark.parametrize("name", [name for name in WITH_COLUMN if name != "count"])
def test_all_but_count_need_a_column(name: str) -> None:
    with pytest.raises(TypeError):
        getattr(rw, name)()
    with pytest.raises(rw.DeclarationError) as caught:
        getattr(rw, name)(None)
    assert f"{name}(None): expected the name of a column, or an expression such as col('x') * 2." in str(caught.value)


@pytest.mark.parametrize("wrong", [5, ["x"], True, 1.5])
def test_what_is_no_column(wrong: Any) -> None:
    for make in (rw.sum, rw.count, rw.last):
        with pytest.raises(rw.DeclarationError, match="expected the name of a column, or an expression"):
            make(wrong)
    with pytest.raises(rw.DeclarationError, match=r"sum\(\): expected the name of a column, got ''"):
        rw.sum("")


def test_count_of_rows() -> None:
    assert rw.count().input is None
    assert repr(rw.count()) == "count()"


def test_first_and_last_skip_null_unless_told() -> None:
    assert repr(rw.first("x", skip_null=False)) == 'first("x", skip_null=False)'
    assert repr(rw.last("x", skip_null=True)) == 'last("x")'
    with pytest.raises(rw.DeclarationError, match="skip_null=None: expected True or False"):
        rw.last("x", skip_null=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        rw.last("x", False)  # type: ignore[call-arg]
