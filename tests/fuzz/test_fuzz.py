"""The fuzzer in small: a few thousand answers, and proofs that it finds and shrinks what is wrong."""

import dataclasses
import inspect
import math
import statistics
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.batch import local
from ropeway.batch.plan import Chained
from ropeway.connectors.table import Table
from ropeway.transforms.aggregates import AGGREGATES
from ropeway.transforms.families import Ask
from ropeway.transforms.passes.work import Work
from tests import oracle
from tests.fuzz.case import Case
from tests.fuzz.engines import ENGINES, SPARK_ENGINES, Engine
from tests.fuzz.expected import expected
from tests.fuzz.judging import judged, whole_and_fitting
from tests.fuzz.kinds import KINDS, OF_ROWS
from tests.fuzz.printing import printed
from tests.fuzz.running import Draw, examine, stretch
from tests.fuzz.shrinking import least
from tests.oracle import answering

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# a feature beside a label over the same table is drawn often
pytestmark = pytest.mark.filterwarnings("ignore::ropeway.transforms.errors.LeakageWarning")

LOCAL = {name: engine for name, engine in ENGINES.items() if engine.peer is None}
PEERS = {name: engine for name, engine in ENGINES.items() if engine.peer is not None}
FIRST = {"local on 1 thread": ENGINES["local on 1 thread"]}


# ---- the library


@pytest.mark.parametrize("number", range(0, 100, 20))
def test_all_engines_answer_as_the_oracle_says(number: int) -> None:
    found = examine(Draw(7, number), ENGINES, always=True)
    assert not found.failures, found.failures[0]
    assert found.cases == 1


def test_many_answers() -> None:
    found = stretch(8, range(24))
    assert not found.failures, found.failures[0]
    assert found.values > 5000


@pytest.mark.parametrize("name", SPARK_ENGINES)
def test_spark_answers_as_the_oracle_says(spark: "SparkSession", name: str) -> None:
    found = examine(Draw(7, 25, on_spark=True), {name: SPARK_ENGINES[name]}, spark, always=True)
    assert not found.failures, found.failures[0]
    assert found.by_engine[name] > 100


# ---- what is drawn


def test_every_aggregate_is_drawn_with_its_parameters() -> None:
    drawn = {name for kind in KINDS.values() for name in kind.aggregates} | set(OF_ROWS)
    assert drawn == set(AGGREGATES), "teach kinds.py, and oracle.py, what is new"
    parameters = {field.name for one in AGGREGATES.values() for field in dataclasses.fields(one)}
    assert parameters == {"skip_null", "n", "q", "precision", "gap"}, (
        "teach drawing.py, case.py, and oracle.py, what is new"
    )


def test_a_case_is_its_number() -> None:
    assert repr(Draw(3, 4).case()) == repr(Draw(3, 4).case())
    assert len({repr(Draw(seed, n).case()) for seed in (3, 4) for n in (4, 5)}) == 4


def test_all_options_are_drawn() -> None:
    cases = [Draw(1, n).case() for n in range(200)]
    sources = [source for case in cases for source in case.sources]
    views = [view for case in cases for view in case.views]
    features = [feature for view in views for feature in view.features]
    assert {source.timestamp is None for source in sources} == {True, False}
    assert {source.available_at is None for source in sources} == {True, False}
    assert {source.where is None for source in sources} == {True, False}
    assert {len(source.tiebreak) for source in sources} == {0, 1, 2}
    assert {bool(table.raw) for case in cases for table in case.tables.values()} == {True, False}
    assert {view.closed for view in views} == {"left", "right", "both", "neither"}
    assert {view.ttl is None for view in views} == {True, False}
    assert {len(view.keys) for view in views} == {1, 2, 3}
    assert {feature.offset > 0 for feature in features} == {True, False}
    assert {feature.where is None for feature in features} == {True, False}
    assert {feature.plain for feature in features} == {True, False}
    assert {len(feature.windows) for feature in features} == {0, 1, 2, 3, 4}
    assert {feature.skip_null for feature in features} == {True, False}
    for option in ("rows", "calendar", "by", "explode", "ahead"):
        assert len({bool(getattr(feature, option)) for feature in features}) == 2
    assert {view.complete_until is None for view in views if view.labels} == {True, False}
    assert any(feature.aggregate == "session_start" for feature in features)
    changing = [source for source in sources if source.row_key]
    assert {(len(source.row_key), source.op) for source in changing} == {(1, None), (2, None), (1, "op"), (2, "op")}
    kinds = {one.kind for case in cases for table in case.tables.values() for one in table.columns.values()}
    assert kinds == set(KINDS)


def test_chains_and_derived_columns_are_drawn() -> None:
    cases = [Draw(1, n).case() for n in range(400)]
    chains = [(case, source) for case in cases for source in case.sources if source.base is not None]
    inner = [case.sources[view.source] for case, source in chains for view in source.inner]
    assert {case.sources[source.base].base is None for case, source in chains if source.base is not None} == {
        True,
        False,
    }
    assert {source.where is None for _, source in chains} == {True, False}
    assert {bool(source.derived) for _, source in chains} == {True, False}
    assert {source.timestamp is None for source in inner} == {True, False}
    assert {bool(source.row_key) for source in inner} == {True, False}
    assert {view.labels for case, source in chains for view in case.views if case.sources[view.source] == source} == {
        True,
        False,
    }
    assert {len(case.derived) for case in cases} == {0, 1, 2}


# ---- what is wrong is found, and shrunk to a test that fails


def windows(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """What an ask is made by, but with another window."""

    def ask(*parts: Any) -> Any:
        one = Ask(*parts)
        return dataclasses.replace(one, window=change(one.window))

    return ask


def closed_on_both_sides(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Ask", windows(lambda window: dataclasses.replace(window, closed="both")))


def without_offset(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Ask", windows(lambda window: dataclasses.replace(window, offset=0)))


def without_tiebreak(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Work", lambda **parts: Work(**{**parts, "tiebreak": ()}))


def known_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Work", lambda **parts: Work(**{**parts, "available_at": None}))


def never_superseded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Work", lambda **parts: Work(**{**parts, "until": None}))


def always_complete(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.features.passes.Work", lambda **parts: Work(**{**parts, "complete_until": None}))


def without_gap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ropeway.transforms.aggregates.sessions.SessionStart.micros", 1)


def of_other_rows(patch: pytest.MonkeyPatch) -> None:
    right = local.scanned

    def rolled(table: Table, columns: Sequence[str], *more: Any) -> pa.Table:
        found = right(table, columns, *more)
        if isinstance(table, Chained) and len(found):
            for at, name in enumerate(columns):
                if name in table.inner.outputs.names:
                    column = pa.concat_tables([found.select([at]).slice(1), found.select([at]).slice(0, 1)])
                    found = found.set_column(at, name, column.column(0))
        return found

    patch.setattr("ropeway.batch.local.scanned", rolled)


PLANTS = [
    closed_on_both_sides, without_offset, without_tiebreak, known_at_once, never_superseded, always_complete,
    without_gap, of_other_rows,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_error_is_found_and_shrunk(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        text = next(text for n in range(100) for text in examine(Draw(5, n), FIRST).failures)
        with pytest.raises(AssertionError):
            pasted(text, monkeypatch, tmp_path)
    pasted(text, monkeypatch, tmp_path)
    assert len(text.splitlines()) < 40, text
    assert len(text) < 1500, text


def pasted(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run a printed test."""
    space: dict[str, Any] = {}
    exec(text, space)
    (test,) = [value for name, value in space.items() if name.startswith("test_")]
    fixtures = {"monkeypatch": monkeypatch, "tmp_path": tmp_path}
    test(**{name: fixtures[name] for name in inspect.signature(test).parameters})


@pytest.mark.parametrize("name", LOCAL)
def test_what_is_printed_is_what_ran(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = LOCAL[name]
    drawn = (case for n in range(8, 400) for case, _ in whole_and_fitting(Draw(1, n).case()) if engine.suits(case))
    cases = list(islice(drawn, 5))
    cases.append(next(case for case in drawn if overflows(case)))
    for n, case in enumerate(cases):
        folder = tmp_path / str(n)
        folder.mkdir()
        pasted(printed(case, engine, "test_it", "nothing is wrong"), monkeypatch, folder)


def overflows(case: Case) -> bool:
    return any(value is oracle.OVERFLOW for column in expected(case) for value in column)


@pytest.mark.parametrize("name", PEERS)
def test_peers_find_an_error_of_the_oracle(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = answering.inside
    monkeypatch.setattr(answering, "inside", lambda *parts: right(*parts)[1:])
    assert any(not agrees(Draw(5, n).case(), PEERS[name]) for n in range(10))


def agrees(case: Case, engine: Engine) -> bool:
    return not engine.suits(case) or judged(case, expected(case), engine)[1] is None


@given(st.lists(st.integers(0, 50)), st.sets(st.integers(0, 50), max_size=4))
def test_what_is_left_out_is_all_that_can_be(items: list[int], needed: set[int]) -> None:
    def holds(some: Sequence[int]) -> bool:
        return needed & set(items) <= set(some)

    found = least(items, holds)
    assert sorted(found) == sorted(needed & set(items))


# ---- the oracle


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=2, max_size=20))
def test_moments_of_the_oracle_are_those_of_python(values: list[float]) -> None:
    events = [{"t": 0, "k": 1, "x": value} for value in values]

    def answer(aggregate: str) -> Any:
        return oracle.answers(oracle.Wanted(aggregate, "x"), [{"t": 1, "k": 1}], events, keys={"k": "k"})[0]

    try:
        assert answer("sum") == math.fsum(values)
        assert answer("mean") == statistics.mean(values)
        assert answer("var") == statistics.variance(values)
        assert answer("std") == math.sqrt(statistics.variance(values))
    except OverflowError:  # Python has no answer where ours is an infinity, or fsum overflows on its way
        assert max(map(abs, values)) > 1e150
