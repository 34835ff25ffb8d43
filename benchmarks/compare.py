"""Holds the answers of all runners against each other, and some against the naive oracle of the tests."""

import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.data import AGGREGATES, FEATURES, MICROSECONDS, WINDOWS, Data
from tests.oracle import Wanted
from tests.oracle import answers as naive

# Running sums of floats differ in their last digits; ropeway's are exact, and must agree in every bit.
NEAR = 1e-9
_ROUNDED = ("sum", "mean")


class DisagreementError(Exception):
    """Two runners give different answers to the same question."""


def agree(answers: Mapping[str, pa.Table], exact: tuple[str, ...] = ("ropeway_local", "ropeway_spark")) -> None:
    """Raises `DisagreementError` unless all are equal; `exact` names those that must be equal in every bit."""
    (first, wanted), *others = answers.items()
    for name, table in others:
        same = name in exact and first in exact
        for feature in ("id", *FEATURES):
            left, right = wanted.column(feature), table.column(feature)
            close = feature.startswith(_ROUNDED) and not same
            if not (_close(left, right) if close else _equal(left, right)):
                raise DisagreementError(f"{feature} of {name} differs from that of {first}{_example(left, right)}")


def agree_with_oracle(answers: pa.Table, data: Data, sample: int) -> None:
    """Raises `DisagreementError` unless the first `sample` answers are those of a naive loop, in every bit."""
    queries = _rows(pq.read_table(data.queries).sort_by("id").slice(0, sample))
    keys = pa.array(sorted({query["key"] for query in queries}))
    events = pq.read_table(data.events)
    of_key: dict[int, list[dict[str, int]]] = {key: [] for key in keys.to_pylist()}
    for event in _rows(events.filter(pc.is_in(events.column("key"), keys))):
        of_key[event["key"]].append(event)
    for name in WINDOWS:
        for aggregate in AGGREGATES:
            wanted = Wanted(aggregate, "value", MICROSECONDS[name])
            found = answers.column(f"{aggregate}_{name}").slice(0, sample).to_pylist()
            for query, answer in zip(queries, found, strict=True):
                (right,) = naive(
                    wanted, [query], of_key[query["key"]], keys={"key": "key"}, time="time", query_time="time"
                )
                if answer != right:
                    raise DisagreementError(
                        f"{aggregate}_{name} of query {query['id']} is {answer!r}; the oracle says {right!r}"
                    )


def _rows(table: pa.Table) -> list[dict[str, int]]:
    micros = table.column("time").cast(pa.int64())
    rows: list[dict[str, int]] = table.set_column(table.schema.get_field_index("time"), "time", micros).to_pylist()
    return rows


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    return bool(left.combine_chunks().equals(right.cast(left.type).combine_chunks()))


def _close(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    """Null in the same places, and no value further off than a running sum may be."""
    if not left.is_valid().equals(right.is_valid()):
        return False
    one, other = left.drop_null().to_numpy(), right.drop_null().to_numpy()
    return bool(np.allclose(one, other, rtol=NEAR, atol=NEAR))


def _example(left: pa.ChunkedArray, right: pa.ChunkedArray) -> str:
    pairs = enumerate(zip(left.to_pylist(), right.to_pylist(), strict=False))
    for row, (one, other) in pairs:
        if (one is None) != (other is None) or (one is not None and not math.isclose(one, other, rel_tol=NEAR)):
            return f": query {row}: {other!r}, not {one!r}"
    return f": {len(right)} rows and {len(left)} rows, or in the last bits"
