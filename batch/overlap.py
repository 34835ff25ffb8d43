"""Features and labels that see the same rows: those of a source at the very instant that is asked for."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence

from ropeway.connectors.address import parse
from ropeway.features.chain import AppliedSource
from ropeway.features.labels import LabelView
from ropeway.features.output import Output
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import LeakageWarning

#: pairs that a warning names
_SHOWN = 3


def warn_of_overlap(views: Sequence[FeatureView]) -> None:
    """Give one `LeakageWarning` if a feature sees rows of the very instant t in a table of which a label counts them.

    A label's window begins with t. A feature's ends before it, unless it is closed right and without offset.
    """
    found = [
        f"{feature.name} in {feature.window.describe()} and {label.name} in {label.window.describe()} "
        f"(source {' and '.join(both)})"
        for feature, seen in _seeing(views)
        for label, counted in _counting(views)
        if (both := [repr(name) for table, name in seen.items() if table in counted])
    ]
    if found:
        more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        warnings.warn(
            f"a feature and a label both hold what happens at the very instant t that is asked for: "
            f"{', '.join(found[:_SHOWN])}{more}. What is to be told is then known already, in training only: declare "
            f'the feature with closed="left", which ends before t, or look at what rw.check_leakage() finds.',
            LeakageWarning,
            stacklevel=_level(),
        )


def _seeing(views: Sequence[FeatureView]) -> list[tuple[Output, dict[object, str]]]:
    """Features that hold rows of the instant t, with the tables, and the names of sources, of which they do."""
    return [
        (output, tables)
        for view in views
        if not isinstance(view, LabelView) and (tables := _at_the_instant(view.source))
        for output in view.outputs()
        if _holds_the_instant(output)
    ]


def _counting(views: Sequence[FeatureView]) -> list[tuple[Output, dict[object, str]]]:
    """Labels with all tables of which they count rows: those of a chain's features, too, are of t and later."""
    return [
        (output, {_table(one): one.name for one in view.source.sources if not one.is_static})
        for view in views
        if isinstance(view, LabelView)
        for output in view.outputs()
    ]


def _holds_the_instant(output: Output) -> bool:
    return output.window.closed in ("right", "both") and not output.window.offset


def _at_the_instant(source: Source) -> dict[object, str]:
    """Tables of which rows at t are in a row of `source` at t: in a chain those of features that are closed right."""
    if not isinstance(source, AppliedSource):
        return {} if source.is_static else {_table(source): source.name}
    found = _at_the_instant(source.base)
    for view in source.views:
        if any(_holds_the_instant(output) for output in view.outputs()):
            found |= _at_the_instant(view.source)
    return found


def _table(source: Source) -> object:
    """What is the same for two sources over one table, in whatever version."""
    if source.is_frame:
        return id(source.table)
    address = parse(source.table)
    return address.scheme, address.path


def _level() -> int:
    """How far up the stack the program is that called ropeway, for the one who calls this."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("ropeway."):
        level, frame = level + 1, frame.f_back
    return level
