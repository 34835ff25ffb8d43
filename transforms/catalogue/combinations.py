"""One column made of several: quotients, differences, statistics of a row, products and distances of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.catalogue.parameters import is_finite, is_tuple
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.instructions.combined import FUNCTIONS, VECTORS
from ropeway.transforms.program import Builder, Value

__all__ = [
    "Compare", "CosineSimilarity", "Difference", "DotProduct", "EuclideanDistance", "MathFeatures", "PctChange",
    "Ratio", "RelativeFeatures",
]  # fmt: skip

_RELATIVE = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "truediv": "divide",
    "floordiv": "floor_divide", "mod": "modulo", "pow": "power",
}  # fmt: skip
_WITHOUT_ZERO = ("div", "truediv", "floordiv", "mod")
_COMPARISONS = {
    "<": ("lt", "less", False), "<=": ("le", "less_equal", False), ">": ("gt", "less", True),
    ">=": ("ge", "less_equal", True), "==": ("eq", "equal", False), "!=": ("ne", "not_equal", False),
}  # fmt: skip


def combined(made: Builder, func: str, one: Value, other: Value, instead: float | None) -> Value:
    """One number with another by a name of `RelativeFeatures`; `instead` is the answer where the other is 0."""
    name = _RELATIVE[func]
    found = made.binary(name, one, other) if name in ("floor_divide", "modulo", "power") else None
    if found is None:
        found = made.emit(name, [made.number(one), made.number(other)])[0]
    if instead is None or func not in _WITHOUT_ZERO:
        return found
    # the other is 0: also where the one is missing, as in feature_engine
    constant = made.emit("constant", [], floats=[instead])[0]
    return made.emit("choose", [made.number(other), found, constant])[0]


@dataclass(frozen=True, repr=False)
class _Against(Transform):
    """Every column but the last, against the last."""

    word: ClassVar[str]

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if len(inputs) < 2:
            raise SchemaError(
                f"{self!r}: expected two columns or more, the last of which the others are set against, got "
                f"{inputs[0].name!r} alone."
            )

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{name}_{self.word}_{inputs[-1]}" for name in inputs[:-1]]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [self.against(made, made.number(one), made.number(inputs[-1])) for one in inputs[:-1]]

    def against(self, made: Builder, one: Value, other: Value) -> Value:
        """One column against the last."""
        raise NotImplementedError("a subclass says what it computes")


@dataclass(frozen=True, repr=False)
class Ratio(_Against):
    """Each column divided by the last: `x_div_y`; missing where that is 0, or `fill_value`.

    numpy has an infinite quotient there, which models refuse.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 1.0, 0.0], "y": [4.0, 0.0, 0.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.Ratio()).fit(frame).transform(frame).to_dict("list")
    {'x_div_y': [0.25, nan, nan]}
    """

    fill_value: float | None = None
    word = "div"
    oracle = "pandas.Series.div"

    def __post_init__(self) -> None:
        _check_fill(self)

    def against(self, made: Builder, one: Value, other: Value) -> Value:
        return combined(made, "div", one, other, self.fill_value)


@dataclass(frozen=True, repr=False)
class Difference(_Against):
    """Each column less the last: `x_sub_y`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 5.0], "y": [4.0, None]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.Difference()).fit(frame).transform(frame).to_dict("list")
    {'x_sub_y': [-3.0, nan]}
    """

    word = "sub"
    oracle = "pandas.Series.sub"

    def against(self, made: Builder, one: Value, other: Value) -> Value:
        return made.emit("subtract", [one, other])[0]


@dataclass(frozen=True, repr=False)
class PctChange(_Against):
    """How far each column is from the last, as a share of it: (x - y) / y, `x_pct_y`; missing where y is 0.

    A share of 1, not of 100, as pandas' `pct_change` has it; below 0 the sign turns with that of y, there too.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"now": [6.0, 6.0], "before": [4.0, 0.0]})
    >>> (rw.Pipeline("p")["now", "before"] >> T.PctChange()).fit(frame).transform(frame).to_dict("list")
    {'now_pct_before': [0.5, nan]}
    """

    word = "pct"
    oracle = "pandas.Series.pct_change"

    def against(self, made: Builder, one: Value, other: Value) -> Value:
        quotient = made.emit("divide", [one, other])[0]
        return made.scaled(quotient, 1.0, -1.0)


@dataclass(frozen=True, repr=False)
class Compare(_Against):
    """1 where a column stands so to the last, else 0: `x_lt_y`; missing where either is.

    operator: "<", "<=", ">", ">=", "==" or "!="; the names have lt, le, gt, ge, eq and ne.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 4.0, None], "y": [4.0, 4.0, 4.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.Compare("<")).fit(frame).transform(frame).to_dict("list")
    {'x_lt_y': [1.0, 0.0, nan]}
    """

    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    oracle = "pandas.Series.lt and its like"

    def __post_init__(self) -> None:
        self._one_of("operator", *_COMPARISONS)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{name}_{_COMPARISONS[self.operator][0]}_{inputs[-1]}" for name in inputs[:-1]]

    def against(self, made: Builder, one: Value, other: Value) -> Value:
        _, name, turned = _COMPARISONS[self.operator]
        return made.emit(name, [other, one] if turned else [one, other])[0]


@dataclass(frozen=True, repr=False)
class MathFeatures(Transform):
    """Statistics of the columns of a row, named `{func}_{columns}`: `mean_x_y`.

    func: one or several of sum, mean, prod, min, max, std, var (ddof 1, as pandas has them) and median.
    new_variables_names: other names, one for each. missing_values: "keep" makes a row with a missing value missing,
    "ignore" takes the values that are there; of none at all everything is missing (pandas' sum is 0 then).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 5.0], "y": [3.0, None]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.MathFeatures(("sum", "max"))).fit(frame).transform(frame).to_dict("list")
    {'sum_x_y': [4.0, nan], 'max_x_y': [3.0, nan]}
    >>> ignoring = T.MathFeatures("mean", missing_values="ignore")
    >>> (rw.Pipeline("p")["x", "y"] >> ignoring).fit(frame).transform(frame).to_dict("list")
    {'mean_x_y': [2.0, 5.0]}
    """

    func: str | tuple[str, ...]
    new_variables_names: tuple[str, ...] | None = None
    missing_values: Literal["keep", "ignore"] = "keep"
    oracle = "feature_engine.creation.MathFeatures"

    def __post_init__(self) -> None:
        self._one_of("missing_values", "keep", "ignore")
        _check_functions(self, self._functions, FUNCTIONS)
        given = self.new_variables_names
        if given is not None and not (is_tuple(given, _is_text) and len(set(given)) == len(self._functions)):
            raise DeclarationError(f"{self!r}: expected a tuple of {len(self._functions)} new_variables_names.")

    @property
    def _functions(self) -> Any:
        return (self.func,) if isinstance(self.func, str) else self.func

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self.new_variables_names or [f"{function}_{'_'.join(inputs)}" for function in self._functions]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        # what passes a missing value on by itself goes column by column
        plain = {"sum": "sum", "mean": "mean", "prod": "product", "min": "minimum", "max": "maximum"}
        ignored = self.missing_values == "ignore"
        return [
            made.emit(plain[function], numbers, together=True)[0]
            if function in plain and not ignored
            else made.emit("row_statistic", numbers, together=True, more=FUNCTIONS.index(function) + 8 * ignored)[0]
            for function in self._functions
        ]


@dataclass(frozen=True, repr=False)
class RelativeFeatures(Transform):
    """The other columns with each of the columns `reference`, named `{column}_{func}_{reference}`: `x_div_y`.

    func: some of add, sub, mul, div (or truediv), floordiv, mod and pow; the last three as Python's //, % and ** have
    them. fill_value: what comes out of div, floordiv and mod where the reference is 0; without one it is missing, where
    feature_engine raises. pow is missing where it is no number: of 0 below 0, of a negative number with a fraction.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [7.0, -7.0, 1.0], "y": [2.0, 2.0, 0.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.RelativeFeatures(reference=("y",), func=("mod", "sub"), fill_value=-1)
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'x_mod_y': [1.0, 1.0, -1.0], 'x_sub_y': [5.0, -9.0, 1.0]}
    """

    reference: tuple[str, ...]
    func: tuple[str, ...]
    fill_value: float | None = None
    oracle = "feature_engine.creation.RelativeFeatures"

    def __post_init__(self) -> None:
        if not (is_tuple(self.reference, _is_text) and len(set(self.reference)) == len(self.reference)):
            raise DeclarationError(f"RelativeFeatures(reference={self.reference!r}): expected a tuple of column names.")
        _check_functions(self, self.func, tuple(_RELATIVE))
        _check_fill(self)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        names = [one.name for one in inputs]
        lacking = [name for name in self.reference if name not in names]
        if lacking:
            raise SchemaError(f"{self!r}: the line does not select {lacking[0]!r}, but {', '.join(map(repr, names))}.")
        if len(names) == len(self.reference):
            raise SchemaError(f"{self!r}: the line selects no column beside the reference.")

    def learn(self, inputs: Sequence[Input], known: Any) -> Sequence[State]:
        names = [one.name for one in inputs]
        return [{
            "reference": [names.index(name) for name in self.reference],
            "others": [at for at, name in enumerate(names) if name not in self.reference],
        }]  # fmt: skip

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{inputs[at]}_{func}_{inputs[by]}" for func, by, at in self._all(states)]

    def _all(self, states: Sequence[State]) -> list[tuple[str, int, int]]:
        (state,) = states
        return [(func, by, at) for func in self.func for by in state["reference"] for at in state["others"]]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        return [combined(made, func, numbers[at], numbers[by], self.fill_value) for func, by, at in self._all(states)]


@dataclass(frozen=True, repr=False)
class _TwoVectors(Transform):
    """One number of two vectors: the first half of the columns, and the second."""

    function: ClassVar[str]

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if len(inputs) % 2:
            raise SchemaError(
                f"{self!r}: expected two vectors of one length, the first half of the columns and the second, got "
                f"{len(inputs)} columns."
            )

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{self.function}_{'_'.join(inputs)}"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        return made.emit("two_vectors", numbers, together=True, more=VECTORS.index(self.function))


@dataclass(frozen=True, repr=False)
class DotProduct(_TwoVectors):
    """The products of the first half of the columns with the second half, added: `dot_product_{columns}`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]})
    >>> (rw.Pipeline("p")["a", "b", "c", "d"] >> T.DotProduct()).fit(frame).transform(frame).to_dict("list")
    {'dot_product_a_b_c_d': [11.0]}
    """

    function = "dot_product"
    oracle = "numpy.dot"


@dataclass(frozen=True, repr=False)
class EuclideanDistance(_TwoVectors):
    """The distance of the point of the first half of the columns from that of the second half.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": [1.0], "b": [2.0], "c": [4.0], "d": [6.0]})
    >>> (rw.Pipeline("p")["a", "b", "c", "d"] >> T.EuclideanDistance()).fit(frame).transform(frame).to_dict("list")
    {'euclidean_distance_a_b_c_d': [5.0]}
    """

    function = "euclidean_distance"
    oracle = "scipy.spatial.distance.euclidean"


@dataclass(frozen=True, repr=False)
class CosineSimilarity(_TwoVectors):
    """The cosine of the angle between the first half of the columns and the second; missing where one has no length.

    scikit-learn says 0 of a vector without length.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 0.0], "c": [3.0, 3.0], "d": [4.0, 4.0]})
    >>> (rw.Pipeline("p")["a", "b", "c", "d"] >> T.CosineSimilarity()).fit(frame).transform(frame).to_dict("list")
    {'cosine_similarity_a_b_c_d': [0.6, nan]}
    """

    function = "cosine_similarity"
    oracle = "scipy.spatial.distance.cosine"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _check_functions(what: Transform, given: Any, known: Sequence[str]) -> None:
    if not (is_tuple(given, known.__contains__) and len(set(given)) == len(given)):
        raise DeclarationError(
            f"{type(what).__name__}(func={given!r}): expected some of {', '.join(known)}, each once."
        )


def _check_fill(what: Any) -> None:
    if what.fill_value is not None and not is_finite(what.fill_value):
        raise DeclarationError(f"{type(what).__name__}(fill_value={what.fill_value!r}): expected a finite number.")
