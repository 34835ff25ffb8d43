"""Sums that don't fit, and sums of what isn't one type."""

import math
from decimal import Decimal
from typing import Any

import pytest

from ropeway.transforms.aggregates import AGGREGATES
from ropeway.transforms.aggregates.base import Row
from ropeway.transforms.errors import DataError


def answer(name: str, values: list[Any]) -> Any:
    aggregate = AGGREGATES[name]()
    state = aggregate.start()
    for value in values:
        state = aggregate.update(state, Row(value))
    return aggregate.finish(state)


def test_integers_that_do_not_fit() -> None:
    assert answer("sum", [2**63 - 1, 1, -1]) == 2**63 - 1
    assert answer("sum", [-(2**63)]) == -(2**63)
    with pytest.raises(DataError, match=r"sum\(\): the sum 9223372036854775808 does not fit into int64"):
        answer("sum", [2**63 - 1, 1])
    assert answer("mean", [2**63 - 1, 2**63 - 1]) == 2.0**63


def test_decimals_that_do_not_fit() -> None:
    most = Decimal("9" * 36 + ".99")
    assert answer("sum", [most, Decimal("1.00"), Decimal("-1.00")]) == most
    with pytest.raises(DataError, match=r"does not fit into decimal128\(38, 2\)"):
        answer("sum", [most, Decimal("0.01")])
    assert answer("sum", [Decimal("1E+2"), Decimal("2E+2")]) == 300
    assert answer("var", [Decimal("1E+2"), Decimal("3E+2")]) == 20000.0


def test_floats_never_overflow_on_the_way() -> None:
    assert answer("sum", [1e308, 1e308, -1e308]) == 1e308
    assert answer("sum", [1e308, 1e308]) == math.inf
    assert answer("mean", [1e308, 1e308]) == 1e308
    assert answer("var", [1e308, -1e308]) == answer("std", [1e308, -1e308]) == math.inf
    assert repr(answer("sum", [-0.0, -0.0])) == "0.0"


def test_infinities_leave_with_their_row() -> None:
    total = AGGREGATES["sum"]()
    state = total.start()
    for value in (math.inf, -math.inf, 2.5):
        state = total.update(state, Row(value))
    assert math.isnan(total.finish(state))
    state = total.revert(state, Row(-math.inf))
    assert total.finish(state) == math.inf
    assert total.finish(total.revert(state, Row(math.inf))) == 2.5


def test_values_of_two_types_are_refused() -> None:
    with pytest.raises(DataError, match="expected one type"):
        answer("sum", [1, 1.0])
    with pytest.raises(DataError, match="expected one type"):
        answer("mean", [Decimal("1.0"), Decimal("1.00")])
