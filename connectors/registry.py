"""Which connector is behind each scheme of an address; adding a kind of table is adding a line here."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ropeway.connectors.base import Connector

#: "module:class" by scheme; a module is imported when its first table is opened
SCHEMES = {
    "delta": "ropeway.connectors.delta:DeltaConnector",
    "parquet": "ropeway.connectors.parquet:ParquetConnector",
    "sql": "ropeway.connectors.sql:SqlConnector",
}
#: schemes after which no path stands: all of it is kept as it was written
PATHLESS = frozenset({"sql"})


@cache
def connector(scheme: str) -> Connector:
    """The connector for a known scheme, the same object each time.

    >>> connector("delta").capabilities.versions, connector("parquet").capabilities.versions
    (True, False)
    """
    module, name = SCHEMES[scheme].split(":")
    made: Connector = getattr(importlib.import_module(module), name)()
    return made


def having(capability: str) -> list[str]:
    """The schemes whose connectors can do this.

    >>> having("append")
    ['delta']
    """
    return [scheme for scheme in SCHEMES if getattr(connector(scheme).capabilities, capability)]
