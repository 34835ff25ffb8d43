"""One value at a time there are the hashes and estimates that kernels have of a column."""

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ropeway.transforms.aggregates.hashes import estimate, place, value_hash
from ropeway.transforms.columns import column_of
from ropeway.transforms.errors import DataError
from ropeway.transforms.hashing import value_hashes
from ropeway.transforms.kernels import sketch


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.int64(), [0, 1, -1, 2**63 - 1, -(2**63)]),
        (pa.float64(), [0.0, -0.0, 1.5, -1.5, 5e-324, math.inf, -math.inf]),
        (pa.bool_(), [True, False]),
        (pa.string(), ["", "a", "12345678", "123456789", "é\U0001f600", "x" * 100]),
        (pa.binary(), [b"", b"\x00", b"\xff" * 17]),
        (pa.decimal128(38, 4), [Decimal("1.0000"), Decimal("-1.0000"), Decimal("9" * 34 + ".9999")]),
        (pa.date32(), [date(1970, 1, 1), date(1969, 12, 31), date(2024, 2, 29)]),
        (pa.timestamp("us"), [datetime(1900, 1, 1, 0, 0, 0, 1), datetime(2262, 1, 1)]),
        (pa.timestamp("us", tz="UTC"), [datetime(2024, 1, 1, tzinfo=UTC)]),
        (pa.time64("us"), [time(0), time(23, 59, 59, 999999)]),
        (pa.duration("us"), [timedelta(0), timedelta(days=-1, microseconds=1)]),
        (pa.time32("s"), [time(0), time(23, 59, 59)]),
        (pa.time32("ms"), [time(1, 2, 3, 4000)]),
        (pa.time64("ns"), [time(1, 2, 3, 4)]),
        (pa.duration("s"), [timedelta(days=3), timedelta(seconds=-1)]),
        (pa.duration("ns"), [timedelta(microseconds=-7)]),
    ],
    ids=str,
)
def test_values_have_the_hash_of_their_column(kind: pa.DataType, values: list[Any]) -> None:
    array = pa.array(values, kind)
    assert [value_hash(value) for value in array.to_pylist()] == value_hashes(column_of(array)).tolist()


def test_what_has_no_hash() -> None:
    with pytest.raises(DataError, match="a value of type list has no hash: expected a number"):
        value_hash([1])


@pytest.mark.parametrize("precision", [4, 12, 16])
def test_places(precision: int) -> None:
    random = Random(5)
    for hashed in [0, 1, 2**64 - 1, 1 << (64 - precision), *(random.getrandbits(64) for _ in range(500))]:
        assert place(hashed, precision) == tuple(map(int, sketch.place(np.uint64(hashed), precision)))


@pytest.mark.parametrize("precision", [4, 9, 12])
def test_estimates(precision: int) -> None:
    random = Random(6)
    for most in (0, 1, 3, 20, 64 - precision, 65 - precision):
        registers = bytes(random.randint(0, most) for _ in range(1 << precision))
        counts = np.bincount(np.frombuffer(registers, np.uint8), minlength=sketch.RANKS)
        assert estimate(registers, precision) == int(sketch.estimate(counts, precision))
