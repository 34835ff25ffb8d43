"""How alike two texts are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.analysis import Analysis
from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform, is_whole
from ropeway.transforms.catalogue.vectorizers import checked_range
from ropeway.transforms.columns import frozen
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.kernels import similarity as kernels
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import OfDistinct

__all__ = ["JaccardSimilarity", "JaroWinkler", "Levenshtein", "MinHash"]


@dataclass(frozen=True, repr=False)
class _OfTwo(Transform):
    """Of two columns of text one number, missing where one of them is."""

    takes = "text"

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if len(inputs) != 2:
            raise SchemaError(f"{self!r} takes two columns, got {', '.join(repr(one.name) for one in inputs)}.")


@dataclass(frozen=True)
class _Compared:
    """A kernel over the code points of two texts."""

    kernel: Literal["levenshtein", "jaro_winkler"]
    option: float
    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        made = self._made(*(array.fill_null("").to_pylist() for array in arrays))
        return (pa.array(made, mask=pc.or_(*(array.is_null() for array in arrays)).to_numpy(zero_copy_only=False)),)

    def row(self, *values: Any) -> Sequence[Any]:
        one, other = values
        return (None if one is None or other is None else float(self._made([one], [other])[0]),)

    def _made(self, one: Sequence[str], other: Sequence[str]) -> npt.NDArray[np.float64]:
        made = np.empty(len(one))
        function: Callable[..., None] = getattr(kernels, self.kernel)
        function(*_points(one), *_points(other), self.option, made)
        return made


def _points(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    data = "".join(texts).encode("utf-32-le", "surrogatepass")
    bounds = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return bounds, frozen(np.frombuffer(data, np.uint32))


@dataclass(frozen=True, repr=False)
class Levenshtein(_OfTwo):
    """How many characters must be put in, left out or changed to make one text of another: `{a}_{b}_levenshtein`.

    normalize: in place of that 1 less its share of the longer text's length, from 0 to 1, which is 1 of two empty
    ones. Characters are those of Unicode: é may be one or two, see `NormalizeUnicode`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": ["kitten", ""], "b": ["sitting", None]})
    >>> (rw.Pipeline("p")["a", "b"] >> T.Levenshtein()).fit(frame).transform(frame)["a_b_levenshtein"].tolist()
    [3.0, nan]
    """

    normalize: bool = False
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("normalize", True, False)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{'_'.join(inputs)}_levenshtein"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [made.number(made.call(_Compared("levenshtein", float(self.normalize)), inputs)[0])]


@dataclass(frozen=True, repr=False)
class JaroWinkler(_OfTwo):
    """How alike two short texts are, such as names, from 0 to 1: `{a}_{b}_jaro_winkler` (Jaro 1989, Winkler 1990).

    Each of the first four characters that both share draws it nearer to 1 by `prefix_weight` of what is left, 0.25 at
    most; 0 is the similarity of Jaro. Two empty texts are 1, an empty one and another 0.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": ["MARTHA", "DIXON"], "b": ["MARHTA", "DICKSONX"]})
    >>> made = (rw.Pipeline("p")["a", "b"] >> T.JaroWinkler()).fit(frame).transform(frame)
    >>> made["a_b_jaro_winkler"].round(4).tolist()
    [0.9611, 0.8133]
    """

    prefix_weight: float = 0.1
    oracle = "own reference"

    def __post_init__(self) -> None:
        if isinstance(self.prefix_weight, bool | str) or not 0.0 <= self.prefix_weight <= 0.25:
            raise DeclarationError(f"JaroWinkler({self.prefix_weight!r}): expected a weight from 0 to 0.25.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{'_'.join(inputs)}_jaro_winkler"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [made.number(made.call(_Compared("jaro_winkler", float(self.prefix_weight)), inputs)[0])]


@dataclass(frozen=True, repr=False)
class JaccardSimilarity(_OfTwo):
    """Of the terms that two texts have, the share that both have: `{a}_{b}_jaccard`, from 0 to 1.

    Terms are those of `CountVectorizer` for the same analyzer, ngram_range and lowercase, each once. Two texts without
    any are 1.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": ["late flight"], "b": ["Flight delayed"]})
    >>> p = rw.Pipeline("p")["a", "b"] >> T.JaccardSimilarity("word", (1, 1))
    >>> p.fit(frame).transform(frame)["a_b_jaccard"].round(4).tolist()
    [0.3333]
    """

    analyzer: Literal["word", "char", "char_wb"] = "char"
    ngram_range: tuple[int, int] = (3, 3)
    lowercase: bool = True
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("analyzer", "word", "char", "char_wb")
        self._one_of("lowercase", True, False)
        object.__setattr__(self, "ngram_range", checked_range(self, self.ngram_range))

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{'_'.join(inputs)}_jaccard"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        shared = _Shared(Analysis(self.analyzer, self.ngram_range, self.lowercase))
        return [made.number(made.call(OfDistinct(shared, (pa.float64(),)), inputs)[0])]


@dataclass(frozen=True)
class _Shared:
    """The share of terms that two texts have in common."""

    analysis: Analysis

    def __call__(self, one: str, other: str) -> tuple[float]:
        a, b = set(self.analysis.terms(one)), set(self.analysis.terms(other))
        return (len(a & b) / len(a | b) if a or b else 1.0,)


@dataclass(frozen=True, repr=False)
class MinHash(OfColumn):
    """A sketch of the set of terms of a text: `{column}_0` to `{column}_{n_components - 1}`.

    Each number is the least of as many hashes as there are terms, a whole number below 2^53. Two texts share one with
    the probability of their `JaccardSimilarity` (Broder 1997), so a few of them together find what is alike among
    millions. Terms are those of `CountVectorizer` for the same analyzer, ngram_range and lowercase. A text without any
    term has missing numbers. seed: sketches of one seed can be compared.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["a late flight to Newark", "a late flight to Newark!", "weather"]})
    >>> made = (rw.Pipeline("p")["x"] >> T.MinHash(100)).fit(frame).transform(frame)
    >>> float((made.loc[0] == made.loc[1]).mean()) > 0.9, bool((made.loc[0] == made.loc[2]).any())
    (True, False)
    """

    takes = "text"
    n_components: int = 30
    analyzer: Literal["word", "char", "char_wb"] = "char"
    ngram_range: tuple[int, int] = (3, 3)
    lowercase: bool = True
    seed: int = 0
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("n_components")
        self._one_of("analyzer", "word", "char", "char_wb")
        self._one_of("lowercase", True, False)
        object.__setattr__(self, "ngram_range", checked_range(self, self.ngram_range))
        if not is_whole(self.seed, 0) or self.seed >= 2**63:
            raise DeclarationError(f"{self!r}: expected a seed that is a whole number, 0 or more.")

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.n_components)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        sketch = _Sketch(Analysis(self.analyzer, self.ngram_range, self.lowercase), self.n_components, self.seed)
        return [made.number(one) for one in made.call(sketch, [value])]


@dataclass(frozen=True)
class _Sketch:
    """The least hashes of a text's terms."""

    analysis: Analysis
    size: int
    seed: int

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (pa.float64(),) * self.size

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        found = pc.dictionary_encode(array)
        made = self._made(found.dictionary)
        return [pa.array(one, from_pandas=True).take(found.indices) for one in made]

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,) * self.size
        made = self._made(pa.array([value], pa.string()))[:, 0]
        return [None if np.isnan(number) else float(number) for number in made]

    def _made(self, texts: pa.Array) -> npt.NDArray[np.float64]:
        ends, hashes = self.analysis.hashes(texts)
        made = np.empty((self.size, len(texts)))
        kernels.least_hashes(ends, hashes, self.seed, made)
        return made
