"""Both engines against the naive oracle, on random tables and declarations."""

from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ropeway as rw
from tests.cases import KINDS, Case, cases, same


def check(case: Case, answer: pa.Table) -> None:
    """`answer` equals what the oracle says, in every bit."""
    assert answer.column_names == [*case.rows.column_names, *(f"v__f{i}" for i in range(len(case.wanted)))]
    assert answer.select(case.rows.column_names).equals(case.rows)
    for i, wanted in enumerate(case.expected):
        column = answer[f"v__f{i}"]
        for row, (got, right) in enumerate(zip(column.to_pylist(), wanted, strict=True)):
            assert same(got, right, column.type), (case.wanted[i], row, got, right)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_local_answers_as_the_oracle_says(kind: str) -> None:
    @settings(max_examples=150)
    @given(cases((kind,)))
    def compare(case: Case) -> None:
        if case.overflows():
            with pytest.raises(rw.DataError, match="does not fit"):
                rw.backfill(case.rows, case.view)
        else:
            check(case, rw.backfill(case.rows, case.view))

    compare()


@settings(max_examples=60)
@given(cases(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_no_order_and_no_chunk_changes_a_bit(case: Case, random: Random, size: int) -> None:
    if case.overflows():
        return
    right = rw.backfill(case.rows, case.view)
    shuffled = list(range(len(case.events)))
    random.shuffle(shuffled)
    events = case.events.take(pa.array(shuffled, pa.int64()))
    chunked = pa.Table.from_batches(events.to_batches(max_chunksize=size), events.schema)
    again = rw.backfill(case.rows, with_events(case, chunked))
    assert again.equals(right) or repr(again.to_pylist()) == repr(right.to_pylist())


def with_events(case: Case, events: pa.Table) -> rw.FeatureView:
    """The view of a case over another table."""
    view = case.view
    source = rw.Source("s", events, "t", available_at=case.available, tiebreak=case.tiebreak)
    made = rw.FeatureView("v", view.entity, source, view.features, closed=view.closed)
    return made.with_join_key_map(case.keys)
