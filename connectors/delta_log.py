"""What a run leaves in a Delta commit, as both engines write and read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from ropeway.connectors.address import Address
from ropeway.connectors.base import Commit, Written
from ropeway.transforms.errors import TableError

#: commits in which a run is looked for, newest first; Delta's transactions know it for good
HISTORY = 1_000
#: what each engine calls the number of rows it wrote
_ROWS = ("num_added_rows", "numOutputRows")


def application(run_id: str) -> str:
    """The name of a run among a table's application transactions; it commits once, as their version 1."""
    return f"ropeway/{run_id}"


def found(commits: Iterable[Mapping[str, Any]], run_id: str) -> Written | None:
    """The commit of a run among those of a history."""
    for one in commits:
        commit = Commit.read(one.get("userMetadata"))
        if commit is not None and commit.run_id == run_id:
            metrics = one.get("operationMetrics") or {}
            rows = next((int(metrics[name]) for name in _ROWS if name in metrics), 0)
            return Written(one["version"], rows, commit)
    return None


def forgotten(address: Address, run_id: str) -> TableError:
    """The error for a run that the table knows as committed, but no longer by which commit."""
    return TableError(
        f"{address}: the run {run_id!r} was committed, but its commit is no longer among the newest {HISTORY:,} of the "
        f"table's history; nothing was written. Choose another run_id to write again"
    )


def overtaken(address: Address, why: str) -> TableError:
    """The error for a commit that lost to another writer's."""
    return TableError(
        f"{address}: another writer changed the table meanwhile, and nothing was written ({why}). Run again"
    )
