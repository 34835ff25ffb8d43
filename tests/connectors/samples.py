"""Tables of every type, and how two are compared."""

import datetime as dt
import decimal
import json
from typing import Any

import pyarrow as pa

UTC = dt.UTC
NOON = dt.datetime(2013, 3, 10, 12, 30, 0, 123456)
D = decimal.Decimal

#: one column of each type that every engine and every kind of table holds: four rows, the third is null
EVERY_TYPE = pa.table(
    {
        "id": pa.array([0, 1, 2, 3], pa.int64()),
        "bool": pa.array([True, False, None, True]),
        "int8": pa.array([-128, 127, None, 0], pa.int8()),
        "int16": pa.array([-(2**15), 2**15 - 1, None, 0], pa.int16()),
        "int32": pa.array([-(2**31), 2**31 - 1, None, 0], pa.int32()),
        "int64": pa.array([-(2**63), 2**63 - 1, None, 0], pa.int64()),
        "float32": pa.array([1.5, float("nan"), None, -0.0], pa.float32()),
        "float64": pa.array([float("inf"), float("nan"), None, -0.0], pa.float64()),
        "decimal": pa.array([D("1.10"), D("-9.99"), None, D("0.00")], pa.decimal128(38, 2)),
        "string": pa.array(["", "é日本\n", None, "a"], pa.string()),
        "binary": pa.array([b"", b"\x00\xff", None, b"a"], pa.binary()),
        "date": pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31), None, dt.date(1970, 1, 1)], pa.date32()),
        "instant": pa.array(
            [
                dt.datetime(1600, 1, 1, tzinfo=UTC),
                NOON.replace(tzinfo=UTC),
                None,
                dt.datetime(9999, 12, 31, tzinfo=UTC),
            ],
            pa.timestamp("us", "UTC"),
        ),
        "clock": pa.array([dt.datetime(1600, 1, 1), NOON, None, dt.datetime(9999, 12, 31)], pa.timestamp("us")),
        "list": pa.array([[1, None], [], None, [3]], pa.list_(pa.int64())),
        "list_of_clocks": pa.array([[NOON, None], [], None, [NOON]], pa.list_(pa.timestamp("us"))),
        "map": pa.array([[("a", 1), ("b", None)], [], None, [("c", 3)]], pa.map_(pa.string(), pa.int64())),
        "struct": pa.array(
            [{"x": 1, "at": NOON}, {"x": None, "at": None}, None, {"x": 3, "at": NOON}],
            pa.struct([("x", pa.int32()), ("at", pa.timestamp("us"))]),
        ),
        "deep": pa.array(
            [[{"k": [("a", 1.5)]}], [], None, [None]], pa.list_(pa.struct([("k", pa.map_(pa.string(), pa.float64()))]))
        ),
        "a.b`c-é": pa.array([1, 2, None, 3], pa.int64()),
    }
)
#: the same for types that are stored as another
WIDENED = {
    "uint8": (pa.array([255, None], pa.uint8()), pa.int16()),
    "uint16": (pa.array([2**16 - 1, None], pa.uint16()), pa.int32()),
    "uint32": (pa.array([2**32 - 1, None], pa.uint32()), pa.int64()),
    "uint64": (pa.array([2**64 - 1, None], pa.uint64()), pa.decimal128(20, 0)),
    "float16": (pa.array([1.5, None], pa.float16()), pa.float32()),
    "large_string": (pa.array(["a", None], pa.large_string()), pa.string()),
    "string_view": (pa.array(["a", None], pa.string_view()), pa.string()),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), pa.string()),
    "fixed_binary": (pa.array([b"ab", None], pa.binary(2)), pa.binary()),
    "fixed_list": (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), pa.list_(pa.int64())),
    "large_list": (pa.array([[1, 2], None], pa.large_list(pa.int64())), pa.list_(pa.int64())),
    "list_view": (pa.array([[1, 2], None], pa.list_view(pa.int64())), pa.list_(pa.int64())),
    "date64": (pa.array([dt.date(2013, 1, 1), None], pa.date64()), pa.date32()),
    "decimal32": (pa.array([D("1.5"), None], pa.decimal32(5, 1)), pa.decimal128(5, 1)),
    "seconds": (pa.array([1, None], pa.timestamp("s")), pa.timestamp("us")),
    "millis": (pa.array([1, None], pa.timestamp("ms", "UTC")), pa.timestamp("us", "UTC")),
    "nanos": (pa.array([1000, None], pa.timestamp("ns")), pa.timestamp("us")),
    "elsewhere": (pa.array([1000, None], pa.timestamp("us", "Asia/Tokyo")), pa.timestamp("us", "UTC")),
}


def content(table: pa.Table, by: str = "id") -> str:
    """All values of a table in the order of one column, NaN and -0.0 included."""
    return repr(table.sort_by(by).to_pylist())


def info(run: str) -> dict[str, Any]:
    """What a run might leave in a commit."""
    return {"owner": "ops", "sources": {run: {"version": 3}}, "tags": json.loads('{"a": [1, null, "\\"é"]}')}
