"""`Source`: rows with an event time, and where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import pyarrow as pa

from ropeway.features import code
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.definition import source_definition
from ropeway.features.mapping import FixedMapping
from ropeway.features.names import checked_column, checked_columns, checked_mapping, checked_name, checked_text
from ropeway.features.schemas import read_schema
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.expressions.evaluator import check_columns
from ropeway.transforms.instants import Unit

Unseen = Literal["warn", "error"]

_ADDRESS = re.compile(r"[a-z][a-z0-9]*:.", re.DOTALL)
_FRAMES = {("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table"), ("pyspark", "DataFrame")}
_TABLES = (
    "an address such as 'delta:data/flights', 'parquet:data/flights' or 'sql:SELECT ...', or a frame of pandas, "
    "polars, pyarrow (a Table) or Spark"
)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Source(Declaration):
    """Rows with an event time.

    table: an address, kept as it is written, or a frame, which is compared by identity and can't be stored.
    timestamp: the column that says when a row happened; None for a static table, which has one row per key.
    timestamp_unit: "s", "ms", "us" or "ns", if the columns of times hold integers.
    available_at: the column that says when the row became known, if later than it happened.
    tiebreak: columns that order rows of one timestamp, null first.
    field_mapping: the name of a column in the table -> its name here and in features.
    where: only rows for which this is true take part.
    row_key: columns by which rows are changes of one and the same row, each of which holds until the next one: features
        see the state of the table as it was known at the time that is asked for. Needs `available_at`, which says when
        a change was known; changes known at one time go by `tiebreak`.
    op: for changes, the column that says "insert", "update" or "delete"; without it none is a deletion.
    unseen: deletions of rows that were never there are counted in the log ("warn"), or are an error ("error").

    All other arguments use the names after `field_mapping`.

    >>> import ropeway as rw
    >>> rw.Source("flights", "delta:data/flights", "departed_at", available_at="known_at", tiebreak=["flight"])
    Source("flights", "delta:data/flights", "departed_at", available_at="known_at", tiebreak=["flight"])
    """

    name: str
    table: Any
    timestamp: str | None
    timestamp_unit: Unit | None
    available_at: str | None
    tiebreak: tuple[str, ...]
    field_mapping: FixedMapping
    where: Expression | None
    row_key: tuple[str, ...]
    op: str | None
    unseen: Unseen
    description: str
    owner: str
    tags: FixedMapping

    def __init__(
        self,
        name: str,
        table: Any,
        timestamp: str | None,
        *,
        timestamp_unit: Unit | None = None,
        available_at: str | None = None,
        tiebreak: Sequence[str] = (),
        field_mapping: Mapping[str, str] | None = None,
        where: Expression | None = None,
        row_key: Sequence[str] = (),
        op: str | None = None,
        unseen: Unseen = "warn",
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        what = f"source {checked_name(name, 'a source')!r}"
        _check_table(table, what)
        if timestamp is not None:
            checked_column(timestamp, f"timestamp of {what}")
        if available_at is not None:
            checked_column(available_at, f"available_at of {what}")
        if timestamp_unit is not None and timestamp_unit not in get_args(Unit):
            raise DeclarationError(
                f"timestamp_unit of {what}: expected one of {', '.join(map(repr, get_args(Unit)))}, got "
                f"{timestamp_unit!r}."
            )
        ties = checked_columns(tiebreak, f"tiebreak of {what}")
        timed = {"timestamp_unit": timestamp_unit, "available_at": available_at, "tiebreak": ties}
        given = [argument for argument, value in timed.items() if value]
        if timestamp is None and given:
            raise DeclarationError(
                f"{what} is a static table (timestamp=None), for which {given[0]} makes no sense: name the timestamp, "
                f"or leave {given[0]} out."
            )
        mapping = checked_mapping(field_mapping, f"field_mapping of {what}")
        if len(set(mapping.values())) < len(mapping):
            raise DeclarationError(f"field_mapping of {what} gives two columns one name: {mapping!r}.")
        if where is not None and not isinstance(where, Expression):
            raise DeclarationError(
                f"where of {what}: expected an expression such as col('delay') > 0, got {where!r} of type "
                f"{type(where).__name__}."
            )
        changes = checked_columns(row_key, f"row_key of {what}")
        if changes and available_at is None:
            raise DeclarationError(
                f"row_key of {what}: changes of a row need available_at, the column that says when each was known."
            )
        if op is not None:
            checked_column(op, f"op of {what}")
            if not changes:
                raise DeclarationError(f"op of {what} says what a change does: name the row_key of what it changes.")
        if unseen not in get_args(Unseen):
            raise DeclarationError(f'unseen of {what}: expected "warn" or "error", got {unseen!r}.')
        self._set(
            name=name,
            table=table,
            timestamp=timestamp,
            timestamp_unit=timestamp_unit,
            available_at=available_at,
            tiebreak=ties,
            field_mapping=mapping,
            where=where,
            row_key=changes,
            op=op,
            unseen=unseen,
            description=checked_text(description, f"description of {what}"),
            owner=checked_text(owner, f"owner of {what}"),
            tags=checked_mapping(tags, f"tags of {what}"),
        )

    @property
    def is_static(self) -> bool:
        """Whether rows have no time: a lookup by key."""
        return self.timestamp is None

    @property
    def is_frame(self) -> bool:
        """Whether the table is a frame in memory and not an address."""
        return not isinstance(self.table, str)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources that are read, each once: this one."""
        return (self,)

    def raw_schema(self, *, spark: Any = None) -> pa.Schema:
        """The columns of the table, under the names that it gives them."""
        return read_schema(self.table, spark=spark)

    def pinned(self, tables: Mapping[str, str]) -> Source:
        """The same over other addresses, which `tables` gives by those here."""
        if self.is_frame or self.table not in tables:
            return self
        return self._with(table=tables[self.table])

    def over(self, frame: Any) -> Source:
        """The same over a frame that has the columns under the names that features use."""
        return self._with(table=frame, field_mapping=FixedMapping())

    def filtered(self, condition: Expression) -> Source:
        """The same, of which a further condition must hold."""
        return self._with(where=condition if self.where is None else self.where & condition)

    def definition(self) -> dict[str, Any]:
        """What decides the values of the rows."""
        return source_definition(self)

    def typed(self, raw: pa.Schema) -> pa.Schema:
        """The schema under the names that features use, of that of the table.

        Raises `SchemaError`, which lists the columns there are, if one that this source names is not among them.
        """
        what = f"source {self.name!r}"
        check_columns(self.field_mapping, raw.names, f"{what}, field_mapping")
        names = [self.field_mapping.get(name, name) for name in raw.names]
        for old, new in self.field_mapping.items():
            if names.count(new) > 1:
                raise SchemaError(
                    f"{what}: field_mapping renames {old!r} to {new!r}, and the table has a column {new!r} already. "
                    f"Map that one to another name."
                )
        wanted = {"timestamp": self.timestamp, "available_at": self.available_at}
        for argument, name in wanted.items():
            check_columns([] if name is None else [name], names, f"{what}, {argument}")
        check_columns(self.tiebreak, names, f"{what}, tiebreak")
        check_columns(self.row_key, names, f"{what}, row_key")
        check_columns([] if self.op is None else [self.op], names, f"{what}, op")
        schema = pa.schema([field.with_name(name) for field, name in zip(raw, names, strict=True)])
        if self.where is not None:
            check_condition(self.where, schema, f"{what}, where")
        return schema

    def raw_names(self, columns: Sequence[str]) -> list[str]:
        """The names in the table of columns that are given by the names that features use."""
        raw = {new: old for old, new in self.field_mapping.items()}
        return [raw.get(name, name) for name in columns]

    def __repr__(self) -> str:
        return code.call(
            "Source",
            code.quoted(self.name),
            code.quoted(self.table) if isinstance(self.table, str) else f"<{_frame_name(self.table)}>",
            "None" if self.timestamp is None else code.quoted(self.timestamp),
            *code.keyword("timestamp_unit", self.timestamp_unit and code.quoted(self.timestamp_unit)),
            *code.keyword("available_at", self.available_at and code.quoted(self.available_at)),
            *code.keyword("tiebreak", code.listed(map(code.quoted, self.tiebreak)) if self.tiebreak else None),
            *code.keyword("field_mapping", code.mapping(self.field_mapping)),
            *code.keyword("where", None if self.where is None else code.condition(self.where)),
            *code.keyword("row_key", code.listed(map(code.quoted, self.row_key)) if self.row_key else None),
            *code.keyword("op", self.op and code.quoted(self.op)),
            *code.keyword("unseen", None if self.unseen == "warn" else code.quoted(self.unseen)),
            *code.notes(self.description, self.owner, self.tags),
        )

    def _compared(self) -> tuple[object, ...]:
        # frames are compared by identity: a comparison by value may be a job, and gives no plain answer
        compared = dict(zip(self.__dataclass_fields__, super()._compared(), strict=True))
        return tuple({**compared, "table": id(self.table) if self.is_frame else self.table}.values())

    def _stored(self) -> dict[str, Any]:
        if self.is_frame:
            raise DeclarationError(
                f"The table of source {self.name!r} is a {_frame_name(self.table)} in memory, which can't be stored: "
                f"write it to a table and name its address, such as 'delta:data/{self.name}'."
            )
        return {
            "name": self.name,
            "table": self.table,
            "timestamp": self.timestamp,
            **without_defaults(
                {
                    "timestamp_unit": self.timestamp_unit,
                    "available_at": self.available_at,
                    "tiebreak": list(self.tiebreak),
                    "field_mapping": dict(self.field_mapping),
                    "where": None if self.where is None else self.where.to_dict(),
                    "row_key": list(self.row_key),
                    "op": self.op,
                    "unseen": None if self.unseen == "warn" else self.unseen,
                    "description": self.description,
                    "owner": self.owner,
                    "tags": dict(self.tags),
                }
            ),
        }

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        where = data.get("where")
        return cls(**{**data, "where": None if where is None else Expression.from_dict(where)})


def check_condition(condition: Expression, schema: pa.Schema, what: str) -> None:
    """Raise `SchemaError` unless `condition` is true or false for each row of a table of this schema."""
    try:
        kind = output_type(condition, schema)
    except SchemaError as error:
        raise SchemaError(f"{what}: {error}") from error
    if not pa.types.is_boolean(kind):
        raise SchemaError(f"{what}: {condition!r} is of type {kind}, expected a condition, such as a comparison.")


def _frame_kinds(table: object) -> list[tuple[str, str]]:
    return [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(table).__mro__]


def _frame_name(table: object) -> str:
    return " ".join(next(kind for kind in _frame_kinds(table) if kind in _FRAMES))


def _check_table(table: object, what: str) -> None:
    if isinstance(table, str):
        if not _ADDRESS.match(table):
            raise DeclarationError(f"table of {what}: {table!r} is no address. Expected {_TABLES}.")
    elif not _FRAMES.intersection(_frame_kinds(table)):
        raise DeclarationError(f"table of {what}: got {type(table).__name__}, expected {_TABLES}.")
