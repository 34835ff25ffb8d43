"""Entities as bytes: what a record is found by. Values of two types are never one key; int32 and int64 are one type."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.connectors.online.records import words_of
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.expressions.kinds import kind_of

#: the bytes of a key's value; None of a missing one
Encode = Callable[[Any], bytes | None]

#: LMDB takes keys of up to 511 bytes; of a longer value its hash stands in the key
_LONGEST = 200
_INT = struct.Struct("<cq")
_EPOCH, _MICRO = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_DAY = date(1970, 1, 1).toordinal()


def kind_of_key(kind: pa.DataType) -> str:
    """What keys of this type compare as; raises `SchemaError` for a type that is no key."""
    name = kind_of(kind)
    if name not in _ENCODERS:
        raise SchemaError(f"values of type {kind} are no keys of a store: expected {', '.join(_ENCODERS)}")
    return name


def encoder(kind: str, name: str) -> Encode:
    """Gives the bytes of a single value of a key; raises `UsageError` for a value of another type.

    >>> encode = encoder("int", "customer")
    >>> encode(7), encode(None)
    (b'i\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00', None)
    >>> encode("seven")
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: the key 'customer' is 'seven', a str: expected an int.
    """
    types, made = _ENCODERS[kind]

    def encode(value: Any) -> bytes | None:
        if value.__class__ in types:
            return made(value)
        plain = value.item() if isinstance(value, np.generic) else value
        if plain is None or plain != plain:  # noqa: PLR0124  NaN and NaT are not
            return None
        if hasattr(plain, "to_pydatetime"):
            plain = plain.to_pydatetime()
        if plain.__class__ not in types:
            raise UsageError(f"the key {name!r} is {value!r}, a {type(value).__name__}: expected {_ARTICLES[kind]}.")
        return made(plain)

    return encode


def encoded(columns: Sequence[pa.ChunkedArray], kinds: Sequence[str], prefix: bytes) -> list[bytes | None]:
    """The keys of some rows, behind a prefix; None of a row in which one is missing."""
    parts = [_of_column(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    if len(parts) == 1:
        return [None if one is None else prefix + one for one in parts[0]]
    return [None if None in row else prefix + b"".join(row) for row in zip(*parts, strict=True)]


def _of_column(column: pa.ChunkedArray, kind: str) -> list[bytes | None]:
    array = column.combine_chunks()
    if kind in ("string", "binary", "decimal"):
        encode = _ENCODERS[kind][1]
        return [None if one is None else encode(one) for one in array.to_pylist()]
    made = np.empty((len(array), 9), np.uint8)
    made[:, 0] = ord(_LETTERS[kind])
    made[:, 1:] = np.ascontiguousarray(words_of(array, array.type)).view(np.uint8).reshape(-1, 8)
    data = made.tobytes()
    keys: list[bytes | None] = [data[at : at + 9] for at in range(0, len(data), 9)]
    if array.null_count:
        there = array.is_valid().to_pylist()
        keys = [key if valid else None for key, valid in zip(keys, there, strict=True)]
    return keys


def _sized(letter: bytes, data: bytes) -> bytes:
    if len(data) > _LONGEST:
        return letter.upper() + hashlib.sha256(data).digest()
    return letter + len(data).to_bytes(2, "little") + data


def _micros(value: datetime) -> int:
    whole = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return (whole - _EPOCH) // _MICRO


_LETTERS = {"int": "i", "bool": "o", "date": "d", "timestamp": "t"}
#: by kind: Python's types, and the bytes of a value of them
_ENCODERS: dict[str, tuple[frozenset[type], Callable[[Any], bytes]]] = {
    "int": (frozenset({int}), lambda value: _INT.pack(b"i", value)),
    "string": (frozenset({str}), lambda value: _sized(b"s", value.encode())),
    "binary": (frozenset({bytes}), lambda value: _sized(b"b", value)),
    "bool": (frozenset({bool}), lambda value: _INT.pack(b"o", value)),
    "date": (frozenset({date}), lambda value: _INT.pack(b"d", value.toordinal() - _DAY)),
    "timestamp": (frozenset({datetime}), lambda value: _INT.pack(b"t", _micros(value))),
    "decimal": (
        frozenset({Decimal, int}),
        lambda value: _sized(b"m", format(Decimal(value).normalize(), "f").encode()),
    ),
}
_ARTICLES = {
    "int": "an int", "string": "a str", "binary": "bytes", "bool": "a bool", "date": "a date",
    "timestamp": "a datetime", "decimal": "a Decimal",
}  # fmt: skip
