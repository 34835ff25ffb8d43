"""Counts of combinations are those of a Counter, whatever the pieces."""

from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ropeway.transforms.statistics import Combinations, packed, unpacked

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3), st.sampled_from([0.0, -0.0, 1.5, None]))
)


def columns(rows: list[tuple[Any, ...]]) -> list[pa.Array]:
    kinds = pa.string(), pa.int64(), pa.float64()
    return [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]


@given(ROWS, st.integers(0, 5))
def test_combinations_are_counted_exactly_in_any_pieces(rows: list[tuple[Any, ...]], cut: int) -> None:
    of = Combinations()
    parts = [unpacked(packed(of.of(columns(some)))) for some in (rows[cut:], rows[:cut])]
    found, whole = of.finish(of.merge(parts)), of.finish(of.of(columns(rows)))
    for one in (found, whole):
        combined = [
            tuple(of[code].as_py() for of, code in zip(one.values, codes, strict=True)) for codes in one.codes.T
        ]
        assert dict(zip(combined, one.counts.tolist(), strict=True)) == dict(Counter(rows))
    assert found.codes.tolist() == whole.codes.tolist()
    assert [one.to_pylist() for one in found.values] == [one.to_pylist() for one in whole.values]


def test_more_combinations_than_fit_a_number_are_counted_too() -> None:
    size = 3000
    some = [pa.array([f"{at * step % size}" for at in range(size)]) for step in (1, 7, 11, 13, 17, 19, 23)]
    found = Combinations().finish(Combinations().of(some))
    assert found.counts.tolist() == [1] * size
    assert sorted(found.values[6].take(pa.array(found.codes[6])).to_pylist()) == sorted(some[6].to_pylist())
