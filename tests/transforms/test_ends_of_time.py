"""Rows and queries at the ends of int64: an edge that would lie beyond them is there all the same."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.aggregates.extremes import Max
from ropeway.transforms.answers import answers
from ropeway.transforms.columns import Chunks, column_of
from ropeway.transforms.families import Ask
from ropeway.transforms.keys import Encoded
from ropeway.transforms.sweep import Events, Sweep
from ropeway.transforms.windows import Closed, Window

LEAST, MOST = -(2**63), 2**63 - 1

instants = st.one_of(st.integers(LEAST, LEAST + 12), st.integers(MOST - 12, MOST), st.integers(-6, 6))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(instants, instants), max_size=8),
    st.lists(instants, min_size=1, max_size=6),
    st.sampled_from([1, 5, MOST - 10, None]),
    st.sampled_from(["left", "right", "both", "neither"]),
    st.sampled_from([0, 1, 9]),
    st.booleans(),
)
def test_windows_are_exact(
    rows: list[tuple[int, int]], asked: list[int], width: int | None, closed: Closed, offset: int, late: bool
) -> None:
    stamps = [stamp for stamp, _ in rows]
    known = [max(row) for row in rows] if late else stamps
    events = Events(_chunks(stamps), _chunks(known) if late else None, [], [column_of(pa.array(range(len(rows))))], [])
    codes, size = np.zeros(len(rows), np.int32), min(1, len(rows))
    keys = Encoded(codes, np.full(len(asked), size - 1, np.int32), size)
    window = Window(width, "w", closed, offset)
    asks = [Ask("n", Count(), None, None, window, pa.int64()), Ask("m", Max(), 0, None, window, pa.int64())]
    count, most = answers(Sweep("s", keys, events, np.array(asked), 1), asks)
    for i, t in enumerate(asked):
        inside = [
            row
            for row, (stamp, available) in enumerate(zip(stamps, known, strict=True))
            if _before(stamp, t - offset, closed in ("right", "both"))
            and (width is None or _before(t - width - offset, stamp, closed in ("left", "both")))
            and (not late or _before(available, t, closed in ("right", "both")))
        ]
        assert count[i].as_py() == len(inside)
        assert most[i].as_py() == max(inside, default=None)


def _before(a: int, b: int, or_at: bool) -> bool:
    return a <= b if or_at else a < b


def _chunks(numbers: list[int]) -> Chunks:
    return Chunks([np.array(numbers, np.int64)])
