"""Strings: what Python's `str` and `re` say, however the column is stored."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, evaluate, output_type
from ropeway.transforms.expressions.row import value_of

S = rw.col("s")
#: letters whose case differs between editions of Unicode, marks, white space of all kinds, a tab, a null
ALPHABET = st.text(st.sampled_from("aAßİıΣςǅ éé\u0301\u2003\t\n\x00\x1c\U0001e900.,0-"), max_size=8)
METHODS: list[tuple[Expression, Any]] = [
    (S.str.lower(), str.lower),
    (S.str.upper(), str.upper),
    (S.str.strip(), str.strip),
    (S.str.rstrip("a."), lambda s: s.rstrip("a.")),
    (S.str.len(), len),
    (S.str.contains("é"), lambda s: "é" in s),
    (S.str.starts_with("A"), lambda s: s.startswith("A")),
    (S.str.ends_with("\u0301"), lambda s: s.endswith("\u0301")),
    (S.str.replace("aa", "."), lambda s: s.replace("aa", ".")),
    (S.str.slice(-4, 2), lambda s: s[-4:][:2]),
    (S.str.split(","), lambda s: s.split(",")),
    (S.str.zfill(6), lambda s: s.zfill(6)),
    (S.str.pad(6, side="right", fill="é"), lambda s: s.ljust(6, "é")),
    (rw.concat(S, S, "x"), lambda s: s + s + "x"),
]


@given(st.lists(st.one_of(st.none(), ALPHABET), max_size=8))
def test_methods_are_those_of_python(texts: list[str | None]) -> None:
    plain = pa.array(texts, pa.string())
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        table = pa.table({"s": plain.cast(kind)})
        for tree, method in METHODS:
            assert evaluate(tree, table).to_pylist() == [None if s is None else method(s) for s in texts]


def test_a_pattern_that_finds_nothing_is_null_and_a_group_too() -> None:
    assert value_of(S.str.extract(r"(?P<number>\d+)", "number"), s="n 12 13") == "12"
    assert value_of(S.str.extract(r"(a)|(b)", 2), s="ab") is None
    assert value_of(S.str.extract(r"b", 0), s="ab") == "b"
    assert value_of(S.str.matches(r"(?i)^B"), s="ab") is False


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: S.str.matches("("), "str.matches('(') is no regular expression of Python: missing ), unterminated"),
        (lambda: S.str.extract("a"), "extract('a', 1): there is no such group, but 0 (all) to 0"),
        (
            lambda: S.str.extract("(?P<n>a)", "m"),
            "extract('(?P<n>a)', 'm'): there is no such group, but 0 (all) to 1, 'n'",
        ),
        (lambda: S.str.replace("", "a"), "str.replace(''): expected a non-empty string"),
        (lambda: S.str.split(""), "str.split(''): expected a non-empty string"),
        (lambda: S.str.contains(5), "str.contains(5): expected a string"),  # type: ignore[arg-type]
        (lambda: S.str.strip(""), "str.strip(''): expected a non-empty string"),
        (lambda: S.str.slice(1.5), "str.slice(1.5): expected a whole number, from the end if below 0"),  # type: ignore[arg-type]
        (lambda: S.str.slice(0, -1), "str.slice(0, -1): expected a length of 0 or more, or None for all"),
        (lambda: S.str.pad(-1), "pad(-1): expected a width of 0 or more"),
        (lambda: S.str.pad(3, side="both"), "pad(side='both'): expected 'left' or 'right'"),
        (lambda: S.str.pad(3, fill="ab"), "pad(fill='ab'): expected one character"),
        (lambda: S.str.zfill("3"), "zfill('3'): expected a width of 0 or more"),  # type: ignore[arg-type]
        (rw.concat, "concat() of 0 values: expected 1 or more"),
        (lambda: rw.concat("a", None), "concat None is always null"),
    ],
)
def test_options_that_make_no_sense(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize("tree", [rw.col("x").str.lower(), rw.concat(S, rw.col("x")), rw.col("x").str.len()])
def test_what_is_no_string(tree: Expression) -> None:
    with pytest.raises(SchemaError, match=r'of double: expected a string; .cast\("string"\) makes one'):
        output_type(tree, pa.schema([("s", pa.string()), ("x", pa.float64())]))
