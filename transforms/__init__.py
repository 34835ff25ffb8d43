"""What is computed: kernels over sorted arrays, aggregates, expressions, and transforms of rows.

    from ropeway import transforms as T

gives the catalogue of transforms, `T.StandardScaler` and the others, and selectors of columns, `T.numeric()`; each is
loaded when it is first used. Nothing here knows of frames, tables or engines.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ropeway.transforms.catalogue.base import Step as Step
    from ropeway.transforms.catalogue.base import Transform as Transform
    from ropeway.transforms.catalogue.bins import *
    from ropeway.transforms.catalogue.calendars import *
    from ropeway.transforms.catalogue.categories import *
    from ropeway.transforms.catalogue.cells import *
    from ropeway.transforms.catalogue.centroids import *
    from ropeway.transforms.catalogue.combinations import *
    from ropeway.transforms.catalogue.contrasts import *
    from ropeway.transforms.catalogue.counts import *
    from ropeway.transforms.catalogue.crosses import *
    from ropeway.transforms.catalogue.cycles import *
    from ropeway.transforms.catalogue.derived import *
    from ropeway.transforms.catalogue.distributions import *
    from ropeway.transforms.catalogue.elapsed import *
    from ropeway.transforms.catalogue.expansions import *
    from ropeway.transforms.catalogue.hashes import *
    from ropeway.transforms.catalogue.images import *
    from ropeway.transforms.catalogue.indexers import *
    from ropeway.transforms.catalogue.leaving import *
    from ropeway.transforms.catalogue.lists import *
    from ropeway.transforms.catalogue.means import *
    from ropeway.transforms.catalogue.missing import *
    from ropeway.transforms.catalogue.outliers import *
    from ropeway.transforms.catalogue.passing import *
    from ropeway.transforms.catalogue.places import *
    from ropeway.transforms.catalogue.presence import *
    from ropeway.transforms.catalogue.projections import *
    from ropeway.transforms.catalogue.scaling import *
    from ropeway.transforms.catalogue.selection import *
    from ropeway.transforms.catalogue.shapes import *
    from ropeway.transforms.catalogue.similarity import *
    from ropeway.transforms.catalogue.targets import *
    from ropeway.transforms.catalogue.text import *
    from ropeway.transforms.catalogue.textfeatures import *
    from ropeway.transforms.catalogue.tokens import *
    from ropeway.transforms.catalogue.trees import *
    from ropeway.transforms.catalogue.vectorizers import *
    from ropeway.transforms.catalogue.vectors import *
    from ropeway.transforms.catalogue.weights import *
    from ropeway.transforms.catalogue.wrapped import *
    from ropeway.transforms.pipeline.proposal import Proposal as Proposal
    from ropeway.transforms.pipeline.proposal import auto as auto
    from ropeway.transforms.pipeline.selectors import all_columns as all_columns
    from ropeway.transforms.pipeline.selectors import boolean as boolean
    from ropeway.transforms.pipeline.selectors import categorical as categorical
    from ropeway.transforms.pipeline.selectors import matching as matching
    from ropeway.transforms.pipeline.selectors import numeric as numeric
    from ropeway.transforms.pipeline.selectors import temporal as temporal
    from ropeway.transforms.pipeline.selectors import text as text

#: names that stand in other files than those of the catalogue
_HOME = {
    "Proposal": "ropeway.transforms.pipeline.proposal",
    "Step": "ropeway.transforms.catalogue.base",
    "Transform": "ropeway.transforms.catalogue.base",
    "auto": "ropeway.transforms.pipeline.proposal",
    **dict.fromkeys(
        ("all_columns", "boolean", "categorical", "matching", "numeric", "temporal", "text"),
        "ropeway.transforms.pipeline.selectors",
    ),
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        from ropeway.transforms.catalogue import FAMILIES

        family = next((family for family, names in FAMILIES.items() if name in names), None)
        if family is None:
            raise AttributeError(f"module 'ropeway.transforms' has no attribute {name!r}")
        home = f"ropeway.transforms.catalogue.{family}"
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from ropeway.transforms.catalogue import FAMILIES

    return sorted([*_HOME, *(name for names in FAMILIES.values() for name in names)])
