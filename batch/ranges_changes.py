"""What happened to sources since dates were computed from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ropeway.batch.pins import Pins
from ropeway.batch.ranges_state import State
from ropeway.connectors.address import parse
from ropeway.connectors.ranges import Entry
from ropeway.connectors.table import connector_of
from ropeway.features.instants import Instants

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def changes(
    asked: Instants, state: State, lacking: Mapping[dt.date, Any], pins: Pins, spark: SparkSession | None
) -> list[str]:
    """In words: rows of sources that were changed or deleted after dates of the range were computed, and which stay.

    Rows that were added are no change, nor are files that were put together.
    """
    seen: dict[tuple[str, int], list[dt.date]] = {}
    for date in asked.dates():
        held = state.dates.get(date)
        if held is None or (date in lacking and lacking[date].adds is None):
            continue
        for address, version in held.pins.items():
            now = pins.get(address)
            if version is not None and now is not None and version < now and parse(address).version is None:
                seen.setdefault((address, version), []).append(date)
    logs: dict[str, list[Entry]] = {}
    said = []
    for (address, version), dates in seen.items():
        if address not in logs:
            connector, parsed = connector_of(address)
            oldest = min(other for at, other in seen if at == address)
            logs[address] = connector.log(parsed, since=oldest, spark=spark)
        later = [
            one for one in logs[address] if one.version is not None and version < one.version <= (pins[address] or 0)
        ]
        rewrites = [str(one.version) for one in later if one.removes]
        which = f"{len(dates)} date{'s' * (len(dates) != 1)} from {dates[0]} to {dates[-1]}"
        again = "refresh=True computes the dates of the range again"
        if rewrites:
            said.append(
                f"source {address} was changed in version {', '.join(rewrites)} otherwise than by adding rows, after "
                f"version {version} had been read for {which}: {again}"
            )
        elif len(later) < (pins[address] or 0) - version:
            said.append(
                f"source {address} no longer tells what was done to it since version {version}, which was read for "
                f"{which}: if rows were changed, {again}"
            )
    return said
