"""How rows are cut into tiles, and keys into slices of time, changes no bit of any answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms import threads, tiles
from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.aggregates.extremes import Max, Min
from ropeway.transforms.aggregates.moments import Mean, Std, Sum
from ropeway.transforms.aggregates.picks import First, Last
from ropeway.transforms.answers import answers
from ropeway.transforms.columns import Chunks, column_of
from ropeway.transforms.families import Ask
from ropeway.transforms.keys import Encoded
from ropeway.transforms.sweep import Events, Sweep
from ropeway.transforms.windows import Window

COLUMNS = ("float", "wide", "int", "text", "decimal", "bare")
WINDOWS = tuple(Window(micros, str(micros), closed, 0) for micros in (3, 25, None) for closed in ("left",))


@dataclass(frozen=True)
class Case:
    """Rows and queries: codes of keys and instants; delays until a row is known, if any is late."""

    codes: npt.NDArray[np.int32]
    stamps: npt.NDArray[np.int64]
    query_codes: npt.NDArray[np.int32]
    instants: npt.NDArray[np.int64]
    late: npt.NDArray[np.int64] | None
    seed: int

    def sweep(self, workers: int) -> Sweep:
        random = np.random.default_rng(self.seed)
        size = len(self.codes)
        inputs = [column_of(column) for column in columns(random, size)]
        filters = [(random.random(size) < 0.7).astype(np.uint8)]
        ranks = [random.integers(0, 3, size)]
        available = None if self.late is None else Chunks([self.stamps + self.late])
        stamps = Chunks([self.stamps[: size // 3], self.stamps[size // 3 :]])
        known = int(self.codes.max(initial=-1)) + 1
        keys = Encoded(self.codes, np.where(self.query_codes < known, self.query_codes, -1).astype(np.int32), known)
        return Sweep("s", keys, Events(stamps, available, ranks, inputs, filters), self.instants, workers)

    def answers(self, workers: int) -> list[pa.Array]:
        return answers(self.sweep(workers), asks())


def columns(random: np.random.Generator, size: int) -> Sequence[pa.Array]:
    missing = random.random(size) < 0.2
    floats = random.normal(50, 20, size)
    numbers = random.integers(-100, 100, size)
    return [
        pa.array(floats, mask=missing),
        pa.array(np.where(random.random(size) < 0.1, np.inf, floats * 2.0 ** random.integers(-300, 300, size))),
        pa.array(numbers, mask=missing),
        pa.array([f"t{number % 7}" for number in numbers], pa.string()),
        pa.array([Decimal(int(number)) / 4 for number in numbers], pa.decimal128(12, 2)),
        pa.array(floats),
    ]


def asks() -> list[Ask]:
    made = []
    for at, name in enumerate(COLUMNS):
        every: list[Aggregate] = [Min(), Max(), First(), Last(), Last(skip_null=False), Count()]
        if name != "text":
            every += [Sum(), Mean(), Std()]
        kind = {"text": pa.string(), "int": pa.int64(), "decimal": pa.decimal128(12, 2)}.get(name, pa.float64())
        for aggregate in every:
            for window in WINDOWS:
                for condition in (None, 0):
                    label = f"{name} {aggregate} {window.text} {condition}"
                    answer = pa.int64() if aggregate.counts else aggregate.output_type(kind)
                    made.append(Ask(label, aggregate, at, condition, window, answer))
    return [*made, *(Ask(f"rows {window.text}", Count(), None, None, window, pa.int64()) for window in WINDOWS)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    keys = draw(st.integers(1, 4))
    size, queries = draw(st.integers(0, 120)), draw(st.integers(0, 40))
    span = draw(st.sampled_from([2, 40, 200, 10**15]))
    share = draw(st.sampled_from([0.0, 0.5, 0.95]))  # of the hot key

    def codes(number: int) -> npt.NDArray[np.int32]:
        drawn = np.where(random.random(number) < share, 0, random.integers(-1, keys, number))
        return drawn.astype(np.int32)

    late = random.integers(0, 30, size) if draw(st.booleans()) else None
    return Case(
        codes(size),
        random.integers(0, span, size) // draw(st.sampled_from([1, 7])),
        codes(queries),
        random.integers(0, span + 40, queries),
        late,
        draw(st.integers(0, 2**32)),
    )


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 40), st.integers(0, 2), st.integers(1, 4))
def test_no_cut_changes_a_bit(case: Case, rows: int, whole: int, workers: int) -> None:
    expected = case.answers(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "ROWS", rows)
        patch.setattr(tiles, "WHOLE", whole)
        patch.setattr(threads, "FEW", 5)
        found = case.answers(workers)
    for ask, a, b in zip(asks(), expected, found, strict=True):
        assert bits(a).equals(bits(b)), ask.name


def bits(answer: pa.Array) -> pa.Array:
    """Floats as integers: NaN is not equal to itself."""
    return answer.view(pa.int64()) if pa.types.is_float64(answer.type) else answer


def test_a_hot_key_is_cut_into_slices_of_about_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "ROWS", 4096)
    random = np.random.default_rng(5)
    codes = np.where(random.random(200_000) < 0.5, 3, random.integers(0, 1000, 200_000)).astype(np.int32)
    stamps = (random.random(200_000) ** 8 * 1e12).astype(np.int64)  # half of them in the first 0.4 % of all time
    case = Case(codes, stamps, codes[:1000], stamps[:1000], None, 0)
    sweep = case.sweep(2)
    assert 20 <= sweep.slices <= 30
    assert sweep.largest < 2 * 4096


def test_rows_of_one_time_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "ROWS", 100)
    codes = np.zeros(5000, np.int32)
    sweep = Case(codes, np.zeros(5000, np.int64), codes[:3], np.ones(3, np.int64), None, 0).sweep(2)
    assert (sweep.slices, sweep.largest) == (0, 5003)
