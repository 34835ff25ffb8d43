"""Addresses: what they say, and where they lead."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.connectors.address import Address, parse
from ropeway.transforms.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("delta:data/flights", Address("delta", "data/flights")),
        ("delta:data/flights@version=12", Address("delta", "data/flights", 12)),
        ("delta:file:///data/flights@version=0", Address("delta", "file:///data/flights", 0)),
        ("delta:s3://bucket/flights@version=3", Address("delta", "s3://bucket/flights", 3)),
        ("delta:a@version=3/b", Address("delta", "a@version=3/b")),
        ("parquet:C:/data", Address("parquet", "C:/data")),
        ("parquet:a:b@home", Address("parquet", "a:b@home")),
        ("sql:SELECT 1\n-- @version=3", Address("sql", "SELECT 1\n-- @version=3")),
        ("sql:SELECT '@version=3", Address("sql", "SELECT '@version=3")),
    ],
)
def test_parse(text: str, address: Address) -> None:
    assert parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data/flights", r"'data/flights' is no address: .* begins with one of delta:, parquet:, sql:, .*'delta:data"),
        ("s3://bucket/flights", r"is no address: .*such as 'delta:s3://bucket/flights'"),
        ("csv:flights.csv", r"there is no connector 'csv'\. An address begins with one of delta:, parquet:, sql:"),
        ("", "is no address"),
        ("delta:", "nothing follows delta:"),
        ("sql:  ", "nothing follows sql:"),
        ("delta:data@version=latest", r"the version is 'latest', expected a whole number, as in '@version=3'"),
        ("delta:data@version=-1", "the version is '-1'"),
        ("delta:data@version=", "the version is ''"),
    ],
)
def test_what_is_no_address(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(text)


@given(st.text(min_size=1).filter(lambda path: path.strip() and "@version=" not in path), st.none() | st.integers(0))
def test_every_path_comes_back(path: str, version: int | None) -> None:
    address = Address("delta", path, version)
    assert parse(str(address)) == address


def test_where_a_path_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    leads = {
        "data/../flights": f"{tmp_path}/flights",
        "/data/flights/": "/data/flights",
        "~/flights": "/home/ada/flights",
        "file:///data/a%20b": "/data/a b",
        "file:/data/flights": "/data/flights",
        (tmp_path / "a b%é").as_uri(): f"{tmp_path}/a b%é",
        "100% a#b?": f"{tmp_path}/100% a#b?",
    }
    for path, place in leads.items():
        assert parse(f"delta:{path}").local == Path(place)
        assert parse(f"delta:{path}").location == f"file:{place}"
    for store in ("s3://bucket/flights", "hdfs://host:8020/flights", "abfss://c@a.net/x"):
        assert parse(f"delta:{store}").local is None
        assert parse(f"delta:{store}").location == store


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert parse(f"delta:{tmp_path}/link").local == Path(os.fspath(tmp_path), "link")
