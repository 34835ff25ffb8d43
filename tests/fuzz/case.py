"""One case as plain data: tables, rows, views. Its code is what runs and what is printed, so both are one."""

import datetime as dt
import decimal
import math
from collections.abc import Collection, Container, Iterator, Mapping, Sequence, Set
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


#: columns that a service derives: names and expressions over the names of outputs
Derived = tuple[tuple[str, Expression], ...]


def _service(name: str, views: Sequence[str], derived: Derived) -> str:
    """A service as code."""
    more = ", ".join(f'"{of}": {one.text()}' for of, one in derived)
    return f'rw.FeatureService("{name}", [{", ".join(views)}]' + (f", derived={{{more}}})" if more else ")")


@dataclass(frozen=True)
class Source:
    """What a source declares about a table.

    row_key, op: its rows are changes.
    base, inner, derived: it is a service of these views and derived columns, applied to the source of that number,
        whose table, times and tiebreak stand here again; `where` is then what is said besides.
    """

    table: str
    timestamp: str | None
    unit: str | None = None
    available_at: str | None = None
    tiebreak: tuple[str, ...] = ()
    where: Expression | None = None
    row_key: tuple[str, ...] = ()
    op: str | None = None
    base: int | None = None
    inner: "tuple[View, ...]" = ()
    derived: "Derived" = ()

    def text(self, name: str, table: Table) -> str:
        if self.base is not None:
            service = _service(f"{name}_service", [view.text(i) for i, view in enumerate(self.inner)], self.derived)
            where = "" if self.where is None else f", where={self.where.text()}"
            return f'{service}.applied_to(s{self.base}, name="{name}"{where})'
        mapping = {old: new for new, old in table.raw.items()}
        options = {
            "timestamp_unit": self.unit,
            "available_at": self.available_at,
            "tiebreak": list(self.tiebreak) or None,
            "field_mapping": mapping or None,
            "row_key": list(self.row_key) or None,
            "op": self.op,
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
    those. `by` is a column, and its kind. `rows` and `calendar` (and its time zone) bound windows besides. `ahead`: a
    label. `name` is what others call it by; without it its place in the view names it.
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
    ahead: bool = False
    name: str | None = None

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
            made += f".{'ahead' if self.ahead else 'over'}({', '.join(parts)})"
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
    if aggregate == "session_start":
        return 'pa.timestamp("us", tz="UTC")'
    counts = ("count", "count_distinct", "approx_count_distinct", "longest_streak")
    return "pa.int64()" if aggregate in counts else "pa.float64()"


@dataclass(frozen=True)
class View:
    """Features about `keys`, columns of the source -> columns of the rows, from the source of that number.

    `labels`: they are ahead, known up to `complete_until`, in microseconds. `name` is what others call it by; without
    it its place names it.
    """

    source: int
    keys: Mapping[str, str]
    features: tuple[Feature, ...]
    closed: str = "left"
    ttl: int | None = None
    labels: bool = False
    complete_until: int | None = None
    name: str | None = None

    def text(self, number: int) -> str:
        features = "".join(
            f"            {one.text(short)},\n" for one, short in zip(self.features, self.short_names(), strict=True)
        )
        options = "" if self.closed == "left" else f', closed="{self.closed}"'
        options += "" if self.ttl is None else f', ttl="{self.ttl}us"'
        if self.complete_until is not None:
            since = f"datetime.timedelta(microseconds={self.complete_until})"
            options += f", complete_until=datetime.datetime(1970, 1, 1) + {since}"
        renamed = {name: column for name, column in self.keys.items() if name != column}
        return (
            f'rw.{"LabelView" if self.labels else "FeatureView"}(\n        "{self.called(number)}",\n'
            f'        rw.Entity("e", {list(self.keys)!r}),\n'
            f"        s{self.source},\n        [\n{features}        ]{options},\n    )"
            + (f".with_join_key_map({renamed!r})" if renamed else "")
        )

    def called(self, number: int) -> str:
        """Its name as the view of that number."""
        return self.name or f"v{number}"

    def short_names(self) -> list[str]:
        """The aliases of the features."""
        return [feature.name or f"f{i}" for i, feature in enumerate(self.features)]

    def columns(self) -> set[str]:
        """What is read of the source."""
        return set(self.keys).union(*(feature.columns for feature in self.features))


@dataclass(frozen=True)
class Case:
    """Tables, sources and views, and the rows to compute for, whose time column is `at`, of `unit` if it is whole.

    With columns `derived` of the features it is a service that is computed.
    """

    tables: Mapping[str, Table]
    sources: tuple[Source, ...]
    views: tuple[View, ...]
    rows: Table
    at: str = "event_timestamp"
    unit: str | None = None
    derived: Derived = ()

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
        views = [f"v{i}" for i in range(len(self.views))]
        parts = ["rows", _service("service", views, self.derived) if self.derived else f"[{', '.join(views)}]"]
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
        views = [output.name for i in range(len(self.views)) for output in space[f"v{i}"].outputs()]
        return [*views, *(name for name, _ in self.derived)]

    def selected(self, kept: Collection[tuple[int, int, int]]) -> "Case":
        """The case with only those outputs, given by the numbers of view, feature and window (-1: none).

        Derived columns are those of the view -1; of such the features that they are made of are kept too.
        """
        wanted = set(kept)
        made_of = dict(self.derived)
        places = self._named()
        names = [name for number, (name, _) in enumerate(self.derived) if (-1, number, -1) in wanted]
        for name in names:  # grows on the way
            for part in made_of[name].columns():
                if part in made_of:
                    names.append(part)
                else:
                    wanted.add(places[part])
        views = []
        for v, view in enumerate(self.views):
            features = []
            for f, feature in enumerate(view.features):
                windows = tuple(one for w, one in enumerate(feature.windows) if (v, f, w) in wanted)
                if windows or (not feature.windows and (v, f, -1) in wanted):
                    features.append(replace(feature, windows=windows))
            if features:
                views.append(replace(view, features=tuple(features)))
        return replace(
            self, views=tuple(views), derived=tuple((name, one) for name, one in self.derived if name in names)
        )

    def _named(self) -> dict[str, tuple[int, int, int]]:
        """The outputs that have names of their own, and no more than one window."""
        return {
            f"{view.name}__{feature.name}": (v, f, 0 if feature.windows else -1)
            for v, view in enumerate(self.views)
            for f, feature in enumerate(view.features)
            if view.name and feature.name and len(feature.windows) < 2
        }

    def pruned(self) -> "Case":
        """The case without sources, features of chains, tables and columns that nothing names."""
        needed: dict[int, set[str]] = {}
        for view in self.views:
            needed.setdefault(view.source, set()).update(view.columns())
        sources = list(self.sources)
        for number in reversed(range(len(sources))):
            if number not in needed:
                continue
            source = sources[number]
            read = needed[number]
            read |= set() if source.where is None else set(source.where.columns())
            base = source.base
            if base is None:
                read |= {name for name in (source.timestamp, source.available_at, source.op) if name is not None}
                read |= {*source.tiebreak, *source.row_key}
                continue
            sources[number] = source = _only_needed(source, read)
            for view in source.inner:
                needed.setdefault(view.source, set()).update(view.columns())
                read |= set(view.keys.values())
            own = {f"{view.name}__{short}" for view in source.inner for short in view.short_names()}
            own |= {name for name, _ in source.derived}
            needed.setdefault(base, set()).update(read - own)
        used = sorted(needed)

        def renumbered(view: View) -> View:
            return replace(view, source=used.index(view.source))

        tables: dict[str, set[str]] = {}
        for number in used:
            tables.setdefault(self.sources[number].table, set()).update(needed[number])
        return replace(
            self,
            tables={name: self.tables[name].only(names) for name, names in tables.items()},
            sources=tuple(
                replace(
                    sources[number],
                    base=None if (at := sources[number].base) is None else used.index(at),
                    inner=tuple(map(renumbered, sources[number].inner)),
                )
                for number in used
            ),
            views=tuple(map(renumbered, self.views)),
            rows=self.rows.only({self.at}.union(*(view.keys.values() for view in self.views))),
        )


def _only_needed(source: Source, read: Set[str]) -> Source:
    """A chain with only those features that are read; one is left in any case."""
    names = set(read)
    derived: list[tuple[str, Expression]] = []
    for name, one in reversed(source.derived):
        if name in names:
            derived.insert(0, (name, one))
            names |= set(one.columns())
    inner = []
    for view in source.inner:
        features = [feature for feature in view.features if f"{view.name}__{feature.name}" in names]
        if features:
            inner.append(replace(view, features=tuple(features)))
    first = source.inner[0]
    inner = inner or [replace(first, features=first.features[:1])]
    return replace(source, inner=tuple(inner), derived=tuple(derived))
