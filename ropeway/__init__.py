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
    from ropeway.batch.leakage import LeakageReport, check_leakage
    from ropeway.batch.lineage import Lineage, lineage
    from ropeway.batch.materialize import MaterializeResult, materialize
    from ropeway.batch.rebuild import rebuild
    from ropeway.batch.result import BackfillResult, RangeResult
    from ropeway.batch.scikit import SklearnPipeline
    from ropeway.batch.session import spark_session
    from ropeway.batch.show_stats import show_stats
    from ropeway.batch.stats import Stats
    from ropeway.batch.training import training_frame
    from ropeway.connectors.online.store import OnlineStore
    from ropeway.features.aggregates import (
        all,
        any,
        approx_count_distinct,
        bottom_n,
        correlation,
        count,
        count_distinct,
        entropy,
        first,
        first_n,
        histogram,
        kurtosis,
        last,
        last_n,
        longest_streak,
        max,
        mean,
        median,
        min,
        mode,
        mode_share,
        quantile,
        session_start,
        skew,
        std,
        sum,
        time_since_first,
        time_since_last,
        top_n,
        trend,
        var,
        vector_max,
        vector_mean,
        vector_sum,
        weighted_mean,
    )
    from ropeway.features.entity import Entity
    from ropeway.features.feature import Feature
    from ropeway.features.instants import Instants, instants
    from ropeway.features.labels import LabelView
    from ropeway.features.service import FeatureService
    from ropeway.features.sessions import sessions
    from ropeway.features.source import Source
    from ropeway.features.view import FeatureView
    from ropeway.features.windows import windows
    from ropeway.online.lookup import alookup, lookup
    from ropeway.online.vectors import Vectors
    from ropeway.transforms.errors import (
        CapabilityError,
        DataError,
        DeclarationError,
        LeakageWarning,
        MissingDependencyError,
        RopewayError,
        SchemaError,
        StoreError,
        SupersededError,
        TableError,
        TableExistsError,
        TableNotFoundError,
        UsageError,
    )
    from ropeway.transforms.expressions import (
        Expression,
        atan2,
        coalesce,
        col,
        concat,
        greatest,
        hypot,
        least,
        lit,
        when,
    )
    from ropeway.transforms.functions import RowFunction, transform
    from ropeway.transforms.pipeline import FittedPipeline, Pipeline

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
    "FittedPipeline": "ropeway.transforms.pipeline",
    "Instants": "ropeway.features.instants",
    "LabelView": "ropeway.features.labels",
    "LeakageReport": "ropeway.batch.leakage",
    "LeakageWarning": "ropeway.transforms.errors",
    "Lineage": "ropeway.batch.lineage",
    "MaterializeResult": "ropeway.batch.materialize",
    "MissingDependencyError": "ropeway.transforms.errors",
    "OnlineStore": "ropeway.connectors.online.store",
    "Pipeline": "ropeway.transforms.pipeline",
    "RangeResult": "ropeway.batch.result",
    "RopewayError": "ropeway.transforms.errors",
    "RowFunction": "ropeway.transforms.functions",
    "SchemaError": "ropeway.transforms.errors",
    "SklearnPipeline": "ropeway.batch.scikit",
    "Source": "ropeway.features.source",
    "Stats": "ropeway.batch.stats",
    "StoreError": "ropeway.transforms.errors",
    "SupersededError": "ropeway.transforms.errors",
    "TableError": "ropeway.transforms.errors",
    "TableExistsError": "ropeway.transforms.errors",
    "TableNotFoundError": "ropeway.transforms.errors",
    "UsageError": "ropeway.transforms.errors",
    "Vectors": "ropeway.online.vectors",
    "all": "ropeway.features.aggregates",
    "alookup": "ropeway.online.lookup",
    "any": "ropeway.features.aggregates",
    "approx_count_distinct": "ropeway.features.aggregates",
    "atan2": "ropeway.transforms.expressions",
    "backfill": "ropeway.batch.backfill",
    "bottom_n": "ropeway.features.aggregates",
    "check_leakage": "ropeway.batch.leakage",
    "coalesce": "ropeway.transforms.expressions",
    "col": "ropeway.transforms.expressions",
    "concat": "ropeway.transforms.expressions",
    "correlation": "ropeway.features.aggregates",
    "count": "ropeway.features.aggregates",
    "count_distinct": "ropeway.features.aggregates",
    "entropy": "ropeway.features.aggregates",
    "explain": "ropeway.batch.explain",
    "first": "ropeway.features.aggregates",
    "first_n": "ropeway.features.aggregates",
    "greatest": "ropeway.transforms.expressions",
    "histogram": "ropeway.features.aggregates",
    "hypot": "ropeway.transforms.expressions",
    "instants": "ropeway.features.instants",
    "kurtosis": "ropeway.features.aggregates",
    "last": "ropeway.features.aggregates",
    "last_n": "ropeway.features.aggregates",
    "least": "ropeway.transforms.expressions",
    "lineage": "ropeway.batch.lineage",
    "lit": "ropeway.transforms.expressions",
    "lookup": "ropeway.online.lookup",
    "longest_streak": "ropeway.features.aggregates",
    "materialize": "ropeway.batch.materialize",
    "max": "ropeway.features.aggregates",
    "mean": "ropeway.features.aggregates",
    "median": "ropeway.features.aggregates",
    "min": "ropeway.features.aggregates",
    "mode": "ropeway.features.aggregates",
    "mode_share": "ropeway.features.aggregates",
    "quantile": "ropeway.features.aggregates",
    "rebuild": "ropeway.batch.rebuild",
    "session_start": "ropeway.features.aggregates",
    "sessions": "ropeway.features.sessions",
    "show_stats": "ropeway.batch.show_stats",
    "skew": "ropeway.features.aggregates",
    "spark_session": "ropeway.batch.session",
    "std": "ropeway.features.aggregates",
    "sum": "ropeway.features.aggregates",
    "time_since_first": "ropeway.features.aggregates",
    "time_since_last": "ropeway.features.aggregates",
    "top_n": "ropeway.features.aggregates",
    "training_frame": "ropeway.batch.training",
    "transform": "ropeway.transforms.functions",
    "trend": "ropeway.features.aggregates",
    "var": "ropeway.features.aggregates",
    "vector_max": "ropeway.features.aggregates",
    "vector_mean": "ropeway.features.aggregates",
    "vector_sum": "ropeway.features.aggregates",
    "weighted_mean": "ropeway.features.aggregates",
    "when": "ropeway.transforms.expressions",
    "windows": "ropeway.features.windows",
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
    "FittedPipeline",
    "Instants",
    "LabelView",
    "LeakageReport",
    "LeakageWarning",
    "Lineage",
    "MaterializeResult",
    "MissingDependencyError",
    "OnlineStore",
    "Pipeline",
    "RangeResult",
    "RopewayError",
    "RowFunction",
    "SchemaError",
    "SklearnPipeline",
    "Source",
    "Stats",
    "StoreError",
    "SupersededError",
    "TableError",
    "TableExistsError",
    "TableNotFoundError",
    "UsageError",
    "Vectors",
    "__version__",
    "all",
    "alookup",
    "any",
    "approx_count_distinct",
    "atan2",
    "backfill",
    "bottom_n",
    "check_leakage",
    "coalesce",
    "col",
    "concat",
    "correlation",
    "count",
    "count_distinct",
    "entropy",
    "explain",
    "first",
    "first_n",
    "greatest",
    "histogram",
    "hypot",
    "instants",
    "kurtosis",
    "last",
    "last_n",
    "least",
    "lineage",
    "lit",
    "longest_streak",
    "lookup",
    "materialize",
    "max",
    "mean",
    "median",
    "min",
    "mode",
    "mode_share",
    "quantile",
    "rebuild",
    "session_start",
    "sessions",
    "show_stats",
    "skew",
    "spark_session",
    "std",
    "sum",
    "time_since_first",
    "time_since_last",
    "top_n",
    "training_frame",
    "transform",
    "trend",
    "var",
    "vector_max",
    "vector_mean",
    "vector_sum",
    "weighted_mean",
    "when",
    "windows",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'ropeway' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
