"""What a backfill that writes says it wrote."""

from dataclasses import dataclass, field

from ropeway.batch.report import Report


@dataclass(frozen=True)
class BackfillResult:
    """The table that a backfill wrote: `version` is None where the store has none; the same run gives the same.

    `report` says where the time went; it is None for a run that had been written before.

    >>> BackfillResult("delta:data/training", 0, 327346, "nightly-1", "5f0c")
    BackfillResult(address='delta:data/training', version=0, rows=327346, run_id='nightly-1', definition_hash='5f0c')
    """

    address: str
    version: int | None
    rows: int
    run_id: str
    definition_hash: str
    report: Report | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class RangeResult(BackfillResult):
    """The table that holds a range: `rows` and `version` are those of the dates of the range, whoever wrote them.

    computed, extended, reused: how many dates this run computed, to how many it added new features alone, and how many
    it found finished. changes: what happened to sources, other than that rows were added, since the dates that stay
    as they are were computed; `refresh=True` computes them again.

    >>> RangeResult("delta:data/daily", 3, 9000, "r1", "5f0c", computed=2, reused=1).changes
    ()
    """

    computed: int = 0
    extended: int = 0
    reused: int = 0
    changes: tuple[str, ...] = ()
