"""Where a backfill writes: checked before work starts, written once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.batch.plan import Chained, Plan
from ropeway.batch.result import BackfillResult
from ropeway.connectors.base import Commit, Mode, Written
from ropeway.connectors.table import connector_of
from ropeway.features.chain import AppliedSource
from ropeway.features.definition import definition_hash
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView, as_views, derived_of, transform_of
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.version import __version__

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Features = FeatureService | FeatureView | Sequence[FeatureView]


class Target:
    """An address that a run writes to. Raises when it is made if the table's place, mode or schema don't allow it.

    `rows` says where the rows come from: their address and version, None for a frame, and their time column.
    """

    def __init__(
        self,
        address: str,
        mode: Mode,
        run_id: str | None,
        features: Features,
        made: Plan,
        rows: Mapping[str, Any],
        spark: SparkSession | None,
    ) -> None:
        self._named = address
        self._mode = mode
        self._spark = spark
        self._connector, self._address = connector_of(address)
        info = {**lineage_of(features, read_by(made)), "entity_df": rows, "mode": mode}
        self._commit = Commit(run_id or uuid.uuid4().hex, _hash_of(features), info)
        schema = pa.schema([*made.rows, *made.outputs])
        self._columns = len(schema)
        self.earlier = self._earlier() if run_id is not None else None
        if self.earlier is None:
            self._connector.check_target(self._address, schema, mode=mode, spark=spark)

    def _earlier(self) -> BackfillResult | None:
        """What this run wrote already, if it did."""
        found = self._connector.find_run(self._address, self._commit.run_id, spark=self._spark)
        return None if found is None else self._result(found)

    def _result(self, written: Written) -> BackfillResult:
        commit = written.commit
        return BackfillResult(self._named, written.version, written.rows, commit.run_id, commit.definition_hash)

    @property
    def held(self) -> int:
        """Bytes that a write of a reader holds."""
        return self._connector.held_by_write(self._columns)

    def write(self, answer: Any) -> BackfillResult:
        """Write an Arrow table, a reader of batches or a Spark frame in one commit."""
        written = self._connector.write(self._address, answer, mode=self._mode, commit=self._commit, spark=self._spark)
        return self._result(written)


def read_by(made: Plan) -> dict[str, dict[str, Any]]:
    """For each source of a plan, by its name, the address and the version that are read; None for a frame."""
    read: dict[str, dict[str, Any]] = {}
    for one in made.passes:
        source, table = one.source, one.table
        while isinstance(source, AppliedSource):
            if isinstance(table, Chained):
                read |= read_by(table.inner)
                table = table.base
            source = source.base
        address = source.table if isinstance(source.table, str) else None
        read[source.name] = {"address": address, "version": table.version()}
    return read


def lineage_of(features: Features, sources: Mapping[str, Any]) -> dict[str, Any]:
    """What travels into a commit: who declared what, over which versions of which tables."""
    views = as_views(features)
    service = features if isinstance(features, FeatureService) else None
    try:
        definition: Any = [view.to_dict() for view in views] if service is None else service.to_dict()
    except DeclarationError:  # a frame as a source has no address to write down
        definition = None
    return {
        "ropeway": __version__,
        "definition": definition,
        "sources": dict(sources),
        "owners": {view.name: view.owner for view in views if view.owner},
        "descriptions": {view.name: view.description for view in views if view.description},
        "tags": {view.name: dict(view.tags) for view in views if view.tags},
    }


def _hash_of(features: Features) -> str:
    return definition_hash(as_views(features), derived_of(features), transform_of(features))
