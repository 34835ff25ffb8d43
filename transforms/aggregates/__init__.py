"""The aggregates, one small family per file; `AGGREGATES` maps each name to its class."""

import importlib
import pkgutil

from ropeway.transforms.aggregates.base import Aggregate

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def _below(kind: type[Aggregate]) -> list[type[Aggregate]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in _below(child))]


#: every aggregate by its name
AGGREGATES: dict[str, type[Aggregate]] = {kind.name: kind for kind in _below(Aggregate) if hasattr(kind, "name")}

__all__ = ["AGGREGATES", "Aggregate"]
