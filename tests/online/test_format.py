"""Records read by docs/online-format.md alone, and kept as they were: what a release wrote, the next one reads."""

import hashlib
import json
import struct
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.connectors.online.bits import packer
from ropeway.connectors.online.keys import encoded, encoder
from ropeway.connectors.online.records import HEADER, Layout
from ropeway.connectors.online.store import Stored

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "online.json"

SCHEMA = pa.schema([
    ("count", pa.int64()), ("mean", pa.float64()), ("any", pa.bool_()), ("at", pa.timestamp("us", "UTC")),
    ("day", pa.date32()), ("text", pa.string()), ("data", pa.binary()), ("price", pa.decimal128(9, 2)),
    ("list", pa.list_(pa.float64())), ("by", pa.map_(pa.string(), pa.int64())), ("gone", pa.float64()),
    ("length", pa.duration("ms")), ("small", pa.float32()),
])  # fmt: skip
ROW: dict[str, Any] = {
    "count": -3, "mean": 0.1, "any": True, "at": datetime(2013, 1, 2, 3, 4, 5, 6), "day": date(1969, 12, 31),
    "text": "Ünï", "data": b"\0\1", "price": Decimal("-1.50"), "list": [1.5, None], "by": [("a", 1), ("b", None)],
    "gone": None, "length": timedelta(seconds=-1), "small": 0.5,
}  # fmt: skip
LAYOUT = Layout("plane", bytes(range(8)), SCHEMA)


def record(layout: Layout = LAYOUT, row: dict[str, Any] = ROW, newest: int = 5, as_of: int = 7) -> bytes:
    columns = [pa.array([row[field.name]], field.type) for field in layout.schema]
    (made,) = layout.pack(columns, np.array([newest]), as_of)
    return made


def test_a_record_is_what_the_page_says() -> None:
    made = record()
    assert made[:4] == b"rw\1\0"
    assert struct.unpack_from("<I", made, 4) == (len(made),)
    assert made[8:16] == bytes(range(8))
    assert struct.unpack_from("<QQ", made, 16) == (2**63 + 5, 2**63 + 7)
    (valid,) = struct.unpack_from("<Q", made, HEADER)
    assert valid == 0b1101111111111
    words = struct.unpack_from("<13q", made, HEADER + 8)
    assert words[0] == -3
    assert struct.pack("<q", words[1]) == struct.pack("<d", 0.1)
    assert (words[2], words[4], words[10], words[11]) == (1, -1, 0, -1_000_000)
    assert words[3] == int((datetime(2013, 1, 2, 3, 4, 5, 6) - datetime(1970, 1, 1)) / timedelta(microseconds=1))
    assert struct.pack("<q", words[12]) == struct.pack("<d", 0.5)
    held = [made[word >> 32 : (word >> 32) + (word & 0xFFFFFFFF)] for word in words]
    assert held[5] == b"\5\0\0\0" + "Ünï".encode()
    assert held[6] == b"\2\0\0\0\0\1"
    assert held[7] == b"\5\0\0\0-1.50"
    assert held[8] == b"\2\0\0\0\1" + struct.pack("<d", 1.5) + b"\0"
    assert held[9] == b"\2\0\0\0" + b"\1\1\1\0\0\0a\1" + struct.pack("<q", 1) + b"\1\1\1\0\0\0b\0"
    assert sum(map(len, held[5:10])) == len(made) - HEADER - 8 - 8 * 13


def test_records_of_one_length_are_a_matrix() -> None:
    schema = pa.schema([(f"x{at}", pa.float64()) for at in range(70)])  # two words of validity bits
    layout = Layout("wide", b"12345678", schema)
    random = np.random.default_rng(0).normal(size=(70, 5))
    columns = [pa.array([None if value > 1 else value for value in row]) for row in random]
    records = list(layout.pack(columns, np.arange(5), 9))
    words = np.frombuffer(b"".join(records), np.int64).reshape(5, -1)
    assert words.shape == (5, 4 + 2 + 70)
    found = words[:, 6:].copy().view(np.float64)
    bits = np.unpackbits(words[:, 4:6].copy().view(np.uint8), axis=1, bitorder="little")[:, :70]
    assert np.array_equal(bits == 0, random.T > 1)
    assert np.array_equal(np.where(bits == 1, found, 0), np.where(random.T > 1, 0, random.T))


def test_a_release_reads_what_older_ones_wrote() -> None:
    """tests/golden/online.json was written once; a change of it is a change of the layout's version."""
    view = rw.FeatureView(
        "v", rw.Entity("tail"), rw.Source("s", "delta:s", "at"), [rw.count(), rw.mean("x").over("1d"), rw.last("x")]
    )
    stored = Stored(
        "v", view.definition_hash, pa.schema([("count", pa.int64()), ("text", pa.string())]),
        {"b": "int", "a": "string"}, begun=5, until=5, entities=2, nothing="00ff",
    )  # fmt: skip
    made = {"record": record().hex(), "keys": [key.hex() for key in entities()], "stored": stored.to_json().decode()}
    assert made == json.loads(GOLDEN.read_text())
    assert Stored.from_json(json.loads(GOLDEN.read_text())["stored"].encode()) == stored


def entities() -> list[bytes]:
    made = [
        encoder(kind, "key")(value)
        for kind, value in (
            ("int", -7), ("bool", True), ("date", date(2013, 1, 1)), ("timestamp", datetime(2013, 1, 1)),
            ("string", "Ünï"), ("string", "x" * 201), ("binary", b"\0"), ("decimal", Decimal("1.500")),
        )
    ]  # fmt: skip
    return [one for one in made if one is not None]


def test_keys_are_what_the_page_says() -> None:
    assert entities() == [
        b"i" + struct.pack("<q", -7), b"o" + struct.pack("<q", 1), b"d" + struct.pack("<q", 15706),
        b"t" + struct.pack("<q", 15706 * 86_400_000_000), b"s\5\0" + "Ünï".encode(),
        b"S" + hashlib.sha256(b"x" * 201).digest(), b"b\1\0\0", b"m\3\0001.5",
    ]  # fmt: skip


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(st.lists(VALUES, max_size=20), st.lists(st.none() | st.text(max_size=4), min_size=20, max_size=20))
def test_columns_of_keys_are_single_keys(ints: list[int | None], texts: list[str | None]) -> None:
    some = pa.array(ints, pa.int64()), pa.array(texts[: len(ints)], pa.string())
    columns = [pa.chunked_array([one]) for one in some]
    one, other = encoder("int", "a"), encoder("string", "b")
    wanted = []
    for left, right in zip(ints, texts, strict=False):
        parts = one(left), other(right)
        wanted.append(None if None in parts else b"p" + b"".join(part for part in parts if part is not None))
    assert encoded(columns, ["int", "string"], b"p") == wanted
    there = [key for key in wanted if key is not None]
    assert len(set(there)) == len({pair for pair in zip(ints, texts, strict=False) if None not in pair})


LISTS = st.none() | st.lists(VALUES, max_size=3)
NESTED = pa.list_(pa.struct([("a", pa.map_(pa.string(), pa.list_(pa.int64()))), ("b", pa.decimal128(9, 2))]))


@given(
    st.lists(
        st.none()
        | st.fixed_dictionaries({
            "a": st.none() | st.lists(st.tuples(st.text(max_size=3), LISTS), max_size=3),
            "b": st.none() | st.decimals(-9999, 9999, places=2),
        }),
        max_size=4,
    )
)  # fmt: skip
def test_nested_values_come_back(value: list[Any]) -> None:
    pack, unpack = packer(NESTED)
    data = pack(value)
    assert unpack(b"xx" + data, 2) == (value, 2 + len(data))


def test_what_has_no_place_says_so() -> None:
    with pytest.raises(rw.SchemaError, match="a store has no place for values of type null"):
        packer(pa.null())
    with pytest.raises(rw.DataError, match="in form 9, and this ropeway reads form 1"):
        Stored.from_json(b'{"format": 9, "view": "v"}')
    for spoilt in (b"", b"{}", b'{"format": 1}', b'{"format": 1, "schema": "00"}'):
        with pytest.raises(rw.DataError, match="can't be read"):
            Stored.from_json(spoilt)
