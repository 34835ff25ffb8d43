"""Samples of rows: those with the least hashes, in an order of their values alone."""

import numpy as np
import pytest

from ropeway.transforms.statistics import Rows
from ropeway.transforms.statistics import rows as module


def test_a_sample_is_the_same_from_any_pieces_and_holds_rows_that_were_there() -> None:
    random = np.random.default_rng(0)
    columns = [random.integers(0, 4, 500).astype(float), random.normal(size=500).round(1)]
    columns[1][7] = np.nan
    asked = Rows(limit=60)
    whole = asked.finish(asked.of(columns))
    order = random.permutation(500)
    pieces = [asked.of([one[order[first : first + 90]] for one in columns]) for first in range(0, 500, 90)]
    again = asked.finish(asked.merge([asked.merge(pieces[3:]), *pieces[:3]]))
    assert whole.size == again.size == 500
    assert whole.rows.shape == (60, 2)
    assert whole.rows.tobytes() == again.rows.tobytes()
    there = {row.tobytes() for row in np.column_stack(columns) + 0.0}
    assert {row.tobytes() for row in whole.rows} <= there


def test_rows_of_one_hash_are_told_apart_by_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_hash", lambda rows, hashes: None)  # all hashes are 0
    asked = Rows(limit=3)
    found = asked.finish(asked.merge([asked.of([np.array([5.0, 1.0])]), asked.of([np.array([4.0, 2.0, 3.0])])]))
    assert found.rows.ravel().tolist() == [1.0, 2.0, 3.0]
