"""The evaluator against a naive one that goes row by row in plain Python, and case by case for other types."""

import math
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions import Expression, col, evaluate, lit, output_type
from ropeway.transforms.expressions.tree import Call, Literal, Reference

SMALLEST, LARGEST = -(2**63), 2**63 - 1


class DoesNotFitError(Exception):
    pass


# ---- the oracle: null is None, and every rule of the contract is written out


def oracle(node: Expression, row: Mapping[str, Any]) -> Any:
    if isinstance(node, Reference):
        return present(row[node.name])
    if isinstance(node, Literal):
        return present(node.value)
    assert isinstance(node, Call)
    operands = [oracle(operand, row) for operand in node.operands]
    return present(operation(node.operation, operands))


def present(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def operation(name: str, operands: list[Any]) -> Any:
    a, b = operands[0], operands[-1]
    if name == "is_null":
        return a is None
    if name == "is_not_null":
        return a is not None
    if name == "and":
        return False if a is False or b is False else None if a is None or b is None else True
    if name == "or":
        return True if a is True or b is True else None if a is None or b is None else False
    if name == "is_in":
        return None if a is None else any(compared("equal", a, other) for other in operands[1:])
    if a is None or b is None:
        return None
    if name == "not":
        return not a
    if name == "negate":
        return -a if isinstance(a, float) else fitting(-int(a))
    if name == "divide":
        a, b = float(a), float(b)
        return None if b == 0 else divided(a, b)
    if name in ("add", "subtract", "multiply"):
        if isinstance(a, float) or isinstance(b, float):
            a, b = float(a), float(b)
            return {"add": lambda: a + b, "subtract": lambda: a - b, "multiply": lambda: a * b}[name]()
        a, b = int(a), int(b)
        return fitting({"add": a + b, "subtract": a - b, "multiply": a * b}[name])
    return compared(name, a, b)


def divided(a: float, b: float) -> float:
    try:
        return a / b
    except OverflowError:
        return math.copysign(math.inf, a) * math.copysign(1.0, b)


def compared(name: str, a: Any, b: Any) -> bool:
    if isinstance(a, float) or isinstance(b, float):
        a, b = float(a), float(b)
    return bool(
        {
            "equal": a == b, "not_equal": a != b, "less": a < b, "less_equal": a <= b, "greater": a > b,
            "greater_equal": a >= b,
        }[name]
    )  # fmt: skip


def fitting(value: int) -> int:
    if not SMALLEST <= value <= LARGEST:
        raise DoesNotFitError
    return value


# ---- random trees over random rows

SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 0.1, 2.0**53 + 2]
INTS = st.one_of(st.integers(-3, 3), st.sampled_from([SMALLEST, LARGEST, 2**53 + 1, 2**62, -(2**62), 3_037_000_500]))
FLOATS = st.one_of(st.sampled_from(SPECIAL), st.floats(), st.integers(-3, 3).map(float))

COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "big": (pa.int64(), INTS),
    "small": (pa.int8(), st.integers(-128, 127)),
    "unsigned": (pa.uint32(), st.integers(0, 2**32 - 1)),
    "float": (pa.float64(), FLOATS),
    "single": (pa.float32(), st.one_of(st.floats(width=32), st.sampled_from([0.0, -0.0, math.inf, math.nan]))),
    "flag": (pa.bool_(), st.booleans()),
    "coded": (pa.dictionary(pa.int32(), pa.float64()), st.sampled_from([1.5, -0.0, math.nan, math.inf])),
}
ROWS = st.lists(
    st.fixed_dictionaries({n: st.one_of(st.none(), v) for n, (_, v) in COLUMNS.items()}), min_size=1, max_size=6
)

NUMBERS = st.one_of(
    st.sampled_from([col(name) for name in COLUMNS]),
    INTS.map(lit),
    FLOATS.map(lit),
    st.booleans().map(lit),
    st.just(lit(None)),
)


def _numbers(below: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(
            lambda name, a, b: Call(name, (a, b)),
            st.sampled_from(["add", "subtract", "multiply", "divide"]),
            below,
            below,
        ),
        below.map(lambda a: -a),
    )


NUMERIC = st.recursive(NUMBERS, _numbers, max_leaves=6)
COMPARED = st.sampled_from(["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"])
LISTED = st.lists(st.one_of(INTS, FLOATS.filter(lambda x: x == x), st.booleans()), max_size=3)
CONDITIONS = st.recursive(
    st.one_of(
        st.just(col("flag")),
        st.sampled_from([lit(True), lit(False), lit(None)]),
        NUMERIC.map(lambda a: a.is_null()),
        NUMERIC.map(lambda a: a.is_not_null()),
        st.builds(lambda name, a, b: Call(name, (a, b)), COMPARED, NUMERIC, NUMERIC),
        st.builds(lambda a, values: a.isin(values), NUMERIC, LISTED),
    ),
    lambda below: st.one_of(
        st.builds(lambda a, b: a & b, below, below),
        st.builds(lambda a, b: a | b, below, below),
        below.map(lambda a: ~a),
    ),
    max_leaves=4,
)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    plain = {name: pa.array([row[name] for row in rows], _plain(kind)) for name, (kind, _) in COLUMNS.items()}
    coded = {name for name, (kind, _) in COLUMNS.items() if pa.types.is_dictionary(kind)}
    return pa.table({name: array.dictionary_encode() if name in coded else array for name, array in plain.items()})


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def bits(value: Any) -> Any:
    return struct.pack("<d", value) if isinstance(value, float) else (type(value), value)


@settings(max_examples=400)
@given(st.one_of(NUMERIC, CONDITIONS), ROWS, st.lists(st.integers(0, 6), max_size=3))
def test_every_tree_over_every_row(tree: Expression, rows: list[dict[str, Any]], cuts: list[int]) -> None:
    table = table_of(rows)
    kind = output_type(tree, table.schema)
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut <= len(rows))})
    batches = [table.slice(a, b - a).combine_chunks() for a, b in pairwise(edges)]
    chunked = pa.concat_tables(batches)
    forms = [table, chunked, table.combine_chunks().to_batches()[0]]
    try:
        expected = [oracle(tree, row) for row in rows]
    except DoesNotFitError:
        for form in forms:
            with pytest.raises(DataError, match="does not fit into int64"):
                evaluate(tree, form)
        return
    for form in forms:
        answer = evaluate(tree, form)
        assert answer.type == kind
        assert isinstance(answer, pa.ChunkedArray if isinstance(form, pa.Table) else pa.Array)
        assert [bits(value) for value in answer.to_pylist()] == [bits(value) for value in expected]


# ---- single rules


def value(tree: Expression, **columns: pa.Array) -> list[Any]:
    table = pa.table(columns)
    answer = evaluate(tree, table)
    assert answer.type == output_type(tree, table.schema)
    assert evaluate(tree, table.to_batches()[0]).to_pylist() == answer.to_pylist()
    return list(answer.to_pylist())


def test_nan_is_null_on_the_way_in_and_out() -> None:
    x = pa.array([math.nan, None, math.inf, 1.0])
    assert value(col("x"), x=x) == [None, None, math.inf, 1.0]
    assert value(col("x") - col("x"), x=x) == [None, None, None, 0.0]
    assert value((col("x") - col("x")).is_null(), x=x) == [True, True, True, False]
    assert value(col("x") == col("x"), x=x) == [None, None, True, True]
    assert value(lit(math.nan) < col("x"), x=x) == [None] * 4
    assert value(col("x").isin([1, math.inf]), x=x) == [None, None, True, True]


def test_a_column_without_nan_is_not_copied() -> None:
    x = pa.chunked_array([pa.array([1.0, 2.0, None, math.inf, -math.inf])])
    answer = evaluate(col("x"), pa.table({"x": x}))
    assert answer.to_pylist() == x.to_pylist()  # inf - inf in the quick look costs a second one, and changes nothing
    plain = pa.array([1.0, 2.0])
    assert evaluate(col("x"), pa.table({"x": plain})).chunk(0).buffers()[1].address == plain.buffers()[1].address


def test_division() -> None:
    x = pa.array([7, 0, -7, None])
    assert value(col("x") / 2, x=x) == [3.5, 0.0, -3.5, None]
    assert value(1 / col("x"), x=x) == [1 / 7, None, -1 / 7, None]
    assert value(col("x") / 0, x=x) == [None] * 4
    assert value(col("x") / -0.0, x=x) == [None] * 4
    assert value(lit(1) / lit(0), x=x) == [None] * 4


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            col("x") + 1,
            '(col("x") + 1): the answer does not fit into int64 in 2 of 4 rows, such as 9223372036854775807 + 1. ',
        ),
        (
            col("x") - lit(-1),
            "in 2 of 4 rows, such as 9223372036854775807 - -1. Go on in float64, with * 1.0 on one side",
        ),
        (2 * col("x"), "in 2 of 4 rows, such as 2 * 9223372036854775807. "),
        (col("x") * col("x"), "in 2 of 4 rows, such as 9223372036854775807 * 9223372036854775807. "),
        (-(-col("x") - 1), "in 2 of 4 rows: -(-9223372036854775808)."),
        (lit(LARGEST) + lit(1), "in 1 of 1 rows, such as 9223372036854775807 + 1. "),
        ((col("x") + 1 > 0).is_null(), '(col("x") + 1): the answer does not fit into int64'),
    ],
)
def test_integer_overflow_says_how_many_and_an_example(tree: Expression, message: str) -> None:
    x = pa.array([1, LARGEST, None, LARGEST])
    with pytest.raises(DataError) as caught:
        evaluate(tree, pa.table({"x": x}))
    assert message in str(caught.value)


def test_what_stands_below_a_null_is_not_computed() -> None:
    x = pa.array(np.array([LARGEST, 1]), mask=np.array([True, False]))
    assert value(col("x") + 1, x=x) == [None, 2]
    assert value(col("x") * col("x"), x=x) == [None, 1]


def test_small_integers_do_not_wrap_and_float32_computes_in_float64() -> None:
    assert value(col("x") * col("x"), x=pa.array([127], pa.int8())) == [16129]
    assert value(col("x") - 1, x=pa.array([0], pa.uint8())) == [-1]
    assert value(col("x") + 0.1, x=pa.array([0.1], pa.float32())) == [float(np.float32(0.1)) + 0.1]
    assert value(col("x") + 1, x=pa.array([1.5], pa.float16())) == [2.5]
    assert value(col("x") > 0, x=pa.array([1], pa.uint64())) == [True]


def test_integers_that_int64_does_not_hold() -> None:
    x = pa.array([1, 2**63, 2**64 - 1, None], pa.uint64())
    with pytest.raises(DataError) as caught:
        evaluate(col("x") > 0, pa.table({"x": x}))
    assert str(caught.value) == (
        'col("x"): 2 of 4 values of type uint64 do not fit into int64, such as 9223372036854775808.'
    )


def test_booleans_count_as_0_and_1() -> None:
    x = pa.array([True, False, None])
    assert value(col("x") + 1, x=x) == [2, 1, None]
    assert value(-col("x"), x=x) == [-1, 0, None]
    assert value(col("x") * 0.5, x=x) == [0.5, 0.0, None]
    assert value(col("x") == 1, x=x) == [True, False, None]
    assert value(col("x") > False, x=x) == [True, False, None]
    assert value(col("x").isin([1]), x=x) == [True, False, None]
    assert value(col("x") * Decimal("2.5"), x=x) == [Decimal("2.5"), Decimal("0.0"), None]


def test_connectives_are_three_valued() -> None:
    values = [True, False, None]
    a = pa.array([a for a in values for _ in values])
    b = pa.array([b for _ in values for b in values])
    assert value(col("a") & col("b"), a=a, b=b) == [True, False, None, False, False, False, None, False, None]
    assert value(col("a") | col("b"), a=a, b=b) == [True, True, True, True, False, None, True, None, None]
    assert value(~col("a"), a=a, b=b) == [False] * 3 + [True] * 3 + [None] * 3
    assert value(col("a") & lit(None), a=a, b=b) == [None] * 3 + [False] * 3 + [None] * 3
    assert value(~lit(None), a=a, b=b) == [None] * 9


def test_strings_and_bytes_compare_by_their_bytes() -> None:
    strings = ["a", "Z", "ä", "\U0001f600", "￿", None]
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        x = pa.array(strings).cast(kind)
        assert value(col("x") < "\U0001f600", x=x) == [True, True, True, False, True, None]
        assert value(col("x") == "ä", x=x) == [False, False, True, False, False, None]
        assert value(col("x").isin(["ä", "Z"]), x=x) == [False, True, True, False, False, None]
        assert value(col("x"), x=x) == strings
    assert value(col("x") >= b"\xff", x=pa.array([b"\xff\x00", b"z"], pa.large_binary())) == [True, False]
    assert value(col("x") == b"ab", x=pa.array([b"ab", b"cd"], pa.binary(2))) == [True, False]


def test_zeros_are_equal_and_integers_beside_floats_compare_as_floats() -> None:
    assert value(col("x").isin([0.0]), x=pa.array([-0.0, 0.0, 5e-324])) == [True, True, False]
    assert value(col("x").isin([-0.0]), x=pa.array([0, 1])) == [True, False]
    assert value(col("x") == 0.0, x=pa.array([-0.0])) == [True]
    assert value(col("x") == 2.0**53, x=pa.array([2**53 + 1])) == [True]
    assert value(col("x") == 2**53, x=pa.array([2**53 + 1])) == [False]
    assert value(col("x").isin([2**53, 2.5]), x=pa.array([2**53 + 1, 2**53])) == [False, True]


def test_isin_of_nothing_and_of_many() -> None:
    x = pa.array([1, 2, None])
    assert value(col("x").isin([]), x=x) == [False, False, None]
    assert value(col("x").isin(range(2, 5000)), x=x) == [False, True, None]
    assert value(lit(5).isin([5]), x=x) == [True] * 3
    assert value(lit(None).isin([5]), x=x) == [None] * 3


# ---- decimals

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14)


@given(st.lists(st.tuples(DECIMALS, DECIMALS, st.integers(-(2**63), LARGEST)), min_size=1, max_size=5))
def test_decimals_are_exact(rows: list[tuple[Decimal, Decimal, int]]) -> None:
    a = pa.array([row[0] for row in rows], pa.decimal128(30, 4))
    b = pa.array([row[1] for row in rows], pa.decimal128(19, 4))
    n = pa.array([row[2] for row in rows])
    columns = {"a": a, "b": b, "n": n}
    for tree, exact in [
        (col("a") + col("b"), [Fraction(x) + Fraction(y) for x, y, _ in rows]),
        (col("a") - col("b"), [Fraction(x) - Fraction(y) for x, y, _ in rows]),
        (col("a") * col("b"), [Fraction(x) * Fraction(y) for x, y, _ in rows]),
        (col("a") + col("n"), [Fraction(x) + n for x, _, n in rows]),
        (-col("a"), [-Fraction(x) for x, _, _ in rows]),
        (3 * col("b"), [3 * Fraction(y) for _, y, _ in rows]),
    ]:
        answer = value(tree, **columns)
        assert [Fraction(x) for x in answer] == exact
    assert value(col("a") < col("b"), **columns) == [x < y for x, y, _ in rows]
    assert value(col("a") == col("n"), **columns) == [x == n for x, _, n in rows]
    assert value(col("a").isin([x for x, _, _ in rows[:2]]), **columns) == [
        x in [y for y, _, _ in rows[:2]] for x, _, _ in rows
    ]
    assert value(col("a") * 1.0, **columns) == [float(x) for x, _, _ in rows]
    assert value(col("a") / 2, **columns) == [float(x) / 2 for x, _, _ in rows]


def test_decimal_types() -> None:
    schema = pa.schema(
        [("a", pa.decimal128(5, 2)), ("b", pa.decimal128(38, 18)), ("n", pa.int8()), ("w", pa.decimal256(60, 4))]
    )
    assert output_type(col("a") + col("a"), schema) == pa.decimal128(6, 2)
    assert output_type(col("a") * col("a"), schema) == pa.decimal128(11, 4)
    assert output_type(col("a") + col("n"), schema) == pa.decimal128(22, 2)
    assert output_type(col("b") + col("b"), schema) == pa.decimal128(38, 18)
    assert output_type(col("b") * col("b"), schema) == pa.decimal128(38, 36)
    assert output_type(col("b") * 2.0, schema) == pa.float64()
    assert output_type(col("b") / col("a"), schema) == pa.float64()
    assert output_type(col("w") + 1, schema) == pa.decimal128(38, 4)
    with pytest.raises(SchemaError, match=r"at most 38 digits after the point; \* 1.0 goes on in float64"):
        output_type(col("b") * col("b") * col("b"), schema)


def test_decimals_that_need_more_digits_than_there_are_raise() -> None:
    most = Decimal(10**38 - 1)
    x = pa.array([Decimal(1), most, None, most], pa.decimal128(38, 0))
    y = pa.array([most, Decimal(-1), most, Decimal(1)], pa.decimal128(38, 0))
    assert value(col("x") * col("y"), x=x, y=y) == [most, most.copy_negate(), None, most]
    with pytest.raises(
        DataError, match=r"does not fit into decimal128\(38, 0\) in 2 of 4 rows, such as 1 \+ 9{38}\. Go on"
    ):
        evaluate(col("x") + col("y"), pa.table({"x": x, "y": y}))
    with pytest.raises(DataError, match=r"in 2 of 4 rows, such as 9{38} \* 9{38}"):
        evaluate(col("x") * col("x"), pa.table({"x": x}))
    with pytest.raises(DataError, match="do not fit into decimal128"):
        evaluate(col("w") + 1, pa.table({"w": pa.array([10**50], pa.decimal256(60, 0))}))


@given(st.lists(st.tuples(st.integers(-(2**70), 2**70), st.booleans()), min_size=1, max_size=5), st.integers(0, 30))
def test_the_float_of_a_decimal_is_the_nearest(values: list[tuple[int, bool]], scale: int) -> None:
    decimals = [Decimal(n).scaleb(-scale) if there else None for n, there in values]
    x = pa.array(decimals, pa.decimal128(38, scale))
    assert value(col("x") * 1.0, x=x) == [None if d is None else float(d) for d in decimals]
    small = [
        None if d is None else Decimal(n % 2**53).scaleb(-scale) for d, (n, _) in zip(decimals, values, strict=True)
    ]
    y = pa.chunked_array(
        [pa.array([None, *small], pa.decimal128(38, scale))[1:], pa.array([], pa.decimal128(38, scale))]
    )
    assert value(col("y") * 1.0, y=y) == [None if d is None else float(d) for d in small]


# ---- times

NOON = datetime(2024, 7, 1, 12)


def test_instants_subtract_to_durations_and_durations_move_instants() -> None:
    zoned = pa.array([NOON.replace(tzinfo=UTC), None], pa.timestamp("ns", "Europe/Berlin"))
    naive = pa.array([NOON - timedelta(minutes=90), NOON], pa.timestamp("ms"))
    day = pa.array([date(2024, 7, 1), date(2024, 7, 2)])
    columns = {"zoned": zoned, "naive": naive, "day": day}
    assert value(col("zoned") - col("naive"), **columns) == [timedelta(minutes=90), None]
    assert value((col("zoned") - col("naive")) / timedelta(minutes=1), **columns) == [90.0, None]
    assert value(col("naive") - col("day"), **columns) == [timedelta(hours=10.5), timedelta(hours=-12)]
    assert value(col("day") + timedelta(hours=1), **columns)[0] == datetime(2024, 7, 1, 1)
    assert value(timedelta(hours=1) + col("zoned"), **columns) == [datetime(2024, 7, 1, 13, tzinfo=UTC), None]
    assert value(col("naive") - timedelta(days=1), **columns)[1] == NOON - timedelta(days=1)
    assert value((col("day") - col("naive")) * 2, **columns)[1] == timedelta(hours=24)
    assert value(2 * (col("day") - col("naive")) + timedelta(hours=1), **columns)[1] == timedelta(hours=25)
    assert value(-(col("day") - col("naive")), **columns)[1] == timedelta(hours=-12)
    assert value((col("day") - col("naive")) / timedelta(0), **columns) == [None, None]
    schema = pa.table(columns).schema
    assert output_type(col("zoned") - col("naive"), schema) == pa.duration("us")
    assert output_type(col("zoned") + timedelta(1), schema) == pa.timestamp("us", "UTC")
    assert output_type(col("day") + timedelta(1), schema) == pa.timestamp("us")
    assert output_type(col("zoned"), schema) == pa.timestamp("us", "UTC")


def test_instants_compare_as_instants() -> None:
    zoned = pa.array([NOON.replace(tzinfo=UTC), None], pa.timestamp("s", "Asia/Tokyo"))
    naive = pa.array([NOON, NOON], pa.timestamp("us"))
    columns = {"zoned": zoned, "naive": naive, "day": pa.array([date(2024, 7, 1)] * 2)}
    assert value(col("zoned") == col("naive"), **columns) == [True, None]
    assert value(col("zoned") == NOON, **columns) == [True, None]
    assert value(col("naive") >= NOON.replace(tzinfo=UTC), **columns) == [True, True]
    assert value(col("zoned") > date(2024, 7, 1), **columns) == [True, None]
    assert value(col("day") == date(2024, 7, 1), **columns) == [True, True]
    assert value(col("day") == datetime(2024, 7, 1), **columns) == [True, True]
    assert value(col("naive").isin([NOON]), **columns) == [True, True]
    assert value(col("day").isin([date(2024, 7, 1), NOON]), **columns) == [True, True]
    assert value(col("zoned").isin([NOON.replace(tzinfo=UTC)]), **columns) == [True, None]


def test_times_of_day_and_durations_compare() -> None:
    t = pa.array([time(1, 2, 3), None], pa.time32("s"))
    d = pa.array([timedelta(seconds=1), None], pa.duration("ns"))
    assert value(col("t") < time(1, 2, 3, 4), t=t) == [True, None]
    assert value(col("t").isin([time(1, 2, 3)]), t=t) == [True, None]
    assert value(col("d") == timedelta(seconds=1), d=d) == [True, None]
    assert value(col("d").isin([timedelta(seconds=1)]), d=d) == [True, None]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            pa.array([1000, 1500, None], pa.timestamp("ns")),
            "1 of 3 values of type timestamp[ns] do not fit into timestamp[us], such as 1500 (ns).",
        ),
        (
            pa.array([0, 2**60], pa.timestamp("s")),
            "1 of 2 values of type timestamp[s] do not fit into timestamp[us], such as 1152921504606846976 (s).",
        ),
        (pa.array([0, -(2**60)], pa.duration("ms")), "1 of 2 values of type duration[ms] do not fit into duration[us]"),
        (
            pa.array([0, 2**31 - 1], pa.date32()),
            "1 of 2 values of type date32[day] do not fit into timestamp[us, tz=UTC], such as 2147483647.",
        ),
        (pa.array([1], pa.date64()), "values of type date64[ms] do not fit into date32[day]: "),
    ],
)
def test_times_that_are_no_whole_microseconds_of_int64(x: pa.Array, message: str) -> None:
    reference = timedelta(0) if pa.types.is_duration(x.type) else NOON
    with pytest.raises(DataError) as caught:
        evaluate(col("x") == reference, pa.table({"x": x}))
    assert message in str(caught.value)


def test_times_that_leave_int64() -> None:
    x = pa.array([LARGEST], pa.timestamp("us"))
    with pytest.raises(
        DataError, match=r"does not fit into timestamp\[us\] in 1 of 1 rows, such as 9223372036854775807 \+ 1\.$"
    ):
        evaluate(col("x") + timedelta(microseconds=1), pa.table({"x": x}))


# ---- what is found before any work

SCHEMA = pa.schema(
    [
        ("n", pa.int64()), ("s", pa.string()), ("b", pa.bool_()), ("t", pa.timestamp("us")), ("d", pa.duration("us")),
        ("l", pa.list_(pa.int64())), ("raw", pa.binary()), ("nothing", pa.null()), ("day", pa.date32()),
        ("wide", pa.decimal256(76, 0)), ("fine", pa.decimal128(38, 30)),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (col("x") + col("y") > col("n"), "there is no column 'x', 'y'. There are: n, s, b, t, d, l, raw, nothing, day"),
        (
            col("s") + 1,
            '(col("s") + 1): + of string and int64: expected numbers, decimals or booleans (as 0 and 1), two',
        ),
        (col("s") + "a", "+ of string and string: expected numbers"),
        (col("t") + col("t"), "+ of timestamp[us] and timestamp[us]: expected"),
        (timedelta(1) - col("t"), "- of duration[us] and timestamp[us]: expected"),
        (col("t") * 2, "* of timestamp[us] and int64: expected numbers"),
        (col("d") * 0.5, "* of duration[us] and double: expected"),
        (
            col("d") / 2,
            "/ of duration[us] and int64: expected numbers, decimals or booleans (as 0 and 1), or two durations.",
        ),
        (-col("s"), "- of string: expected numbers"),
        (col("s") > 5, "> of string and int64: expected two of a kind: numbers, strings, bytes"),
        (col("t") > "2024-01-01", "> of timestamp[us] and string: expected two of a kind"),
        (col("raw") == "a", "== of binary and string: expected two of a kind"),
        (col("l") == col("l"), "expected two of a kind"),
        (col("l") == lit(None), "expected two of a kind"),
        (col("wide") == col("fine"), "expected two of a kind"),
        (col("n") & col("b"), "& of int64 and bool: expected conditions; each comparison beside it needs parentheses"),
        (~col("n"), "~ of int64: expected a condition, such as a comparison; a number is negated by -"),
        (col("s").isin([1]), "isin of string and int64: expected constants of the kind of the column"),
    ],
)
def test_types_that_make_no_sense(tree: Expression, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        output_type(tree, SCHEMA)
    assert message in str(caught.value)
    with pytest.raises(SchemaError):
        evaluate(tree, SCHEMA.empty_table())


def test_columns_of_one_name() -> None:
    table = pa.table([pa.array([1]), pa.array([2]), pa.array([3])], names=["x", "x", "y"])
    assert evaluate(col("y"), table).to_pylist() == [3]
    with pytest.raises(SchemaError, match="more than one column 'x'"):
        evaluate(col("x"), table)
    with pytest.raises(SchemaError, match="There are: none"):
        output_type(col("x"), pa.schema([]))


def test_a_column_of_nulls_takes_any_kind() -> None:
    nothing = pa.nulls(2)
    assert value(col("x") + 1, x=nothing) == [None, None]
    assert value(col("x") + col("x"), x=nothing) == [None, None]
    assert value(-col("x"), x=nothing) == [None, None]
    assert value(col("x") / 1.5, x=nothing) == [None, None]
    assert value(col("x") == "a", x=nothing) == [None, None]
    assert value(col("x") == col("x"), x=nothing) == [None, None]
    assert value(lit(None) == col("x"), x=nothing) == [None, None]
    assert value(col("x") == lit(None), x=nothing) == [None, None]
    assert value(col("x") & True, x=nothing) == [None, None]
    assert value(col("x").isin(["a"]), x=nothing) == [None, None]
    assert value(col("x").is_null(), x=nothing) == [True, True]
    assert value(col("x"), x=nothing) == [None, None]


def test_other_types_pass_and_are_tested_for_null() -> None:
    lists = pa.array([[1], None])
    assert value(col("x"), x=lists) == [[1], None]
    assert value(col("x").is_null(), x=lists) == [False, True]


def test_tables_without_rows_or_chunks() -> None:
    for table in (pa.table({"x": pa.array([], pa.int8())}), pa.table({"x": pa.chunked_array([], pa.int8())})):
        for tree in (col("x") + 1, col("x") / 0 > 1, col("x").isin([1]), lit(1) + lit(2), col("x"), -col("x")):
            answer = evaluate(tree, table)
            assert len(answer) == 0
            assert answer.type == output_type(tree, table.schema)


def test_constants_fill_every_row() -> None:
    assert value(lit(1) + lit(2), x=pa.array([0, 0])) == [3, 3]
    assert value(lit("a"), x=pa.array([0, 0])) == ["a", "a"]
    assert value(lit(None), x=pa.array([0, 0])) == [None, None]
    assert value(lit(Decimal("1.5")) * lit(Decimal("2.5")), x=pa.array([0])) == [Decimal("3.75")]
    assert value(lit(Decimal("1.5")) * 1.0, x=pa.array([0])) == [1.5]
    assert value(lit(Decimal(10) ** 37) * lit(Decimal(7) * Decimal(10) ** 0), x=pa.array([0])) == [
        7 * Decimal(10) ** 37
    ]
    assert value(lit(None) / 2, x=pa.array([0])) == [None]
    with pytest.raises(DataError, match=r"in 1 of 1 rows: -\(-9223372036854775808\)"):
        evaluate(-lit(SMALLEST), pa.table({"x": [0]}))


def test_a_thousand_columns_in_one_sum() -> None:
    tree = col("x")
    for _ in range(1000):
        tree = tree + col("x")
    assert value(tree, x=pa.array([1, 2])) == [1001, 2002]
