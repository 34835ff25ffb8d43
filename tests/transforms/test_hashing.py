"""Hashes of keys: equal for equal tuples of values, whatever their chunks, and spread evenly."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.transforms.hashing import hashes

VALUES: dict[pa.DataType, list[Any]] = {
    pa.int64(): [0, 1, -1, 2**63 - 1, -(2**63)],
    pa.string(): ["", "a", "ab", "b", "é", "12345678", "123456789", "a" * 100],
    pa.binary(): [b"", b"\0", b"\0\0", b"a"],
    pa.bool_(): [True, False],
    pa.date32(): [dt.date(1970, 1, 1), dt.date(2013, 1, 1)],
    pa.timestamp("us"): [dt.datetime(1970, 1, 1), dt.datetime(2013, 1, 1, 12, 0, 0, 1)],
    pa.decimal128(38, 2): [Decimal(0), Decimal("-1.50"), Decimal(10**30)],
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_different_values_have_different_hashes_in_any_chunks(kind: pa.DataType) -> None:
    whole = pa.array([None, *VALUES[kind], None], kind)
    for cut in range(len(whole) + 1):
        found, missing = hashes([pa.chunked_array([whole.slice(0, cut), whole.slice(cut)])])
        assert missing.tolist() == [1, *([0] * len(VALUES[kind])), 1]
        assert len(set(found[1:-1].tolist())) == len(VALUES[kind])
        assert found[1:-1].tolist() == hashes([pa.chunked_array([VALUES[kind]], kind)])[0].tolist()


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 3)), min_size=1, max_size=20))
def test_tuples_are_hashed_as_tuples(keys: list[tuple[str, int]]) -> None:
    columns = [pa.chunked_array([[key[0] for key in keys]], pa.string()), pa.chunked_array([[key[1] for key in keys]])]
    found, _ = hashes(columns)
    assert len(set(found.tolist())) == len(set(keys))


def test_dense_keys_are_spread_evenly() -> None:
    found, _ = hashes([pa.chunked_array([np.arange(100_000)])])
    for bits in (found & np.uint64(7), found >> np.uint64(61), (found >> np.uint64(16)) % np.uint64(7)):
        sizes = np.bincount(bits.astype(np.int64))
        assert sizes.max() < 1.05 * sizes.mean()
