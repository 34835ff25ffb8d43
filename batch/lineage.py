"""`lineage`: what a table says of the runs that made its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ropeway.batch.ranges_state import Held, State, range_of
from ropeway.connectors.ranges import Entry
from ropeway.connectors.table import connector_of
from ropeway.features.instants import Instants
from ropeway.transforms.errors import TableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: dates that a repr shows at either end
_SHOWN = 3


@dataclass(frozen=True)
class Read:
    """A table that was read: `address` is None for a frame, `version` where tables have none."""

    address: str | None
    version: int | None

    def __str__(self) -> str:
        if self.address is None:
            return "a frame"
        return self.address if self.version is None else f"{self.address} at version {self.version}"


@dataclass(frozen=True)
class Run:
    """One backfill: all its commits, of which a range has several.

    definition: what `to_dict` of the service or of each view gave; None if a source was a frame. sources: by their
    names, as the last commit read them. entity_df, timestamp, timestamp_unit: where the rows came from; None for a
    range, which has `instants` instead.
    """

    run_id: str
    versions: tuple[int | None, ...]
    rows: int
    definition_hash: str
    definition: Any
    sources: Mapping[str, Read]
    owners: Mapping[str, str]
    ropeway: str
    entity_df: Read | None = None
    timestamp: str | None = None
    timestamp_unit: str | None = None
    instants: Instants | None = None


@dataclass(frozen=True)
class DateLineage:
    """A date of a range: the run and the version that wrote it last, and what its features were computed from."""

    rows: int
    run_id: str
    version: int
    sources: Mapping[str, int | None]
    features: tuple[str, ...]
    held: Held = field(repr=False)


@dataclass(frozen=True)
class Lineage:
    """What stands in a table's commits, up to one version; made by `rw.lineage`.

    `runs` are those since the table was made, or was replaced as a whole, oldest first; `dates` the state of a range.
    """

    address: str
    version: int | None
    runs: tuple[Run, ...]
    dates: Mapping[dt.date, DateLineage] = field(default_factory=dict)

    def __repr__(self) -> str:
        at = "" if self.version is None else f" at version {self.version}"
        lines = [f"{self.address}{at}: {len(self.runs)} run{'s' * (len(self.runs) != 1)}"]
        for run in self.runs:
            lines += ["", *_run_lines(run)]
        lines += ["", *_date_lines(self.dates)] if self.dates else []
        return "\n".join(lines)


def lineage(address: str, *, spark: SparkSession | None = None) -> Lineage:
    """The runs that made a table that ropeway wrote, and for a range what each date was computed from.

    With `@version=` as of that version. What others did to the table is not told. Raises `TableError` for a table of
    which no commit is ropeway's, `CapabilityError` for tables that remember none.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({"tail": ["N1", "N2"], "at": pd.to_datetime(["2013-01-01", "2013-01-02"])})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", flights, "at"), [rw.count()])
    >>> asked = rw.instants("2013-01-02", "2013-01-04", every="1d")
    >>> written = rw.backfill(asked, view, to="delta:daily", run_id="first")
    >>> rw.lineage("delta:daily")
    delta:daily at version 1: 1 run
    <BLANKLINE>
    run first, version 0 to 1: 3 rows by ropeway ...
      definition ..., which can't be stored
      rows at instants("2013-01-02", "2013-01-04", every="1d")
      source flights: a frame
    <BLANKLINE>
    2 dates
      2013-01-02: 1 row, version 1, run first
      2013-01-03: 2 rows, version 1, run first
    """
    connector, parsed = connector_of(address)
    entries = connector.log(parsed, spark=spark)
    return _lineage(address, parsed.version, entries)


def _lineage(address: str, version: int | None, entries: list[Entry]) -> Lineage:
    begins = [at for at, one in enumerate(entries) if _begins(one)]
    since = entries[begins[-1] :] if begins else entries
    runs: dict[str, Run] = {}
    for entry in since:
        if entry.commit is not None:
            made = _run(entry)
            earlier = runs.get(made.run_id)
            if earlier is not None:
                made = replace(made, versions=earlier.versions + made.versions, rows=earlier.rows + made.rows)
            runs[made.run_id] = made
    if not runs:
        raise TableError(
            f"{address}: no commit of this table is ropeway's, or the log no longer holds it: lineage is known of "
            f"tables that backfill(..., to=...) wrote"
        )
    dates = {
        date: DateLineage(held.rows, held.run_id, held.version, dict(held.pins), tuple(held.features), held)
        for date, held in sorted(State().then(entries).dates.items())
    }
    last = entries[-1].version if version is None else version
    return Lineage(address, last, tuple(runs.values()), dates if range_of(since[0]) or dates else {})


def _begins(entry: Entry) -> bool:
    """Whether a commit of ropeway's made or replaced the table as a whole."""
    if entry.commit is None:
        return False
    told = range_of(entry)
    return bool(told.get("begins")) if told is not None else entry.commit.info.get("mode") in ("error", "overwrite")


def _run(entry: Entry) -> Run:
    commit = entry.commit
    assert commit is not None
    info = commit.info
    told = range_of(entry)
    rows = info.get("entity_df") or {}
    return Run(
        commit.run_id,
        (entry.version,),
        int(info.get("rows") or entry.rows or 0),
        commit.definition_hash,
        info.get("definition"),
        {name: Read(one["address"], one["version"]) for name, one in (info.get("sources") or {}).items()},
        info.get("owners") or {},
        info.get("ropeway", ""),
        None if told is not None else Read(rows.get("address"), rows.get("version")),
        rows.get("timestamp"),
        rows.get("timestamp_unit"),
        None if told is None else Instants.from_dict(told),
    )


def _run_lines(run: Run) -> list[str]:
    known = [str(one) for one in run.versions if one is not None]
    at = "" if not known else f", version {known[0]}" + (f" to {known[-1]}" if len(known) > 1 else "")
    stored = ", which can't be stored" if run.definition is None else ""
    lines = [
        f"run {run.run_id}{at}: {run.rows:,} row{'s' * (run.rows != 1)} by ropeway {run.ropeway}",
        f"  definition {run.definition_hash}{stored}",
        f"  rows {f'at {run.instants!r}' if run.instants is not None else f'of {run.entity_df}'}",
        *(f"  source {name}: {one}" for name, one in run.sources.items()),
    ]
    owners = ", ".join(f"{name}: {owner}" for name, owner in run.owners.items())
    return lines + ([f"  owners {owners}"] if owners else [])


def _date_lines(dates: Mapping[dt.date, DateLineage]) -> list[str]:
    lines = [
        f"  {date}: {one.rows:,} row{'s' * (one.rows != 1)}, version {one.version}, run {one.run_id}"
        + "".join(f", {address} at version {version}" for address, version in one.sources.items())
        for date, one in dates.items()
    ]
    if len(lines) > 2 * _SHOWN + 1:
        lines = [*lines[:_SHOWN], f"  ... {len(lines) - 2 * _SHOWN} more", *lines[-_SHOWN:]]
    return [f"{len(dates)} date{'s' * (len(dates) != 1)}", *lines]
