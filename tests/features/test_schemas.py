"""The registry through which declarations learn the schema of a table."""

import importlib
import sys
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features import schemas


def test_the_last_reader_is_asked(arrow_schemas: list[Any]) -> None:
    table = pa.table({"a": [1]})
    assert schemas.read_schema(table, spark="session") == table.schema
    assert arrow_schemas == ["session"]


def test_connectors_register_theirs_when_the_first_schema_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module(schemas._HOME)  # so that what is put back afterwards is not empty
    monkeypatch.setattr(schemas, "_registered", [])
    monkeypatch.delitem(sys.modules, schemas._HOME, raising=False)
    source = rw.Source("s", pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2024-01-01"]), "x": [1.5]}), "t")
    view = rw.FeatureView("v", rw.Entity("k"), source, [rw.mean("x"), "x"])
    assert view.schema() == pa.schema([("v__x_mean", pa.float64()), ("v__x", pa.float64())])
    assert len(view.definition_hash) == 64
