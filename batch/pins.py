"""Views over one state of their sources: addresses with the version that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ropeway.connectors.address import parse
from ropeway.connectors.table import connector_of
from ropeway.features.view import FeatureView

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: the version of each address; None where tables have none
Pins = Mapping[str, int | None]


def newest(views: Sequence[FeatureView], spark: SparkSession | None) -> dict[str, int | None]:
    """The versions that a read would see now; an address that names its version keeps it."""
    made: dict[str, int | None] = {}
    for address in [one.table for view in views for one in view.source.sources]:
        if isinstance(address, str) and address not in made:
            connector, parsed = connector_of(address)
            made[address] = connector.version(parsed, spark=spark)
    return made


def pinned(views: Sequence[FeatureView], pins: Pins) -> list[FeatureView]:
    """The same views over these versions; frames and tables without versions stay as they are.

    >>> import ropeway as rw
    >>> view = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", "delta:data/s", "t"), [rw.count()])
    >>> pinned([view], {"delta:data/s": 3})[0].source.table
    'delta:data/s@version=3'
    """
    tables = {
        address: f"{address}@version={version}"
        for address, version in pins.items()
        if version is not None and parse(address).version is None
    }
    return [view.over_source(view.source.pinned(tables)) for view in views]
