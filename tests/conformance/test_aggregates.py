"""What every aggregate must do row by row; a new one is found by its name, with its examples and the types it takes."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from ropeway.transforms.aggregates import AGGREGATES, Aggregate
from ropeway.transforms.aggregates.base import ANY, Row, State
from ropeway.transforms.errors import SchemaError, UsageError
from tests import oracle
from tests.transforms.aggregates.answers import ANSWERS

HOUR = 3_600_000_000
NAN, INF = float("nan"), float("inf")

#: what columns hold, by their types; a type may come again with values of another kind
SAMPLES: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int64(), [-3, 0, 1, 1, 2, 7]),
    (pa.int64(), [2**53 + 1, -(2**53) - 1, 10**15, 3]),
    (pa.int8(), [-128, 127, 0]),
    (pa.float64(), [-1.5, -0.0, 0.0, 0.25, 1.0, 1.0, 2.5, NAN]),
    (pa.float64(), [1e300, -1e300, 5e-324, 0.1, 0.2, 0.3, 1.5e308]),
    (pa.float64(), [INF, -INF, 1.0, 0.0, 2.0, NAN]),
    (pa.float32(), [0.5, 0.25, -4.0]),
    (pa.bool_(), [True, False]),
    (pa.decimal128(10, 2), [Decimal("1.10"), Decimal("-2.00"), Decimal("0.00"), Decimal("1234.99")]),
    (pa.decimal128(38, 0), [Decimal(10**36 + 1), Decimal(-(10**36)), Decimal(3)]),
    (pa.string(), ["", "a", "b", "é", "\U0001f600", "ab", "longer than eight"]),
    (pa.binary(), [b"", b"\xff", b"a", b"\x00"]),
    (pa.dictionary(pa.int32(), pa.string()), ["x", "y"]),
    (pa.timestamp("us"), [datetime(2024, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999999)]),
    (pa.timestamp("us", tz="UTC"), [datetime(2024, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)]),
    (pa.date32(), [date(2024, 2, 29), date(1969, 7, 20)]),
    (pa.time64("us"), [time(0, 0), time(23, 59, 59, 999999)]),
    (pa.duration("us"), [timedelta(0), timedelta(days=-1), timedelta(microseconds=1)]),
    (pa.list_(pa.float64()), [[1.0, None], [0.5, -2.0], [NAN, 3.0], [-0.0, 0.1]]),
    (pa.list_(pa.int64()), [[1, 2, 3], [None, 5, 6], [7, 8, -9]]),
    (pa.list_(pa.float32(), 1), [[0.5], [None], [2.0]]),
]

#: what states may consist of: things that any format can store
PLAIN = {type(None), bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta}

#: what tests/oracle.py answers, to the bit
NAIVE = {"count", "sum", "mean", "var", "std", "min", "max", "any", "all", "first", "last"}


@dataclass(frozen=True)
class Case:
    """An aggregate with what it is to be tested with: numbers of `SAMPLES` for its inputs, none without a column."""

    aggregate: Aggregate
    inputs: tuple[int, ...]

    def __str__(self) -> str:
        given = ",".join(f"{f.name}={getattr(self.aggregate, f.name)}" for f in fields(self.aggregate))
        return f"{self.aggregate.name}({given})-{'-'.join(f'{at}:{SAMPLES[at][0]}' for at in self.inputs)}"

    @property
    def taken(self) -> pa.DataType:
        return SAMPLES[self.inputs[0]][0] if self.inputs else pa.null()

    def draw(self, random: Random, size: int) -> list[Row]:
        """Rows with ties and missing values, in no order."""
        held = [[*SAMPLES[at][1], *SAMPLES[at][1], None] for at in self.inputs]
        return [
            Row(
                random.choice(held[0]) if held else ANY,
                random.choice(held[1]) if len(held) > 1 else None,
                HOUR * random.randrange(6),
                (random.randrange(2),),
            )
            for _ in range(size)
        ]

    def draws(self, sizes: Sequence[int] = (1, 2, 3, 7, 12)) -> Iterator[tuple[Random, list[Row]]]:
        for size in sizes:
            random = Random(f"{self} {size}")
            yield random, self.draw(random, size)

    def state(self, rows: Sequence[Row]) -> State:
        state = self.aggregate.start()
        for row in rows:
            state = self.aggregate.update(state, row)
        return state

    def answer(self, rows: Sequence[Row]) -> Any:
        return self.aggregate.finish(self.state(rows), 7 * HOUR)


def takes(aggregate: Aggregate, taken: pa.DataType) -> bool:
    try:
        aggregate.output_type(taken)
    except SchemaError:
        return False
    return True


def cases_of(kind: type[Aggregate]) -> list[Case]:
    found = []
    for parameters in kind.examples:
        aggregate = kind(**parameters)
        taken = [at for at, (sample, _) in enumerate(SAMPLES) if takes(aggregate, sample)]
        fewest, most = aggregate.inputs
        if fewest == 0:
            found.append(Case(aggregate, ()))
        if most < 2:
            taken = taken if most else []
            found += [Case(aggregate, (at,)) for at in taken]
        else:
            found += [Case(aggregate, (at, other)) for at in taken for other in {taken[0], at, 3} & {*taken}]
    return found


CASES = [case for kind in AGGREGATES.values() for case in cases_of(kind)]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def bits(value: Any) -> Any:
    """What is equal for the same bits: all NaN are one, 0.0 and -0.0 are two, 1 is not 1.0 or True."""
    if isinstance(value, float):
        return float, "nan" if value != value else struct.pack("<d", value)
    if isinstance(value, dict):
        return dict, frozenset((bits(key), bits(held)) for key, held in value.items())
    if isinstance(value, list | tuple):
        return [bits(one) for one in value] if isinstance(value, list) else tuple(bits(one) for one in value)
    return type(value), value


def skips(aggregate: Aggregate) -> bool:
    """Whether missing values are skipped."""
    return bool(getattr(aggregate, "skip_null", True))


def leaves(state: State) -> list[Any]:
    if type(state) is dict:
        return [leaf for item in state.items() for leaf in leaves(item)]
    if type(state) is tuple:
        return [leaf for one in state for leaf in leaves(one)]
    return [state]


# ---- what is checked of a case


def check_order(case: Case) -> None:
    for random, rows in case.draws():
        wanted = bits(case.answer(rows))
        for _ in range(3):
            random.shuffle(rows)
            assert bits(case.answer(rows)) == wanted


def check_grouping(case: Case) -> None:
    for random, rows in case.draws():
        wanted = bits(case.answer(rows))
        cuts = sorted(random.randrange(len(rows) + 1) for _ in range(3))
        parts = [case.state(rows[a:b]) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
        random.shuffle(parts)
        a, b, c, d = parts
        merge = case.aggregate.merge
        for state in (
            merge(merge(merge(a, b), c), d),
            merge(merge(a, b), merge(c, d)),
            merge(a, merge(b, merge(c, d))),
        ):
            assert bits(case.aggregate.finish(state, 7 * HOUR)) == wanted


def check_neutral(case: Case) -> None:
    start = case.aggregate.start()
    assert bits(case.aggregate.merge(start, start)) == bits(start)
    for _, rows in case.draws():
        state = case.state(rows)
        assert bits(case.aggregate.merge(start, state)) == bits(state)
        assert bits(case.aggregate.merge(state, start)) == bits(state)


def check_untouched(case: Case) -> None:
    """States stay as they were when others are made of them."""
    for _, rows in case.draws():
        state, other = case.state(rows[1:]), case.state(rows[:1])
        before = bits(state), bits(other)
        case.aggregate.merge(state, other)
        case.aggregate.update(state, rows[0])
        case.aggregate.finish(state, 0)
        assert (bits(state), bits(other)) == before


def check_revert(case: Case) -> None:
    for random, rows in case.draws():
        whole = case.state(rows)
        if not case.aggregate.reverts:
            with pytest.raises(UsageError, match=f"{case.aggregate.name}.. can't take a row out again"):
                case.aggregate.revert(whole, rows[0])
            continue
        # the oldest leave first, as they do from a window; and none may be left
        left = list(rows)
        random.shuffle(left)
        while left:
            whole = case.aggregate.revert(whole, left.pop())
            assert bits(whole) == bits(case.state(left))
        assert bits(whole) == bits(case.aggregate.start())


def check_type(case: Case) -> None:
    kind = case.aggregate.output_type(case.taken)
    for _, rows in case.draws((0, 1, 2, 7, 12)):
        answer = case.answer(rows)
        array = pa.array([answer], kind)
        assert bits(array.to_pylist()[0]) == bits(answer)
        assert pa.types.is_nested(kind) is not case.aggregate.scalar


def check_empty(case: Case) -> None:
    empty = case.answer([])
    assert bits(empty) == bits(0 if case.aggregate.counts else None)
    if case.inputs and skips(case.aggregate):
        assert bits(case.answer([Row(None, None, HOUR), Row(None, 1, 0)])) == bits(empty)


def check_plain(case: Case) -> None:
    for _, rows in case.draws((0, 1, 12)):
        assert {type(leaf) for leaf in leaves(case.state(rows))} <= PLAIN


def check_brief(case: Case) -> None:
    few, many = case.draws((100, 300))
    if case.aggregate.brief:
        assert len(leaves(case.state(few[1]))) == len(leaves(case.state(many[1])))


def check_answer(case: Case) -> None:
    name = case.aggregate.name
    for _, rows in case.draws((1, 2, 3, 5, 12, 40)):
        if name in NAIVE:
            events = [{"k": 0, "t": row.at, "tie": row.ties[0], "x": row.value} for row in rows]
            wanted = oracle.Wanted(name, "x" if case.inputs else None, skip_null=skips(case.aggregate))
            (naive,) = oracle.answers(wanted, [{"k": 0, "t": 7 * HOUR}], events, keys={"k": "k"}, tiebreak=["tie"])
            answer = case.answer(rows)
            assert bits(Fraction(answer) if isinstance(naive, Fraction) else answer) == bits(naive)
        elif not wild(case):
            ANSWERS[name](case.aggregate, case.taken, rows, 7 * HOUR, case.answer(rows))


def wild(case: Case) -> bool:
    """Whether numbers are too large or small for oracles in float64: tests of each aggregate see to those."""
    return case.aggregate.family in ("power", "quantile") and any(
        1e12 < abs(value) < INF or 0 < abs(value) < 1e-12 for at in case.inputs for value in SAMPLES[at][1]
    )


CHECKS: list[Callable[[Case], None]] = [
    check_order, check_grouping, check_neutral, check_untouched, check_revert, check_type, check_empty, check_plain,
    check_brief, check_answer,
]  # fmt: skip


# ---- the tests


@every_case
def test_aggregate(case: Case) -> None:
    for check in CHECKS:  # a test for each of both would cost more than what it does
        check(case)


@pytest.mark.parametrize("name", AGGREGATES)
def test_is_tested_with_each_parameter_and_some_type(name: str) -> None:
    kind = AGGREGATES[name]
    named = {parameter for example in kind.examples for parameter in example}
    assert {field.name for field in fields(kind)} == named
    assert any(case.inputs or not kind.inputs[1] for case in CASES if type(case.aggregate) is kind)


@pytest.mark.parametrize("name", AGGREGATES)
def test_says_what_it_answers_and_what_it_keeps(name: str) -> None:
    assert (name in NAIVE) != (name in ANSWERS)
    assert "State" in (AGGREGATES[name].__doc__ or "") or "as `" in (AGGREGATES[name].__doc__ or "")


@dataclass(frozen=True)
class LastSeen(Aggregate):
    """Not an aggregate: it depends on the order in which rows come."""

    name = "last_seen"
    family = "pick"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return taken

    def start(self) -> State:
        return None

    def of(self, row: Row) -> State:
        return row.value

    def merge(self, one: State, other: State) -> State:
        return one if other is None else other

    def finish(self, state: State, t: int = 0) -> Any:
        return state


@pytest.mark.parametrize("check", [check_order, check_grouping, check_answer])
def test_what_is_no_monoid_is_found(check: Callable[[Case], None]) -> None:
    (case, *_) = cases_of(LastSeen)
    with pytest.raises((AssertionError, KeyError)):
        check(case)


def test_what_has_parameters_and_no_examples_is_found() -> None:
    @dataclass(frozen=True)
    class Scaled(LastSeen):
        by: float

    with pytest.raises(TypeError):
        cases_of(Scaled)
