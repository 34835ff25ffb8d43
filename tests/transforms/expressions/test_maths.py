"""Functions of numbers: near the C library's, in Python's signs, and exact for integers."""

import math
import struct
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, evaluate, output_type
from ropeway.transforms.expressions.row import value_of
from ropeway.transforms.kernels.scalars import BINARY, UNARY, binary, unary

CURVES: dict[str, Callable[[float], float]] = {
    name: getattr(math, name)
    for name in (
        "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
        "sinh", "cosh", "tanh", "degrees", "radians",
    )
}  # fmt: skip
SPECIAL = st.sampled_from([0.0, -0.0, math.inf, -math.inf, 1.0, -1.0, 0.5, -2.0, 5e-324, 1e308, 710.0, -7.5])
FLOATS = st.one_of(SPECIAL, st.floats(allow_nan=False))
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def bits(x: float) -> object:
    return "nan" if math.isnan(x) else struct.pack("<d", x)


@pytest.mark.parametrize("name", list(CURVES))
@given(x=FLOATS)
def test_curves_are_those_of_the_c_library(name: str, x: float) -> None:
    try:
        expected = CURVES[name](x)
    except ValueError:
        expected = math.nan
    except OverflowError:
        expected = math.copysign(math.inf, x if name in ("sinh", "tan") else 1.0)
    found = unary(UNARY.index(name), x)
    if math.isfinite(expected) and math.isfinite(found):
        assert abs(found - expected) <= 2 * math.ulp(expected)
    else:
        assert bits(found) == bits(expected)


@given(x=FLOATS, y=FLOATS)
def test_rests_and_whole_quotients_have_the_bits_of_python(x: float, y: float) -> None:
    found = [binary(BINARY.index(name), x, y) for name in ("modulo", "floor_divide")]
    expected = [math.nan, math.nan] if y == 0 else [x % y, x // y]
    assert list(map(bits, found)) == list(map(bits, expected))


@given(x=FLOATS, digits=st.integers(-22, 22))
def test_rounding_is_that_of_numpy(x: float, digits: int) -> None:
    found = value_of(rw.col("x").round(digits), x=x)
    with np.errstate(all="ignore"):
        expected = float(np.round(x, digits)) if math.isfinite(x * 10.0 ** abs(digits)) else x
    assert bits(found) == bits(expected)


@given(st.lists(st.one_of(st.none(), st.integers(SMALLEST, LARGEST)), max_size=4), st.integers(-22, 0))
def test_integers_are_rounded_to_tens_without_floats(values: list[int | None], digits: int) -> None:
    table = pa.table({"x": pa.array(values, pa.int64())})
    tree = rw.col("x").round(digits)
    expected = [None if value is None else round(value, digits) for value in values]
    if all(value is None or SMALLEST <= value <= LARGEST for value in expected):
        assert evaluate(tree, table).to_pylist() == expected
    else:
        with pytest.raises(DataError, match=r"the answer does not fit into int64, such as .* rounded to"):
            evaluate(tree, table)


def test_powers_without_a_real_answer_are_null() -> None:
    table = pa.table({"x": [-8.0, 0.0, 0.0, 2.0, -2.0, math.inf], "y": [1 / 3, -1.0, 0.0, 10.0, 3.0, -1.0]})
    assert evaluate(rw.col("x") ** rw.col("y"), table).to_pylist() == [None, None, 1.0, 1024.0, -8.0, 0.0]
    assert repr((-rw.col("x")) ** 2) == '((-col("x")) ** 2)'
    assert repr(-(rw.col("x") ** 2)) == '-(col("x") ** 2)'
    assert repr((-2) ** rw.col("x")) == '((-2) ** col("x"))'


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (abs(rw.col("i")), "the answer does not fit into int64"),
        (rw.col("i") // -1, "the answer does not fit into int64"),
        (rw.col("i").round(-1), "rounded to -1 digits"),
    ],
)
def test_what_int64_does_not_hold(tree: Expression, message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(tree, pa.table({"i": [1, SMALLEST]}))
    with pytest.raises(DataError, match=message):
        value_of(tree, i=SMALLEST)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (rw.col("s").log(), "log of string: expected numbers, decimals or booleans"),
        (
            rw.col("m").floor(),
            "floor of decimal128(12, 2): expected a number or a boolean (as 0 or 1); a decimal goes on",
        ),
        (rw.col("m").round(1), "round of decimal128(12, 2): expected a number or a boolean (as 0 or 1); a decimal"),
        (rw.col("s").abs(), "abs of string: expected a number or a boolean (as 0 or 1), a decimal or a duration"),
        (rw.col("m") % 2, "% of decimal128(12, 2) and int64: expected numbers or booleans"),
        (rw.atan2(rw.col("s"), 1), "atan2 of string and int64: expected numbers"),
        (rw.col("x") ** "a", "** of double and string: expected numbers"),
    ],
)
def test_types_that_make_no_sense(tree: Expression, message: str) -> None:
    schema = pa.schema([("s", pa.string()), ("m", pa.decimal128(12, 2)), ("x", pa.float64())])
    with pytest.raises(SchemaError) as caught:
        output_type(tree, schema)
    assert message in str(caught.value)


@pytest.mark.parametrize("digits", [1.5, True, 23, "2", None])
def test_digits_that_are_none(digits: object) -> None:
    with pytest.raises(DeclarationError, match="expected a whole number from -22 to 22"):
        rw.col("x").round(digits)  # type: ignore[arg-type]


def test_decimals_and_durations_have_a_size() -> None:
    assert value_of(abs(rw.col("x")), x=Decimal("-1.50")) == Decimal("1.50")
    assert str(value_of(-rw.col("x"), x=Decimal("0.00"))) == "0.00"
