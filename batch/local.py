"""The local engine: passes over Arrow tables in this process, on all cores."""

import pyarrow as pa

from ropeway.batch import work
from ropeway.batch.clock import Clock
from ropeway.batch.plan import Pass, Plan
from ropeway.batch.progress import Progress
from ropeway.transforms.threads import threads


def features(plan: Plan, rows: pa.Table, clock: Clock, progress: Progress) -> list[pa.Array]:
    """The columns of `plan.outputs`, in the order of `rows`, which needs no more than keys and time."""
    done: dict[str, pa.Array] = {}
    with progress.over([made.source.name for made in plan.passes], clock) as names:
        for made, _ in zip(plan.passes, names, strict=True):
            answers = work.run(made.work, _read(made, clock), rows, threads(), clock)
            done.update({ask.name: answer for ask, answer in zip(made.work.asks, answers, strict=True)})
    return [done[name] for name in plan.outputs.names]


def _read(made: Pass, clock: Clock) -> pa.Table:
    with clock("read"):
        raw = made.source.raw_names(made.work.columns)
        return made.table.scan(raw).rename_columns(list(made.work.columns))
