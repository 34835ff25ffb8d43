"""The 200 features, as plain data from which each runner makes its own expressions."""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.tables import DAY, Data
from tests.oracle import Row, Wanted

MICROSECONDS = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
WINDOWS = tuple(MICROSECONDS)
LONGEST = max(MICROSECONDS.values())
#: what peers compute with running floats
ROUNDED = ("sum", "mean", "std")
#: what depends on the order of rows
PICKS = ("first", "last")
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {"==": operator.eq, ">": operator.gt}


@dataclass(frozen=True)
class Only:
    """The rows for which this holds; null is not true."""

    column: str
    comparison: str
    value: Any

    def of(self, column: Any) -> Any:
        """The same of a column, in whatever library that is."""
        return _COMPARED[self.comparison](column, self.value)

    def __call__(self, row: Row) -> bool:
        return row[self.column] is not None and bool(self.of(row[self.column]))


@dataclass(frozen=True)
class Feature:
    """One column of the answer; without a window it is over all history, without a column it counts rows."""

    name: str
    aggregate: str
    column: str | None
    window: str | None
    only: Only | None

    @property
    def width(self) -> int | None:
        """Microseconds of the window."""
        return None if self.window is None else MICROSECONDS[self.window]


@dataclass(frozen=True)
class Wish:
    """An aggregate of a column over some windows."""

    aggregate: str
    column: str | None = None
    windows: tuple[str, ...] = WINDOWS
    only: Only | None = None

    @property
    def alias(self) -> str:
        """What ropeway calls it; it adds the window where there are several."""
        single = self.windows[0] if len(self.windows) == 1 else ""
        parts = [self.column or "rows", self.aggregate, str(self.only.value) if self.only else "", single]
        return "_".join(filter(None, parts))

    def features(self, part: str) -> Iterator[Feature]:
        for window in self.windows or (None,):
            suffix = f"_{window}" if len(self.windows) > 1 else ""
            yield Feature(f"{part}__{self.alias}{suffix}", self.aggregate, self.column, window, self.only)


@dataclass(frozen=True)
class Part:
    """The features of one entity from one source; `keys` are named alike in events and queries."""

    name: str
    source: str
    keys: tuple[str, ...]
    wishes: tuple[Wish, ...]
    timed: bool = True
    late: bool = False
    features: tuple[Feature, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(one for wish in self.wishes for one in wish.features(self.name)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the source that are aggregated or filtered by."""
        columns = [name for one in self.features for name in (one.column, one.only and one.only.column) if name]
        return tuple(dict.fromkeys(columns))

    def wanted(self) -> dict[str, Wanted]:
        """The features as the oracle is asked for them."""
        return {
            one.name: Wanted(one.aggregate, one.column, one.width, where=one.only or _always) for one in self.features
        }


def _always(_: Row) -> bool:
    return True


def _each(column: str, *aggregates: str) -> list[Wish]:
    return [Wish(aggregate, column) for aggregate in aggregates]


_ALL = ("sum", "mean", "min", "max", "std")
_PHONE = Only("device", "==", "phone")
_RETURNED = Only("status", "==", "returned")
_SEVERAL = Only("quantity", ">", 3)
_OURS = Only("carrier", "==", "ours")


def _part(name: str, source: str, keys: Sequence[str], *wishes: Wish, late: bool = False) -> Part:
    return Part(name, source, tuple(keys), wishes, late=late)


ALL_PARTS = (
    _part(
        "visits", "visits", ["customer"],
        Wish("count"), *_each("seconds", *_ALL), *_each("pages", "sum", "max", "mean"),
        Wish("count", only=_PHONE), Wish("mean", "seconds", only=_PHONE),
        Wish("last", "device", ()), Wish("last", "seconds", ()), Wish("first", "device", ("30d",)),
    ),
    _part(
        "buyer", "orders", ["customer"],
        Wish("count"), *_each("amount", *_ALL), *_each("quantity", "sum", "max"),
        Wish("count", only=_RETURNED), Wish("sum", "amount", only=_SEVERAL),
        Wish("last", "status", ("90d",)), Wish("last", "amount", ("90d",)), Wish("last", "shelf", ("90d",)),
        Wish("first", "status", ("90d",)),
        late=True,
    ),
    _part(
        "product", "orders", ["product"],
        Wish("count"), *_each("amount", "sum", "mean"), Wish("sum", "quantity"), Wish("count", only=_RETURNED),
        Wish("last", "status", ("90d",)),
        late=True,
    ),
    _part(
        "shelf", "orders", ["shop", "shelf"],
        Wish("count"), *_each("amount", "sum", "mean", "std"), Wish("last", "status", ("90d",)),
        late=True,
    ),
    _part(
        "price", "prices", ["product"],
        Wish("count"), *_each("price", "mean", "min", "max", "std"),
        Wish("last", "price", ()), Wish("last", "promo", ()), Wish("first", "price", ("30d",)),
    ),
    _part(
        "shop", "deliveries", ["shop"],
        Wish("count"), *_each("hours", *_ALL), *_each("items", "sum", "max"),
        Wish("count", only=_OURS), Wish("mean", "hours", only=_OURS),
        Wish("last", "carrier", ("90d",)), Wish("last", "hours", ("90d",)), Wish("first", "carrier", ("30d",)),
        late=True,
    ),
    Part(
        "customer", "customers", ("customer",),
        tuple(Wish("last", name, ()) for name in ("segment", "city", "born", "credit", "member")),
        timed=False,
    ),
)  # fmt: skip
PARTS = tuple(part.name for part in ALL_PARTS)
FEATURES = tuple(one.name for part in ALL_PARTS for one in part.features)


def chosen(parts: Sequence[str]) -> list[Part]:
    return [part for part in ALL_PARTS if part.name in parts]


def folder(data: Data, name: str) -> str:
    """The files of a table."""
    return str(data.folder / name)
