"""DuckDB: range frames over the union of events and queries, or, where one row of its key tells all, an as-of join.

The oldest and newest rows, the last 100 and sessions are known at the row from which a query looks back, or on.
"""

from collections.abc import Callable
from math import log

import duckdb
import pyarrow as pa

from benchmarks.engines import with_duckdb as engine
from benchmarks.engines.with_duckdb import files
from benchmarks.lines import asked
from benchmarks.lines.data import gap
from benchmarks.lines.lines import LINES, ROWS, WINDOW, Line, chosen
from benchmarks.tables import Data

__all__ = ["answer", "engine"]


def answer(session: duckdb.DuckDBPyConnection, data: Data) -> pa.Table:
    made = [session.sql(_statement(data, line)).to_arrow_table() for line in chosen(asked(), "duckdb_frames")]
    columns = {name: one.column(name) for one in made for name in one.column_names}
    return pa.table(columns)


def _statement(data: Data, line: Line) -> str:
    ((name, wanted),) = line.columns.items()
    if line.name in _FRAMES:
        return _framed(data, name, *_FRAMES[line.name], wanted.width or 0)
    tables = f"""
        e AS (SELECT key, epoch_us(time) AS t, value FROM {files(data.events)}),
        q AS (SELECT id, key, epoch_us(time) AS t FROM {files(data.queries)}),"""
    return f"WITH {tables} {_AS_OF[line.name](name, data)} ORDER BY id"


def _framed(data: Data, name: str, value: str, aggregate: str, width: int) -> str:
    return f"""
        WITH history AS (
            SELECT NULL::BIGINT AS id, key, epoch_us(time) AS t, {value} AS x FROM {files(data.events)}
            UNION ALL
            SELECT id, key, epoch_us(time), NULL FROM {files(data.queries)}
        ),
        framed AS (
            SELECT id, {aggregate} AS {name} FROM history
            WINDOW w AS (PARTITION BY key ORDER BY t RANGE BETWEEN {width} PRECEDING AND 1 PRECEDING)
        )
        SELECT id, {name} FROM framed WHERE id IS NOT NULL ORDER BY id
    """


def _since(name: str, _: Data) -> str:
    return f"""
        o AS (SELECT DISTINCT key, t FROM e)
        SELECT q.id, CASE WHEN o.t >= q.t - {WINDOW} THEN (q.t - o.t) / 1e6 END AS {name}
        FROM q ASOF LEFT JOIN o ON q.key = o.key AND q.t > o.t"""


def _newest(name: str, _: Data) -> str:
    """The newest rows before each row; of tied rows the last one knows them all."""
    n = LINES["last_n"].wanted[0].n
    return f"""
        o AS (
            SELECT key, t, list({{'t': t, 'value': value}}) OVER (k ROWS {(n or 1) - 1} PRECEDING) AS rows FROM e
            WINDOW k AS (PARTITION BY key ORDER BY t, value)
            QUALIFY t IS DISTINCT FROM lead(t) OVER k
        )
        SELECT q.id, nullif(list_reverse([x.value for x in o.rows if x.t >= q.t - {WINDOW}]), []) AS {name}
        FROM q ASOF LEFT JOIN o ON q.key = o.key AND q.t > o.t"""


def _oldest(name: str, _: Data) -> str:
    n = LINES["first_n"].wanted[0].n
    frame = f"ROWS BETWEEN CURRENT ROW AND {(n or 1) - 1} FOLLOWING"
    return f"""
        o AS (
            SELECT key, t, list({{'t': t, 'value': value}}) OVER (k {frame}) AS rows FROM e
            WINDOW k AS (PARTITION BY key ORDER BY t, value)
            QUALIFY t IS DISTINCT FROM lag(t) OVER k
        )
        SELECT q.id, nullif([x.value for x in o.rows if x.t < q.t], []) AS {name}
        FROM q ASOF LEFT JOIN o ON q.key = o.key AND q.t - {WINDOW} <= o.t"""


def _session(name: str, data: Data) -> str:
    """The session of the row before each query; one that began before the window begins with its first row there."""
    return f"""
        o AS (SELECT DISTINCT key, t FROM e),
        begun AS (
            SELECT key, t, CASE WHEN t - lag(t) OVER (PARTITION BY key ORDER BY t) <= {gap(data)} THEN NULL ELSE t END
                AS begin FROM o
        ),
        sessions AS (SELECT key, t, max(begin) OVER (PARTITION BY key ORDER BY t) AS begin FROM begun),
        newest AS (
            SELECT q.id, q.key, q.t, s.t AS last, s.begin
            FROM q ASOF LEFT JOIN sessions AS s ON q.key = s.key AND q.t > s.t
        )
        SELECT n.id, CASE WHEN n.last >= n.t - {WINDOW} THEN greatest(n.begin, o.t) END AS {name}
        FROM newest AS n ASOF LEFT JOIN o ON n.key = o.key AND n.t - {WINDOW} <= o.t"""


def _rows(aggregate: str) -> Callable[[str, Data], str]:
    def statement(name: str, _: Data) -> str:
        return f"""
            o AS (
                SELECT key, t, {aggregate}(value) OVER (k ROWS {ROWS - 1} PRECEDING) AS answer FROM e
                WINDOW k AS (PARTITION BY key ORDER BY t, value)
                QUALIFY t IS DISTINCT FROM lead(t) OVER k
            )
            SELECT q.id, o.answer AS {name} FROM q ASOF LEFT JOIN o ON q.key = o.key AND q.t > o.t"""

    return statement


#: column and aggregate
_FRAMES = {
    "count": ("1", "count(x) OVER w"),
    "distinct_integers": ("code", "count(DISTINCT x) OVER w"),
    "distinct_floats": ("value", "count(DISTINCT x) OVER w"),
    "approx": ("value", "approx_count_distinct(x) OVER w"),
    "mode": ("code", "mode(x) OVER w"),
    "mode_1000": ("code", "mode(x) OVER w"),
    "mode_10000": ("code", "mode(x) OVER w"),
    "entropy": ("code", f"entropy(x) OVER w * {log(2)}"),
    "median": ("value", "median(x) OVER w"),
    "top_n": ("value", f"max(x, {LINES['top_n'].wanted[0].n}) OVER w"),
    "explode": ("unnest(tags)", "mode(x) OVER w"),
}
_AS_OF: dict[str, Callable[[str, Data], str]] = {
    "since": _since,
    "session": _session,
    "last_n": _newest,
    "first_n": _oldest,
    "rows_sum": _rows("sum"),
    "rows_median": _rows("median"),
}
