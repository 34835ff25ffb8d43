"""The pages: each block of Python runs, each name, file and link is there, and what is generated is up to date."""

from __future__ import annotations

import doctest
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.connectors.schemas import read_schema
from ropeway.connectors.table import open_table
from ropeway.jobs.cli import main
from ropeway.transforms.aggregates import AGGREGATES, Aggregate
from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.aggregates.vectors import is_list
from scripts import catalogue, support

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = [*PAGES, ROOT / "CONTRIBUTING.md"]
IDS = {page: page.stem for page in GUIDES}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

# a reason not to run a block stands behind its language or in a comment above it
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<above>[^\n]*?) -->\n+)?"
    r"^(?P<indent> *)```python(?P<marks>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@dataclass
class Page:
    """A page whose blocks run in their order, in one folder and one namespace."""

    folder: Path
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    done: int = 0


@dataclass(frozen=True)
class Block:
    """A block of Python on a page; `reason` says why it can't run here."""

    page: Path
    number: int
    line: int
    code: str
    reason: str | None

    def run(self, namespace: dict[str, Any]) -> None:
        if not self.code.lstrip().startswith(">>>"):
            exec(compile("\n" * self.line + self.code, str(self.page), "exec"), namespace)
            return
        examples = doctest.DocTestParser().get_doctest(self.code, namespace, self.page.name, str(self.page), self.line)
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        runner.run(examples, out=said.append, clear_globs=False)
        assert runner.failures == 0, "".join(said)
        namespace.update(examples.globs)


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for number, one in enumerate(BLOCK.finditer(text)):
        marks = one["marks"].strip()
        reason = one["above"] or (marks.removeprefix("no-run").lstrip(": ") or "marked no-run" if marks else None)
        line = text.count("\n", 0, one.start("code"))
        found.append(Block(page, number, line, textwrap.dedent(one["code"]), reason))
    return found


BLOCKS = [block for page in PAGES for block in blocks(page)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    return {page: Page(tmp_path_factory.mktemp(page.stem)) for page in PAGES}


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.reason is None], ids=lambda block: f"{block.page.name}:{block.line}"
)
def test_a_block_of_python_runs(
    block: Block, running: dict[Path, Page], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = running[block.page]
    monkeypatch.chdir(page.folder)
    # alone, too, a block finds what those above it have made
    for one in [b for b in BLOCKS if b.page == block.page and page.done <= b.number <= block.number]:
        page.done = one.number + 1
        if one.reason is None:
            if "spark" in one.code:
                assert ".stop()" not in one.code, "all tests share one Spark: leave .stop() out"
                request.getfixturevalue("spark")
            one.run(page.namespace)


def test_blocks_are_found_with_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nx = 1\n```\n\n<!-- not run: needs a cluster -->\n```python\ny\n```\n\n"
        "```python no-run: takes a day\nz\n```\n\n- a list\n\n  ```python\n  >>> x + 1\n  2\n  ```\n\n```sh\nls\n```\n"
    )
    made = blocks(page)
    assert [(one.line, one.reason) for one in made] == [
        (1, None), (6, "needs a cluster"), (10, "takes a day"), (16, None),
    ]  # fmt: skip
    namespace: dict[str, Any] = {}
    made[0].run(namespace)
    made[3].run(namespace)
    assert namespace["x"] == 1
    with pytest.raises(AssertionError, match="Expected:"):
        Block(page, 0, 0, ">>> 1 + 1\n3\n", None).run({})


# ---- what pages name


@pytest.mark.parametrize("page", GUIDES, ids=IDS.get)
def test_public_names_and_errors_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"\brw\.(\w+)", text)) <= set(rw.__all__)
    errors = set(re.findall(r"`(?:rw\.)?([A-Z][A-Za-z]+Error)`", text)) - set(dir(__builtins__))
    assert errors <= set(rw.__all__)


@pytest.mark.parametrize("page", GUIDES, ids=IDS.get)
def test_files_are_there(page: Path) -> None:
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("data", "dist"))
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text(encoding="utf-8"))
    assert [one for one in named if not (ROOT / one).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=IDS.get)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ +(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], target


@pytest.mark.parametrize("page", GUIDES[1:], ids=IDS.get)
def test_lines_fit(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def test_the_page_on_jobs_names_every_option_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    ours = set()
    for command in ([], ["backfill"], ["explain"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        ours |= set(OPTION.findall(capsys.readouterr().out))
    sparks = {"--master", "--properties-file", "--py-files", "--conf", "--archives"}
    text = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    assert set(OPTION.findall(text)) - sparks == ours - {"--help"}


# ---- what takes what


def test_the_catalogue_is_up_to_date() -> None:
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.page(), "run: .venv/bin/python scripts/catalogue.py"


def test_the_page_on_support_is_up_to_date() -> None:
    assert support.PAGE.read_text(encoding="utf-8") == support.page(), "run: .venv/bin/python scripts/support.py"


def of_type(kind: pa.DataType) -> pa.Table:
    """Two rows of a column x, the first of which has a value, unless there is none of this type."""
    others: dict[pa.DataType, Any] = {pa.bool_(): True, pa.string(): "a", pa.binary(): b"a" * 16, pa.null(): None}
    plain = widened(kind)
    some: Any = others.get(plain, 0)
    if is_list(kind):
        some = [others.get(kind.value_type, 0)] * 2
    values = pa.array([some, None], plain if pa.types.is_dictionary(kind) else kind)
    values = values.dictionary_encode() if pa.types.is_dictionary(kind) else values
    return pa.table({"k": ["a", "a"], "t": pa.array([0, 1], pa.timestamp("us")), "x": values})


def view_of(aggregate: type[Aggregate], table: pa.Table) -> rw.FeatureView:
    x = rw.col("x")
    feature = rw.Feature(support.example(aggregate), x, other=x if aggregate.inputs[0] == 2 else None)
    return rw.FeatureView("v", rw.Entity("k"), rw.Source("s", table, "t"), [feature.alias("x")])


@pytest.mark.parametrize("kind", support.TYPES, ids=str)
def test_an_aggregate_answers_in_the_type_that_the_page_says(kind: pa.DataType) -> None:
    rows = pa.table({"k": ["a"], "event_timestamp": pa.array([2], pa.timestamp("us"))})
    for name, aggregate in AGGREGATES.items():
        if aggregate.inputs[1] == 0:
            continue
        view = view_of(aggregate, of_type(kind))
        wanted = support.answered(aggregate, kind)
        if wanted is None:
            with pytest.raises(rw.SchemaError, match="expected"):
                rw.backfill(rows, view)
        else:
            answer = rw.backfill(rows, view)["v__x"]
            assert answer.type == wanted
            few = name in ("var", "std", "skew", "kurtosis", "trend", "correlation", "weighted_mean")
            few = few or pa.types.is_null(kind)
            assert name == "weighted_mean" or (answer[0].as_py() is None) == (few and not aggregate.counts)


def test_a_nested_column_is_counted_and_no_more() -> None:
    rows = pa.table({"k": ["a"], "event_timestamp": pa.array([2], pa.timestamp("us"))})
    table = of_type(pa.null()).set_column(2, "x", [[{"a": 1}, None]])
    for name, aggregate in AGGREGATES.items():
        if aggregate.inputs[1] == 0:
            continue
        if aggregate.inputs[0] == 0:
            assert rw.backfill(rows, view_of(aggregate, table))["v__x"].to_pylist() == [1 if name == "count" else 2e-6]
            continue
        with pytest.raises(rw.SchemaError, match="expected"):
            rw.backfill(rows, view_of(aggregate, table))


def test_spark_reads_a_frame_in_the_types_that_the_page_says(spark: SparkSession) -> None:
    for kind in support.TYPES:
        table, held = of_type(kind), support.stored(kind)
        if held is None:
            with pytest.raises(rw.SchemaError, match="no table can hold the type of column 'x'"):
                read_schema(table, spark=spark)
        else:
            assert read_schema(table, spark=spark).field("x").type == held
            assert open_table(table, spark=spark).scan(["x"]).count() == len(table)
