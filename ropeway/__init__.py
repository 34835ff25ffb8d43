"""Point-in-time features, exact to the microsecond and to the bit, on Spark with Delta and on one machine.

    import ropeway as rw

Declarations are plain data. What needs an engine is loaded when it is first used, so that `import ropeway` is light.
"""

import importlib
from typing import TYPE_CHECKING

from ropeway.transforms.version import __version__

if TYPE_CHECKING:
    from ropeway.batch.backfill import backfill
    from ropeway.batch.explain import explain
    from ropeway.batch.lineage import Lineage, lineage
    from ropeway.batch.rebuild import rebuild
    from ropeway.batch.result import BackfillResult, RangeResult
    from ropeway.batch.session import spark_session
    from ropeway.features.aggregates import all, any, count, first, last, max, mean, min, std, sum, var
    from ropeway.features.entity import Entity
    from ropeway.features.feature import Feature
    from ropeway.features.instants import Instants, instants
    from ropeway.features.service import FeatureService
    from ropeway.features.source import Source
    from ropeway.features.view import FeatureView
    from ropeway.transforms.errors import (
        CapabilityError,
        DataError,
        DeclarationError,
        MissingDependencyError,
        RopewayError,
        SchemaError,
        TableError,
        TableExistsError,
        TableNotFoundError,
        UsageError,
    )
    from ropeway.transforms.expressions import Expression, col, lit

_HOME = {
    "BackfillResult": "ropeway.batch.result",
    "CapabilityError": "ropeway.transforms.errors",
    "DataError": "ropeway.transforms.errors",
    "DeclarationError": "ropeway.transforms.errors",
    "Entity": "ropeway.features.entity",
    "Expression": "ropeway.transforms.expressions",
    "Feature": "ropeway.features.feature",
    "FeatureService": "ropeway.features.service",
    "FeatureView": "ropeway.features.view",
    "Instants": "ropeway.features.instants",
    "Lineage": "ropeway.batch.lineage",
    "MissingDependencyError": "ropeway.transforms.errors",
    "RangeResult": "ropeway.batch.result",
    "RopewayError": "ropeway.transforms.errors",
    "SchemaError": "ropeway.transforms.errors",
    "Source": "ropeway.features.source",
    "TableError": "ropeway.transforms.errors",
    "TableExistsError": "ropeway.transforms.errors",
    "TableNotFoundError": "ropeway.transforms.errors",
    "UsageError": "ropeway.transforms.errors",
    "all": "ropeway.features.aggregates",
    "any": "ropeway.features.aggregates",
    "backfill": "ropeway.batch.backfill",
    "col": "ropeway.transforms.expressions",
    "count": "ropeway.features.aggregates",
    "explain": "ropeway.batch.explain",
    "first": "ropeway.features.aggregates",
    "instants": "ropeway.features.instants",
    "last": "ropeway.features.aggregates",
    "lineage": "ropeway.batch.lineage",
    "lit": "ropeway.transforms.expressions",
    "max": "ropeway.features.aggregates",
    "mean": "ropeway.features.aggregates",
    "min": "ropeway.features.aggregates",
    "rebuild": "ropeway.batch.rebuild",
    "spark_session": "ropeway.batch.session",
    "std": "ropeway.features.aggregates",
    "sum": "ropeway.features.aggregates",
    "var": "ropeway.features.aggregates",
}

__all__ = [
    "BackfillResult",
    "CapabilityError",
    "DataError",
    "DeclarationError",
    "Entity",
    "Expression",
    "Feature",
    "FeatureService",
    "FeatureView",
    "Instants",
    "Lineage",
    "MissingDependencyError",
    "RangeResult",
    "RopewayError",
    "SchemaError",
    "Source",
    "TableError",
    "TableExistsError",
    "TableNotFoundError",
    "UsageError",
    "__version__",
    "all",
    "any",
    "backfill",
    "col",
    "count",
    "explain",
    "first",
    "instants",
    "last",
    "lineage",
    "lit",
    "max",
    "mean",
    "min",
    "rebuild",
    "spark_session",
    "std",
    "sum",
    "var",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'ropeway' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
