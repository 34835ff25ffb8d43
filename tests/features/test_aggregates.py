"""The aggregates as they are declared."""

from typing import Any

import pytest

import ropeway as rw
from ropeway.transforms.aggregates import AGGREGATES

#: those that take more than a column: a call of each, and its aggregate's parameters
CALLS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "bottom_n": ([3], {"n": 3}),
    "correlation": (["y"], {}),
    "first_n": ([3], {"n": 3}),
    "last_n": ([3], {"n": 3}),
    "quantile": ([0.5], {"q": 0.5}),
    "session_start": ([], {"gap": "2us"}),
    "top_n": ([3], {"n": 3}),
    "weighted_mean": (["y"], {}),
}
WITH_COLUMN = sorted(set(AGGREGATES) - set(CALLS))
WITHOUT_ANY = ["session_start"]
WITHOUT = ["count", "time_since_first", "time_since_last"]


def test_every_aggregate_has_a_function_of_its_name() -> None:
    for name, kind in AGGREGATES.items():
        more, parameters = CALLS.get(name, ([], {}))
        made = getattr(rw, name)("x", *more) if name not in WITHOUT_ANY else rw.session_start(gap="2us")
        assert made.aggregate == kind(**parameters)
        assert len(made.inputs) == kind.inputs[1]
        assert name in rw.__all__
    assert sorted(name for name, kind in AGGREGATES.items() if kind.inputs[0] == 0) == sorted([*WITHOUT, *WITHOUT_ANY])


@pytest.mark.parametrize("name", WITH_COLUMN)
def test_a_column_by_name_or_as_an_expression(name: str) -> None:
    make = getattr(rw, name)
    assert make("x") == make(rw.col("x"))
    assert repr(make("x")) == f'{name}("x")'
    assert make(rw.col("x") * 2).input.same_as(rw.col("x") * 2)


@pytest.mark.parametrize("name", [name for name in WITH_COLUMN if name not in WITHOUT])
def test_the_others_need_a_column(name: str) -> None:
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


@pytest.mark.parametrize("name", WITHOUT)
def test_those_of_rows(name: str) -> None:
    made = getattr(rw, name)()
    assert made.inputs == ()
    assert repr(made) == f"{name}()"
    assert made.short_names() == (name,)


@pytest.mark.parametrize("name", ["correlation", "weighted_mean"])
def test_two_columns(name: str) -> None:
    make = getattr(rw, name)
    made = make("x", rw.col("y") - 1)
    assert made.input.same_as(rw.col("x"))
    assert made.other.same_as(rw.col("y") - 1)
    assert repr(made) == f'{name}("x", col("y") - 1)'
    assert make("x", "y") != make("y", "x")
    with pytest.raises(TypeError):
        make("x")
    for wrong in ((None, "x"), ("x", None)):
        with pytest.raises(rw.DeclarationError) as caught:
            make(*wrong)
        assert f"{name}(None): expected the name of a column, or an expression such as" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rw.first_n("x", 0), "first_n(): n=0: expected a whole number of 1 or more, below 2^31."),
        (lambda: rw.last_n("x", 2.0), "last_n(): n=2.0: expected a whole number of 1 or more, below 2^31."),  # type: ignore[arg-type]
        (lambda: rw.last_n("x", 2, skip_null=1), "skip_null=1: expected True or False."),  # type: ignore[arg-type]
        (lambda: rw.top_n("x", True), "top_n(): n=True: expected a whole number of 1 or more, below 2^31."),
        (lambda: rw.bottom_n("x", "3"), "bottom_n(): n='3': expected a whole number of 1 or more, below 2^31."),  # type: ignore[arg-type]
        (lambda: rw.histogram("x", 0), "histogram(): n=0: expected a whole number of 1 or more, below 2^31."),
        (lambda: rw.quantile("x", 90), "quantile(): q=90: expected a share, from 0 to 1."),
        (lambda: rw.quantile("x", float("nan")), "quantile(): q=nan: expected a share, from 0 to 1."),
        (lambda: rw.approx_count_distinct("x", precision=3), "approx_count_distinct(): precision=3: expected the log"),
    ],
)
def test_parameters_are_checked(make: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        make()
    assert message in str(caught.value)


def test_parameters_stand_in_the_text_where_they_are_not_the_default() -> None:
    assert repr(rw.histogram("x")) == 'histogram("x")'
    assert repr(rw.histogram("x", 5)) == 'histogram("x", n=5)'
    assert repr(rw.last_n("x", 5, skip_null=False)) == 'last_n("x", n=5, skip_null=False)'
    assert repr(rw.approx_count_distinct("x", precision=12)) == 'approx_count_distinct("x")'
    assert repr(rw.quantile("x", 1)) == 'quantile("x", q=1.0)'


def test_first_and_last_skip_null_unless_told() -> None:
    assert repr(rw.first("x", skip_null=False)) == 'first("x", skip_null=False)'
    assert repr(rw.last("x", skip_null=True)) == 'last("x")'
    with pytest.raises(rw.DeclarationError, match="skip_null=None: expected True or False"):
        rw.last("x", skip_null=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        rw.last("x", False)  # type: ignore[call-arg]
