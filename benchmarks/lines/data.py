"""The data of the aggregates: few keys, so that a window of half of the time holds 100,000 rows of its key.

    events    1,000,000   key, time, known, value, other, weight, code, kind, flag, tags, vector
    changes   1,000,000   key, time, known, row, op, seq, value
    queries     200,000   id, key, time    in the second half, so that all windows are full

There are 5 keys and nothing is null; rows are in no order. `known` is `time`, but for one event in ten up to an hour
later. Of the changes 7 in 10 insert a row, 2 update one within an hour after that, and 1 deletes one in the hour after
that; `seq` orders those that become known at one time.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.lines.lines import GAP
from benchmarks.tables import DAY, HOME, Data, instants, rows_of, staged, stamps, write

SIZES = {"events": 1_000_000, "changes": 1_000_000, "queries": 200_000}  # at scale 1
KEYS = 5
DAYS, ASKED_FROM = 30, 15
LENGTH = 8  # of a vector
_CODES, _KINDS, _TAGS, _MOST_TAGS = 1_000, 20, 100, 4
_HOUR = DAY // 24
_LATE = 0.1
_INSERTS, _UPDATES = 0.7, 0.2  # the others are deletions
_FILES = {"events": 2, "changes": 2, "queries": 1}

_Numbers = npt.NDArray[np.int64]


def sizes(scale: float) -> dict[str, int]:
    """Rows by table.

    >>> sizes(0.001)
    {'events': 1000, 'changes': 1000, 'queries': 200}
    """
    return {name: max(1, round(size * scale)) for name, size in SIZES.items()}


def make(scale: float, *, step: int = 1, home: Path = HOME) -> Data:
    """The data, written if it is not there; times are whole multiples of `step` microseconds."""
    data = Data(home / f"aggregates-{scale:g}-{step}")

    def happened(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        return _events(random, len(numbers), step)

    def changed(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        return _changes(random, numbers, step)

    def asked(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        times = instants(random, len(numbers), ASKED_FROM, (DAYS - ASKED_FROM) * DAY, step)
        return pa.table({"id": numbers, "key": _keys(random, len(numbers)), "time": times})

    if not data.folder.exists():
        with staged(data.folder) as stage:
            for salt, (name, part) in enumerate({"events": happened, "changes": changed, "queries": asked}.items()):
                write(stage / name, sizes(scale)[name], _FILES[name], part, salt)
    return data


def gap(data: Data) -> int:
    """Microseconds after which a session ends."""
    return GAP * DAYS * DAY * KEYS // rows_of(data.events)


def _events(random: np.random.Generator, size: int, step: int) -> pa.Table:
    times = _micros(instants(random, size, 0, DAYS * DAY, step))
    late = np.where(random.random(size) < _LATE, random.integers(0, _HOUR // step + 1, size) * step, 0)
    tags = np.concatenate([[0], np.cumsum(random.integers(1, _MOST_TAGS + 1, size))]).astype(np.int32)
    kinds = np.char.add("kind-", random.integers(0, _KINDS, size).astype(str))
    offsets = np.arange(0, LENGTH * size + 1, LENGTH, dtype=np.int32)
    return pa.table(
        {
            "key": _keys(random, size),
            "time": stamps(times),
            "known": stamps(times + late),
            "value": random.normal(50.0, 20.0, size),
            "other": random.normal(0.0, 1.0, size),
            "weight": random.uniform(0.5, 1.5, size),
            "code": random.integers(0, _CODES, size),
            "kind": kinds,
            "flag": random.random(size) < 0.5,
            "tags": pa.ListArray.from_arrays(tags, random.integers(0, _TAGS, tags[-1])),
            "vector": pa.ListArray.from_arrays(offsets, random.normal(0.0, 1.0, LENGTH * size)),
        }
    )


def _changes(random: np.random.Generator, numbers: _Numbers, step: int) -> pa.Table:
    """Changes of rows of this part alone."""
    size = len(numbers)
    inserts, updates = round(size * _INSERTS), round(size * _UPDATES)
    times, keys = _micros(instants(random, inserts, 0, DAYS * DAY, step)), _keys(random, inserts)
    changed, deleted = random.integers(0, inserts, updates), random.permutation(inserts)[: size - inserts - updates]
    rows = np.concatenate([np.arange(inserts), changed, deleted])
    after = random.integers(0, _HOUR // step + 1, size) * step
    after[:inserts] = 0
    after[inserts + updates :] += _HOUR
    ops = np.repeat(["insert", "update", "delete"], [inserts, updates, len(deleted)])
    table = pa.table(
        {
            "key": keys[rows],
            "time": stamps(times[rows]),
            "known": stamps(times[rows] + after),
            "row": numbers[rows],
            "op": ops,
            "seq": numbers,
            "value": random.normal(50.0, 20.0, size),
        }
    )
    return table.take(random.permutation(size))


def _keys(random: np.random.Generator, size: int) -> _Numbers:
    return random.integers(0, KEYS, size)


def _micros(times: pa.Array) -> _Numbers:
    return np.asarray(times.cast(pa.int64()))
