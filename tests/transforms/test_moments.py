import doctest
import itertools
import math
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ropeway.transforms.kernels import late
from ropeway.transforms.kernels.moments import moments, prefixes

Ints = npt.NDArray[np.int64]
Given = tuple[Ints, npt.NDArray[np.uint64], npt.NDArray[np.uint64]]

MAX = 1.7976931348623157e308
TINY = 5e-324
ALL_HISTORY = 2**63 - 1
NAN = 0x7FF8000000000000
UNTOUCHED = -77


# --- the oracle: a loop over the rows of each window, in whole numbers of the smallest unit of its floats ---


def bits(x: float) -> int:
    return NAN if math.isnan(x) else int(struct.unpack("<q", struct.pack("<d", x))[0])


def nearest(x: Fraction) -> float:
    try:
        return x.numerator / x.denominator  # Python's division of integers rounds once
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def oracle(rows: Sequence[float], is_float: bool, ddof: int = 1) -> tuple[int, int, int]:
    """(sum, mean, variance) as the kernel writes them."""
    n = len(rows)
    if n == 0:
        return 0, 0, 0
    wild = [x for x in rows if is_float and math.isinf(x)]
    if wild:
        odd = bits(wild[0] if len(set(wild)) == 1 else math.nan)
        return odd, odd, NAN if n > ddof else 0
    ratios = [x.as_integer_ratio() for x in rows]
    unit = max(below for _, below in ratios)  # a power of 2, as all of them are; sums of fractions took 20 times longer
    exact = [above * (unit // below) for above, below in ratios]
    total = Fraction(sum(exact), unit)
    variance = 0
    if n > ddof:
        spread = n * Fraction(sum(x * x for x in exact), unit * unit) - total * total
        variance = bits(nearest(spread / (n * (n - ddof))))
    integer = int(total) if -(2**63) <= total < 2**63 else 0
    return bits(nearest(total)) if is_float else integer, bits(nearest(total / n)), variance


# --- a case: keys with rows and windows, packed as the kernel reads them ---


@dataclass
class Key:
    """Rows (None: masked), and for each window the ranges of the queries."""

    rows: Sequence[float | None]
    ranges: Sequence[Sequence[tuple[int, int]]]


@dataclass
class Packed:
    event_starts: Ints
    query_starts: Ints
    values: Ints
    mask: npt.NDArray[np.uint8]
    is_float: bool
    lo: Ints
    hi: Ints
    late: int = 0
    enter_order: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def run(
        self, *, wants: str = "smv", cuts: Sequence[int] = (), ddof: int = 1, threads: int = 1, slices: int = 1
    ) -> "Answer":
        shape = (len(self.lo), int(self.query_starts[-1]))
        windows = len(self.lo)
        table = np.full((4 * windows, shape[1]), UNTOUCHED, np.int64)
        places = np.array([0, *(windows * (i + 1) if name in wants else -1 for i, name in enumerate("smv"))])
        lo, hi = self.lo.astype(np.int32), self.hi.astype(np.int32)
        mask = np.empty(0, np.uint8) if self.mask.all() else self.mask
        summed = np.ones(len(lo), np.uint8)
        queries = slice(0, int(self.query_starts[-1]))
        held = np.concatenate([[0], np.cumsum(self.mask, dtype=np.int64)])
        if not self.late:
            ends = np.maximum(self.lo, np.broadcast_to(self.hi, self.lo.shape))
            table[:windows] = (held[ends] - held[self.lo])[:, queries]
        overflow = np.array([0, -1], np.int64)

        def work(first: int, last: int) -> None:
            tile = np.array([first, last, *self.event_starts[[first, last]], *self.query_starts[[first, last]], 0])
            if not self.late:
                for one, given in self._slices(tile, slices, "v" in wants):
                    moments(
                        one, self.event_starts, self.query_starts, self.values, mask, int(self.is_float), lo, hi,
                        *given, summed, table, places, ddof, overflow,
                    )  # fmt: skip
                return
            alive = np.zeros((windows, len(self.values)), np.uint8)
            order = self.enter_order.astype(np.int32)
            late.living(tile, self.event_starts, self.query_starts, order, lo, hi[0], alive)
            enters = (order, np.empty((0, 0), np.int32), alive)
            late.count(tile, self.event_starts, self.query_starts, mask, lo, hi[0], *enters, table, 0)
            late.moments(
                tile, self.event_starts, self.query_starts, self.values, mask, int(self.is_float), lo, hi, *enters,
                summed, table, places, ddof, overflow,
            )  # fmt: skip

        edges = [0, *cuts, len(self.event_starts) - 1]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, edges[:-1], edges[1:]))
        found = table.reshape(4, *shape)
        return Answer(found[0], found[1], found[2], found[3], int(overflow[0]), int(overflow[1]))

    def _slices(self, tile: Ints, slices: int, wide: bool) -> Iterator[tuple[Ints, Given]]:
        """A tile whole; or key by key, each in so many slices of its queries, as far as they may be cut."""
        nothing: Given = (np.empty(0, np.int64), np.empty((0, 2), np.uint64), np.empty((0, 3), np.uint64))
        if slices == 1:
            yield tile, nothing
            return
        mask = np.empty(0, np.uint8) if self.mask.all() else self.mask
        for k in range(tile[0], tile[1]):
            begin, end = self.event_starts[k : k + 2]
            first, last = self.query_starts[k : k + 2]
            given = prefixes(begin, end, self.values, mask, int(self.is_float), int(wide))
            if not given[0][2] or (wide and not given[0][3]):
                yield np.array([k, k + 1, begin, end, first, last, 0]), nothing
                continue
            for a, b in itertools.pairwise(np.linspace(first, last, slices + 1).astype(np.int64)):
                yield np.array([k, k + 1, begin, end, a, b, 1]), given


@dataclass
class Answer:
    counts: Ints
    sums: Ints
    means: Ints
    variances: Ints
    overflows: int
    example: int


def starts_of(sizes: Iterable[int]) -> Ints:
    return np.array([0, *itertools.accumulate(sizes)], np.int64)


def pack_values(rows: Iterable[float | None], is_float: bool) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Masked rows hold NaN, or an integer that would show."""
    every = list(rows)
    mask = np.array([x is not None for x in every], np.uint8)
    if is_float:
        return np.array([math.nan if x is None else x for x in every], np.float64).view(np.int64), mask
    return np.array([12345 if x is None else x for x in every], np.int64), mask


def pack(keys: Sequence[Key], is_float: bool = True) -> Packed:
    starts = starts_of(len(key.rows) for key in keys)
    query_starts = starts_of(len(key.ranges[0]) for key in keys)
    values, mask = pack_values((x for key in keys for x in key.rows), is_float)
    lo, hi = (
        np.array(
            [
                [int(start) + r[side] for key, start in zip(keys, starts, strict=False) for r in key.ranges[w]]
                for w in range(len(keys[0].ranges))
            ],
            np.int64,
        )
        for side in (0, 1)
    )
    return Packed(starts, query_starts, values, mask, is_float, lo, hi)


def same(a: Answer, b: Answer) -> None:
    """Compare every bit."""
    for name in ("counts", "sums", "means", "variances"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def check(keys: Sequence[Key], is_float: bool = True, ddof: int = 1) -> int:
    """Compare every bit with the oracle; says how many windows that were."""
    packed = pack(keys, is_float)
    answer, sliced = packed.run(ddof=ddof), packed.run(ddof=ddof, slices=3)
    same(answer, sliced)
    overflows = 0
    for k, key in enumerate(keys):
        for w, ranges in enumerate(key.ranges):
            for q, (a, b) in enumerate(ranges):
                rows = [x for x in key.rows[a:b] if x is not None] if a < b else []
                column = packed.query_starts[k] + q
                found = (answer.sums[w, column], answer.means[w, column], answer.variances[w, column])
                assert answer.counts[w, column] == len(rows)
                assert found == oracle(rows, is_float, ddof), (rows, found)
                overflows += not is_float and not -(2**63) <= sum(rows) < 2**63
    assert answer.overflows == overflows
    return answer.counts.size


# --- what values look like ---

_RNG = np.random.default_rng


def uniform(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.random(n) * 100)


def normal(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.normal(size=n))


def quarters(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.integers(-4000, 4000, n) / 4)


def cancelling(rng: np.random.Generator, n: int) -> list[float]:
    large = rng.choice([1e16, -1e16, 1e22, -1e22], n)
    return list(np.where(rng.random(n) < 0.5, large, rng.choice([1.0, -1.0, 0.1, 1e-5], n)))


def medium(rng: np.random.Generator, n: int) -> list[float]:
    """Narrow for sums and wide for squares, or just not so."""
    return list(rng.normal(size=n) * 2.0 ** rng.integers(-30, 30, n))


def wide(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.normal(size=n) * 2.0 ** rng.integers(-150, 150, n))


def any_bits(rng: np.random.Generator, n: int) -> list[float]:
    raw = rng.integers(-(2**63), 2**63, n).view(np.float64)
    return [float(x) if math.isfinite(x) else TINY for x in raw]


def subnormal(rng: np.random.Generator, n: int) -> list[float]:
    small = rng.integers(-(2**52), 2**52, n) * TINY
    return list(np.where(rng.random(n) < 0.7, small, rng.choice([2.2250738585072014e-308, TINY, -TINY], n)))


def underflowing(rng: np.random.Generator, n: int) -> list[float]:
    """Variances are subnormal, or vanish."""
    return list(rng.normal(size=n) * rng.choice([1e-154, 1e-158, 1e-162]))


def largest(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.choice([MAX, -MAX, MAX / 2, 1e308, -1e308, 1.0], n))


def extremes(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.choice([MAX, -MAX, TINY, -TINY, 1.0, -1.0, 0.0, -0.0, 1e300, 1e-300], n))


def infinite(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.choice([math.inf, -math.inf, 1.0, 0.1, -3.5, MAX], n, p=[0.06, 0.06, 0.3, 0.3, 0.2, 0.08]))


def zeros(rng: np.random.Generator, n: int) -> list[float]:
    return list(rng.choice([0.0, -0.0], n))


def constant(rng: np.random.Generator, n: int) -> list[float]:
    return [float(rng.choice([0.1, 1e300, -3e-310, 7.0]))] * n


FLOATS = [
    uniform, normal, quarters, cancelling, medium, wide, any_bits, subnormal, underflowing, largest, extremes,
    infinite, zeros, constant,
]  # fmt: skip


def sliding(rng: np.random.Generator, n: int, queries: int) -> list[tuple[int, int]]:
    """Ranges with both ends never decreasing; some are empty, of some the beginning is after the end."""
    lo, hi = (np.sort(rng.integers(0, n + 1, queries)) for _ in range(2))
    if rng.random() < 0.5:
        lo = np.minimum(lo, hi)
    return [(int(a), int(b)) for a, b in zip(lo, hi, strict=True)]


def random_keys(kinds: Sequence[object], seed: int, keys: int = 40, windows: int = 3, longest: int = 24) -> list[Key]:
    rng = _RNG(seed)
    made = []
    for _ in range(keys):
        n = int(rng.integers(0, longest))
        kind = kinds[int(rng.integers(len(kinds)))]
        masked = rng.random(n) < rng.choice([0.0, 0.3])
        rows = [None if m else x for x, m in zip(kind(rng, n), masked, strict=True)]  # type: ignore[operator]
        queries = int(rng.integers(0, 30))
        made.append(Key(rows, [sliding(rng, n, queries) for _ in range(windows)]))
    return made


# --- floats ---


@pytest.mark.parametrize("kind", FLOATS, ids=lambda kind: kind.__name__)
def test_floats_are_rounded_once(kind: object) -> None:
    assert check(random_keys([kind], seed=1)) > 1000


@pytest.mark.parametrize("seed", range(8))
def test_keys_of_all_kinds_side_by_side(seed: int) -> None:
    assert check(random_keys(FLOATS, seed, keys=60)) > 1500


odd_floats = st.one_of(
    st.sampled_from([MAX, -MAX, TINY, -TINY, 0.0, -0.0, 1e16, -1e16, 1.0, 2.0**53, 2.0**-1022, math.inf, -math.inf]),
    st.floats(allow_nan=False),
    st.floats(-1e6, 1e6),
    st.integers(-(2**53), 2**53).map(float),
)


@st.composite
def cases(draw: st.DrawFn, values: st.SearchStrategy[float]) -> list[Key]:
    windows = draw(st.integers(1, 2))
    keys = []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(st.lists(st.one_of(values, values, values, st.none()), max_size=12))
        queries = draw(st.integers(0, 5))
        edge = st.lists(st.integers(0, len(rows)), min_size=queries, max_size=queries).map(sorted)
        keys.append(Key(rows, [list(zip(draw(edge), draw(edge), strict=True)) for _ in range(windows)]))
    return keys


@settings(max_examples=400)
@given(cases(odd_floats), st.integers(0, 2))
@example([Key([1e16, 1.0, -1e16], [[(0, 3), (1, 3)]])], 1)
@example([Key([MAX, MAX, -MAX, -MAX, MAX], [[(0, n) for n in range(6)]])], 1)
@example([Key([MAX, 2.0**970, -TINY, TINY], [[(0, n) for n in range(5)]])], 1)
@example([Key([TINY, TINY, TINY], [[(0, n) for n in range(4)]])], 1)
@example([Key([-TINY, 0.0, 0.0], [[(0, 3)]])], 1)
@example([Key([math.inf, -math.inf, 1.0], [[(0, 2), (1, 3), (2, 3)]])], 1)
def test_any_floats_are_rounded_once(keys: list[Key], ddof: int) -> None:
    check(keys, ddof=ddof)


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40), st.randoms())
def test_sums_are_those_of_fsum_whatever_the_order(rows: list[float], random: object) -> None:
    try:
        expected = math.fsum(rows)
    except OverflowError:  # of a partial sum: fsum has no answer
        return
    for _ in range(3):
        random.shuffle(rows)  # type: ignore[attr-defined]
        answer = pack([Key(rows, [[(0, len(rows))]])]).run()
        assert answer.sums[0, 0] == bits(expected)


@pytest.mark.parametrize("scale", [1.0, 1e-156, 2.0**900])
@pytest.mark.parametrize("n", [46_340, 46_341, 50_000])
def test_long_windows(scale: float, n: int) -> None:
    rows = list(_RNG(n).normal(size=n) * scale)
    rows[7] *= 2.0**60  # the first window is wide, the second key is narrow
    check([Key(rows, [[(0, n), (n - 300, n)]]), Key(rows[8:], [[(0, n - 8), (0, n - 8)]])])


def test_the_largest_span_of_all() -> None:
    # every exponent once: 2098 bits from the highest to the lowest
    rows = [math.ldexp(1.5, e) * (-1) ** e for e in range(-1073, 1024)]
    check([Key(rows, [[(0, 1), (0, 1200), (300, 1200), (300, 2097), (1000, 2097), (2090, 2097)]])])


# --- integers ---


@settings(max_examples=300)
@given(cases(st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([-(2**63), 2**63 - 1, 0, 1, -1, 2**62]))))
@example([Key([2**63 - 1, 1, -1], [[(0, n) for n in range(4)]])])
@example([Key([-(2**63), -1, 1], [[(0, n) for n in range(4)]])])
@example([Key([-(2**63), -(2**63), 2**63 - 1], [[(0, n) for n in range(4)]])])
def test_integers_are_exact(keys: list[Key]) -> None:
    check(keys, is_float=False)


def small(rng: np.random.Generator, n: int) -> list[int]:
    return [int(x) for x in rng.integers(-100, 100, n)]


def large(rng: np.random.Generator, n: int) -> list[int]:
    return [int(x) for x in rng.integers(-(2**63), 2**63, n)]


def edges(rng: np.random.Generator, n: int) -> list[int]:
    return [int(x) for x in rng.choice(np.array([-(2**63), 2**63 - 1, 2**62, -(2**62), 1]), n)]


@pytest.mark.parametrize("kind", [small, large, edges], ids=lambda kind: kind.__name__)
def test_many_integers_are_exact(kind: object) -> None:
    assert check(random_keys([kind], seed=2, keys=80), is_float=False) > 2000


def test_an_overflow_is_reported_with_an_example() -> None:
    packed = pack([Key([2**62, 2**62], [[(0, 1), (0, 2)]]), Key([5], [[(0, 1)]])], is_float=False)
    answer = packed.run()
    assert answer.overflows == 1
    assert answer.example == 1
    assert packed.run(wants="mv").overflows == 0  # only a sum can overflow


# --- rows that become known late ---


@dataclass
class LateKey:
    rows: Sequence[float | None]
    stamps: Sequence[int]  # in order
    enter: Sequence[int]
    instants: Sequence[int]  # in order


def check_late(keys: Sequence[LateKey], reach: Sequence[int], inclusive: int) -> int:
    """A row counts at t iff enter < t <= stamp + reach, or if inclusive iff enter <= t <= stamp + reach."""
    starts = starts_of(len(key.rows) for key in keys)
    query_starts = starts_of(len(key.instants) for key in keys)
    values, mask = pack_values((x for key in keys for x in key.rows), True)
    lo = np.zeros((len(reach), int(query_starts[-1])), np.int64)
    hi = np.zeros((1, int(query_starts[-1])), np.int64)
    order = []
    for key, start, query_start in zip(keys, starts, query_starts, strict=False):
        inner = sorted(range(len(key.rows)), key=lambda i: key.enter[i])
        order += [int(start) + i for i in inner]
        for q, t in enumerate(key.instants):
            hi[0, query_start + q] = start + sum(e < t + inclusive for e in key.enter)
            for w, after in enumerate(reach):
                lo[w, query_start + q] = start + sum(after != ALL_HISTORY and s + after < t for s in key.stamps)
    packed = Packed(starts, query_starts, values, mask, True, lo, hi, 1, np.array(order, np.int64))
    answer = packed.run()
    columns = [(key, t) for key in keys for t in key.instants]
    for column, (key, t) in enumerate(columns):
        for w, after in enumerate(reach):
            rows = [
                x
                for x, s, e in zip(key.rows, key.stamps, key.enter, strict=True)
                if x is not None and e < t + inclusive and (after == ALL_HISTORY or t <= s + after)
            ]
            found = (answer.sums[w, column], answer.means[w, column], answer.variances[w, column])
            assert answer.counts[w, column] == len(rows)
            assert found == oracle(rows, True)
    return answer.counts.size


@pytest.mark.parametrize("inclusive", [0, 1])
@pytest.mark.parametrize("delay", [1, 15, 200])
def test_late_rows(inclusive: int, delay: int) -> None:
    rng = _RNG(delay)
    compared = 0
    for seed in range(6):
        keys = []
        for key in random_keys(FLOATS, seed, keys=30, windows=1):
            n = len(key.rows)
            stamps = np.sort(rng.integers(-100, 100, n))
            enter = stamps + rng.integers(0, delay, n)
            instants = np.sort(rng.integers(-120, 320, len(key.ranges[0])))
            keys.append(LateKey(key.rows, stamps.tolist(), enter.tolist(), instants.tolist()))
        compared += check_late(keys, [3, 20, ALL_HISTORY, 100], inclusive)
    assert compared > 5000


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(-20, 20), st.integers(0, 30), st.one_of(st.none(), odd_floats)), max_size=10
    ).map(lambda rows: sorted(rows, key=lambda row: row[0])),
    st.lists(st.integers(-25, 60), max_size=8).map(sorted),
    st.lists(st.sampled_from([1, 2, 5, 10, 30, ALL_HISTORY]), min_size=1, max_size=3),
    st.integers(0, 1),
)  # fmt: skip
def test_any_late_rows(
    rows: list[tuple[int, int, float | None]], instants: list[int], reach: list[int], inclusive: int
) -> None:
    key = LateKey([x for _, _, x in rows], [s for s, _, _ in rows], [s + d for s, d, _ in rows], instants)
    check_late([key], reach, inclusive)


def test_rows_that_enter_in_time_order_are_plain_ranges() -> None:
    keys = [key for key in random_keys(FLOATS, 5, windows=1) if key.ranges[0]]
    plain = pack([Key(key.rows, [[(min(a, b), b) for a, b in r] for r in key.ranges]) for key in keys])
    size = len(plain.values)
    shifted = Packed(**{**vars(plain), "late": 1, "enter_order": np.arange(size)})
    same(plain.run(), shifted.run())


# --- how the work is cut ---


def test_ranges_of_keys_on_threads_give_the_same_bits() -> None:
    packed = pack(random_keys(FLOATS, 9, keys=90))
    whole = packed.run()
    cut = packed.run(cuts=[0, 1, 17, 18, 60, 60], threads=4)
    same(whole, cut)


def test_only_the_queries_of_the_tile_are_written() -> None:
    packed = pack([Key([1.0], [[(0, 1), (0, 1)]]), Key([2.0], [[(0, 1)]])])
    table = np.full((2, 3), UNTOUCHED, np.int64)
    table[0] = 1
    moments(
        np.array([0, 1, 0, 1, 1, 2, 0]), packed.event_starts, packed.query_starts, packed.values,
        np.empty(0, np.uint8), 1, packed.lo.astype(np.int32), packed.hi.astype(np.int32),
        np.empty(0, np.int64), np.empty((0, 2), np.uint64), np.empty((0, 3), np.uint64), np.ones(1, np.uint8),
        table, np.array([0, 1, -1, -1]), 1, np.array([0, -1]),
    )  # fmt: skip
    assert table[1].tolist() == [UNTOUCHED, bits(1.0), UNTOUCHED]


@pytest.mark.parametrize("wants", ["", "s", "m", "v", "sm", "sv", "mv"])
def test_what_is_not_wanted_changes_nothing(wants: str) -> None:
    packed = pack(random_keys(FLOATS, 11))
    whole, part = packed.run(), packed.run(wants=wants)
    np.testing.assert_array_equal(whole.counts, part.counts)
    for letter, name in zip("smv", ("sums", "means", "variances"), strict=True):
        found = getattr(part, name)
        if letter in wants:
            np.testing.assert_array_equal(getattr(whole, name), found)
        else:
            assert (found == UNTOUCHED).all()


def test_one_row_of_ends_serves_all_windows() -> None:
    packed = pack(random_keys(FLOATS, 13))
    packed.hi[:] = packed.hi[0]
    whole = packed.run()
    packed.hi = packed.hi[:1].copy()
    short = packed.run()
    same(whole, short)


def test_a_longer_history_has_the_same_beginning() -> None:
    keys = random_keys([normal, wide, infinite], 15, keys=30)
    longer = [Key([*key.rows, MAX, -TINY, math.inf], key.ranges) for key in keys]
    a, b = pack(keys).run(), pack(longer).run()
    same(a, b)


def test_the_example_runs() -> None:
    found = doctest.testmod(sys.modules[moments.__module__])  # pytest does not look into kernels
    assert found.attempted > 0
    assert found.failed == 0


def test_there_is_one_compilation() -> None:
    pack([Key([1.0], [[(0, 1)]])]).run()
    pack([Key([1], [[(0, 1)]])], is_float=False).run()
    assert len(moments.signatures) == len(prefixes.signatures) == 1
