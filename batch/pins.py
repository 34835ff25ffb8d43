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
    for view in views:
        address = view.source.table
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
    return [_pinned(view, pins) for view in views]


def _pinned(view: FeatureView, pins: Pins) -> FeatureView:
    address = view.source.table
    version = pins.get(address) if isinstance(address, str) else None
    if version is None or parse(address).version is not None:
        return view
    stored = view.to_dict()
    return FeatureView.from_dict({**stored, "source": {**stored["source"], "table": f"{address}@version={version}"}})
