"""Second oracles: DuckDB and polars, where they mean the same, so that an error of the naive oracle would show.

Both join rows with events on equal keys and then filter by time, as one would write it by hand. They are asked about

- keys of integers, strings, bytes, booleans, dates and times, where null equals nothing;
- windows with any closed sides and offset, `available_at`, all history, ttl, tables without time, but not those of
  a calendar or of the last rows;
- count, any, all, min, max, first and last, and sums of integers, exactly (of floats up to the sign of zero);
- sum, mean, var and std of floats, and mean, var and std of integers, but for their last digits.

They are not asked about labels, changes, chains and derived columns; nor about decimals, about moments of infinities
and of floats above 1e100, where they say something else, and not where times are so far off that their differences do
not fit int64. NaN is handed to them as null. Conditions and expressions are computed before, by `expressions.py`:
this is about windows and aggregates.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from tests import oracle
from tests.fuzz.case import NAMES, Case
from tests.fuzz.expected import AT, KNOWN, Asked, asked, events, questions
from tests.fuzz.kinds import KINDS

#: sums of times stay within int64 up to here
_FAR = 2**60
#: squares stay within float64 up to here
_LARGE = 1e100
_MOMENTS = ("sum", "mean", "var", "std")
_ASKED = ("count", "any", "all", "min", "max", "first", "last", *_MOMENTS)
_SQL = {"mean": "avg", "var": "var_samp", "std": "stddev_samp", "any": "bool_or", "all": "bool_and"}


def suits(case: Case) -> bool:
    """Whether the keys and times of a case mean the same there."""
    kinds = [
        case.tables[case.sources[view.source].table].columns[name].kind for view in case.views for name in view.keys
    ]
    if any("decimal" in kind for kind in kinds) or case.derived or any(view.labels for view in case.views):
        return False
    if any(source.row_key or source.base is not None for source in case.sources):
        return False
    lengths = [one.micros for view in case.views for feature in view.features for one in feature.windows]
    lengths += [feature.offset for view in case.views for feature in view.features]
    lengths += [view.ttl or 0 for view in case.views]
    times = [row[AT] for row in questions(case)]
    for number, source in enumerate(case.sources):
        if source.timestamp is not None:
            times += [row[name] for row in events(case, number) for name in (AT, KNOWN)]
    return all(abs(at) < _FAR for at in times) and all(length < _FAR for length in lengths)


@dataclass(frozen=True)
class Output:
    """One output as a peer is asked for it: its columns `x{number}` and `w{number}`, and how large values are."""

    number: int
    asked: Asked
    largest: float

    def near(self, wanted: Any, got: Any) -> bool:
        """Whether an answer is that of the oracle, but for what running sums of floats lose."""
        aggregate = self.asked.wanted.aggregate
        exact = aggregate not in _MOMENTS or (aggregate == "sum" and isinstance(wanted, int))
        if exact or wanted is None or got is None:
            return bool(wanted == got)
        # the root of an error of 1e-9 is large beside a deviation of nothing
        scale = {"var": 1e-9 * self.largest**2, "std": 4e-5 * self.largest}.get(aggregate, 1e-9 * self.largest)
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=scale)


@dataclass(frozen=True)
class Joined:
    """What a peer joins for one view: events and rows with the same key columns, and the columns that order ties."""

    events: pa.Table
    rows: pa.Table
    keys: tuple[str, ...]
    ties: tuple[str, ...]
    late: bool
    static: bool
    outputs: tuple[Output, ...]


def joined(case: Case) -> list[Joined]:
    """The views of a case with those outputs that peers are asked about."""
    rows = questions(case)
    made = []
    for v, view in enumerate(case.views):
        source, table = case.sources[view.source], case.tables[case.sources[view.source].table]
        history = events(case, view.source)
        keys = tuple(f"k{i}" for i in range(len(view.keys)))
        left = {
            key: _column(table.columns[name].kind, history, name) for key, name in zip(keys, view.keys, strict=True)
        }
        right = {
            key: _column(case.rows.columns[name].kind, rows, name)
            for key, name in zip(keys, view.keys.values(), strict=True)
        }
        static = source.timestamp is None
        for name, at in (("t", AT), ("a", KNOWN)):
            left[name] = pa.array([0 if static else row[at] for row in history], pa.int64())
        for i, name in enumerate(source.tiebreak):
            left[f"y{i}"] = _column(table.columns[name].kind, history, name)
            # they hold -0.0 and 0.0 for equal
            signs = [math.copysign(1.0, row[name]) if isinstance(row[name], float) else 0.0 for row in history]
            left[f"z{i}"] = pa.array(signs, pa.float64())
        ties = tuple(f"{letter}{i}" for i in range(len(source.tiebreak)) for letter in "yz")
        right |= {"i": pa.array(range(len(rows)), pa.int64()), "q": pa.array([row[AT] for row in rows], pa.int64())}
        outputs = []
        for number, one in enumerate(asked(case)):
            if one.view == v and _is_asked(case, one, history):
                outputs.append(Output(number, one, _largest(one, history)))
                left[f"w{number}"] = pa.array([one.wanted.where(row) is True for row in history], pa.bool_())
                if one.wanted.column is not None:
                    kind = case.views[v].features[one.feature].kind
                    left[f"x{number}"] = _column(str(kind), history, one.wanted.column)
        late = source.available_at is not None
        made.append(Joined(pa.table(left), pa.table(right), keys, ties, late, static, tuple(outputs)))
    return made


def _column(kind: str, rows: Iterable[dict[str, Any]], name: str) -> pa.Array:
    """Plain values in one of few types."""
    answer = eval(KINDS[kind].answer, NAMES.copy())
    if pa.types.is_timestamp(answer) or pa.types.is_time(answer) or pa.types.is_duration(answer):
        answer = pa.int64()
    return pa.array([None if oracle.missing(row[name]) else row[name] for row in rows], answer)


def _values(one: Asked, history: Iterable[dict[str, Any]]) -> list[float]:
    values = [row[one.wanted.column] for row in history] if one.wanted.column is not None else []
    return [abs(float(value)) for value in values if isinstance(value, int | float) and not math.isnan(value)]


def _is_asked(case: Case, one: Asked, history: list[dict[str, Any]]) -> bool:
    feature = case.views[one.view].features[one.feature]
    kind = str(feature.kind)
    if one.wanted.aggregate not in _ASKED or feature.by or feature.explode or feature.rows or feature.calendar:
        return False
    if "decimal" in kind or (feature.input is not None and (kind == "null" or KINDS[kind].element is not None)):
        return False
    return one.wanted.aggregate not in _MOMENTS or _largest(one, history) <= _LARGE


def _largest(one: Asked, history: Iterable[dict[str, Any]]) -> float:
    return max(_values(one, history), default=0.0)


# ---- DuckDB


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})


def duckdb_answers(case: Case) -> list[tuple[Output, list[Any]]]:
    """The outputs that DuckDB is asked about, with its answers."""
    made: list[tuple[Output, list[Any]]] = []
    for one in joined(case):
        if not one.outputs:
            continue
        connection = _duckdb()
        connection.register("e", one.events)
        connection.register("q", one.rows)
        columns = ", ".join(_sql(one, output) for output in one.outputs)
        on = " AND ".join(f"e.{key} = q.{key}" for key in one.keys)
        found = connection.execute(f"SELECT {columns} FROM q LEFT JOIN e ON {on} GROUP BY q.i ORDER BY q.i").fetchall()
        connection.unregister("e")
        connection.unregister("q")
        made += [(output, [_python(row[i]) for row in found]) for i, output in enumerate(one.outputs)]
    return made


def _sql(view: Joined, output: Output) -> str:
    wanted, x = output.asked.wanted, f"e.x{output.number}"
    held = [f"e.w{output.number}"]
    right, left = wanted.closed in ("right", "both"), wanted.closed in ("left", "both")
    if not view.static:
        held.append(f"e.t {'<=' if right else '<'} q.q - {wanted.offset}")
        if wanted.width is not None:
            held.append(f"e.t {'>=' if left else '>'} q.q - {wanted.offset} - {wanted.width}")
    if view.late:
        held.append(f"e.a {'<=' if right else '<'} q.q")
    name = _SQL.get(wanted.aggregate, wanted.aggregate)
    if wanted.column is None:
        call = "count(*)"
    elif name in ("first", "last"):
        order = ", ".join(["e.t", *(f"e.{tie} NULLS FIRST" for tie in view.ties), f"{x} NULLS FIRST"])
        call = f"{name}({x} ORDER BY {order})"
        held += [f"{x} IS NOT NULL"] if wanted.skip_null else []
    else:
        number = wanted.aggregate in _MOMENTS and pa.types.is_boolean(view.events.schema.field(x[2:]).type)
        call = f"{name}({x}::BIGINT)" if number else f"{name}({x})"
    return f"{call} FILTER (WHERE {' AND '.join(held)})"


def _python(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


# ---- polars


def polars_answers(case: Case) -> list[tuple[Output, list[Any]]]:
    """The outputs that polars is asked about, with its answers."""
    made: list[tuple[Output, list[Any]]] = []
    for one in joined(case):
        if not one.outputs:
            continue
        left, right = _frame(one.events), _frame(one.rows)
        pairs = right.join(left, on=list(one.keys), how="inner")
        grouped = pairs.group_by("i").agg(_expression(one, output) for output in one.outputs)
        found = right.select("i").join(grouped, on="i", how="left").sort("i")
        for output in one.outputs:
            values = found[str(output.number)].to_list()
            counts = output.asked.wanted.aggregate == "count"
            made.append((output, [0 if counts and value is None else value for value in values]))
    return made


def _frame(table: pa.Table) -> pl.DataFrame:
    made = pl.from_arrow(table)
    assert isinstance(made, pl.DataFrame)
    return made


def _expression(view: Joined, output: Output) -> pl.Expr:
    wanted, x = output.asked.wanted, pl.col(f"x{output.number}")
    held, t, end = pl.col(f"w{output.number}"), pl.col("t"), pl.col("q") - wanted.offset
    right, left = wanted.closed in ("right", "both"), wanted.closed in ("left", "both")
    if not view.static:
        held = held & (t <= end if right else t < end)
        if wanted.width is not None:
            held = held & (t >= end - wanted.width if left else t > end - wanted.width)
    if view.late:
        held = held & (pl.col("a") <= pl.col("q") if right else pl.col("a") < pl.col("q"))
    return _aggregate(view, output, x, held).alias(str(output.number))


def _aggregate(view: Joined, output: Output, x: pl.Expr, held: pl.Expr) -> pl.Expr:
    wanted = output.asked.wanted
    if wanted.column is None:
        return held.sum().cast(pl.Int64)
    if wanted.aggregate in ("first", "last"):
        held = held & x.is_not_null() if wanted.skip_null else held
        order = [pl.col("t"), *(pl.col(tie) for tie in view.ties), x]
        ordered = x.filter(held).sort_by([one.filter(held) for one in order], nulls_last=False)
        return ordered.first() if wanted.aggregate == "first" else ordered.last()
    taken = x.filter(held & x.is_not_null())
    if wanted.aggregate == "count":
        return taken.len().cast(pl.Int64)
    if wanted.aggregate in ("any", "all"):
        made = taken.any() if wanted.aggregate == "any" else taken.all()
        return pl.when(taken.len() > 0).then(made)
    if pa.types.is_boolean(view.events.schema.field(f"x{output.number}").type) and wanted.aggregate in _MOMENTS:
        taken = taken.cast(pl.Int64)
    if wanted.aggregate == "sum":
        return pl.when(taken.len() > 0).then(taken.sum())
    return {"mean": taken.mean, "var": taken.var, "std": taken.std, "min": taken.min, "max": taken.max}[
        wanted.aggregate
    ]()
