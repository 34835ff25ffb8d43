"""The local engine: passes over Arrow tables in this process, on all cores."""

from collections.abc import Sequence

import pyarrow as pa

from ropeway.batch.changes import Changing
from ropeway.batch.derived import with_derived
from ropeway.batch.plan import Chained, Pass, Plan
from ropeway.batch.progress import Progress
from ropeway.batch.pruning import bounds_of, extent_of
from ropeway.connectors.pieces import cut, together
from ropeway.connectors.table import Table
from ropeway.transforms.expressions import evaluate
from ropeway.transforms.passes import work
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.threads import threads


def features(plan: Plan, rows: pa.Table, clock: Clock, progress: Progress) -> list[pa.ChunkedArray]:
    """The columns of `plan.outputs`, in the order of `rows`, which needs no more than keys and time."""
    done: dict[str, pa.Array] = {}
    with progress.over([made.source.name for made in plan.passes], clock) as names:
        for made, _ in zip(plan.passes, names, strict=True):
            answers = work.run(made.work, _read(made, rows, clock, progress), rows, threads(), clock)
            done.update({ask.name: answer for ask, answer in zip(made.work.asks, answers, strict=True)})
    return with_derived(plan, pa.table([done[name] for name in plan.features.names], schema=plan.features))


def _read(made: Pass, rows: pa.Table, clock: Clock, progress: Progress) -> pa.Table:
    """The columns of a source; without row groups that can't matter, where there are such."""
    raw = made.source.raw_names(made.work.columns)
    with clock("read"):
        table = _pruned(made, rows, raw)
    if table is None:
        table = scanned(made.table, raw, clock, progress)
    return table.rename_columns(list(made.work.columns))


def scanned(table: Table, columns: Sequence[str], clock: Clock, progress: Progress) -> pa.Table:
    """Columns of a table, with those of a chain computed, and changes as versions."""
    if isinstance(table, Changing):
        return table.changes.versions(scanned(table.base, table.reads(columns), clock, progress)).select(list(columns))
    if not isinstance(table, Chained):
        with clock("read"):
            found: pa.Table = table.scan(columns)
            return found
    own = filtered(table, scanned(table.base, table.base.schema().names, clock, progress))
    more = dict(zip(table.inner.outputs.names, features(table.inner, own, clock, progress), strict=True))
    return pa.table([more[name] if name in more else own.column(name) for name in columns], names=list(columns))


def filtered(chain: Chained, rows: pa.Table) -> pa.Table:
    """Those rows of a chain that take part."""
    return rows if chain.where is None else rows.filter(evaluate(chain.where, rows))


def _pruned(made: Pass, rows: pa.Table, raw: list[str]) -> pa.Table | None:
    """The rows of the pieces that matter; None if all do, for which a scan is faster, or if it is not known."""
    bounds = bounds_of(made, extent_of(made.work, [rows]))
    pieces = made.table.pieces(raw) if bounds else None
    if pieces is None:
        return None
    left = cut(pieces, bounds)
    if sum(one.rows for one in left) == sum(one.rows for one in pieces):
        return None
    return together(left) if left else pieces[0].wanted.empty_table()
