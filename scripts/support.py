"""Writes docs/support.md from the code: which aggregates take which types, and what each kind of table can do.

python scripts/support.py
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

import ropeway as rw
from ropeway.connectors.arrow_types import storable
from ropeway.connectors.base import Capabilities
from ropeway.connectors.registry import SCHEMES, connector
from ropeway.connectors.spark_expressions import WAYS
from ropeway.transforms.aggregates import AGGREGATES, Aggregate
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions.casting import TYPES as CAST_TYPES
from ropeway.transforms.expressions.casting import Cast
from ropeway.transforms.expressions.catalogue import OPERATIONS
from ropeway.transforms.expressions.operations import Function, Operation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "support.md"
NONE = "-"
#: of types whose text is another than the name by which Arrow makes them
_NAMES = {
    "halffloat": "float16",
    "float": "float32",
    "double": "float64",
    "date32[day]": "date32",
    "date64[ms]": "date64",
}

#: one of each kind of input
TYPES: Sequence[pa.DataType] = (
    pa.bool_(),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
    *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64()),
    pa.decimal128(12, 2),
    *(pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())),
    *(pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(16)),
    *(pa.date32(), pa.date64()),
    *(pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns")),
    pa.timestamp("us", "Asia/Tokyo"),
    *(pa.time32("ms"), pa.time64("us"), pa.duration("us")),
    pa.null(),
    *(pa.list_(pa.float32()), pa.list_(pa.float64(), 2), pa.list_(pa.int64()), pa.list_(pa.string())),
)

#: one of each kind of values of expressions
KINDS: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "decimal": pa.decimal128(12, 2),
    "string": pa.string(),
    "bytes": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "time": pa.time64("us"),
    "duration": pa.duration("us"),
    "list": pa.list_(pa.string()),
    "map": pa.map_(pa.string(), pa.string()),
}
_RATES = [("x", pa.float64()), ("t", pa.timestamp("us")), ("a", pa.timestamp("us")), ("k", pa.int64())]
#: windows as they are declared
_WINDOWS: Mapping[str, Callable[[rw.Feature], rw.Feature]] = {
    "all history": lambda one: one,
    '.over("7d")': lambda one: one.over("7d"),
    '.over("7d", offset="1d")': lambda one: one.over("7d", offset="1d"),
    '.over(*rw.windows("1d", times=7))': lambda one: one.over(*rw.windows("1d", times=7)),
    '.over(calendar="month", tz="Europe/Berlin")': lambda one: one.over(calendar="month", tz="Europe/Berlin"),
    ".over(rows=100)": lambda one: one.over(rows=100),
    '.over("7d", rows=100)': lambda one: one.over("7d", rows=100),
    '.ahead("7d"), a label': lambda one: one.ahead("7d"),
}

TEXT = """\
# What takes what

Written by `scripts/support.py` from the code; a test holds the two together. [The contract](contract.md) says what the
answers are.

## Aggregates

The type of the answer by the type of the input; `{none}` is a `SchemaError` before any work starts. `count()` without
a column counts rows. An input may be an expression, whose own type is the one that counts.

"In tables" is the type in which Delta, Parquet and Spark hold such a column: a frame handed to Spark is read in that
type. `{none}` there: the column can be aggregated by the local engine alone, and an answer of that type can be neither
written nor given by Spark.

{aggregates}

`.explode()` takes a column of lists of such inputs, and each element counts as a row. Maps and structs have no
aggregates but `rw.count`, which counts those that are there. The rows' own columns may be of any type, as long as they
are neither written nor given to Spark.

{properties}

- `inputs`: how many columns there are.
- `empty window`: the answer where there is no row, or none with a value.
- `.by`: gives a map of category to answer.
- `late rows`: for sources with `available_at`, and of changes (`row_key`).
- `cut keys`: over all history, a key too large for one task is cut into time slices; where not, its rows meet in one.
  Windows of some length are always cut. `.by`, `.explode` and windows of rows over two columns are not cut over all
  history.

## Windows

{windows}

## Operations of expressions

What each takes as its first operand, beside others of the same kind where it has several, and the type of its answer;
any other is a `SchemaError`. What goes together of different kinds is on the page of [the contract](contract.md).

{operations}

- `Spark`: a condition made of such operations alone is handed to Spark's scan, where Spark reads a source, for the
  types for which Spark gives the same bits. Integer arithmetic is, where the types of its columns show that nothing
  overflows; decimals, and instants with and without a zone together, are not. Casts are those of integers and booleans
  to text, floats and booleans, and of timestamps to dates. Elsewhere the condition is evaluated in Spark's Python
  workers, on the same rows.

`cast` makes {casts} and decimals:

{casting}

## Tables

{connectors}

- `engines`: read and written by this process (`local`), by Spark, or by both.
- `write`, `append`, `overwrite`: as the target of a backfill (`to=`), and the modes for a target that exists.
- `versions`: an address with `@version=3` reads that state of the table.
- `transactions`: a run is found again by its `run_id` and not written twice.
- `ranges`: dates are replaced one by one, so that it can be the target of a range, `rw.instants(...)`.

Frames of pandas, polars, pyarrow (tables; as rows record batches too) are read by both engines, Spark frames by Spark.
"""

Key = TypeVar("Key", bound=Hashable)


def page() -> str:
    """The text of docs/support.md."""
    return TEXT.format(
        none=NONE,
        aggregates=_aggregates(),
        properties=_properties(),
        windows=_windows(),
        operations=_operations(),
        casts=", ".join(CAST_TYPES),
        casting=_casting(),
        connectors=_connectors(),
    )


def example(aggregate: type[Aggregate]) -> Aggregate:
    """One with some parameters, where it has any."""
    return aggregate(**aggregate.examples[0])


def answered(aggregate: type[Aggregate], taken: pa.DataType) -> pa.DataType | None:
    """The type of the answer for inputs of this type; None where they are refused."""
    try:
        return example(aggregate).output_type(taken)
    except SchemaError:
        return None


def stored(kind: pa.DataType) -> pa.DataType | None:
    """The type in which tables and Spark hold such values; None where they don't."""
    try:
        return storable(pa.schema([("x", kind)]), "a table").field("x").type
    except SchemaError:
        return kind if pa.types.is_null(kind) else None  # a column of nothing takes any type


def _aggregates() -> str:
    """A line for types that are alike, a column for aggregates that are."""
    columns = {
        name: tuple(answered(made, kind) for kind in TYPES) for name, made in AGGREGATES.items() if made.inputs[1] > 0
    }
    names = _alike(columns)
    rows = {
        kind: (
            "the same" if stored(kind) == kind else _text(stored(kind)),
            *(_text(columns[same[0]][at]) for same in names),
        )
        for at, kind in enumerate(TYPES)
    }
    lines = [[", ".join(map(_text, kinds)), *rows[kinds[0]]] for kinds in _alike(rows)]
    return _table(["input", "in tables", *(", ".join(same) for same in names)], lines)


def _properties() -> str:
    """A line for each aggregate."""
    lines = []
    for name, made in AGGREGATES.items():
        fewest, most = made.inputs
        cells = [made.scalar, made.takes_late, made.brief]
        lines.append(
            [
                name,
                str(most) if fewest == most else f"{fewest} or {most}",
                "0" if made.counts else "null",
                *("yes" if one else NONE for one in cells),
            ]
        )
    return _table(["aggregate", "inputs", "empty window", ".by", "late rows", "cut keys"], lines)


def _windows() -> str:
    """Which kind of source takes which window, by declaring it."""
    frame = pa.table({name: pa.array([], kind) for name, kind in _RATES})
    sources = {
        "events": rw.Source("s", frame, "t"),
        "late events": rw.Source("s", frame, "t", available_at="a"),
        "changes": rw.Source("s", frame, "t", available_at="a", row_key=["k"]),
        "static table": rw.Source("s", frame, None),
    }
    lines = [
        [f"`{text}`" if "." in text else text, *("yes" if _declares(make, one) else NONE for one in sources.values())]
        for text, make in _WINDOWS.items()
    ]
    return _table(["window", *sources], lines)


def _declares(make: Callable[[rw.Feature], rw.Feature], source: rw.Source) -> bool:
    feature = make(rw.last("x")).alias("x")
    try:
        if feature.is_ahead:
            rw.LabelView("v", rw.Entity("k"), source, [feature])
        else:
            rw.FeatureView("v", rw.Entity("k"), source, [feature])
    except rw.DeclarationError:
        return False
    return True


def _operations() -> str:
    """A line for operations that are alike."""
    cells = {
        _written(one): (*_taken(one), "yes" if name in WAYS else NONE)
        for name, one in OPERATIONS.items()
        if "@" not in name  # a function of a user
        if name != "cast"
    }
    lines = [[", ".join(f"`{name}`" for name in names), *cells[names[0]]] for names in _alike(cells)]
    return _table(["operation", "takes", "gives", "Spark"], lines)


def _written(one: Operation) -> str:
    """How an operation is written, in short."""
    if one.infix:
        return {"negate": "-x", "not": "~x", "or": "\\|"}.get(one.name, one.symbol)
    return f"rw.{one.symbol}" if isinstance(one, Function) else f".{one.symbol}"


def _taken(one: Operation) -> tuple[str, str]:
    """The kinds of first operands, and the types of their answers."""
    inside = {"list.get": "that of its values", "list.slice": "the same", "map.get": "that of its values"}
    answers = {name: kind for name, kind in ((name, _answer(one, kind)) for name, kind in KINDS.items()) if kind}
    taken = "any" if len(answers) == len(KINDS) else ", ".join(answers)
    given = list(dict.fromkeys(answers.values()))
    if one.name in inside:
        return taken, inside[one.name]
    if all(answers[name] == _text(KINDS[name]) for name in answers) and len(given) > 1:
        return taken, "the same"
    return taken, given[0] if len(given) == 1 else ", ".join(given)


def _answer(one: Operation, kind: pa.DataType) -> str | None:
    others = {"list.contains": pa.string(), "map.get": pa.string()}
    operands = [kind, *([others.get(one.name, kind)] * ((one.arity or max(one.fewest, 2)) - 1))]
    if one.name == "when":
        operands = [pa.bool_(), kind, kind]
    try:
        return _text(one.output_type(operands))
    except SchemaError:
        return None


def _casting() -> str:
    targets = [*CAST_TYPES, "decimal(12, 2)"]
    lines = []
    for name, kind in KINDS.items():
        cells = ["yes" if _answer(Cast("cast", "cast", target), kind) else NONE for target in targets]
        if "yes" in cells:
            lines.append([name, *cells])
    return _table(["from", *targets], lines)


def _connectors() -> str:
    names = [field.name for field in fields(Capabilities)]
    lines = []
    for scheme in SCHEMES:
        can = connector(scheme).capabilities
        cells = [getattr(can, name) for name in names]
        lines.append(
            [f"`{scheme}:`", *(("yes" if one else NONE) if isinstance(one, bool) else _listed(one) for one in cells)]
        )
    return _table(["address", *names], lines)


def _alike(items: Mapping[Key, Hashable]) -> list[list[Key]]:
    """The keys in groups of equal cells, in the order in which they come."""
    groups: dict[Hashable, list[Key]] = {}
    for item, cells in items.items():
        groups.setdefault(cells, []).append(item)
    return list(groups.values())


def _text(kind: pa.DataType | None) -> str:
    if kind is None:
        return NONE
    if pa.types.is_dictionary(kind):
        return f"dictionary of {kind.value_type}"
    return _NAMES.get(str(kind), str(kind))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _table(heading: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(heading)
    return "\n".join(f"| {' | '.join(line)} |" for line in (heading, rule, *lines))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parent.parent)}\n")
