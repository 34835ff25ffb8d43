"""What every connector must do, on each engine it has; a new one is found by its line in the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from ropeway.connectors.address import Address
from ropeway.connectors.base import Commit, Connector, Mode, Written
from ropeway.connectors.registry import SCHEMES, connector
from ropeway.connectors.spark_frames import to_spark
from ropeway.connectors.table import connector_of, open_table
from ropeway.transforms.errors import (
    CapabilityError,
    DataError,
    SchemaError,
    TableError,
    TableExistsError,
    TableNotFoundError,
    UsageError,
)
from tests.connectors.samples import EVERY_TYPE, WIDENED, content, info

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENGINES = ["local", "spark"]
Pair = tuple[str, str]


def can(*capabilities: str) -> list[str]:
    """The schemes of connectors with all of these capabilities."""
    return [s for s in SCHEMES if all(getattr(connector(s).capabilities, one) for one in capabilities)]


def engines(*capabilities: str, lacking: str | None = None) -> list[Pair]:
    """Each such connector with each of its engines."""
    chosen = [s for s in can(*capabilities) if lacking is None or not getattr(connector(s).capabilities, lacking)]
    return [(s, engine) for s in chosen for engine in sorted(connector(s).capabilities.engines)]


@dataclass
class Place:
    """One table of one connector, as one engine sees it."""

    address: Address
    connector: Connector
    spark: SparkSession | None

    def write(self, table: pa.Table, mode: Mode = "error", run: str = "run") -> Written:
        data = table if self.spark is None else to_spark(table, self.spark)
        commit = Commit(run, "5f0c", info(run))
        return self.connector.write(self.address, data, mode=mode, commit=commit, spark=self.spark)

    def read(self, columns: list[str] | None = None, version: int | None = None) -> pa.Table:
        address = Address(self.address.scheme, self.address.path, version)
        chosen = self.connector.schema(address, spark=self.spark).names if columns is None else columns
        found = self.connector.scan(address, chosen, spark=self.spark)
        return found if self.spark is None else found.toArrow()

    def schema(self) -> pa.Schema:
        return self.connector.schema(self.address, spark=self.spark)

    def exists(self) -> bool:
        return self.connector.exists(self.address, spark=self.spark)


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str, str], Place]:
    """The same table's place for any engine."""

    def make(scheme: str, engine: str, folder: str = "table") -> Place:
        spark = request.getfixturevalue("spark") if engine == "spark" else None
        kind, address = connector_of(f"{scheme}:{tmp_path / folder}")
        return Place(address, kind, spark)

    return make


FLIGHTS = pa.table({"id": [1, 2, 3], "dest": ["JFK", None, "LAX"], "delay": [1.5, float("nan"), None]})
MORE = pa.table({"delay": [9.0], "id": [4], "dest": ["SFO"]})
OTHER = pa.table({"id": ["x"], "dest": ["JFK"], "carrier": ["UA"]})


# ---- round trips


@pytest.mark.parametrize("reader", ENGINES)
@pytest.mark.parametrize(("scheme", "writer"), engines("write"))
def test_every_type_comes_back(place: Callable[..., Place], scheme: str, writer: str, reader: str) -> None:
    written = place(scheme, writer).write(EVERY_TYPE)
    assert written.rows == 4
    there = place(scheme, reader)
    assert there.schema().equals(EVERY_TYPE.schema)
    assert content(there.read()) == content(EVERY_TYPE)
    assert there.connector.rows(there.address, spark=there.spark) == 4


@pytest.mark.parametrize("reader", ENGINES)
@pytest.mark.parametrize(("scheme", "writer"), engines("write"))
def test_other_types_are_stored_as_the_next_wider(
    place: Callable[..., Place], scheme: str, writer: str, reader: str
) -> None:
    table = pa.table({"id": [0, 1], **{name: column for name, (column, _) in WIDENED.items()}})
    place(scheme, writer).write(table)
    found = place(scheme, reader).read()
    assert found.schema.equals(pa.schema([("id", pa.int64())] + [(name, kind) for name, (_, kind) in WIDENED.items()]))
    lists = [name for name, (_, kind) in WIDENED.items() if pa.types.is_list(kind)]
    for name, (column, kind) in WIDENED.items():
        expected = column.to_pylist() if name in lists else column.cast(kind).to_pylist()
        assert found.sort_by("id").column(name).to_pylist() == expected, name


@pytest.mark.parametrize("reader", ENGINES)
@pytest.mark.parametrize(("scheme", "writer"), engines("write"))
def test_empty_tables(place: Callable[..., Place], scheme: str, writer: str, reader: str) -> None:
    assert place(scheme, writer).write(EVERY_TYPE.slice(0, 0)).rows == 0
    there = place(scheme, reader)
    assert there.schema().equals(EVERY_TYPE.schema)
    assert there.read().num_rows == 0
    assert there.read(["string", "id"]).schema.names == ["string", "id"]
    assert there.connector.rows(there.address, spark=there.spark) == 0


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_columns_come_as_asked(place: Callable[..., Place], scheme: str, engine: str) -> None:
    table = place(scheme, engine)
    table.write(FLIGHTS)
    assert table.read(["delay", "id"]).column_names == ["delay", "id"]
    if engine == "local":
        assert table.read([]).num_rows == 3
    with pytest.raises(SchemaError, match=r"has no column 'DEST', 'gate'\. It has: id, dest, delay"):
        table.read(["id", "DEST", "gate"])


# ---- what is there


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_no_such_table(place: Callable[..., Place], tmp_path: Path, scheme: str, engine: str) -> None:
    table = place(scheme, engine)
    assert not table.exists()
    (tmp_path / "table").mkdir()
    assert not table.exists()  # an empty folder is no table
    for call in (table.schema, lambda: table.read(["id"])):
        with pytest.raises(
            TableNotFoundError, match=rf"no such table: {scheme}:.*Looked at .*a folder or file, but no"
        ):
            call()
    if table.connector.capabilities.transactions:
        assert table.connector.find_run(table.address, "run", spark=table.spark) is None
    table.write(FLIGHTS)
    assert table.exists()


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_a_path_is_data(place: Callable[..., Place], tmp_path: Path, scheme: str, engine: str) -> None:
    names = ["we ird 'q\" `t` {a,b} * <> é日本 a=b @version ;&+~ $x ..", "z"]
    if (scheme, engine) == ("delta", "local"):
        for letter in "%\\[]^|#?\n":  # deltalake would fail, or mistake the path
            with pytest.raises(TableError, match="rename the folder, or pass spark="):
                place(scheme, engine, f"x{letter}y").write(FLIGHTS)
        assert list(tmp_path.iterdir()) == []
    else:
        names.append("100%25 [ab]* ? # ^ | \\")
    if (scheme, engine) == ("delta", "spark"):
        with pytest.raises(TableError, match="Spark's SQL puts a variable"):
            place(scheme, engine, "${user}").write(FLIGHTS)
    for name in names:
        table = place(scheme, engine, f"{name}/inner")
        table.write(FLIGHTS, run=name)
        assert content(table.read()) == content(FLIGHTS), name
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(names)


# ---- modes


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_a_table_that_exists_is_refused(place: Callable[..., Place], scheme: str, engine: str) -> None:
    table = place(scheme, engine)
    table.write(FLIGHTS)
    with pytest.raises(TableExistsError, match=r'exists already: choose another address, or pass mode="'):
        table.write(MORE, run="again")
    assert content(table.read()) == content(FLIGHTS)


@pytest.mark.parametrize(("scheme", "engine"), engines("append"))
def test_append(place: Callable[..., Place], scheme: str, engine: str) -> None:
    table = place(scheme, engine)
    table.write(FLIGHTS, "append", run="first")  # makes the table
    assert table.write(MORE, "append", run="second").rows == 1  # columns in another order
    both = pa.concat_tables([FLIGHTS, MORE.select(FLIGHTS.column_names)])
    assert content(table.read()) == content(both)
    with pytest.raises(SchemaError) as error:
        table.write(OTHER, "append", run="third")
    assert (
        "column 'delay' is only there; column 'carrier' is only here; column 'id' is int64 there and string here"
        in str(error.value)
    )
    assert content(table.read()) == content(both)


@pytest.mark.parametrize(("scheme", "engine"), engines("overwrite"))
def test_overwrite_replaces_rows_and_schema(place: Callable[..., Place], scheme: str, engine: str) -> None:
    table = place(scheme, engine)
    table.write(FLIGHTS, run="first")
    assert table.write(MORE, "overwrite", run="second").rows == 1
    assert content(table.read(["id", "dest"])) == content(MORE.select(["id", "dest"]))
    table.write(OTHER, "overwrite", run="third")
    assert table.schema().names == ["id", "dest", "carrier"]
    assert content(table.read()) == content(OTHER)
    table.write(EVERY_TYPE, "overwrite", run="fourth")  # with times that have no zone, which Delta must be told
    assert content(table.read()) == content(EVERY_TYPE)


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_a_target_is_checked_before_work(place: Callable[..., Place], scheme: str, engine: str) -> None:
    table = place(scheme, engine)

    def check(schema: pa.Schema, mode: Mode = "error") -> None:
        table.connector.check_target(table.address, schema, mode=mode, spark=table.spark)

    check(FLIGHTS.schema)
    with pytest.raises(SchemaError, match=r"can hold the type of column 'nothing' \(null\), 'gap' \(duration\[us\]\)"):
        check(pa.schema([("id", pa.int64()), ("nothing", pa.null()), ("gap", pa.duration("us"))]))
    with pytest.raises(SchemaError, match=r"more than one column 'id'"):
        check(pa.schema([("id", pa.int64()), ("id", pa.int64())]))
    table.write(FLIGHTS)
    with pytest.raises(TableExistsError):
        check(FLIGHTS.schema)
    if table.connector.capabilities.append:
        check(pa.schema([pa.field(one.name, one.type, nullable=False) for one in FLIGHTS.schema]), "append")
        with pytest.raises(SchemaError, match="exists with another schema"):
            check(OTHER.schema, "append")
    if table.connector.capabilities.overwrite:
        check(OTHER.schema, "overwrite")


@pytest.mark.parametrize(("scheme", "engine"), engines("write"))
def test_nothing_is_written_over_other_files(
    place: Callable[..., Place], tmp_path: Path, scheme: str, engine: str
) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "notes.txt").write_text("mine")
    for mode in ["error", *[one for one in ("append", "overwrite") if scheme in can(one)]]:
        with pytest.raises(TableError):
            place(scheme, engine).write(FLIGHTS, mode)  # type: ignore[arg-type]
    assert [one.name for one in tmp_path.rglob("*")] == ["table", "notes.txt"]


@pytest.mark.parametrize(("scheme", "engine"), engines("overwrite"))
def test_a_write_that_fails_leaves_the_old_table(
    place: Callable[..., Place], tmp_path: Path, scheme: str, engine: str
) -> None:
    table = place(scheme, engine)
    table.write(FLIGHTS)
    before = sorted(tmp_path.iterdir())
    commit = Commit("fails", "5f0c")
    if table.spark is None:
        bad: Any = pa.table({"id": pa.array([1001], pa.timestamp("ns"))})
        expected: type[Exception] = DataError
    else:
        from pyspark.errors import PySparkException

        bad = table.spark.range(3).selectExpr("raise_error('broken row') AS id")
        bad = bad.selectExpr("CAST(id AS STRING) AS id")
        expected = PySparkException
    with pytest.raises(expected):
        table.connector.write(table.address, bad, mode="overwrite", commit=commit, spark=table.spark)
    assert content(table.read()) == content(FLIGHTS)
    assert sorted(tmp_path.iterdir()) == before  # no staging is left beside it
    if table.connector.capabilities.transactions:
        assert table.connector.find_run(table.address, "fails", spark=table.spark) is None


# ---- runs


@pytest.mark.parametrize("second", ENGINES)
@pytest.mark.parametrize(("scheme", "first"), engines("transactions"))
def test_a_run_is_written_once(place: Callable[..., Place], scheme: str, first: str, second: str) -> None:
    modes: list[Mode] = ["error", *(one for one in ("append", "overwrite") if scheme in can(one))]
    written = place(scheme, first).write(FLIGHTS, run="nightly")
    assert written == Written(written.version, 3, Commit("nightly", "5f0c", info("nightly")))
    other = place(scheme, second)
    for mode in modes:
        assert other.write(MORE, mode, run="nightly") == written
    assert other.connector.find_run(other.address, "nightly", spark=other.spark) == written
    assert other.connector.find_run(other.address, "night", spark=other.spark) is None
    assert content(other.read()) == content(FLIGHTS)


# ---- versions


@pytest.mark.parametrize("reader", ENGINES)
@pytest.mark.parametrize(("scheme", "writer"), engines("versions", "append"))
def test_versions_stay_readable(place: Callable[..., Place], scheme: str, writer: str, reader: str) -> None:
    first = place(scheme, writer).write(FLIGHTS, run="first")
    there = place(scheme, reader)
    opened = open_table(str(there.address), spark=there.spark)
    assert opened.version() == first.version
    second = place(scheme, writer).write(MORE, "append", run="second")
    assert there.connector.versions(there.address, spark=there.spark) == [first.version, second.version]
    assert there.connector.version(there.address, spark=there.spark) == second.version
    assert there.read(version=first.version).num_rows == 3
    assert there.read().num_rows == 4
    # an open table stays at the version it named
    found = opened.scan(["id"])
    assert (found if there.spark is None else found.toArrow()).num_rows == 3
    assert opened.rows() == 3
    old = Address(scheme, there.address.path, first.version)
    assert there.connector.version(old, spark=there.spark) == first.version
    missing = Address(scheme, there.address.path, 7)
    assert not there.connector.exists(missing, spark=there.spark)
    with pytest.raises(TableNotFoundError, match=r"@version=7"):
        there.connector.schema(missing, spark=there.spark)
    with pytest.raises(UsageError, match="a version that was written stays as it is"):
        there.connector.check_target(old, FLIGHTS.schema, mode="append", spark=there.spark)


# ---- what a connector can't do


@pytest.mark.parametrize("scheme", list(SCHEMES))
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_connector_lacks_is_refused(scheme: str, engine: str, request: pytest.FixtureRequest) -> None:
    kind = connector(scheme)
    address = Address(scheme, "SELECT 1" if scheme == "sql" else "nowhere")
    if engine not in kind.capabilities.engines:
        with pytest.raises(CapabilityError, match=rf"{scheme}: tables are read by"):
            kind.schema(address)
        return
    spark = request.getfixturevalue("spark") if engine == "spark" else None
    commit = Commit("run", "5f0c")
    calls: dict[str, list[Callable[[], object]]] = {
        "write": [
            lambda: kind.check_target(address, FLIGHTS.schema, mode="error", spark=spark),
            lambda: kind.write(address, FLIGHTS, mode="error", commit=commit, spark=spark),
        ],
        "append": [lambda: kind.check_target(address, FLIGHTS.schema, mode="append", spark=spark)],
        "overwrite": [lambda: kind.check_target(address, FLIGHTS.schema, mode="overwrite", spark=spark)],
        "versions": [
            lambda: kind.versions(address, spark=spark),
            lambda: kind.schema(Address(scheme, address.path, 3), spark=spark),
        ],
        "transactions": [lambda: kind.find_run(address, "run", spark=spark)],
    }
    for capability, tries in calls.items():
        if getattr(kind.capabilities, capability):
            continue
        for call in tries:
            with pytest.raises(CapabilityError, match=rf"{scheme}: can't .*; these can: "):
                call()


def test_capabilities_are_consistent() -> None:
    for scheme in SCHEMES:
        has = connector(scheme).capabilities
        assert connector(scheme).scheme == scheme
        assert has.engines <= {"local", "spark"}
        assert has.write or not (has.append or has.overwrite)
