"""`T.auto`: a pipeline proposed from the statistics of a frame, as code with its reasons."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ropeway.transforms.catalogue.base import Transform
from ropeway.transforms.errors import UsageError
from ropeway.transforms.pipeline.pipeline import Pipeline

#: makes statistics, and registers itself, when the first frame comes
_HOME = "ropeway.batch.show_stats"

#: categories that become a column each
FEW = 50
#: into so many numbers other categories are hashed
BINS = 1024
#: a column of more distinct values than this share of its rows, and of so many at least, tells rows apart
UNIQUE, ENOUGH = 0.95, 20
#: text of so many characters, on average, is more than a name
LONG = 25
#: beyond it a column is skewed
SKEWED = 2.0
#: so many times as far from the median as the quartiles from each other lies what moves a mean
FAR = 10.0
#: a share of missing values that may tell something by itself
HOLES = 0.05
#: fields of a time that come round, and after how many
_FIELDS = {"month": 12, "day_of_week": 7, "hour": 24}


class Described(Protocol):
    """What has to be known of a column; `rw.show_stats` says what each means."""

    name: str
    type: str
    kind: Any
    rows: int
    distinct: int | None
    skew: float | None
    minimum: float | None
    quantiles: tuple[float, ...] | None
    maximum: float | None
    infinite: int | None
    lengths: tuple[int, float, int] | None

    @property
    def missing(self) -> int:
        """Rows without a value."""

    @property
    def present(self) -> int:
        """Rows with one."""


@dataclass(frozen=True)
class Proposed:
    """Columns for which the same is proposed, each with its reasons; no steps: they are left out."""

    columns: tuple[str, ...]
    reasons: tuple[str, ...]
    steps: tuple[Transform, ...]


@dataclass(frozen=True)
class Proposal:
    """What `T.auto` proposes: `pipeline`, and the `code` that makes it, to be pasted and changed.

    >>> import pandas as pd
    >>> from ropeway import transforms as T
    >>> T.auto(pd.DataFrame({"delay": [1.0, None, 5.0, 2.0], "to": ["JFK", "EWR", "JFK", "JFK"], "year": 2013}))
    import ropeway as rw
    from ropeway import transforms as T
    <BLANKLINE>
    pipeline = rw.Pipeline("auto")
    # delay: 25% missing
    pipeline = pipeline["delay"] >> [T.SimpleImputer(strategy='median'), T.StandardScaler()]
    # delay: 25% missing, which may tell something
    pipeline = pipeline["delay"] >> T.MissingIndicator()
    # to: 2 categories
    pipeline = pipeline["to"] >> T.OneHotEncoder(handle_unknown='ignore')
    # left out: year: constant
    """

    proposed: tuple[Proposed, ...]

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, not fitted; raises `UsageError` where no column is left."""
        made = Pipeline("auto")
        for one in self.proposed:
            if one.steps:
                made = made[list(one.columns)] >> list(one.steps)
        if not made.lines:
            raise UsageError(f"there is nothing to propose for these columns:\n{self.code}")
        return made

    @property
    def code(self) -> str:
        """Source of Python that makes the pipeline, under the name `pipeline`, with a reason for each column."""
        lines = ["import ropeway as rw", "from ropeway import transforms as T", "", 'pipeline = rw.Pipeline("auto")']
        for one in self.proposed:
            left = "" if one.steps else "left out: "
            lines += [
                f"# {left}{_comment(column)}: {_comment(reason)}"
                for column, reason in zip(one.columns, one.reasons, strict=True)
            ]
            if one.steps:
                lines.append(_line(one))
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return self.code.rstrip("\n")


def auto(frame: Any, y: Any = None) -> Proposal:
    """A pipeline proposed for a frame of pandas, polars, Arrow or Spark, or for its statistics (`rw.show_stats`).

    y: the label, the name of a column, or values for each row; of statistics it is the label that they were made with.
    It is no input. Constant columns, and those that tell rows apart, are left out. What it proposes is a start: it has
    looked at each column by itself.

    >>> import pandas as pd
    >>> from ropeway import transforms as T
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "late": [0, 1, 1]})
    >>> T.auto(frame, y="late").pipeline.fit(frame).names
    ('x',)
    """
    if not _registered:
        importlib.import_module(_HOME)
    kind, of = _registered[-1]
    stats: Any
    if isinstance(frame, kind):
        if y is not None:
            raise UsageError(f"y={y!r}: these statistics have their label; give it to rw.show_stats(frame, y=...).")
        stats = frame
    else:
        stats = of(frame, y=y)
    return proposed(stats.columns, stats.y)


_registered: list[tuple[type, Callable[..., Any]]] = []


def register_stats(kind: type, of: Callable[..., Any]) -> None:
    """Make `of` the one that makes statistics, of this kind, of a frame."""
    _registered.append((kind, of))


def proposed(columns: Mapping[str, Described], y: str | None) -> Proposal:
    """The proposal for columns of which these statistics are known."""
    target = columns.get(y) if y is not None else None
    encodes = y is not None and (target is None or target.kind == "number" or target.type == "bool")
    lines: dict[tuple[str, ...], list[tuple[str, str, tuple[Transform, ...]]]] = {}
    for name, column in columns.items():
        if name == y:
            continue
        for reason, steps in _for(column, encodes=encodes):
            lines.setdefault(tuple(map(repr, steps)), []).append((name, reason, steps))
    made = [
        Proposed(tuple(name for name, _, _ in some), tuple(reason for _, reason, _ in some), some[0][2])
        for some in lines.values()
    ]
    return Proposal(tuple(sorted(made, key=lambda one: not one.steps)))


Line = tuple[str, tuple[Transform, ...]]


def _for(column: Described, *, encodes: bool) -> list[Line]:
    """What to do with a column, and why; no steps where it is left out."""
    if not column.rows:
        return [("no rows", ())]
    if not column.present:
        return [("all missing", ())]
    holes = f"{_percent(column.missing, column.rows)} missing" if column.missing else ""
    if column.distinct == 1:
        if column.missing:
            return [(f"constant but for {holes}", (_known("MissingIndicator"),))]
        return [("constant", ())]
    if column.kind == "number":
        return _numbers(column, holes)
    if column.kind == "time" and column.type.startswith("timestamp"):
        return [_times(column.name, holes, hours=True)]
    if column.type.startswith("date"):
        return [_times(column.name, holes, hours=False)]
    if column.kind in ("text", "category"):
        return [_categories(column, holes, encodes=encodes)]
    return [(f"no proposal for {column.type}", ())]


def _numbers(column: Described, holes: str) -> list[Line]:
    if _is_unique(column) and column.type.startswith(("int", "uint")):
        return [("another number in every row: looks like an id", ())]
    reasons = [holes] if holes else []
    steps: list[Transform] = []
    if column.infinite:
        clip = _of("Clip")
        if clip is None or column.minimum is None:
            return [(f"{column.infinite:,} values are infinite: replace them by None before", ())]
        reasons.append(f"{column.infinite:,} infinite")
        steps.append(clip(column.minimum, column.maximum))
    if column.missing:
        steps.append(_known("SimpleImputer", strategy="median"))
    power = _of("PowerTransformer")
    if column.distinct == 2:
        pass
    elif column.skew is not None and abs(column.skew) > SKEWED:
        reasons.append(f"skewed: {column.skew:.1f}")
        steps.append(_known("RobustScaler") if power is None or _is_far(column) else power())
    elif _is_far(column):
        reasons.append("far outliers")
        steps.append(_known("RobustScaler"))
    else:
        steps.append(_known("StandardScaler"))
    if not steps:
        steps.append(_known("Passthrough"))
    made: list[Line] = [(", ".join(reasons) or ("two values" if column.distinct == 2 else "numbers"), tuple(steps))]
    if column.missing >= HOLES * column.rows:
        made.append((f"{holes}, which may tell something", (_known("MissingIndicator"),)))
    return made


def _is_unique(column: Described) -> bool:
    return column.distinct is not None and column.present >= ENOUGH and column.distinct >= UNIQUE * column.present


def _is_far(column: Described) -> bool:
    """Whether the ends lie so far off that mean and deviation are theirs."""
    if column.quantiles is None or column.minimum is None or column.maximum is None:
        return False
    _, low, middle, high, _ = column.quantiles
    apart = high - low
    return apart > 0.0 and max(column.maximum - middle, middle - column.minimum) > FAR * apart


def _categories(column: Described, holes: str, *, encodes: bool) -> Line:
    distinct = column.distinct or 0
    mean_length = 0.0 if column.lengths is None else column.lengths[1]
    about = ", ".join(one for one in (f"{distinct:,} categories", holes) if one)
    if mean_length >= LONG and distinct > FEW:
        vectorizer = _of("HashingVectorizer")
        what = f"text of {mean_length:.0f} characters"
        if vectorizer is None:
            return f"{what}: this version has no transform of words", ()
        return f"{what}: its words hashed", (vectorizer(n_features=256),)
    if column.kind == "text" and _is_unique(column):
        return "unique in every row: looks like an id", ()
    if distinct <= FEW:
        return about, (_known("OneHotEncoder", handle_unknown="ignore"),)
    if encodes:
        return f"{about}: target encoded", (_known("TargetEncoder"),)
    return f"{about}: hashed", (_known("HashedCross", n_bins=BINS),)


def _times(name: str, holes: str, *, hours: bool) -> Line:
    features, cyclical = _of("DatetimeFeatures"), _of("CyclicalFeatures")
    if features is None or cyclical is None:
        return "times: this version has no transform of them", ()
    fields = tuple(field for field in _FIELDS if hours or field != "hour")
    most = {f"{name}_{field}": float(_FIELDS[field]) for field in fields}
    steps: list[Transform] = [features(features_to_extract=fields), cyclical(max_values=most)]
    if holes:
        steps.append(_known("SimpleImputer"))
    return f"times: cyclical{f', {holes}' if holes else ''}", tuple(steps)


def _of(name: str) -> Any:
    """A transform of the catalogue; None where this version has none of that name."""
    return getattr(importlib.import_module("ropeway.transforms"), name, None)


def _known(name: str, **parameters: Any) -> Transform:
    made: Transform = _of(name)(**parameters)
    return made


def _percent(part: int, whole: int) -> str:
    percent = 100 * part / whole
    if percent < 0.1:
        return "<0.1%"
    return ">99.9%" if percent > 99.9 else f"{percent:.3g}%"


def _line(one: Proposed) -> str:
    columns: Sequence[str] = [_quoted(name) for name in one.columns]
    steps = [f"T.{step!r}" for step in one.steps]
    made = steps[0] if len(steps) == 1 else f"[{', '.join(steps)}]"
    line = f"pipeline = pipeline[{', '.join(columns)}] >> {made}"
    if len(line) <= 120:
        return line
    if len(made) > 60 and len(steps) > 1:
        made = "\n".join(["[", *(f"    {step}," for step in steps), "]"])
        if len(line := f"pipeline = pipeline[{', '.join(columns)}] >> {made}".splitlines()[0]) <= 120:
            return f"{line}\n" + made.partition("\n")[2]
    body = ["   "]
    for name in columns:
        if len(body[-1]) + len(name) + 2 > 120:
            body.append("   ")
        body[-1] += f" {name},"
    return "\n".join(["pipeline = pipeline[", *body, f"] >> {made}"])


def _quoted(name: str) -> str:
    """A name as source, in double quotes where that is plain."""
    made = repr(name)
    return f'"{name}"' if made == f"'{name}'" and '"' not in name else made


def _comment(text: str) -> str:
    """Text that stays on its line."""
    return "".join(one if one.isprintable() else "·" for one in text)
