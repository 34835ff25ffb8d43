"""One case as plain data: tables, rows, views. Its code is what runs and what is printed, so both are one."""

import datetime as dt
import decimal
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

import ropeway as rw
from tests.fuzz.expressions import Column, Expression
from tests.fuzz.kinds import KINDS, LISTED, VECTORS, Kind

#: what the code of a case may name
NAMES = {
    "pa": pa, "rw": rw, "datetime": dt, "Decimal": decimal.Decimal, "nan": math.nan, "inf": math.inf,
}  # fmt: skip


@dataclass(frozen=True)
class Values:
    """A column of a table: the name of its kind, and what is handed to `pa.array`."""

    kind: str
    values: tuple[Any, ...]

    def text(self) -> str:
        return f"pa.array({list(self.values)!r}, {KINDS[self.kind].text})"

    def arrow(self) -> pa.Array:
        return pa.array(self.values, eval(KINDS[self.kind].text, NAMES.copy()))

    def plain(self) -> list[Any]:
        """What the oracle reads."""
        plain = KINDS[self.kind].plain
        return [None if value is None else plain(value) for value in self.values]


@dataclass(frozen=True)
class Table:
    """Columns by the names that declarations use; `raw` are other names that the table itself has for some.

    In chunks of `chunk` rows, if it is set.
    """

    columns: Mapping[str, Values]
    raw: Mapping[str, str] = field(default_factory=dict)
    chunk: int | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).values)

    def text(self) -> str:
        made = "".join(f'        "{self.raw.get(name, name)}": {one.text()},\n' for name, one in self.columns.items())
        table = f"pa.table({{\n{made}    }})"
        return table if self.chunk is None else f"pa.Table.from_batches({table}.to_batches({self.chunk}))"

    def arrow(self) -> pa.Table:
        table = pa.table({self.raw.get(name, name): one.arrow() for name, one in self.columns.items()})
        if self.chunk is None:
            return table
        return pa.Table.from_batches(table.to_batches(self.chunk), table.schema)

    def rows(self) -> list[dict[str, Any]]:
        """What the oracle reads."""
        plain = {name: one.plain() for name, one in self.columns.items()}
        return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]

    def take(self, places: Sequence[int]) -> "Table":
        """Some of the rows, in that order."""
        columns = {
            name: replace(one, values=tuple(one.values[at] for at in places)) for name, one in self.columns.items()
        }
        return replace(self, columns=columns)

    def only(self, names: Container[str]) -> "Table":
        """Some of the columns."""
        return replace(
            self,
            columns={name: one for name, one in self.columns.items() if name in names},
            raw={name: raw for name, raw in self.raw.items() if name in names},
        )


@dataclass(frozen=True)
class Source:
    """What a source declares about a table."""

    table: str
    timestamp: str | None
    unit: str | None = None
    available_at: str | None = None
    tiebreak: tuple[str, ...] = ()
    where: Expression | None = None

    def text(self, name: str, table: Table) -> str:
        mapping = {old: new for new, old in table.raw.items()}
        options = {
            "timestamp_unit": self.unit,
            "available_at": self.available_at,
            "tiebreak": list(self.tiebreak) or None,
            "field_mapping": mapping or None,
        }
        parts = [repr(name), self.table, repr(self.timestamp)]
        parts += [f"{option}={value!r}" for option, value in options.items() if value is not None]
        parts += [f"where={self.where.text()}"] if self.where is not None else []
        return f"rw.Source({', '.join(parts)})"


@dataclass(frozen=True)
class Window:
    """A length in microseconds, and how it is written."""

    micros: int
    text: str


@dataclass(frozen=True)
class Feature:
    """An aggregate of an expression (None: of rows) over windows; `plain` is the bare name of a column.

    `other` is a second expression. `parameters` are the aggregate's. `kind` is that of the elements if it is of
    those. `by` is a column, and its kind. `rows` and `calendar` (and its time zone) bound windows besides.
    """

    aggregate: str
    input: Expression | None = None
    kind: str | None = None
    windows: tuple[Window, ...] = ()
    closed: str | None = None
    offset: int = 0
    skip_null: bool = True
    where: Expression | None = None
    plain: bool = False
    other: Expression | None = None
    parameters: tuple[tuple[str, Any], ...] = ()
    by: tuple[str, str] | None = None
    explode: bool = False
    rows: int | None = None
    calendar: tuple[str, str] | None = None

    @property
    def inputs(self) -> tuple[Expression, ...]:
        """What is aggregated."""
        return tuple(taken for taken in (self.input, self.other) if taken is not None)

    @property
    def columns(self) -> set[str]:
        """What is read."""
        read = {name for taken in (*self.inputs, self.where) if taken is not None for name in taken.columns()}
        return read if self.by is None else read | {self.by[0]}

    @property
    def bounded(self) -> bool:
        """Whether it says anything of its window."""
        return bool(self.windows or self.rows or self.calendar)

    def text(self, name: str) -> str:
        if self.plain:
            return _text(self.inputs[0]).replace("rw.col(", "").removesuffix(")")
        parts = [_text(taken) for taken in self.inputs]
        parts += [f"{name}={value!r}" for name, value in self.parameters]
        parts += [] if self.skip_null else ["skip_null=False"]
        made = f"rw.{self.aggregate}({', '.join(parts)})"
        made += ".explode()" if self.explode else ""
        made += "" if self.by is None else f'.by("{self.by[0]}")'
        if self.bounded:
            parts = [window.text for window in self.windows]
            parts += [] if self.calendar is None else [f'calendar="{self.calendar[0]}", tz="{self.calendar[1]}"']
            parts += [] if self.rows is None else [f"rows={self.rows}"]
            parts += [] if self.closed is None else [f'closed="{self.closed}"']
            parts += [f'offset="{self.offset}us"'] if self.offset else []
            made += f".over({', '.join(parts)})"
        if self.where is not None:
            made += f".where({self.where.text()})"
        return f'{made}.alias("{name}")'

    def answer(self) -> str:
        """The Arrow type of the answer, as code."""
        one = _answer(self.aggregate, KINDS[self.kind or "null"])
        return one if self.by is None else f"pa.map_({KINDS[self.by[1]].answer}, {one})"


def _text(taken: Expression) -> str:
    return f'"{taken.name}"' if isinstance(taken, Column) else taken.text()


def _answer(aggregate: str, taken: Kind) -> str:
    """The Arrow type of an aggregate of a kind of column, as code."""
    if aggregate in ("min", "max", "first", "last", "any", "all", "mode"):
        return taken.answer
    if aggregate in VECTORS:
        return f"pa.list_({_answer(aggregate.removeprefix('vector_'), KINDS[str(taken.element)])})"
    if aggregate == "histogram":
        return f"pa.map_({taken.answer}, pa.int64())"
    if aggregate in LISTED:
        return f"pa.list_({taken.answer})"
    if aggregate == "sum":
        scale = taken.text.removesuffix(")").rpartition(", ")[2]
        if "decimal" in taken.text:
            return f"pa.decimal128(38, {scale})"
        return "pa.float64()" if "float" in taken.text else "pa.int64()"
    counts = ("count", "count_distinct", "approx_count_distinct", "longest_streak")
    return "pa.int64()" if aggregate in counts else "pa.float64()"


@dataclass(frozen=True)
class View:
    """Features about `keys`, columns of the source -> columns of the rows, from the source of that number."""

    source: int
    keys: Mapping[str, str]
    features: tuple[Feature, ...]
    closed: str = "left"
    ttl: int | None = None

    def text(self, number: int) -> str:
        features = "".join(f"            {one.text(f'f{i}')},\n" for i, one in enumerate(self.features))
        options = "" if self.closed == "left" else f', closed="{self.closed}"'
        options += "" if self.ttl is None else f', ttl="{self.ttl}us"'
        renamed = {name: column for name, column in self.keys.items() if name != column}
        return (
            f'rw.FeatureView(\n        "v{number}",\n        rw.Entity("e", {list(self.keys)!r}),\n'
            f"        s{self.source},\n        [\n{features}        ]{options},\n    )"
            + (f".with_join_key_map({renamed!r})" if renamed else "")
        )


@dataclass(frozen=True)
class Case:
    """Tables, sources and views, and the rows to compute for, whose time column is `at`, of `unit` if it is whole."""

    tables: Mapping[str, Table]
    sources: tuple[Source, ...]
    views: tuple[View, ...]
    rows: Table
    at: str = "event_timestamp"
    unit: str | None = None

    def setup(self) -> Iterator[str]:
        """The code that makes all there is: `rows`, and `v0`, `v1` and so on."""
        yield f"rows = {self.rows.text()}"
        for name, table in self.tables.items():
            yield f"{name} = {table.text()}"
        yield from self.declared()

    def declared(self) -> Iterator[str]:
        """The code of the declarations, which name the tables."""
        for i, source in enumerate(self.sources):
            yield f"s{i} = {source.text(f's{i}', self.tables[source.table])}"
        for i, view in enumerate(self.views):
            yield f"v{i} = {view.text(i)}"

    def call(self, function: str, *options: str) -> str:
        """The code of the backfill, by `rw.backfill` or by what else answers."""
        parts = ["rows", f"[{', '.join(f'v{i}' for i in range(len(self.views)))}]"]
        parts += [f'timestamp="{self.at}"'] if self.at != "event_timestamp" else []
        parts += [f'timestamp_unit="{self.unit}"'] if self.unit is not None else []
        return f"{function}({', '.join([*parts, *options])})"

    def run(self, tables: Mapping[str, Any], function: str, *options: str, **named: Any) -> Any:
        """What a function answers over `tables`; it and its `options` are code that may use what is named."""
        space: dict[str, Any] = {**NAMES, **tables, **named, "rows": self.rows.arrow()}
        exec("\n".join(self.declared()), space)
        return eval(self.call(function, *options), space)

    def names(self) -> list[str]:
        """The names of the outputs, as the declarations give them."""
        space: dict[str, Any] = {**NAMES, **{name: table.arrow() for name, table in self.tables.items()}}
        exec("\n".join(self.declared()), space)
        return [output.name for i in range(len(self.views)) for output in space[f"v{i}"].outputs()]

    def selected(self, kept: Container[tuple[int, int, int]]) -> "Case":
        """The case with only those outputs, given by the numbers of view, feature and window (-1: none)."""
        views = []
        for v, view in enumerate(self.views):
            features = []
            for f, feature in enumerate(view.features):
                windows = tuple(one for w, one in enumerate(feature.windows) if (v, f, w) in kept)
                if windows or (not feature.windows and (v, f, -1) in kept):
                    features.append(replace(feature, windows=windows))
            if features:
                views.append(replace(view, features=tuple(features)))
        return replace(self, views=tuple(views))

    def pruned(self) -> "Case":
        """The case without sources, tables and columns that nothing names."""
        used = sorted({view.source for view in self.views})
        sources = tuple(self.sources[number] for number in used)
        views = tuple(replace(view, source=used.index(view.source)) for view in self.views)
        read: dict[str, set[str]] = {source.table: set() for source in sources}
        for source in sources:
            named = [source.timestamp, source.available_at, *source.tiebreak]
            named += [] if source.where is None else source.where.columns()
            read[source.table] |= {name for name in named if name is not None}
        joined = {self.at}
        for view in views:
            joined |= set(view.keys.values())
            read[sources[view.source].table] |= set(view.keys)
            for feature in view.features:
                read[sources[view.source].table] |= feature.columns
        return replace(
            self,
            tables={name: self.tables[name].only(names) for name, names in read.items()},
            sources=sources,
            views=views,
            rows=self.rows.only(joined),
        )
