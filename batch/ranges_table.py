"""The table that holds a range: what is in it, and how slices get there."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.batch.ranges_known import DATE, TIME
from ropeway.batch.ranges_plan import Slice, Work
from ropeway.batch.ranges_state import Grid, State, range_of
from ropeway.connectors.arrow_types import difference, storable
from ropeway.connectors.base import Mode
from ropeway.connectors.commits import Commit, Written
from ropeway.connectors.ranges import Entry, Presence, Replacement
from ropeway.connectors.spark_frames import quoted
from ropeway.connectors.table import connector_of
from ropeway.features.instants import Instants
from ropeway.features.view import FeatureView
from ropeway.transforms import durations
from ropeway.transforms.errors import SchemaError, TableError, TableExistsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class RangeTable:
    """An address, and the state of the table there. Raises when it is made for places that can't hold a range."""

    def __init__(self, to: str, asked: Instants, views: Sequence[FeatureView], spark: SparkSession | None) -> None:
        self._named = to
        self._asked = asked
        self._spark = spark
        self._connector, self._address = connector_of(to)
        self._connector.require("ranges", self._address)
        self._grid = Grid.of(asked, views)
        self._entries: list[Entry] = []
        self.state = State()
        self.exists = self._is_there()
        if self.exists:
            self._read()

    def __str__(self) -> str:
        return self._named

    def _is_there(self) -> bool:
        return self._connector.exists(replace(self._address, version=None), spark=self._spark)

    def _read(self) -> None:
        """Take notice of the commits that came since."""
        more = self._connector.log(self._address, since=self.state.version, spark=self._spark)
        self._entries += more
        self.state = self.state.then(more)

    # ---- before work

    def check(self, schema: pa.Schema, *, anew: bool) -> None:
        """Raises what keeps rows of this schema from being written here."""
        mode: Mode = "overwrite" if anew or self.exists else "error"
        try:
            self._connector.check_target(self._address, schema, mode=mode, spark=self._spark)
        except TableExistsError:
            if self.exists or not self._is_there():
                raise
            self.exists = True  # another run made it since this one looked
            self._read()
            self.check(schema, anew=anew)
            return
        if self.exists and not anew:
            self._check_grid()
            there, here = self.schema(), storable(schema, self._named)
            both = [name for name in here.names if name in there.names]
            differs = difference(pa.schema([there.field(n) for n in both]), pa.schema([here.field(n) for n in both]))
            if differs:
                raise SchemaError(
                    f"{self} holds this range with columns of other types ('there' is the table, 'here' what is to be "
                    f"written): {differs}. Columns keep their types: give the feature another name by .alias(), or "
                    f'choose another address, or mode="overwrite" to begin anew'
                )
        self._schema = schema

    def _check_grid(self) -> None:
        grid, asked = self.state.grid, self._grid
        hint = 'choose another address, or mode="overwrite" to replace the table'
        if grid is None or DATE not in self.schema().names:
            raise TableExistsError(f"{self} exists already, and no range of instants was written to it: {hint}")
        if grid.keys != asked.keys:
            raise TableExistsError(
                f"{self} holds a range about {', '.join(grid.keys)}, and this one is about {', '.join(asked.keys)}: "
                f"{hint}"
            )
        if (grid.every, grid.phase) != (asked.every, asked.phase):
            raise TableExistsError(
                f"{self} holds instants every {_length(grid.every)}, {_length(grid.phase) or 'nothing'} past, "
                f"and this range has them every {_length(asked.every)}, {_length(asked.phase) or 'nothing'} past: one "
                f"table holds the instants of one grid. To go on use the same every and a start on it; else {hint}"
            )

    def refuse_touched(self) -> None:
        """Raises if others changed dates of the range."""
        others = self.state.touched
        touched = {date: others[date] for date in self._asked.dates() if date in others}
        if touched:
            date, version = next(iter(touched.items()))
            raise TableError(
                f"{self}: {len(touched)} dates of the range were changed by others, {date} in version {version}, so "
                f"that nothing is known of their rows. refresh=True computes the range again, in place of what is there"
            )

    def has_finished(self, run_id: str) -> bool:
        """Whether the run of this id has come to its end."""
        held = all(date in self.state.dates for date in self._asked.dates())
        return held and any(told.get("left") == 0 for told in self._of_run(run_id))

    def before(self, run_id: str) -> int | None:
        """The version before the first commit of a run; None if there is none."""
        mine = [one.version for one in self._entries if one.commit is not None and one.commit.run_id == run_id]
        return None if not mine or mine[0] is None else mine[0] - 1

    def rebuilt_from(self) -> Any:
        """What the table is a rebuild of; None if it is none."""
        told = [what for one in self._entries if (what := range_of(one)) is not None and what.get("begins")]
        return told[-1].get("rebuilds") if told else None

    def _of_run(self, run_id: str) -> list[Mapping[str, Any]]:
        mine = [one for one in self._entries if one.commit is not None and one.commit.run_id == run_id]
        return [told for one in mine if (told := range_of(one)) is not None]

    # ---- writing

    def begin(self, commit: Commit, *, replaces: bool) -> None:
        """Make the table, without rows. If another run makes it at the same time, go on with that one."""
        try:
            self._connector.begin(
                self._address, self._schema, partition=DATE, commit=commit, replaces=replaces, spark=self._spark
            )
        except TableExistsError:
            self.exists = True
            self._read()
            self._check_grid()
            return
        self.exists = True
        self._read()

    def schema(self) -> pa.Schema:
        """The table's columns now."""
        return self._connector.schema(replace(self._address, version=None), spark=self._spark)

    def others(self, features: Mapping[str, str]) -> list[str]:
        """Columns of features that are no longer declared."""
        taken = {*self._grid.keys, TIME, DATE, *features}
        return [name for name in self.schema().names if name not in taken]

    def rows(self, some: Slice) -> Any:
        """The rows of these dates as they are, without the columns that are to be computed, and without the date."""
        adds = some.work.adds or ()
        names = [name for name in self.schema().names if name not in adds and name != DATE]
        at = replace(self._address, version=self.state.version)
        return self._connector.part(at, names, DATE, _texts(some.dates), spark=self._spark)

    def write(self, some: Slice, answer: Any, declared: pa.Schema, commit: Commit) -> Written | None:
        """Commit one slice; None if others wrote one of its dates meanwhile. The state is then the newest."""
        others = [one for one in self.schema() if one.name not in declared.names and one.name != DATE]
        schema = pa.schema([*declared, *others, (DATE, pa.date32())])
        names = [name for name in schema.names if name in _names(answer)]
        if isinstance(answer, pa.Table):
            answer = answer.select(names)
        else:
            answer = answer.select(*map(quoted, names))
            if len(some.dates) > 1:  # else each task would write a file for each date
                answer = answer.repartition(min(len(some.dates), self._tasks()), DATE)
        texts = _texts(some.dates)
        application = f"ropeway/range/{hashlib.sha256(' '.join(texts).encode()).hexdigest()[:16]}"
        staged = self._connector.stage(
            self._address, answer, schema, partition=DATE, base=self.state.version, spark=self._spark
        )
        try:
            if staged.rows not in (None, sum(some.rows)):
                raise TableError(
                    f"{self}: the dates {some.dates[0]} to {some.dates[-1]} were to have {sum(some.rows):,} rows and "
                    f"have {staged.rows:,}: a source without versions is not what it was. Nothing of them was written"
                )
            while True:
                number = self.state.transactions.get(application, 0) + 1
                replaced = Replacement(DATE, tuple(texts), (application, number))
                before = self.state
                written = staged.commit(before.version, replaced, commit)
                self._read()
                if written is not None:
                    return written
                if self.state.version == before.version:
                    raise TableError(f"{self}: the commit was refused, and the table has not changed. Run again")
                if any(
                    self.state.dates.get(date) != before.dates.get(date)
                    or self.state.touched.get(date) != before.touched.get(date)
                    for date in some.dates
                ):
                    return None
        finally:
            staged.close()

    def _tasks(self) -> int:
        assert self._spark is not None
        return int(self._spark.conf.get("spark.sql.shuffle.partitions") or 1)

    def presence(self) -> AbstractContextManager[Presence]:
        """Show that a run is at work here."""
        return self._connector.presence(self._address)

    def tidy(self, presence: Presence) -> list[str]:
        """Remove what ended runs left."""
        self._read()
        return presence.tidy(self._address, self._entries, DATE)

    def whole(self, lacking: Mapping[dt.date, Work]) -> Instants:
        """The instants of the range and all those that the table holds of dates that are to be written."""
        spans = [span for date in lacking if (held := self.state.dates.get(date)) is not None for span in held.spans]
        first = min([self._asked.start, *(span[0] for span in spans)])
        last = max([self._asked.last, *(span[1] for span in spans)])
        return Instants(first, last + 1, self._asked.every)


def _names(rows: Any) -> list[str]:
    return list(rows.column_names if isinstance(rows, pa.Table) else rows.columns)


def _texts(dates: Sequence[dt.date]) -> list[str]:
    return [date.isoformat() for date in dates]


def _length(micros: int) -> str:
    return durations.text(dt.timedelta(microseconds=micros)) if micros else ""
