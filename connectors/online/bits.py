"""Single values as bytes and back, by their Arrow type: what stands behind the fixed columns of a record."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from ropeway.transforms.errors import SchemaError

#: gives the bytes of a value that is there
Pack = Callable[[Any], bytes]
#: gives the value that begins at a place, and where it ends
Unpack = Callable[[bytes, int], tuple[Any, int]]

_INT, _FLOAT, _SIZE = struct.Struct("<q"), struct.Struct("<d"), struct.Struct("<I")
_EPOCH, _UTC_EPOCH, _MICRO = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)  # noqa: DTZ001
_DAY = date(1970, 1, 1).toordinal()


def is_fixed(kind: pa.DataType) -> bool:
    """Whether a value of this type stands in eight bytes.

    >>> is_fixed(pa.int64()), is_fixed(pa.string())
    (True, False)
    """
    return bool(
        t.is_integer(kind) or t.is_boolean(kind) or t.is_floating(kind) or t.is_timestamp(kind) or t.is_date(kind)
        or t.is_duration(kind) or t.is_time(kind)
    )  # fmt: skip


def packer(kind: pa.DataType) -> tuple[Pack, Unpack]:
    """How values of a type are written and read; raises `SchemaError` for a type that no record holds.

    >>> pack, unpack = packer(pa.list_(pa.string()))
    >>> pack(["a", None]), unpack(pack(["a", None]), 0)[0]
    (b'\\x02\\x00\\x00\\x00\\x01\\x01\\x00\\x00\\x00a\\x00', ['a', None])
    """
    if is_fixed(kind):
        return _fixed(kind)
    if t.is_string(kind) or t.is_large_string(kind):
        return _sized(str.encode, bytes.decode)
    if t.is_binary(kind) or t.is_large_binary(kind):
        return _sized(bytes, bytes)
    if t.is_decimal(kind):
        return _sized(lambda value: str(value).encode(), lambda data: Decimal(data.decode()))
    if t.is_map(kind):
        return _map(kind)
    if t.is_list(kind) or t.is_large_list(kind):
        return _list(kind)
    if t.is_struct(kind):
        return _struct(kind)
    raise SchemaError(f"a store has no place for values of type {kind}: cast them, or leave the feature out")


def word_of(kind: pa.DataType) -> tuple[Callable[[Any], int], Callable[[int], Any]]:
    """How a value of a fixed type that is no float is an int64, and how it is made of one."""
    if t.is_boolean(kind):
        return int, bool
    if t.is_integer(kind):
        return int, int
    if t.is_date(kind):
        return lambda value: value.toordinal() - _DAY, lambda word: date.fromordinal(word + _DAY)
    if t.is_timestamp(kind):
        if kind.tz is None:
            return lambda value: (value - _EPOCH) // _MICRO, lambda word: _EPOCH + word * _MICRO
        return lambda value: (value - _UTC_EPOCH) // _MICRO, lambda word: _UTC_EPOCH + word * _MICRO
    if t.is_duration(kind):
        return lambda value: value // _MICRO, lambda word: word * _MICRO
    return (
        lambda value: (datetime.combine(_EPOCH, value) - _EPOCH) // _MICRO,
        lambda word: (_EPOCH + word * _MICRO).time(),
    )


def _fixed(kind: pa.DataType) -> tuple[Pack, Unpack]:
    if t.is_floating(kind):
        return _FLOAT.pack, lambda data, at: (_FLOAT.unpack_from(data, at)[0], at + 8)
    there, back = word_of(kind)
    return lambda value: _INT.pack(there(value)), lambda data, at: (back(_INT.unpack_from(data, at)[0]), at + 8)


def _sized(there: Callable[[Any], bytes], back: Callable[[bytes], Any]) -> tuple[Pack, Unpack]:
    def pack(value: Any) -> bytes:
        data = there(value)
        return _SIZE.pack(len(data)) + data

    def unpack(data: bytes, at: int) -> tuple[Any, int]:
        end = at + 4 + _SIZE.unpack_from(data, at)[0]
        return back(bytes(data[at + 4 : end])), end

    return pack, unpack


def _optional(kind: pa.DataType) -> tuple[Pack, Unpack]:
    """A byte says whether there is a value."""
    pack, unpack = packer(kind)

    def pack_one(value: Any) -> bytes:
        return b"\0" if value is None else b"\1" + pack(value)

    def unpack_one(data: bytes, at: int) -> tuple[Any, int]:
        return unpack(data, at + 1) if data[at] else (None, at + 1)

    return pack_one, unpack_one


def _list(kind: pa.DataType) -> tuple[Pack, Unpack]:
    pack_one, unpack_one = _optional(kind.value_type)

    def pack(value: Any) -> bytes:
        return _SIZE.pack(len(value)) + b"".join(map(pack_one, value))

    def unpack(data: bytes, at: int) -> tuple[Any, int]:
        count, at = _SIZE.unpack_from(data, at)[0], at + 4
        made = []
        for _ in range(count):
            one, at = unpack_one(data, at)
            made.append(one)
        return made, at

    return pack, unpack


def _map(kind: pa.DataType) -> tuple[Pack, Unpack]:
    pack_pairs, unpack_pairs = _list(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))

    def pack(value: Any) -> bytes:
        pairs = value.items() if isinstance(value, dict) else value
        return pack_pairs([{"key": key, "value": one} for key, one in pairs])

    def unpack(data: bytes, at: int) -> tuple[Any, int]:
        pairs, at = unpack_pairs(data, at)
        return [(one["key"], one["value"]) for one in pairs], at

    return pack, unpack


def _struct(kind: pa.DataType) -> tuple[Pack, Unpack]:
    fields = [(one.name, *_optional(one.type)) for one in kind]

    def pack(value: Any) -> bytes:
        return b"".join(pack_one(value[name]) for name, pack_one, _ in fields)

    def unpack(data: bytes, at: int) -> tuple[Any, int]:
        made = {}
        for name, _, unpack_one in fields:
            made[name], at = unpack_one(data, at)
        return made, at

    return pack, unpack
