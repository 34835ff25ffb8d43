"""Windows over all history of keys that are cut into slices: slices are told of earlier rows, and need none of them."""

import dataclasses
import decimal
import random

import numpy as np
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.batch.parts import Hot, Kind, Parts, hashes_of, span_of, split
from ropeway.batch.plan import Pass, plan
from ropeway.transforms.passes.history import History, merged
from ropeway.transforms.windows import Window
from tests.batch.test_engines import check_same
from tests.by_parts import answers_by_parts

STAMP = pa.timestamp("us", "UTC")


def events(chance: random.Random, size: int, *, late: bool) -> pa.Table:
    """Rows of two keys on few instants, with nulls, infinities, ties and values of all magnitudes."""
    times = [chance.randrange(0, 60) for _ in range(size)]
    ends = [0.1, -0.0, 1e308, -1e308, 5e-324, 1e16, -1e16, float("inf"), float("-inf"), float("nan"), None]
    usual: list[float | None] = chance.choice([ends, [0.1, 0.2, -0.7, None], [1e300, 1e-300, -1e300]])
    return pa.table(
        {
            "k": pa.array([chance.choice([0, 0, 0, 2, None]) for _ in range(size)], pa.int64()),
            "at": pa.array(times, STAMP),
            "known": pa.array([t + (chance.choice([0, 0, 1, 5, 30]) if late else 0) for t in times], STAMP),
            "x": pa.array([chance.choice(usual) for _ in range(size)], pa.float64()),
            "n": pa.array([chance.choice([3, -4, 2**61, -(2**61), None]) for _ in range(size)], pa.int64()),
            "d": pa.array(
                [chance.choice([decimal.Decimal("1.25"), decimal.Decimal("-99999.99"), None]) for _ in range(size)],
                pa.decimal128(20, 2),
            ),
            "s": pa.array([chance.choice(["a", "b", "ß", "", None]) for _ in range(size)]),
            "r": pa.array([chance.choice([1, 2, None]) for _ in range(size)], pa.int64()),
            "b": pa.array([chance.choice([True, False, None]) for _ in range(size)]),
        }
    )


def features(chance: random.Random) -> list[rw.Feature]:
    """One of each aggregate over all history, some with filters, offsets and windows beside it."""
    one = [
        rw.count(),
        rw.count("x"),
        rw.sum("r"),
        *(make("x") for make in (rw.sum, rw.mean, rw.var, rw.std, rw.min, rw.max, rw.first, rw.last)),
        *(make("n") for make in (rw.mean, rw.var, rw.min, rw.last)),
        *(make("d") for make in (rw.sum, rw.mean, rw.std, rw.max)),
        *(make("s") for make in (rw.min, rw.max, rw.first, rw.last)),
        *(make("b") for make in (rw.any, rw.all)),
        rw.last("s", skip_null=False).alias("s_newest"),
        rw.first("x", skip_null=False).alias("x_oldest"),
        rw.sum("x").where(rw.col("s") == "a").alias("x_of_a"),
        rw.last("x").where(rw.col("n") > 0).alias("x_of_n"),
    ]
    moved = dataclasses.replace(rw.sum("x"), windows=(Window(offset=25),)).alias("x_moved")
    one += chance.choice(
        [[], [moved], [moved, dataclasses.replace(rw.last("s"), windows=(Window(offset=9),)).alias("s_moved")]]
    )
    bounded = [rw.mean("x").over("10us"), rw.count().over("3us"), rw.last("s").over("7us")]
    if chance.random() < 0.2:
        return bounded
    return [*one, *(chance.sample(bounded, chance.randrange(0, 3)))]


def the_pass(table: pa.Table, chance: random.Random, *, late: bool) -> tuple[Pass, rw.FeatureView, pa.Table]:
    """A view of the table, and rows that ask."""
    source = rw.Source("s", table, "at", available_at="known" if late else None, tiebreak=chance.choice([[], ["r"]]))
    view = rw.FeatureView("v", rw.Entity("k"), source, features(chance))
    rows = pa.table(
        {
            "k": pa.array([chance.choice([0, 0, 2, 3, None]) for _ in range(40)], pa.int64()),
            "event_timestamp": pa.array([chance.randrange(0, 99) for _ in range(40)], STAMP),
        }
    )
    return plan(rows.schema, [view]).passes[0], view, rows


def cut(made: Pass, chance: random.Random, level: int) -> Parts:
    """One of the two keys, or both, in slices."""
    found = hashes_of(made.work, pa.table({"k": [0, 2], "at": pa.array([0, 0], STAMP)}), events=True)[0]
    hots, first = [], 0
    for key in chance.choice([[0], [0, 1]]):
        at = sorted({chance.randrange(0, 99) for _ in range(chance.randrange(1, 6))})
        hots.append(Hot(int(found[key]), tuple(at), first))
        first += hots[-1].slices
    return Parts(first + chance.randrange(1, 3), tuple(hots), span_of(made.work), level=level)


@pytest.mark.parametrize("seed", range(60))
def test_slices_answer_as_the_whole_key_does(seed: int) -> None:
    chance = random.Random(seed)
    late = chance.random() < 0.6
    table = events(chance, chance.randrange(1, 80), late=late)
    made, view, rows = the_pass(table, chance, late=late)
    cuts = [cut(made, chance, level) for level in range(chance.choice([1, 1, 2, 3]))]
    got = answers_by_parts(made.work, table.select(list(made.work.columns)), rows, cuts, chance.choice([3, 20, 100]))
    want = rw.backfill(rows, view).select([ask.name for ask in made.work.asks])
    check_same(got.cast(want.schema), want)


def test_a_slice_is_given_few_rows_however_long_the_history() -> None:
    size = 20_000
    random_ = np.random.default_rng(1)
    times = np.sort(random_.integers(0, 10**6, size))
    table = pa.table(
        {
            "k": np.zeros(size, np.int64),
            "at": pa.array(times, STAMP),
            "known": pa.array(times + random_.integers(0, 10**4, size), STAMP),
            "x": random_.normal(size=size),
        }
    )
    source = rw.Source("s", table, "at", available_at="known")
    wanted = [rw.count(), rw.mean("x"), rw.std("x"), rw.min("x"), rw.max("x"), rw.last("x")]
    rows = pa.table({"k": [0], "event_timestamp": pa.array([5], STAMP)})
    made = plan(rows.schema, [rw.FeatureView("v", rw.Entity("k"), source, wanted)]).passes[0]
    found = int(hashes_of(made.work, table, events=True)[0][0])
    parts = Parts(21, (Hot(found, tuple(range(50_000, 10**6, 50_000)), 0),))
    shares = list(split(made.work, table.select(list(made.work.columns)), parts, Kind.EVENTS))
    rows_of = {kind: sum(len(share.rows) for share in shares if share.kind is kind) for kind in Kind}
    late = int((times // 50_000 < (times + 10**4) // 50_000).sum())
    # its own rows, at most those that become known in a later slice, and a row for each slice and choice
    assert size < rows_of[Kind.EVENTS] < size + late + 20 * 4
    # what a count and two sums add up to, for each slice but the first
    assert rows_of[Kind.SUMS] == 19 * 2


def test_without_windows_over_all_history_there_is_nothing_to_tell() -> None:
    table = pa.table({"k": [0], "at": pa.array([5], STAMP), "x": [1.0]})
    view = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", table, "at"), [rw.mean("x").over("1d")])
    rows = pa.table({"k": [0], "event_timestamp": pa.array([5], STAMP)})
    assert History.of(plan(rows.schema, [view]).passes[0].work) is None


def test_sums_of_chunks_are_put_together() -> None:
    chance = random.Random(4)
    table = events(chance, 60, late=True)
    source = rw.Source("s", table, "at", available_at="known")
    view = rw.FeatureView("v", rw.Entity("k"), source, [rw.count(), rw.std("r"), rw.sum("d")])
    made = plan(pa.schema([("k", pa.int64()), ("event_timestamp", STAMP)]), [view]).passes[0]
    found = hashes_of(made.work, pa.table({"k": [0], "at": pa.array([0], STAMP)}), events=True)[0]
    parts = Parts(4, (Hot(int(found[0]), (20, 40), 0),))
    chunks = [table.slice(begin, 7).select(list(made.work.columns)) for begin in range(0, 60, 7)]
    shares = [share for chunk in chunks for share in split(made.work, chunk, parts, Kind.EVENTS)]
    tables = [share.rows for share in shares if share[:2] == (2, Kind.SUMS)]
    whole = merged(made.work, tables)
    assert len(whole) < sum(map(len, tables))
    assert whole.group_by(["key 0", "number"]).aggregate([]).num_rows == len(whole)
    assert whole.schema == tables[0].schema
    assert merged(made.work, [whole]).equals(whole)
    left, right = pa.concat_tables(tables), whole
    assert sum(left["count"].to_pylist()) == sum(right["count"].to_pylist())
    for name in ("total", "squares"):
        added = [
            sum(int.from_bytes(one, "little", signed=True) for one in some[name].to_pylist()) for some in (left, right)
        ]
        assert added[0] == added[1]
