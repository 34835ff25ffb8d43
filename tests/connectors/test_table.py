"""One way into every table."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from ropeway.connectors.base import Commit
from ropeway.connectors.registry import SCHEMES, connector, having
from ropeway.connectors.schemas import read_schema
from ropeway.connectors.table import connector_of, open_table
from ropeway.transforms.errors import UsageError


def test_the_registry() -> None:
    assert list(SCHEMES) == ["delta", "parquet", "sql"]
    assert connector("delta") is connector("delta")
    assert having("write") == ["delta", "parquet"]
    assert having("versions") == ["delta"]


def test_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kind, address = connector_of("delta:data/flights")
    kind.write(address, pa.table({"id": [1], "at": [2.0]}), mode="error", commit=Commit("one", "5f0c"))
    table = open_table("delta:data/flights")
    assert str(table) == "delta:data/flights"
    assert (table.version(), table.rows()) == (0, 1)
    assert table.scan().to_pydict() == {"id": [1], "at": [2.0]}
    assert read_schema("delta:data/flights@version=0") == table.schema()
    assert read_schema(f"delta:{tmp_path.as_uri()}/data/flights") == table.schema()
    with pytest.raises(UsageError, match="is no address"):
        open_table("data/flights")


def test_a_frame_is_converted_once() -> None:
    frame = pd.DataFrame({"dest": ["JFK", "LAX"]})
    table = open_table(frame)
    assert table.schema() == read_schema(frame) == pa.schema([("dest", pa.string())])
    assert table.scan(["dest"]).column("dest").chunk(0) is not None
    first, second = (table.scan(["dest"]).column("dest").chunk(0).buffers()[2].address for _ in range(2))
    assert first == second
    assert str(table) == "pandas frame"


def test_the_commit_as_text() -> None:
    commit = Commit("a", "b", {"x": [1, None, "é"]})
    assert Commit.read(commit.text()) == commit
    for text in (None, "", "{}", "3", "not json", '{"ropeway": {"run_id": "a"}}', '["ropeway"]'):
        assert Commit.read(text) is None
