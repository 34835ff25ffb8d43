"""What stands in a Delta log, as both engines write and read it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ropeway.connectors.address import Address
from ropeway.connectors.commits import Commit, Written
from ropeway.connectors.ranges import Entry
from ropeway.transforms.errors import TableError

#: commits in which a run is looked for, newest first; Delta's transactions know it for good
HISTORY = 1_000
#: Delta takes commits out of the log after 30 days; what stands in them is for as long as the table is
KEEP = {"delta.logRetentionDuration": "interval 36500 days"}
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
            return Written(one["version"], rows(one) or 0, commit)
    return None


def rows(info: Mapping[str, Any]) -> int | None:
    """How many rows a commit added, by what it says of itself."""
    metrics = info.get("operationMetrics") or {}
    return next((int(metrics[name]) for name in _ROWS if name in metrics), None)


def entry(version: int, lines: Iterable[bytes | str]) -> Entry:
    """What a file of the log says.

    Files that are only put together or sorted anew say that no data changed; then no partition has changed.

    >>> line = '{"remove": {"path": "a=1/x", "dataChange": true, "partitionValues": {"a": "1"}}}'
    >>> entry(3, [line]).removes, entry(3, [line]).changed
    (True, ({'a': '1'},))
    """
    info: Mapping[str, Any] = {}
    changed: dict[tuple[tuple[str, str | None], ...], None] = {}
    removes, paths, transactions = False, set(), {}
    for line in lines:
        for kind, action in json.loads(line).items():
            if kind == "commitInfo":
                info = action
            elif kind == "txn":
                transactions[action["appId"]] = int(action["version"])
            elif kind in ("add", "remove"):
                paths.add(action["path"])
                if action.get("dataChange", True):
                    changed[tuple(sorted((action.get("partitionValues") or {}).items()))] = None
                    removes |= kind == "remove"
    return Entry(
        version,
        Commit.read(info.get("userMetadata")),
        rows(info),
        tuple(dict(one) for one in changed),
        removes,
        frozenset(paths),
        transactions,
    )


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
